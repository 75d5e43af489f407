//! Batches and files of messages (HL7 v2.5 section 2.10.3): `[FHS] { [BHS] { message } [BTS] } [FTS]`.
//!
//! [`Reader`] takes any [`std::io::Read`] and holds one message at a time, so a file may be larger than memory.
//! [`Splitter`] is the same without input: feed it bytes from anywhere, take items. Real files are forgiven: no envelope at
//! all, messages one after another, MLLP frames left around them, the 0x1C at the end of SS-MIX2 files, wrong counts. What is
//! wrong comes as an [`Item::Problem`] with its place; one bad message loses nothing of the others.
//!
//! ```
//! use hl7v2::batch::{Item, Reader};
//! let file = b"FHS|^~\\&|LAB\rBHS|^~\\&|LAB\rMSH|^~\\&|LAB|||||||1|P|2.5\rMSH|^~\\&|LAB|||||||2|P|2.5\rBTS|3\rFTS|1\r";
//! let mut control_ids = Vec::new();
//! for item in Reader::new(&file[..]) {
//!     match item? {
//!         Item::Message(found) => control_ids.push(found.parse()?.header().control_id),
//!         Item::Problem(problem) => assert_eq!(problem.to_string(), "byte 80: BTS-1 says 3 messages, there are 2"),
//!         _ => {}
//!     }
//! }
//! assert_eq!(control_ids, ["1", "2"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod envelope;
mod line;
mod order;
mod problem;
mod reader;
mod splitter;
#[cfg(test)]
mod tests;
mod writer;

pub use envelope::{EnvelopeHeader, Trailer};
pub use problem::{Problem, ProblemKind};
pub use reader::Reader;
pub use splitter::Splitter;
pub use writer::{WriteError, Writer};

use crate::{Message, ParseError, ParseOptions};
use std::fmt;

/// How a batch file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of one message. Default 16 MiB. A larger one is a problem and is left out.
    pub message: usize,
    /// Bytes of one line, which is a segment or an envelope segment. Default 16 MiB. A message with a longer one is left out.
    pub line: usize,
    /// Number of batches. Default 1,000,000. Reading stops there.
    pub batches: u64,
    /// Stop at the first problem, whatever it is. Default: report and go on.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            message: 16 << 20,
            line: 16 << 20,
            batches: 1_000_000,
            strict: false,
        }
    }
}

/// What a batch file holds, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// FHS.
    FileHeader(EnvelopeHeader),
    /// BHS.
    BatchHeader(EnvelopeHeader),
    /// One message, not parsed yet.
    Message(Found),
    /// BTS.
    BatchTrailer(Trailer),
    /// FTS.
    FileTrailer(Trailer),
    /// Something wrong or forgiven.
    Problem(Problem),
}

/// A message as it stands in the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Where its first byte is in the file.
    pub offset: u64,
    /// Which message of the file it is, from 1; those left out count.
    pub number: u64,
    /// From MSH to the last terminator; framing and blank lines around it are off.
    pub bytes: Vec<u8>,
}

impl Found {
    /// Reads it, leniently.
    pub fn parse(&self) -> Result<Message, ParseError> {
        Message::parse(&self.bytes)
    }

    /// Reads it with options of your own.
    pub fn parse_with(&self, options: &ParseOptions) -> Result<Message, ParseError> {
        Message::parse_with(&self.bytes, options)
    }
}

impl fmt::Debug for Found {
    /// Place and size only: no patient data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("offset", &self.offset)
            .field("number", &self.number)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
