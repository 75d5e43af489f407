//! Who lives in the city: blocks of 64 people, households, families.

use super::random::{Draws, Purpose};
use super::tables::{HouseholdKind, Tables};
use super::{City, REFERENCE_YEAR};

mod family;
mod numbers;
mod types;

pub use types::{Address, Household, Insurance, Person, Role, Tie};

use family::Family;

/// People of a block. Households do not cross blocks, so one block is all that has to be laid out.
const BLOCK: u64 = 64;
/// Households of one that are a lookalike of a stranger, of 10,000.
const LOOKALIKES: u32 = 120;
/// Households of one that are the twin of somebody who lives with a family, of 10,000.
const TWINS_APART: u32 = 60;

/// Where a household stands.
#[derive(Clone, Copy)]
struct Place {
    first: u64,
    kind: usize,
}

impl City {
    /// The household of this person; `None` if there is no such person. All its people live in the city, but
    /// those of the last household may be numbered past the last person.
    pub fn household(&self, person: u64) -> Option<Household> {
        (person < self.people()).then(|| self.person_at_home(person).1)
    }

    /// This person without noise; `None` if there is no such person.
    pub fn person(&self, person: u64) -> Option<Person> {
        (person < self.people()).then(|| self.person_at_home(person).0)
    }

    /// The person and the people of the household.
    pub(super) fn person_at_home(&self, number: u64) -> (Person, Household) {
        let place = self.place_of(number);
        let (mut household, draws) = self.plain_household(place);
        if household.members.len() == 1 {
            self.tie(&mut household, draws);
        }
        let index = usize::try_from(number - place.first).unwrap_or_default();
        (household.members[index].clone(), household)
    }

    /// Lays the block out as far as this person.
    fn place_of(&self, number: u64) -> Place {
        let block = number / BLOCK;
        let within = u32::try_from(number % BLOCK).unwrap_or_default();
        let mut draws = self.source.draws(Purpose::Layout, block);
        let mut taken = 0;
        loop {
            let (kind, size) = self.next_kind(&mut draws, taken);
            if taken + size > within {
                let first = block * BLOCK + u64::from(taken);
                return Place { first, kind };
            }
            taken += size;
        }
    }

    /// A kind of household that still fits the block; after five that do not, the first (a person alone).
    fn next_kind(&self, draws: &mut Draws, taken: u32) -> (usize, u32) {
        for _ in 0..5 {
            let kind = self.tables.household_weights.draw(draws);
            let size = self.tables.households[kind].size();
            if u64::from(taken + size) <= BLOCK {
                return (kind, size);
            }
        }
        (0, 1)
    }

    fn plain_household(&self, place: Place) -> (Household, Draws) {
        let draws = self.source.draws(Purpose::Household, place.first);
        let kind = &self.tables.households[place.kind];
        Family::new(self.tables, draws, place.first).settle(kind)
    }

    /// Makes a person who lives alone the lookalike of a stranger or somebody's twin, rarely.
    fn tie(&self, household: &mut Household, mut draws: Draws) {
        let point = draws.below(10_000);
        if point >= LOOKALIKES + TWINS_APART {
            return;
        }
        let Some(other) = self.somebody_with_a_family(&mut draws) else {
            return;
        };
        let Some(person) = household.members.first_mut() else {
            return;
        };
        person.surname = other.surname;
        person.maiden_surname = None;
        person.sex = other.sex;
        person.birth = other.birth;
        if point < LOOKALIKES {
            person.given = other.given;
            person.tie = Some(Tie::LookalikeOf(other.number));
        } else {
            let year = other.birth.0;
            person.surname = other.maiden_surname.unwrap_or(other.surname);
            person.given = family::similar_name(self.tables, &mut draws, &other, other.sex, year);
            person.tie = Some(Tie::TwinOf(other.number));
        }
    }

    /// The first or second person of a household of two or more, anywhere in the city.
    fn somebody_with_a_family(&self, draws: &mut Draws) -> Option<Person> {
        let tries = (0..8).map(|_| u64::from(draws.word()) % self.people());
        let places: Vec<Place> = tries.map(|number| self.place_of(number)).collect();
        let second = draws.chance(5_000);
        let place = places
            .into_iter()
            .find(|place| self.kind(place).size() > 1 && place.first + 1 < self.people())?;
        let (household, _) = self.plain_household(place);
        household.members.into_iter().nth(usize::from(second))
    }

    fn kind(&self, place: &Place) -> &HouseholdKind {
        &self.tables.households[place.kind]
    }
}

/// The day of a year as year, month, day.
fn day_of(year: i32, day: u32) -> (i32, u32, u32) {
    const LENGTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut left = day;
    for (month, length) in (1..).zip(LENGTHS) {
        if left < length {
            return (year, month, left + 1);
        }
        left -= length;
    }
    (year, 12, 31)
}

/// A birth date of somebody of this age; 29 February is left out.
fn birth_date(draws: &mut Draws, age: u32) -> (i32, u32, u32) {
    let day = draws.below(365);
    let before_april = day < 90;
    let age = i32::try_from(age).unwrap_or_default();
    let year = REFERENCE_YEAR - age - i32::from(!before_april);
    day_of(year, day)
}

/// A surname by its share in Japan.
fn surname(tables: &Tables, draws: &mut Draws) -> usize {
    tables.surname_weights.draw(draws)
}

/// The home phone the household of this first person had before.
pub(super) fn former_home_phone(first: u64) -> u64 {
    numbers::home_phone(first, true)
}

/// The mobile phone this person had before.
pub(super) fn former_mobile_phone(person: u64) -> u64 {
    numbers::mobile_phone(person, true)
}
