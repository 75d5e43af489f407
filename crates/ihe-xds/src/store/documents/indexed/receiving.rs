//! One document on its way in: octets are hashed and written at the same time, while the next ones arrive.

use super::super::index::Place;
use super::super::sha1::Sha1;
use super::super::{DocumentWriter, Staged};
use super::{INLINE, Inner, Shelf, Upload};
use crate::store::StoreError;
use crate::store::patients::lost;
use bytes::{Bytes, BytesMut};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

/// Octets of a large content gathered before they are hashed and written.
const CHUNK: usize = 256 * 1024;

/// Receives one document of an [`super::IndexedStore`].
pub struct Receiving<S: Shelf> {
    inner: Arc<Inner<S>>,
    inline: usize,
    buffer: BytesMut,
    size: u64,
    large: Option<Large<S>>,
}

/// What a content needs that does not stay in memory.
struct Large<S: Shelf> {
    upload: S::Upload,
    hashing: Hashing,
    loose: Loose<S>,
}

/// A document received by an [`super::IndexedStore`].
pub struct Received<S: Shelf> {
    pub(super) hash: String,
    pub(super) size: u64,
    pub(super) lies: Lies<S>,
}

/// Where a received content lies.
pub(super) enum Lies<S: Shelf> {
    Here(Bytes),
    Shelf(Loose<S>),
}

/// A content on the shelf that is removed when this is dropped, unless a document has it by then.
pub(super) struct Loose<S: Shelf> {
    inner: Arc<Inner<S>>,
    key: Option<Uuid>,
}

impl<S: Shelf> Loose<S> {
    /// The key; the content is no longer removed on drop.
    pub(super) fn release(mut self) -> Option<Uuid> {
        self.key.take()
    }
}

impl<S: Shelf> Drop for Loose<S> {
    fn drop(&mut self) {
        let (Some(key), Ok(runtime)) = (self.key.take(), Handle::try_current()) else {
            return; // without a runtime it is removed when the store is opened next
        };
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move {
            if let Err(error) = inner.sweep(vec![key]).await {
                tracing::warn!(%error, "a content that is not needed stays until the next start");
            }
        });
    }
}

impl<S: Shelf> Lies<S> {
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Here(bytes) => Some(Place::Inline(Uuid::new_v4(), bytes.clone())),
            Self::Shelf(loose) => loose.key.map(Place::Key),
        }
    }
}

impl<S: Shelf> Staged for Received<S> {
    fn hash(&self) -> &str {
        &self.hash
    }

    fn size(&self) -> u64 {
        self.size
    }
}

/// SHA-1 off the reactor, one chunk behind.
struct Hashing(JoinHandle<Sha1>);

impl Hashing {
    fn start() -> Self {
        Self(spawn_blocking(Sha1::new))
    }

    async fn update(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let mut sha1 = (&mut self.0).await.map_err(lost)?;
        self.0 = spawn_blocking(move || {
            sha1.update(&bytes);
            sha1
        });
        Ok(())
    }

    async fn finish(self) -> Result<String, StoreError> {
        Ok(self.0.await.map_err(lost)?.finish())
    }
}

impl<S: Shelf> Large<S> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.hashing.update(bytes.clone()).await?;
        self.upload.write(bytes).await
    }
}

impl<S: Shelf> Receiving<S> {
    pub(super) fn new(inner: Arc<Inner<S>>, inline: usize) -> Self {
        Self {
            inner,
            inline,
            buffer: BytesMut::new(),
            size: 0,
            large: None,
        }
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let bytes = self.buffer.split().freeze();
        self.large().await?.write(bytes).await
    }

    /// The shelf's part, begun when it is needed.
    async fn large(&mut self) -> Result<&mut Large<S>, StoreError> {
        let large = match self.large.take() {
            Some(large) => large,
            None => {
                let loose = Loose {
                    key: Some(self.inner.index.announce().await?),
                    inner: Arc::clone(&self.inner),
                };
                let key = loose.key.unwrap_or_default();
                Large {
                    upload: self.inner.shelf.create(key).await?,
                    hashing: Hashing::start(),
                    loose,
                }
            }
        };
        Ok(self.large.insert(large))
    }
}

impl<S: Shelf> DocumentWriter for Receiving<S> {
    type Staged = Received<S>;

    async fn write(&mut self, chunk: Bytes) -> Result<(), StoreError> {
        self.size += chunk.len() as u64;
        if self.buffer.len() + chunk.len() > CHUNK && !self.buffer.is_empty() {
            self.flush().await?;
        }
        if self.buffer.is_empty() && chunk.len() > INLINE.1 {
            return self.large().await?.write(chunk).await;
        }
        if self.large.is_some() && self.buffer.is_empty() {
            self.buffer.reserve(CHUNK);
        }
        self.buffer.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(mut self) -> Result<Received<S>, StoreError> {
        let size = self.size;
        if size <= self.inline as u64 {
            let bytes = self.buffer.freeze();
            return Ok(Received {
                hash: Sha1::of(&bytes),
                size,
                lies: Lies::Here(bytes),
            });
        }
        if !self.buffer.is_empty() {
            self.flush().await?;
        }
        let Some(large) = self.large.take() else {
            return Err(lost("no content"));
        };
        let (hash, done) = tokio::join!(large.hashing.finish(), large.upload.finish());
        done?;
        Ok(Received {
            hash: hash?,
            size,
            lies: Lies::Shelf(large.loose),
        })
    }
}
