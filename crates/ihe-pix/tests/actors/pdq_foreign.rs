//! Demographics queries and answers made by others.

use crate::pdq::judged;
use crate::support::*;
use hl7v2::Message;
use hl7v2::datatype::Hd;
use ihe_pix::{MemoryStore, PdqSupplier, PixManager};

/// Foreign messages: `RENKEI_SHARED` says where they are.
#[tokio::test]
#[ignore = "needs RENKEI_SHARED"]
async fn shared_foreign_queries_are_understood() {
    let shared = std::env::var("RENKEI_SHARED").expect("RENKEI_SHARED names the shared folder");
    let domain = Domain::new();
    let (node, _) = domain.node();
    let store = MemoryStore::new();
    let known = [
        ("HZLN", "1.2.3.4"),
        ("", "1.2.3.4.5"),
        ("HIMSS2005", "1.3.6.1.4.1.21367.2005.1.1"),
    ];
    let hd = |(name, oid): (&str, &str)| Hd {
        namespace_id: name.into(),
        ..Hd::oid(oid)
    };
    let supplier = known
        .iter()
        .fold(PdqSupplier::new(node.clone(), store.clone()), |s, one| {
            s.with_domain(hd(*one))
        });
    let feeds = known.iter().fold(PixManager::new(node, store), |m, one| {
        m.with_domain(hd(*one))
    });
    let peer = ihe_atna::Peer::unknown(([127, 0, 0, 1], 1).into());
    for (id, born, sex, name) in [
        ("1", "19580312", "F", "試験^花子~シケン^ハナコ"),
        ("2", "19380224", "M", "MOORE^Chip"),
        ("3", "19451201", "M", "Mayer^Hans"),
    ] {
        let pid = format!("PID|||{id}^^^HIMSS2005||{name}||{born}|{sex}");
        let feed = format!(
            "MSH|^~\\&|A|B|C|D|2026||ADT^A04|1|P|2.3.1||||||UNICODE UTF-8\rEVN||2026\r{pid}\rPV1||O\r"
        );
        let reply = feeds.handle(&peer, feed.into_bytes()).await;
        assert_eq!(judged(&reply)[0], "AA");
    }
    for (file, expected) in [
        ("vectors/hl7v2/iti-21.hl7", "AA OK Mayer^Hans"),
        ("vectors/hl7v2/qbp.hl7", "AA OK MOORE^Chip"),
        ("vectors/hl7v2/pdq-PDQ_ID_Query.hl7", "AA NF "),
        (
            "japan/samples/22_PDQ_QBP_Q22_kana_utf8.hl7",
            "AA OK 試験^花子~シケン^ハナコ",
        ),
    ] {
        let bytes = std::fs::read(std::path::Path::new(&shared).join(file)).expect(file);
        let reply = Message::parse(&supplier.handle(&peer, bytes).await).expect("an answer");
        let text = |path| reply.raw(path).unwrap_or_default();
        let told = format!("{} {} {}", text("MSA-1"), text("QAK-2"), text("PID-5"));
        assert_eq!(told, expected, "{file}");
    }
    let answer =
        std::fs::read(std::path::Path::new(&shared).join("vectors/hl7v2/pdq-PDQ_Response.hl7"));
    let answer = Message::parse(&answer.expect("the answer")).expect("parses");
    let read = ihe_pix::iti21::decode_response(&answer).expect("accepted");
    assert_eq!(read.patients.len(), 9);
    assert_eq!(read.continuation.as_deref(), Some("10"));
    assert_eq!(read.patients[6].ids.len(), 2);
}
