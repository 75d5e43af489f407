//! ITI-43 Retrieve Document Set, as the consumer asks for it (ITI TF-2 3.43.4.1.2).

use super::sink::{Check, Sink};
use super::{DocumentConsumer, Error};
use crate::actor::client;
use crate::audit::Verdict;
use crate::error::Refusal;
use crate::iti43::{self, Content, DocumentRequest, Response};
use crate::metadata::{DocumentEntry, EntryUuid};
use bytes::Bytes;
use ihe_atna::{As, ParticipantObject};
use ihe_soap::{Incoming, Outgoing};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What became of one document of [`DocumentConsumer::retrieve_set`].
#[derive(Debug)]
pub struct Retrieved {
    /// entryUUID, as in the DocumentEntry.
    pub entry_uuid: String,
    /// The file it lies in.
    pub file: Result<PathBuf, Error>,
    /// NewDocumentUniqueId, 0..1: this content's own id when the entry is On-Demand (XDS-T-075).
    pub new_unique_id: Option<String>,
}

/// One document that is asked for.
struct Wanted<'a> {
    entry: &'a DocumentEntry,
    request: DocumentRequest,
    sink: Sink,
    check: Option<Check>,
    done: Option<Result<(), Error>>,
    new_unique_id: Option<String>,
}

impl DocumentConsumer {
    /// Retrieves a document into memory and checks hash and size. For large ones see
    /// [`DocumentConsumer::retrieve_to`].
    ///
    /// # Errors
    /// [`Error::Integrity`] if it is not the document the entry describes.
    pub async fn retrieve(&self, human: &As, entry: &DocumentEntry) -> Result<Vec<u8>, Error> {
        let mut wanted = [Wanted::new(entry, Sink::memory(self.in_memory))];
        self.one(human, &mut wanted).await?;
        let [wanted] = wanted;
        Ok(wanted.sink.into_memory())
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
        let mut wanted = [Wanted::new(entry, Sink::file(path).await?)];
        self.one(human, &mut wanted).await?;
        let [wanted] = wanted;
        wanted.sink.keep(path).await
    }

    /// Retrieves documents of any of the known repositories into a folder, with one request to each
    /// repository. A file is named by the UUID of its entry and appears only complete and checked.
    /// The results are in the order of the entries; one document's failure is not another's.
    ///
    /// # Errors
    /// [`Error::Misuse`] if an entryUUID is none; [`Error::File`]; [`Error::Audit`].
    pub async fn retrieve_set(
        &self,
        human: &As,
        entries: &[DocumentEntry],
        folder: impl AsRef<Path>,
    ) -> Result<Vec<Retrieved>, Error> {
        let mut groups: HashMap<&str, Vec<(usize, PathBuf, Wanted<'_>)>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let path = folder.as_ref().join(file_name(entry)?);
            let wanted = Wanted::new(entry, Sink::file(&path).await?);
            let repository = entry.repository_unique_id.as_deref().unwrap_or_default();
            groups
                .entry(repository)
                .or_default()
                .push((index, path, wanted));
        }
        let mut all: Vec<Option<Retrieved>> = entries.iter().map(|_| None).collect();
        for group in groups.into_values() {
            let (places, mut wanted): (Vec<_>, Vec<_>) = group
                .into_iter()
                .map(|(index, path, wanted)| ((index, path), wanted))
                .unzip();
            self.group(human, &mut wanted).await?;
            for ((index, path), wanted) in places.into_iter().zip(wanted) {
                all[index] = Some(wanted.into_file(path).await);
            }
        }
        Ok(all.into_iter().flatten().collect())
    }

