//! ITI-20 record store in memory, for tests and demonstrations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::summary::patient_key;
use crate::store::{ReceivedRecord, RecordStore, Search, StoreError, StoredRecord};

/// Keeps records in memory. A clone is the same store.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    records: Arc<Mutex<Vec<StoredRecord>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn records(&self) -> MutexGuard<'_, Vec<StoredRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RecordStore for MemoryStore {
    async fn append(&self, records: Vec<ReceivedRecord>) -> Result<(), StoreError> {
        let mut kept = self.records();
        for record in records {
            let sequence = kept.len() as u64 + 1;
            kept.push(StoredRecord::new(sequence, record));
        }
        Ok(())
    }

    async fn search(&self, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        let kept = self.records();
        let found = kept
            .iter()
            .filter(|record| matches(search, record))
            .take(search.limit());
        Ok(found.cloned().collect())
    }

    async fn count(&self) -> Result<u64, StoreError> {
        Ok(self.records().len() as u64)
    }

    async fn tail(&self, count: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let kept = self.records();
        let from = kept.len().saturating_sub(count);
        Ok(kept[from..]
            .iter()
            .map(|record| record.raw.clone())
            .collect())
    }
}

fn matches(search: &Search, record: &StoredRecord) -> bool {
    let summary = record.summary.as_ref();
    let time = summary.map_or(record.received, |summary| summary.event_time.to_utc());
    let patient = |wanted: &String| {
        let (id, authority) = patient_key(wanted);
        summary.is_some_and(|summary| {
            summary.patients.iter().any(|cx| {
                let (other, other_authority) = patient_key(cx);
                other == id && (authority.is_none() || other_authority == authority)
            })
        })
    };
    let event_type = |wanted: &String| summary.is_some_and(|summary| summary.event_type == *wanted);
    let outcome = |wanted: u8| summary.is_some_and(|summary| summary.outcome == wanted);
    search
        .after_sequence
        .is_none_or(|after| record.sequence > after)
        && search.since.is_none_or(|since| time >= since)
        && search.until.is_none_or(|until| time < until)
        && search.outcome.is_none_or(outcome)
        && search.event_type.as_ref().is_none_or(event_type)
        && search.patient.as_ref().is_none_or(patient)
}
