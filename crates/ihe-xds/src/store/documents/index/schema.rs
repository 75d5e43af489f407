//! Tables of the documents' index and their version.

use crate::store::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// `PRAGMA user_version` written by this release.
const VERSION: i64 = 1;

/// A small content lies in `contents`, a large one elsewhere under its key. `loose` holds the keys of contents that
/// belong to no document: they are being received, or to be removed. `claims` says which pending submission brought what.
const TABLES: &str = "
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, unique_id TEXT NOT NULL UNIQUE, key BLOB NOT NULL, mime_type TEXT NOT NULL,
    hash TEXT NOT NULL, size INTEGER NOT NULL, inline INTEGER NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0, quarantined INTEGER NOT NULL DEFAULT 0);
CREATE TABLE contents (document INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE submissions (
    ticket INTEGER PRIMARY KEY AUTOINCREMENT, unique_id TEXT NOT NULL, uuid TEXT NOT NULL, began INTEGER NOT NULL);
CREATE TABLE claims (
    ticket INTEGER NOT NULL, document INTEGER NOT NULL, uuid TEXT NOT NULL,
    PRIMARY KEY (ticket, document)) WITHOUT ROWID;
CREATE INDEX claims_document ON claims (document);
CREATE TABLE loose (key BLOB PRIMARY KEY) WITHOUT ROWID;
";

pub(super) fn connect(path: &Path, cache_kib: i64) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Err(StoreError::Newer {
            found,
            supported: VERSION,
        });
    }
    if found == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}
