//! ITI-43 Retrieve Document Set (ITI TF-2 3.43)

use super::audit::{Ends, Verdict, events, moved};
use super::registry_response::{self, ResponseStatus};
use crate::ebrim::xml::{self, Reader, Writer};
use crate::ebrim::{Limits, ns};
use crate::error::{Malformed, RegistryError};
use ihe_atna::{Outcome, ParticipantObject, TransactionEvent, transactions};
use std::collections::HashSet;

pub use super::content::Content;

/// wsa:Action of the request.
pub const REQUEST_ACTION: &str = "urn:ihe:iti:2007:RetrieveDocumentSet";
/// wsa:Action of the response.
pub const RESPONSE_ACTION: &str = "urn:ihe:iti:2007:RetrieveDocumentSetResponse";

/// Most documents one request may ask for.
const DOCUMENTS: usize = 10_000;

/// Which documents are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The documents, 1..n.
    pub documents: Vec<DocumentRequest>,
}

/// One document that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DocumentRequest {
    /// HomeCommunityId, 0..1, `urn:oid:` form.
    pub home_community_id: Option<String>,
    /// RepositoryUniqueId, 1..1, OID.
    pub repository_unique_id: String,
    /// DocumentUniqueId, 1..1.
    pub document_unique_id: String,
}

/// The documents that were found and what went wrong with the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// status, 1..1.
    pub status: ResponseStatus,
    /// Errors and warnings, 0..n.
    pub errors: Vec<RegistryError>,
    /// Documents, 0..n.
    pub documents: Vec<DocumentResponse>,
}

/// One document of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentResponse {
    /// The ids as they were asked for (XDS-T-070).
    pub request: DocumentRequest,
    /// NewRepositoryUniqueId, 0..1 (On-Demand).
    pub new_repository_unique_id: Option<String>,
    /// NewDocumentUniqueId, 0..1 (On-Demand).
    pub new_document_unique_id: Option<String>,
    /// mimeType, 1..1.
    pub mime_type: String,
    /// Where the bytes are.
    pub content: Content,
}

impl Response {
    /// An answer whose status follows from what was found (XDS-T-072).
    pub fn new(documents: Vec<DocumentResponse>, errors: Vec<RegistryError>) -> Self {
        let status = match (ResponseStatus::of(&errors), documents.is_empty()) {
            (ResponseStatus::Success, _) => ResponseStatus::Success,
            // A fault for testing the conformance suite.
            _ if cfg!(renkei_fault = "document-repository-partial-as-failure") => {
                ResponseStatus::Failure
            }
            (_, false) => ResponseStatus::PartialSuccess,
            (_, true) => ResponseStatus::Failure,
        };
        Self {
            status,
            errors,
            documents,
        }
    }

    /// Writes the answer.
    pub fn encode(&self) -> String {
        let mut out = Writer::new();
        let namespaces = [("xmlns:xds", ns::XDS), ("xmlns:rs", ns::RS)];
        out.open("xds:RetrieveDocumentSetResponse", &namespaces);
        registry_response::write(&mut out, &self.errors, self.status, false);
        for document in &self.documents {
            document.write(&mut out);
        }
        out.close("xds:RetrieveDocumentSetResponse");
        out.finish()
    }

    /// Reads an answer.
    pub fn decode(body: &str) -> Result<Self, Malformed> {
        let mut reader = xml::reader(body, &Limits::default())?;
        reader.root(ns::XDS, "RetrieveDocumentSetResponse")?;
        let (mut status, mut errors, mut documents) = (None, Vec::new(), Vec::new());
        while let Some(child) = reader.child()? {
            if child.is(ns::RS, "RegistryResponse") {
                status = Some(registry_response::status_of(child.attribute("status"))?);
                while let Some(list) = reader.child()? {
                    match list.is(ns::RS, "RegistryErrorList") {
                        true => errors = registry_response::read_errors(&mut reader)?,
                        false => reader.skip()?,
                    }
                }
            } else if child.is(ns::XDS, "DocumentResponse") {
                documents.push(DocumentResponse::read(&mut reader)?);
            } else {
                reader.skip()?;
            }
        }
        reader.end()?;
        let status = status.ok_or_else(|| Malformed("no RegistryResponse".into()))?;
        Ok(Self {
            status,
            errors,
            documents,
        })
    }
}

impl DocumentResponse {
    fn write(&self, out: &mut Writer) {
        out.open("xds:DocumentResponse", &[]);
        self.request.write(out);
        if let Some(id) = &self.new_repository_unique_id {
            out.text("xds:NewRepositoryUniqueId", id);
        }
        if let Some(id) = &self.new_document_unique_id {
            out.text("xds:NewDocumentUniqueId", id);
        }
        out.text("xds:mimeType", &self.mime_type);
        out.open("xds:Document", &[]);
        self.content.write(out);
        out.close("xds:Document");
        out.close("xds:DocumentResponse");
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (mut ids, mut content) = (IdFields::default(), None);
        while let Some(child) = reader.child()? {
            match child.namespace == ns::XDS && child.local == "Document" && content.is_none() {
                true => content = Some(Content::read(reader)?),
                false => ids.read(reader, child.namespace, child.local)?,
            }
        }
        Ok(Self {
            new_repository_unique_id: ids.new_repository.take(),
            new_document_unique_id: ids.new_document.take(),
            mime_type: ids
                .mime_type
                .take()
                .ok_or_else(|| Malformed("no mimeType".into()))?,
            request: ids.request()?,
            content: content.ok_or_else(|| Malformed("no Document".into()))?,
        })
    }
}

