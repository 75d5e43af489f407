//! Rounds, their figures, and what the system says of a process.

use std::time::{Duration, Instant};

/// What one round gave.
pub(crate) struct Figures {
    pub(crate) rate: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Seconds of processor time for one, of the process that serves.
    pub(crate) processor: f64,
}

/// A round under way.
pub(crate) struct Round {
    process: u32,
    processor: f64,
    start: Instant,
    pub(crate) times: Vec<Duration>,
}

impl Round {
    pub(crate) fn of(process: u32) -> Round {
        Round {
            process,
            processor: processor_seconds(process),
            start: Instant::now(),
            times: Vec::new(),
        }
    }

    pub(crate) fn end(mut self) -> Figures {
        let seconds = self.start.elapsed().as_secs_f64();
        let processor = processor_seconds(self.process) - self.processor;
        let count = self.times.len();
        self.times.sort_unstable();
        let at = |percent: usize| self.times[(count - 1) * percent / 100];
        Figures {
            rate: count as f64 / seconds,
            p50: at(50),
            p99: at(99),
            processor: processor / count as f64,
        }
    }
}

/// One line of a table: medians of the rounds, and how they stand to the limit's.
pub(crate) fn show(name: &str, rounds: &[Figures], limit: Option<&[Figures]>) {
    let of = |value: fn(&Figures) -> f64, rounds: &[Figures]| {
        let mut all: Vec<f64> = rounds.iter().map(value).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let rate = of(|one| one.rate, rounds);
    let ratio = limit.map_or(String::new(), |limit| {
        format!("{:.2}", rate / of(|one| one.rate, limit))
    });
    let processor = of(|one| one.processor, rounds);
    println!(
        "| {name} | {rate:.0} | {ratio} | {:.0} | {:.0} | {:.0} | {:.0} |",
        of(|one| one.p50.as_secs_f64(), rounds) * 1e6,
        of(|one| one.p99.as_secs_f64(), rounds) * 1e6,
        processor * 1e6,
        1.0 / processor,
    );
}

pub(crate) fn head(what: &str) {
    println!(
        "\n| {what} | per second | of the limit | p50 µs | p99 µs | processor µs | per core |"
    );
    println!("|---|---|---|---|---|---|---|");
}

/// Seconds of processor time so far, of all threads.
fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Processes waiting for a processor in the last minute, on how many processors.
pub(crate) fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processors = processors.matches("processor\t").count();
    let last = load.split(' ').next().unwrap_or_default().to_owned();
    format!("load {last} on {processors} processors")
}
