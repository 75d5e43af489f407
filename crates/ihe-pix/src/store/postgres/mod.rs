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

use super::StoreError;
use super::identities::Identities;
use crate::Probabilistic;
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

crate::store::verbs::verbs!(PostgresStore);
