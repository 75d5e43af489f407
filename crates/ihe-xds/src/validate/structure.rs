//! What holds between the objects of one submission (ITI TF-3 4.2.1, 4.2.2; ITI TF-2 3.42.4.1.3).

use super::Receiver;
use super::findings::{Findings, Place};
use crate::ebrim::{Kind, Packed};
use crate::error::ErrorCode;
use crate::metadata::{
    Association, AssociationType, DocumentEntry, ObjectType, Submission, SubmissionSetStatus,
};
use std::collections::{HashMap, HashSet};

/// Ids as sent, and logicalIDs, occur once.
pub(super) fn ids_once(packed: &Packed, findings: &mut Findings) {
    let (mut ids, mut logical) = (HashSet::new(), HashSet::new());
    for object in packed
        .objects
        .iter()
        .filter(|object| object.kind != Kind::ObjectRef)
    {
        let place = Place::of("object", object);
        let twice = |seen: &mut HashSet<String>, id: &Option<String>| {
            id.as_ref()
                .is_some_and(|id| !seen.insert(id.to_ascii_lowercase()))
        };
        if twice(&mut ids, &object.id) {
            findings.metadata(&place, "the id occurs twice");
        }
        if twice(&mut logical, &object.logical_id) {
            findings.metadata(&place, "the lid occurs twice");
        }
    }
}

/// The entryUUIDs of a submission, by class.
struct Index<'a> {
    set: &'a str,
    documents: HashMap<&'a str, &'a DocumentEntry>,
    folders: HashSet<&'a str>,
    associations: HashSet<&'a str>,
    /// Targets of HasMembers of the SubmissionSet
    members: HashSet<&'a str>,
}

impl<'a> Index<'a> {
    fn new(submission: &'a Submission) -> Self {
        let set = submission.submission_set.entry_uuid.as_str();
        let member = |one: &&Association| {
            one.association_type == AssociationType::HasMember && one.source == set
        };
        let associations = &submission.associations;
        Self {
            set,
            documents: submission
                .documents
                .iter()
                .map(|one| (one.entry_uuid.as_str(), one))
                .collect(),
            folders: submission
                .folders
                .iter()
                .map(|one| one.entry_uuid.as_str())
                .collect(),
            associations: associations
                .iter()
                .map(|one| one.entry_uuid.as_str())
                .collect(),
            members: associations
                .iter()
                .filter(member)
                .map(|one| one.target.as_str())
                .collect(),
        }
    }
}

pub(super) fn check(submission: &Submission, findings: &mut Findings) {
    let index = Index::new(submission);
    patients(submission, findings);
    unique_ids(submission, findings);
    membership(submission, &index, findings);
    on_demand(submission, findings);
    for association in &submission.associations {
        let place = Place::named("Association", &association.entry_uuid);
        match association.association_type {
            AssociationType::HasMember => has_member(association, &index, &place, findings),
            _ => relationship(association, &index, &place, findings),
        }
    }
    appended_transformations(submission, findings);
}

/// XDS-R-030
fn patients(submission: &Submission, findings: &mut Findings) {
    let patient = &submission.submission_set.patient_id;
    let documents = submission
        .documents
        .iter()
        .map(|one| ("DocumentEntry", &one.patient_id));
    let folders = submission
        .folders
        .iter()
        .map(|one| ("Folder", &one.patient_id));
    for (class, other) in documents.chain(folders) {
        if other != patient && !other.is_empty() && !patient.is_empty() {
            let context = format!("{other}: patientId of a {class} is not the SubmissionSet's");
            findings.add(ErrorCode::XdsPatientIdDoesNotMatch, context);
        }
    }
}

/// XDS-R-038
fn unique_ids(submission: &Submission, findings: &mut Findings) {
    let code = match findings.receiver() {
        Some(Receiver::Repository) => ErrorCode::XdsRepositoryDuplicateUniqueIdInMessage,
        _ => ErrorCode::XdsRegistryDuplicateUniqueIdInMessage,
    };
    let mut seen = HashSet::new();
    let set = std::iter::once(&submission.submission_set.unique_id);
    let documents = submission.documents.iter().map(|one| &one.unique_id);
    let folders = submission.folders.iter().map(|one| &one.unique_id);
    for id in set
        .chain(documents)
        .chain(folders)
        .filter(|id| !id.is_empty())
    {
        if !seen.insert(id) {
            findings.add(code.clone(), format!("uniqueId {id} occurs twice"));
        }
    }
}

