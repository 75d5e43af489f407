//! The words at the operator's door: one JSON line asks, one JSON line answers.

mod order;
mod reply;

pub(crate) use order::{Ask, Order, State};
pub(crate) use reply::{Demographics, Event, Reply, Review};
