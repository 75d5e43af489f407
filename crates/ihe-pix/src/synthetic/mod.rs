//! A city of people who do not exist: records of three hospitals with known truth and documented noise.
//!
//! For tests and measurements of matching. The model of the population, the noise and its rates are in
//! `docs/synthetic-people.md`; the rates are data (`tables/synthetic/noise.tsv`). Nothing here knows how
//! records are matched.
//!
//! The same seed and number of people give the same records on every machine: all draws are ChaCha8 with
//! one stream for each person and purpose, and integers only. So any person can be made without the others,
//! a city of a million needs no memory, and records come in an order in which one person's are far apart.
//!
//! ```
//! use ihe_pix::synthetic::City;
//!
//! let city = City::new(7, 1_000);
//! let first = city.records().next().expect("a record");
//! let all_of_them = city.records_of(first.truth.person);
//! assert!(all_of_them.iter().any(|other| other.record == first.record));
//! ```

mod census;
mod draft;
mod export;
mod noise;
mod population;
mod random;
mod roman;
mod stream;
mod tables;
#[cfg(test)]
mod tests;

pub use census::Census;
pub use export::{COLUMNS, write_csv};
pub use noise::{NoiseKind, NoiseSet};
pub use population::{Address, Household, Insurance, Person, Role, Tie};
pub use stream::Records;

use hl7v2::datatype::Hd;

use crate::PatientRecord;
use draft::Draft;
use noise::Rates;
use random::{Purpose, Source};
use stream::Orders;
use tables::Tables;

/// The assigning authorities of the three hospitals (OIDs of local patient ids in Japan).
pub const DOMAINS: [&str; 3] = [
    "1.2.392.100495.20.3.51.11319999999",
    "1.2.392.100495.20.3.51.11319999998",
    "1.2.392.100495.20.3.51.11319999997",
];

/// The most people a city can have.
pub const MAX_PEOPLE: u64 = 5_000_000;

/// The year on whose 1 April ages are counted; nobody is born later.
pub const REFERENCE_YEAR: i32 = 2026;

/// Administrative sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// M.
    Male,
    /// F.
    Female,
}

impl Sex {
    /// PID-8 (table 0001).
    pub fn code(self) -> &'static str {
        match self {
            Sex::Male => "M",
            Sex::Female => "F",
        }
    }
}

/// Who a record really is about and what was done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The person, 0 to [`City::people`] - 1.
    pub person: u64,
    /// The hospital: index into [`DOMAINS`].
    pub domain: usize,
    /// 0: the hospital's first registration of the person; 1: a second one by mistake.
    pub registration: u8,
    /// The kinds of noise that changed this record.
    pub noise: NoiseSet,
}

/// A record as a hospital would feed it, with the truth about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticRecord {
    /// What is fed.
    pub record: PatientRecord,
    /// What is true.
    pub truth: Truth,
}

#[cfg(feature = "server")]
impl From<SyntheticRecord> for crate::matching::Labelled {
    /// The kinds of noise as tags.
    fn from(synthetic: SyntheticRecord) -> Self {
        let SyntheticRecord { record, truth } = synthetic;
        crate::matching::Labelled {
            person: truth.person,
            record,
            tags: truth.noise.iter().map(NoiseKind::name).collect(),
        }
    }
}

/// A city of synthetic people. Cheap to make; holds no people.
#[derive(Clone)]
pub struct City {
    people: u64,
    source: Source,
    rates: Rates,
    orders: Orders,
    tables: &'static Tables,
}

impl City {
    /// This many people (1 to [`MAX_PEOPLE`]; others are brought into that range), by this seed, with the noise
    /// of the table as it is.
    pub fn new(seed: u64, people: u64) -> City {
        let people = people.clamp(1, MAX_PEOPLE);
        City {
            people,
            source: Source::new(seed),
            rates: Rates::new(1.0),
            orders: Orders::new(people),
            tables: Tables::shared(),
        }
    }

    /// With all rates of noise times this factor: 0 none, 1 the table, 2 doubled. A rate stays below 1 of 1;
    /// conventions of a hospital (rates of 9,000 of 10,000 and more) are not scaled.
    pub fn with_noise(mut self, factor: f64) -> City {
        self.rates = Rates::new(factor);
        self
    }

    /// Number of people.
    pub fn people(&self) -> u64 {
        self.people
    }

    /// All records in the order of a feed: the three hospitals take turns, each in its own order of people,
    /// and second registrations come in between. Small memory, constant time for each.
    pub fn records(&self) -> Records<'_> {
        Records::new(self)
    }

    /// The records of one person: three, and one more for each second registration; none if there is no such
    /// person.
    pub fn records_of(&self, person: u64) -> Vec<SyntheticRecord> {
        if person >= self.people {
            return Vec::new();
        }
        let mut result = Vec::with_capacity(DOMAINS.len());
        for (domain, again) in self.registered_twice(person).into_iter().enumerate() {
            result.push(self.record(person, domain, 0));
            if again {
                result.push(self.record(person, domain, 1));
            }
        }
        result
    }

    /// Which hospitals registered the person a second time.
    fn registered_twice(&self, person: u64) -> [bool; DOMAINS.len()] {
        let mut draws = self.source.draws(Purpose::Duplicate, person);
        let kind = NoiseKind::DuplicateRegistration;
        [0, 1, 2].map(|domain| self.rates.hit(domain, kind, draws.word()))
    }

    fn record(&self, number: u64, domain: usize, registration: u8) -> SyntheticRecord {
        let (person, household) = self.person_at_home(number);
        let stream = (number * DOMAINS.len() as u64 + domain as u64) * 2 + u64::from(registration);
        let mut draws = self.source.draws(Purpose::Record, stream);
        let mut draft = Draft::new(&person, self.tables);
        let mut noise = self
            .rates
            .apply(&mut draft, &person, &household, domain, &mut draws);
        if registration > 0 {
            noise.insert(NoiseKind::DuplicateRegistration);
        }
        let id = local_id(number, domain, registration);
        SyntheticRecord {
            record: draft.into_record(id, Hd::oid(DOMAINS[domain]), domain),
            truth: Truth {
                person: number,
                domain,
                registration,
                noise,
            },
        }
    }
}

/// The hospital's own number: ten digits, without any relation to the other hospitals' numbers.
fn local_id(person: u64, domain: usize, registration: u8) -> String {
    const STEPS: [u64; 3] = [61_803_397, 41_421_359, 73_205_081];
    let number = (person * 2 + u64::from(registration)) * STEPS[domain] + 17 * STEPS[2 - domain];
    format!("{:010}", number % 100_000_000)
}