/// The text children of a DocumentRequest or DocumentResponse.
#[derive(Default)]
struct IdFields {
    home: Option<String>,
    repository: Option<String>,
    document: Option<String>,
    new_repository: Option<String>,
    new_document: Option<String>,
    mime_type: Option<String>,
}

impl IdFields {
    fn read(
        &mut self,
        reader: &mut Reader<'_>,
        namespace: &str,
        local: &str,
    ) -> Result<(), Malformed> {
        let field = match (namespace, local) {
            (ns::XDS, "HomeCommunityId") => &mut self.home,
            (ns::XDS, "RepositoryUniqueId") => &mut self.repository,
            (ns::XDS, "DocumentUniqueId") => &mut self.document,
            (ns::XDS, "NewRepositoryUniqueId") => &mut self.new_repository,
            (ns::XDS, "NewDocumentUniqueId") => &mut self.new_document,
            (ns::XDS, "mimeType") => &mut self.mime_type,
            _ => return Ok(reader.skip()?),
        };
        let text = reader.text()?.trim().to_owned();
        match field.replace(text) {
            None => Ok(()),
            Some(_) => Err(Malformed(format!("{local} occurs twice"))),
        }
    }

    fn request(self) -> Result<DocumentRequest, Malformed> {
        let needed = |field: Option<String>, name: &str| {
            field
                .filter(|text| !text.is_empty())
                .ok_or_else(|| Malformed(format!("no {name}")))
        };
        Ok(DocumentRequest {
            home_community_id: self.home.filter(|text| !text.is_empty()),
            repository_unique_id: needed(self.repository, "RepositoryUniqueId")?,
            document_unique_id: needed(self.document, "DocumentUniqueId")?,
        })
    }
}

impl DocumentRequest {
    fn write(&self, out: &mut Writer) {
        if let Some(home) = &self.home_community_id {
            out.text("xds:HomeCommunityId", home);
        }
        out.text("xds:RepositoryUniqueId", &self.repository_unique_id);
        out.text("xds:DocumentUniqueId", &self.document_unique_id);
    }
}

impl Request {
    /// Writes the request.
    pub fn encode(&self) -> String {
        let mut out = Writer::new();
        out.open("xds:RetrieveDocumentSetRequest", &[("xmlns:xds", ns::XDS)]);
        for document in &self.documents {
            out.open("xds:DocumentRequest", &[]);
            document.write(&mut out);
            out.close("xds:DocumentRequest");
        }
        out.close("xds:RetrieveDocumentSetRequest");
        out.finish()
    }

    /// Reads a request; one that asks for nothing is malformed (XDS-T-077).
    pub fn decode(body: &str, limits: &Limits) -> Result<Self, Malformed> {
        let mut reader = xml::reader(body, limits)?;
        reader.root(ns::XDS, "RetrieveDocumentSetRequest")?;
        let mut documents = Vec::new();
        while let Some(child) = reader.child()? {
            if !child.is(ns::XDS, "DocumentRequest") {
                reader.skip()?;
                continue;
            }
            if documents.len() >= DOCUMENTS {
                return Err(Malformed("more documents than the limit".into()));
            }
            let mut ids = IdFields::default();
            while let Some(field) = reader.child()? {
                ids.read(&mut reader, field.namespace, field.local)?;
            }
            documents.push(ids.request()?);
        }
        reader.end()?;
        match documents.is_empty() {
            true => Err(Malformed("no DocumentRequest".into())),
            false => Ok(Self { documents }),
        }
    }
}

/// The audit events of one exchange, for either side (ITI TF-2 3.43.5.1): one for the documents that came, one for those that did not. In `ends` the Repository is the source.
pub fn audit(
    ends: &Ends,
    request: &Request,
    response: &Response,
    patient: Option<&str>,
) -> Vec<TransactionEvent> {
    let came: HashSet<&DocumentRequest> = response
        .documents
        .iter()
        .map(|document| &document.request)
        .collect();
    let (done, missed): (Vec<_>, Vec<_>) = request
        .documents
        .iter()
        .partition(|document| came.contains(document));
    let failure = match response.errors.is_empty() {
        true => Verdict::failure(Outcome::MinorFailure, "no document"),
        false => Verdict::of(ResponseStatus::Failure, &response.errors),
    };
    let groups = [(done, Verdict::success()), (missed, failure)];
    let filled = groups
        .into_iter()
        .filter(|(documents, _)| !documents.is_empty());
    filled
        .flat_map(|(documents, verdict)| group(ends, &documents, patient, &verdict))
        .collect()
}

/// The audit event of an exchange that brought no answer: refused by a fault, or the other side not reached.
pub fn audit_failed(
    ends: &Ends,
    request: Option<&Request>,
    verdict: &Verdict,
) -> Vec<TransactionEvent> {
    let documents: Vec<&DocumentRequest> = request
        .map(|one| one.documents.iter().collect())
        .unwrap_or_default();
    group(ends, &documents, None, verdict)
}

fn group(
    ends: &Ends,
    documents: &[&DocumentRequest],
    patient: Option<&str>,
    verdict: &Verdict,
) -> Vec<TransactionEvent> {
    let patient = patient.map(ParticipantObject::patient);
    let documents = documents.iter().map(|one| {
        let home = one.home_community_id.as_deref();
        ParticipantObject::document(&one.document_unique_id, &one.repository_unique_id, home)
    });
    let objects = patient.into_iter().chain(documents).collect();
    events(
        ends,
        moved(ends),
        transactions::ITI_43.label(),
        objects,
        verdict,
    )
}

#[cfg(test)]
mod tests;
