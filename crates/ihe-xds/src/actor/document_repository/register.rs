//! ITI-42 Register Document Set-b, as the repository asks for it (ITI TF-2 3.42), and what its answer means for the
//! documents that are stored already.

use super::DocumentRepository;
use crate::actor::{client, serving};
use crate::audit::Subject;
use crate::error::{ErrorCode, RegistryError};
use crate::iti42;
use crate::metadata::Submission;
use crate::registry_response::{self, RegistryResponse, ResponseStatus};
use crate::store::{DocumentStore, Fate};
use ihe_atna::Reservation;
use ihe_soap::Outgoing;

/// How a registration ended.
pub(super) struct Registration {
    /// For the source.
    pub(super) errors: Vec<RegistryError>,
    /// For the documents; `None` if the registry may or may not have the submission.
    pub(super) fate: Option<Fate>,
}

impl<D: DocumentStore> DocumentRepository<D> {
    /// Registers a submission; audited as an export (ITI TF-2 3.42.5.1).
    pub(super) async fn register(
        &self,
        submission: &Submission,
        room: &Reservation,
    ) -> Registration {
        let body = iti42::encode(submission);
        let message = Outgoing::request(iti42::REQUEST_ACTION, &self.registry_url, body);
        let call = self.registry.call(&self.registry_url, message);
        let mut registration = match tokio::time::timeout(self.reconciliation.patience, call).await
        {
            Err(_) => unclear("the registry did not answer in time"),
            Ok(Err(ihe_soap::Error::Fault(fault))) => {
                let code = fault.code.as_str();
                unclear(&format!("the registry answered with a fault: {code}"))
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "registry not available");
                unclear("the registry did not answer")
            }
            Ok(Ok(reply)) => match registry_response::decode(&reply.envelope.body) {
                Ok(response) => answered(response),
                Err(_) => unclear("the registry's answer cannot be read"),
            },
        };
        let ends = client::ends(&self.registry_url, None);
        let subject = Subject::from(submission);
        let events = iti42::audit(&ends, &subject, &serving::verdict(&registration.errors));
        if serving::record_in(room, events).await.is_err() {
            let code = ErrorCode::XdsRepositoryError;
            let error = RegistryError::error(code, "audit not recorded");
            registration.errors.push(error);
        }
        registration
    }
}

/// XDS-T-055: what the registry says is passed on.
fn answered(response: RegistryResponse) -> Registration {
    let RegistryResponse { status, mut errors } = response;
    let broke = errors
        .iter()
        .any(|error| error.code == ErrorCode::XdsRegistryError);
    let fate = match status {
        ResponseStatus::Success | ResponseStatus::PartialSuccess => Some(Fate::Keep),
        // Not a rule that was broken but the registry: before or after it had stored the submission.
        ResponseStatus::Failure if broke => None,
        // A fault for testing the conformance suite.
        _ if cfg!(renkei_fault = "document-repository-refused-is-kept") => Some(Fate::Keep),
        ResponseStatus::Failure => Some(Fate::Drop),
    };
    let failed = status != ResponseStatus::Success;
    if failed && ResponseStatus::of(&errors) == ResponseStatus::Success {
        // A Failure without an error would be answered as a success.
        let code = ErrorCode::XdsRepositoryError;
        let context = "the registry refused without a reason";
        errors.push(RegistryError::error(code, context));
    }
    Registration { errors, fate }
}

/// The registry may or may not have registered: what is stored stays until it has been asked.
fn unclear(context: &str) -> Registration {
    let error = RegistryError::error(ErrorCode::XdsRegistryNotAvailable, context);
    Registration {
        errors: vec![error],
        fate: None,
    }
}
