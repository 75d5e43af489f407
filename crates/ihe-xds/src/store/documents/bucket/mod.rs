//! Documents in an S3 bucket, their index in a local folder (feature `s3`).
//!
//! ```text
//! LOCK          held while open
//! bucket.db     which document lies where; small contents
//! ```
//! A content is one object named by a random key; a large one is uploaded in parts as it arrives. What a crash leaves in
//! the bucket is removed at the next start, except the parts of an unfinished upload: give the bucket a lifecycle rule
//! (AbortIncompleteMultipartUpload). A damaged content stays where it is and is not given out.

mod address;
mod upload;

pub use address::S3;
use upload::BucketUpload;

use super::Content;
use super::index::Index;
use super::indexed::{IndexedStore, Shelf};
use crate::store::StoreError;
use crate::store::patients::lost;
use futures_util::{StreamExt, TryFutureExt, TryStreamExt};
use object_store::path::Path as ObjectPath;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// [`Shelf`] in a bucket.
pub struct Bucket {
    objects: Arc<dyn ObjectStore>,
    prefix: String,
}

/// A bucket of documents.
pub type BucketStore = IndexedStore<Bucket>;

impl BucketStore {
    /// Opens the bucket and opens or creates the folder of its index; removes what a crash left half done.
    ///
    /// # Errors
    /// Disk errors; what the bucket answers; [`StoreError::Newer`]; [`StoreError::InUse`].
    pub async fn open(dir: impl AsRef<Path>, bucket: S3) -> Result<Self, StoreError> {
        let (objects, prefix) = bucket.connect()?;
        Self::over_bucket(dir.as_ref(), Bucket { objects, prefix }).await
    }

    async fn over_bucket(dir: &Path, bucket: Bucket) -> Result<Self, StoreError> {
        let dir = dir.to_path_buf();
        let opened = spawn_blocking(move || {
            fs::create_dir_all(&dir)?;
            let lock = File::create(dir.join("LOCK"))?;
            lock.try_lock().map_err(|_| StoreError::InUse)?;
            let index = dir.join("bucket.db");
            let store = Self::over(&index, bucket, lock)?;
            Ok::<_, StoreError>((store, Index::loose(&index)?))
        });
        let (store, loose) = opened.await.map_err(lost)??;
        store.sweep(loose).await?;
        Ok(store)
    }
}

impl Bucket {
    fn path(&self, key: Uuid) -> ObjectPath {
        ObjectPath::from(format!("{}{}", self.prefix, key.simple()))
    }
}

/// The driver's text names keys and addresses, never a document.
impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self::Failed(format!("bucket: {error}"))
    }
}

impl Shelf for Bucket {
    type Upload = BucketUpload;

    async fn create(&self, key: Uuid) -> Result<BucketUpload, StoreError> {
        Ok(BucketUpload::new(Arc::clone(&self.objects), self.path(key)))
    }

    async fn open(&self, key: Uuid) -> Result<Content, StoreError> {
        let path = self.path(key);
        let size = match self.objects.head(&path).await {
            Ok(found) => found.size,
            Err(Error::NotFound { .. }) => {
                let text = "a document's object is not in the bucket";
                return Err(StoreError::Damaged(text.into()));
            }
            Err(error) => return Err(error.into()),
        };
        // Asked for when its turn comes: an answer of many documents does not hold many connections.
        let objects = Arc::clone(&self.objects);
        let found = async move { objects.get(&path).await };
        let chunks = found
            .map_ok(|found| found.into_stream())
            .try_flatten_stream();
        let chunks = chunks.map_err(StoreError::from).boxed();
        Ok(Content::Stream { size, chunks })
    }

    async fn remove(&self, key: Uuid) -> Result<(), StoreError> {
        match self.objects.delete(&self.path(key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn quarantine(&self, _key: Uuid) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
