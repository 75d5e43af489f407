//! Queries by entryUUID or uniqueId (ITI TF-2 3.18.4.1.2.3.7.5 to .13). Of any status; what does not exist is left out (XDS-T-043).

use super::super::view::View;
use super::super::{QueryError, StoreError};
use super::Found;
use crate::iti18::{GetFolderAndContents, GetRelatedDocuments, GetSubmissionSetAndContents};
use crate::iti18::{Id, Ids};
use crate::metadata::{Association, AssociationType, DocumentEntry};

pub(super) fn documents(view: &impl View, ids: &Ids, found: &mut Found) -> Result<(), QueryError> {
    match ids {
        Ids::EntryUuids(uuids) => {
            for uuid in uuids {
                view.document(uuid)?
                    .map_or(Ok(()), |one| found.document(one))?;
            }
        }
        Ids::UniqueIds(ids) => {
            for id in ids {
                let mut entries = view.documents_by_unique_id(id)?.into_iter();
                entries.try_for_each(|one| found.document(one))?;
            }
        }
    }
    Ok(())
}

pub(super) fn folders(view: &impl View, ids: &Ids, found: &mut Found) -> Result<(), QueryError> {
    match ids {
        Ids::EntryUuids(uuids) => {
            for uuid in uuids {
                view.folder(uuid)?.map_or(Ok(()), |one| found.folder(one))?;
            }
        }
        Ids::UniqueIds(ids) => {
            for id in ids {
                let mut folders = view.folders_by_unique_id(id)?.into_iter();
                folders.try_for_each(|one| found.folder(one))?;
            }
        }
    }
    Ok(())
}

/// The associations from and to an object.
pub(super) fn touching(view: &impl View, uuid: &str, found: &mut Found) -> Result<(), QueryError> {
    let from = view.associations_from(uuid)?.into_iter();
    let to = view.associations_to(uuid)?.into_iter();
    from.chain(to).try_for_each(|one| found.association(one))
}

pub(super) fn associations(
    view: &impl View,
    uuids: &[String],
    found: &mut Found,
) -> Result<(), QueryError> {
    uuids
        .iter()
        .try_for_each(|uuid| touching(view, uuid, found))
}

pub(super) fn documents_and_associations(
    view: &impl View,
    ids: &Ids,
    found: &mut Found,
) -> Result<(), QueryError> {
    documents(view, ids, found)?;
    associations(view, &found.entry_uuids(), found)
}

/// SubmissionSets by their HasMembers to the objects, and these HasMembers.
pub(super) fn submission_sets(
    view: &impl View,
    uuids: &[String],
    found: &mut Found,
) -> Result<(), QueryError> {
    for uuid in uuids {
        for association in view.associations_to(uuid)?.into_iter().filter(has_member) {
            if let Some(set) = view.submission_set(&association.source)? {
                found.submission_set(set)?;
                found.association(association)?;
            }
        }
    }
    Ok(())
}

fn has_member(association: &Association) -> bool {
    association.association_type == AssociationType::HasMember
}

/// The members, then what links two of them, then the HasMembers to all of these.
pub(super) fn submission_set_and_contents(
    view: &impl View,
    query: &GetSubmissionSetAndContents,
    found: &mut Found,
) -> Result<(), QueryError> {
    let set = match &query.id {
        Id::EntryUuid(uuid) => view.submission_set(uuid)?,
        Id::UniqueId(id) => view.sets_by_unique_id(id)?.pop(),
    };
    let Some(set) = set else {
        return Ok(());
    };
    let mut memberships = view.associations_from(&set.entry_uuid)?;
    memberships.retain(has_member);
    found.submission_set(set)?;
    let mut links = Vec::new();
    for target in memberships.iter().map(|one| &one.target) {
        if let Some(entry) = view.document(target)? {
            if query.contents.matches(&entry) {
                found.document(entry)?;
            }
        } else if let Some(folder) = view.folder(target)? {
            found.folder(folder)?;
        } else {
            links.extend(view.association(target)?);
        }
    }
    let mut links = links.into_iter().chain(memberships);
    links.try_for_each(|one| found.link(one))
}

pub(super) fn folder_and_contents(
    view: &impl View,
    query: &GetFolderAndContents,
    found: &mut Found,
) -> Result<(), QueryError> {
    let folder = match &query.id {
        Id::EntryUuid(uuid) => view.folder(uuid)?,
        Id::UniqueId(id) => view.folders_by_unique_id(id)?.pop(),
    };
    let Some(folder) = folder else {
        return Ok(());
    };
    let memberships = view.associations_from(&folder.entry_uuid)?;
    found.folder(folder)?;
    for membership in memberships.into_iter().filter(has_member) {
        let entry = view.document(&membership.target)?;
        if let Some(entry) = entry.filter(|entry| query.contents.matches(entry)) {
            found.document(entry)?;
            found.association(membership)?;
        }
    }
    Ok(())
}

/// One uniqueId may stand for several entries.
fn entries(view: &impl View, id: &Id) -> Result<Vec<DocumentEntry>, StoreError> {
    match id {
        Id::EntryUuid(uuid) => Ok(view.document(uuid)?.into_iter().collect()),
        Id::UniqueId(id) => view.documents_by_unique_id(id),
    }
}

pub(super) fn folders_for_document(
    view: &impl View,
    id: &Id,
    found: &mut Found,
) -> Result<(), QueryError> {
    for entry in entries(view, id)? {
        let memberships = view.associations_to(&entry.entry_uuid)?;
        for membership in memberships.into_iter().filter(has_member) {
            if let Some(folder) = view.folder(&membership.source)? {
                found.folder(folder)?;
            }
        }
    }
    Ok(())
}

/// Relations between entries of the types asked for, and the entries at both ends: an association
/// to an entry that a Consumer did not ask to see is not shown to it either.
pub(super) fn related_documents(
    view: &impl View,
    query: &GetRelatedDocuments,
    found: &mut Found,
) -> Result<(), QueryError> {
    let asked = |one: &Association| query.association_types.contains(&one.association_type);
    for entry in entries(view, &query.id)? {
        if !query.matches(&entry) {
            continue;
        }
        let from = view.associations_from(&entry.entry_uuid)?.into_iter();
        let to = view.associations_to(&entry.entry_uuid)?.into_iter();
        for association in from.chain(to).filter(asked) {
            let other = match association.source == entry.entry_uuid {
                true => &association.target,
                false => &association.source,
            };
            let other = view.document(other)?;
            if let Some(other) = other.filter(|other| query.matches(other)) {
                found.document(entry.clone())?;
                found.document(other)?;
                found.association(association)?;
            }
        }
    }
    Ok(())
}
