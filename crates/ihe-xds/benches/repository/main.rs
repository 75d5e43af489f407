//! A Document Repository and its registry, as sources and consumers meet them: a large document in and out, small ones
//! in and out, over plain loopback sockets, beside the limits of the machine measured in the same run. The servers are a
//! process of their own, whose greatest resident size is read from the kernel.
//!
//! `cargo bench -p ihe-xds --bench repository`; `RENKEI_BENCH_MIB=64 RENKEI_BENCH_DOCUMENTS=2000` for a small one;
//! `RENKEI_BENCH_REGISTRY=memory` leaves the registry's disk out.

mod limits;
mod server;
mod wire;

use server::Server;
use std::path::Path;
use std::time::Instant;
use wire::{Connection, Messages};

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 16;

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |text| text.parse().expect("a number"))
}

fn main() {
    if let Some(folder) = std::env::var_os(server::FOLDER) {
        return server::run(Path::new(&folder));
    }
    let size = number("RENKEI_BENCH_MIB", 2048) << 20;
    let documents = number("RENKEI_BENCH_DOCUMENTS", 20_000);
    large(size);
    for inline in ["16384", "0"] {
        small(inline, documents);
    }
}

/// One document at a time, as large as asked; medians of some rounds.
fn large(size: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), "16384");
    let (mut sums, mut kinds) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let messages = Messages::new(&server);
        let (message, unique_id) = messages.provide();
        let round = [
            ("SHA-1", limits::sha1(size)),
            ("file write + fsync", limits::file(folder.path(), size)),
            ("loopback copy", limits::loopback(size)),
            (
                "ITI-41",
                in_seconds(|| Connection::open(&server).send_large(&message, size)),
            ),
            (
                "ITI-43",
                in_seconds(|| {
                    let answer = Connection::open(&server).exchange(&messages.retrieve(&unique_id));
                    assert!(answer > size, "the document comes back");
                }),
            ),
        ];
        kinds = round.iter().map(|one| one.0).collect();
        sums.push(round.map(|one| one.1));
    }
    println!(
        "one document of {} MiB, medians of {ROUNDS} rounds",
        size >> 20
    );
    let rates: Vec<f64> = (0..kinds.len())
        .map(|at| size as f64 / 1e9 / median(sums.iter().map(|round| round[at]).collect()))
        .collect();
    let least = rates[..3].iter().copied().fold(f64::MAX, f64::min);
    for (kind, rate) in kinds.iter().zip(&rates) {
        println!(
            "{kind:20} {rate:6.2} GB/s  {:5.2} x the least limit",
            rate / least
        );
    }
    println!(
        "greatest resident size of the servers: {} MiB",
        server.resident_mib()
    );
}

/// Documents of 1 KiB over some connections.
fn small(inline: &str, documents: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), inline);
    let seconds_before = server.cpu_seconds();
    let start = Instant::now();
    let stored: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| provide_many(&server, documents / CONNECTIONS as u64)))
            .collect();
        let joined = threads.into_iter().map(|one| one.join().expect("no panic"));
        joined.flatten().collect()
    });
    let count = stored.len() as f64;
    println!("documents of 1 KiB, {CONNECTIONS} connections, up to {inline} octets in the index");
    let cpu = server.cpu_seconds() - seconds_before;
    report("ITI-41", count, start, cpu);
    let seconds_before = server.cpu_seconds();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for part in stored.chunks(stored.len().div_ceil(CONNECTIONS)) {
            scope.spawn(|| retrieve_many(&server, part));
        }
    });
    let cpu = server.cpu_seconds() - seconds_before;
    report("ITI-43", count, start, cpu);
    println!(
        "greatest resident size of the servers: {} MiB",
        server.resident_mib()
    );
    drop(server);
    let (index, files) = limits::on_disk(&folder.path().join("documents"));
    println!(
        "on disk per document, with its 1024 octets: index {:.0}, files {:.0} octets",
        index as f64 / count,
        files as f64 / count
    );
}

fn report(what: &str, count: f64, start: Instant, cpu: f64) {
    let wall = start.elapsed().as_secs_f64();
    println!(
        "{what:20} {:6.0}/s   {:6.0} per second of the servers' processor time",
        count / wall,
        count / cpu
    );
}

fn provide_many(server: &Server, count: u64) -> Vec<String> {
    let mut connection = Connection::open(server);
    let messages = Messages::new(server);
    let mut stored = Vec::new();
    for _ in 0..count {
        let (message, unique_id) = messages.provide();
        connection.exchange(&message.with_content(&[7; 1024]));
        stored.push(unique_id);
    }
    stored
}

fn retrieve_many(server: &Server, unique_ids: &[String]) {
    let mut connection = Connection::open(server);
    let messages = Messages::new(server);
    for unique_id in unique_ids {
        connection.exchange(&messages.retrieve(unique_id));
    }
}

fn in_seconds(act: impl FnOnce()) -> f64 {
    let start = Instant::now();
    act();
    start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
