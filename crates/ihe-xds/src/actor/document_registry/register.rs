//! ITI-42 Register Document Set-b and ITI-61 Register On-Demand Document Entry, as the registry answers them (ITI TF-2 3.42.4.1.3, 3.61.4.1.3).

use super::DocumentRegistry;
use crate::actor::serving;
use crate::affinity::Rules;
use crate::audit::{Ends, Subject, Verdict};
use crate::error::{DecodeError, ErrorCode, RegistryError};
use crate::metadata::Submission;
use crate::registry_response::{self, ResponseStatus};
use crate::store::{RegisterError, RegistryStore};
use crate::validate::Accepted;
use crate::{iti42, iti61};
use ihe_atna::{Peer, TransactionEvent};
use ihe_soap::{Envelope, Fault, Outgoing, Reply};

/// Audit records of a registration that room is made for.
const RECORDS: usize = 1;

/// What tells the two transactions apart.
pub(super) struct Registration {
    pub(super) request_action: &'static str,
    response_action: &'static str,
    accept: fn(&str, &Rules) -> Result<Accepted, DecodeError>,
    pub(super) audit: fn(&Ends, &Subject, &Verdict) -> Vec<TransactionEvent>,
}

/// ITI-42
pub(super) static STABLE: Registration = Registration {
    request_action: iti42::REQUEST_ACTION,
    response_action: iti42::RESPONSE_ACTION,
    accept: iti42::accept,
    audit: iti42::audit,
};

/// ITI-61
pub(super) static ON_DEMAND: Registration = Registration {
    request_action: iti61::REQUEST_ACTION,
    response_action: iti61::RESPONSE_ACTION,
    accept: iti61::accept,
    audit: iti61::audit,
};

impl<R: RegistryStore> DocumentRegistry<R> {
    pub(super) async fn register(
        &self,
        peer: &Peer,
        envelope: &Envelope,
        transaction: &Registration,
    ) -> Reply {
        // Room for the audit record first: nothing is registered that could not be audited.
        let room = self.node.reserve(RECORDS);
        let (submission, mut errors) = match (transaction.accept)(&envelope.body, &self.rules) {
            Err(DecodeError::Malformed(malformed)) => {
                return self
                    .fault(peer, envelope, Fault::sender(malformed.to_string()))
                    .await;
            }
            Err(DecodeError::Refused(refusal)) => (None, refusal.errors),
            Ok(accepted) if room.is_err() => (Some(accepted.submission), Vec::new()),
            Ok(accepted) => {
                let mut errors = self.store_submission(accepted.submission.clone()).await;
                accepted.locate_as_sent(&mut errors);
                (Some(accepted.submission), errors)
            }
        };
        let ends = serving::ends(peer, Some(envelope));
        let verdict = serving::verdict(&errors);
        let subject = submission.as_ref().map_or_else(
            || serving::subject_of(&envelope.body, &self.rules.limits),
            Subject::from,
        );
        let events = (transaction.audit)(&ends, &subject, &verdict);
        let recorded = match &room {
            Ok(room) => serving::record_in(room, events).await.is_ok(),
            Err(error) => {
                tracing::error!(%error, "no room for an audit record: not registered");
                false
            }
        };
        if !recorded {
            errors.push(RegistryError::error(
                ErrorCode::XdsRegistryError,
                "audit not recorded",
            ));
        }
        let status = match ResponseStatus::of(&errors) {
            // A fault for testing the conformance suite.
            _ if cfg!(renkei_fault = "document-registry-failure-as-success") => {
                ResponseStatus::Success
            }
            status => status,
        };
        // A fault for testing the conformance suite.
        if cfg!(renkei_fault = "document-registry-only-first-error") {
            errors.truncate(1);
        }
        let body = registry_response::encode(&errors, status);
        Reply::Message(Outgoing::reply(envelope, transaction.response_action, body))
    }

    async fn store_submission(&self, submission: Submission) -> Vec<RegistryError> {
        match self.store.register(submission, chrono::Utc::now()).await {
            Ok(()) => Vec::new(),
            Err(RegisterError::Refused(refusal)) => refusal.errors,
            Err(RegisterError::Store(error)) => {
                tracing::error!(%error, "registry store failed");
                vec![RegistryError::error(
                    ErrorCode::XdsRegistryError,
                    "registry store failed",
                )]
            }
        }
    }
}
