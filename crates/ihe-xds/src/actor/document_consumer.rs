//! Document Consumer (ITI TF-1 10.1.1.2): ITI-18 Registry Stored Query, ITI-43 Retrieve Document Set.

use super::client::{self, Error};
use super::connector::NodeConnector;
use crate::audit::Verdict;
use crate::error::Refusal;
use crate::iti18::{self, StoredQuery};
use crate::iti43::{self, Content, DocumentRequest, DocumentResponse};
use crate::metadata::{DocumentEntry, Objects};
use crate::registry_response::ResponseStatus;
use aws_lc_rs::digest;
use bytes::Bytes;
use ihe_atna::{As, ParticipantObject, SecureNode};
use ihe_soap::{Client, Incoming, Limits, Outgoing};
use std::collections::HashMap;
use std::path::Path;
use tokio::io::AsyncWriteExt;

/// Octets of a document that [`DocumentConsumer::retrieve`] takes into memory at most.
const IN_MEMORY: u64 = 256 * 1024 * 1024;

/// The actor: asks one registry, retrieves from any number of repositories.
pub struct DocumentConsumer {
    node: SecureNode,
    client: Client<NodeConnector>,
    registry_url: String,
    repositories: HashMap<String, String>,
}

impl DocumentConsumer {
    /// A consumer that asks the registry at this URL.
    pub fn new(node: SecureNode, registry_url: &str) -> Self {
        Self::with_limits(node, registry_url, Limits::default())
    }

    /// With other limits.
    pub fn with_limits(node: SecureNode, registry_url: &str, limits: Limits) -> Self {
        let client = Client::new(NodeConnector::new(node.clone()), limits);
        let registry_url = registry_url.to_owned();
        Self {
            node,
            client,
            registry_url,
            repositories: HashMap::new(),
        }
    }

    /// Says where the repository with this repositoryUniqueId is.
    pub fn with_repository(mut self, unique_id: &str, url: &str) -> Self {
        self.repositories
            .insert(unique_id.to_owned(), url.to_owned());
        self
    }

    /// Asks the registry, with full metadata.
    ///
    /// # Errors
    /// [`Error::Refused`] if the registry gave no results; of partial results the warnings are dropped,
    /// see [`DocumentConsumer::ask`].
    pub async fn query(&self, human: &As, query: impl Into<StoredQuery>) -> Result<Objects, Error> {
        Ok(self
            .ask(human, &iti18::Request::from(query.into()))
            .await?
            .objects)
    }

    /// Asks the registry anything ITI-18 can say, and returns the whole answer.
    ///
    /// # Errors
    /// As [`DocumentConsumer::query`].
    pub async fn ask(
        &self,
        human: &As,
        request: &iti18::Request,
    ) -> Result<iti18::Response, Error> {
        let body = iti18::encode(request);
        let answer = self.ask_registry(body.clone()).await;
        let verdict = match &answer {
            Ok(response) => Verdict::of(response.status, &response.errors),
            Err(error) => error.verdict(),
        };
        let ends = client::ends(&self.registry_url, Some(human));
        let events = iti18::audit(&ends, Some(request), &body, &verdict);
        client::record(&self.node, events).await?;
        answer
    }

    async fn ask_registry(&self, body: String) -> Result<iti18::Response, Error> {
        let message = Outgoing::request(iti18::REQUEST_ACTION, &self.registry_url, body);
        let reply = self.client.call(&self.registry_url, message).await?;
        if reply.envelope.action != iti18::RESPONSE_ACTION {
            return Err(Error::Malformed("the answer has another action".into()));
        }
        let response = iti18::Response::decode(&reply.envelope.body)?;
        match response.status {
            ResponseStatus::Failure => Err(Error::Refused(Refusal {
                errors: response.errors,
            })),
            _ => Ok(response),
        }
    }

    /// Retrieves a document into memory and checks hash and size. For large ones see
    /// [`DocumentConsumer::retrieve_to`].
    ///
    /// # Errors
    /// [`Error::Integrity`] if it is not the document the entry describes.
    pub async fn retrieve(&self, human: &As, entry: &DocumentEntry) -> Result<Vec<u8>, Error> {
        let mut sink = Sink::Memory(Vec::new());
        self.retrieve_into(human, entry, &mut sink).await?;
        match sink {
            Sink::Memory(bytes) => Ok(bytes),
            Sink::File(_) => Ok(Vec::new()),
        }
    }

    /// Retrieves a document to a file, which appears only complete and checked.
    ///
    /// # Errors
    /// As [`DocumentConsumer::retrieve`]; [`Error::File`].
    pub async fn retrieve_to(
        &self,
        human: &As,
        entry: &DocumentEntry,
        path: impl AsRef<Path>,
    ) -> Result<(), Error> {
        let path = path.as_ref();
        let partial = path.with_added_extension(format!("{}.part", uuid::Uuid::new_v4().simple()));
        let mut sink = Sink::File(tokio::fs::File::create_new(&partial).await?);
        let received = self.retrieve_into(human, entry, &mut sink).await;
        let kept = match (received, sink) {
            (Ok(()), Sink::File(file)) => keep(file, &partial, path).await.map_err(Error::from),
            (received, _) => received,
        };
        if kept.is_err() {
            let _ = tokio::fs::remove_file(&partial).await;
        }
        kept
    }

