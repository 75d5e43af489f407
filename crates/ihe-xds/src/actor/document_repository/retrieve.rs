//! ITI-43 Retrieve Document Set, as the repository answers it (ITI TF-2 3.43.4.1.3).

use super::DocumentRepository;
use crate::actor::{client, serving};
use crate::audit::Verdict;
use crate::error::{DecodeError, ErrorCode, RegistryError};
use crate::iti43::{self, Content, DocumentRequest, DocumentResponse, Request, Response};
use crate::registry_response::ResponseStatus;
use crate::store::{self, DocumentStore, StoredDocument};
use ihe_atna::Peer;
use ihe_soap::{Attachment, Envelope, Fault, Outgoing, Packaging, Reply, Source};

/// What is answered, gathered document by document.
#[derive(Default)]
struct Answer {
    documents: Vec<DocumentResponse>,
    attachments: Vec<Attachment>,
    given: Vec<DocumentRequest>,
    refused: Vec<DocumentRequest>,
    errors: Vec<RegistryError>,
}

impl<D: DocumentStore> DocumentRepository<D> {
    pub(super) async fn retrieve(
        &self,
        peer: &Peer,
        envelope: &Envelope,
        packaging: Packaging,
    ) -> Reply {
        let answer = match Request::decode(&envelope.body, &self.rules.limits) {
            Err(DecodeError::Malformed(malformed)) => {
                return self.fault(peer, envelope, Fault::sender(malformed.to_string())).await;
            }
            Err(DecodeError::Refused(refusal)) => {
                Answer { errors: refusal.errors, ..Answer::default() }
            }
            Ok(request) => self.collect(request).await,
        };
        let status = answer.status();
        let (documents, attachments, errors) = match self.audit(peer, envelope, &answer).await {
            true => (answer.documents, answer.attachments, answer.errors),
            false => (Vec::new(), Vec::new(), vec![repository_error("audit not recorded")]),
        };
        let status = if documents.is_empty() { ResponseStatus::of(&errors) } else { status };
        let body = Response { status, errors, documents }.encode();
        let reply = Outgoing::reply(envelope, iti43::RESPONSE_ACTION, body);
        let reply = attachments.into_iter().fold(reply, Outgoing::attach);
        if reply.attachments.is_empty() {
            return Reply::Message(reply.packed(packaging));
        }
        Reply::Message(reply.mtom())
    }

    async fn collect(&self, request: Request) -> Answer {
        let mut answer = Answer::default();
        for wanted in request.documents {
            match self.find(&wanted).await {
                Ok(stored) => answer.give(wanted, stored),
                Err(error) => {
                    answer.errors.push(error.at(wanted.repository_unique_id.clone()));
                    answer.refused.push(wanted);
                }
            }
        }
        answer
    }

    /// XDS-T-071.
    async fn find(&self, wanted: &DocumentRequest) -> Result<StoredDocument, RegistryError> {
        if wanted.repository_unique_id != self.unique_id {
            let (code, id) = (ErrorCode::XdsUnknownRepositoryId, &wanted.repository_unique_id);
            return Err(RegistryError::error(code, id.clone()));
        }
        let id = &wanted.document_unique_id;
        match self.store.open(id).await {
            Ok(Some(stored)) => Ok(stored),
            Ok(None) => Err(RegistryError::error(ErrorCode::XdsDocumentUniqueIdError, id.clone())),
            Err(error) => {
                tracing::error!(%error, "document store failed");
                Err(repository_error("document store failed"))
            }
        }
    }

    /// One event for what was given, one for what was refused (ATNA-R-040). False: not recorded.
    async fn audit(&self, peer: &Peer, envelope: &Envelope, answer: &Answer) -> bool {
        let ends = client::turned(serving::ends(peer, Some(envelope)));
        let mut events = Vec::new();
        if !answer.given.is_empty() {
            events.extend(iti43::audit(&ends, &answer.given, None, &Verdict::success()));
        }
        if !answer.errors.is_empty() {
            let verdict = Verdict::of(ResponseStatus::Failure, &answer.errors);
            events.extend(iti43::audit(&ends, &answer.refused, None, &verdict));
        }
        serving::record(&self.node, events).await.is_ok()
    }
}

impl Answer {
    fn give(&mut self, wanted: DocumentRequest, stored: StoredDocument) {
        let source = match stored.content {
            store::Content::File(path) => Source::File(path),
            store::Content::Bytes(bytes) => Source::Bytes(bytes),
        };
        let attachment = Attachment::new(stored.mime_type.clone(), source);
        self.documents.push(DocumentResponse {
            home_community_id: wanted.home_community_id.clone(),
            repository_unique_id: wanted.repository_unique_id.clone(),
            document_unique_id: wanted.document_unique_id.clone(),
            mime_type: stored.mime_type,
            content: Content::Include { content_id: attachment.content_id.clone() },
        });
        self.attachments.push(attachment);
        self.given.push(wanted);
    }

    /// XDS-T-072.
    fn status(&self) -> ResponseStatus {
        match (self.errors.is_empty(), self.documents.is_empty()) {
            (true, _) => ResponseStatus::Success,
            (false, false) => ResponseStatus::PartialSuccess,
            (false, true) => ResponseStatus::Failure,
        }
    }
}

fn repository_error(context: &str) -> RegistryError {
    RegistryError::error(ErrorCode::XdsRepositoryError, context)
}
