//! Parsing (decode, split, index of segments) against a limit and against other libraries, in one run.
//!
//! The limit is the usual safe way: UTF-8 check, one table look-up per byte, offsets into a fresh vector. Criterion measures
//! each by itself; the tables at the end come from rounds in which all of them take turns, and show medians. `-- --table`
//! prints the tables alone.

mod data;
mod table;

use criterion::{BenchmarkId, Criterion, Throughput};
use hl7v2::Message;
use std::hint::black_box;

/// Offsets of the delimiters, the usual safe way.
fn byte_table(text: &[u8], table: &[bool; 256]) -> Option<Vec<u32>> {
    std::str::from_utf8(text).ok()?;
    let mut marks = Vec::with_capacity(text.len() / 4);
    for (byte, offset) in text.iter().zip(0..) {
        if table[usize::from(*byte)] {
            marks.push(offset);
        }
    }
    Some(marks)
}

fn limit(bytes: &[u8]) -> Option<usize> {
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let wanted = b"|^~&\r\n";
        let mut n = 0;
        while n < wanted.len() {
            table[wanted[n] as usize] = true;
            n += 1;
        }
        table
    };
    byte_table(bytes, black_box(&TABLE)).map(|marks| marks.len())
}

fn ours(bytes: &[u8]) -> Option<usize> {
    let message = black_box(Message::parse(bytes).ok()?);
    Some(message.segment_count())
}

fn ours_and_three_fields(bytes: &[u8]) -> Option<usize> {
    let message = black_box(Message::parse(bytes).ok()?);
    ["MSH-10", "PID-3.1", "PID-5.1"]
        .into_iter()
        .map(|path| message.raw(path).map(str::len))
        .sum()
}

fn hl7_parser(bytes: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(bytes).ok()?;
    let message = black_box(hl7_parser::Message::parse(text).ok()?);
    Some(message.segments().count())
}

fn hl7_2(bytes: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(bytes).ok()?;
    let message = black_box(hl7_2::parse(text).ok()?);
    Some(message.segments().count())
}

/// Whether each library finds the family name in PID-5.1.
fn finds_name(library: &str, bytes: &[u8], name: &str) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    match library {
        "hl7-parser" => hl7_parser::Message::parse(text).is_ok_and(|message| {
            message
                .query("PID.5.1")
                .is_some_and(|found| found.raw_value() == name)
        }),
        "hl7-2" => hl7_2::parse(text)
            .and_then(|message| message.get("PID-5.1"))
            .is_ok_and(|found| found.as_deref() == Some(name)),
        "Message::parse" => {
            Message::parse(bytes).is_ok_and(|message| message.raw("PID-5.1") == Some(name))
        }
        _ => true,
    }
}

/// One way to read a message.
type Reader = fn(&[u8]) -> Option<usize>;

const READERS: [(&str, Reader); 5] = [
    ("limit", limit),
    ("hl7-parser", hl7_parser),
    ("hl7-2", hl7_2),
    ("Message::parse", ours),
    ("and three fields", ours_and_three_fields),
];

/// Name, bytes, and the family name that PID-5.1 holds.
fn inputs() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("ADT 1 KB", data::adt().into_bytes(), "DOE"),
        ("ORU 8 KB", data::oru().into_bytes(), "DOE"),
        ("ORU 5 MB", data::oru_with_document().into_bytes(), "DOE"),
        ("ADT ISO-2022-JP", data::adt_japanese(), data::JAPANESE_NAME),
    ]
}

fn parse(criterion: &mut Criterion) {
    for (name, bytes, person) in inputs() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for (reader, read) in READERS {
            if !finds_name(reader, &bytes, person) {
                continue;
            }
            group.bench_with_input(
                BenchmarkId::from_parameter(reader),
                &bytes,
                |bench, bytes| {
                    bench.iter(|| read(black_box(bytes)));
                },
            );
        }
        group.finish();
    }
}

fn main() {
    let has = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    if !has("--table") {
        let mut criterion = Criterion::default().configure_from_args();
        parse(&mut criterion);
        criterion.final_summary();
    }
    if !has("--test") && !has("--list") {
        table::print();
    }
}
