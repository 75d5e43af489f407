//! ITI-64: the registry is told when a local id belongs to another patient of the affinity domain (ITI TF-2 3.64).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use hl7v2::ack::AckCode;
use hl7v2::datatype::Hd;
use hl7v2::{Message, build, mllp};
use ihe_pix::identity::{Action, By};
use ihe_pix::iti8::Feed;
use ihe_pix::{Limits, MemoryStore, PatientRecord, PixSource, Retry, iti64};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A registry that says AA, and what it was told: new, local, previous, subsumed.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<[String; 4]>>>);

impl Told {
    fn all(&self) -> Vec<[String; 4]> {
        self.0.lock().expect("not poisoned").clone()
    }

    fn take(&self, bytes: &[u8]) -> Vec<u8> {
        let message = Message::parse(bytes).expect("parses");
        assert_eq!(message.raw("MSH-3"), Some("1.2.3.4.99"));
        let change = iti64::decode(&message, &Hd::oid(AFFINITY), &Limits::default());
        let change = change.expect("a link change");
        let subsumed = change.subsumed_local.map(|id| id.id).unwrap_or_default();
        let ids = [change.new_xad_pid, change.local, change.previous_xad_pid].map(|id| id.id);
        let [new, local, previous] = ids;
        self.0
            .lock()
            .expect("not poisoned")
            .push([new, local, previous, subsumed]);
        build::acknowledgement(&message, AckCode::Aa, &[])
    }
}

async fn registry(domain: &Domain) -> (String, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (node, told) = (domain.node().0, Told::default());
    let keep = told.clone();
    tokio::spawn(async move {
        let open = move |stream, _| {
            let node = node.clone();
            async move { node.accept(stream).await }
        };
        let handle = move |_, bytes: Vec<u8>| {
            let told = keep.clone();
            async move { told.take(&bytes) }
        };
        let stop = CancellationToken::new();
        let server = mllp::Server::new(mllp::Limits::default());
        server.serve_with(listener, &stop, open, handle).await
    });
    (address, told)
}

/// The ids of one person, as one PID-3 says it.
fn person(ids: &[(&str, &str)], given: &str) -> PatientRecord {
    PatientRecord {
        ids: ids
            .iter()
            .map(|(value, domain)| id(value, domain))
            .collect(),
        ..patient("", EAST, given)
    }
}

fn told(list: &[[&str; 4]]) -> Vec<[String; 4]> {
    list.iter().map(|one| one.map(str::to_owned)).collect()
}

#[tokio::test]
async fn v2_r_090_and_103_a_local_id_that_moves_or_is_merged_is_told_and_nothing_else() {
    let domain = Domain::new();
    let (address, registry) = registry(&domain).await;
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        let retry = Retry {
            first: Duration::from_millis(5),
            ..Retry::default()
        };
        let affinity = Hd::oid(AFFINITY);
        manager
            .with_xad_pid_registry(&address, affinity, "1.2.3.4.99")
            .with_retry(retry)
    })
    .await;
    let source = PixSource::new(domain.node().0, &running.address);
    let feed = async |feed: Feed| source.feed(&me(), &feed).await.expect("accepted");
    feed(Feed::register(person(
        &[("1", EAST), ("X1", AFFINITY)],
        "花子",
    )))
    .await;
    feed(Feed::register(person(
        &[("2", WEST), ("X2", AFFINITY)],
        "月子",
    )))
    .await;
    feed(Feed::register(patient("5", WEST, "雪子"))).await;
    let by = By::new("operator", "wrong person");
    let moved = Action::Move {
        id: id("1", EAST),
        to: id("2", WEST),
    };
    running.manager.apply(moved, by).await.expect("done");
    until("the move is told", async || !registry.all().is_empty()).await;
    assert_eq!(registry.all(), told(&[["X2", "1", "X1", ""]]));
    // Two local ids of one domain become one.
    feed(Feed::register(person(
        &[("3", WEST), ("X2", AFFINITY)],
        "月子",
    )))
    .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let into = PatientRecord::identified(id("2", WEST));
    feed(Feed::merge(into, id("3", WEST))).await;
    let second = told(&[["X2", "1", "X1", ""], ["X2", "2", "X2", "3"]]);
    until("the merge is told", async || registry.all().len() > 1).await;
    assert_eq!(registry.all(), second);
    // What is told once is not told again by later changes of the set.
    feed(Feed::register(person(
        &[("4", EAST), ("X2", AFFINITY)],
        "月子",
    )))
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(registry.all(), second);
    let ours = running.audit.all();
    let ours = ours.iter().filter(|xml| xml.contains("\"ITI-64\""));
    assert_eq!(
        ours.filter(|xml| xml.contains("EventActionCode=\"U\""))
            .count(),
        2
    );
}

#[tokio::test]
async fn ids_of_the_affinity_domain_that_were_merged_are_not_told_again() {
    let domain = Domain::new();
    let (address, registry) = registry(&domain).await;
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        manager.with_xad_pid_registry(&address, Hd::oid(AFFINITY), "1.2.3.4.99")
    })
    .await;
    let source = PixSource::new(domain.node().0, &running.address);
    let feed = async |feed: Feed| source.feed(&me(), &feed).await.expect("accepted");
    feed(Feed::register(person(
        &[("1", EAST), ("X1", AFFINITY)],
        "花子",
    )))
    .await;
    feed(Feed::register(person(
        &[("2", WEST), ("X2", AFFINITY)],
        "月子",
    )))
    .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let into = PatientRecord::identified(id("X1", AFFINITY));
    feed(Feed::merge(into, id("X2", AFFINITY))).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(registry.all(), told(&[]), "A40 of ITI-8 says it");
}
