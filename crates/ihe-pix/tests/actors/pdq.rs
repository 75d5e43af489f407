//! Supplier and consumer over TLS on loopback sockets, alone and behind one port with a manager (ITI TF-2 3.21, 3.22).

use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use hl7v2::Message;
use hl7v2::charset::Charset;
use hl7v2::datatype::Hd;
use ihe_atna::As;
use ihe_pix::identity::{FieldPattern, NamePattern, PatientQuery, Segment};
use ihe_pix::iti8::Feed;
use ihe_pix::iti21::Query;
use ihe_pix::{
    Error, IdentityStore, MemoryStore, PatientRecord, PdqConsumer, PdqLimits, PdqSupplier,
    PixManager, PixSource, Port, Shelf, SqliteStore,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn me() -> As {
    As::system("test")
}

/// A port serving on loopback.
struct Open {
    address: String,
    audit: Arc<Remembered>,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

impl Open {
    /// As at the end of the process.
    async fn close(self) {
        self.stop.cancel();
        self.task.await.expect("ends").expect("well");
    }
}

async fn open<S: IdentityStore + Shelf + Clone>(
    domain: &Domain,
    store: S,
    change: impl FnOnce(PdqSupplier<S>) -> PdqSupplier<S>,
) -> Open {
    let (node, audit) = domain.node();
    let east = Hd {
        namespace_id: "EAST".into(),
        ..Hd::oid(EAST)
    };
    let manager = PixManager::new(node.clone(), store.clone())
        .with_domain(east.clone())
        .with_domain(Hd::oid(WEST));
    let supplier = PdqSupplier::new(node.clone(), store)
        .with_domain(east)
        .with_domain(Hd::oid(WEST));
    let port = Arc::new(Port::new(node, manager, change(supplier)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let stop = CancellationToken::new();
    let task = tokio::spawn(port.serve_on(listener, stop.clone()));
    Open {
        address,
        audit,
        stop,
        task,
    }
}

async fn town<S: IdentityStore + Shelf + Clone>(domain: &Domain, store: S) -> (Open, PixSource) {
    let port = open(domain, store, |supplier| supplier).await;
    let source = PixSource::new(domain.node().0, &port.address);
    for number in 1..=5 {
        let given = ["花子", "月子", "太郎", "次郎", "三郎"][number - 1];
        feed(&source, patient(&number.to_string(), EAST, given)).await;
    }
    (port, source)
}

async fn feed(source: &PixSource, patient: PatientRecord) {
    let fed = source.feed(&me(), &Feed::register(patient)).await;
    fed.expect("accepted");
}

fn yamada() -> PatientQuery {
    PatientQuery {
        family: Some(NamePattern::exact("山田")),
        ..PatientQuery::default()
    }
}

fn first_ids(patients: &[PatientRecord]) -> Vec<&str> {
    patients.iter().map(|one| &*one.ids[0].id).collect()
}

/// The first line of each kind of an answer that matters.
fn segments(reply: &[u8]) -> Vec<String> {
    let text = String::from_utf8(reply.to_vec()).expect("UTF-8");
    text.split_terminator('\r').map(str::to_owned).collect()
}

fn qbp(control_id: &str, rest: &str) -> Vec<u8> {
    let msh = format!("MSH|^~\\&|CON|WARD|PDQ|REGION|2026||QBP^Q22^QBP_Q21|{control_id}|P|2.5");
    format!("{msh}\r{rest}").into()
}

fn query(qpd: &str, rest: &str) -> Vec<u8> {
    qbp("77", &format!("QPD|IHE PDQ Query|T1|{qpd}\r{rest}"))
}

/// MSA-1, the first ERR-2 and ERR-3.1, QAK-2.
pub(crate) fn judged(reply: &[u8]) -> [String; 4] {
    let reply = Message::parse(reply).expect("an answer");
    ["MSA-1", "ERR-2", "ERR-3.1", "QAK-2"]
        .map(|path| reply.raw(path).unwrap_or_default().to_owned())
}

fn pointer(reply: &[u8]) -> Option<String> {
    let reply = Message::parse(reply).expect("an answer");
    reply.raw("DSC-1").map(str::to_owned)
}

#[tokio::test]
async fn v2_r_061_a_consumer_reads_all_portions_over_tls() {
    let domain = Domain::new();
    let (port, _source) = town(&domain, MemoryStore::new()).await;
    let (node, ours) = domain.node();
    let consumer = PdqConsumer::new(node, &port.address);
    let me = me();
    let mut pages = consumer.pages(&me, Query::new(yamada()).at_most(2));
    let mut read = Vec::new();
    while let Some(patients) = pages.next().await.expect("answered") {
        read.push(first_ids(&patients).join("+"));
    }
    assert_eq!(read, ["1+2", "3+4", "5"]);
    assert_eq!(pages.next().await.expect("answered"), None);
    let all = consumer.query(&me, &Query::new(yamada())).await;
    let all = all.expect("answered");
    assert_eq!((all.patients.len(), all.continuation), (5, None));
    let audited = |xmls: Vec<String>| xmls.iter().filter(|xml| xml.contains("\"ITI-21\"")).count();
    assert_eq!(audited(ours.all()), 4);
    assert_eq!(audited(port.audit.all()), 4);
}

#[tokio::test]
async fn v2_r_060_to_064_the_cases_over_the_wire() {
    let domain = Domain::new();
    let (_port, source) = town(&domain, MemoryStore::new()).await;
    let cases = [
        ("@PID.5.1^山田~@PID.5.2^花子", "AA", "", "OK"),
        ("@PID.5.1^佐藤", "AA", "", "NF"),
        ("@PID.3.1^1~@PID.3.4.1^EAST", "AA", "", "OK"),
        ("@PID.5.1^山田|||||^^^EAST", "AA", "", "OK"),
        ("@PID.5.1^山田|||||^^^&1.2.3.4.2000&ISO", "AA", "", "NF"),
        (
            "@PID.5.1^山田|||||^^^EAST~^^^NOWHERE",
            "AE",
            "QPD^1^8^2",
            "AE",
        ),
        ("@PID.3.1^1", "AE", "QPD^1^3^1", "AE"),
        ("@PID.77^1", "AE", "QPD^1^3^1", "AE"),
    ];
    for (qpd, code, place, status) in cases {
        let reply = source
            .send_raw(&query(qpd, "RCP|I\r"))
            .await
            .expect("answered");
        let [msa, err, _, qak] = judged(&reply);
        assert_eq!([&*msa, &*err, &*qak], [code, place, status], "{qpd}");
    }
    let reply = source.send_raw(&query(cases[0].0, "RCP|I|1^RD\r")).await;
    let lines = segments(&reply.expect("answered"));
    assert!(
        lines[0].starts_with("MSH|^~\\&|PDQ|REGION|CON|WARD|"),
        "{lines:?}"
    );
    assert_eq!(lines[3], "QPD|IHE PDQ Query|T1|@PID.5.1^山田~@PID.5.2^花子");
    assert_eq!(
        lines[4],
        "PID|||1^^^EAST&1.2.3.4.1000&ISO||山田^花子||19580312|F|||||03-2234-5678"
    );
    assert_eq!(lines.len(), 5, "all told: no DSC");
}

#[tokio::test]
async fn v2_r_061_a_pointer_survives_a_restart_and_gives_the_same_portion_again() {
    let (domain, folder) = (Domain::new(), tempfile::tempdir().expect("a folder"));
    let file = folder.path().join("identities.db");
    let store = SqliteStore::open(&file).await.expect("opens");
    let (port, source) = town(&domain, store).await;
    let first = source
        .send_raw(&query("@PID.5.1^山田", "RCP|I|2^RD\r"))
        .await;
    let pointer = pointer(&first.expect("answered")).expect("there are more");
    assert_eq!(pointer.len(), 32);
    drop(source);
    port.close().await;
    let store = SqliteStore::open(&file).await.expect("opens again");
    let port = open(&domain, store, |supplier| supplier).await;
    let source = PixSource::new(domain.node().0, &port.address);
    let next = format!("RCP|I|2^RD\rDSC|{pointer}|I\r");
    for control_id in ["78", "79"] {
        let request = qbp(
            control_id,
            &format!("QPD|IHE PDQ Query|T1|@PID.5.1^山田\r{next}"),
        );
        let lines = segments(&source.send_raw(&request).await.expect("answered"));
        let ids: Vec<&str> = lines.iter().filter_map(|line| line.get(6..7)).collect();
        assert_eq!(ids[4..6], ["3", "4"], "{lines:?}");
    }
}

#[tokio::test]
async fn v2_r_063_a_pointer_that_is_unknown_expired_or_of_another_query_is_ae_at_dsc_1() {
    let domain = Domain::new();
    let store = MemoryStore::new();
    let (_port, source) = town(&domain, store.clone()).await;
    let first = source
        .send_raw(&query("@PID.5.1^山田", "RCP|I|2^RD\r"))
        .await;
    let good = pointer(&first.expect("answered")).expect("there are more");
    let refused = ["AE", "DSC^1^1", "204", "AE"].map(str::to_owned);
    let next = |pointer: &str| format!("RCP|I|2^RD\rDSC|{pointer}|I\r");
    for (qpd, pointer) in [("@PID.5.1^山田", "0"), ("@PID.5.1^山*", &good)] {
        let reply = source.send_raw(&query(qpd, &next(pointer))).await;
        assert_eq!(judged(&reply.expect("answered")), refused, "{qpd}");
    }
    let again = source.send_raw(&query("@PID.5.1^山田", &next(&good))).await;
    assert_eq!(judged(&again.expect("answered"))[0], "AA");
    let short = |supplier: PdqSupplier<MemoryStore>| {
        supplier.with_continuations(Duration::from_millis(1), 10)
    };
    let port = open(&domain, store, short).await;
    let source = PixSource::new(domain.node().0, &port.address);
    let first = source
        .send_raw(&query("@PID.5.1^山田", "RCP|I|2^RD\r"))
        .await;
    let expired = pointer(&first.expect("answered")).expect("there are more");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let reply = source
        .send_raw(&query("@PID.5.1^山田", &next(&expired)))
        .await;
    assert_eq!(judged(&reply.expect("answered")), refused);
}

#[tokio::test]
async fn v2_r_062_a_cancelled_query_goes_on_no_more() {
    let domain = Domain::new();
    let (port, source) = town(&domain, MemoryStore::new()).await;
    let consumer = PdqConsumer::new(domain.node().0, &port.address);
    let me = me();
    let mut pages = consumer.pages(&me, Query::new(yamada()).at_most(2));
    pages.next().await.expect("answered");
    pages.cancel().await.expect("acknowledged");
    let first = source
        .send_raw(&query("@PID.5.1^山田", "RCP|I|2^RD\r"))
        .await;
    let pointer = pointer(&first.expect("answered")).expect("there are more");
    let cancel = |name: &str| {
        let msh = "MSH|^~\\&|CON|WARD|PDQ|REGION|2026||QCN^J01^QCN_J01|80|P|2.5";
        format!("{msh}\rQID|{name}\r").into_bytes()
    };
    let reply = source.send_raw(&cancel("T1|IHE PDQ Query")).await;
    let lines = segments(&reply.expect("answered"));
    assert!(lines[0].contains("|ACK"), "{lines:?}");
    assert_eq!(lines[1], "MSA|AA|80");
    let next = format!("RCP|I|2^RD\rDSC|{pointer}|I\r");
    let reply = source.send_raw(&query("@PID.5.1^山田", &next)).await;
    assert_eq!(judged(&reply.expect("answered"))[1], "DSC^1^1");
    let reply = source.send_raw(&cancel("|")).await.expect("answered");
    assert_eq!(judged(&reply)[..2], ["AE".to_owned(), "QID^1^1".to_owned()]);
    let other = source.send_raw(&cancel("T9|IHE PDQ Query")).await;
    assert_eq!(judged(&other.expect("answered"))[0], "AA", "nothing to end");
}

#[tokio::test]
async fn pointers_of_too_many_queries_are_forgotten_the_oldest_first() {
    let domain = Domain::new();
    let store = MemoryStore::new();
    let (_port, _source) = town(&domain, store.clone()).await;
    let few = |supplier: PdqSupplier<MemoryStore>| {
        supplier.with_continuations(Duration::from_secs(60), 2)
    };
    let port = open(&domain, store, few).await;
    let source = PixSource::new(domain.node().0, &port.address);
    let ask = |tag: &str, rest: &str| {
        qbp(
            "1",
            &format!("QPD|IHE PDQ Query|{tag}|@PID.5.1^山田\rRCP|I|2^RD\r{rest}"),
        )
    };
    let mut pointers = Vec::new();
    for tag in ["A", "B", "C"] {
        let reply = source.send_raw(&ask(tag, "")).await.expect("answered");
        pointers.push(pointer(&reply).expect("there are more"));
    }
    let mut codes = Vec::new();
    for (tag, pointer) in ["C", "B", "A"].iter().zip(pointers.iter().rev()) {
        let reply = source
            .send_raw(&ask(tag, &format!("DSC|{pointer}|I\r")))
            .await;
        codes.push(judged(&reply.expect("answered"))[0].clone());
    }
    assert_eq!(codes, ["AA", "AA", "AE"]);
}

#[tokio::test]
async fn v2_r_066_msh_5_selects_the_source() {
    let domain = Domain::new();
    let store = MemoryStore::new();
    let (_port, source) = town(&domain, store.clone()).await;
    feed(&source, patient("9", WEST, "四郎")).await;
    let sources = |supplier: PdqSupplier<MemoryStore>| {
        supplier
            .with_source("ALL", [])
            .with_source("WEST", [Hd::oid(WEST)])
    };
    let port = open(&domain, store, sources).await;
    let node = domain.node().0;
    let ask = async |name: &str| {
        let consumer = PdqConsumer::new(node.clone(), &port.address).with_receiver(name, "REGION");
        let answer = consumer.query(&me(), &Query::new(yamada())).await;
        answer.map(|found| first_ids(&found.patients).join("+"))
    };
    assert_eq!(ask("ALL").await.expect("answered"), "1+2+3+4+5+9");
    assert_eq!(ask("WEST^1.2^ISO").await.expect("answered"), "9");
    match ask("EAST").await {
        Err(Error::Refused(refusal)) => assert_eq!(refusal.to_string(), "AE: 204 at MSH^1^5"),
        other => panic!("{other:?}"),
    }
    let audit = port.audit.all();
    let refused = audit.last().expect("audited");
    assert!(refused.contains("EventOutcomeIndicator=\"4\"") && refused.contains("\"ITI-21\""));
}

#[tokio::test]
async fn v2_r_060_a_query_that_says_too_little_is_refused_and_one_that_finds_some_goes_on() {
    let domain = Domain::new();
    let store = MemoryStore::new();
    let (_port, source) = town(&domain, store.clone()).await;
    for number in 10..300 {
        let mut other = patient(&number.to_string(), EAST, &format!("{number}"));
        other.names[0].family = "佐藤".into();
        feed(&source, other).await;
    }
    feed(&source, patient("999", EAST, "末子")).await;
    let short = |supplier: PdqSupplier<MemoryStore>| {
        supplier.with_pdq_limits(PdqLimits {
            patients: 100,
            identities: 100,
        })
    };
    let port = open(&domain, store, short).await;
    let consumer = PdqConsumer::new(domain.node().0, &port.address);
    let given = PatientQuery {
        given: Some(NamePattern::exact("末子")),
        ..PatientQuery::default()
    };
    match consumer.query(&me(), &Query::new(given)).await {
        Err(Error::Refused(refusal)) => assert_eq!(refusal.to_string(), "AE: 207 at QPD^1^3"),
        other => panic!("{other:?}"),
    }
    let first = consumer
        .query(&me(), &Query::new(yamada()))
        .await
        .expect("answered");
    assert_eq!(first_ids(&first.patients), ["1", "2", "3", "4", "5"]);
    assert!(first.continuation.is_some(), "not all were looked at");
}

#[tokio::test]
async fn iti_22_visits_fed_by_a01_are_found_and_told() {
    let domain = Domain::new();
    let (port, source) = town(&domain, MemoryStore::new()).await;
    let admitted = "MSH|^~\\&|HIS|WARD|PIX|REGION|2026||ADT^A01|5|P|2.3.1\rEVN|A01|2026\r\
                    PID|||1^^^EAST||山田^花子||19580312|F\r\
                    PV1||I|3N^389^2||||77^佐藤|||MED|||||||||V1^^^&1.2.9&ISO\r";
    source
        .send_raw(admitted.as_bytes())
        .await
        .expect("answered");
    let consumer = PdqConsumer::new(domain.node().0, &port.address).with_charset(Charset::Utf8);
    let place = |component, text: &str| FieldPattern {
        segment: Segment::Pv1,
        field: 3,
        component: Some(component),
        subcomponent: None,
        pattern: NamePattern::exact(text),
    };
    let bed = Query::new(PatientQuery {
        other: vec![place(2, "389"), place(3, "2")],
        ..PatientQuery::default()
    });
    let found = consumer.query_visits(&me(), &bed).await.expect("answered");
    assert_eq!(first_ids(&found.patients), ["1"]);
    let told = ihe_pix::visit::segment(&found.patients[0].visit);
    assert_eq!(
        told,
        "PV1||I|3N^389^2||||77^佐藤|||MED|||||||||V1^^^&1.2.9&ISO"
    );
    let refused = consumer.query(&me(), &bed).await;
    assert!(matches!(refused, Err(Error::Misuse(_))), "not by ITI-21");
    let me = me();
    let mut pages = consumer.pages_of_visits(&me, Query::new(yamada()).at_most(4));
    let mut classes = Vec::new();
    while let Some(patients) = pages.next().await.expect("answered") {
        let class = |one: &PatientRecord| ihe_pix::visit::field(&one.visit, 2).to_owned();
        classes.extend(patients.iter().map(class));
    }
    assert_eq!(classes, ["I", "O", "O", "O", "O"]);
    let audit = port.audit.all();
    assert_eq!(
        audit
            .iter()
            .filter(|xml| xml.contains("\"ITI-22\""))
            .count(),
        3
    );
}

#[tokio::test]
async fn one_port_serves_feeds_pix_queries_and_demographics_queries() {
    let domain = Domain::new();
    let (port, source) = town(&domain, MemoryStore::new()).await;
    let pix = "MSH|^~\\&|CON|WARD|PIX|REGION|2026||QBP^Q23^QBP_Q21|7|P|2.5\r\
               QPD|IHE PIX Query|T1|1^^^EAST\rRCP|I\r";
    let reply = source.send_raw(pix.as_bytes()).await.expect("answered");
    assert_eq!(judged(&reply)[3], "NF");
    let reply = source
        .send_raw(&query("@PID.5.1^山田", "RCP|I\r"))
        .await
        .expect("answered");
    assert_eq!(judged(&reply)[3], "OK");
    for (kind, place) in [("ORU^R01", "MSH^1^9^1^1"), ("QBP^Q99", "MSH^1^9^1^2")] {
        let other = format!("MSH|^~\\&|A|B|C|D|2026||{kind}|1|P|2.5\r");
        let reply = source.send_raw(other.as_bytes()).await.expect("answered");
        assert_eq!(judged(&reply)[..2], ["AR".to_owned(), place.to_owned()]);
    }
    let wrong = "MSH|^~\\&|A|B|C|D|2026||QBP^Q22|1|P|9.9\rQPD|IHE PDQ Query|T1|@PID.8^F\rRCP|I\r";
    let reply = source.send_raw(wrong.as_bytes()).await.expect("answered");
    assert_eq!(
        judged(&reply)[..3],
        ["AR", "MSH^1^12^1^1", "203"].map(str::to_owned)
    );
    let audit = port.audit.all();
    let last = audit.last().expect("audited");
    assert!(last.contains("\"ITI-21\"") && last.contains("EventOutcomeIndicator=\"8\""));
}
