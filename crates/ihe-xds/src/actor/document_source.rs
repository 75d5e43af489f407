//! Document Source (ITI TF-1 10.1.1.1): ITI-41 Provide and Register Document Set-b.

use super::client::{self, Error};
use super::connector::NodeConnector;
use super::retries::Retries;
use crate::audit::{Subject, Verdict};
use crate::error::{ErrorCode, Refusal, RegistryError};
use crate::iti41;
use crate::metadata::Submission;
use crate::registry_response::{self, ResponseStatus};
use ihe_atna::{As, SecureNode};
use ihe_soap::{Attachment, Client, Limits, Outgoing, Source};
use std::collections::{HashMap, HashSet};

/// The actor: sends document sets to one repository.
pub struct DocumentSource {
    node: SecureNode,
    client: Client<NodeConnector>,
    repository_url: String,
    retries: Retries,
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
            retries: Retries::default(),
        }
    }

    /// Tries again so often when the repository is busy, away or its registry is.
    pub fn with_retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Provides a submission with its documents, each named by its DocumentEntry's entryUUID, and
    /// returns the warnings. Contents stream from disk. When an answer was lost, the same submission
    /// is sent again; a registry that then knows its SubmissionSet.uniqueId has registered it.
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
        let answer = self.persist(&submission, &documents).await;
        let verdict = answer
            .as_ref()
            .map_or_else(Error::verdict, |_| Verdict::success());
        let ends = client::ends(&self.repository_url, Some(human));
        let events = iti41::audit(&ends, &Subject::from(&submission), &verdict);
        client::record(&self.node, events).await?;
        answer
    }

    /// The same submission, until there is an answer to it.
    async fn persist(
        &self,
        submission: &Submission,
        documents: &[(String, Source)],
    ) -> Result<Vec<RegistryError>, Error> {
        let (mut made, mut uncertain) = (0, false);
        loop {
            let answer = self.send(self.message(submission, documents)?).await;
            made += 1;
            match answer {
                Err(Error::Refused(refusal)) if uncertain && is_known(&refusal, submission) => {
                    return Ok(Vec::new());
                }
                Err(error) if self.retries.again(made, &error).await => {
                    uncertain |= may_be_registered(&error);
                }
                answer => return answer,
            }
        }
    }

    fn message(
        &self,
        submission: &Submission,
        documents: &[(String, Source)],
    ) -> Result<Outgoing, Error> {
        let types = mime_types(submission, documents)?;
        let (mut references, mut attachments) = (Vec::new(), Vec::new());
        for (uuid, source) in documents {
            let mime_type = types.get(uuid.as_str()).copied().unwrap_or_default();
            let attachment = Attachment::new(mime_type, source.clone());
            references.push((uuid.clone(), attachment.content_id.clone()));
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
            // A fault for testing the conformance suite.
            _ if cfg!(renkei_fault = "document-source-failure-as-success") => Ok(response.errors),
            _ => Err(Error::Refused(Refusal {
                errors: response.errors,
            })),
        }
    }
}

/// XDS-T-050: one document for each entry. The entries' MIME types by entryUUID.
fn mime_types<'a>(
    submission: &'a Submission,
    documents: &[(String, Source)],
) -> Result<HashMap<&'a str, &'a str>, Error> {
    let entries = submission.documents.iter();
    let types: HashMap<&str, &str> = entries
        .map(|entry| (entry.entry_uuid.as_str(), entry.mime_type.as_str()))
        .collect();
    let given: HashSet<&str> = documents.iter().map(|(uuid, _)| uuid.as_str()).collect();
    let paired = given.len() == documents.len()
        && given.len() == types.len()
        && given.iter().all(|uuid| types.contains_key(uuid));
    match paired {
        true => Ok(types),
        false => Err(Error::Misuse(
            "documents and DocumentEntries are not one to one".into(),
        )),
    }
}

/// Whether the registry may have the submission in spite of this error.
fn may_be_registered(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Refused(refusal) => refusal.has(&ErrorCode::XdsRegistryNotAvailable),
        _ => false,
    }
}

/// Whether the registry says that it has this SubmissionSet already.
fn is_known(refusal: &Refusal, submission: &Submission) -> bool {
    let id = submission.submission_set.unique_id.as_str();
    refusal.errors.iter().any(|error| {
        error.code == ErrorCode::XdsDuplicateUniqueIdInRegistry && error.context.contains(id)
    })
}
