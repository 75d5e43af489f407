//! The file: pragmas, and numbered migrations counted by `user_version`.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction};

use super::{failed, migrate_1};
use crate::store::StoreError;

/// Migration n brings the file to schema n: its tables, and what moves the rows.
const MIGRATIONS: [(&str, Move); 2] = [
    (include_str!("0001_identities.sql"), nothing),
    (include_str!("0002_rows.sql"), migrate_1::rows),
];

type Move = fn(&Transaction<'_>) -> Result<(), StoreError>;

fn nothing(_step: &Transaction<'_>) -> Result<(), StoreError> {
    Ok(())
}

/// Opens the file for the writer, alone, and brings it to the newest schema.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path).map_err(failed)?;
    prepare(&connection)?;
    let set = |name: &str, value: &str| connection.pragma_update(None, name, value).map_err(failed);
    set("journal_mode", "WAL")?;
    set("synchronous", "FULL")?;
    // Rows are appended: a longer log before it is folded in costs nothing and saves writes.
    set("wal_autocheckpoint", "8000")?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// Opens the file for a reader.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(64);
    connection
        .busy_timeout(Duration::from_secs(10))
        .map_err(failed)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let supported = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let version = |c: &Connection| c.pragma_query_value(None, "user_version", |row| row.get(0));
    let found: i64 = version(connection).map_err(failed)?;
    if found > supported {
        return Err(StoreError::NewerSchema { found, supported });
    }
    for (number, (tables, rows)) in (1i64..)
        .zip(MIGRATIONS)
        .filter(|(number, _)| *number > found)
    {
        let step = connection.transaction().map_err(failed)?;
        step.execute_batch(tables).map_err(failed)?;
        rows(&step)?;
        step.pragma_update(None, "user_version", number)
            .map_err(failed)?;
        step.commit().map_err(failed)?;
    }
    Ok(())
}
