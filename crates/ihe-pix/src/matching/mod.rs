//! When are two records one person? (ITI TF-1 5.1: the cross-referencing itself is not defined by IHE.)
//!
//! Text is made comparable by rules that are tables ([`normalise`]), a record becomes [`Features`] of 48 bytes, records
//! that share a block are judged by a [`MatchPolicy`]: [`Probabilistic`] (the default) or [`Deterministic`]. Both would
//! rather miss a person than join two.

mod birth;
mod blocks;
mod compare;
mod deterministic;
mod estimate;
mod features;
mod hash;
mod name;
mod normalise;
mod number;
mod numerals;
mod place;
mod policy;
mod probabilistic;
mod report;
mod roman;
mod sound;
mod spelling;
mod table;
#[cfg(test)]
mod tests;
mod weights;

pub use deterministic::Deterministic;
pub use estimate::{Estimate, estimate};
pub use features::Features;
pub use normalise::normalise;
pub use policy::{Decision, MatchPolicy, Term, Verdict};
pub use probabilistic::Probabilistic;
pub use report::{Asked, Cost, Labelled, Report, report};
pub use weights::{Weights, WeightsError};
