//! The tables at the end: all contenders take turns, medians are shown.

use crate::{READERS, Reader, data, finds_name, inputs};
use hl7v2::Message;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

const ROUNDS: usize = 301;

/// One turn lasts about this long, or one call: short, so that an interrupted turn is one bad value among many.
const TURN: Duration = Duration::from_micros(300);

/// CPU time of this thread: what other programs on the machine do does not count.
fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        now.tv_sec.cast_unsigned(),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

pub(crate) fn print() {
    println!(
        "\nMB/s (10^6 bytes per second of CPU time), median of {ROUNDS} rounds in which all take turns (5 MB: 15)"
    );
    println!(
        "{:<16} {:>9} {:>9} {:>11} {:>9} {:>8} {:>7} {:>10} {:>11}",
        "message",
        "bytes",
        "limit",
        "hl7-parser",
        "hl7-2",
        "ours",
        "/limit",
        "/best peer",
        "+ 3 fields"
    );
    for (name, bytes, person) in inputs() {
        row(name, &bytes, person);
    }
    python();
    pathological();
}

fn row(name: &str, bytes: &[u8], person: &str) {
    let readable = READERS.map(|(reader, _)| finds_name(reader, bytes, person));
    let times = take_turns(&READERS.map(|(_, read)| read), bytes);
    let rate = |at: usize| bytes.len() as f64 * 1e3 / times[at];
    let shown = |at: usize| match readable[at] {
        true => format!("{:.1}", rate(at)),
        false => "cannot".to_owned(),
    };
    let peers = [1, 2].into_iter().filter(|&at| readable[at]);
    let best = peers.map(rate).fold(0.0, f64::max);
    let ratio = match best {
        0.0 => "-".to_owned(),
        best => format!("{:.0}", rate(3) / best),
    };
    println!(
        "{name:<16} {:>9} {:>9.0} {:>11} {:>9} {:>8.0} {:>7.2} {ratio:>10} {:>10.1}%",
        bytes.len(),
        rate(0),
        shown(1),
        shown(2),
        rate(3),
        rate(3) / rate(0),
        (times[4] / times[3] - 1.0) * 100.0,
    );
}

