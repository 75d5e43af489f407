//! ITI-20 a record as the search index holds it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::{Cursor, RecordSummary};
use crate::trail::{KeptRecord, RecordFlags};

/// An event that claims to be later than its receipt by more than this is put where it was received.
const AHEAD: TimeDelta = TimeDelta::hours(1);

/// What a record of the trail says, with its place there. `Debug` hides who.
#[derive(Clone, PartialEq)]
pub struct StoredRecord {
    /// Place in the trail, from 1, growing.
    pub sequence: u64,
    /// When it was received.
    pub received: DateTime<Utc>,
    /// From where: address and port.
    pub peer: String,
    /// What was odd about it.
    pub flags: RecordFlags,
    /// What the audit message says, when it could be read.
    pub summary: Option<RecordSummary>,
}

impl StoredRecord {
    /// Reads a record of the trail.
    pub fn of(kept: &KeptRecord) -> StoredRecord {
        let record = &kept.record;
        StoredRecord {
            sequence: kept.sequence,
            received: record.received,
            peer: record.peer.clone(),
            flags: record.flags,
            summary: RecordSummary::of(&record.raw),
        }
    }

    /// The time it is searched and ordered by: the event's. That of receipt when the message cannot be
    /// read, or claims to be of more than an hour later: a clock that is far ahead does not hide what
    /// is new behind it.
    pub fn time(&self) -> DateTime<Utc> {
        let event = self.summary.as_ref().map(|one| one.event_time.to_utc());
        match event {
            Some(event) if event.signed_duration_since(self.received) <= AHEAD => event,
            _ => self.received,
        }
    }

    /// Where the next page begins, when this is the last record of a page.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            time: self.time(),
            sequence: self.sequence,
        }
    }

    /// The sender's address without its port.
    pub fn host(&self) -> &str {
        host(&self.peer)
    }
}

/// An address without the port: `[::1]:514` and `::1` are `::1`.
pub(crate) fn host(peer: &str) -> &str {
    let (host, port) = peer.rsplit_once(':').unwrap_or((peer, ""));
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let whole = !host.contains(':') || host.ends_with(']');
    let host = if is_port && whole { host } else { peer };
    host.trim_start_matches('[').trim_end_matches(']')
}

impl fmt::Debug for StoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredRecord")
            .field("sequence", &self.sequence)
            .field("received", &self.received)
            .field("peer", &self.peer)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}
