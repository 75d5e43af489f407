//! ebRIM read and written, against limits and other libraries in one run.
//!
//! Reading: a submission of four documents, 25 KB, from our writer, and the same metadata as another vendor may send it. The
//! limit is quick-xml's events and attributes, looked at and dropped; the peers build a tree (roxmltree) or owned events
//! (xml-rs). None of these three gives metadata. Writing: an answer of 20 entries; the limit is a copy of its bytes.
//! Criterion measures each by itself; the tables at the end come from rounds in which all take turns, and show medians of
//! the CPU time of this thread. `-- --table` prints the tables alone.

mod inputs;
mod table;

use criterion::{BenchmarkId, Criterion, Throughput};
use ihe_xds::affinity::Rules;
use ihe_xds::ebrim::{self, Limits};
use ihe_xds::iti42;
use quick_xml::events::Event;
use std::hint::black_box;

fn events(body: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(body);
    let mut seen = 0;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Eof => return seen,
            Event::Start(start) | Event::Empty(start) => {
                for attribute in start.attributes().with_checks(false).flatten() {
                    seen += black_box(attribute.value).len();
                }
            }
            other => seen += other.len(),
        }
    }
    0
}

fn tree(body: &str) -> usize {
    let document = roxmltree::Document::parse(body).map(black_box);
    document.map_or(0, |tree| tree.descendants().count())
}

fn owned_events(body: &str) -> usize {
    let reader = xml::EventReader::from_str(body);
    reader.into_iter().flatten().map(black_box).count()
}

fn packed(body: &str) -> usize {
    let packed = ebrim::submit_objects_request(body, &Limits::default()).map(black_box);
    packed.map_or(0, |packed| packed.objects.len())
}

fn submission(body: &str) -> usize {
    let submission = iti42::decode(body, &Rules::default()).map(black_box);
    submission.map_or(0, |submission| submission.documents.len())
}

/// One way to read a body: not 0 if it succeeds.
type Read = fn(&str) -> usize;

const READERS: [(&str, Read); 5] = [
    ("quick-xml events", events),
    ("roxmltree", tree),
    ("xml-rs", owned_events),
    ("ours, as on the wire", packed),
    ("ours, judged metadata", submission),
];

fn reading(criterion: &mut Criterion) {
    for (name, body) in inputs::submissions() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(body.len() as u64));
        for (reader, read) in READERS {
            assert_ne!(read(&body), 0, "{reader} cannot read {name}");
            let id = BenchmarkId::from_parameter(reader);
            group.bench_with_input(id, &body, |bench, body| {
                bench.iter(|| read(black_box(body)));
            });
        }
        group.finish();
    }
}

fn writing(criterion: &mut Criterion) {
    let objects = inputs::answer();
    let written = ebrim::objects_to_xml(&objects);
    let mut group = criterion.benchmark_group("answer of 20 entries");
    group.throughput(Throughput::Bytes(written.len() as u64));
    group.bench_function("copy", |bench| {
        bench.iter(|| black_box(black_box(&written).clone()));
    });
    group.bench_function("ours", |bench| {
        bench.iter(|| ebrim::objects_to_xml(black_box(&objects)));
    });
    group.finish();
}

fn main() {
    let has = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    if !has("--table") {
        let mut criterion = Criterion::default().configure_from_args();
        reading(&mut criterion);
        writing(&mut criterion);
        criterion.final_summary();
    }
    if !has("--test") && !has("--list") && !has("--profile-time") {
        table::print();
    }
}
