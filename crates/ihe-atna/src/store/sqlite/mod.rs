//! ITI-20 record store on SQLite: one connection that writes, one that reads beside it. The trail is
//! what is durable; this file may lose its last transactions in a crash and gets them again.

mod import;
mod search;

pub use import::import_version_1;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::store::{RecordStore, Search, StoreError, StoredRecord, body, terms};

/// Version of the tables. Version 1 held the records themselves, see [`import_version_1`].
const SCHEMA_VERSION: i64 = 2;
const SCHEMA: &str = include_str!("schema.sql");

/// WAL and NORMAL: a power cut may take the last transactions, never the order of the rest.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; \
                        PRAGMA busy_timeout = 10000; PRAGMA cache_size = -65536; \
                        PRAGMA temp_store = MEMORY;";

/// Records forgotten in one transaction.
const FORGET: i64 = 2000;

/// Finds records by a SQLite file. A clone is the same store; another process may read beside it.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: Arc<Mutex<Connection>>,
    reader: Arc<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens or makes the file. One of a newer version is refused, and one of version 1, which is
    /// for [`import_version_1`].
    pub async fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref().to_path_buf();
        blocking(move || {
            let mut writer = connect(&path)?;
            migrate(&mut writer)?;
            Ok(SqliteStore {
                writer: Arc::new(Mutex::new(writer)),
                reader: Arc::new(Mutex::new(connect(&path)?)),
            })
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        with(&self.reader, move |connection| work(connection)).await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        with(&self.writer, move |connection| {
            let transaction = connection.transaction()?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }
}

async fn with<T: Send + 'static>(
    connection: &Arc<Mutex<Connection>>,
    work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let connection = connection.clone();
    blocking(move || {
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(from_sqlite)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(StoreError("interrupted".to_owned())))
}

impl RecordStore for SqliteStore {
    async fn apply(&self, records: Vec<StoredRecord>) -> Result<(), StoreError> {
        self.write(move |transaction| apply(transaction, &records))
            .await
    }

    async fn applied(&self) -> Result<u64, StoreError> {
        self.read(applied).await.map(number)
    }

    async fn search(&self, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        let search = search.clone();
        self.read(move |connection| search::search(connection, &search))
            .await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM record";
        self.read(move |connection| connection.query_row(sql, [], |row| row.get(0)))
            .await
            .map(number)
    }

    async fn forget(&self, before: u64) -> Result<u64, StoreError> {
        let mut gone = 0;
        loop {
            let some = self.write(move |transaction| forget(transaction, integer(before)));
            match some.await? {
                0 => return Ok(gone),
                some => gone += some,
            }
        }
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let sql = "DELETE FROM posting; DELETE FROM record; UPDATE state SET applied = 0;";
        self.write(move |transaction| transaction.execute_batch(sql))
            .await
    }
}

fn applied(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT applied FROM state", [], |row| row.get(0))
}

fn apply(transaction: &Transaction<'_>, records: &[StoredRecord]) -> rusqlite::Result<()> {
    let applied = number(applied(transaction)?);
    let fresh = records.iter().filter(|record| record.sequence > applied);
    let mut postings = Vec::new();
    let mut last = None;
    {
        let sql = "INSERT INTO record (sequence, body) VALUES (?1, ?2)";
        let mut insert = transaction.prepare_cached(sql)?;
        for record in fresh {
            let sequence = integer(record.sequence);
            insert.execute(params![sequence, body::encode(record)])?;
            postings.extend(self::postings(record));
            last = Some(sequence);
        }
    }
    // In the order of the table: neighbours are on one page.
    postings.sort_unstable();
    let sql = "INSERT OR IGNORE INTO posting (term, time, sequence) VALUES (?1, ?2, ?3)";
    let mut insert = transaction.prepare_cached(sql)?;
    for (term, time, sequence) in postings {
        insert.execute(params![term, time, sequence])?;
    }
    if let Some(last) = last {
        transaction.execute("UPDATE state SET applied = ?1", [last])?;
    }
    Ok(())
}

fn postings(record: &StoredRecord) -> impl Iterator<Item = (i64, i64, i64)> {
    let key = (record.time().timestamp_micros(), integer(record.sequence));
    let terms = terms::of_record(record).into_iter();
    terms.map(move |term| (term, key.0, key.1))
}

/// Some of what is to go; how many.
fn forget(transaction: &Transaction<'_>, before: i64) -> rusqlite::Result<u64> {
    let sql = "SELECT sequence, body FROM record WHERE sequence < ?1 ORDER BY sequence LIMIT ?2";
    let mut select = transaction.prepare_cached(sql)?;
    let rows = select.query_map([before, FORGET], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(i64, Vec<u8>)> = rows.collect::<rusqlite::Result<_>>()?;
    let sql = "DELETE FROM posting WHERE term = ?1 AND time = ?2 AND sequence = ?3";
    let mut remove = transaction.prepare_cached(sql)?;
    for (sequence, bytes) in &found {
        let record = body::decode(number(*sequence), bytes);
        for (term, time, sequence) in record.iter().flat_map(postings) {
            remove.execute(params![term, time, sequence])?;
        }
    }
    if let Some((last, _)) = found.last() {
        transaction.execute("DELETE FROM record WHERE sequence <= ?1", [last])?;
    }
    Ok(found.len() as u64)
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

fn from_sqlite(error: rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(from_sqlite)?;
    connection.execute_batch(SETTINGS).map_err(from_sqlite)?;
    Ok(connection)
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0));
    let version = version.optional().map_err(from_sqlite)?;
    Ok(version.unwrap_or(0))
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    match version(connection)? {
        SCHEMA_VERSION => return Ok(()),
        0 => {}
        1 => {
            let text = "version 1 holds the records themselves: import it into a trail first";
            return Err(StoreError(text.to_owned()));
        }
        newer => {
            let text = format!("version {newer} is newer than {SCHEMA_VERSION}");
            return Err(StoreError(text));
        }
    }
    let made = connection.transaction().and_then(|transaction| {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()
    });
    made.map_err(from_sqlite)
}
