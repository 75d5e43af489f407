//! Objects to try a store with.

use super::super::{RegisterError, RegistryStore};
use crate::error::ErrorCode;
use crate::iti18::{FindDocuments, GetDocuments, Ids};
use crate::metadata::{
    Association, AssociationType, DocumentEntry, Objects, Status, Submission, SubmissionSet,
    SubmissionSetStatus,
};
use chrono::{DateTime, Utc};

pub(crate) const HASH: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
/// More objects than any query here finds.
pub(crate) const MANY: usize = 1_000;

pub(crate) fn patient(number: u32) -> String {
    format!("P{number}^^^&1.2.3.4&ISO")
}

pub(crate) fn uuid() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}

pub(crate) fn unique_id() -> String {
    format!("2.25.{}", uuid::Uuid::new_v4().as_u128())
}

pub(crate) fn document(patient_id: &str) -> DocumentEntry {
    DocumentEntry {
        entry_uuid: uuid(),
        unique_id: unique_id(),
        patient_id: patient_id.to_owned(),
        mime_type: "text/plain".into(),
        hash: Some(HASH.into()),
        size: Some(3),
        creation_time: Some("20260101".into()),
        language_code: "ja-JP".into(),
        repository_unique_id: Some("1.2.3.4.5".into()),
        source_patient_id: Some(patient_id.to_owned()),
        ..DocumentEntry::default()
    }
}

pub(crate) fn link(kind: AssociationType, source: &str, target: &str) -> Association {
    Association {
        entry_uuid: uuid(),
        association_type: kind,
        source: source.to_owned(),
        target: target.to_owned(),
        ..Association::default()
    }
}

pub(crate) fn submission(patient_id: &str, documents: Vec<DocumentEntry>) -> Submission {
    let submission_set = SubmissionSet {
        entry_uuid: uuid(),
        unique_id: unique_id(),
        patient_id: patient_id.to_owned(),
        source_id: "1.2.3.4.6".into(),
        submission_time: "20260101120000".into(),
        ..SubmissionSet::default()
    };
    let original = |entry: &DocumentEntry| Association {
        submission_set_status: Some(SubmissionSetStatus::Original),
        ..link(
            AssociationType::HasMember,
            &submission_set.entry_uuid,
            &entry.entry_uuid,
        )
    };
    let associations = documents.iter().map(original).collect();
    Submission {
        submission_set,
        documents,
        folders: Vec::new(),
        associations,
    }
}

pub(crate) fn related(kind: AssociationType, old: &DocumentEntry) -> (Submission, DocumentEntry) {
    let new = document(&old.patient_id);
    let mut submission = submission(&old.patient_id, vec![new.clone()]);
    submission
        .associations
        .push(link(kind, &new.entry_uuid, &old.entry_uuid));
    (submission, new)
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap_or_default()
}

pub(crate) async fn register<S: RegistryStore>(store: &S, submission: Submission) {
    let result = store.register(submission, now()).await;
    assert!(result.is_ok(), "a good submission was refused: {result:?}");
}

pub(crate) async fn refusal<S: RegistryStore>(store: &S, submission: Submission) -> Vec<ErrorCode> {
    match store.register(submission, now()).await {
        Err(RegisterError::Refused(refusal)) => {
            refusal.errors.into_iter().map(|error| error.code).collect()
        }
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) async fn feed<S: RegistryStore>(store: &S, number: u32) -> String {
    let id = patient(number);
    store.add_patient(id.clone()).await.expect("feed");
    id
}

pub(crate) async fn find<S: RegistryStore>(
    store: &S,
    patient_id: &str,
    statuses: &[Status],
) -> Objects {
    let query = FindDocuments {
        patient_id: patient_id.to_owned(),
        statuses: statuses.to_vec(),
        object_types: vec![crate::metadata::ObjectType::Stable],
        ..FindDocuments::default()
    };
    store.query(query.into(), MANY).await.expect("query")
}

pub(crate) async fn count<S: RegistryStore>(store: &S, patient_id: &str) -> usize {
    find(store, patient_id, &[Status::Approved])
        .await
        .documents
        .len()
}

pub(crate) async fn status_of<S: RegistryStore>(store: &S, entry: &DocumentEntry) -> Status {
    let ids = Ids::EntryUuids(vec![entry.entry_uuid.clone()]);
    let found = store
        .query(GetDocuments { ids }.into(), MANY)
        .await
        .expect("query");
    found.documents.first().expect("the entry").status
}
