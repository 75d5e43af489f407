//! HasMember associations of submission sets and folders (ITI TF-3 4.2.2.1, ITI TF-2 3.42.4.1.3.4).

use super::super::StoreError;
use super::super::view::View;
use super::Check;
use crate::error::ErrorCode;
use crate::metadata::{Association, Status, SubmissionSetStatus};

pub(crate) fn check<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    if association.source == check.submission.submission_set.entry_uuid {
        return of_submission_set(check, association);
    }
    if check.submitted_folder(&association.source).is_some() {
        return of_folder(check, association);
    }
    if let Some(folder) = check.view.folder(&association.source)? {
        if folder.status != Status::Approved {
            metadata_error(check, association, "the Folder is not Approved");
        }
        check.same_patient(&folder.patient_id)?;
        return of_folder(check, association);
    }
    if check.view.submission_set(&association.source)?.is_some() {
        metadata_error(
            check,
            association,
            "the SubmissionSet belongs to an earlier submission",
        );
    } else {
        unresolved(check, association, "sourceObject cannot be resolved");
    }
    Ok(())
}

/// XDS-R-018: "Original" is in the submission, "Reference" is in the registry.
fn of_submission_set<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    let target = &association.target;
    let status = association.submission_set_status;
    if check.submitted_document(target).is_some() {
        if status != Some(SubmissionSetStatus::Original) {
            metadata_error(
                check,
                association,
                "a submitted DocumentEntry is \"Original\"",
            );
        }
        return Ok(());
    }
    if check.submitted_folder(target).is_some() || check.submitted_association(target).is_some() {
        return Ok(());
    }
    if check.view.document(target)?.is_some() {
        if status != Some(SubmissionSetStatus::Reference) {
            metadata_error(
                check,
                association,
                "a registered DocumentEntry is \"Reference\"",
            );
        }
    } else if status == Some(SubmissionSetStatus::Original) {
        metadata_error(
            check,
            association,
            "\"Original\" needs a DocumentEntry in the submission",
        );
    } else if !check.view.exists(target)? {
        unresolved(check, association, "targetObject cannot be resolved");
    }
    Ok(())
}

/// XDS-R-019, 033, 055.
fn of_folder<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    let set = &check.submission.submission_set.entry_uuid;
    let mut others = check.submission.associations.iter();
    if !others.any(|other| other.source == *set && other.target == association.entry_uuid) {
        metadata_error(
            check,
            association,
            "the SubmissionSet has no HasMember to it",
        );
    }
    if check.submitted_document(&association.target).is_some() {
        return Ok(());
    }
    let Some(entry) = check.view.document(&association.target)? else {
        unresolved(check, association, "targetObject is no DocumentEntry");
        return Ok(());
    };
    if entry.status != Status::Approved {
        check.refuse(
            ErrorCode::XdsRegistryDeprecatedDocumentError,
            format!(
                "{}: the DocumentEntry is deprecated",
                association.entry_uuid
            ),
        );
    }
    check.same_patient(&entry.patient_id)
}

fn metadata_error<V: View>(check: &mut Check<'_, V>, association: &Association, why: &str) {
    check.refuse(
        ErrorCode::XdsRegistryMetadataError,
        format!("{}: {why}", association.entry_uuid),
    );
}

fn unresolved<V: View>(check: &mut Check<'_, V>, association: &Association, why: &str) {
    check.refuse(
        ErrorCode::UnresolvedReferenceException,
        format!("{}: {why}", association.entry_uuid),
    );
}
