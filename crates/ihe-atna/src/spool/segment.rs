//! ITI-20 spool segments: files named by the number of their first record.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

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

/// What was on disk.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Segments: first record, number of records, bytes.
    pub(crate) segments: Vec<(u64, u64, u64)>,
    /// Times in ms of all records.
    pub(crate) times: VecDeque<u64>,
    /// Damaged stretches moved away.
    pub(crate) quarantined: u64,
}

impl Found {
    /// Before the oldest record.
    pub(crate) fn start(&self) -> Position {
        self.segments.first().map_or(
            Position {
                sequence: 1,
                segment: 1,
                offset: 0,
            },
            |first| Position {
                sequence: first.0,
                segment: first.0,
                offset: 0,
            },
        )
    }

    /// Number the next record gets.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.segments.last().map_or(1, |last| last.0 + last.1)
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.2).sum()
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

/// Reads all segments; the first damaged record ends its segment, and the rest of the file goes
/// to the folder `quarantine`. Empty segments are removed.
pub(crate) fn recover(dir: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    for segment in list(dir)? {
        let file = path(dir, segment);
        let bytes = fs::read(&file)?;
        let mut good = 0;
        let mut count = 0;
        while let Some(one) = record::decode(&bytes[good..]) {
            found.times.push_back(one.time_ms);
            good += one.length;
            count += 1;
        }
        if good < bytes.len() {
            quarantine(dir, segment, good, &bytes)?;
            found.quarantined += 1;
        }
        if count == 0 {
            fs::remove_file(&file)?;
        } else {
            found.segments.push((segment, count, good as u64));
        }
    }
    Ok(found)
}

fn quarantine(dir: &Path, segment: u64, good: usize, bytes: &[u8]) -> io::Result<()> {
    let folder = dir.join("quarantine");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join(format!("{segment:020}-{good}.bad")),
        &bytes[good..],
    )?;
    let file = OpenOptions::new().write(true).open(path(dir, segment))?;
    file.set_len(good as u64)?;
    file.sync_all()?;
    tracing::warn!(
        segment,
        offset = good,
        "damaged end of an audit spool segment set aside"
    );
    Ok(())
}

/// Messages in a row and the place after them.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) messages: Vec<Vec<u8>>,
    pub(crate) ends: Vec<Position>,
}

const BATCH_BYTES: u64 = 256 * 1024;

/// Reads up to 256 KiB of records (at least one) from `from`, none at or after `end`.
pub(crate) fn read(dir: &Path, from: Position, end: Position) -> io::Result<Batch> {
    let mut batch = Batch {
        messages: Vec::new(),
        ends: Vec::new(),
    };
    if from.sequence >= end.sequence {
        return Ok(batch);
    }
    let mut at = from;
    let mut bytes = read_some(dir, &at)?;
    if bytes.is_empty() {
        at = after_segment(dir, at)?;
        bytes = read_some(dir, &at)?;
    }
    if record::decode(&bytes).is_none() && bytes.len() as u64 == BATCH_BYTES {
        bytes = read_exactly(dir, &at, (HEAD + LONGEST) as u64)?;
    }
    let mut rest = bytes.as_slice();
    while at.sequence < end.sequence {
        let Some(one) = record::decode(rest) else {
            break;
        };
        at.offset += one.length as u64;
        at.sequence += 1;
        batch.messages.push(one.message.to_vec());
        batch.ends.push(at);
        rest = &rest[one.length..];
    }
    if batch.messages.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "damaged audit spool record",
        ));
    }
    Ok(batch)
}

fn read_some(dir: &Path, at: &Position) -> io::Result<Vec<u8>> {
    read_exactly(dir, at, BATCH_BYTES)
}

fn read_exactly(dir: &Path, at: &Position, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path(dir, at.segment)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(at.offset))?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The beginning of the segment after `at`'s; records between were set aside.
fn after_segment(dir: &Path, at: Position) -> io::Result<Position> {
    let next = list(dir)?.into_iter().find(|segment| *segment > at.segment);
    let next =
        next.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "audit spool segment"))?;
    Ok(Position {
        sequence: next.max(at.sequence),
        segment: next,
        offset: 0,
    })
}
