//! One change of the world as a Source or an operator reports it.

use hl7v2::ack::Location;
use hl7v2::datatype::Cx;

use crate::PatientRecord;

/// Who does something, and why: kept in the history of every identity it touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// A Source (`MSH-3|MSH-4`) or an operator (a user name).
    pub who: String,
    /// The message (MSH-10), or the operator's reason.
    pub why: String,
}

impl By {
    /// Somebody, for a reason.
    pub fn new(who: impl Into<String>, why: impl Into<String>) -> By {
        By {
            who: who.into(),
            why: why.into(),
        }
    }
}

/// One id replaced by another of the same domain (ITI TF-2 3.8.4.2, 3.30.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// PID-3: the id that stays.
    pub survivor: Cx,
    /// MRG-1: the id that goes.
    pub subsumed: Cx,
    /// Repetition of MRG-1, one-based.
    pub repetition: u16,
}

impl Merge {
    /// Where the id that goes stood: for ERR-2.
    pub fn subsumed_place(&self) -> Location {
        Location::field("MRG", 1, 1)
            .repetition(self.repetition)
            .component(1)
    }
}

/// What is done to identities. Ids carry the full authority of a configured domain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// These ids are in use and belong to this one patient: A01, A04, A05, A28.
    Register {
        /// Ids (1..n, one person) and demographics.
        patient: PatientRecord,
    },
    /// Other demographics: A08, A31. An id not known yet is registered.
    Update {
        /// Ids (1..n, one person) and what is said of the patient; what is not said stays.
        patient: PatientRecord,
    },
    /// Ids are merged into others: A40.
    Merge {
        /// PID; demographics count only for a survivor not known yet.
        patient: PatientRecord,
        /// The pairs, 1..n.
        merges: Vec<Merge>,
        /// As PAM (ITI-30) has it: an id to merge that nobody knows is no action instead of an error (V2-R-080).
        lenient: bool,
    },
    /// An id becomes another id that nobody has: A47 (V2-R-081).
    ChangeId {
        /// The pairs, 1..n.
        pairs: Vec<Merge>,
    },
    /// Two ids are one patient: A24, or an operator. Ids not known yet are linked when they appear (V2-R-082).
    Link {
        /// One id.
        a: Cx,
        /// The other.
        b: Cx,
    },
    /// Two ids are not one patient: A37, or an operator. Never linked again by matching.
    Unlink {
        /// One id.
        a: Cx,
        /// The other.
        b: Cx,
    },
    /// This id belongs to another patient: parted from everybody it was linked to, never to be linked to them by
    /// matching again, and linked to `to`.
    Move {
        /// The id that moves.
        id: Cx,
        /// An id of the patient it belongs to.
        to: Cx,
    },
    /// The id is no longer in use.
    Deactivate {
        /// The id.
        id: Cx,
    },
    /// The two of this review are one patient.
    Accept {
        /// Number of the review.
        review: u64,
    },
    /// The two of this review are not one patient. Never linked by matching.
    Reject {
        /// Number of the review.
        review: u64,
    },
}
