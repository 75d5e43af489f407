//! ITI-42 Register Document Set-b, as the registry answers it (ITI TF-2 3.42.4.1.3).

use super::DocumentRegistry;
use crate::actor::serving;
use crate::audit::Subject;
use crate::error::{DecodeError, ErrorCode, RegistryError};
use crate::iti42;
use crate::metadata::Submission;
use crate::registry_response::{self, ResponseStatus};
use crate::store::{RegisterError, RegistryStore};
use ihe_atna::Peer;
use ihe_soap::{Envelope, Fault, Outgoing, Reply};

impl<R: RegistryStore> DocumentRegistry<R> {
    pub(super) async fn register(&self, peer: &Peer, envelope: &Envelope) -> Reply {
        let (submission, mut errors) = match iti42::accept(&envelope.body, &self.rules) {
            Err(DecodeError::Malformed(malformed)) => {
                return self
                    .fault(peer, envelope, Fault::sender(malformed.to_string()))
                    .await;
            }
            Err(DecodeError::Refused(refusal)) => (None, refusal.errors),
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
        let events = iti42::audit(&ends, &subject, &verdict);
        if serving::record(&self.node, events).await.is_err() {
            errors.push(RegistryError::error(
                ErrorCode::XdsRegistryError,
                "audit not recorded",
            ));
        }
        let body = registry_response::encode(&errors, ResponseStatus::of(&errors));
        Reply::Message(Outgoing::reply(envelope, iti42::RESPONSE_ACTION, body))
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