/// XDS-R-020
fn membership(submission: &Submission, index: &Index<'_>, findings: &mut Findings) {
    let documents = submission
        .documents
        .iter()
        .map(|one| ("DocumentEntry", &one.entry_uuid));
    let folders = submission
        .folders
        .iter()
        .map(|one| ("Folder", &one.entry_uuid));
    for (class, id) in documents.chain(folders) {
        if !index.members.contains(id.as_str()) {
            findings.metadata(
                &Place::named(class, id),
                "not a member of the SubmissionSet",
            );
        }
    }
}

/// OD-R-002: a Stable entry has been refused already.
fn on_demand(submission: &Submission, findings: &mut Findings) {
    if findings.receiver() == Some(Receiver::OnDemandRegistry) && submission.documents.is_empty() {
        findings.metadata(&Place::named("submission", ""), "no On-Demand entry");
    }
}

/// XDS-R-018, XDS-R-019
fn has_member(one: &Association, index: &Index<'_>, place: &Place, findings: &mut Findings) {
    let target = one.target.as_str();
    if one.source != index.set {
        folder_member(one, index, place, findings);
        return;
    }
    let other = index.folders.contains(target) || index.associations.contains(target);
    let here = index.documents.contains_key(target);
    match one.submission_set_status {
        None if here => findings.metadata(place, "SubmissionSetStatus is missing"),
        None if !other && !target.is_empty() => {
            findings.metadata(place, "SubmissionSetStatus is missing");
        }
        Some(SubmissionSetStatus::Original) if !here && !other => {
            findings.metadata(place, "Original, but the target is not in the submission");
        }
        Some(SubmissionSetStatus::Reference) if here => {
            findings.metadata(place, "Reference, but the target is in the submission");
        }
        _ => {}
    }
}

fn folder_member(one: &Association, index: &Index<'_>, place: &Place, findings: &mut Findings) {
    if index.documents.contains_key(one.source.as_str())
        || index.associations.contains(one.source.as_str())
    {
        findings.metadata(place, "only a SubmissionSet or a Folder has members");
    } else if !index.members.contains(one.entry_uuid.as_str()) {
        findings.metadata(
            place,
            "a Folder's HasMember is not a member of the SubmissionSet",
        );
    }
    let target = one.target.as_str();
    if index.folders.contains(target) || index.associations.contains(target) || target == index.set
    {
        findings.metadata(place, "a Folder holds DocumentEntries only");
    }
}

/// XDS-R-015, XDS-R-016, XDS-R-017
fn relationship(one: &Association, index: &Index<'_>, place: &Place, findings: &mut Findings) {
    let unresolved = |findings: &mut Findings, what: &str| {
        findings.add(
            ErrorCode::UnresolvedReferenceException,
            format!("{place}: {what}"),
        );
    };
    let source = index.documents.get(one.source.as_str());
    if source.is_none() && !one.source.is_empty() {
        unresolved(
            findings,
            "sourceObject is not a DocumentEntry of the submission",
        );
    }
    let target = one.target.as_str();
    let kind = one.association_type;
    let must_be_old = kind.replaces() || kind == AssociationType::IsSnapshotOf;
    if must_be_old && index.documents.contains_key(target) {
        unresolved(
            findings,
            "targetObject is in the submission instead of the Registry",
        );
    }
    if index.folders.contains(target) || index.associations.contains(target) || target == index.set
    {
        unresolved(findings, "targetObject is not a DocumentEntry");
    }
    let on_demand = source.is_some_and(|entry| entry.object_type == ObjectType::OnDemand);
    if kind == AssociationType::IsSnapshotOf && on_demand {
        findings.metadata(place, "the source of IsSnapshotOf is not Stable");
    }
}

/// XDS-R-059
fn appended_transformations(submission: &Submission, findings: &mut Findings) {
    let of = |kind: AssociationType| {
        submission
            .associations
            .iter()
            .filter(move |one| one.association_type == kind)
    };
    let transformed: HashSet<&str> = of(AssociationType::Xfrm)
        .map(|one| one.source.as_str())
        .collect();
    for one in of(AssociationType::Apnd) {
        if transformed.contains(one.target.as_str()) && !one.target.is_empty() {
            let place = Place::named("Association", &one.entry_uuid);
            findings.metadata(&place, "a transformation may not be appended to");
        }
    }
}
