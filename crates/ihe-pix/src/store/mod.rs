//! Where identities are kept: which ids there are, and which of them are one person.
//!
//! Two stores on day one, [`MemoryStore`] and `SqliteStore`, with one set of rules (`engine`) and
//! one contract ([`contract`]) that also checks a vendor's own.

pub mod contract;
mod engine;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::Future;
use std::sync::Arc;

use hl7v2::ack::Refusal;
use hl7v2::datatype::{Cx, Hd};

use crate::PatientRecord;
use crate::iti8::Feed;
use crate::matching::MatchPolicy;

pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// What a feed did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The number of the last change to any cross-reference set; 0: there was none yet.
    pub last_change: u64,
}

/// Why a feed was not applied. Nothing of it is then stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The store understands and says no: encode it.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the store failed. Never carries patient data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file was written by a newer release.
    #[error("identity store: schema {found} is newer than {supported}, which this release reads")]
    NewerSchema {
        /// Schema version of the file.
        found: i64,
        /// The newest this release knows.
        supported: i64,
    },
    /// The store has been closed.
    #[error("identity store: closed")]
    Closed,
    /// The driver or the disk failed.
    #[error("identity store: {0}")]
    Failed(String),
}

/// One change of a cross-reference set, as it is now (V2-R-013).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Rising, without a promise of no gaps.
    pub number: u64,
    /// The set's identities **now**, the oldest first, each with exactly one id. Empty: the set
    /// has since become part of another, which has its own change.
    pub members: Vec<PatientRecord>,
}

/// Patient identities and their cross-references. Authorities are those of the configured
/// domains, already complete.
pub trait IdentityStore: Send + Sync + 'static {
    /// Applies one feed in one transaction, durably, and re-runs matching for what it touched.
    /// Ids of one PID-3 are one person (explicitly linked); matched links are redone when
    /// demographics change.
    fn apply(
        &self,
        feed: Feed,
        policy: Arc<dyn MatchPolicy>,
    ) -> impl Future<Output = Result<Applied, ApplyError>> + Send;

    /// The other ids of this person, of these domains or of all; ids of one domain next to each
    /// other (V2-R-035). `None`: the id is not known.
    fn cross_references(
        &self,
        id: &Cx,
        domains: &[Hd],
    ) -> impl Future<Output = Result<Option<Vec<Cx>>, StoreError>> + Send;

    /// Changes after this number, in order, at most `limit`.
    fn changes_since(
        &self,
        number: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Change>, StoreError>> + Send;
}

/// How the store names an authority: by universal id, or by namespace where there is none.
pub(crate) fn authority_key(authority: &Hd) -> String {
    if authority.universal_id.is_empty() {
        return format!("ns:{}", authority.namespace_id);
    }
    authority.universal_id.clone()
}

/// Ids of these domains (none: of all), grouped by domain, otherwise in the order given.
pub(crate) fn grouped(mut ids: Vec<Cx>, domains: &[Hd]) -> Vec<Cx> {
    let asked: Vec<String> = domains.iter().map(authority_key).collect();
    ids.retain(|id| asked.is_empty() || asked.contains(&authority_key(&id.assigning_authority)));
    ids.sort_by_cached_key(|id| authority_key(&id.assigning_authority));
    ids
}
