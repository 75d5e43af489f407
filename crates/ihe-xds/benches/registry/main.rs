//! A registry of a region: FindDocuments and GetDocuments at the store, at `handle` and over HTTP, ITI-42 over HTTP, bytes on
//! disk. Each beside its limit in the same run, in turns; medians. A server is a process of its own on one processor.
//!
//! `cargo bench -p ihe-xds --bench registry [-- --documents 1000000]`. RENKEI_REGISTRY names a folder in which the filled
//! registries stay for the next run. With feature `postgres`, `--postgres 'host=/run/postgresql user=xds dbname=xds'` measures
//! that store instead, in an empty database.

mod actor;
mod fill;
mod limit;
mod measure;
#[cfg(feature = "postgres")]
mod postgres;
mod samples;
mod wire;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use ihe_atna::Peer;
use ihe_soap::Outgoing;
use ihe_xds::iti18::StoredQuery;
use ihe_xds::iti42;
use ihe_xds::store::RegistryStore;

use measure::{Figures, Round, head, show};
use samples::{EACH, mixed};

const ROUNDS: usize = 5;
const QUERIES: u64 = 3_000;
const LASTS: Duration = Duration::from_millis(1500);
/// Every so many answers one is looked at: looking costs as well.
const LOOK: usize = 100;
/// The small registry that the large one is compared with.
const FEW: u64 = 10_000;
/// What one submission of one document leaves on the disk, about.
const STORED: usize = 1_200;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    match words.get(1).map(String::as_str) {
        Some("serve") => runtime.block_on(wire::serve(Path::new(&words[2]), Path::new(&words[3]))),
        Some("--test") => {}
        #[cfg(feature = "postgres")]
        Some("--postgres") => runtime.block_on(postgres::measure(&words[2])),
        _ => runtime.block_on(measure(&words)),
    }
}

async fn measure(words: &[String]) {
    let place = words.iter().position(|word| word == "--documents");
    let asked = place.and_then(|place| words.get(place + 1)?.parse().ok());
    let documents: u64 = asked.unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("RENKEI_REGISTRY").map(PathBuf::from);
    let kept = kept.as_deref().unwrap_or(folder.path());
    let few = fill::registry(kept, FEW).await;
    let many = fill::registry(kept, documents).await;
    println!("{}", measure::load());
    head("in this process, one after the other");
    queries(&few, FEW, folder.path()).await;
    queries(&many, documents, folder.path()).await;
    let own = std::process::id().to_string();
    let pinned = Command::new("taskset")
        .args(["-c", "-p", "0", &own])
        .output();
    let pinned = pinned.is_ok_and(|output| output.status.success());
    head("over HTTP, the server on one processor");
    over_http(&many, documents, folder.path(), pinned.then_some("1")).await;
    head("ITI-42 over HTTP into the large registry, one document each");
    registrations(&many, documents, folder.path(), pinned.then_some("1")).await;
    println!("{}", measure::load());
}

type Ask = fn(u64) -> StoredQuery;

