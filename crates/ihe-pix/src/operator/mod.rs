//! What an operator asks of identities: the queue of reviews, history, and corrections of what matching or a feed did.
//!
//! Pure words and [`handle`], one function over any store. [`PixManager::operate`](crate::PixManager::operate) adds the
//! audit record and tells everybody who waits for changes. How a request comes here (a socket, a web page) is the program's.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use hl7v2::datatype::{Cx, Hd};
//! use ihe_pix::identity::By;
//! use ihe_pix::operator::{self, Answer, Request};
//! use ihe_pix::{FeedPolicy, IdentityStore, MemoryStore, PatientRecord, iti8};
//!
//! let (store, policy) = (MemoryStore::new(), FeedPolicy::new([Hd::oid("1.2.3")]));
//! let ids = ["1", "2"].map(|id| Cx::new(id, Hd::oid("1.2.3")));
//! for id in &ids {
//!     let feed = iti8::Feed::register(PatientRecord::identified(id.clone()));
//!     store.apply(feed.into(), By::new("HIS|WARD", "message 1")).await?;
//! }
//! let [a, b] = ids;
//! let request = Request::Link { a: a.clone(), b };
//! let handled = operator::handle(&store, &policy, &By::new("sato", "one insurance card"), request).await;
//! assert!(matches!(handled.outcome, Ok(Answer::Done(_))));
//!
//! let request = Request::History { id: a, limit: 1 };
//! let handled = operator::handle(&store, &policy, &By::new("sato", ""), request).await;
//! let Ok(Answer::History(events)) = handled.outcome else { panic!("no history") };
//! assert_eq!((&*events[0].who, &*events[0].why), ("sato", "one insurance card"));
//! # Ok(())
//! # }
//! ```

mod audit;
mod desk;
#[cfg(test)]
mod tests;

use hl7v2::datatype::Cx;

use crate::identity::{Event, Review, ReviewState};
use crate::store::{Applied, StoreError};

pub use audit::{CODE_SYSTEM, audit};
pub use desk::handle;

/// The most reviews or events told at a time.
pub const MOST: usize = 1000;

/// What an operator asks. Ids name a configured domain by namespace or by universal id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// Pairs that wait for a decision, or were decided.
    Reviews {
        /// How they stand.
        state: ReviewState,
        /// Only those with a higher number.
        after: u64,
        /// At most so many, and [`MOST`].
        limit: usize,
        /// With the demographics of both; otherwise the records have nothing but their ids.
        demographics: bool,
    },
    /// What happened to an id, the newest first.
    History {
        /// The id; it need not be in use.
        id: Cx,
        /// At most so many events, and [`MOST`].
        limit: usize,
    },
    /// The two of an open review are one patient.
    Accept {
        /// Number of the review.
        review: u64,
    },
    /// The two of an open review are two patients.
    Reject {
        /// Number of the review.
        review: u64,
    },
    /// Two ids are one patient.
    Link {
        /// One id.
        a: Cx,
        /// The other.
        b: Cx,
    },
    /// Two linked ids are two patients, for good.
    Unlink {
        /// One id.
        a: Cx,
        /// The other.
        b: Cx,
    },
    /// An id was linked to the wrong patient and belongs to another.
    Move {
        /// The id that moves.
        id: Cx,
        /// An id of the patient it belongs to.
        to: Cx,
    },
    /// Two ids of one domain were given to one patient; one of them goes (as A40).
    Merge {
        /// The id that stays.
        survivor: Cx,
        /// The id that goes.
        subsumed: Cx,
    },
    /// An id is no longer in use.
    Deactivate {
        /// The id.
        id: Cx,
    },
}

impl Request {
    /// One word for the audit trail.
    pub fn name(&self) -> &'static str {
        match self {
            Request::Reviews {
                demographics: true, ..
            } => "review-show",
            Request::Reviews { .. } => "review-list",
            Request::History { .. } => "history",
            Request::Accept { .. } => "review-accept",
            Request::Reject { .. } => "review-reject",
            Request::Link { .. } => "link",
            Request::Unlink { .. } => "unlink",
            Request::Move { .. } => "move",
            Request::Merge { .. } => "merge",
            Request::Deactivate { .. } => "deactivate",
        }
    }

    /// The ids it names, in the order of the fields.
    fn ids_mut(&mut self) -> Vec<&mut Cx> {
        match self {
            Request::Reviews { .. } | Request::Accept { .. } | Request::Reject { .. } => Vec::new(),
            Request::History { id, .. } | Request::Deactivate { id } => vec![id],
            Request::Link { a, b } | Request::Unlink { a, b } => vec![a, b],
            Request::Move { id, to } => vec![id, to],
            Request::Merge { survivor, subsumed } => vec![survivor, subsumed],
        }
    }
}

/// What an operator is told.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// To [`Request::Reviews`], by number.
    Reviews(Vec<Review>),
    /// To [`Request::History`].
    History(Vec<Event>),
    /// To everything else: it is stored.
    Done(Applied),
}

/// Why nothing was done. Says which id of the request, never the id.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// The authority is none of the configured domains.
    #[error("the {} id is of no domain of this region", ordinal(*.which))]
    UnknownDomain {
        /// Which id of the request, from 0.
        which: usize,
    },
    /// Never fed.
    #[error("the {} id is not known here; was it fed, and is it written as the feed has it?", ordinal(*.which))]
    UnknownId {
        /// Which id of the request, from 0.
        which: usize,
    },
    /// Merged, changed or deactivated.
    #[error("the {} id is no longer in use; its history says what became of it", ordinal(*.which))]
    NotInUse {
        /// Which id of the request, from 0.
        which: usize,
    },
    /// Both ids are the same.
    #[error("both ids are the same; give two")]
    SameId,
    /// A merge of ids of two domains.
    #[error("ids of two domains are linked, not merged; use link")]
    TwoDomains,
    /// To be parted, but not together.
    #[error("the two ids are not linked; their cross-references (PIX query) say what is")]
    NotLinked,
    /// No such review, or decided before.
    #[error("no open review has this number; list the open reviews")]
    NoOpenReview,
    /// The store refused.
    #[error("the store refused it: {0}")]
    Refused(hl7v2::ack::Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn ordinal(which: usize) -> &'static str {
    match which {
        0 => "first",
        _ => "second",
    }
}

/// How a request ended, and whom it was about.
#[derive(Clone, Debug)]
pub struct Handled {
    /// The answer, or why there is none.
    pub outcome: Result<Answer, Denied>,
    /// The ids named, or those of the reviews: for the audit trail.
    pub subjects: Vec<Cx>,
}
