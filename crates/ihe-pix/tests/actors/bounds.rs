//! What bounds a receiver of HL7 v2 messages: how many connections, and how long after stop.

use std::sync::Arc;
use std::time::Duration;

use crate::support::*;
use hl7v2::datatype::Hd;
use hl7v2::mllp::Limits;
use ihe_atna::{AuditMessage, AuditSink, BoxedRecord};
use ihe_pix::iti8::Feed;
use ihe_pix::{Error, MemoryStore, PixManager, PixSource};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn one_connection_more_than_allowed_is_closed_and_comes_in_when_another_has_gone() {
    let domain = Domain::new();
    let one = Limits {
        connections: 1,
        ..Limits::default()
    };
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        manager.with_limits(one)
    })
    .await;
    let feed = Feed::register(patient("1", EAST, "花子"));
    let inside = PixSource::new(domain.node().0, &running.address);
    inside.feed(&me(), &feed).await.expect("accepted");
    let outside = PixSource::new(domain.node().0, &running.address);
    let refused = outside.feed(&me(), &feed).await;
    assert!(matches!(refused, Err(Error::Transport(_))), "{refused:?}");
    drop(inside);
    until("there is room", async || {
        outside.feed(&me(), &feed).await.is_ok()
    })
    .await;
}

/// A sink that never comes to an end.
struct Stuck;

impl AuditSink for Stuck {
    fn record(&self, _: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn after_stop_what_hangs_is_cut_when_the_grace_is_over() {
    let domain = Domain::new();
    let short = Limits {
        grace: Duration::from_millis(100),
        ..Limits::default()
    };
    let store = MemoryStore::new();
    let manager = PixManager::new(domain.node_with(Arc::new(Stuck)), store.clone());
    let manager = manager.with_domain(Hd::oid(EAST)).with_limits(short);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(Arc::new(manager).serve_on(listener, stop.clone()));
    let source = PixSource::new(domain.node().0, &address);
    let feed = Feed::register(patient("1", EAST, "花子"));
    let fed = tokio::spawn(async move { source.feed(&me(), &feed).await });
    until("it is stored and hangs at its audit record", async || {
        others(&store, &id("1", EAST)).await.is_some()
    })
    .await;
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), serving).await;
    let ended = ended.expect("cut in time").expect("no panic");
    ended.expect("no error");
    let unanswered = fed.await.expect("no panic");
    assert!(
        matches!(unanswered, Err(Error::Transport(_))),
        "{unanswered:?}"
    );
}
