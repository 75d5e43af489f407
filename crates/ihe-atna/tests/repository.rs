//! ITI-20 the Audit Record Repository over real loopback sockets.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Domain, event};
use ihe_atna::{
    As, AuditRecordRepository, MemoryStore, RecordStore, RepositoryLimits, Search, SecureNode,
    StoreSink, StoredRecord, Stream, codes, syslog,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;

struct Arr {
    repository: AuditRecordRepository<MemoryStore>,
    store: MemoryStore,
    port: u16,
    stop: CancellationToken,
}

/// A repository whose own node records into its own store.
async fn arr(domain: &Domain, limits: RepositoryLimits) -> Arr {
    let store = MemoryStore::new();
    let sink = Arc::new(StoreSink::new(store.clone()));
    let node = SecureNode::dangerous()
        .with_sink(domain.member("arr.example"), domain.anchors(), false, sink)
        .expect("node")
        .named("arr");
    let repository = AuditRecordRepository::new(node, store.clone(), limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let stop = CancellationToken::new();
    let (serving, token) = (repository.clone(), stop.clone());
    tokio::spawn(async move { serving.serve_tls(listener, token).await });
    Arr {
        repository,
        store,
        port,
        stop,
    }
}

async fn connect(domain: &Domain, port: u16) -> Stream {
    let (client, _) = domain.node("sender.example");
    client
        .connect("127.0.0.1", port)
        .await
        .expect("connected")
        .0
}

async fn send(stream: &mut Stream, messages: &[&[u8]]) {
    for message in messages {
        stream
            .write_all(&syslog::frame(message))
            .await
            .expect("written");
    }
    stream.flush().await.expect("flushed");
}

/// Closes in order and waits for the answer: everything is stored then.
async fn close(mut stream: Stream) {
    stream.shutdown().await.expect("closed");
    assert_eq!(stream.read(&mut [0; 8]).await.expect("close_notify"), 0);
}

async fn raw(store: &MemoryStore) -> Vec<Vec<u8>> {
    let found = store
        .search(&Search {
            limit: 1000,
            ..Search::default()
        })
        .await
        .expect("found");
    found.into_iter().map(|record| record.raw).collect()
}

async fn wait_for(store: &MemoryStore, count: u64) {
    for _ in 0..1000 {
        if store.count().await.expect("counted") >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{count} records did not arrive");
}

#[tokio::test]
async fn atna_r_024_bytes_are_kept_as_they_came_whatever_they_are() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let mut stream = connect(&domain, arr.port).await;
    let messages: [&[u8]; 4] = [
        b"<85>1 - - - - - - <AuditMessage/>",
        b"<34>bsd",
        "漢字".as_bytes(),
        b"\xff\x00\x80",
    ];
    send(&mut stream, &messages).await;
    close(stream).await;
    assert_eq!(raw(&arr.store).await, messages);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_025_a_repeat_from_a_new_connection_is_dropped_and_a_double_on_one_is_kept() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let mut first = connect(&domain, arr.port).await;
    send(&mut first, &[b"<85>one", b"<85>one", b"<85>two"]).await;
    close(first).await;
    let mut second = connect(&domain, arr.port).await;
    send(
        &mut second,
        &[b"<85>one", b"<85>one", b"<85>two", b"<85>three"],
    )
    .await;
    close(second).await;
    let expected: [&[u8]; 4] = [b"<85>one", b"<85>one", b"<85>two", b"<85>three"];
    assert_eq!(raw(&arr.store).await, expected);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_021_wrong_framing_ends_the_connection_after_storing_what_was_right() {
    let domain = Domain::new("domain");
    let limits = RepositoryLimits {
        frame: 100,
        ..RepositoryLimits::default()
    };
    let arr = arr(&domain, limits).await;
    for wrong in [&b"<85>1 no count"[..], b"0 ", b"101 "] {
        let mut stream = connect(&domain, arr.port).await;
        let before = arr.store.count().await.expect("counted");
        let good = format!("<85>{}", String::from_utf8_lossy(wrong));
        send(&mut stream, &[good.as_bytes()]).await;
        stream.write_all(wrong).await.expect("written");
        stream.flush().await.expect("flushed");
        let ended = stream.read(&mut [0; 8]).await;
        assert!(!matches!(ended, Ok(length) if length > 0));
        assert!(ended.is_err(), "no close_notify: nothing is confirmed");
        assert_eq!(arr.store.count().await.expect("counted"), before + 1);
    }
    let mut stream = connect(&domain, arr.port).await;
    send(&mut stream, &[b"<85>the server goes on"]).await;
    close(stream).await;
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_009_a_stranger_is_refused_and_the_repository_records_it_in_its_own_store() {
    let (domain, stranger) = (Domain::new("domain"), Domain::new("stranger"));
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let (client, _) = stranger.node("mallory.example");
    let connected = client.connect("127.0.0.1", arr.port).await;
    assert!(connected.is_err(), "the stranger does not trust us either");
    wait_for(&arr.store, 1).await;
    let alerts = Search {
        event_type: Some("110126".to_owned()),
        ..Search::default()
    };
    let found = arr.store.search(&alerts).await.expect("found");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].summary.as_ref().map(|one| one.source_id.as_str()),
        Some("arr")
    );
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_023_udp_is_kept_also_when_cut_in_a_character() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let address = socket.local_addr().expect("address");
    let (serving, token) = (arr.repository.clone(), arr.stop.clone());
    let task = tokio::spawn(async move { serving.serve_udp(socket, token).await });
    let mut message = event("7^^^&1.2&ISO").into_message();
    message.source.id = "udp".to_owned();
    let xml = message.to_xml();
    let whole = format!("<85>1 - - - - IHE+RFC-3881 - {xml}").into_bytes();
    let end = whole
        .windows(18)
        .position(|part| part == b"<ParticipantObject")
        .expect("there");
    let mut cut = whole[..end].to_vec();
    cut.extend_from_slice("<ParticipantObjectIdentification ParticipantObjectID=\"漢".as_bytes());
    cut.pop();
    let sender = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    for datagram in [&whole, &whole, &cut] {
        sender.send_to(datagram, address).await.expect("sent");
    }
    wait_for(&arr.store, 3).await;
    assert_eq!(
        raw(&arr.store).await,
        [whole.clone(), whole, cut],
        "UDP doubles are kept"
    );
    let found = arr.store.search(&Search::default()).await.expect("found");
    let summary = |record: &StoredRecord| record.summary.clone().expect("readable");
    assert_eq!(summary(&found[0]).patients, ["7^^^&1.2&ISO"]);
    assert!(!summary(&found[0]).cut);
    assert!(summary(&found[2]).cut);
    assert_eq!(summary(&found[2]).event_type, "ITI-9");
    arr.stop.cancel();
    task.await.expect("joined").expect("served");
}

#[tokio::test]
async fn atna_r_028_access_to_the_log_is_itself_recorded() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let found = arr
        .repository
        .search(&As::user("auditor"), &Search::default())
        .await;
    assert_eq!(found.expect("found").len(), 0);
    let kept = arr.store.search(&Search::default()).await.expect("found");
    let summary = kept[0].summary.clone().expect("readable");
    assert_eq!(summary.event_id, codes::EVENT_AUDIT_LOG_USED.code);
    assert_eq!((summary.action.as_str(), summary.outcome), ("R", 0));
    assert_eq!(summary.users, ["auditor"]);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_022_a_plain_node_cannot_serve_the_repository() {
    let domain = Domain::new("domain");
    let sink = Arc::new(StoreSink::new(MemoryStore::new()));
    let node = SecureNode::dangerous()
        .with_sink(domain.member("arr"), domain.anchors(), true, sink)
        .expect("node");
    let limits = RepositoryLimits::default();
    let repository = AuditRecordRepository::new(node, MemoryStore::new(), limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let refused = repository
        .serve_tls(listener, CancellationToken::new())
        .await;
    assert_eq!(
        refused.expect_err("refused").kind(),
        std::io::ErrorKind::InvalidInput
    );
}
