//! Commits that fail: nothing of the group is kept, in memory neither, and it works again afterwards.

use crate::Deterministic;
use std::path::Path;

use super::*;
use crate::identity::By;
use crate::store::engine::Records;
use crate::store::{Applied, ApplyError, IdentityStore};

fn id(number: usize) -> Cx {
    Cx::new(number.to_string(), Hd::oid("1.2.3"))
}

async fn known(store: &SqliteStore, number: usize) -> bool {
    let found = store.cross_references(&id(number), &[]).await;
    found.expect("answers").is_some()
}

fn at_the_file(file: &Path, sql: &str) {
    let connection = Connection::open(file).expect("opens");
    connection.execute_batch(sql).expect("done");
}

async fn apply(store: &SqliteStore, number: usize) -> Result<Applied, ApplyError> {
    store
        .apply(feed(number).into(), By::new("HIS", "secret reason"))
        .await
}

#[tokio::test]
async fn a_commit_that_fails_leaves_nothing_and_the_next_one_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let store = SqliteStore::open(&file).await.expect("opens");
    apply(&store, 1).await.expect("applied");
    let breaks = "CREATE TRIGGER broken BEFORE INSERT ON set_change \
                  BEGIN SELECT RAISE(ABORT, 'broken by the test'); END";
    at_the_file(&file, breaks);
    let (two, three) = tokio::join!(apply(&store, 2), apply(&store, 3));
    for refused in [two, three] {
        let Err(ApplyError::Store(error)) = refused else {
            panic!("not refused: {refused:?}");
        };
        let line = error.to_string();
        assert!(
            !line.contains("secret") && line.lines().count() == 1,
            "{line}"
        );
    }
    assert!(known(&store, 1).await, "what was there is there");
    assert!(
        !known(&store, 2).await && !known(&store, 3).await,
        "not in memory either"
    );
    at_the_file(&file, "DROP TRIGGER broken");
    let applied = apply(&store, 3).await.expect("works again");
    assert_eq!(applied.last_change, 2, "no number was lost");
    assert!(known(&store, 3).await && !known(&store, 2).await);
}

/// A file that may not grow any more, as on a full disk.
fn with_a_full_disk(file: &Path) -> SqliteStore {
    let connection = schema::open(file).expect("opens");
    let pages = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let limit = pages("page_count").expect("counted") + 20;
    let sql = format!("PRAGMA max_page_count = {limit}");
    connection.query_row(&sql, [], |_| Ok(())).expect("limited");
    let backend = backend::Writer {
        connection,
        _alone: lock::Lock::take(file).expect("alone"),
    };
    let reader = SqliteReader::new(file.to_owned());
    let identities = Identities::open(backend, reader, Arc::new(Deterministic));
    SqliteStore {
        identities: Arc::new(identities.expect("opens")),
    }
}

#[tokio::test]
async fn on_a_full_disk_actions_are_refused_and_what_was_acknowledged_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let store = with_a_full_disk(&file);
    let mut acknowledged = 0;
    while let Ok(applied) = apply(&store, acknowledged).await {
        acknowledged += 1;
        assert_eq!(applied.last_change as usize, acknowledged);
        assert!(acknowledged < 100_000, "the disk never fills");
    }
    assert!(acknowledged > 100);
    assert!(apply(&store, acknowledged + 1).await.is_err(), "still full");
    assert!(known(&store, acknowledged - 1).await && !known(&store, acknowledged).await);
    drop(store);
    let store = SqliteStore::open(&file)
        .await
        .expect("opens with room again");
    for number in 0..acknowledged {
        assert!(known(&store, number).await, "feed {number}");
    }
    apply(&store, acknowledged).await.expect("works again");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_for_a_while_refuses_and_then_works_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let store = SqliteStore::open(&file).await.expect("opens");
    apply(&store, 1).await.expect("applied");
    at_the_file(&file, "ALTER TABLE set_change RENAME TO hidden");
    assert!(
        apply(&store, 2).await.is_err(),
        "neither written nor loaded again"
    );
    assert!(
        apply(&store, 2).await.is_err(),
        "the store says so until it knows better"
    );
    at_the_file(&file, "ALTER TABLE hidden RENAME TO set_change");
    let applied = apply(&store, 2).await.expect("works again");
    assert_eq!(applied.last_change, 2);
    assert!(known(&store, 1).await);
}

#[test]
fn a_row_that_is_not_there_has_no_demographics() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut writer = backend::Writer {
        connection: schema::open(&file).expect("opens"),
        _alone: lock::Lock::take(&file).expect("alone"),
    };
    assert_eq!(writer.record(7).expect("read"), PatientRecord::default());
}
