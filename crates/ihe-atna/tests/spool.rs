//! ITI-20 the spool over real loopback TLS: order, outage, restart, repeats, limits.

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{Domain, Shelf, event};
use ihe_atna::{AuditError, SecureNode, Spool, SpoolLimits, SyslogTls};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(20);

fn quick() -> SpoolLimits {
    SpoolLimits {
        retry_first: Duration::from_millis(20),
        retry_longest: Duration::from_millis(100),
        ..SpoolLimits::default()
    }
}

fn node(domain: &Domain, dir: &Path, ports: &[u16], limits: SpoolLimits) -> SecureNode {
    let destinations = ports
        .iter()
        .map(|port| SyslogTls::to(format!("127.0.0.1:{port}")));
    let spool = Spool::open(dir, destinations)
        .expect("spool")
        .with_limits(limits);
    let (identity, anchors) = (domain.member("node.example"), domain.anchors());
    SecureNode::new(identity, anchors, spool)
        .expect("node")
        .named("pix-manager")
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("joined").expect("served");
    }
}

async fn repository(domain: &Domain, store: &Shelf, port: u16) -> (Running, u16) {
    let (own, _) = domain.node("arr.example");
    let repository = store.repository(own);
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let stop = CancellationToken::new();
    let token = stop.clone();
    let task = tokio::spawn(async move { repository.serve_tls(listener, token).await });
    (Running { stop, task }, port)
}

async fn record(node: &SecureNode, ids: std::ops::Range<u32>) {
    for id in ids {
        node.record(event(&format!("{id}^^^&1.2.3&ISO")).into_message())
            .await
            .expect("recorded");
    }
}

async fn patients(store: &Shelf) -> Vec<String> {
    let found = store.all().await;
    let patient = |record: ihe_atna::StoredRecord| record.summary.expect("readable").patients;
    found.into_iter().flat_map(patient).collect()
}

fn expected(ids: std::ops::Range<u32>) -> Vec<String> {
    ids.map(|id| format!("{id}^^^&1.2.3&ISO")).collect()
}

