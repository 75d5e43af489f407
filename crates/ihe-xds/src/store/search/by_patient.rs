//! Queries that name a patient (XDS-T-036..041): nothing for an unknown or subsumed one, the whole chain of merges for a surviving one.

use super::super::view::View;
use super::super::{QueryError, StoreError};
use super::Found;
use super::by_id::touching;
use crate::iti18::{
    FindDocuments, FindDocumentsByReferenceId, FindDocumentsExclude, FindFolders,
    FindSubmissionSets, GetAll,
};
use crate::metadata::{DocumentEntry, Status};
use std::ops::ControlFlow;

/// The ids under which a patient's objects are kept.
fn chain(view: &impl View, patient_id: &str) -> Result<Vec<String>, StoreError> {
    match view.patient_row(patient_id)? {
        Some(None) => view.chain(patient_id),
        _ => Ok(Vec::new()),
    }
}

/// Stops at the first object too many, and remembers why.
fn or_stop(taken: Result<(), QueryError>, outcome: &mut Result<(), QueryError>) -> ControlFlow<()> {
    match taken {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            *outcome = Err(error);
            ControlFlow::Break(())
        }
    }
}

fn documents(
    view: &impl View,
    (patient_id, statuses): (&str, &[Status]),
    matches: impl Fn(&DocumentEntry) -> bool,
    found: &mut Found,
) -> Result<(), QueryError> {
    let mut outcome = Ok(());
    for id in chain(view, patient_id)? {
        view.documents_of_patient(&id, statuses, &mut |entry| match matches(&entry) {
            true => or_stop(found.document(entry), &mut outcome),
            false => ControlFlow::Continue(()),
        })?;
        if outcome.is_err() {
            break;
        }
    }
    outcome
}

pub(super) fn find_documents(
    view: &impl View,
    query: &FindDocuments,
    found: &mut Found,
) -> Result<(), QueryError> {
    let of = (query.patient_id.as_str(), query.statuses.as_slice());
    documents(view, of, |entry| query.matches(entry), found)
}

pub(super) fn find_documents_by_reference_id(
    view: &impl View,
    query: &FindDocumentsByReferenceId,
    found: &mut Found,
) -> Result<(), QueryError> {
    let asked = &query.documents;
    let of = (asked.patient_id.as_str(), asked.statuses.as_slice());
    documents(view, of, |entry| query.matches(entry), found)
}

pub(super) fn find_documents_exclude(
    view: &impl View,
    query: &FindDocumentsExclude,
    found: &mut Found,
) -> Result<(), QueryError> {
    let asked = &query.documents;
    let of = (asked.patient_id.as_str(), asked.statuses.as_slice());
    documents(view, of, |entry| query.matches(entry), found)
}

pub(super) fn find_submission_sets(
    view: &impl View,
    query: &FindSubmissionSets,
    found: &mut Found,
) -> Result<(), QueryError> {
    let mut outcome = Ok(());
    for id in chain(view, &query.patient_id)? {
        view.sets_of_patient(&id, &mut |set| match query.matches(&set) {
            true => or_stop(found.submission_set(set), &mut outcome),
            false => ControlFlow::Continue(()),
        })?;
        if outcome.is_err() {
            break;
        }
    }
    outcome
}

pub(super) fn find_folders(
    view: &impl View,
    query: &FindFolders,
    found: &mut Found,
) -> Result<(), QueryError> {
    let mut outcome = Ok(());
    for id in chain(view, &query.patient_id)? {
        view.folders_of_patient(&id, &mut |folder| match query.matches(&folder) {
            true => or_stop(found.folder(folder), &mut outcome),
            false => ControlFlow::Continue(()),
        })?;
        if outcome.is_err() {
            break;
        }
    }
    outcome
}

/// Associations may lead to objects that are not part of the answer.
pub(super) fn get_all(
    view: &impl View,
    query: &GetAll,
    found: &mut Found,
) -> Result<(), QueryError> {
    let patient_id = query.patient_id.clone();
    let sets = FindSubmissionSets {
        patient_id: patient_id.clone(),
        statuses: query.submission_set_statuses.clone(),
        ..FindSubmissionSets::default()
    };
    find_submission_sets(view, &sets, found)?;
    let of = (patient_id.as_str(), query.document_statuses.as_slice());
    documents(view, of, |entry| query.contents.matches(entry), found)?;
    let folders = FindFolders {
        patient_id: patient_id.clone(),
        statuses: query.folder_statuses.clone(),
        ..FindFolders::default()
    };
    find_folders(view, &folders, found)?;
    let uuids: Vec<String> = found.entry_uuids();
    for uuid in uuids {
        touching(view, &uuid, found)?;
    }
    Ok(())
}
