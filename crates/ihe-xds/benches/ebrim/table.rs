//! The tables at the end: all contenders take turns, medians are shown.

use crate::{READERS, inputs};
use ihe_xds::ebrim;
use std::hint::black_box;
use std::time::Duration;

const ROUNDS: usize = 301;

/// One turn lasts about this long: short, so that an interrupted turn is one bad value among many.
const TURN: Duration = Duration::from_millis(1);

/// CPU time of this thread: what other programs on the machine do does not count.
fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        now.tv_sec.cast_unsigned(),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

fn timed(work: &dyn Fn(), calls: u32) -> f64 {
    let start = cpu_time();
    for _ in 0..calls {
        work();
    }
    (cpu_time() - start).as_nanos() as f64 / f64::from(calls)
}

type Work<'a> = Box<dyn Fn() + 'a>;

/// Median nanoseconds of one call of each.
fn take_turns(all: &[Work<'_>]) -> Vec<f64> {
    let turn = TURN.as_nanos() as f64;
    let calls = |work: &dyn Fn()| {
        let once = (0..5).map(|_| timed(work, 1)).fold(f64::MAX, f64::min);
        (turn / once).clamp(1.0, 10_000.0) as u32
    };
    let calls: Vec<u32> = all.iter().map(|work| calls(work)).collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); all.len()];
    for _ in 0..ROUNDS {
        for (at, work) in all.iter().enumerate() {
            times[at].push(timed(work, calls[at]));
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}

pub(crate) fn print() {
    println!("\nper second of CPU time, median of {ROUNDS} rounds in which all take turns");
    for (name, body) in inputs::submissions() {
        let work = READERS.map(|(_, read)| -> Work<'_> {
            let body = &body;
            Box::new(move || {
                black_box(read(black_box(body)));
            })
        });
        let times = take_turns(&work);
        println!(
            "reading a submission of 4 documents, {name}, {} bytes",
            body.len()
        );
        for ((reader, _), time) in READERS.iter().zip(&times) {
            let (rate, ratio) = (1e9 / time, times[0] / time);
            println!("  {reader:<24} {rate:>8.0}/s   {ratio:>5.2} of quick-xml's events");
        }
    }
    let objects = inputs::answer();
    let written = ebrim::objects_to_xml(&objects);
    let times = take_turns(&[
        Box::new(|| drop(black_box(black_box(&written).clone()))),
        Box::new(|| drop(ebrim::objects_to_xml(black_box(&objects)))),
    ]);
    println!("writing an answer of 20 entries, {} bytes", written.len());
    for (writer, time) in ["copy", "ours"].into_iter().zip(times) {
        println!("  {writer:<24} {:>8.1} µs", time / 1e3);
    }
}
