//! The patients of the affinity domain and their merges (ITI-8, ITI TF-2 3.8.4.2.4).

use super::view::View;
use super::{MergeError, StoreError};
use std::fmt;

/// What the registry knows of a patient id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatientState {
    /// Never fed: a submission for it is refused with XDSUnknownPatientId.
    Unknown,
    /// Fed and in use.
    Active,
    /// Merged into another id: refused in submissions, empty in queries.
    Subsumed,
}

/// Why a merge leaves the state as it is (V2-R-016).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeProblem {
    /// Both ids are the same.
    SameId,
    /// The id to be subsumed was never fed.
    SubsumedUnknown,
    /// The id to be subsumed was merged before.
    SubsumedAlreadyMerged,
    /// The surviving id was never fed.
    SurvivorUnknown,
    /// The surviving id was itself merged before.
    SurvivorAlreadyMerged,
}

impl MergeProblem {
    /// True if the id at fault is the subsumed one (MRG-1), false if it is the survivor (PID-3).
    pub fn is_of_subsumed(self) -> bool {
        !matches!(self, Self::SurvivorUnknown | Self::SurvivorAlreadyMerged)
    }
}

impl fmt::Display for MergeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SameId => "both identifiers are the same",
            Self::SubsumedUnknown => "subsumed identifier is unknown",
            Self::SubsumedAlreadyMerged => "subsumed identifier was merged before",
            Self::SurvivorUnknown => "surviving identifier is unknown",
            Self::SurvivorAlreadyMerged => "surviving identifier was merged before",
        })
    }
}

/// Says whether `subsumed` may be merged into `survivor` now.
pub(crate) fn check_merge(
    view: &impl View,
    survivor: &str,
    subsumed: &str,
) -> Result<(), MergeError> {
    if survivor == subsumed {
        return Err(MergeError::Refused(MergeProblem::SameId));
    }
    match view.patient_state(subsumed)? {
        PatientState::Unknown => return Err(MergeError::Refused(MergeProblem::SubsumedUnknown)),
        PatientState::Subsumed => {
            return Err(MergeError::Refused(MergeProblem::SubsumedAlreadyMerged));
        }
        PatientState::Active => {}
    }
    match view.patient_state(survivor)? {
        PatientState::Unknown => Err(MergeError::Refused(MergeProblem::SurvivorUnknown)),
        PatientState::Subsumed => Err(MergeError::Refused(MergeProblem::SurvivorAlreadyMerged)),
        PatientState::Active => Ok(()),
    }
}

/// A blocking task of a store that ended without an answer.
pub(crate) fn lost(error: impl fmt::Display) -> StoreError {
    StoreError::Failed(format!("store task ended: {error}"))
}
