//! Records of synthetic people as a table or CSV, a census of the city, or the speed of making them.
//!
//! `cargo run --release -p ihe-pix --features synthetic --example synthetic_people -- --help`

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::time::Instant;

use ihe_pix::synthetic::{City, NoiseKind, SyntheticRecord, write_csv};

const HELP: &str = "\
Synthetic people: records of three hospitals with known truth (docs/synthetic-people.md).

synthetic_people [OPTIONS]
  --people N      people of the city (default 1000)
  --seed N        seed (default 1)
  --noise F       factor for all rates of noise (default 1; 0 none; 2 doubled)
  --records N     stop after N records (default 20; 0: all)
  --person N      the records of this person only
  --csv           CSV with a header instead of a table
  --census        count people, ages, twins, name collisions
  --speed         make all records, print records/s and the realised noise
  --help          this text
";

struct Options {
    people: u64,
    seed: u64,
    noise: f64,
    records: usize,
    person: Option<u64>,
    verb: Verb,
}

enum Verb {
    Table,
    Csv,
    Census,
    Speed,
    Help,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options(std::env::args().skip(1))?;
    let city = City::new(options.seed, options.people).with_noise(options.noise);
    let limit = if options.records == 0 {
        usize::MAX
    } else {
        options.records
    };
    let records: Box<dyn Iterator<Item = SyntheticRecord>> = match options.person {
        Some(person) => Box::new(city.records_of(person).into_iter()),
        None => Box::new(city.records().take(limit)),
    };
    let mut output = BufWriter::new(io::stdout().lock());
    match options.verb {
        Verb::Table => table(&mut output, records)?,
        Verb::Csv => write_csv(&mut output, records)?,
        Verb::Census => writeln!(output, "{:#?}", city.census())?,
        Verb::Speed => speed(&mut output, &city)?,
        Verb::Help => write!(output, "{HELP}")?,
    }
    Ok(())
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        people: 1_000,
        seed: 1,
        noise: 1.0,
        records: 20,
        person: None,
        verb: Verb::Table,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--people" => options.people = value()?.parse()?,
            "--seed" => options.seed = value()?.parse()?,
            "--noise" => options.noise = value()?.parse()?,
            "--records" => options.records = value()?.parse()?,
            "--person" => options.person = Some(value()?.parse()?),
            "--csv" => options.verb = Verb::Csv,
            "--census" => options.verb = Verb::Census,
            "--speed" => options.verb = Verb::Speed,
            "--help" | "-h" => options.verb = Verb::Help,
            other => return Err(format!("unknown option {other}; see --help").into()),
        }
    }
    Ok(options)
}

fn table(
    output: &mut impl Write,
    records: impl Iterator<Item = SyntheticRecord>,
) -> io::Result<()> {
    for SyntheticRecord { record, truth } in records {
        let names: Vec<String> = record.names.iter().map(ToString::to_string).collect();
        writeln!(
            output,
            "{:>8} {} {}",
            truth.person,
            truth.domain,
            names.join("~")
        )?;
        let (birth, sex) = (&record.birth_date, &record.sex);
        writeln!(output, "           {birth} {sex} {}", record.address)?;
        writeln!(output, "           {} {}", record.phone_home, record.ssn)?;
        writeln!(output, "           {:?}", truth.noise)?;
    }
    Ok(())
}

fn speed(output: &mut impl Write, city: &City) -> io::Result<()> {
    let start = Instant::now();
    let mut count = 0_u64;
    let mut noise: BTreeMap<NoiseKind, [u64; 3]> = BTreeMap::new();
    for SyntheticRecord { record, truth } in city.records() {
        count += 1;
        std::hint::black_box(&record);
        for kind in truth.noise.iter() {
            noise.entry(kind).or_default()[truth.domain] += 1;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = count as f64 / seconds;
    writeln!(
        output,
        "{count} records in {seconds:.2} s: {rate:.0} records/s, {}",
        memory()
    )?;
    writeln!(output, "kind: records of 10,000 in hospital 0, 1, 2")?;
    for (kind, counts) in noise {
        let share = counts.map(|c| 10_000.0 * c as f64 / city.people() as f64);
        let [a, b, c] = share;
        writeln!(output, "{:<36} {a:>7.0} {b:>7.0} {c:>7.0}", kind.name())?;
    }
    Ok(())
}

/// The most memory this program had, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    peak.map_or_else(
        || "memory not known".to_owned(),
        |line| line.replace('\t', " "),
    )
}
