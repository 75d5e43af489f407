//! The documents of an ITI-41 request, from MIME parts or inline base64 to the store's staging (ITI TF-2 3.41.4.1.2, V.8).

use crate::error::{ErrorCode, RegistryError};
use crate::iti41::{Content, DocumentContent};
use crate::metadata::DocumentEntry;
use crate::store::{DocumentStore, DocumentWriter, Staged, StagedOf, StoreError};
use bytes::Bytes;
use ihe_soap::{Part, Parts};
use std::collections::HashMap;

/// Staged documents by DocumentEntry.entryUUID.
pub(crate) type Received<D> = HashMap<String, StagedOf<D>>;

/// Why the documents could not be received.
pub(crate) enum Trouble {
    /// The message ended early or passed a limit.
    Message(ihe_soap::Error),
    /// The disk failed.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ihe_soap::Error> for Trouble {
    fn from(error: ihe_soap::Error) -> Self {
        Self::Message(error)
    }
}

/// Streams every document to disk. A document whose part does not come is XDSMissingDocument (XDS-T-050).
pub(crate) async fn receive<D: DocumentStore>(
    store: &D,
    documents: Vec<DocumentContent>,
    parts: &mut Parts,
) -> Result<Result<Received<D>, Vec<RegistryError>>, Trouble> {
    let mut received = HashMap::new();
    let mut expected = HashMap::new();
    let mut errors = Vec::new();
    for document in documents {
        match document.content {
            Content::Inline(bytes) => {
                received.insert(document.document_id, inline(store, bytes).await?);
            }
            Content::Include { content_id } => {
                if expected.insert(content_id, document.document_id).is_some() {
                    let code = ErrorCode::XdsRepositoryMetadataError;
                    errors.push(RegistryError::error(
                        code,
                        "two Documents share one MIME part",
                    ));
                }
            }
        }
    }
    while let Some(part) = parts.next().await? {
        match expected.remove(part.content_id()) {
            Some(document_id) => {
                received.insert(document_id, stream(store, part).await?);
            }
            None => discard(part).await?,
        }
    }
    errors.extend(expected.into_values().map(|id| {
        RegistryError::error(ErrorCode::XdsMissingDocument, format!("{id}: no MIME part"))
    }));
    Ok(if errors.is_empty() {
        Ok(received)
    } else {
        Err(errors)
    })
}

async fn inline<D: DocumentStore>(store: &D, bytes: Vec<u8>) -> Result<StagedOf<D>, StoreError> {
    let mut writer = store.begin().await?;
    writer.write(Bytes::from(bytes)).await?;
    writer.finish().await
}

async fn stream<D: DocumentStore>(store: &D, mut part: Part<'_>) -> Result<StagedOf<D>, Trouble> {
    let mut writer = store.begin().await?;
    while let Some(chunk) = part.chunk().await? {
        writer.write(chunk).await?;
    }
    Ok(writer.finish().await?)
}

async fn discard(mut part: Part<'_>) -> Result<(), Trouble> {
    while part.chunk().await?.is_some() {}
    Ok(())
}

/// Reads what is left of a refused message, so that the sender gets to see the refusal.
pub(crate) async fn drain(parts: &mut Parts) -> Result<(), Trouble> {
    while let Some(part) = parts.next().await? {
        discard(part).await?;
    }
    Ok(())
}

/// XDS-T-052, 053: hash and size are checked where given, filled in where not.
pub(crate) fn compare(entry: &mut DocumentEntry, staged: &impl Staged) -> Vec<RegistryError> {
    let wrong = |what: &str| {
        let context = format!("{}: {what} does not fit the document", entry.unique_id);
        RegistryError::error(ErrorCode::XdsRepositoryMetadataError, context)
    };
    let mut errors = Vec::new();
    if entry.size.is_some_and(|size| size != staged.size()) {
        errors.push(wrong("size"));
    }
    // A fault for testing the conformance suite.
    let checked = !cfg!(renkei_fault = "document-repository-hash-not-checked");
    let hash = entry.hash.as_deref().filter(|_| checked);
    if hash.is_some_and(|hash| !hash.eq_ignore_ascii_case(staged.hash())) {
        errors.push(wrong("hash"));
    }
    entry.size.get_or_insert(staged.size());
    entry.hash.get_or_insert_with(|| staged.hash().to_owned());
    errors
}
