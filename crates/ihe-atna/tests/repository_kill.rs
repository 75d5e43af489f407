//! ITI-20 the repository against kill -9 under load: what our sender sent is what is stored, once.

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Domain, event};
use ihe_atna::{
    AuditRecordRepository, Identity, MemoryStore, RepositoryLimits, SecureNode, Spool, SpoolLimits,
    SyslogTls, Trail, TrailLimits, TrailSigner, TrustAnchors, verify,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const CHILD: &str = "IHE_ATNA_TEST_REPOSITORY";
const KILLS: u32 = 20;

/// Does nothing on its own: the test below runs it in a process of its own, and kills that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_serves_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else {
        return;
    };
    let dir = Path::new(&dir);
    let file = |name: &str| std::fs::read_to_string(dir.join(name)).expect("read");
    let identity = Identity::from_pem(&file("node.pem"), &file("node.key")).expect("identity");
    let anchors = TrustAnchors::from_pem(&file("ca.pem")).expect("anchors");
    let node = SecureNode::dangerous().without_audit(identity, anchors);
    let signer = TrailSigner::from_pem(&file("trail.key")).expect("key");
    let trail = Trail::open(dir.join("trail"), signer, TrailLimits::default()).expect("trail");
    let limits = RepositoryLimits::default();
    let repository =
        AuditRecordRepository::new(node.expect("node"), trail, MemoryStore::new(), limits);
    let port: u16 = file("port").parse().expect("port");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("bound");
    println!("READY");
    let served = repository
        .serve_tls(listener, CancellationToken::new())
        .await;
    served.expect("served");
}

fn start(dir: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "child_serves_until_it_is_killed", "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let ready = lines.any(|line| line.expect("read").contains("READY"));
    assert!(ready, "the repository started");
    child
}

fn prepare(domain: &Domain, dir: &Path) -> (u16, TrailSigner) {
    let (pem, key) = domain.member_pem("arr.example");
    let (signer, signing) = TrailSigner::generate().expect("key");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = free.local_addr().expect("address").port();
    let port_text = port.to_string();
    let files = [
        ("node.pem", &pem),
        ("node.key", &key),
        ("ca.pem", &domain.pem),
        ("trail.key", &signing),
        ("port", &port_text),
    ];
    for (name, text) in files {
        std::fs::write(dir.join(name), text).expect("written");
    }
    (port, signer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "kills twenty processes, takes a minute"]
async fn atna_r_025_nothing_is_lost_or_doubled_when_the_repository_is_killed_twenty_times() {
    let (domain, dir) = (
        Domain::new("domain"),
        tempfile::tempdir().expect("directory"),
    );
    let (port, signer) = prepare(&domain, dir.path());
    let limits = SpoolLimits {
        retry_first: Duration::from_millis(20),
        retry_longest: Duration::from_millis(100),
        ..SpoolLimits::default()
    };
    let to = SyslogTls::to(format!("127.0.0.1:{port}"));
    let spool = Spool::open(dir.path().join("spool"), [to])
        .expect("spool")
        .with_limits(limits);
    let node = SecureNode::new(domain.member("sender.example"), domain.anchors(), spool);
    let node = node.expect("node");
    let stop = CancellationToken::new();
    let (recording, stopped) = (node.clone(), stop.clone());
    let recorder = tokio::spawn(async move {
        let mut sent = 0_u64;
        while !stopped.is_cancelled() {
            let message = event(&format!("{sent}")).into_message();
            recording.record(message).await.expect("recorded");
            sent += 1;
            if sent.is_multiple_of(20) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        sent
    });
    for round in 0..KILLS {
        let mut child = start(dir.path());
        tokio::time::sleep(Duration::from_millis(300 + u64::from(round) * 13)).await;
        child.kill().expect("killed");
        child.wait().expect("ended");
        // Down for a while, and records go on.
        tokio::time::sleep(Duration::from_millis(u64::from(round % 4) * 100)).await;
    }
    stop.cancel();
    let sent = recorder.await.expect("recorded");
    let mut child = start(dir.path());
    node.drain(Duration::from_secs(120)).await.expect("drained");
    child.kill().expect("killed");
    child.wait().expect("ended");
    let key = signer.key().expect("key");
    let report = verify(dir.path().join("trail"), &key, None, |_, _| {}).expect("verified");
    assert!(report.is_sound(), "{report}");
    assert_stored(dir.path(), signer, sent).await;
}

async fn assert_stored(dir: &Path, signer: TrailSigner, sent: u64) {
    let trail = Trail::open(dir.join("trail"), signer, TrailLimits::default()).expect("trail");
    let end = *trail.end().borrow();
    let (mut next, mut seen) = (1, BTreeSet::new());
    while next <= end {
        for kept in trail.read(next, 10_000).await.expect("read") {
            seen.insert(kept.record.raw);
            next = kept.sequence + 1;
        }
    }
    println!("{sent} sent, {end} stored over {KILLS} kills");
    assert_eq!(seen.len() as u64, end, "none twice");
    assert_eq!(end, sent, "none lost");
}
