//! A registry in one SQLite file (WAL, `synchronous = FULL`).
//!
//! One thread writes, with group commit. Reads use other connections and see only commits.

mod migrate_1;
mod read;
mod schema;
mod write;

use super::patients::{PatientState, lost};
use super::rows::Look;
use super::search;
use super::view::View;
use super::writer::{Job, Writer};
use super::{MergeError, QueryError, RegisterError, RegistryStore, StoreError};
use crate::iti18::StoredQuery;
use crate::metadata::{DocumentEntry, Objects, Submission};
use chrono::{DateTime, Utc};
use read::Session;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Queries that run at the same time.
const READERS: usize = 8;

/// [`RegistryStore`] in an SQLite file.
pub struct SqliteStore {
    writer: Writer,
    readers: Arc<Readers>,
    turns: Arc<Semaphore>,
}

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Session>>,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // The code only: a driver's message may repeat values.
        Self::Failed(match error.sqlite_error_code() {
            Some(code) => format!("SQLite: {code:?}"),
            None => "SQLite: unexpected row".to_owned(),
        })
    }
}

impl SqliteStore {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a later release wrote it; disk errors.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_path_buf();
        spawn_blocking(move || {
            let mut session = schema::connect(&path)?;
            schema::prepare(&mut session)?;
            let writer = Writer::start(session)?;
            let readers = Arc::new(Readers {
                path,
                idle: Mutex::default(),
            });
            Ok(Self {
                writer,
                readers,
                turns: Arc::new(Semaphore::new(READERS)),
            })
        })
        .await
        .map_err(lost)?
    }

    /// Runs `act` on a snapshot of the last commit, off the reactor.
    async fn read<T, E>(
        &self,
        act: impl FnOnce(&Look<'_, Session>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(lost)?;
        let readers = Arc::clone(&self.readers);
        let answer = spawn_blocking(move || {
            let _turn = turn;
            let session = readers.take()?;
            session.run("BEGIN", [])?;
            let answer = act(&Look::new(&session));
            session.run("COMMIT", [])?;
            readers.give(session);
            answer
        });
        answer.await.map_err(lost)?
    }
}

impl Readers {
    fn take(&self) -> Result<Session, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| schema::connect(&self.path), Ok)
    }

    fn give(&self, session: Session) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(session);
    }
}

impl RegistryStore for SqliteStore {
    async fn register(
        &self,
        submission: Submission,
        now: DateTime<Utc>,
    ) -> Result<(), RegisterError> {
        let submission = Box::new(submission);
        self.writer
            .run(|answer| Job::Register {
                submission,
                now,
                answer,
            })
            .await?
    }

    async fn query(&self, query: StoredQuery, most: usize) -> Result<Objects, QueryError> {
        self.read(move |view| search::run(view, &query, most)).await
    }

    async fn add_patient(&self, patient_id: String) -> Result<PatientState, StoreError> {
        self.writer
            .run(|answer| Job::AddPatient { patient_id, answer })
            .await?
    }

    async fn merge_patients(&self, merges: Vec<(String, String)>) -> Result<(), MergeError> {
        self.writer
            .run(|answer| Job::Merge { merges, answer })
            .await?
    }

    async fn patient(&self, patient_id: String) -> Result<PatientState, StoreError> {
        self.read(move |view| view.patient_state(&patient_id)).await
    }

    async fn documents_after(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<DocumentEntry>, StoreError> {
        self.read(move |view| view.documents_after(after.as_deref(), limit))
            .await
    }
}

#[cfg(test)]
mod tests;
