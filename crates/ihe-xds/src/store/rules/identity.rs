//! Who and what a submission names: patient, uniqueIds, entryUUIDs (ITI TF-2 3.42.4.1.3.3).

use super::super::StoreError;
use super::super::patients::PatientState;
use super::super::view::View;
use super::Check;
use crate::error::ErrorCode;
use crate::metadata::{DocumentEntry, ObjectType};

pub(crate) fn check<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    patient(check)?;
    new_unique_ids(check)?;
    documents(check)?;
    new_entry_uuids(check)
}

/// XDS-R-031, 032: the patient was fed and not merged away.
fn patient<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    let id = &check.submission.submission_set.patient_id;
    if check.view.patient_state(id)? != PatientState::Active {
        check.refuse(ErrorCode::XdsUnknownPatientId, id.clone());
    }
    Ok(())
}

/// XDS-R-037: uniqueIds of SubmissionSet and Folder are used by nothing else.
fn new_unique_ids<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    let submission = check.submission;
    let folders = submission
        .folders
        .iter()
        .map(|folder| folder.unique_id.as_str());
    for id in std::iter::once(submission.submission_set.unique_id.as_str()).chain(folders) {
        if check.view.unique_id_used(id)? {
            check.refuse(ErrorCode::XdsDuplicateUniqueIdInRegistry, id);
        }
    }
    Ok(())
}

/// XDS-R-036: a document registered again is the same document.
fn documents<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    for entry in &check.submission.documents {
        for known in check.view.documents_by_unique_id(&entry.unique_id)? {
            if takes_the_place_of_bytes(entry, &known) {
                let what = "uniqueId of an On-Demand entry is that of a Stable one";
                let context = format!("DocumentEntry {}: {what}", entry.entry_uuid);
                check.refuse(ErrorCode::XdsRegistryMetadataError, context);
                break;
            }
            if differs(entry.hash.as_deref(), known.hash.as_deref()) {
                check.refuse(ErrorCode::XdsNonIdenticalHash, entry.unique_id.clone());
                break;
            }
            if entry.size.is_some() && known.size.is_some() && entry.size != known.size {
                check.refuse(ErrorCode::XdsNonIdenticalSize, entry.unique_id.clone());
                break;
            }
        }
    }
    Ok(())
}

/// XDS-R-041: a uniqueId that names bytes is not given to an On-Demand entry.
fn takes_the_place_of_bytes(entry: &DocumentEntry, known: &DocumentEntry) -> bool {
    entry.object_type == ObjectType::OnDemand && known.object_type == ObjectType::Stable
}

fn differs(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other))
}

/// XDS-R-040: entryUUIDs are new.
fn new_entry_uuids<V: View>(check: &mut Check<'_, V>) -> Result<(), StoreError> {
    let submission = check.submission;
    let uuids = std::iter::once(&submission.submission_set.entry_uuid)
        .chain(submission.documents.iter().map(|entry| &entry.entry_uuid))
        .chain(submission.folders.iter().map(|folder| &folder.entry_uuid))
        .chain(
            submission
                .associations
                .iter()
                .map(|association| &association.entry_uuid),
        );
    for uuid in uuids {
        if check.view.exists(uuid)? {
            check.refuse(
                ErrorCode::XdsRegistryMetadataError,
                format!("{uuid}: entryUUID is already in the registry"),
            );
        }
    }
    Ok(())
}
