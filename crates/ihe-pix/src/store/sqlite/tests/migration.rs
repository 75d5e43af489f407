//! A file of the previous release is opened and knows what it knew.

use crate::Deterministic;
use std::path::PathBuf;

use super::*;
use crate::identity::{Action, By, Merge, What};
use crate::store::{Applied, ApplyError, IdentityStore};

/// A file of schema 1, in a folder that goes with the test.
fn schema_1() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("old.db");
    let connection = Connection::open(&file).expect("opens");
    for sql in [
        include_str!("../0001_identities.sql"),
        include_str!("schema_1.sql"),
        "PRAGMA user_version = 1",
    ] {
        connection.execute_batch(sql).expect("done");
    }
    (folder, file)
}

async fn opened(file: &PathBuf) -> SqliteStore {
    let store = SqliteStore::open_with(file, Deterministic).await;
    store.expect("the file of schema 1 opens")
}

fn id(text: &str) -> Cx {
    let (value, domain) = text.split_once('@').expect("value@domain");
    let authority = match domain {
        "E" => Hd::oid("1.2.3.4.1000"),
        "W" => Hd::oid("1.2.3.4.2000"),
        _ => Hd {
            namespace_id: "AFFINITY".into(),
            ..Hd::default()
        },
    };
    Cx::new(value, authority)
}

async fn others(store: &SqliteStore, one: &str) -> Option<Vec<Cx>> {
    let found = store.cross_references(&id(one), &[]).await;
    found.expect("answers")
}

async fn update(store: &SqliteStore, one: &str, given: &str) -> Result<Applied, ApplyError> {
    let mut patient = PatientRecord::identified(id(one));
    patient.names = PatientRecord::names_from_text(&format!("山田^{given}"));
    store.apply(Action::Update { patient }, By::default()).await
}

#[tokio::test]
async fn ids_sets_and_demographics_are_as_they_were() {
    let (_folder, file) = schema_1();
    let store = opened(&file).await;
    assert_eq!(others(&store, "1@E").await, Some(vec![id("9@W")]));
    assert_eq!(others(&store, "2@E").await, Some(vec![id("7@A")]));
    assert_eq!(others(&store, "3@W").await, Some(vec![]));
    assert_eq!(others(&store, "0@E").await, None);
    assert_eq!(others(&store, "00@E").await, None);
    let told = store.changes_since(3, 1).await.expect("answers");
    let [linked, affinity] = told[0].members.as_slice() else {
        panic!("{} members", told[0].members.len());
    };
    assert_eq!((&linked.ids[0], linked.names.len()), (&id("2@E"), 2));
    assert_eq!(linked.names[1].given, "ツキコ");
    assert_eq!(
        (linked.birth_date.as_str(), linked.sex.as_str()),
        ("19580312", "F")
    );
    assert_eq!(
        (&affinity.ids[0], affinity.birth_order.as_str()),
        (&id("7@A"), "2")
    );
}

#[tokio::test]
async fn changes_keep_their_numbers_and_go_on() {
    let (_folder, file) = schema_1();
    let store = opened(&file).await;
    let told = store.changes_since(0, 100).await.expect("answers");
    let numbers: Vec<u64> = told.iter().map(|change| change.number).collect();
    assert_eq!(numbers, [1, 3, 4, 7, 9]);
    let applied = update(&store, "3@W", "花").await.expect("applied");
    assert_eq!(applied.last_change, 9, "nobody's set changed");
    let applied = update(&store, "9@W", "月子").await.expect("applied");
    assert_eq!(applied.last_change, 11, "one set became two");
}

#[tokio::test]
async fn links_go_on_as_what_they_were() {
    let (_folder, file) = schema_1();
    let store = opened(&file).await;
    update(&store, "2@E", "花").await.expect("applied");
    assert_eq!(others(&store, "2@E").await, Some(vec![id("7@A")]), "stated");
    update(&store, "9@W", "月子").await.expect("applied");
    assert_eq!(others(&store, "1@E").await, Some(vec![]), "matched");
    update(&store, "9@W", "花子").await.expect("applied");
    assert_eq!(
        others(&store, "1@E").await,
        Some(vec![id("9@W")]),
        "matched anew"
    );
    let told = store.history(&id("9@W"), 1).await.expect("answers");
    let last = told.and_then(|events| events.into_iter().next());
    assert!(matches!(
        last.map(|event| event.what),
        Some(What::Matched { .. })
    ));
}

#[tokio::test]
async fn merged_ids_stay_merged_and_merges_done_before_are_known() {
    let (_folder, file) = schema_1();
    let store = opened(&file).await;
    for gone in ["0@E", "00@E"] {
        let refused = update(&store, gone, "花子").await;
        assert!(matches!(refused, Err(ApplyError::Refused(_))), "{gone}");
    }
    for (gone, survivor, known) in [
        ("0@E", "2@E", true),
        ("00@E", "0@E", false),
        ("0@E", "1@E", false),
    ] {
        let merge = Merge {
            survivor: id(survivor),
            subsumed: id(gone),
            repetition: 1,
        };
        let patient = PatientRecord::identified(id(survivor));
        let merges = vec![merge];
        let lenient = false;
        let again = Action::Merge {
            patient,
            merges,
            lenient,
        };
        let applied = store.apply(again, By::default()).await;
        assert_eq!(applied.is_ok(), known, "{gone} into {survivor}");
    }
}

#[tokio::test]
async fn it_is_migrated_once() {
    let (_folder, file) = schema_1();
    drop(opened(&file).await);
    let store = opened(&file).await;
    assert_eq!(others(&store, "1@E").await, Some(vec![id("9@W")]));
    drop(store);
    let connection = schema::open(&file).expect("opens");
    let version = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    assert_eq!(version, Ok(2));
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('identity', 'link', 'migration')";
    assert_eq!(
        connection.query_row(sql, [], |row| row.get::<_, i64>(0)),
        Ok(0)
    );
}
