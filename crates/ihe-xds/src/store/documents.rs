//! The bytes a Document Repository keeps (ITI-41, ITI-43; ITI TF-2 3.41.4.1.3, 3.43.4.2.3).

use super::StoreError;
use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Where the content of a stored document can be read.
#[derive(Clone)]
pub enum Content {
    /// A file with exactly the bytes submitted.
    File(PathBuf),
    /// The bytes themselves.
    Bytes(Bytes),
}

/// One document of the repository.
#[derive(Clone)]
pub struct StoredDocument {
    /// DocumentEntry.uniqueId.
    pub unique_id: String,
    /// MIME type as in the DocumentEntry.
    pub mime_type: String,
    /// SHA-1 of the content, 40 lower case hexadecimal digits.
    pub hash: String,
    /// Content length, octets.
    pub size: u64,
    /// The content.
    pub content: Content,
}

impl std::fmt::Debug for StoredDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredDocument")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// A document completely received and hashed, not yet in the store. Dropped without commit, it leaves no trace.
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
    /// Ends the content: all of it is on stable storage, hash and size are known.
    fn finish(self) -> impl Future<Output = Result<Self::Staged, StoreError>> + Send;
}

/// Why a staged document did not enter the store.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The uniqueId is known with another hash: XDSNonIdenticalHash (XDS-T-056).
    #[error("the document is stored with another hash")]
    OtherHash,
    /// The uniqueId is known with another size: XDSNonIdenticalSize.
    #[error("the document is stored with another size")]
    OtherSize,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keeps documents by uniqueId, durably: what `commit` returned survives a power cut.
pub trait DocumentStore: Send + Sync + 'static {
    /// Receives one document.
    type Writer: DocumentWriter;

    /// Starts receiving a document.
    fn begin(&self) -> impl Future<Output = Result<Self::Writer, StoreError>> + Send;

    /// Makes a staged document available under its uniqueId. True: it is new; false: the same content was there already.
    fn commit(
        &self,
        staged: <Self::Writer as DocumentWriter>::Staged,
        unique_id: &str,
        mime_type: &str,
    ) -> impl Future<Output = Result<bool, CommitError>> + Send;

    /// Finds a document.
    fn open(
        &self,
        unique_id: &str,
    ) -> impl Future<Output = Result<Option<StoredDocument>, StoreError>> + Send;

    /// Removes a document; true if it was there.
    fn remove(&self, unique_id: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The uniqueIds of all documents held, in no order. For [`super::verify`].
    fn unique_ids(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;
}

/// Whether a second document of one uniqueId may be taken for the first.
pub(crate) fn same_content(
    present: &StoredDocument,
    hash: &str,
    size: u64,
) -> Result<(), CommitError> {
    if present.size != size {
        return Err(CommitError::OtherSize);
    }
    if !present.hash.eq_ignore_ascii_case(hash) {
        return Err(CommitError::OtherHash);
    }
    Ok(())
}

/// Lower case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// SHA-1 as XDS wants it (ITI TF-3 4.2.3.2.10), in pieces.
pub(crate) struct Sha1(digest::Context);

impl Sha1 {
    pub(crate) fn new() -> Self {
        Self(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

/// Documents in memory: for tests and demonstrations, nothing survives the process.
#[derive(Default)]
pub struct MemoryDocuments {
    documents: Mutex<BTreeMap<String, StoredDocument>>,
}

impl MemoryDocuments {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, StoredDocument>) -> T) -> T {
        act(&mut self
            .documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

/// Collects a document for [`MemoryDocuments`].
pub struct MemoryWriter {
    bytes: BytesMut,
}

/// A document ready for [`MemoryDocuments`].
pub struct MemoryStaged {
    bytes: Bytes,
    hash: String,
}

impl Staged for MemoryStaged {
    fn hash(&self) -> &str {
        &self.hash
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl DocumentWriter for MemoryWriter {
    type Staged = MemoryStaged;

    async fn write(&mut self, chunk: Bytes) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(self) -> Result<MemoryStaged, StoreError> {
        let bytes = self.bytes.freeze();
        let mut sha1 = Sha1::new();
        sha1.update(&bytes);
        Ok(MemoryStaged {
            bytes,
            hash: sha1.finish(),
        })
    }
}

impl DocumentStore for MemoryDocuments {
    type Writer = MemoryWriter;

    async fn begin(&self) -> Result<MemoryWriter, StoreError> {
        Ok(MemoryWriter {
            bytes: BytesMut::new(),
        })
    }

    async fn commit(
        &self,
        staged: MemoryStaged,
        unique_id: &str,
        mime_type: &str,
    ) -> Result<bool, CommitError> {
        self.with(|documents| {
            if let Some(present) = documents.get(unique_id) {
                return same_content(present, staged.hash(), staged.size()).map(|()| false);
            }
            let document = StoredDocument {
                unique_id: unique_id.to_owned(),
                mime_type: mime_type.to_owned(),
                size: staged.size(),
                hash: staged.hash,
                content: Content::Bytes(staged.bytes),
            };
            documents.insert(unique_id.to_owned(), document);
            Ok(true)
        })
    }

    async fn open(&self, unique_id: &str) -> Result<Option<StoredDocument>, StoreError> {
        Ok(self.with(|documents| documents.get(unique_id).cloned()))
    }

    async fn remove(&self, unique_id: &str) -> Result<bool, StoreError> {
        Ok(self.with(|documents| documents.remove(unique_id).is_some()))
    }

    async fn unique_ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.with(|documents| documents.keys().cloned().collect()))
    }
}
