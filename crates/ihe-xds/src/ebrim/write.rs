//! Writes metadata as ebRIM, in the one order the schema allows (ITI TF-3 4.2.3).

use super::ns;
use super::schemes::{
    CodeAttribute, Identifier, association, document, folder, object_type, submission_set,
};
use super::xml::Writer;
use crate::metadata::{
    Association, Author, Code, DocumentEntry, Folder, LocalizedString, Objects, Slot, Status,
    Submission, SubmissionSet,
};

/// Whether a submission or an answer is written: only an answer has statuses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Submission,
    Answer,
}

/// A submission as an `lcm:SubmitObjectsRequest`.
pub fn submission_to_xml(submission: &Submission) -> String {
    let mut out = Writer::new();
    write_submission(&mut out, submission);
    out.finish()
}

pub(crate) fn write_submission(out: &mut Writer, submission: &Submission) {
    out.open("lcm:SubmitObjectsRequest", &[("xmlns:lcm", ns::LCM)]);
    out.open("rim:RegistryObjectList", &[("xmlns:rim", ns::RIM)]);
    let sets = std::slice::from_ref(&submission.submission_set);
    let purpose = Purpose::Submission;
    write_list(
        out,
        purpose,
        sets,
        &submission.documents,
        &submission.folders,
        &submission.associations,
    );
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
    out.open("rim:RegistryObjectList", &[("xmlns:rim", ns::RIM)]);
    let Objects {
        submission_sets,
        documents,
        folders,
        associations,
        references,
    } = objects;
    write_list(
        out,
        Purpose::Answer,
        submission_sets,
        documents,
        folders,
        associations,
    );
    for id in references {
        out.empty("rim:ObjectRef", &[("id", id)]);
    }
    out.close("rim:RegistryObjectList");
}

fn write_list(
    out: &mut Writer,
    purpose: Purpose,
    sets: &[SubmissionSet],
    documents: &[DocumentEntry],
    folders: &[Folder],
    associations: &[Association],
) {
    documents
        .iter()
        .for_each(|one| write_document(out, purpose, one));
    sets.iter().for_each(|one| write_set(out, purpose, one));
    folders
        .iter()
        .for_each(|one| write_folder(out, purpose, one));
    associations
        .iter()
        .for_each(|one| write_association(out, purpose, one));
}

/// Writes the parts of one object; ids of its parts are made from its own id and their number.
struct Parts<'w, 'i> {
    out: &'w mut Writer,
    id: &'i str,
    number: u32,
}

/// A UUID made from the object's id and the part's number: the same part has the same id in every answer.
fn part_id(id: &str, number: u32) -> String {
    use aws_lc_rs::digest;
    let text = format!("{id}#{number}");
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(hash.as_ref())
        .for_each(|(to, from)| *to = *from);
    format!(
        "urn:uuid:{}",
        uuid::Builder::from_sha1_bytes(bytes).into_uuid()
    )
}

impl Parts<'_, '_> {
    fn next_id(&mut self) -> String {
        self.number += 1;
        part_id(self.id, self.number)
    }

