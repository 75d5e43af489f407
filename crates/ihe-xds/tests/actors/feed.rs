//! The patient identity feed (ITI-8) as the registry takes it.

use crate::support::{DOMAIN, World, adt, cx};
use futures_util::future::join_all;
use hl7v2::datatype::Hd;
use hl7v2::mllp;
use ihe_xds::store::{PatientState, RegistryStore, SqliteStore};
use ihe_xds::{DocumentRegistry, RegistryLimits};
use std::sync::Arc;
use tokio::net::TcpListener;

#[tokio::test]
async fn v2_r_015_an_update_makes_no_patient_known_and_ids_of_other_domains_are_ignored() {
    let world = World::start().await;
    assert_eq!(world.feed(&adt("A08", "P1", None)).await, "AA");
    let state = |id: &str| world.registry.store().patient(cx(id).to_xds());
    assert_eq!(state("P1").await.unwrap(), PatientState::Unknown);
    let two = adt("A04", "P2", None).replace("|||P2^", "|||X9^^^&9.9.9&ISO~P2^");
    assert_eq!(world.feed(&two).await, "AA");
    assert_eq!(state("P2").await.unwrap(), PatientState::Active);
    let foreign = world.registry.store().patient("X9^^^&9.9.9&ISO".into());
    assert_eq!(foreign.await.unwrap(), PatientState::Unknown);
}

#[tokio::test]
async fn v2_r_016_a_merge_of_unknown_ids_is_refused_and_changes_nothing() {
    let world = World::start().await;
    world.admit("P1").await;
    assert_eq!(world.feed(&adt("A40", "P1", Some("P2"))).await, "AE");
    assert_eq!(world.feed(&adt("A40", "P2", Some("P1"))).await, "AE");
    let state = |id: &str| world.registry.store().patient(cx(id).to_xds());
    assert_eq!(state("P1").await.unwrap(), PatientState::Active);
    assert_eq!(state("P2").await.unwrap(), PatientState::Unknown);
}

/// A merge in hand together with the feeds it needs would be refused if it overtook them.
#[tokio::test(flavor = "multi_thread")]
async fn messages_in_hand_at_the_same_time_are_applied_in_the_order_of_arrival() {
    let world = World::start().await;
    let limits = mllp::Limits {
        in_flight: 64,
        ..mllp::Limits::default()
    };
    let store = SqliteStore::open(world.dir.path().join("fed.db"))
        .await
        .unwrap();
    let registry = DocumentRegistry::new(world.node.clone(), store)
        .with_affinity_domain(Hd::oid(DOMAIN))
        .with_limits(RegistryLimits {
            feed: limits.clone(),
            ..RegistryLimits::default()
        });
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(Arc::new(registry).feed_on(listener, world.stop.clone()));
    let (stream, _) = world.node.connect("localhost", port).await.unwrap();
    let line = mllp::Pipeline::open(stream, limits, mllp::Matching::Order);
    let messages = (0..20).flat_map(|n| {
        let (old, new) = (format!("OLD{n}"), format!("NEW{n}"));
        let merge = adt("A40", &new, Some(&old));
        [adt("A04", &old, None), adt("A01", &new, None), merge]
    });
    let answers = join_all(messages.map(|text| line.exchange(text.into_bytes()))).await;
    assert_eq!(answers.len(), 60);
    for answer in answers {
        let answer = hl7v2::Message::parse(&answer.unwrap()).unwrap();
        assert_eq!(answer.value("MSA-1").unwrap(), "AA");
    }
}
