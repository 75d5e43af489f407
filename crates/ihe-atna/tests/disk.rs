//! ITI-20 the spool and the disk: what is written and synced when, and what happens when the disk
//! is full.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{Domain, event};
use ihe_atna::{AuditError, SecureNode, Spool, SpoolLimits, SpoolSync, SyslogTcp};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

const DIR: &str = "IHE_ATNA_TEST_SYNC_DIR";
const AT_ONCE: &str = "IHE_ATNA_TEST_SYNC_AT_ONCE";
const RECORDS: usize = 40;

fn open(dir: &Path, port: u16, limits: SpoolLimits) -> SecureNode {
    let domain = Domain::new("domain");
    let to = SyslogTcp::to(format!("127.0.0.1:{port}"));
    let spool = Spool::open(dir, []).expect("spool").with_limits(limits);
    let spool = spool.with_dangerous_tcp(to).expect("address");
    SecureNode::new(domain.member("node.example"), domain.anchors(), spool).expect("node")
}

/// Does nothing on its own: the tests below trace it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_records_and_says_so() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let mut limits = SpoolLimits::default();
    if std::env::var_os(AT_ONCE).is_some() {
        limits.sync = SpoolSync::AtOnce;
    }
    let node = open(Path::new(&dir), 9, limits);
    for id in 0..RECORDS {
        let kept = node.record(event(&format!("P{id}.")).into_message()).await;
        kept.expect("recorded");
        use std::io::Write;
        writeln!(std::io::stdout(), "ACK {id}.").expect("said");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
}

/// Times in seconds of a record's write(2), its answer, and of all fdatasyncs of segments.
struct Trace {
    written: Vec<f64>,
    answered: Vec<f64>,
    synced: Vec<f64>,
}

fn trace(at_once: bool) -> Trace {
    let dir = tempfile::tempdir().expect("directory");
    let file = dir.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-yy",
        "-ttt",
        "-s",
        "20000",
        "-e",
        "trace=write,fdatasync",
    ]);
    strace.args(["-e", "signal=none", "-o"]).arg(&file);
    strace.arg(std::env::current_exe().expect("this program"));
    strace.args(["--exact", "child_records_and_says_so", "--nocapture"]);
    strace.env(DIR, dir.path().join("spool"));
    if at_once {
        strace.env(AT_ONCE, "1");
    }
    let output = strace
        .output()
        .expect("NOT TESTED: strace is not installed");
    assert!(output.status.success());
    read(&std::fs::read_to_string(file).expect("strace wrote its trace"))
}

fn read(text: &str) -> Trace {
    let mut trace = Trace {
        written: vec![f64::MAX; RECORDS],
        answered: vec![f64::MAX; RECORDS],
        synced: Vec::new(),
    };
    let mut syncing: Vec<&str> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(thread), Some(time)) = (words.next(), words.next()) else {
            continue;
        };
        let time: f64 = time.parse().expect("a time");
        let log = line.contains(".log>");
        if line.contains(" fdatasync(") && log {
            match line.contains("<unfinished") {
                true => syncing.push(thread),
                false => trace.synced.push(time),
            }
        } else if line.contains("fdatasync resumed") && syncing.contains(&thread) {
            syncing.retain(|one| *one != thread);
            trace.synced.push(time);
        } else if line.contains(" write(") {
            for id in 0..RECORDS {
                if log && line.contains(&format!("\\\"P{id}.\\\"")) {
                    trace.written[id] = time;
                } else if line.contains(&format!("ACK {id}.")) {
                    trace.answered[id] = time;
                }
            }
        }
    }
    trace
}

#[test]
#[ignore = "needs strace"]
fn atna_r_025_a_record_is_written_before_its_answer_and_synced_within_100_ms() {
    let trace = trace(false);
    let mut delays = Vec::new();
    for id in 0..RECORDS {
        let (written, answered) = (trace.written[id], trace.answered[id]);
        assert!(written < answered, "record {id}");
        let synced = trace.synced.iter().find(|time| **time > written);
        delays.push(synced.expect("synced") - written);
    }
    // strace stops the process at each call, and a busy machine does so for longer: what is typical tells the interval.
    delays.sort_by(f64::total_cmp);
    assert!(
        delays[RECORDS / 2] < 0.15,
        "typically after {} s",
        delays[RECORDS / 2]
    );
    assert!(
        delays[RECORDS - 1] < 1.0,
        "at last after {} s",
        delays[RECORDS - 1]
    );
    let syncs = trace.synced.len();
    assert!(syncs < RECORDS / 2, "{syncs} syncs for {RECORDS} records");
}

