//! The patients of the affinity domain and their merges (ITI-8, ITI TF-2 3.8.4.2.4).

use super::StoreError;
use super::view::View;
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

/// Why `subsumed` may not be merged into `survivor` now, if so.
pub(crate) fn merge_problem(
    view: &impl View,
    survivor: &str,
    subsumed: &str,
) -> Result<Option<MergeProblem>, StoreError> {
    if survivor == subsumed {
        return Ok(Some(MergeProblem::SameId));
    }
    Ok(
        match (view.patient_state(subsumed)?, view.patient_state(survivor)?) {
            (PatientState::Unknown, _) => Some(MergeProblem::SubsumedUnknown),
            (PatientState::Subsumed, _) => Some(MergeProblem::SubsumedAlreadyMerged),
            (_, PatientState::Unknown) => Some(MergeProblem::SurvivorUnknown),
            (_, PatientState::Subsumed) => Some(MergeProblem::SurvivorAlreadyMerged),
            (PatientState::Active, PatientState::Active) => None,
        },
    )
}

/// A blocking task of a store that ended without an answer.
pub(crate) fn lost(error: impl fmt::Display) -> StoreError {
    StoreError::Failed(format!("store task ended: {error}"))
}
