//! One object on its way into the bucket: whole if it is small, else in parts of one size.

use super::super::indexed::Upload;
use crate::store::StoreError;
use crate::store::patients::lost;
use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Octets of a part; S3 wants 5 MiB at least and takes 10,000 parts, so 80 GiB.
const PART: usize = 8 * 1024 * 1024;

/// Takes one object's octets.
pub struct BucketUpload {
    objects: Arc<dyn ObjectStore>,
    path: Path,
    waiting: VecDeque<Bytes>,
    octets: usize,
    parts: Option<Box<dyn MultipartUpload>>,
    /// The part being sent, while the next one gathers.
    sending: Option<JoinHandle<object_store::Result<()>>>,
}

impl BucketUpload {
    pub(super) fn new(objects: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self {
            objects,
            path,
            waiting: VecDeque::new(),
            octets: 0,
            parts: None,
            sending: None,
        }
    }

    /// The next octets, so many or all that wait.
    fn gather(&mut self, most: usize) -> PutPayload {
        let mut room = most.min(self.octets);
        self.octets -= room;
        let mut taken = Vec::new();
        while room > 0 {
            let Some(mut bytes) = self.waiting.pop_front() else {
                break;
            };
            if bytes.len() > room {
                self.waiting.push_front(bytes.split_off(room));
            }
            room -= bytes.len();
            taken.push(bytes);
        }
        taken.into_iter().collect()
    }

    async fn send_part(&mut self) -> Result<(), StoreError> {
        let mut parts = match self.parts.take() {
            Some(parts) => parts,
            None => self.objects.put_multipart(&self.path).await?,
        };
        let part = parts.put_part(self.gather(PART));
        self.parts = Some(parts);
        self.sent().await?;
        self.sending = Some(tokio::spawn(part));
        Ok(())
    }

    /// Waits for the part before.
    async fn sent(&mut self) -> Result<(), StoreError> {
        match self.sending.take() {
            Some(sending) => Ok(sending.await.map_err(lost)??),
            None => Ok(()),
        }
    }
}

impl Upload for BucketUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.octets += bytes.len();
        self.waiting.push_back(bytes);
        while self.octets >= PART {
            self.send_part().await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        if self.parts.is_none() {
            let whole = self.gather(PART);
            self.objects.put(&self.path, whole).await?;
            return Ok(());
        }
        if self.octets > 0 {
            self.send_part().await?;
        }
        self.sent().await?;
        if let Some(parts) = &mut self.parts {
            parts.complete().await?;
        }
        self.parts = None;
        Ok(())
    }
}

impl Drop for BucketUpload {
    /// Parts of an object that will not be completed would stay in the bucket, unseen and paid for.
    fn drop(&mut self) {
        if let (Some(mut parts), Ok(runtime)) = (self.parts.take(), Handle::try_current()) {
            let sending = self.sending.take();
            runtime.spawn(async move {
                if let Some(sending) = sending {
                    let _ = sending.await;
                }
                if let Err(error) = parts.abort().await {
                    tracing::warn!(%error, "parts of an unfinished upload stay in the bucket");
                }
            });
        }
    }
}
