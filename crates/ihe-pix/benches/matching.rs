//! What matching costs: features, a comparison, an estimate from 100,000 records, a linkage of 300,000 records.
//!
//! ```sh
//! cargo bench -p ihe-pix --bench matching
//! ```

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use hl7v2::datatype::Xpn;
use ihe_pix::PatientRecord;
use ihe_pix::matching::{
    Deterministic, Features, Labelled, MatchPolicy, Probabilistic, Weights, estimate, report,
};

#[path = "../src/matching/tests/population.rs"]
mod population;

fn main() {
    crowds();
    let records = population::people(&mut population::Dice(88), 120_000);
    println!("records: {}", records.len());
    each(&records);
    let sample = || records.iter().take(100_000).map(|one| one.record.clone());
    let start = Instant::now();
    let found = estimate(sample(), &Weights::default());
    println!(
        "estimate of 100,000 records: {:.2} s, {} pairs, {:.0} matches, {} rounds",
        start.elapsed().as_secs_f64(),
        found.pairs,
        found.matches,
        found.rounds
    );
    if std::env::args().any(|argument| argument == "--weights") {
        print!("{}", found.weights);
    }
    let policies: [(&str, Arc<dyn MatchPolicy>); 3] = [
        ("probabilistic", Arc::new(Probabilistic::default())),
        (
            "probabilistic, estimated",
            Arc::new(Probabilistic::new(found.weights)),
        ),
        ("deterministic", Arc::new(Deterministic)),
    ];
    for (name, policy) in policies {
        let start = Instant::now();
        let result = report(policy, records.iter().cloned()).expect("room for all");
        let seconds = start.elapsed().as_secs_f64();
        let rate = records.len() as f64 / seconds;
        println!("\n{name}: {seconds:.1} s, {rate:.0} records/s\n{result}");
    }
}

/// Nanoseconds each, the best of ten times: the machine may do other things too.
fn best(each: usize, mut run: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos() as f64 / each as f64
    };
    (0..10).map(time).fold(f64::INFINITY, f64::min)
}

fn each(records: &[Labelled]) {
    let records: Vec<&PatientRecord> = records.iter().take(2000).map(|one| &one.record).collect();
    let features: Vec<Features> = records.iter().map(|record| Features::of(record)).collect();
    let made = best(records.len(), || {
        records.iter().for_each(|record| {
            black_box(Features::of(record));
        });
    });
    let policy = Probabilistic::default();
    let strangers = best((features.len() - 1) * 20, || {
        for (one, two) in features.iter().zip(features.iter().skip(1)) {
            (0..20).for_each(|_| {
                black_box(policy.judge(black_box(one), black_box(two)));
            });
        }
    });
    let same = best(features.len() * 20, || {
        for one in &features {
            (0..20).for_each(|_| {
                black_box(policy.judge(black_box(one), black_box(one)));
            });
        }
    });
    println!("features {made:.0} ns; judge: strangers {strangers:.0} ns, the same {same:.0} ns");
}

/// Everybody shares every block: no two of them are one person.
fn crowds() {
    for number in [4000_usize, 8000, 16_000] {
        let crowd = (0..number).map(|place| Labelled {
            person: place as u64,
            record: PatientRecord {
                names: vec![Xpn::new(
                    "山田",
                    char::from_u32(0x4E00 + place as u32)
                        .map(String::from)
                        .unwrap_or_default(),
                )],
                birth_date: "19580312".into(),
                sex: "F".into(),
                phone_home: "03-2234-5678~090-1111-2222".into(),
                ssn: "88761234".into(),
                ..PatientRecord::default()
            },
            tags: Vec::new(),
        });
        let start = Instant::now();
        let result = report(Arc::new(Probabilistic::default()), crowd).expect("room for all");
        let each = start.elapsed().as_micros() as f64 / number as f64;
        println!(
            "crowd of {number} in one block: {each:.0} us a record, {} linked",
            result.linked
        );
    }
}
