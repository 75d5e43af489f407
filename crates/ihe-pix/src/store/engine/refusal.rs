//! Why an action is refused, in the words of an acknowledgement.

use hl7v2::ack::{AckCode, ErrorCode, Location, Problem, Refusal};

use crate::store::{ApplyError, StoreError};

pub(super) fn unknown_key(place: Location, text: &str) -> Problem {
    Problem::error(ErrorCode::UNKNOWN_KEY, place, text)
}

pub(super) fn duplicate_key(place: Location, text: &str) -> Problem {
    Problem::error(ErrorCode::DUPLICATE_KEY, place, text)
}

pub(super) fn refuse(problems: Vec<Problem>) -> Result<(), ApplyError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(ApplyError::Refused(Refusal {
        code: AckCode::Ae,
        problems,
    }))
}

/// No place for more ids or domains.
pub(super) fn full() -> StoreError {
    StoreError::Failed("the index of identities is full".into())
}
