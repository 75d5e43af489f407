//! ITI-20 record store on SQLite: one writer thread with group commit, one reader connection.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::DateTime;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use tokio::sync::oneshot;

use crate::store::summary::{RecordSummary, patient_key};
use crate::store::{ReceivedRecord, RecordStore, Search, StoreError, StoredRecord};

/// Version of the tables; a newer one is refused.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE record (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  received INTEGER NOT NULL,
  time INTEGER NOT NULL,
  peer TEXT NOT NULL,
  event_type TEXT,
  outcome INTEGER,
  raw BLOB NOT NULL
);
CREATE INDEX record_time ON record (time);
CREATE INDEX record_type ON record (event_type, sequence);
CREATE INDEX record_outcome ON record (outcome, sequence);
CREATE TABLE patient (
  id TEXT NOT NULL,
  authority TEXT NOT NULL,
  sequence INTEGER NOT NULL REFERENCES record (sequence),
  PRIMARY KEY (id, authority, sequence)
) WITHOUT ROWID;
";

type Done = oneshot::Sender<Result<(), StoreError>>;
type Append = (Vec<ReceivedRecord>, Done);

/// Keeps records in a SQLite file. A clone is the same store.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    appends: mpsc::Sender<Append>,
    reader: Arc<Mutex<Connection>>,
}

impl SqliteStore {
    /// Opens or makes the file; a file of a newer version is refused.
    pub async fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref().to_path_buf();
        tokio::task::spawn_blocking(move || SqliteStore::open_blocking(&path))
            .await
            .map_err(|_| StoreError("opening was interrupted".to_owned()))?
    }

    fn open_blocking(path: &PathBuf) -> Result<SqliteStore, StoreError> {
        let mut writer = connect(path)?;
        migrate(&mut writer)?;
        let reader = Arc::new(Mutex::new(connect(path)?));
        let (appends, requests) = mpsc::channel();
        std::thread::Builder::new()
            .name("audit-store".to_owned())
            .spawn(move || write(&mut writer, &requests))
            .map_err(|error| StoreError(error.to_string()))?;
        Ok(SqliteStore { appends, reader })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = self.reader.clone();
        tokio::task::spawn_blocking(move || {
            work(&reader.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
        .map_err(|_| StoreError("reading was interrupted".to_owned()))?
        .map_err(from_sqlite)
    }
}

impl RecordStore for SqliteStore {
    async fn append(&self, records: Vec<ReceivedRecord>) -> Result<(), StoreError> {
        let closed = || StoreError("the writer has ended".to_owned());
        let (done, answer) = oneshot::channel();
        self.appends.send((records, done)).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn search(&self, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        let (sql, values) = statement(search);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), stored)?;
            rows.collect()
        })
        .await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM record";
        self.read(move |connection| connection.query_row(sql, [], |row| row.get::<_, i64>(0)))
            .await
            .map(|count| u64::try_from(count).unwrap_or(0))
    }

    async fn tail(&self, count: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let mut found = self
            .read(move |connection| {
                let sql = "SELECT raw FROM record ORDER BY sequence DESC LIMIT ?1";
                let mut statement = connection.prepare(sql)?;
                let rows = statement.query_map([limit], |row| row.get::<_, Vec<u8>>(0))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        found.reverse();
        Ok(found)
    }
}

fn from_sqlite(error: rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}

fn connect(path: &PathBuf) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(from_sqlite)?;
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                    PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000;";
    connection.execute_batch(settings).map_err(from_sqlite)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction().map_err(from_sqlite)?;
    let version: i64 = transaction
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(from_sqlite)?;
    match version {
        SCHEMA_VERSION => return Ok(()),
        0 => {}
        newer => {
            let text = format!("version {newer} is newer than {SCHEMA_VERSION}");
            return Err(StoreError(text));
        }
    }
    transaction.execute_batch(SCHEMA).map_err(from_sqlite)?;
    transaction
        .pragma_update(None, "user_version", SCHEMA_VERSION)
        .map_err(from_sqlite)?;
    transaction.commit().map_err(from_sqlite)
}

