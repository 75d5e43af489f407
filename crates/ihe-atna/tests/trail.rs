//! ITI-20 the trail against kill -9, a full disk and a disk that is slow to sync: what was answered with
//! `Ok` is there, and the trail verifies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ihe_atna::{Filed, ReceivedRecord, Trail, TrailLimits, TrailSigner, verify};

const DIR: &str = "IHE_ATNA_TEST_TRAIL";
const LAST: &str = "IHE_ATNA_TEST_TRAIL_LAST";

fn limits() -> TrailLimits {
    TrailLimits {
        segment: 300 << 10,
        checkpoint_records: 50,
        ..TrailLimits::default()
    }
}

/// The same key each time, beside the trail.
fn signer(dir: &Path) -> TrailSigner {
    let path = dir.with_extension("pem");
    if !path.exists() {
        let (_, pem) = TrailSigner::generate().expect("a key");
        std::fs::write(&path, pem).expect("written");
    }
    TrailSigner::from_pem_file(path).expect("a signer")
}

fn open(dir: &Path) -> Trail {
    Trail::open(dir, signer(dir), limits()).expect("opens")
}

fn message(name: &str) -> Vec<u8> {
    format!("<85>1 {name} {}", "x".repeat(500)).into_bytes()
}

fn name_of(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    text.split(' ').nth(1).expect("a name").to_owned()
}

/// Does nothing on its own: the tests below run it in a process of its own. Four callers append
/// batches of one to three records, and say `ACK first last name` or `FULL`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_appends_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let enough = std::env::var(LAST).map_or(u64::MAX, |last| last.parse().expect("a number"));
    let trail = open(Path::new(&dir));
    let mut callers = Vec::new();
    for caller in 0..4 {
        callers.push(tokio::spawn(call(trail.clone(), caller, enough)));
    }
    for caller in callers {
        caller.await.expect("joined");
    }
    trail.close().await.expect("closed");
}

async fn call(trail: Trail, caller: u64, enough: u64) {
    for number in 0..enough {
        let name = format!("{}-{caller}-{number}", std::process::id());
        let count = 1 + number % 3;
        let batch = vec![ReceivedRecord::new("10.0.0.1:6514", message(&name)); count as usize];
        let line = loop {
            match trail.append(batch.clone()).await {
                Ok(last) => break format!("ACK {} {last} {name}\n", last + 1 - count),
                Err(_) => {
                    say("FULL\n");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        say(&line);
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).expect("said");
    out.flush().expect("said");
}

fn child(mut command: Command, dir: &Path) -> Child {
    command.env(DIR, dir).stdout(Stdio::piped());
    command.stderr(Stdio::null()).spawn().expect("started")
}

fn this_program() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "child_appends_until_it_is_killed", "--nocapture"]);
    command
}

/// What was acknowledged: sequence and name.
type Acknowledged = BTreeMap<u64, String>;

fn note(line: &str, all: &mut Acknowledged) -> bool {
    // The test harness writes on the same line before the first one.
    let Some((_, line)) = line.split_once("ACK ") else {
        return false;
    };
    let mut parts = line.split(' ');
    let mut number = || parts.next().and_then(|one| one.parse::<u64>().ok());
    let (first, last) = (number().expect("first"), number().expect("last"));
    let name = parts.next().expect("a name");
    for sequence in first..=last {
        let before = all.insert(sequence, name.to_owned());
        assert_eq!(before, None, "record {sequence} was acknowledged twice");
    }
    true
}

async fn assert_all_there(dir: &Path, all: &Acknowledged) {
    let trail = open(dir);
    let (mut next, mut found) = (1, 0);
    loop {
        let page = trail.read(next, 1000).await.expect("read");
        let Some(last) = page.last() else { break };
        assert_eq!(page[0].sequence, next);
        next = last.sequence + 1;
        for one in &page {
            if let Some(name) = all.get(&one.sequence) {
                assert_eq!(&name_of(&one.record.raw), name);
                found += 1;
            }
        }
    }
    assert_eq!(found, all.len(), "every acknowledged record is there");
    trail.close().await.expect("closed");
}

#[tokio::test]
async fn every_acknowledged_record_is_there_after_twenty_times_kill_9_under_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("trail");
    let key = signer(&dir).key().expect("a key");
    let mut all = Acknowledged::new();
    let mut filed = None;
    for round in 0..20 {
        let mut child = child(this_program(), &dir);
        let mut left = 40 + round * 7;
        for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
            // What was said before the kill was acknowledged, also what is read after it.
            if note(&line.expect("read"), &mut all) {
                left -= 1;
                if left == 0 {
                    child.kill().expect("killed");
                }
            }
        }
        child.wait().expect("ended");
        let report = verify(&dir, &key, filed.as_ref(), |_, _| {}).expect("verified");
        assert!(report.is_sound(), "round {round}: {report}");
        assert!(round == 0 || matches!(report.filed, Filed::Proven(_)));
        filed = report.checkpoint;
    }
    assert_all_there(&dir, &all).await;
    let report = verify(&dir, &key, filed.as_ref(), |_, _| {}).expect("verified");
    assert!(report.is_sound() && report.torn == 0, "{report}");
    assert_eq!(
        report.unproven(),
        report.last - filed.expect("a checkpoint").sequence
    );
    println!("{} records acknowledged, {} kept", all.len(), report.last);
}

