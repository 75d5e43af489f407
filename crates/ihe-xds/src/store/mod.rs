//! Where a registry keeps its objects and a repository its documents (ITI TF-3 4.1, ITI TF-2 3.41, 3.42).
//!
//! Two seams: [`RegistryStore`] (memory, SQLite, PostgreSQL) and [`DocumentStore`] (memory, files, S3). Everything that can be
//! decided without a driver is decided once, in this module's private rules, and runs inside each
//! backend's own transaction.

pub mod contract;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod database;
mod documents;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod form;
mod memory;
mod patients;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod rows;
mod rules;
mod search;
#[cfg(feature = "sqlite")]
mod sqlite;
mod verify;
mod view;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod writer;

pub use documents::{
    Arrival, Content, Difference, DocumentStore, DocumentWriter, Fate, Held, MemoryDocuments,
    Pending, PendingDocument, PutError, SetId, Staged, StagedOf, State, StoredDocument, Ticket,
};
#[cfg(feature = "s3")]
pub use documents::{Bucket, BucketStore, S3};
pub(crate) use documents::{Damage, Reading};
#[cfg(feature = "sqlite")]
pub use documents::{FileStore, Folder, IndexedStore, Received, Receiving, Shelf, Upload};
pub use memory::MemoryStore;
pub use patients::{MergeProblem, PatientState};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use verify::{Finding, Report, verify};

use crate::error::Refusal;
use crate::iti18::StoredQuery;
use crate::metadata::{DocumentEntry, Objects, Submission};
use chrono::{DateTime, Utc};
use std::future::Future;

/// A store could not do its work: disk, driver, schema. Never holds patient data.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk or the database refused; the text is the driver's, without any value stored.
    #[error("store failed: {0}")]
    Failed(String),
    /// The files were written by a later release.
    #[error(
        "store schema version {found} is newer than {supported}, the newest this release reads"
    )]
    Newer {
        /// Version found on disk.
        found: i64,
        /// Newest version this release understands.
        supported: i64,
    },
    /// Another process has the store open.
    #[error("store is in use by another process")]
    InUse,
    /// Stored bytes cannot be read back as what was written.
    #[error("stored object is damaged: {0}")]
    Damaged(String),
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Why a submission was not registered (ITI TF-2 3.42.4.1.3).
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The submission breaks a rule; every problem found is listed. Nothing was changed.
    #[error("submission refused")]
    Refused(Refusal),
    /// The store failed. Nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a query has no answer (ITI TF-2 3.18.4.1.3).
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query cannot be answered as asked.
    #[error("query refused")]
    Refused(Refusal),
    /// More objects match than were asked for at most: XDSTooManyResults.
    #[error("more than {most} objects match")]
    TooMany {
        /// The greatest number allowed.
        most: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why two patient ids were not merged (ITI TF-2 3.8.4.2.4).
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A merge makes no sense in the present state, which is unchanged.
    #[error("merge refused: {problem}")]
    Refused {
        /// Which pair, counted from 0.
        index: usize,
        /// What is wrong with it.
        problem: MergeProblem,
    },
    /// The store failed. Nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a Document Registry remembers: the objects of all submissions and the patients of the affinity domain.
///
/// Each verb is one database transaction. A patient id is always the strict CX text `id^^^&oid&ISO`.
pub trait RegistryStore: Send + Sync + 'static {
    /// Registers one submission (ITI-42), all or nothing: checks every rule that needs the present
    /// state (XDS-R-014..060), then stores, deprecates and links. `now` becomes Folder.lastUpdateTime.
    fn register(
        &self,
        submission: Submission,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), RegisterError>> + Send;

    /// Answers a stored query (ITI-18) with `most` objects at most; it stops at the first one beyond.
    /// Patient ids in the answer are the surviving ones.
    fn query(
        &self,
        query: StoredQuery,
        most: usize,
    ) -> impl Future<Output = Result<Objects, QueryError>> + Send;

    /// Makes a patient id known (ITI-8 A01, A04, A05). Returns the state it was in before; a
    /// subsumed id stays subsumed.
    fn add_patient(
        &self,
        patient_id: String,
    ) -> impl Future<Output = Result<PatientState, StoreError>> + Send;

    /// Merges pairs of (survivor, subsumed), in order, all or nothing (ITI-8 A40).
    fn merge_patients(
        &self,
        merges: Vec<(String, String)>,
    ) -> impl Future<Output = Result<(), MergeError>> + Send;

    /// What is known of a patient id.
    fn patient(
        &self,
        patient_id: String,
    ) -> impl Future<Output = Result<PatientState, StoreError>> + Send;

    /// One page of all document entries of any status and patient, in order of entryUUID, after the
    /// entryUUID `after`. For [`verify`].
    fn documents_after(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<DocumentEntry>, StoreError>> + Send;
}
