//! ITI-20 spool cursor: how far a destination was served, one small text file each, replaced by
//! rename. A lost or damaged cursor only means that more is sent again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::spool::destination::Destination;
use crate::spool::segment::{Found, Position};

/// The destination's place, moved into what is on disk.
pub(crate) fn load(dir: &Path, to: &Destination, found: &Found) -> io::Result<Position> {
    let text = match fs::read_to_string(dir.join(to.file_name())) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found.start()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(found.start()),
        Err(error) => return Err(error),
    };
    match parse(&text).and_then(|cursor| on_disk(cursor, found)) {
        Some(cursor) => Ok(cursor),
        None => {
            // It must not come to life again when numbers grow past it.
            fs::remove_file(dir.join(to.file_name()))?;
            Ok(found.start())
        }
    }
}

fn parse(text: &str) -> Option<Position> {
    let mut words = text.split_ascii_whitespace();
    if words.next() != Some("v1") {
        return None;
    }
    let mut number = || words.next()?.parse().ok();
    Some(Position {
        segment: number()?,
        offset: number()?,
        sequence: number()?,
    })
}

/// The cursor if it lies in a segment; in a damaged one its number may be too high.
fn on_disk(cursor: Position, found: &Found) -> Option<Position> {
    let mut segments = found.segments.iter();
    let segment = segments.find(|one| one.first == cursor.segment)?;
    let last = segment.first + segment.count;
    let fits = cursor.sequence >= segment.first && (cursor.sequence <= last || segment.damaged);
    if !fits || (cursor.offset > segment.bytes && !segment.damaged) {
        return None;
    }
    Some(Position {
        sequence: cursor.sequence.min(last),
        offset: cursor.offset.min(segment.bytes),
        ..cursor
    })
}

/// Replaces the file.
pub(crate) fn save(dir: &Path, to: &Destination, at: Position) -> io::Result<()> {
    let target = dir.join(to.file_name());
    let temporary = dir.join(to.file_name() + ".tmp");
    let mut file = File::create(&temporary)?;
    writeln!(file, "v1 {} {} {}", at.segment, at.offset, at.sequence)?;
    file.sync_data()?;
    fs::rename(temporary, target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spool::SyslogTls;
    use crate::spool::segment::Segment;

    #[test]
    fn a_cursor_that_makes_no_sense_starts_at_the_oldest_record() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let to = |text| SyslogTls::to(text).parsed().expect("parsed");
        let (arr, other) = (to("arr:1"), to("other:1"));
        let found = Found {
            segments: vec![Segment {
                first: 5,
                count: 10,
                bytes: 1000,
                damaged: false,
            }],
            ..Found::default()
        };
        let good = Position {
            sequence: 7,
            segment: 5,
            offset: 200,
        };
        save(dir.path(), &arr, good).expect("saved");
        assert_eq!(load(dir.path(), &arr, &found).expect("read"), good);
        for bad in [
            Position { segment: 4, ..good },
            Position {
                sequence: 99,
                ..good
            },
        ] {
            save(dir.path(), &arr, bad).expect("saved");
            assert_eq!(load(dir.path(), &arr, &found).expect("read"), found.start());
        }
        assert_eq!(
            load(dir.path(), &other, &found).expect("read"),
            found.start()
        );
    }
}
