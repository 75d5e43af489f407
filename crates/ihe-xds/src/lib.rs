//! IHE XDS.b: who knows which documents exist about a patient, and where they are (ITI TF-1 10).
//!
//! `metadata` is the model, `ebrim` its form on the wire, `validate` what a receiver refuses; the transactions
//! `iti18`, `iti41`, `iti42`, `iti43` and `iti61` are pure words. With feature `server` come the actors' stores.

pub mod affinity;
pub mod ebrim;
pub mod error;
pub mod metadata;
pub mod validate;

mod transaction;
pub use transaction::{audit, iti18, iti41, iti42, iti43, iti61, registry_response};

#[cfg(feature = "server")]
pub mod store;

mod actor;
pub use actor::*;
