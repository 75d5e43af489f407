//! ITI-30 over the wire: what each message does to the identities (ITI TF-2 3.30).

use crate::support::*;
use hl7v2::datatype::Hd;
use ihe_pix::iti30::{self, Feed};
use ihe_pix::{Error, MemoryStore, PixSource};

async fn source(domain: &Domain, running: &Running<MemoryStore>) -> PixSource {
    PixSource::new(domain.node().0, &running.address)
}

async fn done(source: &PixSource, feed: Feed) {
    source.manage(&me(), &feed).await.expect("accepted");
}

fn refused(result: Result<(), Error>) -> String {
    match result {
        Err(Error::Refused(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn v2_r_078_a28_adds_a_patient_and_for_a_known_one_is_an_update() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = source(&domain, &running).await;
    done(&source, Feed::create(patient("1", EAST, "花子"))).await;
    done(&source, Feed::create(patient("9", WEST, "月子"))).await;
    let store = running.manager.store();
    assert_eq!(others(store, &id("1", EAST)).await, Some(vec![]));
    done(&source, Feed::create(patient("9", WEST, "花子"))).await;
    assert_eq!(others(store, &id("1", EAST)).await, Some(vec!["9".into()]));
    let audit = running.audit.all();
    assert!(
        audit.iter().all(|xml| xml.contains("\"ITI-30\"")),
        "{}",
        audit[0]
    );
}

#[tokio::test]
async fn v2_r_079_a31_updates_and_inserts_an_unknown_patient() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = source(&domain, &running).await;
    done(&source, Feed::update(patient("1", EAST, "花子"))).await;
    done(&source, Feed::update(patient("9", WEST, "花子"))).await;
    let store = running.manager.store();
    assert_eq!(others(store, &id("9", WEST)).await, Some(vec!["1".into()]));
    done(&source, Feed::update(patient("9", WEST, "月子"))).await;
    assert_eq!(others(store, &id("9", WEST)).await, Some(vec![]));
}

#[tokio::test]
async fn v2_r_080_a40_merges_changes_the_id_of_an_unknown_target_and_ignores_an_unknown_source() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = source(&domain, &running).await;
    let store = running.manager.store();
    done(&source, Feed::create(patient("9", WEST, "花子"))).await;
    done(&source, Feed::create(patient("1", EAST, "花子"))).await;
    done(&source, Feed::create(patient("2", EAST, "花"))).await;
    done(&source, Feed::merge(id("1", EAST), id("2", EAST))).await;
    assert_eq!(others(store, &id("2", EAST)).await, None, "subsumed");
    assert_eq!(others(store, &id("9", WEST)).await, Some(vec!["1".into()]));
    done(&source, Feed::merge(id("5", EAST), id("1", EAST))).await;
    assert_eq!(
        others(store, &id("9", WEST)).await,
        Some(vec!["5".into()]),
        "a change of id"
    );
    done(&source, Feed::merge(id("5", EAST), id("nobody", EAST))).await;
    assert_eq!(others(store, &id("9", WEST)).await, Some(vec!["5".into()]));
    done(&source, Feed::merge(id("nobody", EAST), id("no one", EAST))).await;
    assert_eq!(
        others(store, &id("nobody", EAST)).await,
        None,
        "nobody is created"
    );
}

#[tokio::test]
async fn v2_r_080_and_014_the_version_tells_whether_an_unknown_source_is_an_error() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = source(&domain, &running).await;
    done(&source, Feed::create(patient("1", EAST, "花子"))).await;
    let rest = "PID|||1^^^EAST||A^B\rMRG|77^^^EAST\r";
    let old = adt("A40", "5", &format!("EVN||2026\r{rest}"));
    let reply = source.send_raw(&old).await.expect("answered");
    assert_eq!(answer(&reply), "AE 204 at MRG^1^1^1^1");
    let new = pam("A40^ADT_A39", rest);
    assert_eq!(
        answer(&source.send_raw(&new).await.expect("answered")),
        "AA"
    );
}

