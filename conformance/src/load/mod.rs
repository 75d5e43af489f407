//! Load: a workload at a rate for a time, and how long each exchange took. Never more than asked, in time and count.
//!
//! The times are those of a plan: an exchange that had to wait for its turn, because the one before it was slow, is
//! measured from when it should have begun (no coordinated omission).

mod latency;

pub use latency::Latency;

use crate::case::{Step, Workload};
use crate::endpoint::Endpoint;
use crate::run::{Scene, Trouble};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How much.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// Exchanges a second; 0: as many as the connections give.
    pub rate: f64,
    /// For so long.
    pub time: Duration,
    /// So many at most.
    pub count: u64,
    /// Connections at a time.
    pub connections: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Measured {
    /// Exchanges that were answered as they should.
    pub right: u64,
    /// The others: what was wrong, and how often. At most ten kinds; the rest is "other".
    pub wrong: BTreeMap<String, u64>,
    /// From the first to the last.
    pub seconds: f64,
    /// How long the right ones took.
    pub latency: Latency,
}

/// Does it. `tick` is told about every second how many are done.
///
/// # Errors
/// A connection could not do what comes before the workload.
pub fn run(
    workload: &Workload,
    endpoint: &Endpoint,
    amount: &Amount,
    tick: &(dyn Fn(u64) + Sync),
) -> Result<Measured, String> {
    let mut scenes = Vec::new();
    for _ in 0..amount.connections.clamp(1, 1024) {
        let mut scene = Scene::new(workload.actor, endpoint, None, &BTreeMap::new());
        for step in &workload.before {
            exchange(step, &mut scene)?;
        }
        scenes.push(scene);
    }
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let all = Mutex::new((Latency::default(), BTreeMap::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for scene in scenes {
            scope.spawn(|| one_connection(workload, scene, amount, start, (&next, &done), &all));
        }
        let ends = start + amount.time;
        while Instant::now() < ends && next.load(Ordering::Relaxed) < amount.count {
            std::thread::sleep(
                Duration::from_secs(1).min(ends.saturating_duration_since(Instant::now())),
            );
            tick(done.load(Ordering::Relaxed));
        }
    });
    let (latency, wrong) = all
        .into_inner()
        .map_err(|_| "a connection's thread failed")?;
    Ok(Measured {
        right: latency.count(),
        wrong,
        seconds: start.elapsed().as_secs_f64(),
        latency,
    })
}

type All = Mutex<(Latency, BTreeMap<String, u64>)>;

fn one_connection(
    workload: &Workload,
    mut scene: Scene<'_>,
    amount: &Amount,
    start: Instant,
    (next, done): (&AtomicU64, &AtomicU64),
    all: &All,
) {
    let mut latency = Latency::default();
    let mut wrong: BTreeMap<String, u64> = BTreeMap::new();
    let kept = scene.values.clone();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = match amount.rate > 0.0 {
            true => start + Duration::from_secs_f64(number as f64 / amount.rate),
            false => Instant::now(),
        };
        if number >= amount.count || due.max(Instant::now()) >= start + amount.time {
            break;
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        scene.values = kept.clone();
        let said = workload
            .steps
            .iter()
            .try_for_each(|step| exchange(step, &mut scene));
        scene.take_evidence();
        match said {
            Ok(()) => latency.add(due.elapsed()),
            Err(what) if wrong.len() < 10 || wrong.contains_key(&what) => {
                *wrong.entry(what).or_default() += 1
            }
            Err(_) => *wrong.entry("other".to_owned()).or_default() += 1,
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    if let Ok(mut all) = all.lock() {
        all.0.join(&latency);
        for (what, count) in wrong {
            *all.1.entry(what).or_default() += count;
        }
    }
}

fn exchange(step: &Step, scene: &mut Scene<'_>) -> Result<(), String> {
    let received = step.action.run(scene).map_err(|trouble| match trouble {
        Trouble::Wrong(what) | Trouble::Skip(what) | Trouble::Case(what) => what,
    })?;
    for assertion in &step.expect {
        assertion.judge(&received, &mut scene.values)?;
    }
    for (name, selector) in &step.keep {
        if let Some(first) = received.values(selector)?.into_iter().next() {
            scene.values.set(name, first);
        }
    }
    Ok(())
}
