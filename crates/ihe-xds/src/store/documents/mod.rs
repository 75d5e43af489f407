//! The bytes a Document Repository keeps (ITI-41, ITI-43; ITI TF-2 3.41.4.1.3, 3.43.4.2.3).
//!
//! A submission's documents enter the store together and are *pending* until the registry's answer is known; then
//! they are *kept* or gone. What is pending survives a crash, and the repository asks the registry what became of it.

#[cfg(feature = "s3")]
mod bucket;
#[cfg(feature = "sqlite")]
mod files;
#[cfg(feature = "sqlite")]
mod index;
#[cfg(feature = "sqlite")]
mod indexed;
mod memory;
mod reading;
mod sha1;

#[cfg(feature = "s3")]
pub use bucket::{Bucket, BucketStore, S3};
#[cfg(feature = "sqlite")]
pub use files::{FileStore, Folder};
#[cfg(feature = "sqlite")]
pub use indexed::{IndexedStore, Received, Receiving, Shelf, Upload};
pub use memory::MemoryDocuments;
pub(crate) use reading::{Damage, Reading};

use super::StoreError;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use std::fmt;
use std::future::Future;

/// One attempt to register a submission, in the order of arrival; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub i64);

/// Names the submission that documents came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetId {
    /// SubmissionSet.entryUUID, 1..1, `urn:uuid:` form.
    pub entry_uuid: String,
    /// SubmissionSet.uniqueId, 1..1, OID.
    pub unique_id: String,
}

/// A received document and what it is to be known by.
pub struct Arrival<S> {
    /// DocumentEntry.entryUUID, 1..1, `urn:uuid:` form.
    pub entry_uuid: String,
    /// DocumentEntry.uniqueId, 1..1.
    pub unique_id: String,
    /// DocumentEntry.mimeType, 1..1.
    pub mime_type: String,
    /// The bytes.
    pub staged: S,
}

/// How a registration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The registry has the submission: its documents stay.
    Keep,
    /// The registry has it not: its documents go, except those that another submission brought too.
    Drop,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not known to be registered; given out nevertheless (XDS-T-054).
    Pending,
    /// Registered.
    Kept,
    /// Its content was found damaged: not given out until the same content is submitted again.
    Quarantined,
}

/// What the store's index says of a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// DocumentEntry.uniqueId.
    pub unique_id: String,
    /// Random name under which the content lies.
    pub key: uuid::Uuid,
    /// MIME type as in the DocumentEntry.
    pub mime_type: String,
    /// SHA-1 of what was received, 40 lower case hexadecimal digits.
    pub hash: String,
    /// Length of what was received, octets.
    pub size: u64,
    /// Where it stands.
    pub state: State,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("key", &self.key)
            .field("size", &self.size)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The content of a document as it lies in the store now, opened and sized.
pub enum Content {
    /// In memory.
    Bytes(Bytes),
    /// An open file, at its start.
    File {
        /// The file; it can be read even if it is removed meanwhile.
        file: std::fs::File,
        /// Its length now, octets.
        size: u64,
    },
    /// Octets from elsewhere.
    Stream {
        /// Their number as announced, octets.
        size: u64,
        /// The octets.
        chunks: BoxStream<'static, Result<Bytes, StoreError>>,
    },
    /// In quarantine.
    Withheld,
}

impl Content {
    /// Length as found, octets; of what is withheld nothing.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { size, .. } | Self::Stream { size, .. } => *size,
            Self::Withheld => 0,
        }
    }
}

/// A document, opened.
pub struct StoredDocument {
    /// What the index says of it.
    pub held: Held,
    /// What lies in the store.
    pub content: Content,
}

impl fmt::Debug for StoredDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoredDocument").field(&self.held).finish()
    }
}

/// A document of a pending submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingDocument {
    /// DocumentEntry.entryUUID as registered, `urn:uuid:` form.
    pub entry_uuid: String,
    /// DocumentEntry.uniqueId.
    pub unique_id: String,
    /// SHA-1, 40 lower case hexadecimal digits.
    pub hash: String,
}

/// A submission whose registration did not come to a known end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The attempt.
    pub ticket: Ticket,
    /// The submission.
    pub set: SetId,
    /// When its documents were stored, by this machine's clock.
    pub began: DateTime<Utc>,
    /// Its documents, 1..n.
    pub documents: Vec<PendingDocument>,
}

/// A document completely received and hashed, durable or in memory, not in the store. Dropped, it leaves no trace
/// (a file may be removed a moment later).
pub trait Staged: Send + 'static {
    /// SHA-1, 40 lower case hexadecimal digits.
    fn hash(&self) -> &str;
    /// Octets.
    fn size(&self) -> u64;
}

/// Takes a document's bytes as they arrive.
pub trait DocumentWriter: Send + 'static {
    /// What `finish` hands over.
    type Staged: Staged;
    /// Appends a chunk.
    fn write(&mut self, chunk: Bytes) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Ends the content; hash and size are known.
    fn finish(self) -> impl Future<Output = Result<Self::Staged, StoreError>> + Send;
}

/// In what a document differs from the one stored under its uniqueId (XDS-T-056).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// XDSNonIdenticalSize
    Size,
    /// XDSNonIdenticalHash
    Hash,
}

/// Why documents did not enter the store; none of the submission did.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// Known uniqueIds came with other content.
    #[error("{} documents are stored with other content", .0.len())]
    Differs(Vec<(String, Difference)>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a [`DocumentStore`] stages documents in.
pub type StagedOf<D> = <<D as DocumentStore>::Writer as DocumentWriter>::Staged;

/// Keeps documents by uniqueId, durably: what returned survives a power cut.
pub trait DocumentStore: Send + Sync + 'static {
    /// Receives one document.
    type Writer: DocumentWriter;

    /// Starts receiving a document.
    fn begin(&self) -> impl Future<Output = Result<Self::Writer, StoreError>> + Send;

    /// Makes the documents of a submission available under their uniqueIds, pending, all or none. A document that is
    /// there with the same content is not stored again; one in quarantine is replaced by the same content.
    fn put(
        &self,
        set: SetId,
        documents: Vec<Arrival<StagedOf<Self>>>,
    ) -> impl Future<Output = Result<Ticket, PutError>> + Send;

    /// Ends a pending submission; does nothing if that was done before.
    fn settle(
        &self,
        ticket: Ticket,
        fate: Fate,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Opens and sizes a document. [`StoreError::Damaged`] if the index has it and its content is not there.
    fn open(
        &self,
        unique_id: &str,
    ) -> impl Future<Output = Result<Option<StoredDocument>, StoreError>> + Send;

    /// Sets a document aside whose content was found damaged, unless it was replaced meanwhile.
    fn quarantine(&self, held: &Held) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// One page of the pending submissions, oldest first, after a ticket.
    fn pending(
        &self,
        after: Option<Ticket>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Pending>, StoreError>> + Send;

    /// One page of all documents, in order of uniqueId, after a uniqueId.
    fn documents_after(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Held>, StoreError>> + Send;
}

/// Whether a second document of one uniqueId may be taken for the first.
pub(crate) fn difference(present: (&str, u64), arrived: (&str, u64)) -> Option<Difference> {
    match (
        present.1 == arrived.1,
        present.0.eq_ignore_ascii_case(arrived.0),
    ) {
        (false, _) => Some(Difference::Size),
        (true, false) => Some(Difference::Hash),
        (true, true) => None,
    }
}
