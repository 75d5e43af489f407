//! Manager, source and consumer over TLS on loopback sockets (ITI TF-2 3.8, 3.9).

use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use hl7v2::Message;
use hl7v2::charset::Charset;
use hl7v2::datatype::Hd;
use ihe_atna::{AuditError, AuditMessage, AuditSink, BoxedRecord, Peer};
use ihe_pix::iti8::Feed;
use ihe_pix::iti9::Query;
use ihe_pix::{
    Error, IdentityStore, MemoryStore, PatientRecord, PixConsumer, PixManager, PixSource,
    SqliteStore,
};

async fn feed(source: &PixSource, feed: Feed) {
    source.feed(&me(), &feed).await.expect("accepted");
}

fn qbp(qpd: &str) -> Vec<u8> {
    let msh = "MSH|^~\\&|CON|WARD|PIX|REGION|2026||QBP^Q23^QBP_Q21|77|P|2.5";
    format!("{msh}\rQPD|IHE PIX Query|T1|{qpd}\rRCP|I\r").into()
}

#[tokio::test]
async fn v2_r_013_ids_fed_by_two_sources_are_found_by_a_consumer_over_tls() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let (node, source_audit) = domain.node();
    let source = PixSource::new(node.clone(), &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    feed(&source, Feed::admit(patient("9", WEST, "花子"))).await;
    feed(&source, Feed::register(patient("8", WEST, "月子"))).await;
    let consumer = PixConsumer::new(node, &running.address);
    let query = Query::new(id("1", EAST)).in_domain(Hd::oid(WEST));
    assert_eq!(
        consumer.query(&me(), &query).await.expect("answered"),
        [id("9", WEST)]
    );
    let alone = Query::new(id("8", WEST));
    assert_eq!(consumer.query(&me(), &alone).await.expect("answered"), []);
    let ours = source_audit.all();
    assert_eq!(ours.len(), 5, "three feeds and two queries");
    let theirs = running.audit.all();
    assert_eq!(
        theirs
            .iter()
            .filter(|xml| xml.contains("\"ITI-8\""))
            .count(),
        3
    );
    assert_eq!(
        theirs
            .iter()
            .filter(|xml| xml.contains("\"ITI-9\""))
            .count(),
        2
    );
}

#[tokio::test]
async fn v2_r_032_unknown_id_in_known_domain_is_ae_204() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let consumer = PixConsumer::new(domain.node().0, &running.address);
    match consumer.query(&me(), &Query::new(id("nobody", EAST))).await {
        Err(Error::Refused(refusal)) => {
            assert_eq!(refusal.to_string(), "AE: 204 at QPD^1^3^1^1");
        }
        other => panic!("{other:?}"),
    }
    let audit = running.audit.all();
    assert!(
        audit[0].contains("EventOutcomeIndicator=\"4\""),
        "refused queries are audited"
    );
}

#[tokio::test]
async fn v2_r_030_to_034_the_first_five_cases_over_the_wire() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = PixSource::new(domain.node().0, &running.address);
    for (value, at) in [("1", EAST), ("9", WEST), ("3", AFFINITY), ("8", WEST)] {
        feed(&source, Feed::register(patient(value, at, "花子"))).await;
    }
    feed(&source, Feed::register(patient("2", EAST, "月子"))).await;
    let cases = [
        ("1^^^EAST|^^^&1.2.3.4.2000&ISO", "AA", "", "OK"),
        ("2^^^EAST", "AA", "", "NF"),
        ("5^^^EAST", "AE", "204 at QPD^1^3^1^1", "AE"),
        ("1^^^NOWHERE", "AE", "204 at QPD^1^3^1^4", "AE"),
        (
            "1^^^EAST|^^^EAST~^^^NOWHERE",
            "AE",
            "204 at QPD^1^4^2",
            "AE",
        ),
    ];
    for (qpd, code, problem, status) in cases {
        let reply = source.send_raw(&qbp(qpd)).await.expect("answered");
        let problems = Some(problem.to_owned())
            .filter(|p| !p.is_empty())
            .into_iter()
            .collect();
        assert_eq!(
            judged(&reply),
            (code.into(), problems, Some(status.into())),
            "{qpd}"
        );
    }
}

