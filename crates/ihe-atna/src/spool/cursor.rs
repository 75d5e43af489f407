//! ITI-20 spool cursor: how far a destination was served, one small text file each, replaced by
//! rename. A lost or damaged cursor only means that more is sent again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::spool::segment::{Found, Position};

fn path(dir: &Path, host: &str, port: u16) -> PathBuf {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
            c
        } else {
            '_'
        }
    };
    let host: String = host.chars().map(safe).collect();
    dir.join(format!("cursor-{host}-{port}"))
}

/// The destination's place, moved into what is on disk.
pub(crate) fn load(dir: &Path, host: &str, port: u16, found: &Found) -> io::Result<Position> {
    let text = match fs::read_to_string(path(dir, host, port)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found.start()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(found.start()),
        Err(error) => return Err(error),
    };
    match parse(&text).filter(|cursor| on_disk(cursor, found)) {
        Some(cursor) => Ok(cursor),
        None => {
            // It must not come to life again when numbers grow past it.
            fs::remove_file(path(dir, host, port))?;
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

fn on_disk(cursor: &Position, found: &Found) -> bool {
    found.segments.iter().any(|(first, count, bytes)| {
        *first == cursor.segment
            && (*first..=first + count).contains(&cursor.sequence)
            && cursor.offset <= *bytes
    })
}

/// Replaces the file.
pub(crate) fn save(dir: &Path, host: &str, port: u16, at: Position) -> io::Result<()> {
    let target = path(dir, host, port);
    let temporary = target.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    writeln!(file, "v1 {} {} {}", at.segment, at.offset, at.sequence)?;
    file.sync_data()?;
    fs::rename(temporary, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_makes_no_sense_starts_at_the_oldest_record() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let found = Found {
            segments: vec![(5, 10, 1000)],
            ..Found::default()
        };
        let good = Position {
            sequence: 7,
            segment: 5,
            offset: 200,
        };
        save(dir.path(), "arr", 1, good).expect("saved");
        assert_eq!(load(dir.path(), "arr", 1, &found).expect("read"), good);
        for bad in [
            Position { segment: 4, ..good },
            Position {
                sequence: 99,
                ..good
            },
        ] {
            save(dir.path(), "arr", 1, bad).expect("saved");
            assert_eq!(
                load(dir.path(), "arr", 1, &found).expect("read"),
                found.start()
            );
        }
        assert_eq!(
            load(dir.path(), "other", 1, &found).expect("read"),
            found.start()
        );
    }
}