#[test]
#[ignore = "needs strace"]
fn atna_r_025_a_record_synced_at_once_is_on_disk_before_its_answer() {
    let trace = trace(true);
    for id in 0..RECORDS {
        let (written, answered) = (trace.written[id], trace.answered[id]);
        let between = |time: &&f64| **time > written && **time < answered;
        assert!(
            trace.synced.iter().any(|time| between(&time)),
            "record {id}"
        );
    }
}

/// A small file system in memory.
struct Small(PathBuf);

impl Small {
    fn mount(dir: &Path, size: &str) -> Small {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(dir)
            .status();
        assert!(mounted.expect("mount").success(), "NOT TESTED: needs root");
        Small(dir.to_owned())
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let status = Command::new("mount")
            .args(["-o", &options])
            .arg(&self.0)
            .status();
        assert!(status.expect("mount").success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn small() -> SpoolLimits {
    SpoolLimits {
        segment: 64 << 10,
        retry_first: Duration::from_millis(20),
        retry_longest: Duration::from_millis(50),
        ..SpoolLimits::default()
    }
}

async fn record(node: &SecureNode, id: usize) -> Result<(), AuditError> {
    node.record(event(&format!("P{id}.")).into_message()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root"]
async fn atna_r_025_a_full_disk_refuses_loses_nothing_that_was_answered_and_goes_on() {
    let dir = tempfile::tempdir().expect("directory");
    let disk = Small::mount(dir.path(), "1m");
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = closed.local_addr().expect("address").port();
    drop(closed);
    let node = open(&dir.path().join("spool"), port, small());
    let room = node.reserve(3).expect("room");
    let mut taken = 0;
    let error = loop {
        match record(&node, taken).await {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, AuditError::Io(_)), "{error:?}");
    assert!(taken > 300, "{taken} records of 1.5 KB in 1 MB");
    let promised = (taken..taken + 3).map(|id| event(&format!("P{id}.")));
    room.record_events(promised)
        .await
        .expect("room was promised");
    drop(room);
    taken += 3;
    while record(&node, taken).await.is_ok() {
        taken += 1;
    }
    let refused = (0..1000).find_map(|_| node.reserve(50).err());
    assert!(
        refused.is_some(),
        "what the disk does not hold is not promised"
    );
    disk.remount("size=4m");
    record(&node, taken).await.expect("space again");
    taken += 1;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("bound");
    let receiver = tokio::spawn(async move {
        let mut found = String::new();
        while !found.contains(&format!("\"P{}.\"", taken - 1)) {
            let (mut stream, _) = listener.accept().await.expect("accepted");
            stream.read_to_string(&mut found).await.expect("read");
        }
        found
    });
    node.drain(Duration::from_secs(20)).await.expect("drained");
    let found = receiver.await.expect("received");
    for id in 0..taken {
        assert!(found.contains(&format!("\"P{id}.\"")), "record {id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root"]
async fn atna_r_025_a_read_only_directory_is_said_when_the_spool_is_opened() {
    let dir = tempfile::tempdir().expect("directory");
    let disk = Small::mount(dir.path(), "1m");
    disk.remount("ro");
    let error = Spool::open(dir.path().join("spool"), []).expect_err("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::ReadOnlyFilesystem);
}

/// Resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let digits = line.and_then(|line| line.split_ascii_whitespace().nth(1));
    digits
        .and_then(|digits| digits.parse().ok())
        .expect("a number")
}

/// Says that this process is the one whose memory is looked at.
const MEASURED: &str = "SPOOL_MEMORY_IS_MEASURED";

/// In a process of its own: the other tests of this program need memory as well.
#[test]
#[ignore = "needs a minute"]
fn atna_r_025_a_million_records_without_a_repository_keep_memory_flat() {
    let mut alone = Command::new(std::env::current_exe().expect("this program"));
    alone.args([
        "--exact",
        "--ignored",
        "--nocapture",
        "child_records_a_million",
    ]);
    let output = alone.env(MEASURED, "1").output().expect("started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("after 1,000,000"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the memory test"]
async fn child_records_a_million() {
    if std::env::var_os(MEASURED).is_none() {
        return;
    }
    let dir = tempfile::tempdir().expect("directory");
    let limits = SpoolLimits {
        total: 8 << 30,
        retry_longest: Duration::from_millis(200),
        ..SpoolLimits::default()
    };
    let node = open(dir.path(), 9, limits);
    for id in 0..20_000 {
        record(&node, id).await.expect("recorded");
    }
    let early = resident();
    for id in 0..980_000 {
        record(&node, id).await.expect("recorded");
    }
    let (late, status) = (resident(), node.spool_status());
    println!("{early} KiB after 20,000 records, {late} KiB after 1,000,000, {status:?}");
    assert_eq!(status.depth, 1_000_000);
    assert!(late < early + 4096, "{early} KiB grew to {late} KiB");
}
