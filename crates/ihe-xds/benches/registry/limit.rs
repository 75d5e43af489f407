//! The limits: SQLite itself, without a registry around it.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, params};

use crate::measure::{Figures, Round};
use crate::samples::{EACH, mixed, patient};

/// Reads the rows of one patient after the other, and does nothing with them.
pub(crate) fn patients(file: &Path, documents: u64, count: u64) -> Figures {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).expect("opens");
    let number = "SELECT number FROM patients WHERE id = ?1";
    let mut number = connection.prepare(number).expect("prepared");
    let rows =
        "SELECT form FROM objects WHERE place BETWEEN ?1 << 32 AND (?1 << 32) + (1 << 30) - 1";
    let mut rows = connection.prepare(rows).expect("prepared");
    let mut round = Round::of(std::process::id());
    let mut bytes = 0;
    for n in 0..count {
        let id = patient(mixed(n) % (documents / EACH));
        let start = Instant::now();
        let number: i64 = number.query_row([id], |row| row.get(0)).expect("known");
        let mut found = rows.query([number]).expect("asked");
        while let Some(row) = found.next().expect("a row") {
            bytes += row
                .get_ref(0)
                .expect("a column")
                .as_blob()
                .expect("bytes")
                .len();
        }
        round.times.push(start.elapsed());
    }
    assert!(bytes as u64 > count * EACH * 100);
    round.end()
}

/// Commits groups of rows of so many bytes.
pub(crate) fn commits(folder: &Path, bytes: usize, group: u64, lasts: Duration) -> Figures {
    let file = folder.join(format!("plain-{group}.db"));
    let connection = Connection::open(&file).expect("opens");
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                    CREATE TABLE IF NOT EXISTS plain (row INTEGER PRIMARY KEY, bytes BLOB)";
    connection.execute_batch(settings).expect("made");
    let mut insert = connection
        .prepare("INSERT INTO plain (bytes) VALUES (?1)")
        .expect("prepared");
    let content = vec![7_u8; bytes];
    let mut round = Round::of(std::process::id());
    let end = Instant::now() + lasts;
    while Instant::now() < end {
        let start = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
        for _ in 0..group {
            insert.execute(params![content]).expect("inserted");
        }
        connection.execute_batch("COMMIT").expect("committed");
        let took = start.elapsed();
        round.times.extend((0..group).map(|_| took));
    }
    round.end()
}
