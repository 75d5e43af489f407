//! A repository at work, and a sender.

use std::sync::Arc;

use ihe_atna::{
    AuditRecordRepository, MemoryStore, RepositoryLimits, SecureNode, Stream, TrailSink, syslog,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Domain, Shelf};

#[allow(dead_code)]
pub(crate) struct Arr {
    pub(crate) repository: AuditRecordRepository<MemoryStore>,
    pub(crate) shelf: Shelf,
    pub(crate) port: u16,
    pub(crate) stop: CancellationToken,
}

/// A repository whose own node records into its own trail.
#[allow(dead_code)]
pub(crate) async fn arr(domain: &Domain, limits: RepositoryLimits) -> Arr {
    on(domain, Shelf::new(), limits).await
}

#[allow(dead_code)]
pub(crate) async fn on(domain: &Domain, shelf: Shelf, limits: RepositoryLimits) -> Arr {
    let sink = Arc::new(TrailSink::new(shelf.trail.clone()));
    let node = SecureNode::dangerous()
        .with_sink(domain.member("arr.example"), domain.anchors(), false, sink)
        .expect("node")
        .named("arr");
    let repository = shelf.limited(node, limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let stop = CancellationToken::new();
    let (serving, token) = (repository.clone(), stop.clone());
    tokio::spawn(async move { serving.serve_tls(listener, token).await });
    Arr {
        repository,
        shelf,
        port,
        stop,
    }
}

#[allow(dead_code)]
pub(crate) async fn connect(domain: &Domain, port: u16) -> Stream {
    let (client, _) = domain.node("sender.example");
    client
        .connect("127.0.0.1", port)
        .await
        .expect("connected")
        .0
}

#[allow(dead_code)]
pub(crate) async fn send(stream: &mut Stream, messages: &[&[u8]]) {
    for message in messages {
        stream
            .write_all(&syslog::frame(message))
            .await
            .expect("written");
    }
    stream.flush().await.expect("flushed");
}

/// Closes in order and waits for the answer: everything is stored then.
#[allow(dead_code)]
pub(crate) async fn close(mut stream: Stream) {
    stream.shutdown().await.expect("closed");
    assert_eq!(stream.read(&mut [0; 8]).await.expect("close_notify"), 0);
}

/// A small message.
#[allow(dead_code)]
pub(crate) fn message(text: &str) -> Vec<u8> {
    format!("<85>1 - h a 1 m - <AuditMessage>{text}</AuditMessage>").into_bytes()
}
