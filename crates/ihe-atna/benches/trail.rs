//! The trail of the Audit Record Repository: appending durably, verifying, proving.
//!
//! `cargo bench -p ihe-atna --bench trail [-- --records 1000000]`, records of 1.8 KB. Beside appending
//! stands its limit, a bare write and fdatasync of the same batches; beside verifying, SHA-256 of the same
//! bytes on the same number of cores. All in turns in one run; medians. `TMPDIR` says on which disk.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use ihe_atna::{ReceivedRecord, Trail, TrailKey, TrailLimits, TrailSigner, verify};
use sha2::Digest;

const ROUNDS: usize = 5;
const BYTES: usize = 1800;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("verify-alone") => verify_alone(&arguments[2], &arguments[3]),
        _ => measure(&arguments),
    }
}

fn measure(arguments: &[String]) {
    let asked = arguments
        .iter()
        .skip_while(|one| *one != "--records")
        .nth(1);
    let records = asked
        .and_then(|number| number.parse().ok())
        .unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("append, {BYTES} bytes each: records/s (per CPU second), limit, ratio");
    for (callers, batch) in [
        (1, 1),
        (1, 16),
        (1, 512),
        (8, 1),
        (8, 16),
        (8, 64),
        (8, 512),
    ] {
        append(&runtime, callers, batch);
    }
    hashes();
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("trail");
    let (signer, _) = TrailSigner::generate().expect("a key");
    let trail = Trail::open(&dir, signer.clone(), TrailLimits::default()).expect("opens");
    let start = Instant::now();
    runtime.block_on(fill(&trail, records));
    let taken = start.elapsed();
    println!(
        "a trail of {records} records, {:.0} records/s",
        records as f64 / taken.as_secs_f64()
    );
    reading(&runtime, &trail, records);
    verifying(folder.path(), &dir, &signer, records);
    proving(&runtime, &trail, records);
    drop(trail);
    let start = Instant::now();
    let trail = Trail::open(&dir, signer, TrailLimits::default()).expect("opens");
    println!("opening it: {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    runtime.block_on(trail.close()).expect("closed");
}

fn record(number: u64) -> ReceivedRecord {
    let mut record = ReceivedRecord::new("10.1.2.3:6514", Vec::new());
    let mut raw = format!("<85>1 - host.example app 1 IHE+RFC-3881 - {number} ").into_bytes();
    raw.resize(BYTES, b'x');
    record.raw = raw;
    record
}

fn batches(count: usize, batch: usize) -> Vec<Vec<ReceivedRecord>> {
    let one = |at: usize| {
        (0..batch)
            .map(|number| record((at * batch + number) as u64))
            .collect()
    };
    (0..count).map(one).collect()
}

fn append(runtime: &tokio::runtime::Runtime, callers: usize, batch: usize) {
    let count = (40_000 / batch).clamp(24, 1000) / callers;
    let (mut ours, mut cpu, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().expect("a folder");
        let total = (count * callers * batch) as f64;
        limits.push(total / limit(folder.path(), count, callers * batch).as_secs_f64());
        let (signer, _) = TrailSigner::generate().expect("a key");
        let dir = folder.path().join("trail");
        let trail = Trail::open(dir, signer, TrailLimits::default()).expect("opens");
        let work: Vec<_> = (0..callers).map(|_| batches(count, batch)).collect();
        let (start, before) = (Instant::now(), cpu_time());
        runtime.block_on(async {
            let tasks = work.into_iter().map(|work| {
                let trail = trail.clone();
                tokio::spawn(async move {
                    for batch in work {
                        trail.append(batch).await.expect("appended");
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.expect("joined");
            }
        });
        ours.push(total / start.elapsed().as_secs_f64());
        cpu.push(total / (cpu_time() - before).as_secs_f64().max(0.001));
    }
    let (ours, cpu, limit) = (median(ours), median(cpu), median(limits));
    println!(
        "  {callers} callers, {batch} a batch: {ours:.0} ({cpu:.0}), {limit:.0}, {:.2}",
        ours / limit
    );
}

/// Each group of batches in one write and one fdatasync, nothing else.
fn limit(dir: &Path, count: usize, group: usize) -> Duration {
    let mut file = File::create(dir.join("limit")).expect("made");
    let bytes = vec![b'x'; group * BYTES];
    let start = Instant::now();
    for _ in 0..count {
        file.write_all(&bytes).expect("written");
        file.sync_data().expect("synced");
    }
    start.elapsed()
}

/// CPU time of this process, in steps of 10 ms.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks = after.split_ascii_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|one| one.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The crate that was chosen beside the fastest one at hand.
fn hashes() {
    let bytes = vec![7; BYTES];
    let (mut ours, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(rate(|| {
            black_box(sha2::Sha256::digest(black_box(&bytes)));
        }));
        other.push(rate(|| {
            black_box(digest::digest(&digest::SHA256, black_box(&bytes)));
        }));
    }
    let (ours, other) = (median(ours), median(other));
    println!("SHA-256 of {BYTES} bytes on one core: sha2 {ours:.0}/s, aws-lc-rs {other:.0}/s");
}

fn rate(mut work: impl FnMut()) -> f64 {
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_millis(300) {
        (0..100).for_each(|_| work());
        count += 100;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

async fn fill(trail: &Trail, records: u64) {
    let mut next = 1;
    while next <= records {
        let end = (next + 511).min(records);
        trail
            .append((next..=end).map(record).collect())
            .await
            .expect("appended");
        next = end + 1;
    }
    trail.checkpoint().await.expect("signed");
}

fn reading(runtime: &tokio::runtime::Runtime, trail: &Trail, records: u64) {
    let start = Instant::now();
    let mut next = 1;
    while next <= records {
        let page = runtime.block_on(trail.read(next, 512)).expect("read");
        next = page.last().expect("records").sequence + 1;
    }
    let all = records as f64 / start.elapsed().as_secs_f64();
    let start = Instant::now();
    for number in 0..1000 {
        let sequence = 1 + number * 7919 % records;
        runtime.block_on(trail.read(sequence, 1)).expect("read");
    }
    let one = start.elapsed().as_secs_f64() * 1e3;
    println!("read in order, 512 at a time: {all:.0} records/s; one anywhere: {one:.0} us");
}

/// In a process of its own, so that its memory can be told.
fn verifying(folder: &Path, dir: &Path, signer: &TrailSigner, records: u64) {
    let pem = folder.join("key.pem");
    std::fs::write(&pem, signer.key().expect("a key").to_pem()).expect("written");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut ours, mut limits, mut memory) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..3 {
        let start = Instant::now();
        sha_of_all(records, cores);
        limits.push(records as f64 / start.elapsed().as_secs_f64());
        let alone = Command::new(std::env::current_exe().expect("this program"))
            .arg("verify-alone")
            .args([dir, &pem])
            .output()
            .expect("verified");
        let said = String::from_utf8_lossy(&alone.stdout).into_owned();
        let (seconds, used) = said.trim().split_once(' ').expect("seconds and memory");
        ours.push(records as f64 / seconds.parse::<f64>().expect("seconds"));
        memory = used.to_owned();
    }
    let (ours, limit) = (median(ours), median(limits));
    println!(
        "verify: {ours:.0} records/s, limit on {cores} cores {limit:.0}, {:.2}; {memory} resident at most",
        ours / limit
    );
}

/// As many SHA-256 values of records as there are, side by side.
fn sha_of_all(records: u64, cores: usize) {
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let bytes = vec![7; BYTES + 28];
                for _ in 0..records / cores as u64 {
                    black_box(sha2::Sha256::digest(black_box(&bytes)));
                }
            });
        }
    });
}

fn verify_alone(dir: &str, pem: &str) {
    let key = TrailKey::from_pem(&std::fs::read_to_string(pem).expect("read")).expect("a key");
    let start = Instant::now();
    let report = verify(dir, &key, None, |_, _| {}).expect("verified");
    let taken = start.elapsed().as_secs_f64();
    assert!(report.is_sound(), "{report}");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{taken} {}", peak.unwrap_or("unknown").trim());
}

fn proving(runtime: &tokio::runtime::Runtime, trail: &Trail, records: u64) {
    let checkpoint = runtime.block_on(trail.checkpoint()).expect("signed");
    let mut times = Vec::new();
    let mut length = 0;
    for number in 0..200 {
        let sequence = 1 + number * 7919 % records;
        let start = Instant::now();
        let proven = runtime.block_on(trail.prove(sequence, &checkpoint));
        times.push(start.elapsed().as_secs_f64() * 1e3);
        length = proven.expect("proven").0.to_string().len().max(length);
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    println!(
        "proof of one among {records}: {:.2} ms, at most {most:.2} ms; {length} bytes",
        median(times)
    );
}
