//! ITI-20 room in a spool: bytes against its bound, and bytes set aside on disk so that a full
//! disk cannot strike a record that was promised room.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use crate::spool::Limits;

/// The accounts; changed by callers without a lock.
#[derive(Debug)]
pub(crate) struct Room {
    total: u64,
    /// Bytes of records on disk.
    stored: AtomicU64,
    /// Bytes promised to reservations.
    reserved: AtomicU64,
    /// Bytes set aside in the open segment and not yet written.
    left: AtomicU64,
    /// Records dropped.
    lost: AtomicU64,
    alarmed: AtomicBool,
}

impl Room {
    pub(crate) fn new(limits: &Limits, stored: u64) -> Room {
        Room {
            total: limits.total,
            stored: AtomicU64::new(stored),
            reserved: AtomicU64::new(0),
            left: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            alarmed: AtomicBool::new(false),
        }
    }

    pub(crate) fn stored(&self) -> u64 {
        self.stored.load(SeqCst)
    }

    pub(crate) fn reserved(&self) -> u64 {
        self.reserved.load(SeqCst)
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(SeqCst)
    }

    pub(crate) fn lose(&self) {
        self.lost.fetch_add(1, SeqCst);
    }

    /// Whether more than 80 % of the bound is in use.
    pub(crate) fn alarm(&self) -> bool {
        self.stored() > self.total / 5 * 4
    }

    /// Whether so many bytes more stay below the bound; `resume` asks for 5 % to spare.
    pub(crate) fn takes(&self, more: u64, resume: bool) -> bool {
        let spare = if resume { self.total / 20 } else { 0 };
        self.stored() + self.reserved() + more + spare <= self.total
    }

    /// Whether so many bytes fit into what is set aside, beside what is promised to others.
    pub(crate) fn is_set_aside(&self, more: u64, reserved: bool) -> bool {
        let promised = if reserved { 0 } else { self.reserved() };
        more.saturating_add(promised) <= self.left.load(SeqCst)
    }

    /// Promises bytes if the bound allows.
    pub(crate) fn reserve(&self, bytes: u64) -> bool {
        self.reserved.fetch_add(bytes, SeqCst);
        let taken = self.takes(0, false);
        if !taken {
            self.give_back(bytes);
        }
        taken
    }

    pub(crate) fn give_back(&self, bytes: u64) {
        self.reserved.fetch_sub(bytes, SeqCst);
    }

    /// Sets what is set aside and not yet written.
    pub(crate) fn set_left(&self, bytes: u64) {
        self.left.store(bytes, SeqCst);
    }

    /// Counts bytes that were written; traces the alarm when it begins.
    pub(crate) fn written(&self, bytes: u64) {
        let stored = self.stored.fetch_add(bytes, SeqCst) + bytes;
        let alarm = self.alarm();
        if self.alarmed.swap(alarm, SeqCst) != alarm && alarm {
            let limit = self.total;
            tracing::warn!(stored, limit, "audit spool over 80 % of its limit");
        }
    }

    /// Counts bytes of a removed segment.
    pub(crate) fn freed(&self, bytes: u64) {
        let less = |stored: u64| Some(stored.saturating_sub(bytes));
        let _ = self.stored.fetch_update(SeqCst, SeqCst, less);
    }
}

/// Sets disk aside for the first `bytes` of a file without changing its length, and says how many
/// are sure: all where the file system cannot set aside, for then nothing better is known.
#[cfg(target_os = "linux")]
pub(crate) fn set_aside(file: &File, bytes: u64) -> io::Result<u64> {
    use nix::errno::Errno;
    use nix::fcntl::{FallocateFlags, fallocate};
    let length = i64::try_from(bytes).map_err(io::Error::other)?;
    match fallocate(file, FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, length) {
        Ok(()) => Ok(bytes),
        Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => Ok(u64::MAX),
        Err(errno) => Err(errno.into()),
    }
}

/// Nothing is set aside on this system: the bound alone is kept.
#[cfg(not(target_os = "linux"))]
pub(crate) fn set_aside(_file: &File, _bytes: u64) -> io::Result<u64> {
    Ok(u64::MAX)
}
