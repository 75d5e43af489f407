//! Foreign samples (the PIX files of other systems), fed and answered as they expect. They are not ours to copy:
//! RENKEI_SHARED says in which folder `vectors/hl7v2` lies.

use std::path::PathBuf;

use crate::support::*;
use hl7v2::datatype::Hd;
use hl7v2::{Message, build};
use ihe_atna::Peer;
use ihe_pix::{MemoryStore, PixManager, iti9};

/// The folder of the samples; without it these tests fail, and `make test` leaves them out aloud.
fn folder() -> PathBuf {
    let shared = std::env::var_os("RENKEI_SHARED").expect("RENKEI_SHARED names the shared folder");
    PathBuf::from(shared).join("vectors/hl7v2")
}

fn read(folder: &std::path::Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn named(namespace: &str, oid: &str) -> Hd {
    Hd {
        namespace_id: namespace.into(),
        ..Hd::oid(oid)
    }
}

/// A manager of every domain that the samples feed.
fn manager(domain: &Domain) -> PixManager<MemoryStore> {
    let root = "2.16.840.1.113883.3.37.4.1.1.2";
    let of_root = |namespace, arc| named(namespace, &format!("{root}.{arc}"));
    let iti = |namespace, arc| named(namespace, &format!("1.3.6.1.4.1.21367.2005.1.{arc}"));
    let domains = [
        named("", &format!("{root}.1.1")),
        of_root("HZLN", "411.1"),
        of_root("PKLN", "511.1"),
        of_root("KHKN", "611.1"),
        iti("HIMSS2005", "1"),
        iti("XREF2005", "2"),
        named("", "1.2.3.4.5.1000"),
        Hd::namespace("domain2"),
        named("", "2.71"),
    ];
    let manager = PixManager::new(domain.node().0, MemoryStore::new());
    domains.into_iter().fold(manager, PixManager::with_domain)
}

/// Answers of [`PixManager::handle`].
struct Bench {
    manager: PixManager<MemoryStore>,
    peer: Peer,
}

impl Bench {
    fn new() -> Bench {
        let manager = manager(&Domain::new());
        let peer = Peer::unknown(([127, 0, 0, 1], 1).into());
        Bench { manager, peer }
    }

    async fn answer(&self, bytes: Vec<u8>) -> String {
        answer(&self.manager.handle(&self.peer, bytes).await)
    }
}

#[tokio::test]
#[ignore = "needs RENKEI_SHARED"]
async fn shared_feeds_of_other_systems_are_taken() {
    let folder = folder();
    let bench = Bench::new();
    for name in [
        "pixsource-A01.hl7",
        "pixsource-A04.hl7",
        "pixsource-A08.hl7",
        "pixfeed-PIX_FEED_REG_Maximal_Request.hl7",
    ] {
        assert_eq!(bench.answer(read(&folder, name)).await, "AA", "{name}");
    }
    let merge = || read(&folder, "pixsource-A40.hl7");
    assert_eq!(
        bench.answer(merge()).await,
        "AE 204 at MRG^1^1^1^1",
        "its id was never fed"
    );
    let gone = "704686^^^130&2.16.840.1.113883.3.37.4.1.1.2.1.1&ISO";
    let known = adt(
        "A04",
        "1",
        &format!("EVN||2010\rPID|||{gone}||LENNON^JOHN\rPV1||O\r"),
    );
    assert_eq!(bench.answer(known).await, "AA");
    assert_eq!(bench.answer(merge()).await, "AA");
    assert_eq!(bench.answer(merge()).await, "AA", "again (V2-R-004)");
}

/// The query that a sample response answers: its QPD.
fn query_of(sample: &Message) -> Vec<u8> {
    let header = build::HeaderFields {
        control_id: sample.value("MSA-2").expect("MSA-2").into_owned(),
        ..build::HeaderFields::new("QBP^Q23^QBP_Q21", "2.5")
    };
    let qpd = sample.segment("QPD").expect("QPD").raw().to_owned();
    build::message(&header, &[qpd, "RCP|I".into()]).expect("encodes")
}

#[tokio::test]
#[ignore = "needs RENKEI_SHARED"]
async fn shared_queries_are_answered_as_the_sample_responses_are() {
    let folder = folder();
    let bench = Bench::new();
    let pair = "79471^^^HZLN~78912^^^PKLN";
    for (n, ids) in [pair, "79234^^^HZLN"].into_iter().enumerate() {
        let rest = format!("EVN||2008\rPID|||{ids}||A{n}^B\rPV1||O\r");
        assert_eq!(bench.answer(adt("A04", "1", &rest)).await, "AA");
    }
    for name in [
        "pixquery-ok-1_Response.hl7",
        "pixquery-nf-1_Response.hl7",
        "pixquery-err-1_Response.hl7",
    ] {
        let sample = Message::parse(&read(&folder, name)).expect("parses");
        let reply = bench.manager.handle(&bench.peer, query_of(&sample)).await;
        let ours = Message::parse(&reply).expect("parses");
        for path in ["MSA-1", "MSA-2", "QAK-1", "QAK-2", "ERR-2", "ERR-4"] {
            assert_eq!(ours.raw(path), sample.raw(path), "{name}: {path}");
        }
        assert_eq!(ours.value("ERR-3.1"), sample.value("ERR-3.1"), "{name}");
        let id = |message: &Message| message.value("PID-3.1").map(|id| id.into_owned());
        assert_eq!(id(&ours), id(&sample), "{name}");
        let oid = |message: &Message| message.raw("PID-3.4.2").map(str::to_owned);
        assert_eq!(oid(&ours), oid(&sample), "{name}");
    }
}

#[tokio::test]
#[ignore = "needs RENKEI_SHARED"]
async fn shared_sample_responses_are_read() {
    let folder = folder();
    for (name, count) in [
        ("pixquery-ok-1_Response.hl7", Some(1)),
        ("pixquery-ok-2_Response.hl7", Some(2)),
        ("pixquery-nf-1_Response.hl7", Some(0)),
        ("pixquery-err-1_Response.hl7", None),
        ("rsp.hl7", Some(1)),
    ] {
        let reply = Message::parse(&read(&folder, name)).expect("parses");
        let ids = iti9::decode_response(&reply)
            .ok()
            .map(|response| response.ids.len());
        assert_eq!(ids, count, "{name}");
    }
}
