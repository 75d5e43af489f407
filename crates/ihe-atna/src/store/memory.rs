//! ITI-20 record store in memory, for tests and demonstrations.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::plan::{Plan, SAMPLE};
use crate::store::{Order, RecordStore, Search, StoreError, StoredRecord, terms};

/// Keeps records in memory. A clone is the same store.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    index: Arc<Mutex<Index>>,
}

#[derive(Debug, Default)]
struct Index {
    records: BTreeMap<u64, StoredRecord>,
    /// Term, time in µs, sequence.
    postings: BTreeSet<(i64, i64, i64)>,
    applied: u64,
}

impl Index {
    fn apply(&mut self, record: StoredRecord) {
        if record.sequence <= self.applied {
            return;
        }
        self.applied = record.sequence;
        self.postings.extend(postings(&record));
        self.records.insert(record.sequence, record);
    }

    fn between<'a>(
        &'a self,
        plan: &Plan,
        term: i64,
    ) -> impl DoubleEndedIterator<Item = &'a StoredRecord> {
        let bound = |(time, sequence)| Bound::Excluded((term, time, sequence));
        let keys = self.postings.range((bound(plan.above), bound(plan.below)));
        keys.filter_map(|(_, _, sequence)| self.records.get(&u64::try_from(*sequence).ok()?))
    }

    fn search(&self, search: &Search) -> Vec<StoredRecord> {
        let mut plan = Plan::of(search);
        if plan.is_empty() {
            return Vec::new();
        }
        if plan.terms.len() > 1 {
            let count = |term: &i64| self.between(&plan, *term).take(SAMPLE).count();
            let counts: Vec<usize> = plan.terms.iter().map(count).collect();
            plan.rarest_first(&counts);
        }
        let first = plan.terms.first().copied().unwrap_or_default();
        let after = search.after.map_or(0, |after| after.sequence);
        let found: Box<dyn Iterator<Item = &StoredRecord>> = match plan.order {
            Order::OldestFirst => Box::new(self.between(&plan, first)),
            Order::NewestFirst => Box::new(self.between(&plan, first).rev()),
            Order::Arrival => Box::new(self.records.range(after + 1..).map(|(_, one)| one)),
        };
        let found = found.filter(|record| search.matches(record));
        found.take(plan.limit).cloned().collect()
    }

    fn forget(&mut self, before: u64) -> u64 {
        let kept = self.records.split_off(&before);
        let gone = std::mem::replace(&mut self.records, kept);
        for posting in gone.values().flat_map(postings) {
            self.postings.remove(&posting);
        }
        gone.len() as u64
    }
}

fn postings(record: &StoredRecord) -> Vec<(i64, i64, i64)> {
    let time = record.time().timestamp_micros();
    let sequence = i64::try_from(record.sequence).unwrap_or(i64::MAX);
    let all = terms::of_record(record).into_iter();
    all.map(|term| (term, time, sequence)).collect()
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordStore for MemoryStore {
    async fn apply(&self, records: Vec<StoredRecord>) -> Result<(), StoreError> {
        let mut index = self.index();
        records.into_iter().for_each(|record| index.apply(record));
        Ok(())
    }

    async fn applied(&self) -> Result<u64, StoreError> {
        Ok(self.index().applied)
    }

    async fn search(&self, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        Ok(self.index().search(search))
    }

    async fn count(&self) -> Result<u64, StoreError> {
        Ok(self.index().records.len() as u64)
    }

    async fn forget(&self, before: u64) -> Result<u64, StoreError> {
        Ok(self.index().forget(before))
    }

    async fn clear(&self) -> Result<(), StoreError> {
        *self.index() = Index::default();
        Ok(())
    }
}
