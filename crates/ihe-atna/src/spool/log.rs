//! ITI-20 the open segment of a spool: records are staged, judged against the bounds, and written
//! in one write(2).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::AuditError;
use crate::spool::record::{self, LONGEST};
use crate::spool::room::set_aside;
use crate::spool::segment::{self, Position};
use crate::spool::state::{Shared, now_ms};
use crate::spool::{Limits, WhenFull, alarm};
use crate::syslog;

/// One record to write.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) app_name: &'a str,
    pub(crate) xml: &'a str,
    /// Room was promised: not refused by the bound.
    pub(crate) reserved: bool,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Staged {
    /// It waits for the next write.
    Yes,
    /// It was dropped and counted.
    Lost,
    /// The disk space set aside is too small for it.
    NoRoom,
}

/// The open segment.
#[derive(Debug)]
pub(crate) struct Log {
    file: Arc<File>,
    end: Position,
    set_aside: u64,
    staged: Vec<u8>,
    staged_records: u64,
    last_stamp: i64,
    header: syslog::Header,
    /// Written and not synced.
    pub(crate) unsynced: bool,
    /// Records are being dropped.
    losing: bool,
}

impl Log {
    /// Begins a segment: none is appended to after a restart. On a full disk it begins with no
    /// room.
    pub(crate) fn open(dir: &std::path::Path, limits: &Limits, sequence: u64) -> io::Result<Log> {
        let file = create(dir, sequence)?;
        let set_aside = match set_aside(&file, limits.segment + headroom(limits)) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%error, "audit spool: no disk space");
                0
            }
        };
        Ok(Log {
            file: Arc::new(file),
            end: Position::at_segment(sequence),
            set_aside,
            staged: Vec::new(),
            staged_records: 0,
            last_stamp: 0,
            header: header(),
            unsynced: false,
            losing: false,
        })
    }

    pub(crate) fn end(&self) -> Position {
        self.end
    }

    pub(crate) fn file(&self) -> Arc<File> {
        self.file.clone()
    }

    /// Whether the segment has its size.
    pub(crate) fn is_long(&self, limits: &Limits) -> bool {
        self.end.offset + self.staged.len() as u64 >= limits.segment
    }

    pub(crate) fn staged_bytes(&self) -> usize {
        self.staged.len()
    }

    /// Puts a record behind those that wait for the next write, if it may be taken.
    pub(crate) fn stage(
        &mut self,
        shared: &Shared,
        entry: Entry<'_>,
    ) -> Result<Staged, AuditError> {
        let before = self.staged.len();
        self.encode(entry);
        let length = self.staged.len() - before;
        let verdict = self.judge(shared, before, length, entry.reserved);
        if !matches!(verdict, Ok(Staged::Yes)) {
            self.staged.truncate(before);
        }
        match verdict? {
            Staged::Yes => {
                self.staged_records += 1;
                self.resumed(shared);
                Ok(Staged::Yes)
            }
            Staged::Lost => {
                self.lose(shared, "the audit spool is full, records are dropped");
                Ok(Staged::Lost)
            }
            Staged::NoRoom => Ok(Staged::NoRoom),
        }
    }

    fn judge(
        &self,
        shared: &Shared,
        before: usize,
        length: usize,
        reserved: bool,
    ) -> Result<Staged, AuditError> {
        let (limits, room) = (&shared.limits, &shared.room);
        if length - record::HEAD > limits.record.min(LONGEST) {
            return Err(AuditError::TooLarge);
        }
        let more = (before + length) as u64;
        if !reserved && !room.takes(more, self.losing) {
            return match limits.when_full {
                WhenFull::Block => Err(AuditError::Block),
                WhenFull::CountAndAlarm => Ok(Staged::Lost),
            };
        }
        match room.is_set_aside(more, reserved) {
            true => Ok(Staged::Yes),
            false => Ok(Staged::NoRoom),
        }
    }

    /// Counts a record as dropped; the first of a gap leaves an alarm.
    pub(crate) fn lose(&mut self, shared: &Shared, reason: &str) {
        shared.room.lose();
        if !self.losing {
            self.losing = true;
            tracing::error!(reason, "audit recording stopped");
            self.stage_alarm(shared, &alarm::stopped(reason));
        }
    }

    fn resumed(&mut self, shared: &Shared) {
        if self.losing {
            self.losing = false;
            let lost = shared.room.lost();
            tracing::warn!(lost, "audit recording started again");
            self.stage_alarm(shared, &alarm::started(lost));
        }
    }

    /// An alarm passes the bound, as a reserved record does.
    fn stage_alarm(&mut self, shared: &Shared, xml: &str) {
        let before = self.staged.len();
        self.encode(Entry {
            app_name: alarm::SOURCE_ID,
            xml,
            reserved: true,
        });
        if shared.room.is_set_aside(self.staged.len() as u64, true) {
            self.staged_records += 1;
        } else {
            self.staged.truncate(before);
        }
    }

    fn encode(&mut self, entry: Entry<'_>) {
        self.last_stamp = stamp(Utc::now().timestamp_micros(), self.last_stamp);
        self.header.timestamp =
            DateTime::from_timestamp_micros(self.last_stamp).unwrap_or_else(Utc::now);
        entry.app_name.clone_into(&mut self.header.app_name);
        let header = &self.header;
        record::encode(&mut self.staged, now_ms(), |bytes| {
            syslog::write_message(bytes, header, entry.xml);
        });
    }

    /// Writes what is staged. After an error none of it is there.
    pub(crate) fn write(&mut self, shared: &Shared) -> io::Result<()> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let written = (&*self.file).write_all(&self.staged);
        let (bytes, records) = (self.staged.len() as u64, self.staged_records);
        self.staged.clear();
        self.staged.shrink_to(1 << 20);
        self.staged_records = 0;
        if let Err(error) = written {
            tracing::error!(%error, "audit spool: write failed");
            self.file.set_len(self.end.offset)?;
            // Cutting the file gave back what was set aside behind it.
            self.set_aside = set_aside(&self.file, self.set_aside).unwrap_or(0);
            self.tell_room(shared);
            return Err(error);
        }
        self.unsynced = true;
        shared.room.written(bytes);
        let first = self.end.sequence;
        self.end.offset += bytes;
        self.end.sequence += records;
        self.tell_room(shared);
        shared.state().written(first, now_ms());
        shared.end.send_replace(self.end);
        Ok(())
    }

    /// Tells the accounts what is left of the disk space set aside.
    pub(crate) fn tell_room(&self, shared: &Shared) {
        let left = match self.set_aside {
            u64::MAX => u64::MAX,
            bytes => bytes.saturating_sub(self.end.offset),
        };
        shared.room.set_left(left);
    }

    /// Sets more disk aside, so that `more` bytes beside all reservations fit.
    pub(crate) fn make_room(&mut self, shared: &Shared, more: u64) -> io::Result<()> {
        let least = self.end.offset + more + shared.room.reserved();
        let comfortable = least + shared.limits.segment.min(1 << 20) + headroom(&shared.limits);
        let bytes = match set_aside(&self.file, comfortable) {
            Err(_) => set_aside(&self.file, least)?,
            found => found?,
        };
        self.set_aside = self.set_aside.max(bytes);
        self.tell_room(shared);
        Ok(())
    }

    /// Begins the next segment once it has its disk space; until then the open one grows. The
    /// caller has synced it.
    pub(crate) fn rotate(&mut self, shared: &Shared) -> io::Result<()> {
        let limits = &shared.limits;
        let sequence = self.end.sequence;
        let file = create(&shared.dir, sequence)?;
        let wanted = limits.segment + headroom(limits) + shared.room.reserved();
        let bytes = set_aside(&file, wanted);
        let Ok(bytes) = bytes else {
            std::fs::remove_file(segment::path(&shared.dir, sequence))?;
            return bytes.map(|_| ());
        };
        let (old, length) = (self.file.clone(), self.end.offset);
        self.file = Arc::new(file);
        self.end = Position::at_segment(sequence);
        self.set_aside = bytes;
        self.tell_room(shared);
        shared.end.send_replace(self.end);
        // Gives back what was set aside and not needed.
        old.set_len(length)
    }
}

