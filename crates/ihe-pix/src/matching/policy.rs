//! What a policy says, and how it explains itself.

use super::Features;
use crate::PatientRecord;

/// What a policy says about two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// One person: link them.
    Link,
    /// Perhaps one person: let somebody look.
    Review,
    /// Too little speaks for one person.
    Nothing,
    /// Surely two persons (twins, for example): never members of one set by matching.
    Conflict,
}

/// A decision and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// What follows.
    pub decision: Decision,
    /// Log2 of the odds that both are one person.
    pub score: f32,
}

/// One term of a score, for whoever reviews it.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What was compared, e.g. `family name (kana)`.
    pub what: &'static str,
    /// How it came out, e.g. `agrees`, `one letter differs`, `missing`.
    pub outcome: &'static str,
    /// What it adds to the score, log2.
    pub weight: f32,
}

/// When two records belong to one person. A store has one policy, given when it is opened.
pub trait MatchPolicy: Send + Sync + 'static {
    /// Compares two records by their features. Called for every pair that shares a block: it should take well under a
    /// microsecond.
    fn judge(&self, one: &Features, other: &Features) -> Verdict;

    /// The rule by which [`Self::judge`] decides, in words that name nobody; empty: this policy names none.
    fn rule(&self, _one: &Features, _other: &Features) -> &'static str {
        ""
    }

    /// The same comparison in words, for a review.
    fn explain(&self, one: &PatientRecord, other: &PatientRecord) -> Vec<Term>;
}