#[tokio::test]
async fn v2_r_035_ids_of_one_domain_are_next_to_each_other() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = PixSource::new(domain.node().0, &running.address);
    for (value, at) in [("1", EAST), ("9", WEST), ("3", AFFINITY), ("8", WEST)] {
        feed(&source, Feed::register(patient(value, at, "花子"))).await;
    }
    let reply = source.send_raw(&qbp("1^^^EAST")).await.expect("answered");
    let reply = Message::parse(&reply).expect("an answer");
    let neighbours = "9^^^&1.2.3.4.2000&ISO~8^^^&1.2.3.4.2000&ISO~3^^^&1.2.3.4.3000&ISO";
    assert_eq!(
        reply.raw("PID-3"),
        Some(neighbours),
        "case 6: ids of a domain are neighbours"
    );
    assert_eq!(
        reply.segment("PID").map(|pid| pid.field(5).raw()),
        Some("~^^^^^^S")
    );
}

#[tokio::test]
async fn v2_r_001_and_002_what_is_not_served_is_rejected_with_its_code_and_audited() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = PixSource::new(domain.node().0, &running.address);
    let msh = |rest: &str| format!("MSH|^~\\&|HIS|WARD|PIX|REGION|2026||{rest}\r").into_bytes();
    for (rest, code, problem) in [
        ("ORU^R01|1|P|2.5", "AR", "200 at MSH^1^9^1^1"),
        ("ADT^A03|1|P|2.3.1", "AR", "201 at MSH^1^9^1^2"),
        ("ADT^A01|1|X|2.3.1", "AR", "202 at MSH^1^11^1^1"),
        ("ADT^A01|1|P|2.2", "AR", "203 at MSH^1^12^1^1"),
        ("ADT^A28^ADT_A05|1|P|2.3.1", "AR", "203 at MSH^1^12^1^1"),
    ] {
        let (found, problems, _) = judged(&source.send_raw(&msh(rest)).await.expect("answered"));
        assert_eq!(
            (found.as_str(), problems),
            (code, vec![problem.to_owned()]),
            "{rest}"
        );
    }
    assert_eq!(running.audit.all().len(), 5);
    assert!(
        running
            .audit
            .all()
            .iter()
            .all(|xml| xml.contains("EventOutcomeIndicator=\"8\""))
    );
}

#[tokio::test]
async fn v2_r_003_bytes_without_msh_are_answered_ar_and_audited() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = PixSource::new(domain.node().0, &running.address);
    let reply = source.send_raw(b"no message").await.expect("answered");
    let parsed = Message::parse(&reply).expect("an answer with an MSH of its own");
    assert_eq!(
        (parsed.raw("MSA-1"), parsed.raw("MSA-2")),
        (Some("AR"), None)
    );
    let audit = running.audit.all();
    assert_eq!(audit.len(), 1);
    assert!(audit[0].contains("EventOutcomeIndicator=\"8\""));
}

#[tokio::test]
async fn v2_r_004_a_repeated_message_is_accepted_and_changes_nothing() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = PixSource::new(domain.node().0, &running.address);
    let bytes = adt(
        "A01",
        "same",
        "EVN||2026\rPID|||1^^^EAST||山田^花子||19580312|F\rPV1||I\r",
    );
    for _ in 0..2 {
        let (code, _, _) = judged(&source.send_raw(&bytes).await.expect("answered"));
        assert_eq!(code, "AA");
    }
    assert_eq!(*running.manager.changes().borrow(), 1);
}

#[tokio::test]
async fn v2_r_018_a_registration_of_a_known_id_is_an_update() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let (node, _) = domain.node();
    let source = PixSource::new(node.clone(), &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    feed(&source, Feed::register(patient("9", WEST, "月子"))).await;
    feed(&source, Feed::admit(patient("9", WEST, "花子"))).await;
    let consumer = PixConsumer::new(node, &running.address);
    let query = Query::new(id("1", EAST));
    assert_eq!(
        consumer.query(&me(), &query).await.expect("answered"),
        [id("9", WEST)]
    );
}

