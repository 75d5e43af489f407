//! ITI-20 the spool against kill -9: what was answered with `Ok` is sent by the next process.

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{Domain, Shelf, event};
use ihe_atna::{SecureNode, Spool, SpoolLimits, SyslogTls};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const CHILD: &str = "IHE_ATNA_TEST_SPOOL";

fn node(domain: &Domain, dir: &Path, port: u16) -> SecureNode {
    let limits = SpoolLimits {
        retry_first: Duration::from_millis(20),
        retry_longest: Duration::from_millis(100),
        segment: 20_000,
        ..SpoolLimits::default()
    };
    let to = SyslogTls::to(format!("127.0.0.1:{port}"));
    let spool = Spool::open(dir, [to]).expect("spool").with_limits(limits);
    SecureNode::new(domain.member("node.example"), domain.anchors(), spool).expect("node")
}

/// Does nothing on its own: the test below runs it in a process of its own, and kills that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_records_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else {
        return;
    };
    let node = node(&Domain::new("child"), Path::new(&dir), 1);
    let mut out = std::io::stdout();
    for id in 0.. {
        node.record(event(&format!("{id}")).into_message())
            .await
            .expect("recorded");
        writeln!(out, "ACK {id}").expect("written");
        out.flush().expect("flushed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_records_answered_before_kill_9_are_sent_by_the_next_process() {
    let dir = tempfile::tempdir().expect("directory");
    let mut acknowledged = 0;
    for _ in 0..3 {
        acknowledged += run_and_kill(dir.path(), 120);
    }
    let domain = Domain::new("domain");
    let store = Shelf::new();
    let (own, _) = domain.node("arr.example");
    let repository = store.repository(own);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let stop = CancellationToken::new();
    let token = stop.clone();
    let serving = tokio::spawn(async move { repository.serve_tls(listener, token).await });
    let node = node(&domain, dir.path(), port);
    node.drain(Duration::from_secs(20)).await.expect("drained");
    let found = store.all().await;
    let raw = store.raw().await;
    let whole: BTreeSet<Vec<u8>> = raw.into_iter().collect();
    assert_eq!(whole.len(), found.len(), "no repeats");
    assert!(
        found.iter().all(|record| record.summary.is_some()),
        "each is whole"
    );
    assert!(
        found.len() >= acknowledged,
        "{} of {acknowledged}",
        found.len()
    );
    for id in 0..120 {
        let id = id.to_string();
        let times = found.iter().filter(|one| {
            one.summary
                .as_ref()
                .is_some_and(|summary| summary.patients.contains(&id))
        });
        assert_eq!(
            times.count(),
            3,
            "record {id} of each of the three processes"
        );
    }
    stop.cancel();
    serving.await.expect("joined").expect("served");
}

/// Lets a child record until it acknowledged so many, kills it, and counts.
fn run_and_kill(dir: &Path, least: usize) -> usize {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args(["--exact", "child_records_until_it_is_killed", "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut acknowledged = 0;
    for line in lines {
        acknowledged += usize::from(line.expect("read").contains("ACK "));
        if acknowledged == least {
            child.kill().expect("killed");
        }
    }
    child.wait().expect("ended");
    assert!(acknowledged >= least);
    acknowledged
}
