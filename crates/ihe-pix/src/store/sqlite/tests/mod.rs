mod failure;
mod migration;

use crate::Deterministic;
use hl7v2::datatype::{Cx, Hd};

use super::*;
use crate::PatientRecord;
use crate::identity::By;
use crate::iti8::Feed;
use crate::store::{IdentityStore, contract};

fn feed(number: usize) -> Feed {
    let id = Cx::new(number.to_string(), Hd::oid("1.2.3"));
    Feed::register(PatientRecord::identified(id))
}

#[tokio::test]
async fn the_sqlite_store_keeps_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = std::cell::Cell::new(0);
    let fresh = async || {
        number.set(number.get() + 1);
        let file = folder.path().join(format!("{}.db", number.get()));
        SqliteStore::open_with(file, Deterministic)
            .await
            .expect("opens")
    };
    contract::check(fresh).await;
    contract::check_shelf(fresh).await;
    let file = folder.path().join("durable.db");
    contract::check_durable(async || {
        let store = SqliteStore::open_with(&file, Deterministic).await;
        store.expect("opens")
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("newer.db");
    let connection = Connection::open(&file).expect("opens");
    connection
        .pragma_update(None, "user_version", 99)
        .expect("written");
    drop(connection);
    let Err(error) = SqliteStore::open(&file).await else {
        panic!("opened")
    };
    assert!(matches!(
        error,
        StoreError::NewerSchema {
            found: 99,
            supported: 2
        }
    ));
    assert_eq!(error.to_string().lines().count(), 1);
}

#[tokio::test]
async fn the_file_is_in_wal_mode_with_full_sync_and_carries_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = schema::open(&folder.path().join("a.db")).expect("opens");
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    assert_eq!(pragma("synchronous"), Ok(2), "FULL");
    assert_eq!(pragma("user_version"), Ok(2));
    let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    assert_eq!(mode.as_deref(), Ok("wal"));
}

#[tokio::test]
async fn what_is_acknowledged_is_committed_when_another_process_looks() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("identities.db");
    let store = SqliteStore::open(&file).await.expect("opens");
    for number in 0..20 {
        store
            .apply(feed(number).into(), By::default())
            .await
            .expect("applied");
        // A copy of the files at this moment is what a crash would leave.
        let crashed = folder.path().join(format!("crash-{number}.db"));
        std::fs::copy(&file, &crashed).expect("copied");
        let log = |path: &std::path::Path| format!("{}-wal", path.display());
        std::fs::copy(log(&file), log(&crashed)).expect("copied");
        let reopened = SqliteStore::open(&crashed)
            .await
            .expect("opens after the crash");
        let id = Cx::new(number.to_string(), Hd::oid("1.2.3"));
        assert_eq!(
            reopened.cross_references(&id, &[]).await.expect("answers"),
            Some(vec![])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_feed_does_not_harm_those_committed_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("a.db"))
        .await
        .expect("opens");
    let mut tasks = Vec::new();
    for number in 0..200 {
        let store = store.clone();
        let unknown = Cx::new("unknown", Hd::oid("1.2.3"));
        let feed = match number % 4 {
            0 => Feed::merge(feed(number).patient, unknown),
            _ => feed(number),
        };
        tasks.push(tokio::spawn(async move {
            store.apply(feed.into(), By::default()).await
        }));
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let applied = task.await.expect("no panic");
        assert_eq!(applied.is_err(), number % 4 == 0, "feed {number}");
    }
    assert_eq!(
        store.changes_since(0, 1000).await.expect("answers").len(),
        150
    );
}

#[tokio::test]
async fn a_file_that_is_open_elsewhere_is_refused_with_one_line_that_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let store = SqliteStore::open(&file).await.expect("opens");
    let Err(error) = SqliteStore::open(&file).await else {
        panic!("opened twice")
    };
    assert!(matches!(error, StoreError::InUse));
    let line = error.to_string();
    assert!(line.contains("stop that one") && line.lines().count() == 1);
    drop(store);
    SqliteStore::open(&file)
        .await
        .expect("opens when the other has let go");
}
