//! Options of the parser and the ways it fails.

use crate::ack::{ErrorCode, Location, Problem};
use crate::charset::Charset;
use crate::tolerance::Tolerance;

/// Bounds on one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size in bytes as received; the index of delimiters takes at most eight times as much memory (a message of
    /// nothing but delimiters), usually as much again. Default 16 MiB, and
    /// never above 1 GiB.
    pub bytes: usize,
    /// Number of segments. Default 100,000.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 16 << 20,
            segments: 100_000,
        }
    }
}

/// How to read a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Bounds on size and count.
    pub limits: Limits,
    /// The character set of messages whose MSH-18 is empty; default: ASCII, and UTF-8 or ISO-2022-JP if the bytes are
    /// plainly that.
    pub default_charset: Option<Charset>,
    /// Refuse what would be forgiven. Default: forgive.
    pub strict: bool,
    /// What may end a segment. Default: [`Terminators::Any`].
    pub terminators: Terminators,
}

/// What ends a segment. HL7 knows only CR (HL7 v2.5 section 2.5.4); files and some senders use the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Terminators {
    /// CR, LF or CR LF, mixed as they come; all but CR is reported as [`Tolerance::LineFeed`], which strict reading refuses.
    /// In a message with CR, a lone LF ends a segment only where the next one plainly begins; elsewhere it is text.
    #[default]
    Any,
    /// CR alone.
    Cr,
    /// LF alone, and no deviation.
    Lf,
    /// CR LF alone, and no deviation.
    CrLf,
}

/// Why bytes are not a message. Holds places and kinds, never content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// There is nothing.
    #[error("empty message")]
    Empty,
    /// More bytes than the limit.
    #[error("message larger than {limit} bytes")]
    TooLarge {
        /// The limit that was exceeded, in bytes.
        limit: usize,
    },
    /// More segments than the limit.
    #[error("more than {limit} segments")]
    TooManySegments {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The first segment is not MSH.
    #[error("the message does not begin with MSH")]
    NoHeader,
    /// MSH-1 or MSH-2 is not usable.
    #[error("unusable delimiters in MSH-1 or MSH-2")]
    BadSeparators,
    /// A segment does not begin with a three-character name.
    #[error("segment {number} has no name")]
    BadSegmentName {
        /// Which segment, from 1.
        number: usize,
    },
    /// A segment ends with another line end than [`ParseOptions::terminators`] asks for.
    #[error("segment {number} does not end with the required terminator")]
    WrongTerminator {
        /// Which segment, from 1.
        number: usize,
    },
    /// MSH-18 names a character set this crate does not know.
    #[error("character set in MSH-18 is not supported")]
    UnsupportedCharset,
    /// The bytes are not in the character set of the message.
    #[error("bytes at {offset} are not in the character set of the message ({charset})")]
    Undecodable {
        /// Byte offset in the message after its framing.
        offset: usize,
        /// The character set that was tried.
        charset: Charset,
    },
    /// Strict reading met something it would otherwise forgive.
    #[error("not tolerated: {0:?}")]
    NotTolerated(Tolerance),
}

impl ParseError {
    /// The error as an acknowledgement reports it (table 0357).
    pub fn problem(&self) -> Problem {
        let (code, location) = match self {
            ParseError::Empty | ParseError::NoHeader => {
                (ErrorCode::SEGMENT_SEQUENCE, Location::segment("MSH", 1))
            }
            ParseError::BadSeparators => (ErrorCode::DATA_TYPE, Location::field("MSH", 1, 2)),
            ParseError::UnsupportedCharset => {
                (ErrorCode::TABLE_VALUE, Location::field("MSH", 1, 18))
            }
            ParseError::Undecodable { .. } => (ErrorCode::DATA_TYPE, Location::field("MSH", 1, 18)),
            ParseError::BadSegmentName { .. } | ParseError::WrongTerminator { .. } => {
                return Problem::error(ErrorCode::SEGMENT_SEQUENCE, None, self.to_string());
            }
            ParseError::TooLarge { .. }
            | ParseError::TooManySegments { .. }
            | ParseError::NotTolerated(_) => {
                return Problem::error(ErrorCode::INTERNAL, None, self.to_string());
            }
        };
        Problem::error(code, location, self.to_string())
    }
}
