//! ITI-41 Provide and Register Document Set-b (ITI TF-2 3.41)

use super::audit::{Ends, Subject, Verdict, events, moved};
use crate::affinity::Rules;
use crate::ebrim::xml::{self, Writer};
use crate::ebrim::{self, Packed, ns, read, write};
use crate::error::{DecodeError, ErrorCode, Malformed, Refusal, RegistryError};
use crate::metadata::Submission;
use crate::validate::{self, Accepted, Receiver};
use ihe_atna::{TransactionEvent, transactions};
use std::collections::HashSet;

pub use super::content::Content;

/// wsa:Action of the request.
pub const REQUEST_ACTION: &str = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b";
/// wsa:Action of the response.
pub const RESPONSE_ACTION: &str = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse";

/// A submission and where its documents are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The metadata, ids resolved.
    pub submission: Submission,
    /// One content for each DocumentEntry, in wire order.
    pub documents: Vec<DocumentContent>,
}

/// The content of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentContent {
    /// entryUUID of its DocumentEntry, as resolved.
    pub document_id: String,
    /// Where the bytes are.
    pub content: Content,
}

/// Reads and judges a request as a Document Repository. Every entry has a document and the reverse (XDS-T-050); hash and size are for the receiver of the bytes to compare.
pub fn decode(body: &str, rules: &Rules) -> Result<Request, DecodeError> {
    let (packed, documents) = read_request(body, rules)?;
    let mut paired = pairs(&packed, &documents);
    paired.truncate(rules.limits.errors.max(1));
    let accepted = match (
        validate::submission(packed, Receiver::Repository, rules),
        paired,
    ) {
        (Ok(accepted), errors) if errors.is_empty() => accepted,
        (Ok(_), errors) => return Err(Refusal { errors }.into()),
        (Err(mut refusal), errors) => {
            refusal.errors.extend(errors);
            return Err(refusal.into());
        }
    };
    let documents = documents
        .into_iter()
        .filter_map(|one| resolved(&accepted, one))
        .collect();
    Ok(Request {
        submission: accepted.submission,
        documents,
    })
}

fn resolved(accepted: &Accepted, (id, content): (String, Content)) -> Option<DocumentContent> {
    accepted.entry_uuid(&id).map(|document_id| DocumentContent {
        document_id,
        content,
    })
}

type Documents = Vec<(String, Content)>;

fn read_request(body: &str, rules: &Rules) -> Result<(Packed, Documents), Malformed> {
    let mut reader = xml::reader(body, &rules.limits)?;
    reader.root(ns::XDS, "ProvideAndRegisterDocumentSetRequest")?;
    let (mut packed, mut documents) = (None, Vec::new());
    while let Some(child) = reader.child()? {
        if child.is(ns::LCM, "SubmitObjectsRequest") && packed.is_none() {
            packed = Some(read::submit_objects(&mut reader, &rules.limits)?);
        } else if child.is(ns::XDS, "Document") {
            let id = child.owned("id").unwrap_or_default();
            documents.push((id, Content::read(&mut reader)?));
        } else {
            return Err(Malformed(format!("{} is not expected here", child.local)));
        }
    }
    reader.end()?;
    let packed = packed.ok_or_else(|| Malformed("no SubmitObjectsRequest".into()))?;
    Ok((packed, documents))
}

/// XDS-T-050
fn pairs(packed: &Packed, documents: &Documents) -> Vec<RegistryError> {
    let is_entry = |object: &&ebrim::Object| object.kind == ebrim::Kind::ExtrinsicObject;
    let entries = packed.objects.iter().filter(is_entry);
    let entries: Vec<&str> = entries
        .map(|one| one.id.as_deref().unwrap_or_default())
        .collect();
    let known: HashSet<&str> = entries.iter().copied().collect();
    let mut attached = HashSet::new();
    let mut errors = Vec::new();
    for (id, _) in documents {
        if !known.contains(id.as_str()) || !attached.insert(id.as_str()) {
            let context = format!("document {id} has no DocumentEntry of its own");
            errors.push(RegistryError::error(
                ErrorCode::XdsMissingDocumentMetadata,
                context,
            ));
        }
    }
    for id in entries.into_iter().filter(|id| !attached.contains(id)) {
        let context = format!("DocumentEntry {id} has no document");
        errors.push(RegistryError::error(ErrorCode::XdsMissingDocument, context));
    }
    errors
}

/// Writes a request whose documents are in the parts with these Content-IDs, given as (entryUUID, Content-ID).
pub fn encode(submission: &Submission, documents: &[(String, String)]) -> String {
    let mut out = Writer::new();
    out.open(
        "xds:ProvideAndRegisterDocumentSetRequest",
        &[("xmlns:xds", ns::XDS)],
    );
    write::write_submission(&mut out, submission);
    for (id, content_id) in documents {
        out.open("xds:Document", &[("id", id)]);
        Content::Include {
            content_id: content_id.clone(),
        }
        .write(&mut out);
        out.close("xds:Document");
    }
    out.close("xds:ProvideAndRegisterDocumentSetRequest");
    out.finish()
}

/// The audit events of one exchange, for either side (ITI TF-2 3.41.5.1).
pub fn audit(ends: &Ends, subject: &Subject, verdict: &Verdict) -> Vec<TransactionEvent> {
    let transaction = transactions::ITI_41.label();
    events(ends, moved(ends), transaction, subject.objects(), verdict)
}

#[cfg(test)]
mod tests;
