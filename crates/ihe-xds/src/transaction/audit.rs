//! Audit descriptions shared by the transactions (ITI TF-2 3.20, and section 5 of each transaction).

use super::registry_response::ResponseStatus;
use crate::error::{ErrorCode, RegistryError, Severity};
use crate::metadata::Submission;
use ihe_atna::{
    Action, Coded, CodedRef, Human, Outcome, Participant, ParticipantObject, TransactionEvent,
    codes,
};
use std::fmt;

/// The two ends of an exchange and the person behind it.
#[derive(Clone, Debug)]
pub struct Ends {
    /// Source of the data or query (DICOM 110153). For ITI-43 that is the Repository.
    pub source: Participant,
    /// Destination of the data or query (DICOM 110152). For ITI-43 that is the Consumer.
    pub destination: Participant,
    /// Whether the actor that records is `source`.
    pub initiator_is_us: bool,
    /// The person, 0..1.
    pub human: Option<Human>,
    /// Why, 0..1.
    pub purpose_of_use: Option<Coded>,
}

/// How an exchange ended, in the terms of an audit record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    outcomes: Vec<(Outcome, Option<String>)>,
}

impl Verdict {
    /// It was done.
    pub fn success() -> Self {
        Self {
            outcomes: vec![(Outcome::Success, None)],
        }
    }

    /// It was not done, for a reason without patient data: a fault, a transport failure.
    pub fn failure(outcome: Outcome, description: impl Into<String>) -> Self {
        Self {
            outcomes: vec![(outcome, Some(description.into()))],
        }
    }

    /// From a response: PartialSuccess is a success and a failure (ATNA-R-040).
    pub fn of(status: ResponseStatus, errors: &[RegistryError]) -> Self {
        let failed = || (severity(errors), Some(described(errors)));
        let outcomes = match status {
            ResponseStatus::Success => vec![(Outcome::Success, None)],
            ResponseStatus::PartialSuccess => vec![(Outcome::Success, None), failed()],
            ResponseStatus::Failure => vec![failed()],
        };
        Self { outcomes }
    }
}

/// The actor's own trouble is serious, the sender's is minor.
fn severity(errors: &[RegistryError]) -> Outcome {
    let internal = |error: &RegistryError| {
        matches!(
            error.code,
            ErrorCode::XdsRepositoryError
                | ErrorCode::XdsRegistryNotAvailable
                | ErrorCode::XdsRegistryOutOfResources
                | ErrorCode::XdsRepositoryOutOfResources
        )
    };
    match errors.iter().any(internal) {
        true => Outcome::SeriousFailure,
        false => Outcome::MinorFailure,
    }
}

fn described(errors: &[RegistryError]) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for error in errors
        .iter()
        .filter(|error| error.severity == Severity::Error)
    {
        if !codes.contains(&error.code.as_str()) && codes.len() < 20 {
            codes.push(error.code.as_str());
        }
    }
    codes.join(" ")
}

/// What an audit record of a submission names; what could not be read is left out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// patientId of the SubmissionSet, 0..1.
    pub patient_id: Option<String>,
    /// uniqueId of the SubmissionSet, 0..1.
    pub submission_set: Option<String>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("patient", &self.patient_id.is_some())
            .field("submission_set", &self.submission_set)
            .finish()
    }
}

impl From<&Submission> for Subject {
    fn from(submission: &Submission) -> Self {
        let set = &submission.submission_set;
        Self {
            patient_id: Some(set.patient_id.clone()),
            submission_set: Some(set.unique_id.clone()),
        }
    }
}

impl Subject {
    pub(super) fn objects(&self) -> Vec<ParticipantObject> {
        let patient = self.patient_id.as_deref().map(ParticipantObject::patient);
        let set = self
            .submission_set
            .as_deref()
            .map(ParticipantObject::submission_set);
        patient.into_iter().chain(set).collect()
    }
}

pub(super) const QUERY: (CodedRef, Action) = (codes::EVENT_QUERY, Action::Execute);

/// Export and read at the source of data, import and create at its destination.
pub(super) fn moved(ends: &Ends) -> (CodedRef, Action) {
    match ends.initiator_is_us {
        true => (codes::EVENT_EXPORT, Action::Read),
        false => (codes::EVENT_IMPORT, Action::Create),
    }
}

/// One event for each outcome of the verdict.
pub(super) fn events(
    ends: &Ends,
    (event_id, action): (CodedRef, Action),
    transaction: (&'static str, &'static str),
    objects: Vec<ParticipantObject>,
    verdict: &Verdict,
) -> Vec<TransactionEvent> {
    let event = |(outcome, description): &(Outcome, Option<String>)| TransactionEvent {
        event_id,
        action,
        transaction,
        outcome: *outcome,
        outcome_description: description.clone(),
        initiator_is_us: ends.initiator_is_us,
        source: ends.source.clone(),
        destination: ends.destination.clone(),
        human: ends.human.clone(),
        purpose_of_use: ends.purpose_of_use.clone(),
        objects: objects.clone(),
    };
    verdict.outcomes.iter().map(event).collect()
}
