//! Identities in one SQLite file: WAL, `synchronous=FULL`, one writer thread with group commit,
//! readers beside it. What `apply` acknowledges is committed.

mod backend;
mod lock;
mod migrate_1;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::StoreError;
use super::identities::Identities;
use crate::Probabilistic;
use crate::matching::MatchPolicy;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Connections reading at the same time.
const READERS: usize = 4;

/// The durable store. Clones share one file, one writer and the readers.
#[derive(Clone)]
pub struct SqliteStore {
    identities: Arc<Identities<SqliteReader>>,
}

impl SqliteStore {
    /// Opens the file with the default policy, making or upgrading it. A file of a newer release
    /// is refused, and one that another process has open ([`StoreError::InUse`]). Three million identities take some seconds.
    pub async fn open(path: impl AsRef<Path>) -> Result<SqliteStore> {
        SqliteStore::open_with(path, Probabilistic::default()).await
    }

    /// Opens the file with a policy of one's own.
    pub async fn open_with(
        path: impl AsRef<Path>,
        policy: impl MatchPolicy,
    ) -> Result<SqliteStore> {
        let path = path.as_ref().to_owned();
        blocking(move || {
            let _alone = lock::Lock::take(&path)?;
            let connection = schema::open(&path)?;
            let reader = SqliteReader::new(path);
            let backend = backend::Writer { connection, _alone };
            let identities = Identities::open(backend, reader, Arc::new(policy))?;
            Ok(SqliteStore {
                identities: Arc::new(identities),
            })
        })
        .await
    }
}

crate::store::verbs::verbs!(SqliteStore);

/// Connections that read, made as they are needed.
#[derive(Clone)]
struct SqliteReader {
    inner: Arc<Readers>,
}

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl SqliteReader {
    fn new(path: PathBuf) -> SqliteReader {
        let inner = Arc::new(Readers {
            path,
            idle: Mutex::new(Vec::new()),
            places: Arc::new(Semaphore::new(READERS)),
        });
        SqliteReader { inner }
    }

    /// Runs a query on a free connection, off the reactor.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let places = self.inner.places.clone();
        let place = places.acquire_owned().await;
        let place = place.map_err(|_| StoreError::Closed)?;
        let inner = self.inner.clone();
        blocking(move || {
            let connection = inner.take()?;
            let result = query(&connection);
            inner.give_back(connection);
            drop(place);
            result
        })
        .await
    }
}

impl Readers {
    fn take(&self) -> Result<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = idle.pop();
        drop(idle);
        connection.map_or_else(|| schema::open_reader(&self.path), Ok)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(connection);
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let failed = |_| StoreError::Failed("a database task ended early".into());
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

/// The driver's words, which name tables and columns, never values.
fn failed(error: rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(code, _) => StoreError::Failed(code.to_string()),
        rusqlite::Error::FromSqlConversionFailure(column, kind, _) => {
            StoreError::Failed(format!("column {column} is of type {kind}"))
        }
        other => StoreError::Failed(format!("{other}")),
    }
}
