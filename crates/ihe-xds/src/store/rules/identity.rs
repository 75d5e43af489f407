//! Who and what a submission names: patient, uniqueIds, entryUUIDs (ITI TF-2 3.42.4.1.3.3, 3.61.4.1.3).

use super::super::StoreError;
use super::super::patients::PatientState;
use super::super::view::View;
use super::Check;
use crate::error::{ErrorCode, Location, shown};
use crate::metadata::{DocumentEntry, ObjectType};

pub(crate) fn check<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    patient(check)?;
    new_unique_ids(check)?;
    documents(check)?;
    new_entry_uuids(check)
}

/// XDS-R-031, 032: the patient was fed and not merged away. The context names the id (ITI TF-3 table 4.2.4.1-2).
fn patient<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    let set = &check.submission.submission_set;
    let why = match check.view.patient_state(&set.patient_id)? {
        PatientState::Active => return Ok(()),
        // A fault for testing the conformance suite.
        _ if cfg!(renkei_fault = "document-registry-unknown-patient-taken") => return Ok(()),
        PatientState::Unknown => "is not known: no patient identity feed has named it",
        PatientState::Subsumed => "was merged into another patient id",
    };
    let place = Location::of("SubmissionSet", &set.entry_uuid).attribute("patientId");
    let what = format!("{} {why}", set.patient_id);
    check.refuse(ErrorCode::XdsUnknownPatientId, &place, &what);
    Ok(())
}

/// XDS-R-037: uniqueIds of SubmissionSet and Folder are used by nothing else. The context says which.
fn new_unique_ids<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    let submission = check.submission;
    let set = &submission.submission_set;
    let set = std::iter::once(("SubmissionSet", &set.entry_uuid, &set.unique_id));
    let folders = submission.folders.iter();
    let folders = folders.map(|one| ("Folder", &one.entry_uuid, &one.unique_id));
    for (class, uuid, id) in set.chain(folders) {
        if check.view.unique_id_used(id)? {
            let what = format!("{} is already in the registry", shown(id));
            let place = Location::of(class, uuid).attribute("uniqueId");
            check.refuse(ErrorCode::XdsDuplicateUniqueIdInRegistry, &place, &what);
        }
    }
    Ok(())
}

/// XDS-R-036, 041: a document registered again is the same document.
fn documents<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    for entry in &check.submission.documents {
        for known in check.view.documents_by_unique_id(&entry.unique_id)? {
            if differs(check, entry, &known) {
                break;
            }
        }
        let id = &entry.unique_id;
        let taken = !check.view.sets_by_unique_id(id)?.is_empty()
            || !check.view.folders_by_unique_id(id)?.is_empty();
        if taken {
            let what = format!("{} is that of a SubmissionSet or Folder", shown(id));
            check.metadata(&unique_id(entry), &what);
        }
    }
    Ok(())
}

fn unique_id(entry: &DocumentEntry) -> Location {
    Location::of("DocumentEntry", &entry.entry_uuid).attribute("uniqueId")
}

/// A Stable entry names bytes; an On-Demand one names none, and may share its uniqueId with its like only.
fn differs<V: View>(
    check: &mut Check<'_, V>,
    entry: &DocumentEntry,
    known: &DocumentEntry,
) -> bool {
    let place = Location::of("DocumentEntry", &entry.entry_uuid);
    let id = shown(&entry.unique_id);
    match (entry.object_type, known.object_type) {
        (ObjectType::OnDemand, ObjectType::OnDemand) => false,
        (ObjectType::OnDemand, ObjectType::Stable) => {
            let what = format!("{id} is that of a Stable entry in the registry");
            check.metadata(&unique_id(entry), &what);
            true
        }
        (ObjectType::Stable, ObjectType::OnDemand) => {
            let what =
                format!("uniqueId {id} is registered for an On-Demand entry, without a hash");
            check.refuse(
                ErrorCode::XdsNonIdenticalHash,
                &place.attribute("hash"),
                &what,
            );
            true
        }
        (ObjectType::Stable, ObjectType::Stable) => {
            let hash = other_hash(entry.hash.as_deref(), known.hash.as_deref());
            if hash {
                let what = format!("uniqueId {id} is registered with another hash");
                check.refuse(
                    ErrorCode::XdsNonIdenticalHash,
                    &place.attribute("hash"),
                    &what,
                );
            }
            let size = entry.size.is_some() && known.size.is_some() && entry.size != known.size;
            if size {
                let what = format!("uniqueId {id} is registered with another size");
                check.refuse(
                    ErrorCode::XdsNonIdenticalSize,
                    &place.attribute("size"),
                    &what,
                );
            }
            hash || size
        }
    }
}

fn other_hash(one: Option<&str>, other: Option<&str>) -> bool {
    // A fault for testing the conformance suite.
    if cfg!(renkei_fault = "document-registry-hash-not-compared") {
        return false;
    }
    matches!((one, other), (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other))
}

/// XDS-R-040: entryUUIDs are new.
fn new_entry_uuids<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    let submission = check.submission;
    let set = std::iter::once(("SubmissionSet", &submission.submission_set.entry_uuid));
    let documents = submission.documents.iter();
    let folders = submission.folders.iter();
    let associations = submission.associations.iter();
    let all = set
        .chain(documents.map(|one| ("DocumentEntry", &one.entry_uuid)))
        .chain(folders.map(|one| ("Folder", &one.entry_uuid)))
        .chain(associations.map(|one| ("Association", &one.entry_uuid)));
    for (class, uuid) in all {
        if check.view.exists(uuid)? {
            let place = Location::of(class, uuid).attribute("entryUUID");
            check.metadata(&place, "is already in the registry");
        }
    }
    Ok(())
}
