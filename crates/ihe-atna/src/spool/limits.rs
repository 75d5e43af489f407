//! ITI-20 limits and policies of a spool.

use std::time::Duration;

/// When a record that was answered with `Ok` is on the platter, not only in the system's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpoolSync {
    /// Written before the answer, which survives kill -9; fdatasync within this time, one for many
    /// records. A power cut loses at most so much.
    Within(Duration),
    /// fdatasync before the answer, one for all callers that wait at that moment.
    AtOnce,
}

/// What happens to a record when the spool is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// The record is refused, and the caller blocks its transaction (`AuditError::Block`).
    #[default]
    Block,
    /// The record is dropped and counted, the transaction goes on. Two alarms (110113 with 110133
    /// and 110134) stand in the trail where the gap begins and ends.
    CountAndAlarm,
}

/// Limits of a spool, with safe defaults.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of records on disk, at most; 1 GiB. A warning is traced at 80 %. The open segment has
    /// up to `segment` bytes more set aside.
    pub total: u64,
    /// What happens then; `Block`.
    pub when_full: WhenFull,
    /// Bytes of one segment file; 8 MiB, set aside on disk before they are written.
    pub segment: u64,
    /// Bytes of one record; 1 MiB.
    pub record: usize,
    /// Bytes a reservation sets aside for each of its records; 16 KiB. A larger record is taken all
    /// the same.
    pub reserved_record: u64,
    /// When records are synced; within 100 ms.
    pub sync: SpoolSync,
    /// Bytes sent again after an unclean close, at least; 8 MiB, more than the socket buffers on
    /// the way can hold.
    pub window_bytes: u64,
    /// Records sent again after an unclean close, at least; 500.
    pub window_records: u64,
    /// Bytes of one UDP datagram; 65,000. What is longer is cut (ATNA-R-023).
    pub datagram: usize,
    /// First pause before a reconnect; 250 ms, doubled each time, plus or minus half.
    pub retry_first: Duration,
    /// Longest pause before a reconnect; 60 s.
    pub retry_longest: Duration,
    /// Longest connect, handshake, write or orderly close; 15 s.
    pub io: Duration,
    /// An idle connection is closed in order after this time, which settles its window; 30 s.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            total: 1 << 30,
            when_full: WhenFull::Block,
            segment: 8 << 20,
            record: 1 << 20,
            reserved_record: 16 << 10,
            sync: SpoolSync::Within(Duration::from_millis(100)),
            window_bytes: 8 << 20,
            window_records: 500,
            datagram: 65_000,
            retry_first: Duration::from_millis(250),
            retry_longest: Duration::from_secs(60),
            io: Duration::from_secs(15),
            idle: Duration::from_secs(30),
        }
    }
}
