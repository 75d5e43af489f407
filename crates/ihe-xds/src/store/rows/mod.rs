//! The registry as rows, the same in every database: what a backend does with them, and nothing of what they mean.
//!
//! Every object is one row at a [`Place`]. Beside it `uuids` and `unique_ids` lead from an identifier to a place, and
//! `links` from a place to the associations that touch it.

mod batch;
mod key;
mod look;
mod place;
#[cfg(test)]
mod tests;

pub(crate) use batch::Batch;
pub(crate) use key::{unique_id_key, uuid_key};
pub(crate) use look::Look;
pub(crate) use place::{Kind, Place};

use super::StoreError;
use std::ops::ControlFlow;

/// A stored object.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) place: Place,
    /// availabilityStatus: Approved, or else Deprecated.
    pub(crate) approved: bool,
    /// Folder.lastUpdateTime.
    pub(crate) updated: Option<&'a str>,
    /// Everything else.
    pub(crate) form: &'a [u8],
}

/// Takes rows one by one; `Break` when it wants no more.
pub(crate) type Take<'a> = &'a mut dyn FnMut(Row<'_>) -> Result<ControlFlow<()>, StoreError>;

/// Keys of identifiers.
pub(crate) type Keys<'a> = &'a mut dyn Iterator<Item = Vec<u8>>;

/// A patient id that was fed, or that an object names.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Patient {
    /// What its objects' places begin with; from 1.
    pub(crate) number: i64,
    /// Whether it was fed (ITI-8).
    pub(crate) fed: bool,
    /// The id it was merged into.
    pub(crate) merged_into: Option<String>,
}

/// Which end of an association an object is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Source = 0,
    Target = 1,
}

/// What is read of the tables, inside one transaction.
pub(crate) trait Rows {
    fn patient(&self, id: &str) -> Result<Option<Patient>, StoreError>;
    /// Ids directly merged into `id`.
    fn merged_into(&self, id: &str) -> Result<Vec<String>, StoreError>;
    fn place(&self, uuid: &[u8]) -> Result<Option<Place>, StoreError>;
    /// The object of this UUID.
    fn at_uuid(&self, uuid: &[u8], take: Take<'_>) -> Result<(), StoreError>;
    /// Objects of any kind with this uniqueId's key, in order of place.
    fn at_unique_id(&self, key: &[u8], take: Take<'_>) -> Result<(), StoreError>;
    /// Objects from `first` to `last`, in order of place.
    fn between(&self, first: Place, last: Place, take: Take<'_>) -> Result<(), StoreError>;
    /// Associations that have this object at this end, in order of place.
    fn linked(&self, object: Place, side: Side, take: Take<'_>) -> Result<(), StoreError>;
    /// So many document entries whose UUIDs come after this one, in order of UUID.
    fn documents_after(&self, uuid: &[u8], limit: usize, take: Take<'_>) -> Result<(), StoreError>;
    /// The last place in use from `first` to `last`.
    fn last_between(&self, first: Place, last: Place) -> Result<Option<Place>, StoreError>;
    /// These will be asked for next: a backend far away fetches them at once.
    fn announce(&self, _uuids: Keys<'_>, _unique_ids: Keys<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What the one writer does to the tables. Between `begin` and `commit` it is one transaction; from `mark` on a part
/// of it can be undone.
pub(crate) trait Tables: Rows {
    fn begin(&mut self) -> Result<(), StoreError>;
    /// Durable when it returns.
    fn commit(&mut self) -> Result<(), StoreError>;
    /// Ends the transaction, if there still is one, and nothing of it was done.
    fn abandon(&mut self);
    fn mark(&mut self) -> Result<(), StoreError>;
    /// Keeps what was done since `mark`.
    fn keep(&mut self) -> Result<(), StoreError>;
    /// Undoes what was done since `mark`.
    fn undo(&mut self) -> Result<(), StoreError>;
    /// The number of a patient id, a new one for a new id. That does not make it known.
    fn number(&self, id: &str) -> Result<i64, StoreError>;
    /// Makes a patient id known.
    fn feed(&self, id: &str) -> Result<(), StoreError>;
    fn merge(&self, survivor: &str, subsumed: &str) -> Result<(), StoreError>;
    /// Makes the objects of these UUIDs Deprecated.
    fn deprecate(&self, uuids: &[Vec<u8>]) -> Result<(), StoreError>;
    /// Sets the lastUpdateTime of these folders.
    fn touch(&self, uuids: &[Vec<u8>], time: &str) -> Result<(), StoreError>;
    fn insert(&self, batch: &Batch) -> Result<(), StoreError>;
}