    async fn retrieve_into(
        &self,
        human: &As,
        entry: &DocumentEntry,
        sink: &mut Sink,
    ) -> Result<(), Error> {
        let repository = entry.repository_unique_id.as_deref().unwrap_or_default();
        let url = self.repositories.get(repository).ok_or_else(|| {
            Error::Misuse("no URL is known for the entry's repositoryUniqueId".into())
        })?;
        let wanted = DocumentRequest {
            home_community_id: entry.home_community_id.clone(),
            repository_unique_id: repository.to_owned(),
            document_unique_id: entry.unique_id.clone(),
        };
        let request = iti43::Request {
            documents: vec![wanted],
        };
        let answer = self.fetch(url, &request, entry, sink).await;
        let verdict = answer
            .as_ref()
            .map_or_else(Error::verdict, |()| Verdict::success());
        let ends = client::turned(client::ends(url, Some(human)));
        let mut events = iti43::audit_failed(&ends, Some(&request), &verdict);
        let patient = ParticipantObject::patient(&entry.patient_id);
        events
            .iter_mut()
            .for_each(|event| event.objects.push(patient.clone()));
        client::record(&self.node, events).await?;
        answer
    }

    async fn fetch(
        &self,
        url: &str,
        request: &iti43::Request,
        entry: &DocumentEntry,
        sink: &mut Sink,
    ) -> Result<(), Error> {
        let body = request.encode();
        let message = Outgoing::request(iti43::REQUEST_ACTION, url, body).mtom();
        let reply = self.client.call(url, message).await?;
        if reply.envelope.action != iti43::RESPONSE_ACTION {
            return Err(Error::Malformed("the answer has another action".into()));
        }
        let response = iti43::Response::decode(&reply.envelope.body)?;
        if response.status != ResponseStatus::Success {
            return Err(Error::Refused(Refusal {
                errors: response.errors,
            }));
        }
        let ours = |one: &DocumentResponse| one.request.document_unique_id == entry.unique_id;
        let Some(document) = response.documents.into_iter().find(ours) else {
            return Err(Error::Malformed("the document is not in the answer".into()));
        };
        let mut check = Check::new(entry);
        match document.content {
            Content::Inline(bytes) => sink.take(&mut check, Bytes::from(bytes)).await?,
            Content::Include { content_id } => {
                receive(reply, &content_id, &mut check, sink).await?;
            }
        }
        check.finish(entry)
    }
}

async fn receive(
    mut reply: Incoming,
    content_id: &str,
    check: &mut Check,
    sink: &mut Sink,
) -> Result<(), Error> {
    let mut found = false;
    while let Some(mut part) = reply.parts.next().await? {
        let ours = part.content_id() == content_id && !found;
        found |= ours;
        while let Some(chunk) = part.chunk().await? {
            if ours {
                sink.take(check, chunk).await?;
            }
        }
    }
    if found {
        Ok(())
    } else {
        Err(Error::Malformed("a MIME part is missing".into()))
    }
}

/// Where a document goes.
enum Sink {
    Memory(Vec<u8>),
    File(tokio::fs::File),
}

impl Sink {
    async fn take(&mut self, check: &mut Check, chunk: Bytes) -> Result<(), Error> {
        check.take(&chunk)?;
        match self {
            Self::Memory(_) if check.size > IN_MEMORY => {
                return Err(Error::Misuse(
                    "too large for memory: use retrieve_to".into(),
                ));
            }
            Self::Memory(bytes) => bytes.extend_from_slice(&chunk),
            Self::File(file) => file.write_all(&chunk).await?,
        }
        Ok(())
    }
}

async fn keep(mut file: tokio::fs::File, partial: &Path, path: &Path) -> std::io::Result<()> {
    file.flush().await?;
    file.sync_all().await?;
    tokio::fs::rename(partial, path).await
}

/// Hash and size of what arrives.
struct Check {
    sha1: digest::Context,
    size: u64,
    expected_size: Option<u64>,
}

impl Check {
    fn new(entry: &DocumentEntry) -> Self {
        let sha1 = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        Self {
            sha1,
            size: 0,
            expected_size: entry.size,
        }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.sha1.update(chunk);
        self.size += chunk.len() as u64;
        match self.expected_size {
            Some(expected) if self.size > expected => Err(Error::Integrity("size")),
            _ => Ok(()),
        }
    }

    fn finish(self, entry: &DocumentEntry) -> Result<(), Error> {
        if self
            .expected_size
            .is_some_and(|expected| expected != self.size)
        {
            return Err(Error::Integrity("size"));
        }
        let hash = self.sha1.finish();
        let hash: String = hash
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        match &entry.hash {
            Some(expected) if !expected.eq_ignore_ascii_case(&hash) => {
                Err(Error::Integrity("hash"))
            }
            _ => Ok(()),
        }
    }
}
