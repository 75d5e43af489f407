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

fn each(records: &[Labelled]) {
    let records: Vec<&PatientRecord> = records.iter().take(50_000).map(|one| &one.record).collect();
    let start = Instant::now();
    let features: Vec<Features> = records.iter().map(|record| Features::of(record)).collect();
    println!(
        "features: {:.0} ns",
        start.elapsed().as_nanos() as f64 / records.len() as f64
    );
    let policy = Probabilistic::default();
    let start = Instant::now();
    let mut pairs = 0_u64;
    for (place, one) in features.iter().enumerate() {
        for other in features.iter().skip(place + 1).take(40) {
            black_box(policy.judge(one, other));
            pairs += 1;
        }
    }
    println!(
        "judge: {:.0} ns",
        start.elapsed().as_nanos() as f64 / pairs as f64
    );
    let start = Instant::now();
    for one in &features {
        for _ in 0..40 {
            black_box(policy.judge(black_box(one), black_box(one)));
        }
    }
    println!(
        "judge, all the same: {:.0} ns",
        start.elapsed().as_nanos() as f64 / (features.len() * 40) as f64
    );
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
