//! Several messages of one connection in hand: the outcome is that of one after the other.

use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use hl7v2::datatype::Hd;
use hl7v2::mllp::{Client, Limits};
use ihe_pix::{MemoryStore, PdqSupplier, PixManager, Port, SqliteStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// 32 messages that depend on each other: n is registered, then n-1 is merged into it.
fn chain() -> Vec<Vec<u8>> {
    let registered = |n: usize| {
        let pid = format!("PID|||c{n}^^^EAST||山田^花子||19580312|F");
        adt(
            "A04",
            &format!("r{n}"),
            &format!("EVN||2026\r{pid}\rPV1||O\r"),
        )
    };
    let merged = |n: usize| {
        let rest = format!("PID|||c{n}^^^EAST||A^B\rMRG|c{}^^^EAST\r", n - 1);
        adt("A40", &format!("m{n}"), &format!("EVN||2026\r{rest}"))
    };
    let both = (1..16).flat_map(|n| [registered(n), merged(n)]);
    let mut messages: Vec<_> = std::iter::once(registered(0)).chain(both).collect();
    messages.push(registered(99));
    messages
}

async fn pipelined<S: ihe_pix::IdentityStore + ihe_pix::Shelf>(store: S) {
    let domain = Domain::new();
    let running = start(&domain, store).await;
    pipelined_to(&domain, &running.address, running.manager.store()).await;
}

async fn pipelined_to<S: ihe_pix::IdentityStore>(domain: &Domain, address: &str, store: &S) {
    let port = address.rsplit_once(':').expect("a port").1;
    let (mut stream, _) = domain
        .node()
        .0
        .connect("localhost", port.parse().expect("a number"))
        .await
        .expect("connects");
    let messages = chain();
    assert_eq!(messages.len(), 32);
    let frames: Vec<u8> = messages
        .iter()
        .flat_map(|message| [b"\x0b", &message[..], b"\x1c\r"].concat())
        .collect();
    stream.write_all(&frames).await.expect("written");
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while received.iter().filter(|byte| **byte == 0x1c).count() < messages.len() {
        let read = stream.read(&mut buffer);
        let count = tokio::time::timeout(Duration::from_secs(20), read).await;
        received.extend_from_slice(&buffer[..count.expect("in time").expect("read")]);
    }
    let replies = received.split(|byte| *byte == 0x1c).take(messages.len());
    for (reply, message) in replies.zip(&messages) {
        let start = reply
            .iter()
            .position(|byte| *byte == 0x0b)
            .expect("a frame")
            + 1;
        assert_eq!(answer(&reply[start..]), "AA");
        let (reply, message) = (
            hl7v2::Message::parse(&reply[start..]),
            hl7v2::Message::parse(message),
        );
        let (reply, message) = (reply.expect("parses"), message.expect("parses"));
        assert_eq!(
            reply.value("MSA-2"),
            message.value("MSH-10"),
            "answers in order"
        );
    }
    for n in 0..15 {
        assert_eq!(
            others(store, &id(&format!("c{n}"), EAST)).await,
            None,
            "c{n} was merged"
        );
    }
    let last = others(store, &id("c15", EAST)).await;
    assert!(last.is_some(), "the last one stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_r_040_32_pipelined_feeds_that_depend_on_each_other_end_as_in_sequence() {
    for _ in 0..5 {
        pipelined(MemoryStore::new()).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    pipelined(
        SqliteStore::open(folder.path().join("a.db"))
            .await
            .expect("opens"),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_r_040_a_port_of_several_actors_keeps_the_order_as_well() {
    let (domain, store) = (Domain::new(), MemoryStore::new());
    let node = domain.node().0;
    let east = Hd {
        namespace_id: "EAST".into(),
        ..Hd::oid(EAST)
    };
    let manager = PixManager::new(node.clone(), store.clone()).with_domain(east.clone());
    let supplier = PdqSupplier::new(node.clone(), store.clone()).with_domain(east);
    let limits = Limits {
        in_flight: 32,
        ..Limits::default()
    };
    let port = Arc::new(Port::new(node, manager, supplier).with_limits(limits));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(port.serve_on(listener, stop.clone()));
    pipelined_to(&domain, &address, &store).await;
    stop.cancel();
    serving.await.expect("ends").expect("served");
}

#[tokio::test]
async fn one_in_flight_is_served_by_a_client_that_waits() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let port = running.address.rsplit_once(':').expect("a port").1;
    let (stream, _) = domain
        .node()
        .0
        .connect("localhost", port.parse().expect("a number"))
        .await
        .expect("connects");
    let mut client = Client::new(stream, Limits::default());
    for message in chain() {
        assert_eq!(
            answer(&client.exchange(&message).await.expect("answered")),
            "AA"
        );
    }
}
