//! Limits of a trail, and how long it is kept.

use std::time::Duration;

use crate::trail::record;

/// Limits of a trail, with safe defaults.
#[derive(Clone, Debug)]
pub struct TrailLimits {
    /// Bytes of one segment file after which the next one begins; 64 MiB.
    pub segment: u64,
    /// Bytes of one record's message; 64 MiB, and never more than that.
    pub record: usize,
    /// Bytes of records that may wait for the writer; callers beyond it wait themselves. 32 MiB.
    pub queue: usize,
    /// Bytes of records that share one write and one fdatasync, about; 4 MiB.
    pub group: usize,
    /// Bytes of records that one `read` answers with, about; 4 MiB.
    pub read: usize,
    /// A checkpoint is signed after so many records; 10,000.
    pub checkpoint_records: u64,
    /// A checkpoint is signed so long after the first record that none covers yet; 60 s.
    pub checkpoint_interval: Duration,
}

impl Default for TrailLimits {
    fn default() -> TrailLimits {
        TrailLimits {
            segment: 64 << 20,
            record: 64 << 20,
            queue: 32 << 20,
            group: 4 << 20,
            read: 4 << 20,
            checkpoint_records: 10_000,
            checkpoint_interval: Duration::from_secs(60),
        }
    }
}

impl TrailLimits {
    /// Within what the format can hold.
    pub(crate) fn checked(self) -> TrailLimits {
        TrailLimits {
            segment: self.segment.max(1),
            record: self.record.min(record::LONGEST),
            queue: self.queue.clamp(1, 1 << 30),
            group: self.group.clamp(1, 64 << 20),
            read: self.read.max(1),
            ..self
        }
    }
}

/// How long records are kept. The oldest segment may go when one of the bounds that are given holds
/// without it; then the next one. Nothing given: everything is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Its records were received longer ago than this.
    pub age: Option<Duration>,
    /// So many records are left without it.
    pub records: Option<u64>,
    /// So many bytes of segments are left without it.
    pub bytes: Option<u64>,
}
