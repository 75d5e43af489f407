//! What a submission may do to the state it meets (ITI TF-2 3.42.4.1.3, 3.61.4.1.3): one test for each rule id.

mod effects;
mod folders;
mod identity;
mod relationships;

use super::super::{RegisterError, RegistryStore};
use super::build::*;
use crate::error::{ErrorCode, RegistryError};
use crate::iti18::{GetAssociations, GetSubmissionSetAndContents, Id, Ids};
use crate::metadata::{
    Association, AssociationType, Code, DocumentEntry, Folder, ObjectType, Submission,
};

/// Runs each test on a store of its own.
pub(super) async fn contract<S: RegistryStore>(fresh: &impl AsyncFn() -> S) {
    identity::contract(fresh).await;
    relationships::contract(fresh).await;
    folders::contract(fresh).await;
    effects::contract(fresh).await;
}

/// All the errors of a submission that must be refused.
async fn errors<S: RegistryStore>(store: &S, submission: Submission) -> Vec<RegistryError> {
    match store.register(submission, now()).await {
        Err(RegisterError::Refused(refusal)) => refusal.errors,
        other => panic!("not refused: {other:?}"),
    }
}

/// Code and location of all the errors.
async fn places<S: RegistryStore>(store: &S, submission: Submission) -> Vec<(ErrorCode, String)> {
    let errors = errors(store, submission).await.into_iter();
    errors
        .map(|error| (error.code, error.location.unwrap_or_default()))
        .collect()
}

/// The expected error at an attribute of the last association.
fn at_last(submission: &Submission, code: ErrorCode, attribute: &str) -> [(ErrorCode, String); 1] {
    let last = submission.associations.last().expect("an association");
    [(
        code,
        format!("Association[{}]/{attribute}", last.entry_uuid),
    )]
}

fn at_document(entry: &DocumentEntry, code: ErrorCode, attribute: &str) -> (ErrorCode, String) {
    (
        code,
        format!("DocumentEntry[{}]/{attribute}", entry.entry_uuid),
    )
}

/// A registered Stable entry of a patient.
async fn registered<S: RegistryStore>(store: &S, patient_id: &str) -> DocumentEntry {
    let entry = document(patient_id);
    register(store, submission(patient_id, vec![entry.clone()])).await;
    entry
}

fn on_demand(patient_id: &str) -> DocumentEntry {
    DocumentEntry {
        object_type: ObjectType::OnDemand,
        hash: None,
        size: None,
        creation_time: None,
        ..document(patient_id)
    }
}

fn folder(patient_id: &str) -> Folder {
    Folder {
        entry_uuid: uuid(),
        unique_id: unique_id(),
        patient_id: patient_id.to_owned(),
        title: Some("folder".into()),
        codes: vec![Code::new("folder", "1.2.3", "folder")],
        ..Folder::default()
    }
}

/// Puts an association into a submission, with the HasMember of its SubmissionSet; returns its entryUUID.
fn put(submission: &mut Submission, kind: AssociationType, source: &str, target: &str) -> String {
    let inner = link(kind, source, target);
    let id = inner.entry_uuid.clone();
    let set = submission.submission_set.entry_uuid.clone();
    submission
        .associations
        .push(link(AssociationType::HasMember, &set, &id));
    submission.associations.push(inner);
    id
}

/// A submission of a new folder that holds entries.
fn filed(patient_id: &str, folder: &Folder, entries: &[&DocumentEntry]) -> Submission {
    let mut filed = submission(patient_id, Vec::new());
    let set = filed.submission_set.entry_uuid.clone();
    filed
        .associations
        .push(link(AssociationType::HasMember, &set, &folder.entry_uuid));
    filed.folders.push(folder.clone());
    for entry in entries {
        let (source, target) = (&folder.entry_uuid, &entry.entry_uuid);
        put(&mut filed, AssociationType::HasMember, source, target);
    }
    filed
}

/// The associations that touch an object.
async fn touching<S: RegistryStore>(store: &S, uuid: &str) -> Vec<Association> {
    let query = GetAssociations {
        uuids: vec![uuid.to_owned()],
    };
    let found = store.query(query.into(), MANY).await.expect("query");
    found.associations
}

/// A folder as it is now, by way of the SubmissionSet it came with.
async fn folder_now<S: RegistryStore>(store: &S, folder: &Folder) -> Folder {
    let all = touching(store, &folder.entry_uuid).await.into_iter();
    let mut sets = all.filter(|one| one.target == folder.entry_uuid);
    let set = sets.next().expect("SS-FD").source;
    let query = GetSubmissionSetAndContents::new(Id::EntryUuid(set));
    let found = store.query(query.into(), MANY).await.expect("query");
    let mut folders = found.folders.into_iter();
    folders
        .find(|one| one.entry_uuid == folder.entry_uuid)
        .expect("the folder")
}
