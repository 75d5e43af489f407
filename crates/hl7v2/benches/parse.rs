//! Parsing (decode, split, index of segments) against the limit: a safe loop that only notes delimiters.

use criterion::{BenchmarkId, Criterion, Throughput};
use hl7v2::Message;
use std::fmt::Write;
use std::hint::black_box;

/// An ADT^A01 of about 1 KB.
fn adt() -> String {
    let mut text = String::from(
        "MSH|^~\\&|HIS^1.2.3.4.5^ISO|WARD|PIX^1.2.3.4.6^ISO|HUB|20260315093012||ADT^A01^ADT_A01|PIX20260315000001|P|2.3.1\r\
         EVN|A01|20260315093000|||0001^CLERK^ANN\r\
         PID|1||0000123456^^^HOSP&1.2.3.4.1000&ISO^PI~99887766^^^REGION&1.2.3.4.2000&ISO^PI||DOE^JANE^Q^^^^L~ROE^JANE^^^^^M||19580312|F|||\
         12 LONG STREET^APT 3^SPRINGFIELD^IL^62701^USA^H||(217)555-0100^PRN^PH~(217)555-0101^ORN^CP|(217)555-0102|EN|M|CHR|A-4711^^^HOSP&1.2.3.4.1000&ISO^AN\r",
    );
    text.push_str("PV1|1|I|W2^204^1^HOSP^^^^3||||D001^DOCTOR^DAN^^^DR^MD|D002^REFER^RITA^^^DR^MD||SUR||||1|||D001^DOCTOR^DAN|IN|V100200\r");
    for n in 1..=4 {
        let _ = write!(
            text,
            "NK1|{n}|DOE^JOHN^^^^^L|SPO^SPOUSE^HL70063|12 LONG STREET^^SPRINGFIELD^IL^62701|(217)555-0103|||20200101\r"
        );
    }
    text
}

/// An ORU^R01 of about 8 KB.
fn oru() -> String {
    let mut text = adt().replace("ADT^A01^ADT_A01", "ORU^R01^ORU_R01");
    let mut n = 0;
    while text.len() < 8 * 1024 {
        n += 1;
        let _ = write!(
            text,
            "OBX|{n}|NM|3A010000002327101^Total protein^JC10^TP^TP^L||7.{n}|g/dL^grams per decilitre^UCUM|6.7-8.3|N|||F|||20260315101000||T01^TECH\r"
        );
    }
    text
}

/// The limit of the usual safe way: UTF-8 check, one table look-up per byte, offsets into a fresh vector.
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

fn parse(criterion: &mut Criterion) {
    let mut table = [false; 256];
    for byte in b"|^~&\r\n" {
        table[usize::from(*byte)] = true;
    }
    let mut group = criterion.benchmark_group("parse");
    for (name, text) in [("ADT", adt()), ("ORU", oru())] {
        let bytes = text.as_bytes();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("byte table limit", name),
            bytes,
            |bench, bytes| bench.iter(|| byte_table(black_box(bytes), black_box(&table))),
        );
        group.bench_with_input(
            BenchmarkId::new("Message::parse", name),
            bytes,
            |bench, bytes| bench.iter(|| Message::parse(black_box(bytes))),
        );
        group.bench_with_input(
            BenchmarkId::new("parse and four fields", name),
            bytes,
            |bench, bytes| {
                bench.iter(|| {
                    let message = Message::parse(black_box(bytes)).ok()?;
                    ["MSH-10", "PID-3(2).1", "PID-5.1", "PV1-2"]
                        .into_iter()
                        .map(|path| message.raw(path).map(str::len))
                        .sum::<Option<usize>>()
                });
            },
        );
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    parse(&mut criterion);
    criterion.final_summary();
}
