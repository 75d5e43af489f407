//! Writes metadata as ebRIM, in the one order the schema allows (ITI TF-3 4.2.3).

mod parts;

use super::ns;
use super::schemes::{association, document, folder, object_type, submission_set};
use super::xml::Writer;
use crate::metadata::{
    Association, Code, DocumentEntry, Folder, Objects, Status, Submission, SubmissionSet,
};
use parts::Parts;

/// Whether a submission or an answer is written: only an answer has statuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Submission,
    Answer,
}

/// About how many bytes objects take, so that the text need not grow: what is left over is never touched.
fn room(documents: usize, packages: usize, associations: usize) -> usize {
    documents * 6 * 1024 + packages * 3 * 1024 + associations * 768
}

/// A submission as an `lcm:SubmitObjectsRequest`.
pub fn submission_to_xml(submission: &Submission) -> String {
    let mut out = Writer::new();
    write_submission(&mut out, submission);
    out.finish()
}

pub(crate) fn write_submission(out: &mut Writer, submission: &Submission) {
    let packages = 1 + submission.folders.len();
    let (documents, associations) = (submission.documents.len(), submission.associations.len());
    out.reserve(room(documents, packages, associations));
    out.open("lcm:SubmitObjectsRequest", &[("xmlns:lcm", ns::LCM)]);
    out.open("rim:RegistryObjectList", &[("xmlns:rim", ns::RIM)]);
    let purpose = Purpose::Submission;
    write_documents(out, purpose, &submission.documents);
    write_set(out, purpose, &submission.submission_set);
    write_others(out, purpose, &submission.folders, &submission.associations);
    out.close("rim:RegistryObjectList");
    out.close("lcm:SubmitObjectsRequest");
}

/// Objects with their statuses as a `rim:RegistryObjectList`; [`super::objects_from_xml`] reads it back.
pub fn objects_to_xml(objects: &Objects) -> String {
    let mut out = Writer::new();
    write_objects(&mut out, objects);
    out.finish()
}

pub(crate) fn write_objects(out: &mut Writer, objects: &Objects) {
    if objects.is_empty() {
        out.empty("rim:RegistryObjectList", &[("xmlns:rim", ns::RIM)]);
        return;
    }
    let packages = objects.submission_sets.len() + objects.folders.len();
    let (documents, associations) = (objects.documents.len(), objects.associations.len());
    out.reserve(room(documents, packages, associations));
    out.open("rim:RegistryObjectList", &[("xmlns:rim", ns::RIM)]);
    let purpose = Purpose::Answer;
    write_documents(out, purpose, &objects.documents);
    for set in &objects.submission_sets {
        write_set(out, purpose, set);
    }
    write_others(out, purpose, &objects.folders, &objects.associations);
    for id in &objects.references {
        out.empty("rim:ObjectRef", &[("id", id)]);
    }
    out.close("rim:RegistryObjectList");
}

fn write_documents(out: &mut Writer, purpose: Purpose, documents: &[DocumentEntry]) {
    for entry in documents {
        write_document(out, purpose, entry);
    }
}

fn write_others(
    out: &mut Writer,
    purpose: Purpose,
    folders: &[Folder],
    associations: &[Association],
) {
    for folder in folders {
        write_folder(out, purpose, folder);
    }
    for association in associations {
        write_association(out, purpose, association);
    }
}

/// The name and the attributes every object begins with.
fn head(
    out: &mut Writer,
    element: &str,
    (id, home, lid): (&str, Option<&str>, Option<&str>),
    (purpose, status): (Purpose, Status),
) {
    out.raw(element);
    out.raw(" id=\"");
    out.attribute(id);
    if let Some(home) = home {
        out.raw("\" home=\"");
        out.attribute(home);
    }
    if let Some(lid) = lid {
        out.raw("\" lid=\"");
        out.attribute(lid);
    }
    if purpose == Purpose::Answer {
        out.raw("\" status=\"");
        out.raw(status.urn());
    }
}

fn write_document(out: &mut Writer, purpose: Purpose, entry: &DocumentEntry) {
    let (home, lid) = (
        entry.home_community_id.as_deref(),
        entry.logical_id.as_deref(),
    );
    let ids = (entry.entry_uuid.as_str(), home, lid);
    head(out, "<rim:ExtrinsicObject", ids, (purpose, entry.status));
    out.raw("\" mimeType=\"");
    out.attribute(&entry.mime_type);
    out.raw("\" objectType=\"");
    out.raw(entry.object_type.urn());
    out.raw("\">");
    let mut parts = Parts::of(out, &entry.entry_uuid);
    document_slots(&mut parts, entry);
    parts.text("Name", entry.title.as_ref());
    parts.text("Description", entry.comments.as_ref());
    parts.authors(document::AUTHOR, &entry.authors);
    document_codes(&mut parts, entry);
    let [patient, unique] = document::IDENTIFIERS;
    parts.identifier(patient, &entry.patient_id);
    parts.identifier(unique, &entry.unique_id);
    out.raw("</rim:ExtrinsicObject>");
}

