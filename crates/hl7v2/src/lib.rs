//! HL7 v2 messages in the "ER7" form (HL7 v2.5 chapter 2): parse, address, build, acknowledge, carry over MLLP.
//!
//! One generic [`Message`] over decoded text; no class per segment. The text is decoded *before* it is split, because the
//! second byte of a two-byte Japanese character may look like a delimiter.
//!
//! ```
//! let message = hl7v2::Message::parse(
//!     b"MSH|^~\\&|HIS|WARD|PIX|HUB|20260315093012||ADT^A04^ADT_A01|1|P|2.3.1\rPID|||42^^^&1.2.3&ISO||DOE^J\\T\\J\r",
//! )?;
//! assert_eq!(message.raw("PID-3.4.2"), Some("1.2.3"));
//! assert_eq!(message.value("PID-5.2").as_deref(), Some("J&J"));
//! # Ok::<(), hl7v2::ParseError>(())
//! ```
//!
//! The crate knows no IHE profile and no TLS. With the feature `mllp` (default) it also frames messages over any stream.

pub mod ack;
pub mod batch;
pub mod build;
pub mod charset;
pub mod datatype;
pub mod escape;
mod message;
#[cfg(feature = "mllp")]
pub mod mllp;
pub mod path;
mod separators;
pub mod structure;
mod tolerance;

pub use message::{
    Component, EditError, Field, Header, Limits, Message, NULL, ParseError, ParseOptions, Presence,
    Repetition, Segment, Terminators,
};
pub use separators::Separators;
pub use tolerance::Tolerance;
