//! What an accepted submission changes beside being stored (ITI TF-2 3.42.4.1.3.5, 3.42.4.1.3.6).

use super::super::StoreError;
use super::super::view::View;
use super::Changes;
use crate::metadata::{Association, AssociationType, Status, Submission};
use chrono::{DateTime, Utc};

pub(crate) fn of(
    view: &impl View,
    mut submission: Submission,
    now: DateTime<Utc>,
) -> Result<Changes, StoreError> {
    approve(&mut submission);
    let deprecated = deprecated(view, &submission)?;
    follow_folders(view, &mut submission)?;
    let now = now.format("%Y%m%d%H%M%S").to_string();
    for folder in &mut submission.folders {
        folder.last_update_time = Some(now.clone());
    }
    let touched_folders = touched_folders(view, &submission)?;
    Ok(Changes {
        submission,
        deprecated,
        touched_folders,
        now,
    })
}

/// XDS-R-051: everything new is Approved.
fn approve(submission: &mut Submission) {
    submission.submission_set.status = Status::Approved;
    for entry in &mut submission.documents {
        entry.status = Status::Approved;
        entry
            .logical_id
            .get_or_insert_with(|| entry.entry_uuid.clone());
    }
    for folder in &mut submission.folders {
        folder.status = Status::Approved;
        folder
            .logical_id
            .get_or_insert_with(|| folder.entry_uuid.clone());
    }
    for association in &mut submission.associations {
        association.status = Status::Approved;
    }
}

fn replaces(association: &Association) -> bool {
    matches!(
        association.association_type,
        AssociationType::Rplc | AssociationType::XfrmRplc
    )
}

/// XDS-R-052: the replaced entry, its transformations and its addenda.
fn deprecated(view: &impl View, submission: &Submission) -> Result<Vec<String>, StoreError> {
    let mut uuids = Vec::new();
    for association in submission.associations.iter().filter(|one| replaces(one)) {
        uuids.push(association.target.clone());
        for other in view.associations_to(&association.target)? {
            let derived = matches!(
                other.association_type,
                AssociationType::Xfrm | AssociationType::Apnd
            );
            if derived && view.document(&other.source)?.is_some() {
                uuids.push(other.source);
            }
        }
    }
    uuids.sort_unstable();
    uuids.dedup();
    Ok(uuids)
}

/// XDS-R-053: the new entry joins every Approved folder of the entry it replaces.
fn follow_folders(view: &impl View, submission: &mut Submission) -> Result<(), StoreError> {
    let set = submission.submission_set.entry_uuid.clone();
    let patient = view.survivor(&submission.submission_set.patient_id)?;
    let replacements: Vec<_> = submission
        .associations
        .iter()
        .filter(|one| replaces(one))
        .map(|one| (one.source.clone(), one.target.clone()))
        .collect();
    for (new, old) in replacements {
        for membership in view.associations_to(&old)? {
            if membership.association_type != AssociationType::HasMember
                || already_there(submission, &membership.source, &new)
            {
                continue;
            }
            let Some(folder) = view.folder(&membership.source)? else {
                continue;
            };
            if folder.status != Status::Approved || view.survivor(&folder.patient_id)? != patient {
                continue;
            }
            let joined = has_member(&folder.entry_uuid, &new);
            submission
                .associations
                .push(has_member(&set, &joined.entry_uuid));
            submission.associations.push(joined);
        }
    }
    Ok(())
}

fn already_there(submission: &Submission, folder: &str, document: &str) -> bool {
    submission.associations.iter().any(|association| {
        association.association_type == AssociationType::HasMember
            && association.source == folder
            && association.target == document
    })
}

fn has_member(source: &str, target: &str) -> Association {
    Association {
        entry_uuid: format!("urn:uuid:{}", uuid::Uuid::new_v4()),
        association_type: AssociationType::HasMember,
        source: source.to_owned(),
        target: target.to_owned(),
        submission_set_status: None,
        previous_version: None,
        documentation: None,
        status: Status::Approved,
        extra: Vec::new(),
    }
}

/// XDS-R-054.
fn touched_folders(view: &impl View, submission: &Submission) -> Result<Vec<String>, StoreError> {
    let mut uuids = Vec::new();
    for association in &submission.associations {
        if association.association_type == AssociationType::HasMember
            && !uuids.contains(&association.source)
            && view.folder(&association.source)?.is_some()
        {
            uuids.push(association.source.clone());
        }
    }
    Ok(uuids)
}
