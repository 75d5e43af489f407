//! HasMember associations of submission sets and folders (ITI TF-3 4.2.2.1, ITI TF-2 3.42.4.1.3.4).

use super::super::StoreError;
use super::super::view::View;
use super::{Check, end};
use crate::error::{ErrorCode, Location};
use crate::metadata::{Association, DocumentEntry, Status, SubmissionSetStatus};

pub(crate) fn check<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    if association.source == check.submission.submission_set.entry_uuid {
        return of_submission_set(check, association);
    }
    if check.folders.contains(association.source.as_str()) {
        return of_folder(check, association);
    }
    let place = end(association, "sourceObject");
    if let Some(folder) = check.view.folder(&association.source)? {
        if folder.status != Status::Approved {
            check.metadata(&place, "the Folder is not Approved");
        }
        check.same_patient(&place, "Folder", &folder.patient_id)?;
        return of_folder(check, association);
    }
    if check.view.submission_set(&association.source)?.is_some() {
        let what = "is a SubmissionSet of an earlier submission, which gains no members";
        check.metadata(&place, what);
    } else {
        check.unresolved(&place, "is neither a Folder nor this SubmissionSet");
    }
    Ok(())
}

/// XDS-R-018, 035: "Original" is in the submission, "Reference" is in the registry, of any patient.
fn of_submission_set<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    let target = association.target.as_str();
    let status = association.submission_set_status;
    if check.submitted_document(target).is_some() {
        if status != Some(SubmissionSetStatus::Original) {
            let what = "is not Original, but the DocumentEntry is in the submission";
            check.metadata(&end(association, "SubmissionSetStatus"), what);
        }
        return Ok(());
    }
    if check.folders.contains(target) || check.associations.contains(target) {
        return Ok(());
    }
    let place = end(association, "targetObject");
    match check.view.document(target)? {
        Some(entry) => {
            if status != Some(SubmissionSetStatus::Reference) {
                let what = "is not Reference, but the DocumentEntry is in the registry";
                check.metadata(&end(association, "SubmissionSetStatus"), what);
            }
            not_deprecated(check, &place, &entry);
        }
        None if status == Some(SubmissionSetStatus::Original) => {
            let what = "is Original, but the DocumentEntry is not in the submission";
            check.metadata(&end(association, "SubmissionSetStatus"), what);
        }
        None if check.view.exists(target)? => {
            let what = "is of an earlier submission; only a DocumentEntry may be referred to";
            check.metadata(&place, what);
        }
        None => check.unresolved(&place, "is neither in the submission nor in the registry"),
    }
    Ok(())
}

/// XDS-R-019, 033, 055.
fn of_folder<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    if !check.members.contains(association.entry_uuid.as_str()) {
        let place = Location::of("Association", &association.entry_uuid);
        let what = "the SubmissionSet has no HasMember to this HasMember of a Folder";
        check.metadata(&place, what);
    }
    if check.submitted_document(&association.target).is_some() {
        return Ok(());
    }
    let place = end(association, "targetObject");
    let Some(entry) = check.view.document(&association.target)? else {
        check.unresolved(&place, "is no DocumentEntry");
        return Ok(());
    };
    not_deprecated(check, &place, &entry);
    check.same_patient(&place, "DocumentEntry", &entry.patient_id)
}

/// Once deprecated, a DocumentEntry is not referred to by a new association (ITI TF-3 4.2.2).
fn not_deprecated<V: View>(check: &mut Check<'_, V>, place: &Location, entry: &DocumentEntry) {
    if entry.status != Status::Approved {
        let code = ErrorCode::XdsRegistryDeprecatedDocumentError;
        check.refuse(code, place, "is Deprecated");
    }
}