    /// One document: its failure is the call's.
    async fn one(&self, human: &As, wanted: &mut [Wanted<'_>; 1]) -> Result<(), Error> {
        self.group(human, wanted).await?;
        wanted[0].outcome()
    }

    /// Documents of one repository, each with an outcome afterwards; audited by outcome and patient.
    async fn group(&self, human: &As, wanted: &mut [Wanted<'_>]) -> Result<(), Error> {
        let Some(first) = wanted.first() else {
            return Ok(());
        };
        let repository = first.request.repository_unique_id.clone();
        let Some(url) = self.repositories.get(&repository) else {
            let text = "no URL is known for the entry's repositoryUniqueId";
            wanted
                .iter_mut()
                .for_each(|one| one.fail(Error::Misuse(text.into())));
            return Ok(());
        };
        refuse_twins(wanted);
        let mut made = 0;
        loop {
            let answer = self.fetch(url, wanted).await;
            made += 1;
            match answer {
                Err(error) if self.retries.again(made, &error).await => {}
                Err(error) => {
                    let unfinished = wanted.iter_mut().filter(|one| one.done.is_none());
                    unfinished.for_each(|one| one.fail(error.repeated()));
                    break;
                }
                Ok(()) => break,
            }
            for one in wanted.iter_mut().filter(|one| !one.is_misuse()) {
                one.restart().await?;
            }
        }
        self.record(human, url, wanted).await
    }

    async fn fetch(&self, url: &str, wanted: &mut [Wanted<'_>]) -> Result<(), Error> {
        let open = wanted.iter().filter(|one| one.done.is_none());
        let documents = open.map(|one| one.request.clone()).collect();
        let body = iti43::Request { documents }.encode();
        let message = Outgoing::request(iti43::REQUEST_ACTION, url, body).mtom();
        let reply = self.client.call(url, message).await?;
        if reply.envelope.action != iti43::RESPONSE_ACTION {
            return Err(Error::Malformed("the answer has another action".into()));
        }
        let response = Response::decode(&reply.envelope.body)?;
        let refusal = Refusal {
            errors: response.errors.clone(),
        };
        if response.documents.is_empty() && !refusal.errors.is_empty() {
            return Err(Error::Refused(refusal));
        }
        receive(reply, response, wanted).await?;
        for one in wanted.iter_mut().filter(|one| one.done.is_none()) {
            one.missing(&refusal);
        }
        Ok(())
    }

    async fn record(&self, human: &As, url: &str, wanted: &[Wanted<'_>]) -> Result<(), Error> {
        let ends = client::turned(client::ends(url, Some(human)));
        for (patient, verdict, documents) in outcomes(wanted) {
            let request = iti43::Request { documents };
            let mut events = iti43::audit_failed(&ends, Some(&request), &verdict);
            for event in &mut events {
                event.objects.push(ParticipantObject::patient(patient));
            }
            client::record(&self.node, events).await?;
        }
        Ok(())
    }
}

/// Entries that name the same document: it is retrieved for the first of them.
fn refuse_twins(wanted: &mut [Wanted<'_>]) {
    let mut seen = HashSet::new();
    for one in wanted {
        if !seen.insert(one.request.clone()) {
            one.fail(Error::Misuse(
                "an entry before this one names the same document".into(),
            ));
        }
    }
}

/// ATNA-R-027, ATNA-R-040: one event for each patient and outcome.
fn outcomes<'a>(wanted: &'a [Wanted<'_>]) -> Vec<(&'a str, Verdict, Vec<DocumentRequest>)> {
    let mut groups: Vec<(&str, Verdict, Vec<DocumentRequest>)> = Vec::new();
    let mut places: HashMap<(&str, Option<String>), usize> = HashMap::new();
    for one in wanted {
        let failure = one.done.as_ref().and_then(|done| done.as_ref().err());
        let patient = one.entry.patient_id.as_str();
        let place = *places
            .entry((patient, failure.map(ToString::to_string)))
            .or_insert(groups.len());
        if place == groups.len() {
            let verdict = failure.map_or_else(Verdict::success, Error::verdict);
            groups.push((patient, verdict, Vec::new()));
        }
        if let Some((_, _, documents)) = groups.get_mut(place) {
            documents.push(one.request.clone());
        }
    }
    groups
}

/// Streams every part to the document it belongs to.
async fn receive(
    mut reply: Incoming,
    response: Response,
    wanted: &mut [Wanted<'_>],
) -> Result<(), Error> {
    let mut by_request: HashMap<DocumentRequest, usize> = HashMap::new();
    for (index, one) in wanted.iter().enumerate() {
        by_request.entry(one.request.clone()).or_insert(index);
    }
    let mut expected = HashMap::new();
    for document in response.documents {
        let Some(index) = by_request.remove(&document.request) else {
            return Err(Error::Malformed("a document that was not asked for".into()));
        };
        let one = &mut wanted[index];
        one.new_unique_id = document.new_document_unique_id;
        match document.content {
            Content::Inline(bytes) => {
                one.take(&Bytes::from(bytes)).await;
                one.finish();
            }
            Content::Include { content_id } => {
                expected.insert(content_id, index);
            }
        }
    }
    while let Some(mut part) = reply.parts.next().await? {
        let index = expected.remove(part.content_id());
        while let Some(chunk) = part.chunk().await? {
            if let Some(index) = index {
                wanted[index].take(&chunk).await;
            }
        }
        if let Some(index) = index {
            wanted[index].finish();
        }
    }
    match expected.is_empty() {
        true => Ok(()),
        false => Err(Error::Malformed("a MIME part is missing".into())),
    }
}

impl<'a> Wanted<'a> {
    fn new(entry: &'a DocumentEntry, sink: Sink) -> Self {
        Self {
            request: DocumentRequest {
                home_community_id: entry.home_community_id.clone(),
                repository_unique_id: entry.repository_unique_id.clone().unwrap_or_default(),
                document_unique_id: entry.unique_id.clone(),
            },
            check: Some(Check::new(entry)),
            entry,
            sink,
            done: None,
            new_unique_id: None,
        }
    }

    fn fail(&mut self, error: Error) {
        self.done = Some(Err(error));
    }

    fn is_misuse(&self) -> bool {
        matches!(self.done, Some(Err(Error::Misuse(_))))
    }

    async fn restart(&mut self) -> Result<(), Error> {
        self.check = Some(Check::new(self.entry));
        self.done = None;
        self.sink.restart().await
    }

    /// After a failure the rest of the document is passed over.
    async fn take(&mut self, chunk: &Bytes) {
        let Some(check) = self.check.as_mut().filter(|_| self.done.is_none()) else {
            return;
        };
        let taken = match check.take(chunk) {
            Ok(()) => self.sink.take(chunk).await,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            self.fail(error);
        }
    }

    fn finish(&mut self) {
        if let Some(check) = self.check.take().filter(|_| self.done.is_none()) {
            self.done = Some(check.finish(self.entry));
        }
    }

    /// The repository did not give it: its own errors about it, or all it said.
    fn missing(&mut self, refusal: &Refusal) {
        let id = self.request.document_unique_id.as_str();
        let ours = refusal.errors.iter().filter(|one| one.context.contains(id));
        let ours: Vec<_> = ours.cloned().collect();
        self.fail(match (ours.is_empty(), refusal.errors.is_empty()) {
            (false, _) => Error::Refused(Refusal { errors: ours }),
            (true, false) => Error::Refused(refusal.clone()),
            (true, true) => Error::Malformed("the document is not in the answer".into()),
        });
    }

    fn outcome(&mut self) -> Result<(), Error> {
        let lost = || Err(Error::Malformed("the document is not in the answer".into()));
        self.done.take().unwrap_or_else(lost)
    }

    async fn into_file(mut self, path: PathBuf) -> Retrieved {
        let file = match self.outcome() {
            Ok(()) => self.sink.keep(&path).await.map(|()| path),
            Err(error) => Err(error),
        };
        Retrieved {
            entry_uuid: self.entry.entry_uuid.clone(),
            file,
            new_unique_id: self.new_unique_id,
        }
    }
}

/// The bare UUID of an entry: a name that can do no harm.
fn file_name(entry: &DocumentEntry) -> Result<String, Error> {
    let uuid = EntryUuid::parse(&entry.entry_uuid)
        .map_err(|_| Error::Misuse("an entryUUID is not a UUID URN".into()))?;
    let urn = String::from(uuid);
    Ok(urn.trim_start_matches("urn:uuid:").to_owned())
}
