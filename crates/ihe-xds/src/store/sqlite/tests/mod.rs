mod full;
mod migration;

use super::super::{PatientState, QueryError, RegistryStore, contract};
use super::*;
use crate::iti18::StoredQuery;
use crate::metadata::SubmissionSet;
use crate::metadata::{Objects, Submission};
use chrono::Utc;
use rusqlite::Connection;

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    let fresh = async || {
        number.set(number.get() + 1);
        let path = dir.path().join(format!("{}.db", number.get()));
        SqliteStore::open(path).await.unwrap()
    };
    contract::registry_store(fresh).await;
    let path = dir.path().join("durable.db");
    contract::durable_registry_store(async || SqliteStore::open(&path).await.unwrap()).await;
}

fn empty_submission(unique_id: &str) -> Submission {
    let submission_set = SubmissionSet {
        entry_uuid: format!("urn:uuid:{}", uuid::Uuid::new_v4()),
        unique_id: unique_id.to_owned(),
        patient_id: "P^^^&1.2.3&ISO".to_owned(),
        source_id: "1.2.3".to_owned(),
        submission_time: "2026".to_owned(),
        ..SubmissionSet::default()
    };
    Submission {
        submission_set,
        documents: vec![],
        folders: vec![],
        associations: vec![],
    }
}

#[tokio::test]
async fn a_file_of_a_later_release_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.db");
    drop(SqliteStore::open(&path).await.unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    let refused = SqliteStore::open(&path).await;
    assert!(matches!(
        refused,
        Err(StoreError::Newer {
            found: 3,
            supported: 2
        })
    ));
}

#[tokio::test]
async fn a_damaged_row_is_an_error_and_not_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.add_patient("P^^^&1.2.3&ISO".into()).await.unwrap();
    let sent = empty_submission("1.2.3.4");
    store.register(sent.clone(), Utc::now()).await.unwrap();
    let file = Connection::open(&path).unwrap();
    file.execute("UPDATE objects SET form = x'01FF'", [])
        .unwrap();
    let id = crate::iti18::Id::UniqueId(sent.submission_set.unique_id);
    let query = crate::iti18::GetSubmissionSetAndContents::new(id);
    let refused = store.query(query.into(), 10).await;
    assert!(matches!(
        refused,
        Err(QueryError::Store(StoreError::Damaged(_)))
    ));
}
