//! Against a server that the tests start themselves.

use super::cluster::Cluster;
use super::*;
use crate::metadata::Status;
use crate::store::contract;
use crate::store::contract::build::{document, feed, find, patient, register, submission};
use crate::store::{PatientState, RegisterError, RegistryStore};
use std::cell::Cell;

async fn opened(config: &str) -> PostgresStore {
    PostgresStore::open(config).await.expect("opens")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn postgres_keeps_the_contract() {
    let cluster = Cluster::start();
    let number = Cell::new(0);
    let fresh = async || {
        number.set(number.get() + 1);
        opened(&cluster.schema(&format!("fresh{}", number.get())).await).await
    };
    contract::registry_store(fresh).await;
    let config = cluster.schema("durable").await;
    contract::durable_registry_store(async || opened(&config).await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn two_processes_race_for_one_unique_id_and_see_what_the_other_committed() {
    let cluster = Cluster::start();
    let config = cluster.schema("shared").await;
    let (one, other) = (opened(&config).await, opened(&config).await);
    feed(&one, 1).await;
    let twice = other.add_patient(patient(1)).await.expect("answers");
    assert_eq!(twice, PatientState::Active);
    for _ in 0..20 {
        let first = submission(&patient(1), vec![document(&patient(1))]);
        let mut second = submission(&patient(1), vec![document(&patient(1))]);
        let unique_id = first.submission_set.unique_id.clone();
        second.submission_set.unique_id = unique_id;
        let now = chrono::Utc::now();
        let raced = tokio::join!(one.register(first, now), other.register(second, now));
        assert!(
            matches!(
                raced,
                (Ok(()), Err(RegisterError::Refused(_))) | (Err(RegisterError::Refused(_)), Ok(()))
            ),
            "{raced:?}"
        );
    }
    for store in [&one, &other] {
        let found = find(store, &patient(1), &[Status::Approved]).await;
        assert_eq!(found.documents.len(), 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn tables_of_a_later_release_are_refused_with_one_line() {
    let cluster = Cluster::start();
    let config = cluster.schema("newer").await;
    drop(opened(&config).await);
    drop(opened(&config).await);
    cluster
        .sql("UPDATE newer.schema_version SET number = 99")
        .await;
    let Err(error) = PostgresStore::open(&config).await else {
        panic!("opened");
    };
    assert!(matches!(
        error,
        StoreError::Newer {
            found: 99,
            supported: 1
        }
    ));
    assert_eq!(error.to_string().lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_write_that_fails_leaves_nothing_says_no_values_and_the_next_one_works() {
    let cluster = Cluster::start();
    let store = opened(&cluster.schema("broken").await).await;
    let id = feed(&store, 1).await;
    let breaks = "CREATE FUNCTION broken.refuse() RETURNS trigger LANGUAGE plpgsql AS \
                  $$ BEGIN RAISE EXCEPTION 'no to %', NEW; END $$; \
                  CREATE TRIGGER refuse BEFORE INSERT ON broken.links \
                  FOR EACH ROW EXECUTE FUNCTION broken.refuse()";
    cluster.sql(breaks).await;
    let sent = submission(&id, vec![document(&id)]);
    let refused = store.register(sent.clone(), chrono::Utc::now());
    let (refused, fed) = tokio::join!(refused, store.add_patient(patient(2)));
    let Err(RegisterError::Store(error)) = refused else {
        panic!("not refused: {refused:?}");
    };
    let text = "store failed: PostgreSQL refused with SQLSTATE P0001";
    assert_eq!(error.to_string(), text);
    assert_eq!(
        fed.expect("its neighbour is not touched"),
        PatientState::Unknown
    );
    assert!(find(&store, &id, &[Status::Approved]).await.is_empty());
    cluster.sql("DROP TRIGGER refuse ON broken.links").await;
    register(&store, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn after_a_crash_of_the_server_what_was_acknowledged_is_there_and_it_goes_on() {
    let cluster = Cluster::start();
    let store = opened(&cluster.schema("crash").await).await;
    let id = feed(&store, 1).await;
    for _ in 0..20 {
        register(&store, submission(&id, vec![document(&id)])).await;
    }
    assert_eq!(
        find(&store, &id, &[Status::Approved]).await.documents.len(),
        20
    );
    cluster.crash();
    register(&store, submission(&id, vec![document(&id)])).await;
    assert_eq!(
        find(&store, &id, &[Status::Approved]).await.documents.len(),
        21
    );
}
