//! A city's identities, fed straight through `IdentityStore::apply`: actions a second, whether it slows down, memory,
//! PIX queries, size on disk and the time to open again, beside the limit.
//!
//! `cargo bench -p ihe-pix --bench identities -- --people 1000000 --in-flight 512 --store sqlite`; with
//! `--store memory`, or (feature `postgres`) `--store 'host=/run/postgresql user=pix dbname=pix'`.

mod limit;
mod people;
mod process;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ihe_pix::identity::{By, NamePattern, PatientQuery};
use ihe_pix::{Deterministic, IdentityStore, MemoryStore, SqliteStore};

use process::{load, megabytes, processor_seconds};

/// Feeds to a window: the rate early and late.
const WINDOW: u64 = 10_000;

struct Asked {
    people: u64,
    in_flight: Vec<u64>,
    store: String,
}

fn asked() -> Asked {
    let words: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let place = words.iter().position(|word| word == name)?;
        words.get(place + 1).cloned()
    };
    let number = |text: String| text.parse().expect("a number");
    let in_flight = after("--in-flight").map(|text| vec![number(text)]);
    Asked {
        people: after("--people").map_or(100_000, number),
        in_flight: in_flight.unwrap_or_else(|| vec![1, 32, 512]),
        store: after("--store").unwrap_or_else(|| "sqlite".into()),
    }
}

#[tokio::main]
async fn main() {
    let asked = asked();
    let folder = tempfile::tempdir().expect("a folder");
    println!(
        "{} people in three domains, store {}",
        asked.people, asked.store
    );
    for in_flight in &asked.in_flight {
        // One after the other takes long: fewer of them say the same.
        let people = asked.people.min(2_000 * in_flight.pow(2));
        if asked.store == "sqlite" {
            limit::plain_inserts(
                folder.path(),
                (*in_flight as usize).min(256),
                (3 * people).min(300_000) as usize,
            );
        }
        let place = folder.path().join(format!("{in_flight}.db"));
        match asked.store.as_str() {
            "memory" => {
                run(
                    async || MemoryStore::with_policy(Deterministic),
                    people,
                    *in_flight,
                )
                .await;
            }
            "sqlite" => {
                let open = async || {
                    SqliteStore::open_with(&place, Deterministic)
                        .await
                        .expect("opens")
                };
                run(open, people, *in_flight).await;
                opened_again(open, &place, people).await;
            }
            config => postgres(config, people, *in_flight).await,
        }
    }
}

#[cfg(feature = "postgres")]
async fn postgres(config: &str, people: u64, in_flight: u64) {
    use ihe_pix::PostgresStore;
    let open = async || {
        PostgresStore::open_with(config, Deterministic)
            .await
            .expect("opens")
    };
    run(open, people, in_flight).await;
    opened_again(open, Path::new(""), people).await;
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_config: &str, _people: u64, _in_flight: u64) {
    panic!("--store: sqlite, memory, or with feature postgres a connection string");
}

async fn run<S: IdentityStore>(open: impl AsyncFn() -> S, people: u64, in_flight: u64) {
    let store = Arc::new(open().await);
    let before = megabytes("VmRSS");
    let (start, processor) = (Instant::now(), processor_seconds());
    let windows = feed(&store, people, in_flight).await;
    let seconds = start.elapsed().as_secs_f64();
    let processor = processor_seconds() - processor;
    let feeds = 3 * people;
    println!("-- {in_flight} in flight, {}", load());
    println!(
        "feed: {feeds} ids, {:.0} actions/s; {:.1} us of processor each",
        feeds as f64 / seconds,
        processor * 1e6 / feeds as f64
    );
    if let (Some(early), Some(late)) = (windows.get(1), windows.last()) {
        println!(
            "the last {WINDOW} took {:.2} times as long as the second {WINDOW}: {:.0} against {:.0} actions/s",
            late.as_secs_f64() / early.as_secs_f64(),
            WINDOW as f64 / late.as_secs_f64(),
            WINDOW as f64 / early.as_secs_f64()
        );
    }
    println!(
        "memory: {} MB resident ({before} before, {} at most)",
        megabytes("VmRSS"),
        megabytes("VmHWM")
    );
    pix(&*store, people).await;
    pdq(&*store, people).await;
}

