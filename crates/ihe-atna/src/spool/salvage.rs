//! ITI-20 what is on disk when a spool is opened, and what of it is no record: a torn end is cut
//! off, a damaged stretch in the middle is stepped over; a copy of both goes to `quarantine`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::spool::record;
use crate::spool::segment::{self, Found, Position, Segment};

/// Reads all segments. Empty ones are removed.
pub(crate) fn recover(dir: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    for first in segment::list(dir)? {
        let bytes = fs::read(segment::path(dir, first))?;
        let one = examine(dir, first, &bytes, &mut found)?;
        if one.count == 0 {
            fs::remove_file(segment::path(dir, first))?;
        } else {
            found.segments.push(one);
        }
    }
    Ok(found)
}

fn examine(dir: &Path, first: u64, bytes: &[u8], found: &mut Found) -> io::Result<Segment> {
    let (mut at, mut count, mut damaged, mut length) = (0, 0, false, bytes.len());
    while at < bytes.len() {
        if let Some(one) = record::decode(&bytes[at..]) {
            found.marks.note(first + count, one.time_ms);
            at += one.length;
            count += 1;
            continue;
        }
        found.quarantined += 1;
        match record::next_whole(&bytes[at..]) {
            Some(skipped) => {
                keep_copy(dir, first, at as u64, &bytes[at..at + skipped])?;
                damaged = true;
                at += skipped;
            }
            None => {
                keep_copy(dir, first, at as u64, &bytes[at..])?;
                cut(dir, first, at as u64)?;
                length = at;
                break;
            }
        }
    }
    Ok(Segment {
        first,
        count,
        bytes: length as u64,
        damaged,
    })
}

fn cut(dir: &Path, first: u64, length: u64) -> io::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .open(segment::path(dir, first))?;
    file.set_len(length)?;
    file.sync_all()
}

fn keep_copy(dir: &Path, segment: u64, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let folder = dir.join("quarantine");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("{segment:020}-{offset}.bad")), bytes)?;
    tracing::warn!(segment, offset, "damaged audit spool records set aside");
    Ok(())
}

/// Copies a damaged stretch that a sender met.
pub(crate) fn set_aside(dir: &Path, at: Position, length: u64) -> io::Result<()> {
    let mut file = File::open(segment::path(dir, at.segment))?;
    file.seek(SeekFrom::Start(at.offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    keep_copy(dir, at.segment, at.offset, &bytes)
}

/// Copies a record that a destination refuses.
pub(crate) fn set_aside_refused(dir: &Path, sequence: u64, message: &[u8]) -> io::Result<()> {
    let folder = dir.join("quarantine");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("refused-{sequence:020}.msg")), message)
}
