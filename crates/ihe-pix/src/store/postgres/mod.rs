//! Identities in PostgreSQL: the same tables as in SQLite, one writer with group commit, and connections that read
//! beside it. What `apply` acknowledges is committed with `synchronous_commit = on`.
//!
//! Finding is done in memory, so one process owns the store: it holds an advisory lock, and a second one is refused
//! ([`StoreError::InUse`]). Should the connection be lost, the lock is taken anew and everything is loaded again.

mod backend;
mod read;
mod schema;
mod session;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use hl7v2::datatype::{Cx, Hd};

use super::identities::Identities;
use super::{Applied, ApplyError, Change, IdentityStore, Note, Shelf, StoreError};
use crate::Probabilistic;
use crate::identity::{Action, By, Event, Found, Page, PatientQuery, Review, ReviewState};
use crate::matching::MatchPolicy;

use read::PostgresReader;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The durable store in a PostgreSQL database (14 or newer). Clones share one writer and the readers.
#[derive(Clone)]
pub struct PostgresStore {
    identities: Arc<Identities<PostgresReader>>,
}

impl PostgresStore {
    /// Opens the store in the first schema of the search path with the default policy, making or upgrading its tables.
    /// A store of a newer release is refused, and one that another process has open ([`StoreError::InUse`]).
    ///
    /// `config` is a connection string of libpq: `host=/run/postgresql user=pix dbname=pix`, or
    /// `postgresql://pix@127.0.0.1/pix`. The connection is not encrypted. A server that is reached neither by a Unix
    /// socket nor by a loopback address (a tunnel) is therefore refused, unless `sslmode=disable` says that this is
    /// meant: patient data then goes over the network in the clear.
    pub async fn open(config: &str) -> Result<PostgresStore> {
        PostgresStore::open_with(config, Probabilistic::default()).await
    }

    /// Opens the store with a policy of one's own; see [`Self::open`].
    pub async fn open_with(config: &str, policy: impl MatchPolicy) -> Result<PostgresStore> {
        let config = session::config(config)?;
        let reader = PostgresReader::new(config.clone());
        let opened = move || {
            let backend = backend::Writer::open(config)?;
            Identities::open(backend, reader, Arc::new(policy))
        };
        let ended = |_| StoreError::Failed("a database task ended early".into());
        let opened = tokio::task::spawn_blocking(opened).await.map_err(ended)?;
        opened.map(|identities| PostgresStore {
            identities: Arc::new(identities),
        })
    }
}

impl IdentityStore for PostgresStore {
    async fn apply(&self, action: Action, by: By) -> Result<Applied, ApplyError> {
        self.identities.apply(action, by).await
    }

    async fn cross_references(&self, id: &Cx, domains: &[Hd]) -> Result<Option<Vec<Cx>>> {
        Ok(self.identities.cross_references(id, domains))
    }

    async fn find(&self, query: &PatientQuery, page: Page) -> Result<Found> {
        self.identities.find(query, page).await
    }

    async fn changes_since(&self, number: u64, limit: usize) -> Result<Vec<Change>> {
        self.identities.changes_since(number, limit).await
    }

    async fn history(&self, id: &Cx, limit: usize) -> Result<Option<Vec<Event>>> {
        self.identities.history(id, limit).await
    }

    async fn reviews(&self, state: ReviewState, after: u64, limit: usize) -> Result<Vec<Review>> {
        self.identities.reviews(state, after, limit).await
    }
}

impl Shelf for PostgresStore {
    async fn put(&self, note: Note) -> Result<()> {
        self.identities.put(note).await
    }

    async fn note(&self, kind: &'static str, key: &str) -> Result<Option<Vec<u8>>> {
        self.identities.note(kind, key).await
    }

    async fn remove(&self, kind: &'static str, key: &str) -> Result<()> {
        self.identities.remove(kind, key).await
    }
}
