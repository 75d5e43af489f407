//! Document Source (ITI TF-1 10.1.1.1): ITI-41 Provide and Register Document Set-b.

use super::client::{self, Error};
use super::connector::NodeConnector;
use crate::audit::{Subject, Verdict};
use crate::error::{Refusal, RegistryError};
use crate::iti41;
use crate::metadata::Submission;
use crate::registry_response::{self, ResponseStatus};
use ihe_atna::{As, SecureNode};
use ihe_soap::{Attachment, Client, Limits, Outgoing, Source};

/// The actor: sends document sets to one repository.
pub struct DocumentSource {
    node: SecureNode,
    client: Client<NodeConnector>,
    repository_url: String,
}

impl DocumentSource {
    /// A source that provides to the repository at this URL.
    pub fn new(node: SecureNode, repository_url: &str) -> Self {
        Self::with_limits(node, repository_url, Limits::default())
    }

    /// With other limits.
    pub fn with_limits(node: SecureNode, repository_url: &str, limits: Limits) -> Self {
        let client = Client::new(NodeConnector::new(node.clone()), limits);
        Self {
            node,
            client,
            repository_url: repository_url.to_owned(),
        }
    }

    /// Provides a submission with its documents, each named by its DocumentEntry's entryUUID, and
    /// returns the warnings. Contents stream from disk.
    ///
    /// # Errors
    /// [`Error::Refused`] with all reasons: nothing was stored. After [`Error::Transport`] or
    /// [`Error::Malformed`] the submission may or may not have been registered.
    pub async fn submit(
        &self,
        human: &As,
        submission: Submission,
        documents: Vec<(String, Source)>,
    ) -> Result<Vec<RegistryError>, Error> {
        let message = self.message(&submission, documents)?;
        let answer = self.send(message).await;
        let verdict = answer
            .as_ref()
            .map_or_else(Error::verdict, |_| Verdict::success());
        let ends = client::ends(&self.repository_url, Some(human));
        let events = iti41::audit(&ends, &Subject::from(&submission), &verdict);
        client::record(&self.node, events).await?;
        answer
    }

    fn message(
        &self,
        submission: &Submission,
        documents: Vec<(String, Source)>,
    ) -> Result<Outgoing, Error> {
        let mut references = Vec::new();
        let mut attachments = Vec::new();
        for (uuid, source) in documents {
            let entry = submission
                .documents
                .iter()
                .find(|entry| entry.entry_uuid == uuid);
            let entry =
                entry.ok_or_else(|| Error::Misuse("a document has no DocumentEntry".into()))?;
            let attachment = Attachment::new(entry.mime_type.clone(), source);
            references.push((uuid, attachment.content_id.clone()));
            attachments.push(attachment);
        }
        let body = iti41::encode(submission, &references);
        let message = Outgoing::request(iti41::REQUEST_ACTION, &self.repository_url, body).mtom();
        Ok(attachments.into_iter().fold(message, Outgoing::attach))
    }

    async fn send(&self, message: Outgoing) -> Result<Vec<RegistryError>, Error> {
        let reply = self.client.call(&self.repository_url, message).await?;
        if reply.envelope.action != iti41::RESPONSE_ACTION {
            return Err(Error::Malformed("the answer has another action".into()));
        }
        let response = registry_response::decode(&reply.envelope.body)?;
        match response.status {
            ResponseStatus::Success => Ok(response.errors),
            _ => Err(Error::Refused(Refusal {
                errors: response.errors,
            })),
        }
    }
}