/// Bytes set aside beyond a segment, for what callers take at the same moment.
pub(crate) fn headroom(limits: &Limits) -> u64 {
    (limits.segment / 4).min(2 << 20)
}

/// A stamp later than the last: equal events stay different messages, so that the repository drops
/// only true repeats. After the clock was set back by more than a second it is believed.
fn stamp(now: i64, last: i64) -> i64 {
    if now + 1_000_000 < last {
        now
    } else {
        now.max(last + 1)
    }
}

fn create(dir: &std::path::Path, first: u64) -> io::Result<File> {
    let path = segment::path(dir, first);
    let file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(path)?;
    segment::sync_dir(dir)?;
    Ok(file)
}

fn header() -> syslog::Header {
    syslog::Header {
        timestamp: DateTime::UNIX_EPOCH,
        host_name: host_name(),
        app_name: String::new(),
        process_id: std::process::id().to_string(),
    }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .or_else(|_| std::env::var("COMPUTERNAME"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::stamp;

    #[test]
    fn atna_r_025_stamps_grow_within_a_moment_and_follow_a_clock_that_was_set_back() {
        assert_eq!(stamp(1_000, 999), 1_000);
        assert_eq!(stamp(1_000, 1_000), 1_001);
        assert_eq!(stamp(1_000, 5_000), 5_001);
        let hour = 3_600_000_000;
        assert_eq!(stamp(10 * hour, 11 * hour), 10 * hour);
        assert_eq!(stamp(12 * hour, 11 * hour), 12 * hour);
    }
}
