//! ITI-20 record stores of the Audit Record Repository (ITI TF-2 3.20.4.1.3.2): the search index
//! behind its trail. A store holds what records say, under the numbers they have in the trail; the
//! messages themselves lie in the trail alone, so a store that is lost is made again from it.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod body;
mod export;
mod memory;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod received;
mod search;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stored;
mod summary;
mod terms;
#[cfg(test)]
mod tests;

pub use export::ExportFormat;
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use received::ReceivedRecord;
pub use search::{Cursor, Order, Search};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteStore, import_version_1};
pub use stored::StoredRecord;
pub use summary::RecordSummary;

use std::future::Future;
use std::sync::Arc;

/// Why a store could not do it.
#[derive(Debug, thiserror::Error)]
#[error("record store: {0}")]
pub struct StoreError(pub String);

/// Finds audit records. What is applied need not survive a crash, but what survives is whole up to
/// `applied`: the repository applies the rest again.
pub trait RecordStore: Send + Sync + 'static {
    /// Takes records in, all or nothing, in growing order of sequence. Those up to `applied` are
    /// passed over; numbers may be missing.
    fn apply(
        &self,
        records: Vec<StoredRecord>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The sequence of the last record taken in; 0: none.
    fn applied(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Finds records, one page in the order asked for.
    fn search(
        &self,
        search: &Search,
    ) -> impl Future<Output = Result<Vec<StoredRecord>, StoreError>> + Send;

    /// How many records there are. May take long.
    fn count(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes records before this sequence; how many.
    fn forget(&self, before: u64) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes everything, to begin anew: `applied` is 0 again.
    fn clear(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl<S: RecordStore> RecordStore for Arc<S> {
    fn apply(
        &self,
        records: Vec<StoredRecord>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::apply(self, records)
    }

    fn applied(&self) -> impl Future<Output = Result<u64, StoreError>> + Send {
        S::applied(self)
    }

    fn search(
        &self,
        search: &Search,
    ) -> impl Future<Output = Result<Vec<StoredRecord>, StoreError>> + Send {
        S::search(self, search)
    }

    fn count(&self) -> impl Future<Output = Result<u64, StoreError>> + Send {
        S::count(self)
    }

    fn forget(&self, before: u64) -> impl Future<Output = Result<u64, StoreError>> + Send {
        S::forget(self, before)
    }

    fn clear(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        S::clear(self)
    }
}