const GROUP: usize = 256;

/// The writer thread: what waits is committed together, each append all or nothing.
fn write(connection: &mut Connection, requests: &Receiver<Append>) {
    while let Ok(first) = requests.recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(next) = requests.try_recv() else { break };
            group.push(next);
        }
        let result = commit(connection, &group);
        for (_, done) in group {
            let answer = match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(from_text(error)),
            };
            let _ = done.send(answer);
        }
    }
}

fn from_text(error: &rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}

fn commit(connection: &mut Connection, group: &[Append]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for record in group.iter().flat_map(|(records, _)| records) {
        insert(&transaction, record)?;
    }
    transaction.commit()
}

fn insert(connection: &Connection, record: &ReceivedRecord) -> rusqlite::Result<()> {
    let summary = record.summary.as_ref();
    let sql = "INSERT INTO record (received, time, peer, event_type, outcome, raw) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        record.received.timestamp_micros(),
        record.time().timestamp_micros(),
        record.peer,
        summary.map(|summary| summary.event_type.as_str()),
        summary.map(|summary| summary.outcome),
        record.raw,
    ])?;
    let sequence = connection.last_insert_rowid();
    for cx in summary.iter().flat_map(|summary| &summary.patients) {
        let (id, authority) = patient_key(cx);
        let sql = "INSERT OR IGNORE INTO patient (id, authority, sequence) VALUES (?1, ?2, ?3)";
        let authority = authority.unwrap_or_default();
        connection
            .prepare_cached(sql)?
            .execute(params![id, authority, sequence])?;
    }
    Ok(())
}

/// The statement of a search; every value is a parameter.
fn statement(search: &Search) -> (String, Vec<Value>) {
    let mut conditions = String::new();
    let mut values = Vec::new();
    let mut add = |condition: &str, value: Value| {
        conditions.push_str(if values.is_empty() {
            " WHERE "
        } else {
            " AND "
        });
        conditions.push_str(condition);
        values.push(value);
    };
    if let Some(after) = search.after_sequence {
        add(
            "sequence > ?",
            Value::Integer(i64::try_from(after).unwrap_or(i64::MAX)),
        );
    }
    if let Some(since) = search.since {
        add("time >= ?", Value::Integer(since.timestamp_micros()));
    }
    if let Some(until) = search.until {
        add("time < ?", Value::Integer(until.timestamp_micros()));
    }
    if let Some(outcome) = search.outcome {
        add("outcome = ?", Value::Integer(outcome.into()));
    }
    if let Some(event_type) = &search.event_type {
        add("event_type = ?", Value::Text(event_type.clone()));
    }
    if let Some(patient) = &search.patient {
        let (id, authority) = patient_key(patient);
        let id = Value::Text(id.into_owned());
        match authority {
            None => add(
                "sequence IN (SELECT sequence FROM patient WHERE id = ?)",
                id,
            ),
            Some(authority) => {
                add("sequence IN (SELECT sequence FROM patient WHERE id = ?", id);
                add("authority = ?)", Value::Text(authority));
            }
        }
    }
    let limit = i64::try_from(search.limit()).unwrap_or(i64::MAX);
    values.push(Value::Integer(limit));
    let columns = "SELECT sequence, received, peer, raw FROM record";
    (
        format!("{columns}{conditions} ORDER BY sequence LIMIT ?"),
        values,
    )
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredRecord> {
    let received = DateTime::from_timestamp_micros(row.get(1)?).unwrap_or_default();
    let raw: Vec<u8> = row.get(3)?;
    Ok(StoredRecord {
        sequence: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        received,
        peer: row.get(2)?,
        summary: RecordSummary::of(&raw),
        raw,
    })
}