#[tokio::test]
#[ignore = "needs prlimit"]
async fn a_disk_that_is_full_refuses_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("trail");
    let key = signer(&dir).key().expect("a key");
    let program = std::env::current_exe().expect("this program");
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -S -f 200; exec \"$@\"", "sh"]);
    limited
        .arg(program)
        .args(["--exact", "child_appends_until_it_is_killed", "--nocapture"]);
    let mut child = child(limited, &dir);
    let (mut all, mut full, mut later) = (Acknowledged::new(), 0, 0);
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line.expect("read");
        if note(&line, &mut all) && full >= 20 {
            later += 1;
            if later == 500 {
                child.kill().expect("killed");
            }
        }
        full += u64::from(line == "FULL");
        if full == 20 && line == "FULL" {
            let report = verify(&dir, &key, None, |_, _| {}).expect("verified");
            assert!(report.is_sound() && report.last > 50, "{report}");
            let pid = child.id().to_string();
            let more = ["--pid", pid.as_str(), "--fsize=unlimited"];
            let status = Command::new("prlimit").args(more).status();
            assert!(
                status
                    .expect("NOT TESTED: prlimit is not installed")
                    .success()
            );
        }
    }
    child.wait().expect("ended");
    assert!(full >= 20 && later >= 500);
    let report = verify(&dir, &key, None, |_, _| {}).expect("verified");
    assert!(report.is_sound(), "{report}");
    // No hole and nothing twice: what was refused left nothing behind.
    let acknowledged: Vec<_> = all.keys().copied().collect();
    let gaps = acknowledged
        .windows(2)
        .filter(|pair| pair[1] != pair[0] + 1)
        .count();
    assert!(gaps <= 4, "only what the kill interrupted: {gaps}");
    assert_all_there(&dir, &all).await;
}

#[tokio::test]
#[ignore = "needs root to mount a small file system"]
async fn a_small_file_system_that_runs_full_refuses_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let mount = folder.path().join("small");
    std::fs::create_dir(&mount).expect("made");
    let path = mount.to_str().expect("a path");
    let args = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", path];
    let mounted = Command::new("mount").args(args).status();
    assert!(mounted.expect("NOT TESTED: no mount").success());
    let (refused, kept) = fill(&mount).await;
    let unmounted = Command::new("umount").arg(path).status();
    assert!(unmounted.expect("unmounted").success());
    assert!(refused > 5, "the disk was full");
    assert_eq!(kept, 0, "records too many or missing");
}

/// Appends until the disk is full, makes room, goes on; how often it was refused, and how many records
/// more or less than the acknowledged there are.
async fn fill(mount: &Path) -> (u32, i64) {
    std::fs::write(mount.join("filler"), vec![0; 1 << 20]).expect("written");
    let dir = mount.join("trail");
    let key = signer(&dir).key().expect("a key");
    let trail = open(&dir);
    let (mut acknowledged, mut refused) = (0_i64, 0);
    while refused < 10 {
        let batch = vec![ReceivedRecord::new("10.0.0.1:6514", message("m")); 20];
        match trail.append(batch).await {
            Ok(_) => acknowledged += 20,
            Err(_) => refused += 1,
        }
    }
    std::fs::remove_file(mount.join("filler")).expect("removed");
    for _ in 0..20 {
        let batch = vec![ReceivedRecord::new("10.0.0.1:6514", message("m")); 20];
        trail.append(batch).await.expect("there is room");
        acknowledged += 20;
    }
    trail.close().await.expect("closed");
    let report = verify(&dir, &key, None, |_, _| {}).expect("verified");
    assert!(report.is_sound(), "{report}");
    (refused, report.last as i64 - acknowledged)
}

#[test]
#[ignore = "needs strace"]
fn a_record_is_synced_before_it_is_acknowledged() {
    const EACH: u64 = 50;
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("trail");
    signer(&dir);
    let trace = folder.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-yy",
        "-s",
        "1000000",
        "-e",
        "trace=fsync,fdatasync,write",
        "-o",
    ]);
    strace
        .arg(&trace)
        .arg(std::env::current_exe().expect("this program"));
    strace.args(["--exact", "child_appends_until_it_is_killed", "--nocapture"]);
    strace
        .env(DIR, &dir)
        .env(LAST, EACH.to_string())
        .stdout(Stdio::null());
    let status = strace
        .status()
        .expect("NOT TESTED: strace is not installed");
    assert!(status.success());
    let trace = std::fs::read_to_string(trace).expect("strace wrote its trace");
    let lines: Vec<_> = trace.lines().collect();
    let synced = |line: &str| line.contains("fdatasync") && line.ends_with("= 0");
    for caller in 0..4 {
        for number in 0..EACH {
            let name = format!("-{caller}-{number}");
            let written = place(&lines, 0, &|line| {
                line.contains(".seg>") && has(line, &name)
            });
            let written = written.unwrap_or_else(|| panic!("{name} was never written"));
            let sync = place(&lines, written, &synced);
            let told = place(&lines, 0, &|line| line.contains("ACK ") && has(line, &name));
            assert!(
                sync.is_some() && sync < told,
                "{name}: {written} {sync:?} {told:?}"
            );
        }
    }
    let syncs = lines.iter().filter(|line| synced(line)).count();
    println!("{} batches acknowledged after {syncs} fdatasyncs", EACH * 4);
    assert!(syncs < 4 * EACH as usize, "callers share them");
}

fn place(lines: &[&str], from: usize, is: &dyn Fn(&str) -> bool) -> Option<usize> {
    let found = lines.iter().skip(from).position(|line| is(line));
    found.map(|found| from + found)
}

fn has(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let after = line.as_bytes().get(at + name.len());
        after.is_none_or(|byte| !byte.is_ascii_digit())
    })
}
