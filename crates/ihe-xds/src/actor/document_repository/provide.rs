//! ITI-41 Provide and Register Document Set-b, as the repository answers it (ITI TF-2 3.41.4.1.3):
//! validate, store durably, register by ITI-42, answer.

use super::DocumentRepository;
use super::receive::{self, Received, Trouble};
use crate::actor::{client, serving};
use crate::audit::Subject;
use crate::error::{DecodeError, ErrorCode, RegistryError};
use crate::iti41::{self, Request};
use crate::iti42;
use crate::metadata::Submission;
use crate::registry_response::{self, ResponseStatus};
use crate::store::{CommitError, DocumentStore};
use ihe_atna::{Peer, Reservation};
use ihe_soap::{Envelope, Fault, Outgoing, Packaging, Parts, Reply};

/// Audit records of a provide and register that room is made for: the import, and the export to
/// the registry.
const RECORDS: usize = 2;

/// How a registration ended.
struct Registration {
    errors: Vec<RegistryError>,
    /// The registry has the submission, or may have it.
    keep: bool,
}

impl<D: DocumentStore> DocumentRepository<D> {
    pub(super) async fn provide(
        &self,
        peer: &Peer,
        envelope: &Envelope,
        packaging: Packaging,
        mut parts: Parts,
    ) -> Reply {
        let (mut submission, documents) = match iti41::decode(&envelope.body, &self.rules) {
            Err(DecodeError::Malformed(malformed)) => {
                return self
                    .fault(peer, envelope, Fault::sender(malformed.to_string()))
                    .await;
            }
            Err(DecodeError::Refused(refusal)) => {
                let _ = receive::drain(&mut parts).await;
                return self
                    .provided(peer, envelope, packaging, None, refusal.errors, None)
                    .await;
            }
            Ok(Request {
                submission,
                documents,
            }) => (submission, documents),
        };
        // Room for the audit records first: nothing is stored that could not be audited.
        let room = match self.node.reserve(RECORDS) {
            Ok(room) => room,
            Err(error) => {
                tracing::error!(%error, "no room for an audit record: nothing stored");
                let _ = receive::drain(&mut parts).await;
                let body = registry_response::encode(&[not_audited()], ResponseStatus::Failure);
                let reply = Outgoing::reply(envelope, iti41::RESPONSE_ACTION, body);
                return Reply::Message(reply.packed(packaging));
            }
        };
        let errors = match receive::receive(&self.store, documents, &mut parts).await {
            Ok(Ok(received)) => self.accept(&mut submission, received, &room).await,
            Ok(Err(errors)) => errors,
            Err(Trouble::Message(error)) => {
                return self.fault(peer, envelope, error.to_fault()).await;
            }
            Err(Trouble::Store(error)) => {
                tracing::error!(%error, "document store failed");
                let _ = receive::drain(&mut parts).await;
                vec![store_failed()]
            }
        };
        let submission = Some(&submission);
        self.provided(peer, envelope, packaging, submission, errors, Some(&room))
            .await
    }

    /// Audits and answers.
    async fn provided(
        &self,
        peer: &Peer,
        envelope: &Envelope,
        packaging: Packaging,
        submission: Option<&Submission>,
        mut errors: Vec<RegistryError>,
        room: Option<&Reservation>,
    ) -> Reply {
        let ends = serving::ends(peer, Some(envelope));
        let subject = submission.map_or_else(
            || serving::subject_of(&envelope.body, &self.rules.limits),
            Subject::from,
        );
        let events = iti41::audit(&ends, &subject, &serving::verdict(&errors));
        let recorded = match room {
            Some(room) => serving::record_in(room, events).await,
            None => serving::record(&self.node, events).await,
        };
        if recorded.is_err() {
            errors.push(not_audited());
        }
        let body = registry_response::encode(&errors, ResponseStatus::of(&errors));
        let reply = Outgoing::reply(envelope, iti41::RESPONSE_ACTION, body);
        Reply::Message(reply.packed(packaging))
    }

