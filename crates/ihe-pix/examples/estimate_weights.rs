//! Estimates weights from synthetic people (or from any feed, the same way) and prints them as a table.
//!
//! `cargo run --release -p ihe-pix --features synthetic --example estimate_weights -- 100000 2 > weights.tsv`

use ihe_pix::matching::{Weights, estimate};
use ihe_pix::synthetic::City;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |usual: &str| arguments.next().unwrap_or_else(|| usual.to_owned());
    let (people, seed) = (next("100000").parse()?, next("2").parse()?);
    let city = City::new(seed, people);
    let records = city.records().map(|one| one.record);
    let estimate = estimate(records, &Weights::default());
    eprintln!(
        "{} records, {} pairs compared, {:.0} of them of one person, {} rounds",
        estimate.records, estimate.pairs, estimate.matches, estimate.rounds
    );
    print!("{}", estimate.weights);
    Ok(())
}
