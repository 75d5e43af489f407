//! A registry in a PostgreSQL database, in the same tables as in SQLite. What is acknowledged was committed with
//! `synchronous_commit = on`.
//!
//! Several processes may use one database: the writers take turns, by a lock that a group commit holds from its first
//! look to its commit, so each decides on what the others have committed. The rules read before they write; under
//! optimistic isolation they would have to be repeated just when there is most to do.

mod announced;
mod config;
mod read;
mod schema;
mod session;
#[cfg(test)]
mod tests;
mod write;

use super::StoreError;
use super::database::{Database, verbs};
use session::PostgresSession;

/// [`RegistryStore`](super::RegistryStore) in a PostgreSQL database (14 or newer).
pub struct PostgresStore {
    database: Database<PostgresSession>,
}

impl PostgresStore {
    /// Opens the registry in the first schema of the search path, making or upgrading its tables.
    ///
    /// `config` is a connection string of libpq: `host=/run/postgresql user=xds dbname=xds`, or
    /// `postgresql://xds@127.0.0.1/xds`. The connection is not encrypted. A server that is reached neither by a Unix
    /// socket nor by a loopback address (a tunnel) is therefore refused, unless `sslmode=disable` says that this is
    /// meant: patient data then goes over the network in the clear.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a later release made the tables; a server that cannot be used.
    pub async fn open(config: &str) -> Result<Self, StoreError> {
        let database = Database::open(config::parse(config)?).await?;
        Ok(Self { database })
    }
}

verbs!(PostgresStore);
