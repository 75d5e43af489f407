//! ITI-20 record stores of the Audit Record Repository (ITI TF-2 3.20.4.1.3.2): received bytes
//! kept as they came, found again by patient, event type, outcome and time.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;
mod summary;
#[cfg(test)]
mod tests;

pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use summary::RecordSummary;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::trail::RecordFlags;

/// Why a store could not do it.
#[derive(Debug, thiserror::Error)]
#[error("record store: {0}")]
pub struct StoreError(pub String);

/// A syslog message as received. `Debug` shows lengths only.
#[derive(Clone, PartialEq)]
pub struct ReceivedRecord {
    /// When it was received.
    pub received: DateTime<Utc>,
    /// From where: address and port.
    pub peer: String,
    /// The SYSLOG-MSG, byte for byte, without framing.
    pub raw: Vec<u8>,
    /// What was odd about it.
    pub flags: RecordFlags,
    /// What the audit message says, when it could be read.
    pub summary: Option<RecordSummary>,
}

impl ReceivedRecord {
    /// A record received now; the audit message in it is read if it can be.
    pub fn new(peer: impl Into<String>, raw: Vec<u8>) -> ReceivedRecord {
        let summary = RecordSummary::of(&raw);
        ReceivedRecord {
            received: Utc::now(),
            peer: peer.into(),
            raw,
            flags: RecordFlags::NONE,
            summary,
        }
    }

    /// The time searched by: the event's, or else that of receipt.
    pub fn time(&self) -> DateTime<Utc> {
        self.summary
            .as_ref()
            .map_or(self.received, |summary| summary.event_time.to_utc())
    }
}

impl fmt::Debug for ReceivedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRecord")
            .field("received", &self.received)
            .field("peer", &self.peer)
            .field("bytes", &self.raw.len())
            .field("summary", &self.summary)
            .finish()
    }
}

/// A record in a store. `Debug` shows lengths only.
#[derive(Clone, PartialEq)]
pub struct StoredRecord {
    /// Place in the store, from 1, growing.
    pub sequence: u64,
    /// When it was received.
    pub received: DateTime<Utc>,
    /// From where: address and port.
    pub peer: String,
    /// The SYSLOG-MSG, byte for byte, without framing.
    pub raw: Vec<u8>,
    /// What the audit message says, when it could be read.
    pub summary: Option<RecordSummary>,
}

impl StoredRecord {
    fn new(sequence: u64, record: ReceivedRecord) -> StoredRecord {
        let ReceivedRecord {
            received,
            peer,
            raw,
            summary,
            ..
        } = record;
        StoredRecord {
            sequence,
            received,
            peer,
            raw,
            summary,
        }
    }
}

impl fmt::Debug for StoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRecord")
            .field("sequence", &self.sequence)
            .field("received", &self.received)
            .field("peer", &self.peer)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// What to look for; all that is given must hold. Answers come in the order of storing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// A patient id: with `^` in CX form, compared by id and authority; else by id alone.
    pub patient: Option<String>,
    /// An EventTypeCode, such as `ITI-9`.
    pub event_type: Option<String>,
    /// An EventOutcomeIndicator: 0, 4, 8 or 12.
    pub outcome: Option<u8>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    /// At most so many; 0 means 100.
    pub limit: usize,
    /// Only records after this one: the last of the page before.
    pub after_sequence: Option<u64>,
}

impl Search {
    fn limit(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("by_patient", &self.patient.is_some())
            .field("event_type", &self.event_type)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Keeps audit records.
pub trait RecordStore: Send + Sync + 'static {
    /// Appends in order, all or nothing; `Ok` when durable.
    fn append(
        &self,
        records: Vec<ReceivedRecord>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Finds records.
    fn search(
        &self,
        search: &Search,
    ) -> impl Future<Output = Result<Vec<StoredRecord>, StoreError>> + Send;

    /// How many records there are.
    fn count(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The messages of the last `count` records, oldest first, to know repeats after a restart.
    fn tail(&self, count: usize) -> impl Future<Output = Result<Vec<Vec<u8>>, StoreError>> + Send;
}

impl<S: RecordStore> RecordStore for Arc<S> {
    fn append(
        &self,
        records: Vec<ReceivedRecord>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::append(self, records)
    }

    fn search(
        &self,
        search: &Search,
    ) -> impl Future<Output = Result<Vec<StoredRecord>, StoreError>> + Send {
        S::search(self, search)
    }

    fn count(&self) -> impl Future<Output = Result<u64, StoreError>> + Send {
        S::count(self)
    }

    fn tail(&self, count: usize) -> impl Future<Output = Result<Vec<Vec<u8>>, StoreError>> + Send {
        S::tail(self, count)
    }
}
