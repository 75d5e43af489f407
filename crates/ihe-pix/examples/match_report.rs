//! How good the matching is on synthetic people: precision, recall, reviews, and what each kind of noise costs.
//!
//! `cargo run --release -p ihe-pix --features synthetic --example match_report -- 100000 1 1.0`

use std::sync::Arc;

use ihe_pix::Probabilistic;
use ihe_pix::matching::{Labelled, Weights, report};
use ihe_pix::synthetic::City;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |usual: &str| arguments.next().unwrap_or_else(|| usual.to_owned());
    // People, seed, factor of the noise, and a file of weights instead of those shipped.
    let (people, seed) = (next("100000").parse()?, next("1").parse()?);
    let city = City::new(seed, people).with_noise(next("1.0").parse()?);
    let records = city.records().map(|one| Labelled {
        person: one.truth.person,
        record: one.record,
        tags: one.truth.noise.iter().map(|kind| kind.name()).collect(),
    });
    let weights = match arguments.next() {
        Some(file) => Weights::parse(&std::fs::read_to_string(file)?)?,
        None => Weights::default(),
    };
    let start = std::time::Instant::now();
    let report = report(Arc::new(Probabilistic::new(weights)), records)?;
    println!("{report}linked in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
