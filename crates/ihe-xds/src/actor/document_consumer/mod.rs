//! Document Consumer (ITI TF-1 10.1.1.2): ITI-18 Registry Stored Query, ITI-43 Retrieve Document Set.

mod retrieve;
mod sink;

pub use retrieve::Retrieved;

use super::client::{self, Error};
use super::connector::NodeConnector;
use super::retries::Retries;
use crate::audit::Verdict;
use crate::error::Refusal;
use crate::iti18::{self, StoredQuery};
use crate::metadata::Objects;
use crate::registry_response::ResponseStatus;
use ihe_atna::{As, SecureNode};
use ihe_soap::{Client, Limits, Outgoing};
use std::collections::HashMap;

/// Octets of a document that [`DocumentConsumer::retrieve`] takes into memory, unless told otherwise.
const IN_MEMORY: u64 = 256 * 1024 * 1024;

/// An answer to ITI-18, as it came and as it was read.
type Answer = (String, iti18::Response);

/// The actor: asks one registry, retrieves from any number of repositories.
pub struct DocumentConsumer {
    node: SecureNode,
    client: Client<NodeConnector>,
    registry_url: String,
    repositories: HashMap<String, String>,
    retries: Retries,
    in_memory: u64,
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
            retries: Retries::default(),
            in_memory: IN_MEMORY,
        }
    }

    /// Says where the repository with this repositoryUniqueId is.
    pub fn with_repository(mut self, unique_id: &str, url: &str) -> Self {
        self.repositories
            .insert(unique_id.to_owned(), url.to_owned());
        self
    }

    /// Tries again so often when a partner is busy or away.
    pub fn with_retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Octets of one document that [`DocumentConsumer::retrieve`] takes into memory at most; 256 MiB.
    pub fn in_memory_at_most(mut self, octets: u64) -> Self {
        self.in_memory = octets;
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
        self.audited(human, request)
            .await
            .map(|(_, response)| response)
    }

    /// As [`DocumentConsumer::ask`], but the answer's XML as it came: a `query:AdhocQueryResponse`.
    ///
    /// # Errors
    /// As [`DocumentConsumer::query`].
    pub async fn ask_xml(&self, human: &As, request: &iti18::Request) -> Result<String, Error> {
        self.audited(human, request).await.map(|(xml, _)| xml)
    }

    async fn audited(&self, human: &As, request: &iti18::Request) -> Result<Answer, Error> {
        let body = iti18::encode(request);
        let answer = self.persist(&body).await;
        let verdict = match &answer {
            Ok((_, response)) => Verdict::of(response.status, &response.errors),
            Err(error) => error.verdict(),
        };
        let ends = client::ends(&self.registry_url, Some(human));
        let events = iti18::audit(&ends, Some(request), &body, &verdict);
        client::record(&self.node, events).await?;
        answer
    }

    async fn persist(&self, body: &str) -> Result<Answer, Error> {
        let mut made = 0;
        loop {
            let answer = self.ask_registry(body.to_owned()).await;
            made += 1;
            match answer {
                Err(error) if self.retries.again(made, &error).await => {}
                answer => return answer,
            }
        }
    }

    async fn ask_registry(&self, body: String) -> Result<Answer, Error> {
        let message = Outgoing::request(iti18::REQUEST_ACTION, &self.registry_url, body);
        let reply = self.client.call(&self.registry_url, message).await?;
        if reply.envelope.action != iti18::RESPONSE_ACTION {
            return Err(Error::Malformed("the answer has another action".into()));
        }
        let xml = reply.envelope.body;
        let response = iti18::Response::decode(&xml)?;
        match response.status {
            ResponseStatus::Failure => Err(Error::Refused(Refusal {
                errors: response.errors,
            })),
            _ => Ok((xml, response)),
        }
    }
}
