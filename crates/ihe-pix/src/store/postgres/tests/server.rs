//! Against a server that the tests start themselves.

use crate::{Deterministic, PatientRecord};
use std::cell::Cell;

use super::cluster::Cluster;
use super::*;
use crate::identity::By;
use crate::iti8::Feed;
use crate::store::contract;
use crate::store::{Applied, ApplyError, IdentityStore};
use hl7v2::datatype::{Cx, Hd};

async fn opened(config: &str) -> Result<PostgresStore> {
    PostgresStore::open_with(config, Deterministic).await
}

fn id(number: usize) -> Cx {
    Cx::new(number.to_string(), Hd::oid("1.2.3"))
}

async fn apply(store: &PostgresStore, number: usize) -> Result<Applied, ApplyError> {
    let feed = Feed::register(PatientRecord::identified(id(number)));
    store
        .apply(feed.into(), By::new("HIS", "secret reason"))
        .await
}

async fn known(store: &PostgresStore, number: usize) -> bool {
    let found = store.cross_references(&id(number), &[]).await;
    found.expect("answers").is_some()
}

#[tokio::test]
#[ignore = "starts a PostgreSQL server"]
async fn the_postgres_store_keeps_the_contract() {
    let cluster = Cluster::start();
    let number = Cell::new(0);
    let fresh = async || {
        number.set(number.get() + 1);
        let config = cluster.schema(&format!("fresh{}", number.get())).await;
        opened(&config).await.expect("opens")
    };
    contract::check(fresh).await;
    contract::check_shelf(fresh).await;
    let config = cluster.schema("durable").await;
    contract::check_durable(async || opened(&config).await.expect("opens")).await;
}

#[tokio::test]
#[ignore = "starts a PostgreSQL server"]
async fn a_second_process_and_a_newer_schema_are_refused_with_one_line() {
    let cluster = Cluster::start();
    let config = cluster.schema("first").await;
    let store = opened(&config).await.expect("opens");
    let Err(error) = opened(&config).await else {
        panic!("opened twice");
    };
    assert!(matches!(error, StoreError::InUse));
    assert_eq!(error.to_string().lines().count(), 1);
    let other = cluster.schema("second").await;
    let other = opened(&other)
        .await
        .expect("another schema is another store");
    apply(&other, 1).await.expect("applied");
    assert!(!known(&store, 1).await);
    drop(store);
    drop(
        opened(&config)
            .await
            .expect("opens when the other has let go"),
    );
    cluster
        .sql("UPDATE first.schema_version SET number = 99")
        .await;
    let Err(error) = opened(&config).await else {
        panic!("opened a newer one");
    };
    let newer = StoreError::NewerSchema {
        found: 99,
        supported: 1,
    };
    assert_eq!(error.to_string(), newer.to_string());
}

#[tokio::test]
#[ignore = "starts a PostgreSQL server"]
async fn a_commit_that_fails_leaves_nothing_says_no_values_and_the_next_one_works() {
    let cluster = Cluster::start();
    let store = opened(&cluster.schema("broken").await)
        .await
        .expect("opens");
    apply(&store, 1).await.expect("applied");
    let breaks = "CREATE FUNCTION broken.refuse() RETURNS trigger LANGUAGE plpgsql AS \
                  $$ BEGIN RAISE EXCEPTION 'no to %', NEW; END $$; \
                  CREATE TRIGGER refuse BEFORE INSERT ON broken.entry \
                  FOR EACH ROW EXECUTE FUNCTION broken.refuse()";
    cluster.sql(breaks).await;
    let (two, three) = tokio::join!(apply(&store, 2), apply(&store, 3));
    for refused in [two, three] {
        let Err(ApplyError::Store(error)) = refused else {
            panic!("not refused: {refused:?}");
        };
        assert_eq!(
            error.to_string(),
            "identity store: PostgreSQL refused with SQLSTATE P0001"
        );
    }
    assert!(known(&store, 1).await && !known(&store, 2).await);
    cluster.sql("DROP TRIGGER refuse ON broken.entry").await;
    let applied = apply(&store, 3).await.expect("works again");
    assert_eq!(applied.last_change, 2, "no number was lost");
}

#[tokio::test]
#[ignore = "starts a PostgreSQL server"]
async fn after_a_crash_of_the_server_what_was_acknowledged_is_there_and_it_goes_on() {
    let cluster = Cluster::start();
    let store = opened(&cluster.schema("crash").await).await.expect("opens");
    for number in 0..50 {
        apply(&store, number).await.expect("applied");
    }
    cluster.crash();
    if apply(&store, 50).await.is_err() {
        apply(&store, 50).await.expect("connected anew");
    }
    let told = store.changes_since(0, 100).await.expect("answers");
    assert_eq!(told.len(), 51);
    assert!(known(&store, 0).await && known(&store, 50).await);
}

#[tokio::test]
#[ignore = "starts a PostgreSQL server"]
async fn a_store_whose_lock_another_took_meanwhile_writes_no_more() {
    let cluster = Cluster::start();
    let config = cluster.schema("lost").await;
    let store = opened(&config).await.expect("opens");
    apply(&store, 1).await.expect("applied");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'";
    cluster.sql(end).await;
    let other = opened(&config)
        .await
        .expect("the lock was lost with the session");
    apply(&other, 2).await.expect("applied");
    assert!(apply(&store, 3).await.is_err());
    assert!(apply(&store, 3).await.is_err(), "the other still has it");
    drop(other);
    apply(&store, 3)
        .await
        .expect("goes on when the other is gone");
    assert!(known(&store, 2).await, "and knows what the other did");
}
