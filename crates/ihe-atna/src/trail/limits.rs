//! Limits of a trail, and how long it is kept.

use std::time::Duration;

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

/// How long records are kept; what breaks any of the bounds may go, oldest first, by whole
/// segments. Nothing given: everything is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Kept at least so long after receipt.
    pub age: Option<Duration>,
    /// So many records are kept at least.
    pub records: Option<u64>,
    /// So many bytes on disk are kept at least.
    pub bytes: Option<u64>,
}
