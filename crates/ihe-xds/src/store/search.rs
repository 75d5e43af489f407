//! Stored queries over a [`View`] (ITI TF-2 3.18.4.1.2.3.7).

use super::view::View;
use super::{QueryError, StoreError};
use crate::iti18::{
    FindDocuments, GetAssociations, GetDocuments, GetSubmissionSetAndContents, Id, Ids, StoredQuery,
};
use crate::metadata::{Association, DocumentEntry, Objects, SubmissionSet};
use std::collections::HashSet;
use std::ops::ControlFlow;

/// Answers a query; patient ids are shown as the surviving ones (XDS-T-038).
pub(crate) fn run(
    view: &impl View,
    query: &StoredQuery,
    most: usize,
) -> Result<Objects, QueryError> {
    let mut objects = match query {
        StoredQuery::FindDocuments(query) => find_documents(view, query, most)?,
        StoredQuery::GetDocuments(query) => documents(view, query)?,
        StoredQuery::GetAssociations(query) => associations(view, query)?,
        StoredQuery::GetSubmissionSetAndContents(query) => set_and_contents(view, query)?,
    };
    if objects.entry_uuids().count() > most {
        return Err(QueryError::TooMany { most });
    }
    show_survivors(view, &mut objects)?;
    Ok(objects)
}

/// XDS-T-036..041: nothing for an unknown or subsumed patient, the whole chain for a surviving one.
/// One entry more than `most` shows that there are too many.
fn find_documents(
    view: &impl View,
    query: &FindDocuments,
    most: usize,
) -> Result<Objects, StoreError> {
    if !matches!(view.patient_row(&query.patient_id)?, Some(None)) {
        return Ok(Objects::default());
    }
    let mut documents = Vec::new();
    for id in view.chain(&query.patient_id)? {
        view.documents_of_patient(&id, &query.statuses, &mut |entry| {
            documents.extend(Some(entry).filter(|entry| query.matches(entry)));
            match documents.len() > most {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
    }
    Ok(Objects {
        documents,
        ..Objects::default()
    })
}

/// XDS-T-043: of any status; what does not exist is left out.
fn documents(view: &impl View, query: &GetDocuments) -> Result<Objects, StoreError> {
    let mut found = Found::default();
    match &query.ids {
        Ids::EntryUuids(uuids) => {
            for uuid in uuids {
                found.documents(view.document(uuid)?);
            }
        }
        Ids::UniqueIds(ids) => {
            for id in ids {
                found.documents(view.documents_by_unique_id(id)?);
            }
        }
    }
    Ok(found.objects)
}

fn associations(view: &impl View, query: &GetAssociations) -> Result<Objects, StoreError> {
    let mut found = Found::default();
    for uuid in &query.uuids {
        found.associations(view.associations_from(uuid)?);
        found.associations(view.associations_to(uuid)?);
    }
    Ok(found.objects)
}

fn set_and_contents(
    view: &impl View,
    query: &GetSubmissionSetAndContents,
) -> Result<Objects, StoreError> {
    let mut found = Found::default();
    let set = match &query.id {
        Id::EntryUuid(uuid) => view.submission_set(uuid)?,
        Id::UniqueId(id) => view.sets_by_unique_id(id)?.pop(),
    };
    let Some(set) = set else {
        return Ok(found.objects);
    };
    let memberships = view.associations_from(&set.entry_uuid)?;
    let mut member_associations = Vec::new();
    for membership in &memberships {
        let target = &membership.target;
        if let Some(entry) = view.document(target)? {
            found.documents(Some(entry).filter(|entry| query.matches(entry)));
        } else if let Some(folder) = view.folder(target)? {
            found.seen.insert(folder.entry_uuid.clone());
            found.objects.folders.push(folder);
        } else {
            member_associations.extend(view.association(target)?);
        }
    }
    found.submission_set(set);
    found.links(member_associations, memberships);
    Ok(found.objects)
}

/// What was found, each object once.
#[derive(Default)]
struct Found {
    objects: Objects,
    seen: HashSet<String>,
}

impl Found {
    fn documents(&mut self, entries: impl IntoIterator<Item = DocumentEntry>) {
        for entry in entries {
            if self.seen.insert(entry.entry_uuid.clone()) {
                self.objects.documents.push(entry);
            }
        }
    }

    fn associations(&mut self, associations: impl IntoIterator<Item = Association>) {
        for association in associations {
            if self.seen.insert(association.entry_uuid.clone()) {
                self.objects.associations.push(association);
            }
        }
    }

    fn submission_set(&mut self, set: SubmissionSet) {
        self.seen.insert(set.entry_uuid.clone());
        self.objects.submission_sets.push(set);
    }

    /// Associations whose both ends are returned; a HasMember to a returned association after it.
    fn links(&mut self, members: Vec<Association>, memberships: Vec<Association>) {
        for group in [members, memberships] {
            for association in group {
                if self.seen.contains(&association.source)
                    && self.seen.contains(&association.target)
                {
                    self.associations([association]);
                }
            }
        }
    }
}

fn show_survivors(view: &impl View, objects: &mut Objects) -> Result<(), StoreError> {
    let sets = objects
        .submission_sets
        .iter_mut()
        .map(|set| &mut set.patient_id);
    let documents = objects
        .documents
        .iter_mut()
        .map(|entry| &mut entry.patient_id);
    let folders = objects
        .folders
        .iter_mut()
        .map(|folder| &mut folder.patient_id);
    for patient in sets.chain(documents).chain(folders) {
        *patient = view.survivor(patient)?;
    }
    Ok(())
}
