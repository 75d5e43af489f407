//! The limit: plain rows of one table into SQLite, in groups of a size.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};

use crate::process::processor_seconds;

/// Prints how many rows a second go in.
pub(crate) fn plain_inserts(folder: &Path, group: usize, rows: usize) {
    let file = folder.join(format!("plain-{group}.db"));
    let mut connection = Connection::open(file).expect("opens");
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                    PRAGMA wal_autocheckpoint = 8000; \
                    CREATE TABLE plain (row INTEGER PRIMARY KEY, record TEXT)";
    connection.execute_batch(settings).expect("made");
    let text = "山田^花子~ヤマダ^ハナコ|".repeat(6);
    let (start, processor) = (Instant::now(), processor_seconds());
    for first in (0..rows).step_by(group) {
        let step = connection.transaction().expect("begun");
        {
            let sql = "INSERT INTO plain (row, record) VALUES (?1, ?2)";
            let mut insert = step.prepare_cached(sql).expect("prepared");
            for row in first..rows.min(first + group) {
                insert.execute(params![row as i64, text]).expect("inserted");
            }
        }
        step.commit().expect("committed");
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "limit: {rows} plain rows in groups of {group}: {:.0} rows/s, {:.1} us of processor each",
        rows as f64 / seconds,
        (processor_seconds() - processor) * 1e6 / rows as f64
    );
}
