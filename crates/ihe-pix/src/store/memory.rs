//! Identities in memory: for tests and for systems that keep nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::engine::{Entry, Records, Stored, Write};
use super::identities::{Backend, Identities, Reader, StoredReview};
use super::{Note, StoreError};
use crate::identity::ReviewState;
use crate::matching::MatchPolicy;
use crate::{PatientRecord, Probabilistic};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A store that forgets everything at the end of the process. Clones share it.
#[derive(Clone)]
pub struct MemoryStore {
    identities: Arc<Identities<Shared>>,
}

impl MemoryStore {
    /// An empty store with the default policy.
    ///
    /// # Panics
    /// When the system has no thread left.
    pub fn new() -> MemoryStore {
        MemoryStore::with_policy(Probabilistic::default())
    }

    /// An empty store with a policy of one's own.
    ///
    /// # Panics
    /// When the system has no thread left.
    pub fn with_policy(policy: impl MatchPolicy) -> MemoryStore {
        let kept = Shared::default();
        let opened = Identities::open(kept.clone(), kept, Arc::new(policy));
        match opened {
            Ok(identities) => MemoryStore {
                identities: Arc::new(identities),
            },
            Err(error) => panic!("{error}"),
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStore::new()
    }
}

crate::store::verbs::verbs!(MemoryStore);

/// What other stores have on disk.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    records: BTreeMap<u32, Arc<PatientRecord>>,
    entries: BTreeMap<u32, Entry>,
    changes: BTreeMap<u64, u32>,
    reviews: BTreeMap<u64, StoredReview>,
    notes: BTreeMap<(&'static str, String), Note>,
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records for Shared {
    fn record(&mut self, row: u32) -> Result<PatientRecord> {
        Ok(self.kept().record(row))
    }
}

impl Backend for Shared {
    /// There is nothing before the process begins, and no commit fails.
    fn load(&mut self, _take: &mut dyn FnMut(Stored) -> Result<()>) -> Result<()> {
        Ok(())
    }

    fn commit(&mut self, writes: Vec<Write>) -> Result<()> {
        let mut kept = self.kept();
        writes.into_iter().for_each(|write| kept.keep(write));
        Ok(())
    }
}

impl Kept {
    fn record(&self, row: u32) -> PatientRecord {
        let known = self.records.get(&row);
        let without_ids = |record: &Arc<PatientRecord>| PatientRecord {
            ids: Vec::new(),
            ..(**record).clone()
        };
        known.map(without_ids).unwrap_or_default()
    }

    fn keep(&mut self, write: Write) {
        match write {
            Write::Identity { row, record, .. } | Write::Record { row, record, .. } => {
                self.records.insert(row, record);
            }
            Write::Review {
                number,
                pair,
                score,
                at,
            } => {
                let review = StoredReview {
                    number,
                    pair,
                    score,
                    at,
                    state: ReviewState::Open,
                };
                self.reviews.insert(number, review);
            }
            Write::Decided { number, state } => {
                if let Some(review) = self.reviews.get_mut(&number) {
                    review.state = state;
                }
            }
            Write::Entry(entry) => {
                self.entries.insert(entry.number, entry);
            }
            Write::Change { number, row } => {
                self.changes.insert(number, row);
            }
            Write::Note { note, now } => {
                let expired = |one: &Note| one.kind == note.kind && one.expires < Some(now);
                if note.expires.is_some() {
                    self.notes
                        .retain(|_, one| one.expires.is_none() || !expired(one));
                }
                self.notes.insert((note.kind, note.key.clone()), note);
            }
            Write::NoNote { kind, key } => {
                self.notes.remove(&(kind, key));
            }
            Write::Domain { .. }
            | Write::Standing { .. }
            | Write::Person { .. }
            | Write::Bond { .. } => {}
        }
    }
}

impl Reader for Shared {
    async fn records(&self, rows: Vec<u32>) -> Result<Vec<PatientRecord>> {
        let kept = self.kept();
        Ok(rows.into_iter().map(|row| kept.record(row)).collect())
    }

    async fn changes(&self, after: u64, limit: usize) -> Result<Vec<(u64, u32)>> {
        let kept = self.kept();
        let later = kept.changes.range(after.saturating_add(1)..);
        Ok(later.take(limit).map(|(n, row)| (*n, *row)).collect())
    }

    async fn entries(&self, row: u32, last: u32, limit: usize) -> Result<Vec<Entry>> {
        let kept = self.kept();
        let before = |entry: &&Entry| kept.entries.get(&entry.before(row));
        let newest = kept.entries.get(&last);
        let chain = std::iter::successors(newest, before);
        Ok(chain.take(limit).cloned().collect())
    }

    async fn reviews(
        &self,
        state: ReviewState,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredReview>> {
        let kept = self.kept();
        let later = kept.reviews.range(after.saturating_add(1)..);
        let wanted = later.filter(|(_, review)| review.state == state);
        Ok(wanted
            .take(limit)
            .map(|(_, review)| review.clone())
            .collect())
    }

    async fn note(
        &self,
        kind: &'static str,
        key: String,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>> {
        let kept = self.kept();
        let note = kept.notes.get(&(kind, key));
        let valid = note.filter(|note| note.expires.is_none_or(|end| end >= now));
        Ok(valid.map(|note| note.value.clone()))
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_memory_store_keeps_the_contract() {
        let fresh = async || super::MemoryStore::with_policy(crate::Deterministic);
        crate::store::contract::check(fresh).await;
        crate::store::contract::check_shelf(fresh).await;
    }
}