#[tokio::test]
async fn v2_r_039_the_consumer_is_given_all_ids_of_a_domain_or_none() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let (node, _) = domain.node();
    let source = PixSource::new(node.clone(), &running.address);
    for (value, at) in [("1", EAST), ("9", WEST), ("8", WEST)] {
        feed(&source, Feed::register(patient(value, at, "花子"))).await;
    }
    let consumer = PixConsumer::new(node, &running.address);
    let both = Query::new(id("1", EAST)).in_domain(Hd::oid(WEST));
    let found = consumer.query(&me(), &both).await.expect("answered");
    assert_eq!(found, [id("9", WEST), id("8", WEST)]);
    let none = Query::new(id("1", EAST)).in_domain(Hd::oid(AFFINITY));
    assert_eq!(consumer.query(&me(), &none).await.expect("answered"), []);
}

#[tokio::test]
async fn v2_r_014_a_merge_moves_the_cross_references_and_is_audited_twice() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let (node, _) = domain.node();
    let source = PixSource::new(node.clone(), &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    feed(&source, Feed::register(patient("2", EAST, "花"))).await;
    feed(&source, Feed::register(patient("9", WEST, "花子"))).await;
    feed(
        &source,
        Feed::merge(patient("1", EAST, "花子"), id("2", EAST)),
    )
    .await;
    let consumer = PixConsumer::new(node, &running.address);
    let found = consumer
        .query(&me(), &Query::new(id("9", WEST)))
        .await
        .expect("answered");
    assert_eq!(
        found.iter().map(|id| id.id.as_str()).collect::<Vec<_>>(),
        ["1"]
    );
    let gone = consumer.query(&me(), &Query::new(id("2", EAST))).await;
    assert!(matches!(gone, Err(Error::Refused(_))));
    let merges: Vec<_> = running.audit.all().into_iter().skip(3).take(2).collect();
    assert!(
        merges[0].contains("EventActionCode=\"D\"") && merges[1].contains("EventActionCode=\"U\"")
    );
    let unknown = adt(
        "A40",
        "5",
        "EVN||2026\rPID|||1^^^EAST||A^B\rMRG|77^^^EAST\r",
    );
    let (code, problems, _) = judged(&source.send_raw(&unknown).await.expect("answered"));
    assert_eq!(
        (code.as_str(), problems),
        ("AE", vec!["204 at MRG^1^1^1^1".to_owned()])
    );
}

