//! Minimal Lower Layer Protocol (ITI TF-2 Appendix C; HL7 v2.5 Transport Specification: MLLP, Release 1).
//!
//! A frame is `0x0B message 0x1C 0x0D`. Streams come from the caller, so TLS is not known here.
//!
//! | to | use |
//! |---|---|
//! | answer on one stream | [`serve_stream`] |
//! | accept, bound and stop many connections | [`Server`] over anything that is [`Listen`] |
//! | ask, one message after the other | [`Client`] |
//! | ask with several messages under way | [`Pipeline`] |
//! | ask over several connections that are opened again | [`Pool`] |
//! | find frames yourself | [`Reader`], [`Codec`] |
//!
//! Answers are in the order of the requests everywhere. Nothing is queued beyond [`Limits::in_flight`], no message is sent
//! twice unless asked for, and no task outlives what it serves by more than its limits. What peers get wrong is forgiven
//! within bounds and counted: see [`Tolerated`].

mod backoff;
mod client;
mod codec;
mod error;
mod frame;
mod limits;
mod line;
mod order;
mod pipeline;
mod pool;
mod server;
mod serving;
#[cfg(test)]
mod tests;
mod wire;

pub use client::Client;
use codec::breaks_frame;
pub use codec::{Codec, Tolerated};
pub use error::Error;
pub use frame::Reader;
pub use limits::Limits;
pub use order::begun;
pub use pipeline::{Answer, Matching, Pipeline};
pub use pool::{Health, Pool};
pub use server::{AtBound, Listen, Server};
pub use serving::serve_stream;

/// First byte of a frame.
pub const START: u8 = 0x0B;
/// Last but one byte of a frame; CR follows.
pub const END: u8 = 0x1C;
