//! The verbs of a store over any database: one thread writes, with group commit, and connections beside it read, each on a
//! snapshot of what is committed. Neither is done on the reactor.

use super::patients::{PatientState, lost};
use super::rows::{Look, Rows, Tables};
use super::search;
use super::view::View;
use super::writer::{Job, Writer};
use super::{MergeError, QueryError, RegisterError, RegistryStore, StoreError};
use crate::iti18::StoredQuery;
use crate::metadata::{DocumentEntry, Objects, Submission};
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Queries that run at the same time.
const READERS: usize = 8;

/// A connection to a database. Its calls block.
pub(crate) trait Session: Rows + Tables + Send + Sized + 'static {
    /// Which database.
    type Place: Send + Sync + 'static;
    fn open(place: &Self::Place) -> Result<Self, StoreError>;
    /// Makes the tables, or brings those of an earlier release to this one's.
    fn prepare(&mut self) -> Result<(), StoreError>;
    /// What is read from now on belongs together.
    fn snapshot(&self) -> Result<(), StoreError>;
    /// Ends the snapshot.
    fn release(&self) -> Result<(), StoreError>;
}

/// A registry in a database.
pub(crate) struct Database<S: Session> {
    writer: Writer,
    readers: Arc<Readers<S>>,
    turns: Arc<Semaphore>,
}

struct Readers<S: Session> {
    place: S::Place,
    idle: Mutex<Vec<S>>,
}

impl<S: Session> Database<S> {
    pub(crate) async fn open(place: S::Place) -> Result<Self, StoreError> {
        let opened = spawn_blocking(move || {
            let mut session = S::open(&place)?;
            session.prepare()?;
            let idle = Mutex::default();
            Ok(Self {
                writer: Writer::start(session)?,
                readers: Arc::new(Readers { place, idle }),
                turns: Arc::new(Semaphore::new(READERS)),
            })
        });
        opened.await.map_err(lost)?
    }

    /// Runs `act` on a snapshot of the last commit.
    async fn read<T, E>(
        &self,
        act: impl FnOnce(&Look<'_, S>) -> Result<T, E> + Send + 'static,
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
            let answer = act(&Look::new(&session));
            if session.release().is_ok() {
                readers.give(session);
            }
            answer
        });
        answer.await.map_err(lost)?
    }
}

impl<S: Session> Readers<S> {
    /// A connection with a snapshot; a new one if there is none, or if the one kept was lost meanwhile.
    fn take(&self) -> Result<S, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        if let Some(session) = idle.filter(|session| session.snapshot().is_ok()) {
            return Ok(session);
        }
        let session = S::open(&self.place)?;
        session.snapshot()?;
        Ok(session)
    }

    fn give(&self, session: S) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(session);
    }
}

impl<S: Session> RegistryStore for Database<S> {
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

/// The verbs of a public store that holds a [`Database`].
macro_rules! verbs {
    ($store:ty) => {
        impl $crate::store::RegistryStore for $store {
            async fn register(
                &self,
                submission: $crate::metadata::Submission,
                now: chrono::DateTime<chrono::Utc>,
            ) -> Result<(), $crate::store::RegisterError> {
                self.database.register(submission, now).await
            }

            async fn query(
                &self,
                query: $crate::iti18::StoredQuery,
                most: usize,
            ) -> Result<$crate::metadata::Objects, $crate::store::QueryError> {
                self.database.query(query, most).await
            }

            async fn add_patient(
                &self,
                patient_id: String,
            ) -> Result<$crate::store::PatientState, $crate::store::StoreError> {
                self.database.add_patient(patient_id).await
            }

            async fn merge_patients(
                &self,
                merges: Vec<(String, String)>,
            ) -> Result<(), $crate::store::MergeError> {
                self.database.merge_patients(merges).await
            }

            async fn patient(
                &self,
                patient_id: String,
            ) -> Result<$crate::store::PatientState, $crate::store::StoreError> {
                self.database.patient(patient_id).await
            }

            async fn documents_after(
                &self,
                after: Option<String>,
                limit: usize,
            ) -> Result<Vec<$crate::metadata::DocumentEntry>, $crate::store::StoreError> {
                self.database.documents_after(after, limit).await
            }
        }
    };
}

pub(crate) use verbs;