#[tokio::test]
async fn v2_r_081_a47_changes_an_id_and_refuses_one_that_is_taken() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = source(&domain, &running).await;
    let store = running.manager.store();
    for (value, at) in [("1", EAST), ("9", WEST)] {
        done(&source, Feed::create(patient(value, at, "花子"))).await;
    }
    done(&source, Feed::create(patient("2", EAST, "月子"))).await;
    done(&source, Feed::change_id(id("5", EAST), id("1", EAST))).await;
    assert_eq!(others(store, &id("9", WEST)).await, Some(vec!["5".into()]));
    assert_eq!(others(store, &id("1", EAST)).await, None);
    let taken = Feed::change_id(id("2", EAST), id("5", EAST));
    assert_eq!(
        refused(source.manage(&me(), &taken).await),
        "AE: 205 at PID^1^3"
    );
    assert_eq!(
        others(store, &id("9", WEST)).await,
        Some(vec!["5".into()]),
        "unchanged"
    );
    done(&source, Feed::change_id(id("6", EAST), id("nobody", EAST))).await;
    assert_eq!(others(store, &id("6", EAST)).await, None, "no action");
}

#[tokio::test]
async fn v2_r_082_a24_links_even_the_unknown_and_a37_parts_for_good() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = source(&domain, &running).await;
    let store = running.manager.store();
    done(&source, Feed::link(id("1", EAST), id("9", WEST))).await;
    assert_eq!(
        others(store, &id("1", EAST)).await,
        None,
        "no patient is created"
    );
    done(&source, Feed::create(patient("1", EAST, "花子"))).await;
    done(&source, Feed::create(patient("9", WEST, "月子"))).await;
    assert_eq!(
        others(store, &id("1", EAST)).await,
        Some(vec!["9".into()]),
        "remembered"
    );
    done(&source, Feed::unlink(id("1", EAST), id("9", WEST))).await;
    assert_eq!(others(store, &id("1", EAST)).await, Some(vec![]));
    done(&source, Feed::update(patient("9", WEST, "花子"))).await;
    assert_eq!(
        others(store, &id("1", EAST)).await,
        Some(vec![]),
        "matching does not undo it"
    );
    done(&source, Feed::unlink(id("1", EAST), id("nobody", WEST))).await;
}

#[tokio::test]
async fn v2_r_083_an_option_not_supported_is_ar_201_and_audited() {
    let domain = Domain::new();
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        let mut policy = ihe_pix::FeedPolicy::new([Hd::oid(EAST)]);
        policy.management.link_unlink = false;
        manager.with_policy(policy)
    })
    .await;
    let source = source(&domain, &running).await;
    let link = Feed::link(id("1", EAST), id("2", EAST));
    assert_eq!(
        refused(source.manage(&me(), &link).await),
        "AR: 201 at MSH^1^9^1^2"
    );
    let audit = running.audit.all();
    assert_eq!(audit.len(), 1);
    assert!(audit[0].contains("EventOutcomeIndicator=\"8\"") && audit[0].contains("\"ITI-30\""));
}

#[tokio::test]
async fn v2_r_085_twins_are_not_linked() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = source(&domain, &running).await;
    for (value, at, given, order) in [("1", EAST, "真理亜", "1"), ("9", WEST, "真理奈", "2")]
    {
        let mut twin = patient(value, at, given);
        twin.birth_order = order.into();
        done(&source, Feed::create(twin)).await;
    }
    let store = running.manager.store();
    assert_eq!(others(store, &id("1", EAST)).await, Some(vec![]));
}

#[tokio::test]
async fn a_source_says_which_transaction_it_speaks_by_the_method() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let (node, ours) = domain.node();
    let source = PixSource::new(node, &running.address);
    let one = patient("1", EAST, "花子");
    source
        .feed(&me(), &ihe_pix::iti8::Feed::register(one.clone()))
        .await
        .expect("accepted");
    source
        .manage(&me(), &iti30::Feed::update(one))
        .await
        .expect("accepted");
    for audit in [ours.all(), running.audit.all()] {
        assert_eq!(audit.len(), 2);
        assert!(audit[0].contains("\"ITI-8\"") && audit[1].contains("\"ITI-30\""));
    }
}
