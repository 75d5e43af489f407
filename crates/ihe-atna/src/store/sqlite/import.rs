//! ITI-20 what a store of version 1 holds goes into a trail: that file had the only copy.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{blocking, from_sqlite, integer, version};
use crate::store::{ReceivedRecord, StoreError};
use crate::trail::{Trail, TrailError};

/// Records read and appended at once.
const BATCH: i64 = 1000;

/// Takes all records of a store of version 1 into a new trail, in their order, with bytes, sender and
/// time of receipt as they were, and then renames the file to `NAME.imported`; how many records.
/// None: there is no such file, or it is not of version 1.
///
/// Call it before anything else is appended: an import that was interrupted goes on where it stopped,
/// because the trail then holds nothing but what was imported. Another trail is refused.
pub async fn import_version_1(
    path: impl AsRef<Path>,
    trail: &Trail,
) -> Result<Option<u64>, StoreError> {
    let path = path.as_ref().to_path_buf();
    if !path.exists() || opened(&path).await?.is_none() {
        return Ok(None);
    }
    let mut last = start(&path, trail).await?;
    loop {
        let (records, end) = read(&path, last).await?;
        if records.is_empty() {
            break;
        }
        trail.append(records).await.map_err(failed)?;
        last = end;
    }
    let mut name = path.clone().into_os_string();
    name.push(".imported");
    std::fs::rename(&path, name).map_err(|error| StoreError(error.to_string()))?;
    Ok(Some(*trail.end().borrow()))
}

/// Folds the write-ahead log into the file; None: not of version 1.
async fn opened(path: &Path) -> Result<Option<()>, StoreError> {
    let path = path.to_path_buf();
    blocking(move || {
        let connection = Connection::open(&path).map_err(from_sqlite)?;
        if version(&connection)? != 1 {
            return Ok(None);
        }
        let folded = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        folded.map(Some).map_err(from_sqlite)
    })
    .await
}

/// The number in the file of the last record that the trail holds already; 0: none.
async fn start(path: &Path, trail: &Trail) -> Result<i64, StoreError> {
    let done = *trail.end().borrow();
    let first = trail.read(1, 1).await.map_err(failed)?;
    let Some(first) = first.first() else {
        return Ok(0);
    };
    let (stored, _) = read(path, 0).await?;
    let place = path.to_path_buf();
    let last = blocking(move || nth(&place, done).map_err(from_sqlite)).await?;
    match last {
        Some(last) if stored.first() == Some(&first.record) => Ok(last),
        _ => {
            let text = format!("{}: the trail already holds other records", path.display());
            Err(StoreError(text))
        }
    }
}

fn readable(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn nth(path: &Path, number: u64) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT sequence FROM record ORDER BY sequence LIMIT 1 OFFSET ?1";
    let offset = integer(number.saturating_sub(1));
    readable(path)?
        .query_row(sql, [offset], |row| row.get(0))
        .optional()
}

/// Records after this number, and the number of the last of them.
async fn read(path: &Path, after: i64) -> Result<(Vec<ReceivedRecord>, i64), StoreError> {
    let path: PathBuf = path.to_path_buf();
    blocking(move || rows(&path, after).map_err(from_sqlite)).await
}

fn rows(path: &Path, after: i64) -> rusqlite::Result<(Vec<ReceivedRecord>, i64)> {
    let connection = readable(path)?;
    let sql = "SELECT received, peer, raw, sequence FROM record WHERE sequence > ?1 \
               ORDER BY sequence LIMIT ?2";
    let mut select = connection.prepare(sql)?;
    let mut rows = select.query([after, BATCH])?;
    let (mut records, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        let peer: String = row.get(1)?;
        records.push(ReceivedRecord {
            received: DateTime::from_timestamp_micros(row.get(0)?).unwrap_or_default(),
            ..ReceivedRecord::new(peer, row.get(2)?)
        });
        last = row.get(3)?;
    }
    Ok((records, last))
}

fn failed(error: TrailError) -> StoreError {
    StoreError(error.to_string())
}