/// A free port on which nobody listens.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    listener.local_addr().expect("address").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_records_arrive_once_and_in_order() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let (running, port) = repository(&domain, &store, 0).await;
    let node = node(&domain, dir.path(), &[port], quick());
    record(&node, 0..300).await;
    node.drain(SOON).await.expect("drained");
    assert_eq!(patients(&store).await, expected(0..300));
    let status = node.spool_status();
    assert_eq!((status.depth, status.sent, status.quarantined), (0, 300, 0));
    assert_eq!(status.oldest_age, None);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_an_absent_repository_gets_everything_later() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let port = free_port().await;
    let node = node(&domain, dir.path(), &[port], quick());
    record(&node, 0..20).await;
    assert!(matches!(
        node.drain(Duration::from_millis(200)).await,
        Err(AuditError::NotDrained)
    ));
    let status = node.spool_status();
    assert_eq!(status.depth, 20);
    assert!(status.oldest_age.expect("there is one") >= Duration::from_millis(150));
    let (running, _) = repository(&domain, &store, port).await;
    node.drain(SOON).await.expect("drained");
    assert_eq!(patients(&store).await, expected(0..20));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_restarted_node_sends_what_the_last_one_could_not() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let port = free_port().await;
    let first = node(&domain, dir.path(), &[port], quick());
    record(&first, 0..10).await;
    drop(first);
    let (running, _) = repository(&domain, &store, port).await;
    let second = node(&domain, dir.path(), &[port], quick());
    record(&second, 10..20).await;
    second.drain(SOON).await.expect("drained");
    assert_eq!(patients(&store).await, expected(0..20));
    drop(second);
    let third = node(&domain, dir.path(), &[port], quick());
    assert_eq!(third.spool_status().depth, 0, "the cursor was kept");
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_broken_repository_loses_nothing_and_keeps_no_repeats() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let (mut running, port) = repository(&domain, &store, 0).await;
    let node = Arc::new(node(&domain, dir.path(), &[port], quick()));
    let writer = tokio::spawn({
        let node = node.clone();
        async move {
            for id in 0..600 {
                record(&node, id..id + 1).await;
                if id % 10 == 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    });
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        running.end().await;
        // A new repository over the same store: it knows repeats from what is stored.
        running = repository(&domain, &store, port).await.0;
    }
    writer.await.expect("written");
    node.drain(SOON).await.expect("drained");
    let mut found = patients(&store).await;
    found.sort_by_key(|id| id.split('^').next().and_then(|id| id.parse::<u32>().ok()));
    assert_eq!(found, expected(0..600));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_what_an_unclean_close_swallowed_is_sent_again() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let (black_hole, _) = domain.node("arr.example");
    let node = node(&domain, dir.path(), &[port], quick());
    record(&node, 0..5).await;
    let (tcp, _) = listener.accept().await.expect("accepted");
    let (stream, _) = black_hole.accept(tcp).await.expect("handshake");
    while node.spool_status().depth > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop((stream, listener));
    let (running, _) = repository(&domain, &store, port).await;
    node.drain(SOON).await.expect("drained");
    assert_eq!(patients(&store).await, expected(0..5));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_each_destination_has_its_own_cursor() {
    let domain = Domain::new("domain");
    let (near, far) = (Shelf::new(), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let (first, port) = repository(&domain, &near, 0).await;
    let absent = free_port().await;
    let node = node(&domain, dir.path(), &[port, absent], quick());
    record(&node, 0..8).await;
    near.wait_for(8).await;
    assert_eq!(node.spool_status().depth, 8, "the slowest counts");
    let (second, _) = repository(&domain, &far, absent).await;
    node.drain(SOON).await.expect("drained");
    assert_eq!(patients(&near).await, expected(0..8));
    assert_eq!(patients(&far).await, expected(0..8));
    first.end().await;
    second.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_009_a_repository_that_refuses_our_certificate_keeps_the_records_here() {
    let (domain, stranger) = (Domain::new("domain"), Domain::new("stranger"));
    let store = Shelf::new();
    let dir = tempfile::tempdir().expect("directory");
    let (running, port) = repository(&domain, &store, 0).await;
    let spool = Spool::open(dir.path(), [SyslogTls::to(format!("127.0.0.1:{port}"))]);
    let spool = spool.expect("spool").with_limits(quick());
    let node = SecureNode::new(stranger.member("node.example"), domain.anchors(), spool);
    let node = node.expect("node");
    record(&node, 0..3).await;
    assert!(matches!(
        node.drain(Duration::from_millis(500)).await,
        Err(AuditError::NotDrained)
    ));
    assert_eq!(store.end(), 0);
    drop(node);
    let node = self::node(&domain, dir.path(), &[port], quick());
    node.drain(SOON).await.expect("drained");
    assert_eq!(patients(&store).await, expected(0..3));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_full_spool_blocks_and_takes_again_when_it_was_sent() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let port = free_port().await;
    let small = SpoolLimits {
        total: 20_000,
        segment: 4_000,
        ..quick()
    };
    let node = node(&domain, dir.path(), &[port], small);
    let mut taken = 0;
    let refused = loop {
        match node
            .record(event(&format!("{taken}^^^&1.2.3&ISO")).into_message())
            .await
        {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, AuditError::Block), "{refused:?}");
    assert!((5..20).contains(&taken), "{taken} records of about 1.5 KB");
    assert!(node.spool_status().bytes <= 20_000);
    let (running, _) = repository(&domain, &store, port).await;
    node.drain(SOON).await.expect("drained");
    while node.spool_status().bytes > 10_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    record(&node, taken..taken + 1).await;
    node.drain(SOON).await.expect("drained");
    assert_eq!(patients(&store).await, expected(0..taken + 1));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_torn_tail_is_set_aside_and_the_rest_is_sent() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let port = free_port().await;
    let first = node(&domain, dir.path(), &[port], quick());
    record(&first, 0..4).await;
    drop(first);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let segment = dir.path().join(format!("{:020}.log", 1));
    let length = std::fs::metadata(&segment).expect("there").len();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&segment)
        .expect("opened");
    file.set_len(length - 7).expect("torn");
    let (running, _) = repository(&domain, &store, port).await;
    let second = node(&domain, dir.path(), &[port], quick());
    record(&second, 9..10).await;
    second.drain(SOON).await.expect("drained");
    let mut rest = expected(0..3);
    rest.extend(expected(9..10));
    assert_eq!(patients(&store).await, rest);
    assert_eq!(second.spool_status().quarantined, 1);
    assert_eq!(
        std::fs::read_dir(dir.path().join("quarantine"))
            .expect("folder")
            .count(),
        1
    );
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_in_use_is_not_opened_twice() {
    let dir = tempfile::tempdir().expect("directory");
    let first = Spool::open(dir.path(), []).expect("opened");
    let second = Spool::open(dir.path(), []).expect_err("locked");
    assert_eq!(second.kind(), std::io::ErrorKind::ResourceBusy);
    drop(first);
    Spool::open(
        dir.path(),
        [SyslogTls::to("[::1]:6514"), SyslogTls::to("arr.example")],
    )
    .expect("opened");
    let wrong = Spool::open(dir.path(), [SyslogTls::to("arr.example:door")]);
    assert_eq!(
        wrong.expect_err("no port").kind(),
        std::io::ErrorKind::InvalidInput
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_plain_node_still_audits_over_tls() {
    let (domain, store) = (Domain::new("domain"), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let (running, port) = repository(&domain, &store, 0).await;
    let spool = Spool::open(dir.path(), [SyslogTls::to(format!("127.0.0.1:{port}"))]);
    let node = SecureNode::dangerous()
        .plain(
            domain.member("node.example"),
            domain.anchors(),
            spool.expect("spool"),
        )
        .expect("node");
    assert!(node.is_plain());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let plain_port = listener.local_addr().expect("address").port();
    let client = TcpStream::connect(("127.0.0.1", plain_port))
        .await
        .expect("connected");
    let (tcp, _) = listener.accept().await.expect("accepted");
    let (stream, peer) = node.accept(tcp).await.expect("plain");
    assert!(matches!(stream, ihe_atna::Stream::Plain(_)));
    assert_eq!(peer.address, client.local_addr().expect("address"));
    record(&node, 0..1).await;
    node.drain(SOON).await.expect("drained");
    assert_eq!(patients(&store).await, expected(0..1));
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_009_a_repository_we_do_not_trust_gets_nothing_and_is_recorded_once() {
    let (domain, stranger) = (Domain::new("domain"), Domain::new("stranger"));
    let (false_store, store) = (Shelf::new(), Shelf::new());
    let dir = tempfile::tempdir().expect("directory");
    let (running, port) = repository(&stranger, &false_store, 0).await;
    let node = node(&domain, dir.path(), &[port], quick());
    record(&node, 0..2).await;
    assert!(matches!(
        node.drain(Duration::from_millis(500)).await,
        Err(AuditError::NotDrained)
    ));
    assert_eq!(false_store.end(), 0);
    running.end().await;
    let (running, _) = repository(&domain, &store, port).await;
    node.drain(SOON).await.expect("drained");
    let alerts = ihe_atna::Search {
        event: Some("110126".to_owned()),
        ..ihe_atna::Search::default()
    };
    let found = store.find(alerts).await;
    let summary = found[0].summary.clone().expect("readable");
    assert_eq!(
        (summary.source_id.as_str(), summary.outcome),
        ("audit-spool", 8)
    );
    assert_eq!(found.len(), 1);
    assert_eq!(store.end(), 3);
    running.end().await;
}
