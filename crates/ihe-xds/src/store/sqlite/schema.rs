//! Tables of the SQLite registry and their version.

use super::super::StoreError;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// `PRAGMA user_version` written by this release.
const VERSION: i64 = 1;

/// `xml` is the object as ebRIM; the columns beside it are what changes later or is searched by.
const TABLES: &str = "
CREATE TABLE patients (id TEXT PRIMARY KEY, merged_into TEXT) WITHOUT ROWID;
CREATE INDEX patients_merged ON patients (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE documents (
    uuid TEXT PRIMARY KEY, unique_id TEXT NOT NULL, patient TEXT NOT NULL,
    approved INTEGER NOT NULL, xml TEXT NOT NULL);
CREATE INDEX documents_unique_id ON documents (unique_id);
CREATE INDEX documents_patient ON documents (patient, approved);
CREATE TABLE submission_sets (
    uuid TEXT PRIMARY KEY, unique_id TEXT NOT NULL UNIQUE, patient TEXT NOT NULL, xml TEXT NOT NULL);
CREATE INDEX submission_sets_patient ON submission_sets (patient);
CREATE TABLE folders (
    uuid TEXT PRIMARY KEY, unique_id TEXT NOT NULL UNIQUE, patient TEXT NOT NULL,
    last_update_time TEXT, xml TEXT NOT NULL);
CREATE INDEX folders_patient ON folders (patient);
CREATE TABLE associations (
    uuid TEXT PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL, xml TEXT NOT NULL);
CREATE INDEX associations_source ON associations (source);
CREATE INDEX associations_target ON associations (target);
";

pub(crate) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    Ok(connection)
}

pub(crate) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
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