    /// From documents on disk to the registry's answer.
    async fn accept(
        &self,
        submission: &mut Submission,
        mut received: Received<D>,
        room: &Reservation,
    ) -> Vec<RegistryError> {
        let mut errors = Vec::new();
        for entry in &mut submission.documents {
            entry.repository_unique_id = Some(self.unique_id.clone());
            match received.get(&entry.entry_uuid) {
                Some(staged) => errors.extend(receive::compare(entry, staged)),
                None => errors.push(RegistryError::error(
                    ErrorCode::XdsMissingDocument,
                    entry.entry_uuid.clone(),
                )),
            }
        }
        if !errors.is_empty() {
            return errors;
        }
        let mut stored = Vec::new();
        for entry in &submission.documents {
            let Some(staged) = received.remove(&entry.entry_uuid) else {
                continue;
            };
            let (id, mime) = (&entry.unique_id, &entry.mime_type);
            match self.claims.commit(&self.store, staged, id, mime).await {
                Ok(()) => stored.push(id.clone()),
                Err(error) => errors.push(refused_by_store(&error, id)),
            }
        }
        let registration = if errors.is_empty() {
            self.register(submission, room).await
        } else {
            Registration {
                errors,
                keep: false,
            }
        };
        for id in &stored {
            if let Err(error) = self
                .claims
                .release(&self.store, id, registration.keep)
                .await
            {
                tracing::warn!(%error, "a document of a refused submission stays");
            }
        }
        registration.errors
    }

    /// ITI-42, audited as an export (ITI TF-2 3.42.5.1).
    async fn register(&self, submission: &Submission, room: &Reservation) -> Registration {
        let body = iti42::encode(submission);
        let message = Outgoing::request(iti42::REQUEST_ACTION, &self.registry_url, body);
        let registration = match self.registry.call(&self.registry_url, message).await {
            Ok(reply) => match registry_response::decode(&reply.envelope.body) {
                Ok(response) => Registration {
                    keep: response.status != ResponseStatus::Failure,
                    errors: explained(response),
                },
                Err(_) => unclear("the registry's answer cannot be read"),
            },
            Err(ihe_soap::Error::Fault(fault)) => Registration {
                errors: vec![RegistryError::error(
                    ErrorCode::XdsRepositoryError,
                    format!(
                        "the registry answered with a fault: {}",
                        fault.code.as_str()
                    ),
                )],
                keep: false,
            },
            Err(error) => {
                tracing::warn!(%error, "registry not available");
                unclear("the registry did not answer")
            }
        };
        let ends = client::ends(&self.registry_url, None);
        let events = iti42::audit(
            &ends,
            &Subject::from(submission),
            &serving::verdict(&registration.errors),
        );
        let recorded = serving::record_in(room, events).await;
        with_audit(registration, recorded.is_ok())
    }
}

/// A Failure without an error would be answered as a success.
fn explained(response: registry_response::RegistryResponse) -> Vec<RegistryError> {
    let mut errors = response.errors;
    let failed = response.status != ResponseStatus::Success;
    if failed && ResponseStatus::of(&errors) == ResponseStatus::Success {
        errors.push(RegistryError::error(
            ErrorCode::XdsRepositoryError,
            "the registry refused without a reason",
        ));
    }
    errors
}

/// The registry may or may not have registered: what is stored has to stay.
fn unclear(context: &str) -> Registration {
    let error = RegistryError::error(ErrorCode::XdsRegistryNotAvailable, context);
    Registration {
        errors: vec![error],
        keep: true,
    }
}

fn with_audit(mut registration: Registration, recorded: bool) -> Registration {
    if !recorded {
        registration.errors.push(not_audited());
    }
    registration
}

fn not_audited() -> RegistryError {
    RegistryError::error(ErrorCode::XdsRepositoryError, "audit not recorded")
}

fn store_failed() -> RegistryError {
    RegistryError::error(ErrorCode::XdsRepositoryError, "document store failed")
}

/// XDS-T-056: codeContext is the uniqueId.
fn refused_by_store(error: &CommitError, unique_id: &str) -> RegistryError {
    match error {
        CommitError::OtherHash => RegistryError::error(ErrorCode::XdsNonIdenticalHash, unique_id),
        CommitError::OtherSize => RegistryError::error(ErrorCode::XdsNonIdenticalSize, unique_id),
        CommitError::Store(error) => {
            tracing::error!(%error, "document store failed");
            store_failed()
        }
    }
}
