//! ITI-20 from the trail into the search index: a task that follows the end of the trail, from where
//! the store came to before.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::store::{RecordStore, StoreError, StoredRecord};
use crate::trail::{Trail, TrailError};

/// Pause after a store or a trail that failed.
const RECOVER: Duration = Duration::from_secs(1);

/// How far the search index is behind the trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Records that are durable and cannot be found yet.
    pub records: u64,
    /// How long ago the first of them was received.
    pub age: Duration,
}

/// What the task and those who ask it share.
pub(crate) struct Indexed {
    /// The last record that can be found.
    applied: watch::Sender<u64>,
    /// When the next one was received, as far as that is known.
    next: Mutex<Option<DateTime<Utc>>>,
}

impl Indexed {
    pub(crate) fn new() -> Indexed {
        Indexed {
            applied: watch::Sender::new(0),
            next: Mutex::new(None),
        }
    }

    pub(crate) fn lag(&self, trail: &Trail) -> Lag {
        let (end, applied) = (*trail.end().borrow(), *self.applied.borrow());
        let records = end.saturating_sub(applied.max(trail.first().saturating_sub(1)));
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let age = next.and_then(|next| Utc::now().signed_duration_since(next).to_std().ok());
        let age = age.filter(|_| records > 0).unwrap_or_default();
        Lag { records, age }
    }

    /// Waits until what is durable now can be found; false: not within this time.
    pub(crate) async fn caught_up(&self, trail: &Trail, within: Duration) -> bool {
        let end = *trail.end().borrow();
        let mut applied = self.applied.subscribe();
        let waited = timeout(within, applied.wait_for(|applied| *applied >= end)).await;
        waited.is_ok_and(|found| found.is_ok())
    }

    fn coming(&self, received: DateTime<Utc>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(received);
    }
}

/// The task.
pub(crate) struct Indexer<S> {
    pub(crate) trail: Trail,
    pub(crate) store: Arc<S>,
    pub(crate) indexed: Weak<Indexed>,
    pub(crate) batch: usize,
}

impl<S: RecordStore> Indexer<S> {
    /// Runs until nobody asks any more.
    pub(crate) async fn run(self, mut stop: watch::Receiver<()>) {
        tokio::select! {
            () = self.follow() => {}
            // Closed: the last repository is gone.
            _ = stop.changed() => {}
        }
    }

    async fn follow(&self) {
        let mut at = loop {
            match self.begin().await {
                Ok(at) => break at,
                Err(error) => tracing::error!(%error, "audit index: cannot begin"),
            }
            sleep(RECOVER).await;
        };
        let mut end = self.trail.end();
        loop {
            if end.wait_for(|end| *end > at).await.is_err() {
                return;
            }
            match self.some(at).await {
                Ok(next) => at = next,
                Err(error) => {
                    tracing::error!(%error, "audit index: tried again");
                    sleep(RECOVER).await;
                }
            }
        }
    }

    /// Where the store is. An index of more records than there are is one of another trail.
    async fn begin(&self) -> Result<u64, StoreError> {
        let applied = self.store.applied().await?;
        let end = *self.trail.end().borrow();
        let at = if applied > end {
            tracing::warn!(applied, end, "audit index: of another trail, made anew");
            self.store.clear().await?;
            0
        } else {
            applied
        };
        self.publish(at);
        Ok(at)
    }

    fn publish(&self, applied: u64) {
        if let Some(indexed) = self.indexed.upgrade() {
            indexed.applied.send_replace(applied);
        }
    }

    /// One batch; how far the index is then.
    async fn some(&self, at: u64) -> Result<u64, StoreError> {
        let kept = match self.trail.read(at + 1, self.batch).await {
            Ok(kept) => kept,
            Err(TrailError::Damaged {
                next: Some(next), ..
            }) if next > at + 1 => {
                return Ok(self.pass_over(at, next - 1));
            }
            Err(error) => return Err(StoreError(error.to_string())),
        };
        let Some(last) = kept.last().map(|one| one.sequence) else {
            return Ok(at);
        };
        if let (Some(indexed), Some(first)) = (self.indexed.upgrade(), kept.first()) {
            indexed.coming(first.record.received);
        }
        let read = tokio::task::spawn_blocking(move || kept.iter().map(StoredRecord::of).collect());
        let records = read
            .await
            .map_err(|_| StoreError("a record could not be read".to_owned()))?;
        self.store.apply(records).await?;
        self.publish(last);
        Ok(last)
    }

    fn pass_over(&self, at: u64, to: u64) -> u64 {
        tracing::error!(
            first = at + 1,
            last = to,
            "audit index: the trail is damaged there"
        );
        self.publish(to);
        to
    }
}
