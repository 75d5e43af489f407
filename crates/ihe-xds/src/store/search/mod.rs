//! Stored queries over a [`View`] (ITI TF-2 3.18.4.1.2.3.7).

mod by_id;
mod by_patient;
mod found;

use super::QueryError;
use super::StoreError;
use super::view::View;
use crate::iti18::StoredQuery;
use crate::metadata::Objects;
use found::Found;
use std::collections::HashMap;

/// Answers a query; patient ids are shown as the surviving ones (XDS-T-038). It stops at the first
/// object beyond `most` (XDS-T-045).
pub(crate) fn run(
    view: &impl View,
    query: &StoredQuery,
    most: usize,
) -> Result<Objects, QueryError> {
    let mut found = Found::at_most(most);
    let into = &mut found;
    match query {
        StoredQuery::FindDocuments(query) => by_patient::find_documents(view, query, into),
        StoredQuery::FindDocumentsByReferenceId(query) => {
            by_patient::find_documents_by_reference_id(view, query, into)
        }
        StoredQuery::FindDocumentsExclude(query) => {
            by_patient::find_documents_exclude(view, query, into)
        }
        StoredQuery::FindSubmissionSets(query) => {
            by_patient::find_submission_sets(view, query, into)
        }
        StoredQuery::FindFolders(query) => by_patient::find_folders(view, query, into),
        StoredQuery::GetAll(query) => by_patient::get_all(view, query, into),
        StoredQuery::GetDocuments(query) => by_id::documents(view, &query.ids, into),
        StoredQuery::GetFolders(query) => by_id::folders(view, &query.ids, into),
        StoredQuery::GetAssociations(query) => by_id::associations(view, &query.uuids, into),
        StoredQuery::GetDocumentsAndAssociations(query) => {
            by_id::documents_and_associations(view, &query.ids, into)
        }
        StoredQuery::GetSubmissionSets(query) => by_id::submission_sets(view, &query.uuids, into),
        StoredQuery::GetSubmissionSetAndContents(query) => {
            by_id::submission_set_and_contents(view, query, into)
        }
        StoredQuery::GetFolderAndContents(query) => by_id::folder_and_contents(view, query, into),
        StoredQuery::GetFoldersForDocument(query) => {
            by_id::folders_for_document(view, &query.id, into)
        }
        StoredQuery::GetRelatedDocuments(query) => by_id::related_documents(view, query, into),
    }?;
    let mut objects = found.into_objects();
    show_survivors(view, &mut objects)?;
    Ok(objects)
}

/// Each patient id is looked up once.
fn show_survivors(view: &impl View, objects: &mut Objects) -> Result<(), StoreError> {
    let sets = objects.submission_sets.iter_mut();
    let documents = objects.documents.iter_mut();
    let folders = objects.folders.iter_mut();
    let patients = sets
        .map(|one| &mut one.patient_id)
        .chain(documents.map(|one| &mut one.patient_id))
        .chain(folders.map(|one| &mut one.patient_id));
    let mut survivors: HashMap<String, String> = HashMap::new();
    for patient in patients {
        let survivor = match survivors.get(patient) {
            Some(survivor) => survivor.clone(),
            None => {
                let survivor = view.survivor(patient)?;
                survivors.insert(patient.clone(), survivor.clone());
                survivor
            }
        };
        *patient = survivor;
    }
    Ok(())
}
