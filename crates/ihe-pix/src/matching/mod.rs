//! When are two records one person? (ITI TF-1 5.1: the cross-referencing itself is not defined
//! by IHE.) The default is deterministic and would rather miss a person than join two.

mod features;
mod normalise;
mod policy;

use crate::PatientRecord;

pub use features::Features;
pub use normalise::normalise;
pub use policy::{Decision, MatchPolicy, Term, Verdict};

/// PROVISIONAL in this branch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deterministic;

impl MatchPolicy for Deterministic {
    fn judge(&self, a: &Features, b: &Features) -> Verdict {
        let known = a.birth != 0 && b.birth != 0 && a.name != 0 && b.name != 0;
        let orders = a.order != 0 && b.order != 0 && a.order != b.order;
        let same = a.birth == b.birth && a.sex == b.sex;
        let decision = match () {
            () if !known => Decision::Nothing,
            () if same && (orders || a.name != b.name) => Decision::Conflict,
            () if same => Decision::Link,
            () if a.name == b.name && a.phone == b.phone && a.phone != 0 => Decision::Review,
            () => Decision::Nothing,
        };
        Verdict {
            decision,
            score: 10.0,
        }
    }

    fn explain(&self, _one: &PatientRecord, _other: &PatientRecord) -> Vec<Term> {
        Vec::new()
    }
}
