//! Who is using a document that is stored but not registered yet (ITI TF-2 3.41.4.1.3).
//!
//! Two submissions may bring the same document at the same time. When one is refused, its document is
//! removed only if no other submission relies on it.

use crate::store::{CommitError, DocumentStore, DocumentWriter, StoreError};
use std::collections::HashMap;
use tokio::sync::Mutex;

type Staged<D> = <<D as DocumentStore>::Writer as DocumentWriter>::Staged;

/// Submissions under way, by document uniqueId.
#[derive(Default)]
pub(crate) struct Claims(Mutex<HashMap<String, Claim>>);

#[derive(Default)]
struct Claim {
    holders: usize,
    /// Stored by one of the holders: nobody else knows it.
    fresh: bool,
    /// Registered, or perhaps registered: stays.
    keep: bool,
}

impl Claims {
    /// Stores a document and holds it until [`Claims::release`].
    pub(crate) async fn commit<D: DocumentStore>(
        &self,
        store: &D,
        staged: Staged<D>,
        unique_id: &str,
        mime_type: &str,
    ) -> Result<(), CommitError> {
        self.0
            .lock()
            .await
            .entry(unique_id.to_owned())
            .or_default()
            .holders += 1;
        let committed = store.commit(staged, unique_id, mime_type).await;
        let mut claims = self.0.lock().await;
        match committed {
            Ok(fresh) => {
                if let Some(claim) = claims.get_mut(unique_id) {
                    claim.fresh |= fresh;
                }
                Ok(())
            }
            Err(error) => {
                drop(claims);
                let released = self.release(store, unique_id, false).await;
                if let Err(error) = released {
                    tracing::warn!(%error, "a document of a refused submission stays");
                }
                Err(error)
            }
        }
    }

    /// Lets go of a document; the last one to do so removes it, if nobody registered it.
    pub(crate) async fn release<D: DocumentStore>(
        &self,
        store: &D,
        unique_id: &str,
        keep: bool,
    ) -> Result<(), StoreError> {
        let mut claims = self.0.lock().await;
        let Some(claim) = claims.get_mut(unique_id) else {
            return Ok(());
        };
        claim.keep |= keep;
        claim.holders -= 1;
        if claim.holders > 0 {
            return Ok(());
        }
        let remove = claim.fresh && !claim.keep;
        claims.remove(unique_id);
        if remove {
            // Under the lock: a new claim on it waits and then stores it again.
            store.remove(unique_id).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryDocuments;
    use bytes::Bytes;

    async fn put(claims: &Claims, store: &MemoryDocuments) {
        let mut writer = store.begin().await.unwrap();
        writer.write(Bytes::from_static(b"same")).await.unwrap();
        let staged = writer.finish().await.unwrap();
        claims
            .commit(store, staged, "1.2", "text/plain")
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_refused_submission_leaves_nothing() {
        let (claims, store) = (Claims::default(), MemoryDocuments::new());
        put(&claims, &store).await;
        claims.release(&store, "1.2", false).await.unwrap();
        assert!(store.open("1.2").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_refused_submission_leaves_the_document_another_one_registered() {
        let (claims, store) = (Claims::default(), MemoryDocuments::new());
        put(&claims, &store).await;
        put(&claims, &store).await;
        claims.release(&store, "1.2", true).await.unwrap();
        claims.release(&store, "1.2", false).await.unwrap();
        assert!(store.open("1.2").await.unwrap().is_some());
        put(&claims, &store).await;
        claims.release(&store, "1.2", false).await.unwrap();
        assert!(
            store.open("1.2").await.unwrap().is_some(),
            "known before: stays"
        );
    }
}
