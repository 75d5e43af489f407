//! Documents under an index: small contents in it, large ones on a shelf (ITI TF-2 3.41.4.1.3).
//!
//! A large content gets a random key, which the index holds as *loose* before the first byte is stored. The submission
//! makes it a document's; removing a document makes it loose again, and what is loose is removed, at the latest when
//! the store is opened next. So a crash leaves nothing behind, and nobody has to list the shelf.

mod receiving;

use super::index::{Index, NewDocument};
use super::{
    Arrival, Content, DocumentStore, Fate, Held, Pending, PutError, SetId, State, StoredDocument,
    Ticket,
};
use crate::store::StoreError;
use crate::store::patients::lost;
use bytes::Bytes;
use receiving::{Lies, Loose};
pub use receiving::{Received, Receiving};
use std::fs::File;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Largest content in the index, octets: by default and at most.
const INLINE: (usize, usize) = (16 * 1024, 64 * 1024);

/// Takes the octets of one large content.
pub trait Upload: Send + 'static {
    /// Appends octets. It may return before they are written; a failure shows in a later call.
    fn write(&mut self, bytes: Bytes) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Ends the content: it is durable under its key.
    fn finish(self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Where contents lie that are too large for the index, each under a random key.
pub trait Shelf: Send + Sync + 'static {
    /// Takes one content.
    type Upload: Upload;

    /// Starts a content.
    fn create(&self, key: Uuid) -> impl Future<Output = Result<Self::Upload, StoreError>> + Send;

    /// Opens and sizes a content. [`StoreError::Damaged`] if it is not there.
    fn open(&self, key: Uuid) -> impl Future<Output = Result<Content, StoreError>> + Send;

    /// Removes a content, complete or not; that it is not there is no error.
    fn remove(&self, key: Uuid) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Puts a damaged content where it is not served from, for a person to look at.
    fn quarantine(&self, key: Uuid) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// [`DocumentStore`] of an SQLite index and a [`Shelf`].
pub struct IndexedStore<S: Shelf> {
    inner: Arc<Inner<S>>,
    inline: usize,
}

struct Inner<S> {
    index: Index,
    shelf: S,
    /// Keeps a second process out.
    _lock: File,
}

impl<S: Shelf> IndexedStore<S> {
    /// Contents up to so many octets lie in the index, where many share one fsync. Default 16 KiB, at most 64 KiB.
    pub fn with_inline(mut self, octets: usize) -> Self {
        self.inline = octets.min(INLINE.1);
        self
    }

    /// Over an index file whose folder is locked by `lock`; blocks.
    pub(super) fn over(index: &Path, shelf: S, lock: File) -> Result<Self, StoreError> {
        let inner = Inner {
            index: Index::open(index)?,
            shelf,
            _lock: lock,
        };
        Ok(Self {
            inner: Arc::new(inner),
            inline: INLINE.0,
        })
    }

    /// Removes the contents of those keys that are loose.
    #[cfg(feature = "s3")]
    pub(super) async fn sweep(&self, keys: Vec<Uuid>) -> Result<(), StoreError> {
        self.inner.sweep(keys).await
    }
}

impl<S: Shelf> Inner<S> {
    /// Removes the contents of those keys that are loose now.
    async fn sweep(&self, keys: Vec<Uuid>) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys = self.index.still_loose(keys).await?;
        for key in &keys {
            self.shelf.remove(*key).await?;
        }
        self.index.forget(keys).await
    }
}

/// A document for the index, and its content on the shelf.
fn split<S: Shelf>(
    document: Arrival<Received<S>>,
) -> Result<(NewDocument, Option<Loose<S>>), StoreError> {
    let Received { hash, size, lies } = document.staged;
    let place = lies
        .place()
        .ok_or_else(|| lost("a content without a key"))?;
    let entered = NewDocument {
        entry_uuid: document.entry_uuid,
        unique_id: document.unique_id,
        mime_type: document.mime_type,
        hash,
        size,
        place,
    };
    match lies {
        Lies::Here(_) => Ok((entered, None)),
        Lies::Shelf(loose) => Ok((entered, Some(loose))),
    }
}

impl<S: Shelf> DocumentStore for IndexedStore<S> {
    type Writer = Receiving<S>;

    async fn begin(&self) -> Result<Receiving<S>, StoreError> {
        Ok(Receiving::new(Arc::clone(&self.inner), self.inline))
    }

    async fn put(
        &self,
        set: SetId,
        documents: Vec<Arrival<Received<S>>>,
    ) -> Result<Ticket, PutError> {
        let mut entered = Vec::with_capacity(documents.len());
        let mut loose = Vec::new();
        for document in documents {
            let (document, content) = split(document)?;
            entered.push(document);
            loose.extend(content);
        }
        let put = self.inner.index.put(set, entered).await;
        // What no document has is removed before the source is answered.
        let keys = loose.into_iter().filter_map(Loose::release).collect();
        let unused = match &put {
            Ok((_, unused)) => unused.clone(),
            Err(_) => keys,
        };
        if let Err(error) = self.inner.sweep(unused).await {
            tracing::warn!(%error, "contents that are not needed stay until the next start");
        }
        put.map(|(ticket, _)| ticket)
    }

    async fn settle(&self, ticket: Ticket, fate: Fate) -> Result<(), StoreError> {
        let loose = self.inner.index.settle(ticket, fate).await?;
        self.inner.sweep(loose).await
    }

    async fn open(&self, unique_id: &str) -> Result<Option<StoredDocument>, StoreError> {
        let Some((held, bytes)) = self.inner.index.find(unique_id).await? else {
            return Ok(None);
        };
        let content = match (held.state, bytes) {
            (State::Quarantined, _) => Content::Withheld,
            (_, Some(bytes)) => Content::Bytes(bytes),
            (_, None) => self.inner.shelf.open(held.key).await?,
        };
        Ok(Some(StoredDocument { held, content }))
    }

    async fn quarantine(&self, held: &Held) -> Result<(), StoreError> {
        if self.inner.index.quarantine(held).await? {
            self.inner.shelf.quarantine(held.key).await?;
        }
        Ok(())
    }

    async fn pending(
        &self,
        after: Option<Ticket>,
        limit: usize,
    ) -> Result<Vec<Pending>, StoreError> {
        self.inner.index.pending(after, limit).await
    }

    async fn documents_after(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Held>, StoreError> {
        self.inner.index.documents_after(after, limit).await
    }
}
