//! What a store that is not only in memory knows after it was closed and opened again.

use super::super::{PatientState, RegistryStore};
use super::build::*;
use crate::error::ErrorCode;
use crate::iti18::{GetAssociations, GetSubmissionSetAndContents, Id};
use crate::metadata::{AssociationType, DocumentEntry, Slot, Status};

/// Everything registered, with every status, and what it refuses because of it.
pub(super) async fn objects_survive<S: RegistryStore>(open: impl AsyncFn() -> S) {
    let store = open().await;
    let id = feed(&store, 60).await;
    let mut old = document(&id);
    old.extra = vec![Slot {
        name: "urn:example:ward".into(),
        values: vec!["5".into(), "病棟 <6>".into()],
    }];
    let first = submission(&id, vec![old.clone()]);
    register(&store, first.clone()).await;
    let (second, new) = related(AssociationType::Rplc, &old);
    register(&store, second).await;
    drop(store);
    let store = open().await;
    let expected = DocumentEntry {
        status: Status::Deprecated,
        logical_id: Some(old.entry_uuid.clone()),
        ..old.clone()
    };
    let found = find(&store, &id, &[Status::Deprecated]).await.documents;
    assert!(found == [expected], "the replaced entry as it was");
    assert_eq!(status_of(&store, &new).await, Status::Approved);
    let uuids = vec![old.entry_uuid.clone()];
    let found = store.query(GetAssociations { uuids }.into(), MANY).await;
    assert_eq!(found.expect("query").associations.len(), 2);
    let set = Id::EntryUuid(first.submission_set.entry_uuid.clone());
    let query = GetSubmissionSetAndContents::new(set);
    let found = store.query(query.into(), MANY).await.expect("query");
    assert!(found.submission_sets == [first.submission_set.clone()]);
    let codes = refusal(&store, first).await;
    assert!(codes.contains(&ErrorCode::XdsDuplicateUniqueIdInRegistry));
    register(&store, submission(&id, vec![document(&id)])).await;
    assert_eq!(count(&store, &id).await, 2);
}

/// Patients and their merges.
pub(super) async fn patients_survive<S: RegistryStore>(open: impl AsyncFn() -> S) {
    let store = open().await;
    let (survivor, subsumed) = (feed(&store, 61).await, feed(&store, 62).await);
    register(&store, submission(&subsumed, vec![document(&subsumed)])).await;
    let merges = vec![(survivor.clone(), subsumed.clone())];
    store.merge_patients(merges).await.expect("merged");
    drop(store);
    let store = open().await;
    let state = store.patient(subsumed.clone()).await.expect("patient");
    assert_eq!(state, PatientState::Subsumed);
    assert_eq!(count(&store, &survivor).await, 1);
    let codes = refusal(&store, submission(&subsumed, vec![document(&subsumed)])).await;
    assert_eq!(codes, [ErrorCode::XdsUnknownPatientId]);
    let state = store.patient(patient(63)).await.expect("patient");
    assert_eq!(state, PatientState::Unknown);
}
