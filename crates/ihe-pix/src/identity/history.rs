//! What became of identities: history, and pairs that a person must look at.

use chrono::{DateTime, Utc};
use hl7v2::datatype::Cx;

use crate::PatientRecord;
use crate::matching::Term;

/// What happened to an identity.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// The id appeared, or came back.
    Registered,
    /// Its demographics changed.
    Updated,
    /// It was linked by matching, with this score.
    Matched {
        /// The id it was linked to.
        with: Cx,
        /// Log2 of the odds that both are one person.
        score: f32,
    },
    /// Demographics changed, and matching parted it from others.
    Parted,
    /// A Source or an operator linked it.
    Linked {
        /// The other id.
        with: Cx,
    },
    /// A Source or an operator parted it, for good.
    Unlinked {
        /// The other id.
        with: Cx,
    },
    /// Another id was merged into it.
    Took {
        /// The id that went.
        subsumed: Cx,
    },
    /// It was merged into another id, or changed to it.
    Became {
        /// The id that stays.
        survivor: Cx,
    },
    /// It is no longer in use.
    Deactivated,
}

/// One entry of the history of an identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Rising over the whole store.
    pub number: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it: a Source or an operator.
    pub who: String,
    /// Why: a message control id or a reason.
    pub why: String,
    /// What happened.
    pub what: What,
}

/// How a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReviewState {
    /// Nobody has decided.
    Open,
    /// One person.
    Accepted,
    /// Two persons.
    Rejected,
}

/// Two identities that may be one person: too alike to be ignored, not alike enough to be linked.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// For [`super::Action::Accept`] and [`super::Action::Reject`].
    pub number: u64,
    /// How it stands.
    pub state: ReviewState,
    /// Since when it waits.
    pub opened_at: DateTime<Utc>,
    /// One identity, with exactly one id.
    pub a: PatientRecord,
    /// The other.
    pub b: PatientRecord,
    /// Log2 of the odds that both are one person, when it was opened.
    pub score: f32,
    /// How the score comes about now, term by term.
    pub terms: Vec<Term>,
}