/// Median nanoseconds of one call of each reader.
fn take_turns(readers: &[Reader; 5], bytes: &[u8]) -> [f64; 5] {
    let calls = readers.map(|read| {
        let once = (0..5)
            .map(|_| timed(read, bytes, 1))
            .fold(f64::MAX, f64::min);
        (TURN.as_nanos() as f64 / once).clamp(1.0, 100_000.0) as u32
    });
    let rounds = if bytes.len() > 1 << 20 { 15 } else { ROUNDS };
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..rounds {
        for ((read, calls), times) in readers.iter().zip(calls).zip(&mut times) {
            // One call that does not count, so that nobody pays for the memory its neighbour gave back.
            black_box(read(black_box(bytes)));
            times.push(timed(*read, bytes, calls));
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

/// Nanoseconds of one of so many calls.
fn timed(read: Reader, bytes: &[u8], calls: u32) -> f64 {
    let start = cpu_time();
    for _ in 0..calls {
        black_box(read(black_box(bytes)));
    }
    let took = cpu_time().saturating_sub(start);
    took.as_nanos().max(1) as f64 / f64::from(calls)
}

/// The Python package `hl7`, by benches/python_hl7.py.
fn python() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/python_hl7.py");
    let folder = std::env::temp_dir().join(format!("hl7v2-bench-{}", std::process::id()));
    let inputs = inputs();
    let ran = std::fs::create_dir_all(&folder).and_then(|()| {
        let mut command = Command::new("python3");
        command.arg(script);
        for (name, bytes, _) in &inputs[..2] {
            let file = folder.join(name.replace(' ', "-"));
            std::fs::write(&file, bytes)?;
            command.arg(file);
        }
        command.output()
    });
    let _ = std::fs::remove_dir_all(&folder);
    let Some(output) = ran.ok().filter(|output| output.status.success()) else {
        println!("python hl7: NOT RUN (python3 or its package hl7 is missing)");
        return;
    };
    let times = String::from_utf8_lossy(&output.stdout);
    for ((name, bytes, _), time) in inputs.iter().zip(times.lines()) {
        let time: f64 = time.parse().unwrap_or(f64::NAN);
        println!(
            "python hl7, {name}: {:.2} MB/s",
            bytes.len() as f64 * 1e3 / time
        );
    }
}

/// What is done with a message that is made to be slow.
type Work = fn(&[u8]) -> usize;

fn walk(bytes: &[u8]) -> usize {
    let Ok(message) = Message::parse(bytes) else {
        return 0;
    };
    let fields = message.segments().flat_map(|segment| segment.fields());
    let repetitions = fields.flat_map(|field| field.repetitions());
    let components = repetitions.flat_map(|repetition| repetition.components());
    components.map(|one| one.subcomponents().count()).sum()
}

fn sequences(bytes: &[u8]) -> usize {
    let Ok(message) = Message::parse(bytes) else {
        return 0;
    };
    message.segments().map(|segment| segment.sequence()).sum()
}

fn occurrences(bytes: &[u8]) -> usize {
    let Ok(message) = Message::parse(bytes) else {
        return 0;
    };
    let found = |n: usize| message.raw(&format!("OBX({n})-1")).map_or(0, str::len);
    (1..message.segment_count()).map(found).sum()
}

fn selected(bytes: &[u8]) -> usize {
    let Ok(message) = Message::parse(bytes) else {
        return 0;
    };
    let patterns = ["OBX(*)-*(*).*.*", "PID-3(*).4.2", "ZZZ-*"];
    let found = patterns.map(|pattern| message.select(pattern).map_or(0, Iterator::count));
    found.iter().sum()
}

fn appended(bytes: &[u8]) -> usize {
    let Ok(mut message) = Message::parse(bytes) else {
        return 0;
    };
    let room = 2 * message.segment_count();
    while message.segment_count() < room && message.push_segment("NTE|1||x").is_ok() {}
    message.segment_count()
}

/// Its name, how to build it for a size, the size, and what is done with it.
type Case = (&'static str, fn(usize) -> String, usize, Work);

/// Nanoseconds per byte, fastest of nine, at a quarter of the size and at the whole: a ratio near 4 would be quadratic.
fn pathological() {
    println!(
        "\nns per byte at a quarter of the size and at the whole; linear is a ratio near 1, quadratic one near 4"
    );
    let cases: [Case; 8] = [
        (
            "1 MB in one field, walked",
            data::one_long_field,
            1 << 20,
            walk,
        ),
        ("1 MB of fields, walked", data::many_fields, 1 << 20, walk),
        (
            "1 MB of fields, selected",
            data::many_fields,
            1 << 20,
            selected,
        ),
        (
            "100,000 segments, walked",
            data::many_segments,
            100_000,
            walk,
        ),
        (
            "100,000 segments, sequence() of each",
            data::many_segments,
            100_000,
            sequences,
        ),
        (
            "100,000 segments, raw(OBX(n)-1) of each",
            data::many_segments,
            100_000,
            occurrences,
        ),
        (
            "100,000 segments, as many appended",
            data::many_segments,
            100_000,
            appended,
        ),
        (
            "100,000 repetitions, walked",
            data::many_repetitions,
            100_000,
            walk,
        ),
    ];
    for (name, text, size, work) in cases {
        let (small, whole) = (text(size / 4).into_bytes(), text(size).into_bytes());
        let (a, b) = (per_byte(work, &small), per_byte(work, &whole));
        println!("{name:<42} {a:>8.2} {b:>8.2} {:>6.2}", b / a);
    }
}

fn per_byte(work: Work, bytes: &[u8]) -> f64 {
    let times = (0..9).map(|_| {
        let start = cpu_time();
        black_box(work(black_box(bytes)));
        cpu_time().saturating_sub(start).as_nanos() as f64 / bytes.len() as f64
    });
    times.fold(f64::INFINITY, f64::min)
}
