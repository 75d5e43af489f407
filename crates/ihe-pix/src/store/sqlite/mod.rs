//! Identities in one SQLite file: WAL, `synchronous=FULL`, one writer thread with group commit,
//! readers beside it. What `apply` acknowledges is committed.

mod read;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hl7v2::datatype::{Cx, Hd};
use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Applied, ApplyError, Change, IdentityStore, StoreError};
use crate::iti8::Feed;
use crate::matching::MatchPolicy;

/// Feeds waiting for the writer; more wait for room.
const QUEUE: usize = 1024;
/// Connections reading at the same time.
const READERS: usize = 4;

/// The durable store. Clones share one file, one writer and the readers.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: mpsc::Sender<writer::Job>,
    readers: Mutex<Vec<Connection>>,
    reading: Arc<Semaphore>,
}

impl SqliteStore {
    /// Opens the file, making or upgrading it. A file of a newer release is refused.
    pub async fn open(path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let path = path.as_ref().to_owned();
        blocking(move || {
            let connection = schema::open(&path)?;
            let (writer, jobs) = mpsc::channel(QUEUE);
            writer::spawn(connection, jobs)?;
            let readers = Mutex::new(Vec::new());
            let reading = Arc::new(Semaphore::new(READERS));
            Ok(SqliteStore {
                inner: Arc::new(Inner {
                    path,
                    writer,
                    readers,
                    reading,
                }),
            })
        })
        .await
    }

    /// Runs a query on a free reader, off the reactor.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reading = self.inner.reading.clone();
        let permit = reading
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Closed)?;
        let inner = self.inner.clone();
        blocking(move || {
            let connection = inner.take_reader()?;
            let result = query(&connection);
            inner
                .readers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            drop(permit);
            result
        })
        .await
    }
}

impl Inner {
    fn take_reader(&self) -> Result<Connection, StoreError> {
        let idle = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| schema::open_reader(&self.path), Ok)
    }
}

impl IdentityStore for SqliteStore {
    async fn apply(&self, feed: Feed, policy: Arc<dyn MatchPolicy>) -> Result<Applied, ApplyError> {
        let (reply, answer) = oneshot::channel();
        let job = writer::Job {
            feed,
            policy,
            reply,
        };
        self.inner
            .writer
            .send(job)
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    async fn cross_references(
        &self,
        id: &Cx,
        domains: &[Hd],
    ) -> Result<Option<Vec<Cx>>, StoreError> {
        let (id, domains) = (id.clone(), domains.to_vec());
        self.read(move |connection| read::cross_references(connection, &id, &domains))
            .await
    }

    async fn changes_since(&self, number: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.read(move |connection| read::changes_since(connection, number, limit))
            .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let failed = |_| StoreError::Failed("a database task ended early".into());
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

/// The driver's words, which name tables and columns, never values.
pub(super) fn failed(error: rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(code, _) => StoreError::Failed(code.to_string()),
        rusqlite::Error::FromSqlConversionFailure(column, kind, _) => {
            StoreError::Failed(format!("column {column} is of type {kind}"))
        }
        other => StoreError::Failed(format!("{other}")),
    }
}
