//! The file: pragmas, tables and their version.

use super::super::StoreError;
use super::super::rows::Tables;
use super::migrate_1;
use super::session::SqliteSession;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// `PRAGMA user_version` written by this release.
const VERSION: i64 = 2;

/// The tables of [`VERSION`].
pub(super) const TABLES: &str = include_str!("0002_objects.sql");

/// Pages of the log before it is folded into the file: submissions of many patients touch many pages, and the pages
/// that several touched are then folded in once.
const LOG: i64 = 16_000;

/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 64;

pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG)?;
    Ok(connection)
}

/// Makes the tables, or brings those of an earlier release to this one's.
pub(super) fn prepare(session: &mut SqliteSession) -> Result<(), StoreError> {
    session.begin()?;
    let done = migrate(session).and_then(|()| session.commit());
    if done.is_err() {
        session.abandon();
    }
    done
}

fn migrate(session: &SqliteSession) -> Result<(), StoreError> {
    let connection = &session.0;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        0 => connection.execute_batch(TABLES)?,
        1 => migrate_1::objects(session)?,
        VERSION => return Ok(()),
        _ => {
            let supported = VERSION;
            return Err(StoreError::Newer { found, supported });
        }
    }
    Ok(connection.pragma_update(None, "user_version", VERSION)?)
}
