//! What PID, MRG and the order of segments say, read once for all feeds (ITI-8, ITI-30).

mod identifiers;
mod merges;
mod pid;
mod structure;

pub(crate) use identifiers::Context;
pub(crate) use merges::merges;
pub(crate) use pid::{ids, patient};
pub(crate) use structure::{absent, of, order, required_field, single};
