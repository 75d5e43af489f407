//! ITI-20 spool segments: files named by the number of their first record.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::spool::marks::Marks;
use crate::spool::record::{self, HEAD, LONGEST};

/// A place between two records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Number of the next record; the first one ever is 1.
    pub(crate) sequence: u64,
    /// The segment it is in, or would be in.
    pub(crate) segment: u64,
    /// Where in the segment.
    pub(crate) offset: u64,
}

impl Position {
    /// Whether something lies between this place and `end`.
    pub(crate) fn is_before(&self, end: &Position) -> bool {
        (self.segment, self.offset) < (end.segment, end.offset)
    }

    /// The beginning of the segment whose first record has this number.
    pub(crate) fn at_segment(sequence: u64) -> Position {
        Position {
            sequence,
            segment: sequence,
            offset: 0,
        }
    }
}

/// A segment that was on disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// Number of its first record.
    pub(crate) first: u64,
    /// Whole records in it.
    pub(crate) count: u64,
    pub(crate) bytes: u64,
    /// A stretch of it is no record.
    pub(crate) damaged: bool,
}

/// What was on disk.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The segments, in order.
    pub(crate) segments: Vec<Segment>,
    /// When the records were written.
    pub(crate) marks: Marks,
    /// Damaged stretches moved away.
    pub(crate) quarantined: u64,
}

impl Found {
    /// Before the oldest record.
    pub(crate) fn start(&self) -> Position {
        let first = self.segments.first().map_or(1, |one| one.first);
        Position::at_segment(first)
    }

    /// Number the next record gets.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.segments.last().map_or(1, |one| one.first + one.count)
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|one| one.bytes).sum()
    }
}

/// A segment's file name.
pub(crate) fn path(dir: &Path, segment: u64) -> PathBuf {
    dir.join(format!("{segment:020}.log"))
}

/// The segments there are, in order.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".log"));
        found.extend(number.and_then(|digits| digits.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// Makes a directory entry durable; Windows does so on its own and opens no directories.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Messages in a row and the place after them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) messages: Vec<Vec<u8>>,
    pub(crate) ends: Vec<Position>,
    /// Where reading goes on.
    pub(crate) next: Position,
    /// Bytes from the beginning on that are no record, when there are no messages.
    pub(crate) damaged: u64,
}

const BATCH_BYTES: u64 = 256 * 1024;

/// Reads up to 256 KiB of records (at least one) from `from`, none at or after `end`; over the end
/// of a segment and over a damaged stretch it only steps.
pub(crate) fn read(dir: &Path, from: Position, end: Position) -> io::Result<Batch> {
    let mut batch = Batch {
        messages: Vec::new(),
        ends: Vec::new(),
        next: from,
        damaged: 0,
    };
    let mut bytes = read_up_to(dir, from, end, BATCH_BYTES)?;
    if bytes.is_empty() {
        batch.next = after_segment(dir, from, end)?;
        return Ok(batch);
    }
    if record::decode(&bytes).is_none() && bytes.len() as u64 == BATCH_BYTES {
        bytes = read_up_to(dir, from, end, (HEAD + LONGEST) as u64)?;
    }
    let mut rest = bytes.as_slice();
    while let Some(one) = record::decode(rest) {
        batch.next.offset += one.length as u64;
        batch.next.sequence += 1;
        batch.messages.push(one.message.to_vec());
        batch.ends.push(batch.next);
        rest = &rest[one.length..];
    }
    if batch.messages.is_empty() {
        let skipped = record::next_whole(&bytes).unwrap_or(bytes.len());
        batch.damaged = skipped as u64;
        batch.next.offset += batch.damaged;
        batch.next.sequence += 1;
    }
    if batch.next.segment == end.segment && batch.next.offset >= end.offset {
        // Numbers are counted anew behind a damaged stretch: here both meet again.
        batch.next.sequence = end.sequence;
        batch.ends.pop();
        batch
            .ends
            .extend((!batch.messages.is_empty()).then_some(batch.next));
    }
    Ok(batch)
}

fn read_up_to(dir: &Path, at: Position, end: Position, most: u64) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path(dir, at.segment)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(at.offset))?;
    let most = match at.segment == end.segment {
        true => most.min(end.offset.saturating_sub(at.offset)),
        false => most,
    };
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The beginning of the segment after `at`'s, or the end.
fn after_segment(dir: &Path, at: Position, end: Position) -> io::Result<Position> {
    let next = list(dir)?.into_iter().find(|segment| *segment > at.segment);
    match next {
        Some(next) if next <= end.segment => Ok(Position::at_segment(next)),
        _ => Ok(end),
    }
}
