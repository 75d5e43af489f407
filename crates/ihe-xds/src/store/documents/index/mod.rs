//! Which document lies where: an SQLite file (WAL, `synchronous = FULL`), small contents in it.
//!
//! All writes go through one thread, so that many small documents share one fsync; reads see only commits.

mod changes;
mod rows;
mod schema;
mod writer;

use super::{Fate, Held, Pending, PutError, SetId, Ticket};
use crate::store::StoreError;
use crate::store::patients::lost;
use bytes::Bytes;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use uuid::Uuid;
use writer::Writer;

/// Questions answered at the same time.
const READERS: usize = 8;
/// Page cache of the writing and of each reading connection, KiB.
const CACHES: (i64, i64) = (8_000, 1_000);

/// Where the content of a new document lies.
pub(super) enum Place {
    /// In the index; the key names this content all the same.
    Inline(Uuid, Bytes),
    /// Elsewhere, under this key, which is loose until now.
    Key(Uuid),
}

impl Place {
    /// The key of a content outside the index.
    pub(super) fn key(&self) -> Option<Uuid> {
        match self {
            Self::Inline(..) => None,
            Self::Key(key) => Some(*key),
        }
    }

    /// The key, and whether the content lies in the index.
    fn parts(&self) -> ([u8; 16], bool) {
        match self {
            Self::Inline(key, _) => (key.into_bytes(), true),
            Self::Key(key) => (key.into_bytes(), false),
        }
    }
}

/// A document to be entered.
pub(super) struct NewDocument {
    pub(super) entry_uuid: String,
    pub(super) unique_id: String,
    pub(super) mime_type: String,
    pub(super) hash: String,
    pub(super) size: u64,
    pub(super) place: Place,
}

/// The index of one store.
pub(super) struct Index {
    writer: Writer,
    readers: Arc<Readers>,
    turns: Arc<Semaphore>,
}

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Index {
    /// Opens or creates the file; blocks.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = schema::connect(path, CACHES.0)?;
        schema::prepare(&mut connection)?;
        Ok(Self {
            writer: Writer::start(connection)?,
            readers: Arc::new(Readers {
                path: path.to_path_buf(),
                idle: Mutex::default(),
            }),
            turns: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Announces a content under a new key: whatever happens, it is not forgotten.
    pub(super) async fn announce(&self) -> Result<Uuid, StoreError> {
        let key = Uuid::new_v4();
        self.writer
            .run(move |index| changes::loosen(index, key.into_bytes()))
            .await?;
        Ok(key)
    }

    /// Enters a submission, pending; names the keys that were not needed.
    pub(super) async fn put(
        &self,
        set: SetId,
        documents: Vec<NewDocument>,
    ) -> Result<(Ticket, Vec<Uuid>), PutError> {
        self.writer
            .run(move |index| changes::put(index, &set, &documents))
            .await
    }

    /// Ends a submission; names the keys whose contents have to be removed.
    pub(super) async fn settle(&self, ticket: Ticket, fate: Fate) -> Result<Vec<Uuid>, StoreError> {
        self.writer
            .run(move |index| changes::settle(index, ticket, fate))
            .await
    }

    /// Which of these keys are loose, now that all changes asked for before are made.
    pub(super) async fn still_loose(&self, keys: Vec<Uuid>) -> Result<Vec<Uuid>, StoreError> {
        self.writer
            .run(move |index| rows::still_loose(index, keys))
            .await
    }

    /// Forgets loose keys whose contents are gone.
    pub(super) async fn forget(&self, keys: Vec<Uuid>) -> Result<(), StoreError> {
        self.writer
            .run(move |index| changes::forget(index, &keys))
            .await
    }

    /// Sets a document aside; true if it was there under this key.
    pub(super) async fn quarantine(&self, held: &Held) -> Result<bool, StoreError> {
        let (unique_id, key) = (held.unique_id.clone(), held.key);
        self.writer
            .run(move |index| changes::quarantine(index, &unique_id, key))
            .await
    }

    /// A document, and its content if it lies here.
    pub(super) async fn find(
        &self,
        unique_id: &str,
    ) -> Result<Option<(Held, Option<Bytes>)>, StoreError> {
        let unique_id = unique_id.to_owned();
        self.read(move |index| rows::find(index, &unique_id)).await
    }

    /// One page of the pending submissions.
    pub(super) async fn pending(
        &self,
        after: Option<Ticket>,
        limit: usize,
    ) -> Result<Vec<Pending>, StoreError> {
        self.read(move |index| rows::pending(index, after, limit))
            .await
    }

    /// One page of all documents.
    pub(super) async fn documents_after(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Held>, StoreError> {
        self.read(move |index| rows::documents_after(index, after.as_deref(), limit))
            .await
    }

    async fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turns = Arc::clone(&self.turns);
        let turn = turns.acquire_owned().await.map_err(lost)?;
        let readers = Arc::clone(&self.readers);
        let answer = spawn_blocking(move || {
            let _turn = turn;
            let mut connection = readers.take()?;
            let answer = {
                let snapshot = connection.transaction()?;
                act(&snapshot)?
            };
            readers.give(connection);
            Ok(answer)
        });
        answer.await.map_err(lost)?
    }

    /// Removes contents that a crash left without a document; blocks.
    pub(super) fn sweep(
        path: &Path,
        remove: impl Fn(Uuid) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut connection = schema::connect(path, CACHES.1)?;
        schema::prepare(&mut connection)?;
        let loose = rows::loose(&connection)?;
        loose.iter().try_for_each(|key| remove(*key))?;
        let transaction = connection.transaction()?;
        changes::forget(&transaction, &loose)?;
        Ok(transaction.commit()?)
    }

    /// Contents that a crash left without a document; blocks.
    #[cfg(feature = "s3")]
    pub(super) fn loose(path: &Path) -> Result<Vec<Uuid>, StoreError> {
        rows::loose(&schema::connect(path, CACHES.1)?)
    }

    /// Enters documents that an earlier layout held, kept, and says under which key each is known; blocks.
    pub(super) fn adopt(path: &Path, documents: &[NewDocument]) -> Result<Vec<Uuid>, StoreError> {
        let mut connection = schema::connect(path, CACHES.1)?;
        schema::prepare(&mut connection)?;
        changes::adopt(&mut connection, documents)
    }
}

impl Readers {
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.lock().pop();
        idle.map_or_else(|| schema::connect(&self.path, CACHES.1), Ok)
    }

    fn give(&self, connection: Connection) {
        self.lock().push(connection);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