async fn queries(file: &Path, documents: u64, folder: &Path) {
    let folder = folder.join(format!("audit-{documents}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let registry = actor::registry(file, &folder).await;
    let kinds: [(&str, Ask, u64, usize); 3] = [
        (
            "FindDocuments, 20 entries",
            samples::find,
            documents / EACH,
            EACH as usize,
        ),
        ("GetDocuments by entryUUID", samples::by_uuid, documents, 1),
        (
            "GetDocuments by uniqueId",
            samples::by_unique_id,
            documents,
            1,
        ),
    ];
    let mut limits = Vec::new();
    let mut at_store: [Vec<Figures>; 3] = Default::default();
    let mut at_handle: [Vec<Figures>; 3] = Default::default();
    let mut bytes = [0; 3];
    for _ in 0..ROUNDS {
        limits.push(limit::patients(file, documents, QUERIES));
        for (n, (_, ask, of, expected)) in kinds.into_iter().enumerate() {
            let question = |number| ask(mixed(number) % of);
            at_store[n].push(store_round(registry.store(), question, expected).await);
            let (figures, size) = handle_round(&registry, question, expected).await;
            at_handle[n].push(figures);
            bytes[n] = size;
        }
    }
    show(
        &format!("{documents} documents: limit, bare select of a patient's rows"),
        &limits,
        None,
    );
    for (n, (name, ..)) in kinds.into_iter().enumerate() {
        let limit = (n == 0).then_some(limits.as_slice());
        show(
            &format!("{documents} documents: {name}, `store.query`"),
            &at_store[n],
            limit,
        );
        let name = format!(
            "{documents} documents: {name}, `handle` ({} bytes)",
            bytes[n]
        );
        show(&name, &at_handle[n], limit);
    }
}

async fn store_round(
    store: &impl RegistryStore,
    question: impl Fn(u64) -> StoredQuery,
    expected: usize,
) -> Figures {
    let mut round = Round::of(std::process::id());
    for number in 0..QUERIES {
        let query = question(number);
        let start = Instant::now();
        let found = store.query(query, 1000).await.expect("answered");
        round.times.push(start.elapsed());
        assert_eq!(found.documents.len(), expected);
    }
    round.end()
}

async fn handle_round(
    registry: &actor::Registry,
    question: impl Fn(u64) -> StoredQuery,
    expected: usize,
) -> (Figures, usize) {
    let peer = Peer::unknown(SocketAddr::from(([127, 0, 0, 1], 1)));
    let mut bytes = 0;
    let requests: Vec<_> = (0..QUERIES)
        .map(|number| actor::incoming(actor::question(question(number))))
        .collect();
    let mut round = Round::of(std::process::id());
    for request in requests {
        let start = Instant::now();
        let reply = registry.handle(&peer, request).await;
        round.times.push(start.elapsed());
        let body = actor::answered(reply).body;
        bytes = body.len();
        if round.times.len().is_multiple_of(LOOK) {
            assert_eq!(actor::entries(&body), expected, "{body}");
        }
    }
    (round.end(), bytes)
}

async fn over_http(file: &Path, documents: u64, folder: &Path, processor: Option<&str>) {
    let server = wire::Server::start(file, &folder.join("queries"), processor);
    let kinds: [(&str, Ask, u64); 3] = [
        ("FindDocuments, 20 entries", samples::find, documents / EACH),
        ("GetDocuments by entryUUID", samples::by_uuid, documents),
        ("GetDocuments by uniqueId", samples::by_unique_id, documents),
    ];
    let numbers = Arc::new(AtomicU64::new(0));
    for connections in [1, 16] {
        for (name, ask, of) in kinds {
            let message = move |number| actor::question(ask(mixed(number) % of));
            let check = |body: &str| actor::entries(body) > 0;
            let mut rounds = Vec::new();
            for _ in 0..ROUNDS {
                let round = server.round(connections, LASTS, &numbers, message, check);
                rounds.push(round.await);
            }
            show(&format!("{name}, {connections} connections"), &rounds, None);
        }
    }
}

async fn registrations(file: &Path, documents: u64, folder: &Path, processor: Option<&str>) {
    let copy = folder.join("registering.db");
    std::fs::copy(file, &copy).expect("copied");
    let server = wire::Server::start(&copy, &folder.join("registrations"), processor);
    let numbers = Arc::new(AtomicU64::new(documents));
    let message = move |number| {
        let body = iti42::encode(&samples::submission(number, documents / EACH));
        Outgoing::request(iti42::REQUEST_ACTION, "http://registry", body)
    };
    println!("(a request has {} bytes)", message(0).envelope.body.len());
    for connections in [1, 16] {
        let (mut limits, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            limits.push(limit::commits(folder, STORED, connections as u64, LASTS));
            let check = |body: &str| body.contains("ResponseStatusType:Success");
            let round = server.round(connections, LASTS, &numbers, message, check);
            ours.push(round.await);
        }
        let name = format!("limit: bare commits of {STORED} bytes, {connections} at a time");
        show(&name, &limits, None);
        show(
            &format!("ITI-42, {connections} connections"),
            &ours,
            Some(&limits),
        );
    }
}
