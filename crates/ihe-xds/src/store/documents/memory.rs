//! Documents in memory: for tests and demonstrations, nothing survives the process.

use super::sha1::Sha1;
use super::{
    Arrival, Content, Difference, DocumentStore, DocumentWriter, Fate, Held, Pending,
    PendingDocument, PutError, SetId, Staged, State, StoredDocument, Ticket, difference,
};
use crate::store::StoreError;
use bytes::{Bytes, BytesMut};
use chrono::Utc;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

/// [`DocumentStore`] in memory.
#[derive(Default)]
pub struct MemoryDocuments(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    documents: BTreeMap<String, Entry>,
    pending: BTreeMap<Ticket, Pending>,
    last: i64,
}

struct Entry {
    /// Its state is that without quarantine.
    held: Held,
    bytes: Bytes,
    quarantined: bool,
}

impl Entry {
    fn held(&self) -> Held {
        let mut held = self.held.clone();
        if self.quarantined {
            held.state = State::Quarantined;
        }
        held
    }
}

impl MemoryDocuments {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Collects a document for [`MemoryDocuments`].
pub struct MemoryWriter(BytesMut);

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
        self.0.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(self) -> Result<MemoryStaged, StoreError> {
        let bytes = self.0.freeze();
        let hash = Sha1::of(&bytes);
        Ok(MemoryStaged { bytes, hash })
    }
}

impl DocumentStore for MemoryDocuments {
    type Writer = MemoryWriter;

    async fn begin(&self) -> Result<MemoryWriter, StoreError> {
        Ok(MemoryWriter(BytesMut::new()))
    }

    async fn put(
        &self,
        set: SetId,
        documents: Vec<Arrival<MemoryStaged>>,
    ) -> Result<Ticket, PutError> {
        self.with(|inner| {
            let differing = inner.differing(&documents);
            if !differing.is_empty() {
                return Err(PutError::Differs(differing));
            }
            Ok(inner.put(set, documents))
        })
    }

    async fn settle(&self, ticket: Ticket, fate: Fate) -> Result<(), StoreError> {
        self.with(|inner| inner.settle(ticket, fate));
        Ok(())
    }

    async fn open(&self, unique_id: &str) -> Result<Option<StoredDocument>, StoreError> {
        Ok(self.with(|inner| {
            let entry = inner.documents.get(unique_id)?;
            let content = match entry.quarantined {
                true => Content::Withheld,
                false => Content::Bytes(entry.bytes.clone()),
            };
            let held = entry.held();
            Some(StoredDocument { held, content })
        }))
    }

    async fn quarantine(&self, held: &Held) -> Result<(), StoreError> {
        self.with(|inner| {
            let present = inner.documents.get_mut(&held.unique_id);
            if let Some(entry) = present.filter(|entry| entry.held.key == held.key) {
                entry.quarantined = true;
            }
        });
        Ok(())
    }

    async fn pending(
        &self,
        after: Option<Ticket>,
        limit: usize,
    ) -> Result<Vec<Pending>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.with(|inner| {
            let rest = inner.pending.range((from, Bound::Unbounded));
            rest.take(limit).map(|(_, one)| one.clone()).collect()
        }))
    }

    async fn documents_after(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Held>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.with(|inner| {
            let rest = inner.documents.range((from, Bound::Unbounded));
            rest.take(limit).map(|(_, entry)| entry.held()).collect()
        }))
    }
}

impl Inner {
    fn differing(&self, documents: &[Arrival<MemoryStaged>]) -> Vec<(String, Difference)> {
        let compare = |one: &Arrival<MemoryStaged>| {
            let present = &self.documents.get(&one.unique_id)?.held;
            let arrived = (one.staged.hash(), one.staged.size());
            difference((&present.hash, present.size), arrived)
                .map(|difference| (one.unique_id.clone(), difference))
        };
        documents.iter().filter_map(compare).collect()
    }

    fn put(&mut self, set: SetId, documents: Vec<Arrival<MemoryStaged>>) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        let named = |one: &Arrival<MemoryStaged>| PendingDocument {
            entry_uuid: one.entry_uuid.clone(),
            unique_id: one.unique_id.clone(),
            hash: one.staged.hash.clone(),
        };
        let pending = Pending {
            ticket,
            set,
            began: Utc::now(),
            documents: documents.iter().map(named).collect(),
        };
        self.pending.insert(ticket, pending);
        for one in documents {
            self.enter(one);
        }
        ticket
    }

    fn enter(&mut self, one: Arrival<MemoryStaged>) {
        let present = self.documents.get(&one.unique_id);
        if present.is_some_and(|entry| !entry.quarantined) {
            return;
        }
        let held = Held {
            unique_id: one.unique_id.clone(),
            key: uuid::Uuid::new_v4(),
            mime_type: one.mime_type,
            hash: one.staged.hash.clone(),
            size: one.staged.size(),
            state: present.map_or(State::Pending, |entry| entry.held.state),
        };
        let entry = Entry {
            held,
            bytes: one.staged.bytes,
            quarantined: false,
        };
        self.documents.insert(one.unique_id, entry);
    }

    fn settle(&mut self, ticket: Ticket, fate: Fate) {
        let Some(settled) = self.pending.remove(&ticket) else {
            return;
        };
        for PendingDocument { unique_id, .. } in settled.documents {
            let Some(entry) = self.documents.get_mut(&unique_id) else {
                continue;
            };
            let mut others = self.pending.values().flat_map(|one| &one.documents);
            if fate == Fate::Keep {
                entry.held.state = State::Kept;
            } else if entry.held.state == State::Pending
                && !others.any(|other| other.unique_id == unique_id)
            {
                self.documents.remove(&unique_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract;

    #[tokio::test]
    async fn memory_keeps_the_contract() {
        contract::document_store(async || MemoryDocuments::new()).await;
    }
}
