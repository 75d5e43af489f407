//! ITI-43 Retrieve Document Set, as the repository answers it (ITI TF-2 3.43.4.1.3).

use super::DocumentRepository;
use crate::actor::{client, serving};
use crate::error::{ErrorCode, RegistryError};
use crate::iti43::{self, Content, DocumentRequest, DocumentResponse, Request, Response};
use crate::store::{self, DocumentStore, StoredDocument};
use ihe_atna::Peer;
use ihe_soap::{Attachment, Envelope, Fault, Outgoing, Packaging, Reply, Source};

/// What is answered, gathered document by document.
#[derive(Default)]
struct Answer {
    documents: Vec<DocumentResponse>,
    attachments: Vec<Attachment>,
    errors: Vec<RegistryError>,
}

impl<D: DocumentStore> DocumentRepository<D> {
    pub(super) async fn retrieve(
        &self,
        peer: &Peer,
        envelope: &Envelope,
        packaging: Packaging,
    ) -> Reply {
        let request = match Request::decode(&envelope.body, &self.rules.limits) {
            Ok(request) => request,
            Err(malformed) => {
                return self
                    .fault(peer, envelope, Fault::sender(malformed.to_string()))
                    .await;
            }
        };
        let Answer {
            documents,
            mut attachments,
            errors,
        } = self.collect(&request).await;
        let mut response = Response::new(documents, errors);
        let ends = client::turned(serving::ends(peer, Some(envelope)));
        let events = iti43::audit(&ends, &request, &response, None);
        if serving::record(&self.node, events).await.is_err() {
            attachments.clear();
            response = Response::new(Vec::new(), vec![repository_error("audit not recorded")]);
        }
        let reply = Outgoing::reply(envelope, iti43::RESPONSE_ACTION, response.encode());
        let reply = attachments.into_iter().fold(reply, Outgoing::attach);
        if reply.attachments.is_empty() {
            return Reply::Message(reply.packed(packaging));
        }
        Reply::Message(reply.mtom())
    }

    async fn collect(&self, request: &Request) -> Answer {
        let mut answer = Answer::default();
        for wanted in &request.documents {
            match self.find(wanted).await {
                Ok(stored) => answer.give(wanted, stored),
                Err(error) => {
                    answer
                        .errors
                        .push(error.at(wanted.repository_unique_id.clone()));
                }
            }
        }
        answer
    }

    /// XDS-T-071.
    async fn find(&self, wanted: &DocumentRequest) -> Result<StoredDocument, RegistryError> {
        if wanted.repository_unique_id != self.unique_id {
            let (code, id) = (
                ErrorCode::XdsUnknownRepositoryId,
                &wanted.repository_unique_id,
            );
            return Err(RegistryError::error(code, id.clone()));
        }
        let id = &wanted.document_unique_id;
        match self.store.open(id).await {
            Ok(Some(stored)) => Ok(stored),
            Ok(None) => Err(RegistryError::error(
                ErrorCode::XdsDocumentUniqueIdError,
                id.clone(),
            )),
            Err(error) => {
                tracing::error!(%error, "document store failed");
                Err(repository_error("document store failed"))
            }
        }
    }
}

impl Answer {
    fn give(&mut self, wanted: &DocumentRequest, stored: StoredDocument) {
        let source = match stored.content {
            store::Content::File(path) => Source::File(path),
            store::Content::Bytes(bytes) => Source::Bytes(bytes),
        };
        let attachment = Attachment::new(stored.mime_type.clone(), source);
        self.documents.push(DocumentResponse {
            request: wanted.clone(),
            new_repository_unique_id: None,
            new_document_unique_id: None,
            mime_type: stored.mime_type,
            content: Content::Include {
                content_id: attachment.content_id.clone(),
            },
        });
        self.attachments.push(attachment);
    }
}

fn repository_error(context: &str) -> RegistryError {
    RegistryError::error(ErrorCode::XdsRepositoryError, context)
}
