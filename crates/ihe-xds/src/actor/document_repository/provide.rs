//! ITI-41 Provide and Register Document Set-b, as the repository answers it (ITI TF-2 3.41.4.1.3):
//! validate, store durably, register by ITI-42, answer (XDS-T-054).

use super::DocumentRepository;
use super::receive::{self, Received, Trouble};
use crate::actor::serving;
use crate::audit::Subject;
use crate::error::{DecodeError, ErrorCode, RegistryError};
use crate::iti41::{self, Request};
use crate::metadata::Submission;
use crate::registry_response::{self, ResponseStatus};
use crate::store::{
    Arrival, Difference, DocumentStore, PutError, SetId, StagedOf, StoreError, Ticket,
};
use ihe_atna::{Peer, Reservation};
use ihe_soap::{Envelope, Fault, Outgoing, Packaging, Parts, Reply};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Octets of a body that are read on the reactor; more of them are read beside it.
const LONG: usize = 256 * 1024;
/// Audit records of a provide and register that room is made for: the import, and the export to the registry.
const RECORDS: usize = 2;

impl<D: DocumentStore> DocumentRepository<D> {
    pub(super) async fn provide(
        &self,
        peer: &Peer,
        mut envelope: Envelope,
        packaging: Packaging,
        mut parts: Parts,
    ) -> Reply {
        let (mut submission, documents) = match self.decode(&mut envelope).await {
            Err(DecodeError::Malformed(malformed)) => {
                let fault = Fault::sender(malformed.to_string());
                return self.fault(peer, &envelope, fault).await;
            }
            Err(DecodeError::Refused(refusal)) => {
                let _ = receive::drain(&mut parts).await;
                let errors = refusal.errors;
                return self
                    .provided(peer, &envelope, packaging, None, errors, None)
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
                let reply = Outgoing::reply(&envelope, iti41::RESPONSE_ACTION, body);
                return Reply::Message(reply.packed(packaging));
            }
        };
        let errors = match receive::receive(&*self.store, documents, &mut parts).await {
            Ok(Ok(received)) => self.accept(&mut submission, received, &room).await,
            Ok(Err(errors)) => errors,
            Err(Trouble::Message(error)) => {
                return self.fault(peer, &envelope, error.to_fault()).await;
            }
            Err(Trouble::Store(error)) => {
                let _ = receive::drain(&mut parts).await;
                vec![store_failed(&error)]
            }
        };
        let submission = Some(&submission);
        self.provided(peer, &envelope, packaging, submission, errors, Some(&room))
            .await
    }

    /// Reads the request; a long one (documents in base64) off the reactor.
    async fn decode(&self, envelope: &mut Envelope) -> Result<Request, DecodeError> {
        if envelope.body.len() < LONG {
            return iti41::decode(&envelope.body, &self.rules);
        }
        let (body, rules) = (std::mem::take(&mut envelope.body), self.rules.clone());
        let decoded = tokio::task::spawn_blocking(move || {
            let request = iti41::decode(&body, &rules);
            (body, request)
        });
        let broken = |_| DecodeError::Malformed(crate::error::Malformed("not readable".into()));
        let (body, request) = decoded.await.map_err(broken)?;
        envelope.body = body;
        request
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
        let status = match ResponseStatus::of(&errors) {
            // A fault for testing the conformance suite.
            _ if cfg!(renkei_fault = "document-repository-failure-as-success") => {
                ResponseStatus::Success
            }
            status => status,
        };
        let body = registry_response::encode(&errors, status);
        let reply = Outgoing::reply(envelope, iti41::RESPONSE_ACTION, body);
        Reply::Message(reply.packed(packaging))
    }

    /// From received documents to the registry's answer.
    async fn accept(
        &self,
        submission: &mut Submission,
        mut received: Received<D>,
        room: &Reservation,
    ) -> Vec<RegistryError> {
        let (mut errors, mut arrivals) = (Vec::new(), Vec::new());
        for entry in &mut submission.documents {
            entry.repository_unique_id = Some(self.unique_id.clone());
            let Some(staged) = received.remove(&entry.entry_uuid) else {
                let context = entry.entry_uuid.clone();
                errors.push(RegistryError::error(ErrorCode::XdsMissingDocument, context));
                continue;
            };
            errors.extend(receive::compare(entry, &staged));
            arrivals.push(Arrival {
                entry_uuid: entry.entry_uuid.clone(),
                unique_id: entry.unique_id.clone(),
                mime_type: entry.mime_type.clone(),
                staged,
            });
        }
        if !errors.is_empty() {
            return errors;
        }
        match arrivals.is_empty() {
            true => self.register(submission, room).await.errors,
            false => self.store_and_register(submission, arrivals, room).await,
        }
    }

    async fn store_and_register(
        &self,
        submission: &Submission,
        arrivals: Vec<Arrival<StagedOf<D>>>,
        room: &Reservation,
    ) -> Vec<RegistryError> {
        let set = SetId {
            entry_uuid: submission.submission_set.entry_uuid.clone(),
            unique_id: submission.submission_set.unique_id.clone(),
        };
        let ticket = match self.store.put(set, arrivals).await {
            Ok(ticket) => ticket,
            Err(PutError::Differs(differing)) => return differing.iter().map(other).collect(),
            Err(PutError::Store(error)) => return vec![store_failed(&error)],
        };
        let under_way = UnderWay::new(&self.under_way, ticket);
        let registration = self.register(submission, room).await;
        let settled = match registration.fate {
            None => false,
            Some(fate) => match self.store.settle(ticket, fate).await {
                Ok(()) => true,
                Err(error) => {
                    tracing::error!(%error, "a registered submission stays pending");
                    false
                }
            },
        };
        drop(under_way);
        if !settled {
            self.unclear.notify_one();
        }
        registration.errors
    }
}

/// Keeps a submission from being asked about while its registration is under way.
struct UnderWay<'a> {
    all: &'a Mutex<HashSet<Ticket>>,
    ticket: Ticket,
}

impl<'a> UnderWay<'a> {
    fn new(all: &'a Mutex<HashSet<Ticket>>, ticket: Ticket) -> Self {
        let mut tickets = all.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.insert(ticket);
        Self { all, ticket }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut tickets = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.remove(&self.ticket);
    }
}

fn not_audited() -> RegistryError {
    RegistryError::error(ErrorCode::XdsRepositoryError, "audit not recorded")
}

fn store_failed(error: &StoreError) -> RegistryError {
    tracing::error!(%error, "document store failed");
    RegistryError::error(ErrorCode::XdsRepositoryError, "document store failed")
}

/// XDS-T-056: codeContext is the uniqueId.
fn other((unique_id, difference): &(String, Difference)) -> RegistryError {
    let code = match difference {
        Difference::Hash => ErrorCode::XdsNonIdenticalHash,
        Difference::Size => ErrorCode::XdsNonIdenticalSize,
    };
    RegistryError::error(code, unique_id.clone())
}
