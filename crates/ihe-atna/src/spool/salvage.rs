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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Whatever stands in a segment: opening ends, what is found is read to its end, and what
        /// was whole before the damage is found.
        #[test]
        fn atna_r_025_any_bytes_in_a_segment_are_read_to_their_end(
            whole in 0_usize..4,
            noise in proptest::collection::vec(any::<u8>(), 0..300),
            behind in 0_usize..4,
        ) {
            let dir = tempfile::tempdir().expect("directory");
            let mut bytes = Vec::new();
            let write = |bytes: &mut Vec<u8>| {
                record::encode(bytes, 7, |bytes| bytes.extend_from_slice(b"<85>1 - text"));
            };
            (0..whole).for_each(|_| write(&mut bytes));
            bytes.extend_from_slice(&noise);
            (0..behind).for_each(|_| write(&mut bytes));
            fs::write(segment::path(dir.path(), 1), &bytes).expect("written");
            let found = recover(dir.path()).expect("opened");
            let count: u64 = found.segments.iter().map(|one| one.count).sum();
            prop_assert!(count >= whole as u64);
            let end = Position { sequence: 1 + count, segment: 1, offset: found.bytes() };
            let (mut at, mut read) = (Position::at_segment(1), 0);
            while count > 0 && at.is_before(&end) {
                let batch = segment::read(dir.path(), at, end).expect("read");
                prop_assert!(at.is_before(&batch.next));
                read += batch.messages.len() as u64;
                at = batch.next;
            }
            prop_assert_eq!(read, count);
        }
    }
}
