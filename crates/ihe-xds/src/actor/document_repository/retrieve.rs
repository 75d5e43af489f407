//! ITI-43 Retrieve Document Set, as the repository answers it (ITI TF-2 3.43.4.1.3).
//!
//! All documents of an answer are opened and sized before its first octet is sent.

use super::DocumentRepository;
use super::sending::{Alarm, Sending, set_aside};
use crate::actor::{client, serving};
use crate::audit::Ends;
use crate::error::{ErrorCode, RegistryError};
use crate::iti43::{self, Content, DocumentRequest, DocumentResponse, Request, Response};
use crate::store::{self, Damage, DocumentStore, Reading, StoredDocument};
use ihe_atna::Peer;
use ihe_soap::{Attachment, Envelope, Fault, Outgoing, Packaging, Reply, Source};
use std::sync::Arc;

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
                let fault = Fault::sender(malformed.to_string());
                return self.fault(peer, envelope, fault).await;
            }
        };
        let ends = client::turned(serving::ends(peer, Some(envelope)));
        let Answer {
            documents,
            mut attachments,
            errors,
        } = self.collect(&request, &ends).await;
        let mut response = Response::new(documents, errors);
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

    async fn collect(&self, request: &Request, ends: &Ends) -> Answer {
        let mut answer = Answer::default();
        if request.documents.len() > self.limits.parts {
            let code = ErrorCode::XdsRepositoryOutOfResources;
            let error = RegistryError::error(code, "more documents than one answer may hold");
            answer.errors.push(error);
            return answer;
        }
        let mut busy = false;
        for wanted in &request.documents {
            match self.find(wanted, ends, &mut busy).await {
                Ok((mime_type, source)) => answer.give(wanted, mime_type, source),
                Err(error) => {
                    let error = error.at(wanted.repository_unique_id.clone());
                    answer.errors.push(error);
                }
            }
        }
        answer
    }

    /// XDS-T-071: the document's MIME type and octets, or why it is not to be had.
    async fn find(
        &self,
        wanted: &DocumentRequest,
        ends: &Ends,
        busy: &mut bool,
    ) -> Result<(String, Source), RegistryError> {
        let DocumentRequest {
            repository_unique_id: repository,
            document_unique_id: id,
            ..
        } = wanted;
        // A fault for testing the conformance suite.
        let any = cfg!(renkei_fault = "document-repository-any-repository-id-answered");
        if *repository != self.unique_id && !any {
            let code = ErrorCode::XdsUnknownRepositoryId;
            return Err(RegistryError::error(code, repository.clone()));
        }
        let not_available =
            || RegistryError::error(ErrorCode::XdsDocumentUniqueIdError, id.clone());
        match self.store.open(id).await {
            Ok(Some(StoredDocument {
                content: store::Content::Withheld,
                ..
            }))
            | Ok(None) => Err(not_available()),
            Ok(Some(document)) => {
                let mut mime_type = document.held.mime_type.clone();
                // A fault for testing the conformance suite.
                if cfg!(renkei_fault = "document-repository-mime-type-forgotten") {
                    mime_type = "application/octet-stream".to_owned();
                }
                let source = self.source(wanted, ends, document, busy).await?;
                Ok((mime_type, source))
            }
            Err(error) => {
                tracing::error!(%error, "document store failed");
                Err(repository_error("document store failed"))
            }
        }
    }

    /// A document in memory is checked now, another while it is sent.
    async fn source(
        &self,
        wanted: &DocumentRequest,
        ends: &Ends,
        document: StoredDocument,
        busy: &mut bool,
    ) -> Result<Source, RegistryError> {
        let held = document.held.clone();
        let in_memory = matches!(document.content, store::Content::Bytes(_));
        let mut reading = match Reading::new(document) {
            Ok(reading) => reading,
            Err(damage) => return Err(self.damaged(&held, &damage).await),
        };
        if in_memory || held.size == 0 {
            return match reading.next().await {
                Ok(bytes) => Ok(Source::Bytes(bytes.unwrap_or_default())),
                Err(damage) => Err(self.damaged(&held, &damage).await),
            };
        }
        let place = match *busy {
            true => None,
            false => self.open.place().await,
        };
        let Some(place) = place else {
            *busy = true;
            let code = ErrorCode::XdsRepositoryBusy;
            return Err(RegistryError::error(code, "too many documents are open"));
        };
        let alarm = Alarm {
            store: Arc::clone(&self.store),
            node: self.node.clone(),
            ends: ends.clone(),
            wanted: wanted.clone(),
            held,
        };
        let sending = Sending {
            reading,
            alarm,
            _place: place,
        };
        Ok(sending.source())
    }

    async fn damaged(&self, held: &store::Held, damage: &Damage) -> RegistryError {
        set_aside(&*self.store, held, damage).await;
        repository_error("the stored document is damaged")
    }
}

impl Answer {
    fn give(&mut self, wanted: &DocumentRequest, mime_type: String, source: Source) {
        let attachment = Attachment::new(mime_type.clone(), source);
        self.documents.push(DocumentResponse {
            request: wanted.clone(),
            new_repository_unique_id: None,
            new_document_unique_id: None,
            mime_type,
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
