//! What an accepted submission changes beside being stored (ITI TF-2 3.42.4.1.3.5, 3.42.4.1.3.6).

use super::super::StoreError;
use super::super::view::View;
use super::Changes;
use crate::metadata::{Association, AssociationType, EntryUuid, Status, Submission};
use chrono::{DateTime, Utc};
use std::collections::{BTreeSet, HashSet};

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
    association.association_type.replaces()
}

/// XDS-R-052: the replaced entry, its transformations and its addenda.
///
/// The Framework deprecates those "of the DocumentEntry being replaced" (ITI TF-2 3.42.4.1.3.5): one step, so an addendum
/// of an addendum keeps its status. A new entry stays Approved even if it transforms or appends to what this submission
/// replaces, as that of XFRM_RPLC does (ITI TF-3 4.2.2.2.4).
fn deprecated(view: &impl View, submission: &Submission) -> Result<Vec<String>, StoreError> {
    let mut uuids = Vec::new();
    // A fault for testing the conformance suite.
    if cfg!(renkei_fault = "document-registry-replaced-stays-approved") {
        return Ok(uuids);
    }
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
    let mut memberships: HashSet<(String, String)> = submission
        .associations
        .iter()
        .filter(|one| one.association_type == AssociationType::HasMember)
        .map(|one| (one.source.clone(), one.target.clone()))
        .collect();
    let replacements: Vec<_> = submission
        .associations
        .iter()
        .filter(|one| replaces(one))
        .map(|one| (one.source.clone(), one.target.clone()))
        .collect();
    for (new, old) in replacements {
        for folder in approved_folders(view, &old)? {
            if memberships.insert((folder.clone(), new.clone())) {
                let joined = has_member(&folder, &new);
                submission
                    .associations
                    .push(has_member(&set, &joined.entry_uuid));
                submission.associations.push(joined);
            }
        }
    }
    Ok(())
}

/// entryUUIDs of the Approved folders that hold an entry.
fn approved_folders(view: &impl View, document: &str) -> Result<Vec<String>, StoreError> {
    let mut uuids = Vec::new();
    for membership in view.associations_to(document)? {
        if membership.association_type == AssociationType::HasMember
            && let Some(folder) = view.folder(&membership.source)?
            && folder.status == Status::Approved
        {
            uuids.push(folder.entry_uuid);
        }
    }
    Ok(uuids)
}

fn has_member(source: &str, target: &str) -> Association {
    Association {
        entry_uuid: EntryUuid::random().into(),
        association_type: AssociationType::HasMember,
        source: source.to_owned(),
        target: target.to_owned(),
        ..Association::default()
    }
}

/// XDS-R-054: the folders of the registry that gain an entry.
fn touched_folders(view: &impl View, submission: &Submission) -> Result<Vec<String>, StoreError> {
    let new: HashSet<&str> = submission
        .folders
        .iter()
        .map(|one| one.entry_uuid.as_str())
        .chain([submission.submission_set.entry_uuid.as_str()])
        .collect();
    let sources: BTreeSet<&str> = submission
        .associations
        .iter()
        .filter(|one| one.association_type == AssociationType::HasMember)
        .map(|one| one.source.as_str())
        .filter(|source| !new.contains(source))
        .collect();
    let mut uuids = Vec::new();
    for source in sources {
        if view.folder(source)?.is_some() {
            uuids.push(source.to_owned());
        }
    }
    Ok(uuids)
}
