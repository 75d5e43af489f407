//! What is found again, and how (ITI TF-2 3.18.4.1.2.3.7).

use super::super::{QueryError, RegistryStore};
use super::build::*;
use crate::iti18::{
    FindDocuments, GetAssociations, GetDocuments, GetSubmissionSetAndContents, Id, Ids,
};
use crate::metadata::{DocumentEntry, Status, SubmissionSetStatus};

/// XDS-R-050, 051, 058.
pub(super) async fn registers_and_finds<S: RegistryStore>(store: &S) {
    let id = feed(store, 1).await;
    let mut entry = document(&id);
    entry.status = Status::Deprecated;
    entry.title = Some("検査 <報告> & \"x\"".into());
    entry.source_patient_info = vec!["PID-5|山田^太郎".into()];
    register(store, submission(&id, vec![entry.clone()])).await;
    let found = find(store, &id, &[Status::Approved]).await;
    let expected = DocumentEntry {
        status: Status::Approved,
        logical_id: Some(entry.entry_uuid.clone()),
        ..entry
    };
    assert!(
        found.documents == [expected],
        "attributes come back unchanged and Approved"
    );
    assert!(find(store, &id, &[Status::Deprecated]).await.is_empty());
}

/// ITI TF-2 3.18.4.1.2.3.7.5, .7 and .10.
pub(super) async fn answers_by_association_and_set<S: RegistryStore>(store: &S) {
    let id = feed(store, 30).await;
    let sent = submission(&id, vec![document(&id), document(&id)]);
    register(store, sent.clone()).await;
    let query =
        GetSubmissionSetAndContents::new(Id::UniqueId(sent.submission_set.unique_id.clone()));
    let found = store.query(query.into(), MANY).await.expect("query");
    assert_eq!(found.submission_sets.len(), 1);
    assert_eq!((found.documents.len(), found.associations.len()), (2, 2));
    let ids = Ids::UniqueIds(vec![sent.documents[1].unique_id.clone(), "9.9.9".into()]);
    let found = store
        .query(GetDocuments { ids }.into(), MANY)
        .await
        .expect("query");
    assert_eq!(
        found.documents.len(),
        1,
        "XDS-T-043: what is not there is left out"
    );
    let uuids = vec![sent.documents[0].entry_uuid.clone()];
    let found = store
        .query(GetAssociations { uuids }.into(), MANY)
        .await
        .expect("query");
    assert_eq!(found.associations.len(), 1);
    assert_eq!(
        found.associations[0].submission_set_status,
        Some(SubmissionSetStatus::Original)
    );
}

pub(super) async fn pages_through_all_documents<S: RegistryStore>(store: &S) {
    let id = feed(store, 40).await;
    register(
        store,
        submission(&id, (0..5).map(|_| document(&id)).collect()),
    )
    .await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = store.documents_after(after, 2).await.expect("page");
        let Some(last) = page.last() else { break };
        after = Some(last.entry_uuid.clone());
        seen.extend(page.into_iter().map(|entry| entry.entry_uuid));
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted(), "in order of entryUUID");
}

/// XDS-T-045: neither a part of the result nor all of it in memory.
pub(super) async fn stops_at_the_first_object_too_many<S: RegistryStore>(store: &S) {
    let id = feed(store, 40).await;
    let documents = (0..3).map(|_| document(&id)).collect();
    register(store, submission(&id, documents)).await;
    let query = || FindDocuments {
        patient_id: id.clone(),
        statuses: vec![Status::Approved],
        object_types: vec![crate::metadata::ObjectType::Stable],
        ..FindDocuments::default()
    };
    let found = store.query(query().into(), 3).await.expect("query");
    assert_eq!(found.documents.len(), 3);
    let refused = store.query(query().into(), 2).await;
    assert!(matches!(refused, Err(QueryError::TooMany { most: 2 })));
}
