//! Errors of the trail, sorted by who must act.

use std::io;

/// Why the trail could not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrailError {
    /// Another process, or another `Trail` of this one, has the directory open.
    #[error("trail {0} is in use")]
    InUse(String),
    /// The directory was written by a newer release.
    #[error("trail {path}: format {found} is newer than {known}, which this program knows")]
    Newer {
        /// The directory.
        path: String,
        /// The version found.
        found: u64,
        /// The newest version known here.
        known: u64,
    },
    /// Bytes on disk are not what was written. Nothing is skipped silently.
    #[error("trail damaged: {segment} at byte {offset}, from record {sequence} on: {what}")]
    Damaged {
        /// The file's name.
        segment: String,
        /// Where in the file.
        offset: u64,
        /// The record expected there.
        sequence: u64,
        /// The first record after the damage, where it can be told: to read on from.
        next: Option<u64>,
        /// What is wrong.
        what: String,
    },
    /// A record is longer than the limit; nothing of its batch was kept.
    #[error("record of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The disk refused; nothing of the batch was kept, and the next one is tried anew.
    #[error("trail: {0}")]
    Io(#[from] io::Error),
    /// The key cannot be read or cannot sign.
    #[error("trail key: {0}")]
    Key(String),
    /// A checkpoint, stub or proof is not in its exact form.
    #[error("{what}, line {line}: {why}")]
    Text {
        /// `checkpoint`, `stub` or `proof`.
        what: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It does not prove what it should.
    #[error("not proven: {0}")]
    NotProven(String),
    /// The record is not in the trail, or retired.
    #[error("record {0} is not in the trail")]
    NoRecord(u64),
    /// The trail's writer has ended.
    #[error("the trail is closed")]
    Closed,
}

impl TrailError {
    /// The same error for another caller of the same group.
    pub(crate) fn again(&self) -> TrailError {
        match self {
            TrailError::Key(what) => TrailError::Key(what.clone()),
            TrailError::Io(error) => io::Error::new(error.kind(), error.to_string()).into(),
            other => io::Error::other(other.to_string()).into(),
        }
    }
}
