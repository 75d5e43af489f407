//! What is done to patient identities, by whom, and what remains to be told of it.
//!
//! The words between actors and stores: a transaction is decoded to an [`Action`], an operator's command is one, and a
//! store applies it whole or not at all.

mod action;
#[cfg(feature = "server")]
mod history;
mod query;

pub use action::{Action, By, Merge};
#[cfg(feature = "server")]
pub use history::{Event, Review, ReviewState, What};
pub use query::{FieldPattern, Found, NamePattern, Page, PatientQuery, Person, Segment};
