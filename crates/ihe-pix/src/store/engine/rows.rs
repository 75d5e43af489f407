//! What a store is given to remember, and what it gives back when it is opened.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hl7v2::datatype::Hd;

use super::Bond;
use crate::PatientRecord;
use crate::identity::{By, ReviewState};
use crate::index::Standing;
use crate::matching::Features;
use crate::store::Note;

/// Two different rows, the smaller first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pair {
    pub(crate) a: u32,
    pub(crate) b: u32,
}

impl Pair {
    pub(crate) fn of(one: u32, other: u32) -> Pair {
        Pair {
            a: one.min(other),
            b: one.max(other),
        }
    }
}

/// One thing to remember. Applied in order; one action's writes stand or fall together.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(dead_code, reason = "read by the stores that have tables")
)]
pub(crate) enum Write {
    /// A domain got its number.
    Domain { number: u16, authority: Hd },
    /// A row appeared, or came back: its id, demographics and person.
    Identity {
        row: u32,
        domain: u16,
        id: String,
        record: Arc<PatientRecord>,
        features: Features,
        standing: Standing,
        person: u32,
    },
    /// Other demographics.
    Record {
        row: u32,
        record: Arc<PatientRecord>,
        features: Features,
    },
    /// In use or not, and what it became.
    Standing {
        row: u32,
        standing: Standing,
        successor: Option<u32>,
    },
    /// The oldest row of its person.
    Person { row: u32, person: u32 },
    /// A fact about two rows; `None`: no longer.
    Bond { pair: Pair, bond: Option<Bond> },
    /// A pair to be looked at.
    Review {
        number: u64,
        pair: Pair,
        score: f32,
        at: DateTime<Utc>,
    },
    /// A review was decided.
    Decided { number: u64, state: ReviewState },
    /// History.
    Entry(Entry),
    /// The set of this row is not as it was.
    Change { number: u64, row: u32 },
    /// A note of an actor, and that those of its kind that expired before now are forgotten.
    Note { note: Note, now: DateTime<Utc> },
    /// A note that is forgotten.
    NoNote { kind: &'static str, key: String },
}

/// One entry of the history, chained to the one before about the same row.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) number: u32,
    pub(crate) row: u32,
    /// The entry before about `row`; 0: none.
    pub(crate) previous: u32,
    /// The entry before about the other row that it names; 0: none.
    pub(crate) other_previous: u32,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: By,
    pub(crate) happened: Happened,
}

impl Entry {
    /// The entry before this one about that row; 0: none.
    pub(crate) fn before(&self, row: u32) -> u32 {
        match row == self.row {
            true => self.previous,
            false => self.other_previous,
        }
    }
}

/// What happened, in rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Happened {
    Registered,
    Updated,
    Matched { with: u32, score: f32 },
    Parted,
    Linked { with: u32 },
    Unlinked { with: u32 },
    Became { survivor: u32 },
    Deactivated,
}

impl Happened {
    /// The other row it is about, whose history shows it too.
    pub(crate) fn other(&self) -> Option<u32> {
        match *self {
            Happened::Matched { with, .. }
            | Happened::Linked { with }
            | Happened::Unlinked { with }
            | Happened::Became { survivor: with } => Some(with),
            _ => None,
        }
    }
}

/// What a store gives back when it is opened: domains first, then identities by row, then the rest in any order.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(dead_code, reason = "read by the stores that have tables")
)]
pub(crate) enum Stored {
    Domain {
        number: u16,
        authority: Hd,
    },
    Identity {
        row: u32,
        domain: u16,
        id: String,
        features: Features,
        standing: Standing,
        successor: Option<u32>,
        person: u32,
    },
    Bond {
        pair: Pair,
        bond: Bond,
    },
    Review {
        number: u64,
        pair: Pair,
        state: ReviewState,
    },
    /// An entry of the history, in order: who it is about.
    Entry {
        number: u32,
        row: u32,
        other: Option<u32>,
    },
    /// The last change.
    LastChange(u64),
}
