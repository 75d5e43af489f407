//! Foreign peer: messages made, sent and judged by hl7apy (Python, MIT). Needs `python3` and `pip install hl7apy`.

use std::sync::Arc;

use crate::support::*;
use hl7v2::datatype::Hd;
use hl7v2::mllp::{Limits, Server};
use ihe_atna::Peer;
use ihe_pix::{MemoryStore, PixManager};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hl7apy_peer.py");

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3 with hl7apy"]
async fn hl7apy_feeds_merges_and_queries_our_manager() {
    let manager = PixManager::new(Domain::new().node().0, MemoryStore::new());
    let manager = Arc::new(manager.with_domain(Hd::oid(EAST)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let stop = CancellationToken::new();
    let served = stop.clone();
    // Plain MLLP: the peer speaks no TLS.
    let server = tokio::spawn(async move {
        let handle = move |address: Arc<std::net::SocketAddr>, bytes| {
            let manager = manager.clone();
            async move { manager.handle(&Peer::unknown(*address), bytes).await }
        };
        Server::new(Limits::default())
            .serve(listener, &served, handle)
            .await
    });
    let mut python = tokio::process::Command::new("python3");
    let output = python.arg(SCRIPT).arg(port.to_string()).output().await;
    let output = output.expect("python3 starts");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}{}",
        said(&output.stdout),
        said(&output.stderr)
    );
    assert_eq!(said(&output.stdout).trim(), "hl7apy agrees");
    stop.cancel();
    server.await.expect("no panic");
}
