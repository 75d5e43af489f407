mod migration;

use super::super::contract;
use super::*;
use crate::metadata::SubmissionSet;
use futures_util::future::join_all;
use rusqlite::Connection;

fn open_now(path: &Path) -> Result<SqliteStore, StoreError> {
    let path = path.to_path_buf();
    let opened = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(SqliteStore::open(path))
    });
    opened.join().unwrap()
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    contract::registry_store(|| {
        number.set(number.get() + 1);
        open_now(&dir.path().join(format!("{}.db", number.get()))).unwrap()
    })
    .await;
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

#[tokio::test(flavor = "multi_thread")]
async fn of_many_submissions_with_one_unique_id_one_wins_and_survives_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.add_patient("P^^^&1.2.3&ISO".into()).await.unwrap();
    let attempts = (0..20).map(|_| store.register(empty_submission("1.2.3.4"), Utc::now()));
    let won = join_all(attempts)
        .await
        .into_iter()
        .filter(Result::is_ok)
        .count();
    assert_eq!(won, 1);
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    assert!(
        store
            .register(empty_submission("1.2.3.4"), Utc::now())
            .await
            .is_err()
    );
    assert!(
        store
            .register(empty_submission("1.2.3.5"), Utc::now())
            .await
            .is_ok()
    );
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