#[tokio::test]
async fn v2_r_019_a_refused_feed_stores_nothing() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let source = PixSource::new(domain.node().0, &running.address);
    let rest = "EVN||2026\rPID|||1^^^EAST~2^^^NOWHERE||A^B\rPV1||I\r";
    let reply = source
        .send_raw(&adt("A01", "1", rest))
        .await
        .expect("answered");
    assert_eq!(
        judged(&reply),
        ("AE".into(), vec!["204 at PID^1^3^2^4".into()], None)
    );
    let (code, problems, _) = judged(&source.send_raw(&qbp("1^^^EAST")).await.expect("answered"));
    assert_eq!(
        (code.as_str(), problems),
        ("AE", vec!["204 at QPD^1^3^1^1".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_r_040_many_queries_at_a_time_each_get_their_own_answer() {
    let domain = Domain::new();
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("a.db"))
        .await
        .expect("opens");
    let running = start(&domain, store).await;
    let (node, _) = domain.node();
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (node, address) = (node.clone(), running.address.clone());
            tokio::spawn(async move {
                let source = PixSource::new(node.clone(), &address);
                let consumer = PixConsumer::new(node, &address);
                for round in 0..10 {
                    let value = format!("{number}-{round}");
                    let born = |domain| PatientRecord {
                        birth_date: format!("19{}{round}0{}1{round}", 3 + number % 6, 1 + number),
                        phone_home: format!("03-{}-{}", 2345 + 777 * number, 1111 + 839 * round),
                        ..patient(&value, domain, "花子")
                    };
                    feed(&source, Feed::register(born(EAST))).await;
                    feed(&source, Feed::register(born(WEST))).await;
                    let query = Query::new(id(&value, EAST)).in_domain(Hd::oid(WEST));
                    let found = consumer.query(&me(), &query).await.expect("answered");
                    assert_eq!(found, [id(&value, WEST)]);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("each got its own");
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart_and_stop_ends_serving() {
    let domain = Domain::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let running = start(&domain, SqliteStore::open(&file).await.expect("opens")).await;
    let source = PixSource::new(domain.node().0, &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    feed(&source, Feed::register(patient("9", WEST, "花子"))).await;
    running.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), running.task).await;
    ended
        .expect("stops soon")
        .expect("no panic")
        .expect("no error");
    drop(running.manager);
    let again = start(&domain, SqliteStore::open(&file).await.expect("opens")).await;
    let consumer = PixConsumer::new(domain.node().0, &again.address);
    let found = consumer
        .query(&me(), &Query::new(id("9", WEST)))
        .await
        .expect("answered");
    assert_eq!(
        found.iter().map(|id| id.id.as_str()).collect::<Vec<_>>(),
        ["1"]
    );
}

#[tokio::test]
async fn a_node_of_another_domain_cannot_feed() {
    let running = start(&Domain::new(), MemoryStore::new()).await;
    let stranger = PixSource::new(Domain::new().node().0, &running.address);
    let fed = stranger
        .feed(&me(), &Feed::register(patient("1", EAST, "花子")))
        .await;
    assert!(matches!(fed, Err(Error::Transport(_))), "{fed:?}");
    assert_eq!(*running.manager.changes().borrow(), 0);
}

#[tokio::test]
async fn names_in_iso_2022_jp_match_names_in_utf_8() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let (node, _) = domain.node();
    let japanese = PixSource::new(node.clone(), &running.address).with_charset(Charset::Iso2022Jp);
    feed(&japanese, Feed::register(patient("1", EAST, "花子"))).await;
    let utf8 = PixSource::new(node.clone(), &running.address);
    feed(&utf8, Feed::register(patient("9", WEST, "花子"))).await;
    let consumer = PixConsumer::new(node, &running.address);
    let query = Query::new(id("1", EAST)).in_domain(Hd::oid(WEST));
    assert_eq!(
        consumer.query(&me(), &query).await.expect("answered"),
        [id("9", WEST)]
    );
}

/// A sink whose disk is full.
struct Full;

impl AuditSink for Full {
    fn record(&self, _: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async { Err(AuditError::Block) })
    }
}

/// A sink that knows beforehand that there is no room.
struct NoRoom;

impl AuditSink for NoRoom {
    fn record(&self, _: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async { panic!("nothing may be recorded that was not stored") })
    }

    fn reserve(&self, _: usize) -> Result<(), AuditError> {
        Err(AuditError::Block)
    }
}

#[tokio::test]
async fn without_room_for_an_audit_record_a_feed_is_ar_207_and_nothing_is_stored() {
    let node = Domain::new().node_with(Arc::new(NoRoom));
    let store = MemoryStore::new();
    let manager = PixManager::new(node, store.clone()).with_domain(Hd::oid(EAST));
    let peer = Peer::unknown(([127, 0, 0, 1], 1).into());
    let feed = adt("A04", "77", "PID|||1^^^&1.2.3.4.1000&ISO||YAMADA^HANAKO\r");
    let reply = manager.handle(&peer, feed).await;
    assert_eq!(judged(&reply), ("AR".into(), vec!["207".into()], None));
    let found = store.cross_references(&id("1", EAST), &[]).await;
    assert_eq!(found.expect("answered"), None);
}

#[tokio::test]
async fn without_an_audit_record_nothing_is_answered_but_ar_207() {
    let node = Domain::new().node_with(Arc::new(Full));
    let manager = PixManager::new(node, MemoryStore::new()).with_domain(Hd::oid(EAST));
    let peer = Peer::unknown(([127, 0, 0, 1], 1).into());
    let reply = manager.handle(&peer, qbp("1^^^&1.2.3.4.1000&ISO")).await;
    assert_eq!(judged(&reply), ("AR".into(), vec!["207".into()], None));
}
