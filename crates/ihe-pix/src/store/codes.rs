//! How the stores with tables write what is not text: one place for the numbers.

use chrono::{DateTime, Utc};

use super::engine::{Bond, Happened};
use crate::PatientRecord;
use crate::identity::ReviewState;
use crate::index::Standing;

pub(super) fn standing_code(standing: Standing) -> i16 {
    match standing {
        Standing::Active => 0,
        Standing::Announced => 1,
        Standing::Retired => 2,
    }
}

pub(super) fn standing_of(code: i16) -> Standing {
    match code {
        0 => Standing::Active,
        1 => Standing::Announced,
        _ => Standing::Retired,
    }
}

pub(super) fn bond_code(bond: Bond) -> i16 {
    match bond {
        Bond::Same => 1,
        Bond::Never => 2,
    }
}

pub(super) fn bond_of(code: i16) -> Bond {
    match code {
        1 => Bond::Same,
        _ => Bond::Never,
    }
}

pub(super) fn state_code(state: ReviewState) -> i16 {
    match state {
        ReviewState::Open => 0,
        ReviewState::Accepted => 1,
        ReviewState::Rejected => 2,
    }
}

pub(super) fn state_of(code: i16) -> ReviewState {
    match code {
        0 => ReviewState::Open,
        1 => ReviewState::Accepted,
        _ => ReviewState::Rejected,
    }
}

/// Kind, other row and score.
pub(super) fn happened_code(happened: &Happened) -> (i16, Option<u32>, Option<f32>) {
    match *happened {
        Happened::Registered => (0, None, None),
        Happened::Updated => (1, None, None),
        Happened::Matched { with, score } => (2, Some(with), Some(score)),
        Happened::Parted => (3, None, None),
        Happened::Linked { with } => (4, Some(with), None),
        Happened::Unlinked { with } => (5, Some(with), None),
        Happened::Became { survivor } => (6, Some(survivor), None),
        Happened::Deactivated => (7, None, None),
    }
}

pub(super) fn happened_of(kind: i16, other: Option<u32>, score: Option<f32>) -> Happened {
    let with = other.unwrap_or_default();
    match kind {
        0 => Happened::Registered,
        1 => Happened::Updated,
        2 => Happened::Matched {
            with,
            score: score.unwrap_or_default(),
        },
        3 => Happened::Parted,
        4 => Happened::Linked { with },
        5 => Happened::Unlinked { with },
        6 => Happened::Became { survivor: with },
        _ => Happened::Deactivated,
    }
}

/// Milliseconds since 1970 as a time.
pub(super) fn time_of(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

/// PID-5 6 7 8 11 13 14 18 19 20 25 and the visit, between `|`. Every field is HL7 text with the default separators: none holds a `|`.
pub(super) fn record_text(record: &PatientRecord) -> String {
    let mut text = record.names_text();
    for field in record.texts() {
        text.push('|');
        text.push_str(field);
    }
    text
}

/// The record of [`record_text`], without ids.
pub(super) fn record_of(text: &str) -> PatientRecord {
    let mut fields = text.split('|');
    let mut record = PatientRecord {
        names: PatientRecord::names_from_text(fields.next().unwrap_or_default()),
        ..PatientRecord::default()
    };
    for (field, text) in record.texts_mut().into_iter().zip(fields) {
        text.clone_into(field);
    }
    record
}