    fn slot<'s>(&mut self, name: &str, values: impl IntoIterator<Item = &'s String>) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_some() {
            self.slot_always(name, values);
        }
    }

    fn slot_always<'s>(&mut self, name: &str, values: impl IntoIterator<Item = &'s String>) {
        self.out.open("rim:Slot", &[("name", name)]);
        self.out.open("rim:ValueList", &[]);
        for value in values {
            self.out.text("rim:Value", value);
        }
        self.out.close("rim:ValueList");
        self.out.close("rim:Slot");
    }

    fn extra(&mut self, slots: &[Slot]) {
        slots
            .iter()
            .for_each(|slot| self.slot_always(&slot.name, &slot.values));
    }

    fn text(&mut self, element: &str, text: Option<&LocalizedString>) {
        let Some(text) = text else {
            return;
        };
        self.out.open(element, &[]);
        self.localized(
            &text.value,
            text.language.as_deref(),
            text.charset.as_deref(),
        );
        self.translations(&text.translations);
        self.out.close(element);
    }

    fn localized(&mut self, value: &str, language: Option<&str>, charset: Option<&str>) {
        let mut attributes = Vec::new();
        attributes.extend(language.map(|tag| ("xml:lang", tag)));
        attributes.extend(charset.map(|name| ("charset", name)));
        attributes.push(("value", value));
        self.out.empty("rim:LocalizedString", &attributes);
    }

    fn translations(&mut self, texts: &[LocalizedString]) {
        for text in texts {
            self.localized(
                &text.value,
                text.language.as_deref(),
                text.charset.as_deref(),
            );
        }
    }

    fn classification(&mut self, scheme: &str, representation: &str) {
        let (id, object) = (self.next_id(), self.id);
        let attributes = [
            ("classificationScheme", scheme),
            ("classifiedObject", object),
            ("nodeRepresentation", representation),
            ("id", &id),
            ("objectType", object_type::CLASSIFICATION),
        ];
        self.out.open("rim:Classification", &attributes);
    }

    fn code(&mut self, attribute: CodeAttribute, code: &Code) {
        self.classification(attribute.scheme, &code.code);
        self.slot_always("codingScheme", [&code.scheme]);
        if !code.display.is_empty() {
            self.out.open("rim:Name", &[]);
            self.localized(&code.display, code.language.as_deref(), None);
            self.translations(&code.translations);
            self.out.close("rim:Name");
        }
        self.out.close("rim:Classification");
    }

    fn author(&mut self, scheme: &str, author: &Author) {
        self.classification(scheme, "");
        self.slot("authorPerson", &author.person);
        self.slot("authorInstitution", &author.institutions);
        self.slot("authorRole", &author.roles);
        self.slot("authorSpecialty", &author.specialties);
        self.slot("authorTelecommunication", &author.telecommunications);
        self.out.close("rim:Classification");
    }

    fn label(&mut self, node: &str) {
        let (id, object) = (self.next_id(), self.id);
        let attributes = [
            ("classificationNode", node),
            ("classifiedObject", object),
            ("id", &id),
            ("objectType", object_type::CLASSIFICATION),
        ];
        self.out.empty("rim:Classification", &attributes);
    }

    fn identifier(&mut self, known: Identifier, value: &str) {
        let Identifier { scheme, name, .. } = known;
        let (id, object) = (self.next_id(), self.id);
        let attributes = [
            ("identificationScheme", scheme),
            ("registryObject", object),
            ("value", value),
            ("id", &id),
            ("objectType", object_type::IDENTIFIER),
        ];
        self.out.open("rim:ExternalIdentifier", &attributes);
        self.text("rim:Name", Some(&LocalizedString::new(name)));
        self.out.close("rim:ExternalIdentifier");
    }
}

/// The attributes every object begins with.
fn head<'a>(
    id: &'a str,
    home: Option<&'a str>,
    lid: Option<&'a str>,
    status: (Purpose, Status),
) -> Vec<(&'a str, &'a str)> {
    let mut attributes = vec![("id", id)];
    attributes.extend(home.map(|home| ("home", home)));
    attributes.extend(lid.map(|lid| ("lid", lid)));
    if status.0 == Purpose::Answer {
        attributes.push(("status", status.1.urn()));
    }
    attributes
}

fn write_document(out: &mut Writer, purpose: Purpose, entry: &DocumentEntry) {
    let (home, lid) = (
        entry.home_community_id.as_deref(),
        entry.logical_id.as_deref(),
    );
    let mut attributes = head(&entry.entry_uuid, home, lid, (purpose, entry.status));
    attributes.push(("mimeType", &entry.mime_type));
    attributes.push(("objectType", entry.object_type.urn()));
    out.open("rim:ExtrinsicObject", &attributes);
    let mut parts = Parts {
        out,
        id: &entry.entry_uuid,
        number: 0,
    };
    document_slots(&mut parts, entry);
    parts.text("rim:Name", entry.title.as_ref());
    parts.text("rim:Description", entry.comments.as_ref());
    entry
        .authors
        .iter()
        .for_each(|author| parts.author(document::AUTHOR, author));
    let one = std::slice::from_ref::<Code>;
    let codes: [(CodeAttribute, &[Code]); 7] = [
        (document::CLASS, one(&entry.class_code)),
        (document::CONFIDENTIALITY, &entry.confidentiality_codes),
        (document::EVENT, &entry.event_codes),
        (document::FORMAT, one(&entry.format_code)),
        (
            document::FACILITY,
            one(&entry.healthcare_facility_type_code),
        ),
        (document::PRACTICE, one(&entry.practice_setting_code)),
        (document::TYPE, one(&entry.type_code)),
    ];
    for (attribute, codes) in codes {
        codes.iter().for_each(|code| parts.code(attribute, code));
    }
    let [patient, unique] = document::IDENTIFIERS;
    parts.identifier(patient, &entry.patient_id);
    parts.identifier(unique, &entry.unique_id);
    out.close("rim:ExtrinsicObject");
}