fn document_slots(parts: &mut Parts<'_, '_>, entry: &DocumentEntry) {
    parts.slot("creationTime", &entry.creation_time);
    parts.slot("hash", &entry.hash);
    parts.one("languageCode", &entry.language_code);
    parts.slot("legalAuthenticator", &entry.legal_authenticator);
    parts.slot("urn:ihe:iti:xds:2013:referenceIdList", &entry.reference_ids);
    parts.slot("repositoryUniqueId", &entry.repository_unique_id);
    parts.slot("serviceStartTime", &entry.service_start_time);
    parts.slot("serviceStopTime", &entry.service_stop_time);
    parts.slot("size", entry.size.map(|size| size.to_string()));
    parts.slot("sourcePatientId", &entry.source_patient_id);
    parts.slot("sourcePatientInfo", &entry.source_patient_info);
    parts.slot("URI", &entry.uri);
    parts.extra(&entry.extra);
}

fn document_codes(parts: &mut Parts<'_, '_>, entry: &DocumentEntry) {
    let one = std::slice::from_ref::<Code>;
    parts.codes(document::CLASS, one(&entry.class_code));
    parts.codes(document::CONFIDENTIALITY, &entry.confidentiality_codes);
    parts.codes(document::EVENT, &entry.event_codes);
    parts.codes(document::FORMAT, one(&entry.format_code));
    let facility = &entry.healthcare_facility_type_code;
    parts.codes(document::FACILITY, one(facility));
    parts.codes(document::PRACTICE, one(&entry.practice_setting_code));
    parts.codes(document::TYPE, one(&entry.type_code));
}

fn package_type(out: &mut Writer) {
    out.raw("\" objectType=\"");
    out.raw(object_type::PACKAGE);
    out.raw("\">");
}

fn write_set(out: &mut Writer, purpose: Purpose, set: &SubmissionSet) {
    let ids = (
        set.entry_uuid.as_str(),
        set.home_community_id.as_deref(),
        None,
    );
    head(out, "<rim:RegistryPackage", ids, (purpose, set.status));
    package_type(out);
    let mut parts = Parts::of(out, &set.entry_uuid);
    parts.one("submissionTime", &set.submission_time);
    parts.slot("intendedRecipient", &set.intended_recipients);
    parts.extra(&set.extra);
    parts.text("Name", set.title.as_ref());
    parts.text("Description", set.comments.as_ref());
    parts.authors(submission_set::AUTHOR, &set.authors);
    let content_type = std::slice::from_ref(&set.content_type_code);
    parts.codes(submission_set::CONTENT_TYPE, content_type);
    parts.label(submission_set::NODE);
    let [patient, source, unique] = submission_set::IDENTIFIERS;
    parts.identifier(patient, &set.patient_id);
    parts.identifier(source, &set.source_id);
    parts.identifier(unique, &set.unique_id);
    out.raw("</rim:RegistryPackage>");
}

fn write_folder(out: &mut Writer, purpose: Purpose, one: &Folder) {
    let (home, lid) = (one.home_community_id.as_deref(), one.logical_id.as_deref());
    let ids = (one.entry_uuid.as_str(), home, lid);
    head(out, "<rim:RegistryPackage", ids, (purpose, one.status));
    package_type(out);
    let mut parts = Parts::of(out, &one.entry_uuid);
    parts.slot("lastUpdateTime", &one.last_update_time);
    parts.extra(&one.extra);
    parts.text("Name", one.title.as_ref());
    parts.text("Description", one.comments.as_ref());
    parts.codes(folder::CODE_LIST, &one.codes);
    parts.label(folder::NODE);
    let [patient, unique] = folder::IDENTIFIERS;
    parts.identifier(patient, &one.patient_id);
    parts.identifier(unique, &one.unique_id);
    out.raw("</rim:RegistryPackage>");
}

fn write_association(out: &mut Writer, purpose: Purpose, one: &Association) {
    let ids = (one.entry_uuid.as_str(), None, None);
    head(out, "<rim:Association", ids, (purpose, one.status));
    out.raw("\" objectType=\"");
    out.raw(object_type::ASSOCIATION);
    out.raw("\" associationType=\"");
    out.raw(one.association_type.urn());
    out.raw("\" sourceObject=\"");
    out.attribute(&one.source);
    out.raw("\" targetObject=\"");
    out.attribute(&one.target);
    out.raw("\">");
    let mut parts = Parts::of(out, &one.entry_uuid);
    let status = one.submission_set_status.map(|status| status.as_str());
    parts.slot("SubmissionSetStatus", status);
    parts.slot("PreviousVersion", &one.previous_version);
    parts.extra(&one.extra);
    let documentation = one.documentation.as_slice();
    parts.codes(association::DOCUMENTATION, documentation);
    out.raw("</rim:Association>");
}
