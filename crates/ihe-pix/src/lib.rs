//! PIX: who is who. Patient Identifier Cross-referencing over HL7 v2 (ITI TF-1 5, ITI TF-2 3.8 to 3.10, 3.30, 3.64).
//!
//! Two floors. *Words* ([`iti8`], [`iti9`], [`iti10`], [`iti30`], [`iti64`], [`gate`]) are pure: a request type, `decode`, `encode`
//! and the audit description. *Residents* ([`PixSource`], [`PixConsumer`] and, with feature
//! `server`, `PixManager`, `AffinityDomainSource`) own a node and speak the words.
//!
//! ```
//! use hl7v2::datatype::{Cx, Hd};
//! use ihe_pix::{FeedPolicy, iti8};
//!
//! let policy = FeedPolicy::new([Hd::oid("1.2.3.4.1000")]);
//! let feed = b"MSH|^~\\&|HIS|WARD|PIX|REGION|20260315093012||ADT^A04|1|P|2.3.1\r\
//!              EVN|A04|20260315093000\r\
//!              PID|||0042^^^&1.2.3.4.1000&ISO||YAMADA^TARO||19580312|M\r\
//!              PV1||O\r";
//! let message = hl7v2::Message::parse(feed).expect("a message");
//! let feed = iti8::decode(&message, &policy).expect("a feed");
//! assert_eq!(feed.patient.ids, [Cx::new("0042", Hd::oid("1.2.3.4.1000"))]);
//! ```

mod actor;
mod domain;
mod error;
pub mod identity;
#[cfg(feature = "server")]
mod index;
#[cfg(feature = "server")]
pub mod matching;
#[cfg(feature = "server")]
pub mod operator;
mod record;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "synthetic")]
pub mod synthetic;
mod transaction;
pub mod visit;

pub use actor::*;
pub use domain::{Domain, FeedPolicy, Limits, SourceRule};
pub use error::Error;
#[cfg(feature = "server")]
pub use matching::{Decision, Deterministic, MatchPolicy, Probabilistic};
pub use record::PatientRecord;
#[cfg(feature = "postgres")]
pub use store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
#[cfg(feature = "server")]
pub use store::{IdentityStore, MemoryStore, Shelf};
pub use transaction::{AuditFacts, Side, gate, iti8, iti9, iti10, iti21, iti22, iti30, iti64};
