//! A PIX Manager over MLLP, as a network meets it: feeds and queries over one and over many connections, with SQLite and the
//! audit spool on disk. Plain sockets on loopback; server and clients share the processors.
//!
//! `cargo bench -p ihe-pix --bench wire [-- --people 100000]`

#[path = "../identities/people.rs"]
#[allow(dead_code, reason = "shared with the bench of the stores")]
mod people;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hl7v2::charset::Charset;
use hl7v2::datatype::Hd;
use hl7v2::mllp::{Limits, Matching, Pipeline};
use ihe_atna::{Identity, SecureNode, Spool, SpoolLimits, SyslogTls, TrustAnchors};
use ihe_pix::iti8::{self, Ends, Feed};
use ihe_pix::{PixManager, SqliteStore, iti9};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const DOMAINS: [&str; 3] = ["1.2.3.4.1000", "1.2.3.4.2000", "1.2.3.4.3000"];

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--people");
    let asked = arguments.nth(1).and_then(|number| number.parse().ok());
    let people: u64 = asked.unwrap_or(40_000);
    let folder = tempfile::tempdir().expect("a folder");
    let address = serve(folder.path()).await;
    println!(
        "{people} people in three domains; what, connections, in flight each: per second, p50, p99"
    );
    let feeds = 3 * people;
    let mut first = 0;
    let parts = [
        ("feed, ping-pong", 1, 1, feeds / 40),
        ("feed", 1, 32, feeds / 4),
        ("feed", 16, 32, feeds * 3 / 4 - feeds / 40),
    ];
    for (what, connections, in_flight, count) in parts {
        let message = move |number| feed(number, people);
        run(
            what,
            &address,
            (connections, in_flight, count),
            first,
            message,
        )
        .await;
        first += count;
    }
    for (what, connections, in_flight) in [
        ("PIX query, ping-pong", 1, 1),
        ("PIX query", 1, 32),
        ("PIX query", 16, 4),
    ] {
        let count = if in_flight == 1 { 5_000 } else { 60_000 };
        let message = move |number| query(number, people);
        run(what, &address, (connections, in_flight, count), 0, message).await;
    }
}

async fn serve(folder: &std::path::Path) -> String {
    let store = SqliteStore::open(folder.join("identities.db"))
        .await
        .expect("opens");
    let manager = PixManager::new(node(folder), store);
    let manager = DOMAINS.iter().fold(manager, |manager, domain| {
        manager.with_domain(Hd::oid(domain))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(Arc::new(manager).serve_on(listener, CancellationToken::new()));
    address
}

/// A node whose audit records go to the disk and on to nobody.
fn node(folder: &std::path::Path) -> SecureNode {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let identity = Identity::from_pem(&certificate, &key.serialize_pem()).expect("an identity");
    let anchors = TrustAnchors::from_pem(&certificate).expect("anchors");
    let limits = SpoolLimits {
        total: 8 << 30,
        ..SpoolLimits::default()
    };
    let spool = Spool::open(folder.join("spool"), [SyslogTls::to("127.0.0.1:9")]).expect("a spool");
    let node = SecureNode::dangerous().plain(identity, anchors, spool.with_limits(limits));
    node.expect("a node")
}

fn feed(number: u64, people: u64) -> Vec<u8> {
    let (person, domain) = people::fed(number, people);
    let feed = Feed::register(people::record(person, domain));
    iti8::encode(&feed, &Ends::default(), Charset::Utf8, "2.3.1").expect("encodes")
}

fn query(number: u64, people: u64) -> Vec<u8> {
    let person = people::mixed(number) % people;
    let query = iti9::Query::new(people::id(person, number as usize % 3));
    iti9::encode(&query, &Ends::default(), Charset::Utf8).expect("encodes")
}

/// Sends so many messages over so many connections, so many in flight on each, and prints how fast they were answered.
async fn run(
    what: &str,
    address: &str,
    (connections, in_flight, count): (usize, usize, u64),
    first: u64,
    message: impl Fn(u64) -> Vec<u8> + Copy + Send + 'static,
) {
    let (next, end) = (Arc::new(AtomicU64::new(first)), first + count);
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await.expect("connects");
        stream.set_nodelay(true).expect("no delay");
        let limits = Limits {
            in_flight,
            ..Limits::default()
        };
        let line = Arc::new(Pipeline::open(stream, limits, Matching::Order));
        for _ in 0..in_flight {
            tasks.push(tokio::spawn(ask(line.clone(), next.clone(), end, message)));
        }
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("no panic"));
    }
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| {
        times
            .get((times.len() as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{what}, {connections}, {in_flight}: {rate:.0}/s, {:.2?}, {:.2?}",
        at(0.5),
        at(0.99)
    );
}

async fn ask(
    line: Arc<Pipeline>,
    next: Arc<AtomicU64>,
    end: u64,
    message: impl Fn(u64) -> Vec<u8>,
) -> Vec<Duration> {
    let mut times = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return times;
        }
        let bytes = message(number);
        let start = Instant::now();
        let answer = line.exchange(bytes).await.expect("answered");
        times.push(start.elapsed());
        let acknowledged = answer.windows(7).any(|seven| seven == b"\rMSA|AA");
        assert!(acknowledged, "{}", String::from_utf8_lossy(&answer));
    }
}
