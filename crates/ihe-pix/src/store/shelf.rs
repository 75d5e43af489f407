//! Notes that actors keep beside the identities: a continuation pointer, how far a consumer has been told.

use std::future::Future;

use chrono::{DateTime, Utc};

use super::StoreError;

/// A note to keep.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of note, e.g. `iti21-continuation`.
    pub kind: &'static str,
    /// Its name among its kind.
    pub key: String,
    /// What is kept.
    pub value: Vec<u8>,
    /// When it may be forgotten; `None`: never.
    pub expires: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Note")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Durable notes, few and small.
pub trait Shelf: Send + Sync + 'static {
    /// Keeps a note durably, in place of the one of the same name. If it can expire, those of its kind that have are forgotten.
    fn put(&self, note: Note) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The note of this name, unless it has expired.
    fn note(
        &self,
        kind: &'static str,
        key: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// Forgets the note of this name, if there is one.
    fn remove(
        &self,
        kind: &'static str,
        key: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