fn document_slots(parts: &mut Parts<'_, '_>, entry: &DocumentEntry) {
    parts.slot("creationTime", &entry.creation_time);
    parts.slot("hash", &entry.hash);
    parts.slot_always("languageCode", [&entry.language_code]);
    parts.slot("legalAuthenticator", &entry.legal_authenticator);
    parts.slot("urn:ihe:iti:xds:2013:referenceIdList", &entry.reference_ids);
    parts.slot("repositoryUniqueId", &entry.repository_unique_id);
    parts.slot("serviceStartTime", &entry.service_start_time);
    parts.slot("serviceStopTime", &entry.service_stop_time);
    parts.slot("size", &entry.size.map(|size| size.to_string()));
    parts.slot("sourcePatientId", &entry.source_patient_id);
    parts.slot("sourcePatientInfo", &entry.source_patient_info);
    parts.slot("URI", &entry.uri);
    parts.extra(&entry.extra);
}

fn write_set(out: &mut Writer, purpose: Purpose, set: &SubmissionSet) {
    let home = set.home_community_id.as_deref();
    let mut attributes = head(&set.entry_uuid, home, None, (purpose, set.status));
    attributes.push(("objectType", object_type::PACKAGE));
    out.open("rim:RegistryPackage", &attributes);
    let mut parts = Parts {
        out,
        id: &set.entry_uuid,
        number: 0,
    };
    parts.slot_always("submissionTime", [&set.submission_time]);
    parts.slot("intendedRecipient", &set.intended_recipients);
    parts.extra(&set.extra);
    parts.text("rim:Name", set.title.as_ref());
    parts.text("rim:Description", set.comments.as_ref());
    set.authors
        .iter()
        .for_each(|author| parts.author(submission_set::AUTHOR, author));
    parts.code(submission_set::CONTENT_TYPE, &set.content_type_code);
    parts.label(submission_set::NODE);
    let [patient, source, unique] = submission_set::IDENTIFIERS;
    parts.identifier(patient, &set.patient_id);
    parts.identifier(source, &set.source_id);
    parts.identifier(unique, &set.unique_id);
    out.close("rim:RegistryPackage");
}

fn write_folder(out: &mut Writer, purpose: Purpose, one: &Folder) {
    let (home, lid) = (one.home_community_id.as_deref(), one.logical_id.as_deref());
    let mut attributes = head(&one.entry_uuid, home, lid, (purpose, one.status));
    attributes.push(("objectType", object_type::PACKAGE));
    out.open("rim:RegistryPackage", &attributes);
    let mut parts = Parts {
        out,
        id: &one.entry_uuid,
        number: 0,
    };
    parts.slot("lastUpdateTime", &one.last_update_time);
    parts.extra(&one.extra);
    parts.text("rim:Name", one.title.as_ref());
    parts.text("rim:Description", one.comments.as_ref());
    one.codes
        .iter()
        .for_each(|code| parts.code(folder::CODE_LIST, code));
    parts.label(folder::NODE);
    let [patient, unique] = folder::IDENTIFIERS;
    parts.identifier(patient, &one.patient_id);
    parts.identifier(unique, &one.unique_id);
    out.close("rim:RegistryPackage");
}

fn write_association(out: &mut Writer, purpose: Purpose, one: &Association) {
    let mut attributes = head(&one.entry_uuid, None, None, (purpose, one.status));
    attributes.push(("objectType", object_type::ASSOCIATION));
    attributes.push(("associationType", one.association_type.urn()));
    attributes.push(("sourceObject", &one.source));
    attributes.push(("targetObject", &one.target));
    out.open("rim:Association", &attributes);
    let mut parts = Parts {
        out,
        id: &one.entry_uuid,
        number: 0,
    };
    let status = one
        .submission_set_status
        .map(|status| status.as_str().to_owned());
    parts.slot("SubmissionSetStatus", &status);
    parts.slot("PreviousVersion", &one.previous_version);
    parts.extra(&one.extra);
    if let Some(documentation) = &one.documentation {
        parts.code(association::DOCUMENTATION, documentation);
    }
    out.close("rim:Association");
}