/// Feeds everybody; how long each window of answers took.
async fn feed<S: IdentityStore>(store: &Arc<S>, people: u64, in_flight: u64) -> Vec<Duration> {
    let (next, answered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let ends = Arc::new(std::sync::Mutex::new(vec![Instant::now()]));
    let mut senders = Vec::new();
    for _ in 0..in_flight {
        let (store, next, answered, ends) =
            (store.clone(), next.clone(), answered.clone(), ends.clone());
        senders.push(tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= 3 * people {
                    break;
                }
                let by = By::new("HIS|WARD", format!("MSG{number:09}"));
                let applied = store.apply(people::feed(number, people), by).await;
                applied.expect("applied");
                if (answered.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(WINDOW) {
                    ends.lock().expect("not poisoned").push(Instant::now());
                }
            }
        }));
    }
    for sender in senders {
        sender.await.expect("no panic");
    }
    let ends = ends.lock().expect("not poisoned");
    ends.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

async fn pix<S: IdentityStore>(store: &S, people: u64) {
    let mut times = Vec::new();
    let mut linked = 0;
    for number in 0..100_000_u64 {
        let (person, domain) = people::fed(people::mixed(number) % (3 * people), people);
        let id = people::id(person, domain);
        let start = Instant::now();
        let found = store.cross_references(&id, &[]).await.expect("answers");
        times.push(start.elapsed());
        linked += usize::from(found.expect("known").len() >= 2);
    }
    println!(
        "PIX: {}; {:.1} % have the two others",
        spread(times),
        linked as f64 / 1000.0
    );
}

async fn pdq<S: IdentityStore>(store: &S, people: u64) {
    let mut times = Vec::new();
    let mut found = 0;
    for number in 0..1_000_u64 {
        let (family, year) = people::asked(people::mixed(number) % people);
        let prefix: String = family.chars().take(2).collect();
        let pattern = NamePattern {
            text: prefix,
            prefix: true,
        };
        let query = PatientQuery {
            family: Some(pattern),
            birth_date: year,
            ..PatientQuery::default()
        };
        let start = Instant::now();
        let page = Page::first(50);
        found += store
            .find(&query, page)
            .await
            .expect("answers")
            .people
            .len();
        times.push(start.elapsed());
        if found == 0 {
            println!("PDQ: nobody found: not measured");
            return;
        }
    }
    println!(
        "PDQ by two kana and birth year: {}; {:.1} found each",
        spread(times),
        found as f64 / 1000.0
    );
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let total: Duration = times.iter().sum();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    let rate = times.len() as f64 / total.as_secs_f64();
    format!(
        "{rate:.0}/s one after the other, p50 {:?}, p99 {:?}",
        at(50),
        at(99)
    )
}

async fn opened_again<S: IdentityStore>(open: impl AsyncFn() -> S, place: &Path, people: u64) {
    let mut bytes = 0;
    for end in ["", "-wal"] {
        let part = format!("{}{end}", place.display());
        bytes += std::fs::metadata(part).map_or(0, |file| file.len());
    }
    let (start, processor) = (Instant::now(), processor_seconds());
    let store = open().await;
    let seconds = start.elapsed().as_secs_f64();
    let known = store.cross_references(&people::id(0, 0), &[]).await;
    assert_eq!(known.expect("answers").map(|ids| ids.len()), Some(2));
    println!(
        "opened again in {seconds:.2} s ({:.2} s of processor), {} bytes an id on disk, {} MB resident",
        processor_seconds() - processor,
        bytes / (3 * people),
        megabytes("VmRSS")
    );
}
