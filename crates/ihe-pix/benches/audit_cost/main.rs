//! What an audit record adds to a PIX query: one manager that records into a spool on disk, one
//! whose node records nowhere, the same people and queries, rounds in turn.
//!
//! `cargo bench -p ihe-pix --bench audit_cost [-- --rounds 15]`

#[path = "../identities/people.rs"]
#[allow(dead_code, reason = "shared with the bench of the stores")]
mod people;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use hl7v2::charset::Charset;
use hl7v2::datatype::Hd;
use hl7v2::mllp::{Limits, Matching, Pipeline};
use ihe_atna::{Identity, Peer, SecureNode, Spool, SpoolLimits, TrustAnchors};
use ihe_pix::iti8::{self, Ends, Feed};
use ihe_pix::{PixManager, SqliteStore, iti9};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const DOMAINS: [&str; 3] = ["1.2.3.4.1000", "1.2.3.4.2000", "1.2.3.4.3000"];
const PEOPLE: u64 = 5_000;
const QUERIES: u64 = 4_000;

type Manager = Arc<PixManager<SqliteStore>>;

async fn manager(folder: &Path, audited: bool) -> Manager {
    std::fs::create_dir_all(folder).expect("a folder");
    let store = SqliteStore::open(folder.join("identities.db")).await;
    let manager = PixManager::new(node(folder, audited), store.expect("opens"));
    let manager = DOMAINS.iter().fold(manager, |manager, domain| {
        manager.with_domain(Hd::oid(domain))
    });
    let peer = Peer::unknown(([127, 0, 0, 1], 1).into());
    for number in 0..3 * PEOPLE {
        let (person, domain) = people::fed(number, PEOPLE);
        let feed = Feed::register(people::record(person, domain));
        let bytes = iti8::encode(&feed, &Ends::default(), Charset::Utf8, "2.3.1");
        manager.handle(&peer, bytes.expect("encodes")).await;
    }
    Arc::new(manager)
}

fn node(folder: &Path, audited: bool) -> SecureNode {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let identity = Identity::from_pem(&certificate, &key.serialize_pem()).expect("an identity");
    let anchors = TrustAnchors::from_pem(&certificate).expect("anchors");
    if !audited {
        // The queries' connection is plain either way: `with_sink` of a sink that drops all.
        let sink = Arc::new(Nothing);
        return SecureNode::dangerous()
            .with_sink(identity, anchors, true, sink)
            .expect("a node");
    }
    let limits = SpoolLimits {
        total: 8 << 30,
        ..SpoolLimits::default()
    };
    let spool = Spool::open(folder.join("spool"), []).expect("a spool");
    let node = SecureNode::dangerous().plain(identity, anchors, spool.with_limits(limits));
    node.expect("a node")
}

/// Keeps nothing, at once.
struct Nothing;

impl ihe_atna::AuditSink for Nothing {
    fn record(&self, _: ihe_atna::AuditMessage) -> ihe_atna::BoxedRecord<'_> {
        Box::pin(async { Ok(()) })
    }
}

fn query(number: u64) -> Vec<u8> {
    let person = people::mixed(number) % PEOPLE;
    let query = iti9::Query::new(people::id(person, number as usize % 3));
    iti9::encode(&query, &Ends::default(), Charset::Utf8).expect("encodes")
}

/// Microseconds a query at `handle`, one after the other.
async fn handled(manager: &Manager) -> f64 {
    let peer = Peer::unknown(([127, 0, 0, 1], 1).into());
    let queries: Vec<_> = (0..QUERIES).map(query).collect();
    let begun = Instant::now();
    for bytes in queries {
        let answer = manager.handle(&peer, bytes).await;
        assert!(answer.windows(7).any(|seven| seven == b"\rMSA|AA"));
    }
    begun.elapsed().as_micros() as f64 / QUERIES as f64
}

async fn line(manager: &Manager, in_flight: usize) -> Arc<Pipeline> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(manager.clone().serve_on(listener, CancellationToken::new()));
    let stream = TcpStream::connect(address).await.expect("connects");
    stream.set_nodelay(true).expect("no delay");
    let limits = Limits {
        in_flight,
        ..Limits::default()
    };
    Arc::new(Pipeline::open(stream, limits, Matching::Order))
}

/// Microseconds a query over the wire, so many in flight.
async fn over_the_wire(line: &Arc<Pipeline>, in_flight: u64) -> f64 {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..in_flight)
        .map(|first| {
            let line = line.clone();
            tokio::spawn(async move {
                for number in (first..QUERIES).step_by(in_flight as usize) {
                    line.exchange(query(number)).await.expect("answered");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    begun.elapsed().as_micros() as f64 / QUERIES as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds");
    let rounds = arguments.nth(1).and_then(|number| number.parse().ok());
    let folder = tempfile::tempdir().expect("a folder");
    let managers = [
        manager(&folder.path().join("audited"), true).await,
        manager(&folder.path().join("silent"), false).await,
    ];
    let mut lines = Vec::new();
    for manager in &managers {
        lines.push((line(manager, 1).await, line(manager, 32).await));
    }
    let mut times: [[Vec<f64>; 3]; 2] = Default::default();
    for _ in 0..rounds.unwrap_or(15) {
        for (which, times) in times.iter_mut().enumerate() {
            times[0].push(handled(&managers[which]).await);
            times[1].push(over_the_wire(&lines[which].0, 1).await);
            times[2].push(over_the_wire(&lines[which].1, 32).await);
        }
    }
    let [audited, silent] = times.map(|kinds| kinds.map(median));
    println!("PIX query: us audited, us not, added");
    for (index, what) in [
        "at handle",
        "over the wire, ping-pong",
        "over the wire, 32 in flight",
    ]
    .into_iter()
    .enumerate()
    {
        let (with, without) = (audited[index], silent[index]);
        println!(
            "{what}: {with:.1}, {without:.1}, {:.1} %",
            (with / without - 1.0) * 100.0
        );
    }
}
