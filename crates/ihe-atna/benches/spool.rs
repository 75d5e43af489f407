//! Records a second into the spool, by one and by sixteen callers, in both ways of syncing, against a
//! bare write(2) and a bare write + fdatasync of the same bytes, in one run.
//!
//! `cargo bench -p ihe-atna --bench spool [-- ROUNDS]`. The folder is made in the current directory's
//! file system (`TMPDIR` moves it). Rounds take turns; medians are printed.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use ihe_atna::{
    Action, AuditMessage, Identity, Outcome, Participant, ParticipantObject, SecureNode, Spool,
    SpoolLimits, SpoolSync, TransactionEvent, TrustAnchors, codes,
};

const PER_ROUND: usize = 8_000;
const SYNCED_PER_ROUND: usize = 1_500;

/// A PIX query about an invented patient.
fn message() -> AuditMessage {
    TransactionEvent {
        event_id: codes::EVENT_QUERY,
        action: Action::Execute,
        transaction: ("ITI-9", "PIX Query"),
        outcome: Outcome::Success,
        outcome_description: None,
        initiator_is_us: false,
        source: Participant::new("FACILITY|APPLICATION", "127.0.0.1", true),
        destination: Participant::new("HOSPITAL|MANAGER", "pix.example", false),
        human: None,
        purpose_of_use: None,
        objects: vec![
            ParticipantObject::patient("1234^^^&1.2.3&ISO"),
            ParticipantObject::query("ITI-9", "PIX Query", "Q1", &[b'Q'; 120]),
        ],
    }
    .into_message()
}

fn node(folder: &Path, sync: SpoolSync) -> SecureNode {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let identity = Identity::from_pem(&certificate, &key.serialize_pem()).expect("an identity");
    let anchors = TrustAnchors::from_pem(&certificate).expect("anchors");
    let limits = SpoolLimits {
        total: 8 << 30,
        sync,
        ..SpoolLimits::default()
    };
    let spool = Spool::open(folder, [])
        .expect("a spool")
        .with_limits(limits);
    SecureNode::new(identity, anchors, spool).expect("a node")
}

/// Records a second, and the time of the slowest hundredth.
async fn record(node: &SecureNode, callers: usize, count: usize) -> (f64, Duration) {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let node = node.clone();
            tokio::spawn(async move {
                let message = message();
                let mut times = Vec::new();
                for _ in 0..count / callers {
                    let message = message.clone();
                    let begun = Instant::now();
                    node.record(message).await.expect("recorded");
                    times.push(begun.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("ended"));
    }
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    times.sort_unstable();
    (rate, times[times.len() * 99 / 100])
}

/// The same bytes by nothing but system calls.
fn bare(folder: &Path, count: usize, sync: bool) -> (f64, Duration) {
    let bytes = vec![b'x'; message().to_xml().len() + 120];
    let file = folder.join("bare");
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)
        .expect("a file");
    let begun = Instant::now();
    let mut times = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        file.write_all(&bytes).expect("written");
        if sync {
            file.sync_data().expect("synced");
        }
        times.push(begun.elapsed());
    }
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    file.set_len(0).expect("emptied");
    times.sort_unstable();
    (rate, times[times.len() * 99 / 100])
}

/// What happens once, for the cost of each part.
fn parts() {
    let message = message();
    let time = |what: &str, work: &dyn Fn() -> usize| {
        let begun = Instant::now();
        let mut sum = 0;
        for _ in 0..20_000 {
            sum += work();
        }
        println!(
            "{what}: {:.2} us ({} bytes)",
            begun.elapsed().as_micros() as f64 / 2e4,
            sum / 20_000
        );
    };
    time("clone the message", &|| message.clone().objects.len());
    time("write it as XML", &|| message.to_xml().len());
}

fn median(mut values: Vec<(f64, Duration)>) -> (f64, Duration) {
    values.sort_by(|one, other| one.0.total_cmp(&other.0));
    values[values.len() / 2]
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let rounds = std::env::args()
        .filter_map(|one| one.parse().ok())
        .next()
        .unwrap_or(9);
    let folder = tempfile::tempdir_in(std::env::temp_dir()).expect("a folder");
    let within = SpoolSync::Within(Duration::from_millis(100));
    let soon = node(&folder.path().join("soon"), within);
    let at_once = node(&folder.path().join("at-once"), SpoolSync::AtOnce);
    parts();
    let mut found: [Vec<(f64, Duration)>; 6] = Default::default();
    for _ in 0..rounds {
        found[0].push(bare(folder.path(), PER_ROUND, false));
        found[1].push(record(&soon, 1, PER_ROUND).await);
        found[2].push(record(&soon, 16, PER_ROUND).await);
        found[3].push(bare(folder.path(), SYNCED_PER_ROUND, true));
        found[4].push(record(&at_once, 1, SYNCED_PER_ROUND).await);
        found[5].push(record(&at_once, 16, SYNCED_PER_ROUND).await);
    }
    let [write, soon_1, soon_16, synced, once_1, once_16] = found.map(median);
    println!("{rounds} rounds, medians: records a second, share of the limit, p99");
    for (what, (rate, p99), limit) in [
        ("limit: write(2)", write, write),
        ("record, synced within 100 ms, 1 caller", soon_1, write),
        ("record, synced within 100 ms, 16 callers", soon_16, write),
        ("limit: write(2) + fdatasync", synced, synced),
        ("record, synced at once, 1 caller", once_1, synced),
        ("record, synced at once, 16 callers", once_16, synced),
    ] {
        println!("{what}: {rate:.0}/s, {:.2}, {p99:.1?}", rate / limit.0);
    }
}
