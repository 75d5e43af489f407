//! SQLite: the contract, restarts, versions, and the way from version 1.

use std::path::Path;

use super::{contract, made};
use crate::store::{RecordStore, Search, SqliteStore, import_version_1};
use crate::trail::{Trail, TrailLimits, TrailSigner};

#[tokio::test]
async fn atna_r_028_sqlite_store_keeps_the_contract_and_its_records() {
    let dir = tempfile::tempdir().expect("directory");
    let path = dir.path().join("index.db");
    contract::check(SqliteStore::open(&path).await.expect("made")).await;
    let again = SqliteStore::open(&path).await.expect("opened again");
    assert_eq!(again.count().await.expect("counted"), 5);
    let beside = SqliteStore::open(&path).await.expect("opened beside it");
    let records = vec![made(9, "9", "ITI-9").stored(9)];
    again.apply(records).await.expect("applied");
    let search = Search {
        patient: Some("9".to_owned()),
        ..Search::default()
    };
    let found = beside.search(&search).await.expect("found");
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn a_store_of_another_version_is_refused_in_one_line() {
    let dir = tempfile::tempdir().expect("directory");
    let path = dir.path().join("index.db");
    drop(SqliteStore::open(&path).await.expect("made"));
    let other = rusqlite::Connection::open(&path).expect("opened");
    let cases = [
        (3, "record store: version 3 is newer than 2"),
        (
            1,
            "record store: version 1 holds the records themselves: import it into a trail first",
        ),
    ];
    for (version, text) in cases {
        other
            .pragma_update(None, "user_version", version)
            .expect("set");
        let refused = SqliteStore::open(&path)
            .await
            .expect_err("refused")
            .to_string();
        assert_eq!(refused, text);
    }
}

/// A file as the release before this one left it.
fn version_1(path: &Path, records: u32) {
    let old = rusqlite::Connection::open(path).expect("made");
    let tables = "PRAGMA journal_mode = WAL; CREATE TABLE record (\
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, received INTEGER NOT NULL, time INTEGER NOT NULL,\
        peer TEXT NOT NULL, event_type TEXT, outcome INTEGER, raw BLOB NOT NULL);\
        PRAGMA user_version = 1;";
    old.execute_batch(tables).expect("made");
    for minute in 0..records {
        let record = made(minute, "1", "ITI-9").received();
        let sql = "INSERT INTO record (received, time, peer, raw) VALUES (?1, ?1, ?2, ?3)";
        let micros = record.received.timestamp_micros();
        old.execute(sql, rusqlite::params![micros, record.peer, record.raw])
            .expect("kept");
    }
}

fn trail(dir: &Path) -> Trail {
    let (signer, _) = TrailSigner::generate().expect("a key");
    Trail::open(dir, signer, TrailLimits::default()).expect("opens")
}

#[tokio::test]
async fn atna_r_024_records_of_version_1_are_taken_into_a_trail_once() {
    let dir = tempfile::tempdir().expect("directory");
    let (old, trail) = (
        dir.path().join("audit.db"),
        trail(&dir.path().join("audit")),
    );
    assert_eq!(import_version_1(&old, &trail).await.expect("no file"), None);
    version_1(&old, 2300);
    // An import that was interrupted after seven records.
    let begun = (0..7)
        .map(|minute| made(minute, "1", "ITI-9").received())
        .collect();
    trail.append(begun).await.expect("appended");
    let imported = import_version_1(&old, &trail).await.expect("imported");
    assert_eq!(imported, Some(2300));
    assert!(!old.exists() && dir.path().join("audit.db.imported").exists());
    assert_eq!(import_version_1(&old, &trail).await.expect("no file"), None);
    let mut next = 1;
    while next <= 2300 {
        for kept in trail.read(next, 5000).await.expect("read") {
            let minute = u32::try_from(kept.sequence - 1).expect("small");
            assert_eq!(kept.record, made(minute, "1", "ITI-9").received());
            next = kept.sequence + 1;
        }
    }
}

#[tokio::test]
async fn atna_r_024_version_1_is_not_mixed_into_another_trail() {
    let dir = tempfile::tempdir().expect("directory");
    let (old, trail) = (
        dir.path().join("audit.db"),
        trail(&dir.path().join("audit")),
    );
    version_1(&old, 3);
    let other = vec![made(50, "2", "ITI-8").received()];
    trail.append(other).await.expect("appended");
    let refused = import_version_1(&old, &trail).await.expect_err("refused");
    assert!(
        refused
            .to_string()
            .ends_with("the trail already holds other records")
    );
    assert!(old.exists(), "nothing is lost");
    let newer = SqliteStore::open(dir.path().join("index.db"))
        .await
        .expect("made");
    drop(newer);
    let none = import_version_1(dir.path().join("index.db"), &trail).await;
    assert_eq!(none.expect("not of version 1"), None);
}
