//! ISO-2022-JP decoding and encoding against `encoding_rs` alone, in the same run, and other sets beside them.
//!
//! The peer turns `ESC ( J` into yen sign and overline and swallows line ends, so it is a limit for speed and not a
//! replacement.

use criterion::{BenchmarkId, Criterion, Throughput};
use encoding_rs::{ISO_2022_JP, SHIFT_JIS};
use hl7v2::charset::{Charset, Policy};
use hl7v2::{Separators, escape};
use std::hint::black_box;

/// An ADT^A08 of a Japanese hospital, about 1 KB: names and addresses in kanji and kana.
fn adt() -> String {
    String::from(
        "MSH|^~\\&|HIS001|1319999999|GW|RHIO|20260315143000.0000||ADT^A08^ADT_A01|20260315000000000001|P|2.5||||||~ISO IR87||ISO 2022-1994|SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO\r\
         EVN||20260315142959|||0001^医師^一郎^^^^^^^L^^^^^I\r\
         PID|0001||0000123456^^^^PI||山田^花子^^^^^L^I~ヤマダ^ハナコ^^^^^L^P||19580312|F|||^^札幌市^北海道^0600001^JPN^H^中央区北一条西二丁目時計台団地三号棟||^PRN^PH^^^^^^^^^011-555-0100\r\
         NK1|1|山田^太郎^^^^^L^I~ヤマダ^タロウ^^^^^L^P|SPO^配偶者^HL70063|^^札幌市^北海道^0600001^JPN^H^中央区北一条西二丁目時計台団地三号棟|^PRN^PH^^^^^^^^^011-555-0100\r\
         PV1|0001|I|023^023^01^^^N||||110^医師^一郎^^^^^^^L^^^^^I|||01||||||||I|||||||||||||||||||||||||20260301\r\
         AL1|1|DA^薬剤アレルギー^HL70127|1^ペニシリン^99XYZ||発疹及び呼吸困難\r\
         IN1|1|06^組合管掌健康保険^JHSD0001|06050116|||||||||20200401|||||SEL^本人^HL70063\r",
    )
}

fn decoding(criterion: &mut Criterion) {
    let text = adt();
    let jis = Charset::Iso2022Jp.encode(&text).expect("JIS X 0208 only");
    let sjis = Charset::ShiftJis.encode(&text).expect("Shift_JIS has it");
    let kanji = Charset::Iso2022Jp
        .encode(&"医師山田花子札幌市時計台".repeat(100))
        .expect("JIS X 0208 only");
    let mut group = criterion.benchmark_group("decode");
    for (name, bytes) in [("ADT ISO-2022-JP", &jis), ("kanji only", &kanji)] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("encoding_rs", name),
            bytes,
            |bench, bytes| bench.iter(|| ISO_2022_JP.decode_without_bom_handling(black_box(bytes))),
        );
        group.bench_with_input(BenchmarkId::new("Charset", name), bytes, |bench, bytes| {
            bench.iter(|| Charset::Iso2022Jp.decode(black_box(bytes)))
        });
    }
    group.throughput(Throughput::Bytes(sjis.len() as u64));
    group.bench_function("encoding_rs/ADT Shift_JIS", |bench| {
        bench.iter(|| SHIFT_JIS.decode_without_bom_handling(black_box(&sjis)))
    });
    group.bench_function("Charset/ADT Shift_JIS", |bench| {
        bench.iter(|| Charset::ShiftJis.decode(black_box(&sjis)))
    });
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("Charset/ADT UTF-8", |bench| {
        bench.iter(|| Charset::Utf8.decode(black_box(text.as_bytes())))
    });
    group.finish();
}

fn encoding(criterion: &mut Criterion) {
    let text = adt();
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("encoding_rs/ADT ISO-2022-JP", |bench| {
        bench.iter(|| ISO_2022_JP.encode(black_box(&text)))
    });
    group.bench_function("Charset/ADT ISO-2022-JP", |bench| {
        bench.iter(|| Charset::Iso2022Jp.encode(black_box(&text)))
    });
    group.bench_function("Charset with policy/ADT ISO-2022-JP", |bench| {
        bench.iter(|| Charset::Iso2022Jp.encode_with(black_box(&text), &Policy::NHO))
    });
    group.finish();
}

fn escapes(criterion: &mut Criterion) {
    let raw = r"findings \T\ opinion\.br\normal\F\none, ".repeat(25);
    let mut group = criterion.benchmark_group("escape");
    group.throughput(Throughput::Bytes(raw.len() as u64));
    group.bench_function("unescape", |bench| {
        bench.iter(|| escape::unescape(black_box(&raw), &Separators::DEFAULT))
    });
    group.bench_function("to_plain_text", |bench| {
        bench.iter(|| escape::to_plain_text(black_box(&raw), &Separators::DEFAULT))
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    decoding(&mut criterion);
    encoding(&mut criterion);
    escapes(&mut criterion);
    criterion.final_summary();
}
