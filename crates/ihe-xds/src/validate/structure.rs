//! What holds between the objects of one submission (ITI TF-3 4.2.1, 4.2.2; ITI TF-2 3.42.4.1.3).

use super::findings::Findings;
use super::{Places, Receiver};
use crate::ebrim::unpack::Class;
use crate::ebrim::{Kind, Packed};
use crate::error::{ErrorCode, Location, shown};
use crate::metadata::{
    Association, AssociationType, DocumentEntry, ObjectType, Submission, SubmissionSetStatus,
};
use std::collections::{HashMap, HashSet};

/// Ids as sent occur once. A logicalID is the object's own id, so it does as well.
pub(super) fn ids_once(packed: &Packed, classes: &[(Class, Location)], findings: &mut Findings) {
    let mut seen = HashSet::new();
    for (object, (_, place)) in packed.objects.iter().zip(classes) {
        let id = object
            .id
            .as_deref()
            .filter(|_| object.kind != Kind::ObjectRef);
        if id.is_some_and(|id| !seen.insert(id.to_ascii_lowercase())) {
            let what = "another object of the submission has the same id";
            findings.metadata(&place.attribute("entryUUID"), what);
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
    /// What has no class
    unclassed: HashSet<&'a str>,
}

impl<'a> Index<'a> {
    fn new(submission: &'a Submission, places: &'a Places) -> Self {
        let set = submission.submission_set.entry_uuid.as_str();
        let member = |one: &&Association| {
            one.association_type == AssociationType::HasMember && one.source == set
        };
        let (documents, folders) = (&submission.documents, &submission.folders);
        let associations = &submission.associations;
        Self {
            set,
            documents: documents
                .iter()
                .map(|one| (one.entry_uuid.as_str(), one))
                .collect(),
            folders: folders.iter().map(|one| one.entry_uuid.as_str()).collect(),
            associations: associations
                .iter()
                .map(|one| one.entry_uuid.as_str())
                .collect(),
            members: associations
                .iter()
                .filter(member)
                .map(|one| one.target.as_str())
                .collect(),
            unclassed: places.unclassed.iter().map(String::as_str).collect(),
        }
    }

    /// Whether it is here, and no DocumentEntry.
    fn is_other(&self, uuid: &str) -> bool {
        self.folders.contains(uuid)
            || self.associations.contains(uuid)
            || self.unclassed.contains(uuid)
            || uuid == self.set
    }
}

pub(super) fn check(submission: &Submission, places: &Places, findings: &mut Findings) {
    let index = Index::new(submission, places);
    on_demand_only(submission, findings);
    patients(submission, places, findings);
    unique_ids(submission, places, findings);
    membership(submission, places, &index, findings);
    for (association, place) in submission.associations.iter().zip(&places.associations) {
        match association.association_type {
            AssociationType::HasMember => has_member(association, &index, place, findings),
            _ => relationship(association, &index, place, findings),
        }
    }
    appended_transformations(submission, places, findings);
}

/// OD-R-002: ITI-61 registers at least one entry (ITI TF-2 3.61.4.1.2).
fn on_demand_only(submission: &Submission, findings: &mut Findings) {
    if findings.receiver() == Some(Receiver::RegistryOnDemand) && submission.documents.is_empty() {
        let what = "no DocumentEntry; at least one On-Demand DocumentEntry is required";
        findings.metadata(&Location::submission(), what);
    }
}

/// XDS-R-030
fn patients(submission: &Submission, places: &Places, findings: &mut Findings) {
    let patient = &submission.submission_set.patient_id;
    let documents = submission.documents.iter().map(|one| &one.patient_id);
    let folders = submission.folders.iter().map(|one| &one.patient_id);
    let objects = documents.zip(&places.documents);
    for (other, place) in objects.chain(folders.zip(&places.folders)) {
        if other != patient && !other.is_empty() && !patient.is_empty() {
            let what = format!("{} is not the SubmissionSet's patientId", shown(other));
            let place = place.attribute("patientId");
            findings.add(ErrorCode::XdsPatientIdDoesNotMatch, &place, &what);
        }
    }
}

/// XDS-R-038
fn unique_ids(submission: &Submission, places: &Places, findings: &mut Findings) {
    let code = match findings.receiver() {
        Some(Receiver::Repository) => ErrorCode::XdsRepositoryDuplicateUniqueIdInMessage,
        _ => ErrorCode::XdsRegistryDuplicateUniqueIdInMessage,
    };
    let mut seen = HashMap::new();
    let set = std::iter::once((&submission.submission_set.unique_id, &places.set));
    let documents = submission.documents.iter().map(|one| &one.unique_id);
    let folders = submission.folders.iter().map(|one| &one.unique_id);
    let others = documents.zip(&places.documents);
    for (id, place) in set.chain(others).chain(folders.zip(&places.folders)) {
        if id.is_empty() {
            continue;
        }
        match seen.get(id) {
            Some(first) => {
                let what = format!("{} is also the uniqueId of {first}", shown(id));
                findings.add(code.clone(), &place.attribute("uniqueId"), &what);
            }
            None => {
                seen.insert(id, place);
            }
        }
    }
}

/// XDS-R-020
fn membership(
    submission: &Submission,
    places: &Places,
    index: &Index<'_>,
    findings: &mut Findings,
) {
    let documents = submission.documents.iter().map(|one| &one.entry_uuid);
    let folders = submission.folders.iter().map(|one| &one.entry_uuid);
    let objects = documents.zip(&places.documents);
    for (id, place) in objects.chain(folders.zip(&places.folders)) {
        if !index.members.contains(id.as_str()) {
            findings.metadata(place, "the SubmissionSet has no HasMember to it");
        }
    }
}

/// XDS-R-018, XDS-R-019
fn has_member(one: &Association, index: &Index<'_>, place: &Location, findings: &mut Findings) {
    let target = one.target.as_str();
    if one.source != index.set {
        folder_member(one, index, place, findings);
        return;
    }
    if target == index.set {
        let what = "a SubmissionSet is no member of itself";
        findings.metadata(&place.attribute("targetObject"), what);
        return;
    }
    let here = index.documents.contains_key(target);
    let other = index.is_other(target) || target.is_empty();
    let wrong = match one.submission_set_status {
        None if here || !other => "is missing; Original or Reference is required",
        Some(SubmissionSetStatus::Original) if !here && !other => {
            "is Original, but the target is not in the submission"
        }
        Some(SubmissionSetStatus::Reference) if here => {
            "is Reference, but the target is in the submission"
        }
        _ => return,
    };
    findings.metadata(&place.attribute("SubmissionSetStatus"), wrong);
}

fn folder_member(one: &Association, index: &Index<'_>, place: &Location, findings: &mut Findings) {
    let (source, target) = (one.source.as_str(), one.target.as_str());
    if index.documents.contains_key(source) || index.associations.contains(source) {
        let what = "only a SubmissionSet or a Folder has members";
        findings.metadata(&place.attribute("sourceObject"), what);
    } else if !index.members.contains(one.entry_uuid.as_str()) {
        let what = "the SubmissionSet has no HasMember to this HasMember of a Folder";
        findings.metadata(place, what);
    }
    if index.is_other(target) {
        let what = "a Folder holds DocumentEntries only";
        findings.metadata(&place.attribute("targetObject"), what);
    }
}

/// XDS-R-015, XDS-R-016, XDS-R-017
fn relationship(one: &Association, index: &Index<'_>, place: &Location, findings: &mut Findings) {
    let unresolved = |findings: &mut Findings, end: &'static str, what: &str| {
        let code = ErrorCode::UnresolvedReferenceException;
        findings.add(code, &place.attribute(end), what);
    };
    let source = index.documents.get(one.source.as_str());
    if source.is_none() && !one.source.is_empty() {
        let what = "is not a DocumentEntry of the submission";
        unresolved(findings, "sourceObject", what);
    }
    let target = one.target.as_str();
    let kind = one.association_type;
    let must_be_old = kind.replaces() || kind == AssociationType::IsSnapshotOf;
    if must_be_old && index.documents.contains_key(target) {
        let what = "is in the submission; it must be a DocumentEntry of the Registry";
        unresolved(findings, "targetObject", what);
    } else if source.is_some() && one.source == one.target {
        let what = "is the sourceObject: a document has no relationship to itself";
        findings.metadata(&place.attribute("targetObject"), what);
    }
    if index.is_other(target) {
        unresolved(findings, "targetObject", "is not a DocumentEntry");
    }
    let on_demand = source.is_some_and(|entry| entry.object_type == ObjectType::OnDemand);
    if kind == AssociationType::IsSnapshotOf && on_demand {
        let what = "is On-Demand; the source of IsSnapshotOf is a Stable DocumentEntry";
        findings.metadata(&place.attribute("sourceObject"), what);
    }
}

/// XDS-R-059
fn appended_transformations(submission: &Submission, places: &Places, findings: &mut Findings) {
    let all = || submission.associations.iter().zip(&places.associations);
    let of = |kind| all().filter(move |(one, _)| one.association_type == kind);
    let transformed: HashSet<&str> = of(AssociationType::Xfrm)
        .map(|(one, _)| one.source.as_str())
        .collect();
    for (one, place) in of(AssociationType::Apnd) {
        if transformed.contains(one.target.as_str()) && !one.target.is_empty() {
            let what = "is a transformation (XFRM), and nothing is appended to a transformation";
            findings.metadata(&place.attribute("targetObject"), what);
        }
    }
}
