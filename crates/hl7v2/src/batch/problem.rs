//! What is wrong with a batch file, and where.

use std::fmt;

/// Something wrong, or forgiven, at a place of the file. Holds no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Byte offset of the line it is about.
    pub offset: u64,
    /// What it is.
    pub kind: ProblemKind,
}

/// Kinds of problems. The first five are habits of senders and reported once per file, where they first occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// Messages without FHS and BHS around them.
    NoEnvelope,
    /// A byte order mark.
    ByteOrderMark,
    /// MLLP frames (0x0B before a message).
    Framing,
    /// A file separator (0x1C) after a message: SS-MIX2 files and MLLP dumps.
    FileSeparator,
    /// Lines end with LF or CR LF.
    LineFeed,
    /// UTF-16 text, which HL7 v2 files are not read in: convert it first. Nothing of the file is read.
    Utf16,
    /// Lines that belong to no message. Runs of them are reported once.
    Stray,
    /// A message larger than the limit; it is left out.
    MessageTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A line longer than the limit; its message is left out.
    LineTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// More batches than the limit; reading stops.
    TooManyBatches {
        /// The limit.
        limit: u64,
    },
    /// FHS, BHS, BTS or FTS that cannot be read; it is left out.
    UnreadableEnvelope,
    /// A batch that began with BHS has no BTS.
    MissingBatchTrailer,
    /// A file that began with FHS has no FTS.
    MissingFileTrailer,
    /// BTS without BHS.
    MissingBatchHeader,
    /// FTS without FHS.
    MissingFileHeader,
    /// BTS-1 is not the number of messages.
    MessageCount {
        /// What BTS-1 says.
        declared: u64,
        /// What there is.
        found: u64,
    },
    /// FTS-1 is not the number of batches.
    BatchCount {
        /// What FTS-1 says.
        declared: u64,
        /// What there is.
        found: u64,
    },
    /// BTS-1 or FTS-1 is not a number.
    UnreadableCount,
}

impl ProblemKind {
    /// A habit of the sender, reported once.
    pub(super) fn is_habit(&self) -> bool {
        matches!(
            self,
            ProblemKind::NoEnvelope
                | ProblemKind::ByteOrderMark
                | ProblemKind::Framing
                | ProblemKind::FileSeparator
                | ProblemKind::LineFeed
        )
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemKind::MessageTooLarge { limit } => {
                write!(f, "message larger than {limit} bytes, left out")
            }
            ProblemKind::LineTooLong { limit } => {
                write!(f, "line longer than {limit} bytes, left out")
            }
            ProblemKind::TooManyBatches { limit } => {
                write!(f, "more than {limit} batches, the rest is not read")
            }
            ProblemKind::MessageCount { declared, found } => {
                write!(f, "BTS-1 says {declared} messages, there are {found}")
            }
            ProblemKind::BatchCount { declared, found } => {
                write!(f, "FTS-1 says {declared} batches, there are {found}")
            }
            plain => f.write_str(text(plain)),
        }
    }
}

fn text(kind: &ProblemKind) -> &'static str {
    match kind {
        ProblemKind::NoEnvelope => "messages without FHS or BHS",
        ProblemKind::ByteOrderMark => "byte order mark",
        ProblemKind::Framing => "MLLP frames in a file",
        ProblemKind::FileSeparator => "file separator byte after a message",
        ProblemKind::LineFeed => "line feeds end the lines",
        ProblemKind::Utf16 => "UTF-16, not read: convert the file first",
        ProblemKind::Stray => "lines outside of a message",
        ProblemKind::UnreadableEnvelope => "unreadable envelope segment",
        ProblemKind::MissingBatchTrailer => "batch without BTS",
        ProblemKind::MissingFileTrailer => "file without FTS",
        ProblemKind::MissingBatchHeader => "BTS without BHS",
        ProblemKind::MissingFileHeader => "FTS without FHS",
        _ => "count is not a number",
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.kind)
    }
}

impl std::error::Error for Problem {}
