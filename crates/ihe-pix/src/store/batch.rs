//! The writes of a group sorted by table, one to a row: for the stores with tables.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hl7v2::datatype::Hd;

use super::codes::record_text;
use super::engine::{Bond, Entry, Pair, Write};
use crate::PatientRecord;
use crate::identity::ReviewState;
use crate::index::Standing;
use crate::matching::Features;

/// What a group leaves behind. Tables are written in the order of the fields, so that nothing is said of a row before
/// it is there.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) domains: Vec<(u16, Hd)>,
    /// Rows that appeared or came back, whole.
    pub(super) rows: BTreeMap<u32, Row>,
    /// Other demographics for rows that were there.
    pub(super) records: BTreeMap<u32, Demographics>,
    /// Other standing for rows that were there, and what they became; each is then its own person.
    pub(super) standings: BTreeMap<u32, (Standing, Option<u32>)>,
    /// Other persons for rows that were there.
    pub(super) persons: BTreeMap<u32, u32>,
    pub(super) bonds: BTreeMap<Pair, Option<Bond>>,
    pub(super) reviews: Vec<OpenReview>,
    pub(super) decided: BTreeMap<u64, ReviewState>,
    pub(super) entries: Vec<Entry>,
    pub(super) changes: Vec<(u64, u32)>,
    /// Notes of these kinds that ended before then are forgotten.
    pub(super) expired: BTreeMap<&'static str, DateTime<Utc>>,
    /// Notes kept; `None`: forgotten.
    pub(super) notes: BTreeMap<(&'static str, String), Option<Kept>>,
}

/// A row of an identity.
pub(super) struct Row {
    pub(super) domain: u16,
    pub(super) id: String,
    pub(super) standing: Standing,
    pub(super) successor: Option<u32>,
    pub(super) person: u32,
    pub(super) demographics: Demographics,
}

/// As they are written.
pub(super) struct Demographics {
    pub(super) record: String,
    pub(super) features: Vec<u8>,
}

/// A review that was opened.
pub(super) struct OpenReview {
    pub(super) number: u64,
    pub(super) pair: Pair,
    pub(super) score: f32,
    pub(super) at: DateTime<Utc>,
}

/// A note without its name.
pub(super) struct Kept {
    pub(super) value: Vec<u8>,
    pub(super) expires: Option<DateTime<Utc>>,
}

fn demographics(record: &PatientRecord, features: Features) -> Demographics {
    Demographics {
        record: record_text(record),
        features: features.to_bytes(),
    }
}

impl Batch {
    pub(super) fn of(writes: Vec<Write>) -> Batch {
        let mut batch = Batch::default();
        writes.into_iter().for_each(|write| batch.take(write));
        batch
    }

    fn take(&mut self, write: Write) {
        match write {
            Write::Domain { number, authority } => self.domains.push((number, authority)),
            Write::Entry(entry) => self.entries.push(entry),
            Write::Change { number, row } => self.changes.push((number, row)),
            Write::Bond { pair, bond } => {
                self.bonds.insert(pair, bond);
            }
            Write::Review {
                number,
                pair,
                score,
                at,
            } => self.reviews.push(OpenReview {
                number,
                pair,
                score,
                at,
            }),
            Write::Decided { number, state } => {
                self.decided.insert(number, state);
            }
            Write::Note { note, now } => {
                // A kind that stays may be large: it is not searched for what has expired.
                if note.expires.is_some() {
                    self.expired.insert(note.kind, now);
                }
                let kept = Kept {
                    value: note.value,
                    expires: note.expires,
                };
                self.notes.insert((note.kind, note.key), Some(kept));
            }
            Write::NoNote { kind, key } => {
                self.notes.insert((kind, key), None);
            }
            identity => self.identity(identity),
        }
    }

    fn identity(&mut self, write: Write) {
        match write {
            Write::Identity {
                row,
                domain,
                id,
                record,
                features,
                standing,
                person,
            } => {
                let demographics = demographics(&record, features);
                let whole = Row {
                    domain,
                    id,
                    standing,
                    successor: None,
                    person,
                    demographics,
                };
                self.whole(row, whole);
            }
            Write::Record {
                row,
                record,
                features,
            } => self.record(row, demographics(&record, features)),
            Write::Standing {
                row,
                standing,
                successor,
            } => self.standing(row, standing, successor),
            Write::Person { row, person } => self.person(row, person),
            _ => {}
        }
    }

    /// What was said of the row before no longer counts.
    fn whole(&mut self, row: u32, whole: Row) {
        self.records.remove(&row);
        self.standings.remove(&row);
        self.persons.remove(&row);
        self.rows.insert(row, whole);
    }

    fn record(&mut self, row: u32, demographics: Demographics) {
        match self.rows.get_mut(&row) {
            Some(whole) => whole.demographics = demographics,
            None => {
                self.records.insert(row, demographics);
            }
        }
    }

    fn standing(&mut self, row: u32, standing: Standing, successor: Option<u32>) {
        if let Some(whole) = self.rows.get_mut(&row) {
            (whole.standing, whole.successor, whole.person) = (standing, successor, row);
            return;
        }
        self.persons.remove(&row);
        self.standings.insert(row, (standing, successor));
    }

    fn person(&mut self, row: u32, person: u32) {
        match self.rows.get_mut(&row) {
            Some(whole) => whole.person = person,
            None => {
                self.persons.insert(row, person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn appeared(row: u32) -> Write {
        Write::Identity {
            row,
            domain: 0,
            id: row.to_string(),
            record: Arc::default(),
            features: Features::default(),
            standing: Standing::Active,
            person: row,
        }
    }

    fn retired(row: u32, successor: u32) -> Write {
        Write::Standing {
            row,
            standing: Standing::Retired,
            successor: Some(successor),
        }
    }

    fn female() -> Write {
        let record = PatientRecord {
            sex: "F".into(),
            ..PatientRecord::default()
        };
        Write::Record {
            row: 5,
            record: Arc::new(record),
            features: Features::default(),
        }
    }

    #[test]
    fn what_is_said_of_a_new_row_goes_into_it() {
        let person = Write::Person { row: 5, person: 2 };
        let batch = Batch::of(vec![appeared(5), female(), person]);
        let row = &batch.rows[&5];
        assert_eq!((row.person, row.standing), (2, Standing::Active));
        assert!(row.demographics.record.contains("|F|"));
        assert!(batch.records.is_empty() && batch.persons.is_empty());
        let batch = Batch::of(vec![appeared(5), retired(5, 1)]);
        let row = &batch.rows[&5];
        assert_eq!((row.standing, row.successor), (Standing::Retired, Some(1)));
    }

    #[test]
    fn a_row_that_comes_back_forgets_what_was_said_before() {
        let person = Write::Person { row: 5, person: 2 };
        let batch = Batch::of(vec![female(), person, retired(5, 1), appeared(5)]);
        assert_eq!(batch.rows[&5].successor, None);
        assert!(batch.standings.is_empty() && batch.persons.is_empty());
        assert!(batch.records.is_empty());
    }

    #[test]
    fn a_row_that_retires_is_its_own_person_until_told_otherwise() {
        let person = || Write::Person { row: 5, person: 2 };
        let batch = Batch::of(vec![person(), retired(5, 1)]);
        assert!(batch.persons.is_empty());
        let batch = Batch::of(vec![retired(5, 1), person()]);
        assert_eq!(batch.persons[&5], 2);
    }
}
