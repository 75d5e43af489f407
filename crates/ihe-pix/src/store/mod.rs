//! Where identities are kept: which ids there are, and which of them are one person.
//!
//! Three stores, [`MemoryStore`], `SqliteStore` and `PostgresStore`, with one set of rules (`engine`) and
//! one contract ([`contract`]) that also checks a vendor's own.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod alone;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod batch;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod codes;
pub mod contract;
pub(crate) mod engine;
mod identities;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod search;
mod shelf;
#[cfg(feature = "sqlite")]
mod sqlite;
mod verbs;

use std::future::Future;

use hl7v2::ack::Refusal;
use hl7v2::datatype::{Cx, Hd};

use crate::PatientRecord;
use crate::identity::{Action, By, Event, Found, Page, PatientQuery, Review, ReviewState};

pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use shelf::{Note, Shelf};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// What an action did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The number of the last change to any cross-reference set; 0: there was none yet.
    pub last_change: u64,
}

/// Why an action was not done. Nothing of it is then stored.
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
#[derive(Clone, Debug, thiserror::Error)]
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
    /// Somebody else has it open.
    #[error("identity store: open in another process; stop that one, or open another store")]
    InUse,
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
    /// The set's identities **now**, the oldest first, each with exactly one id. Empty: the
    /// identity that the set was told of is no longer in use.
    pub members: Vec<PatientRecord>,
}

/// Patient identities and their cross-references. Authorities are those of the configured
/// domains, already complete. A store has one match policy, given when it is opened.
///
/// What an action did is acknowledged when it is durable. A query at the same time may see it a moment before that.
pub trait IdentityStore: Send + Sync + 'static {
    /// Does one action in one transaction, durably, and matches anew what it touched. Actions are
    /// done in the order of the calls. Ids of one PID-3 are one person.
    fn apply(
        &self,
        action: Action,
        by: By,
    ) -> impl Future<Output = Result<Applied, ApplyError>> + Send;

    /// The other ids of this person, of these domains or of all; ids of one domain next to each
    /// other (V2-R-035). `None`: the id is not known.
    fn cross_references(
        &self,
        id: &Cx,
        domains: &[Hd],
    ) -> impl Future<Output = Result<Option<Vec<Cx>>, StoreError>> + Send;

    /// People for whom everything asked holds, in the order of their numbers, which stays: at most `page.limit`, after
    /// `page.after`. Each comes once, with all its ids (or those of the domains asked) and the demographics fed last.
    /// Nobody is left out; where reading went on for too long (`page.effort`), fewer come, and `next` says where to go on.
    fn find(
        &self,
        query: &PatientQuery,
        page: Page,
    ) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Changes after this number, in order, at most `limit`.
    fn changes_since(
        &self,
        number: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Change>, StoreError>> + Send;

    /// What happened to this id, the newest first, at most `limit`. `None`: the id is not known.
    fn history(
        &self,
        id: &Cx,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Vec<Event>>, StoreError>> + Send;

    /// Reviews in this state after this number, in order, at most `limit`.
    fn reviews(
        &self,
        state: ReviewState,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Review>, StoreError>> + Send;
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
