//! A registry in one SQLite file (WAL, `synchronous = FULL`).
//!
//! Many processes may read and write it; what one of them commits, the others see.

mod migrate_1;
mod read;
mod schema;
mod session;
#[cfg(test)]
mod tests;
mod write;

use super::StoreError;
use super::database::{Database, verbs};
use session::SqliteSession;
use std::path::Path;

/// [`RegistryStore`](super::RegistryStore) in an SQLite file.
pub struct SqliteStore {
    database: Database<SqliteSession>,
}

impl SqliteStore {
    /// Opens or creates the file; one of an earlier release is brought to this one's schema.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a later release wrote it; disk errors.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let database = Database::open(path.as_ref().to_path_buf()).await?;
        Ok(Self { database })
    }
}

verbs!(SqliteStore);
