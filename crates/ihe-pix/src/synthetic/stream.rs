//! All records in the order of a feed.

use super::{City, DOMAINS, SyntheticRecord};

/// The order of people of each hospital, and of the second registrations.
#[derive(Clone, Copy)]
pub(super) struct Orders {
    people: u64,
    steps: [u64; 4],
}

impl Orders {
    pub(super) fn new(people: u64) -> Orders {
        let steps = [618_034, 414_214, 732_051, 236_068];
        Orders {
            people,
            steps: steps.map(|share| coprime(people * share / 1_000_000, people)),
        }
    }

    /// The person at this position: each person once.
    fn person(&self, order: usize, position: u64) -> u64 {
        let start = self.people / 5 * order as u64;
        (position * self.steps[order] + start) % self.people
    }
}

/// The next number that has no divisor in common with `modulus`.
fn coprime(from: u64, modulus: u64) -> u64 {
    let divisor = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (from.max(1)..)
        .find(|number| divisor(*number, modulus) == 1)
        .unwrap_or(1)
}

/// The records of a city; made one by one.
pub struct Records<'a> {
    city: &'a City,
    position: u64,
    turn: usize,
    /// Of the person whose turn for second registrations it is.
    again: [bool; DOMAINS.len()],
}

impl<'a> Records<'a> {
    pub(super) fn new(city: &'a City) -> Records<'a> {
        Records {
            city,
            position: 0,
            turn: 0,
            again: [false; DOMAINS.len()],
        }
    }

    /// Turns of a position: the hospitals, then whoever is registered again, in any of them.
    fn advance(&mut self) -> (u64, usize) {
        let now = (self.position, self.turn);
        self.turn += 1;
        if self.turn == 2 * DOMAINS.len() {
            self.turn = 0;
            self.position += 1;
        }
        now
    }
}

impl Iterator for Records<'_> {
    type Item = SyntheticRecord;

    fn next(&mut self) -> Option<SyntheticRecord> {
        while self.position < self.city.people {
            let (position, turn) = self.advance();
            let domain = turn % DOMAINS.len();
            if turn < DOMAINS.len() {
                let person = self.city.orders.person(domain, position);
                return Some(self.city.record(person, domain, 0));
            }
            let person = self.city.orders.person(DOMAINS.len(), position);
            if turn == DOMAINS.len() {
                self.again = self.city.registered_twice(person);
            }
            if self.again[domain] {
                return Some(self.city.record(person, domain, 1));
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.city.people - self.position;
        (usize::try_from(left).unwrap_or(usize::MAX), None)
    }
}
