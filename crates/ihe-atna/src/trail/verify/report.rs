//! What verifying a trail found.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::trail::checkpoint::Checkpoint;
use crate::trail::stub::Stub;

/// What is wrong at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Bytes do not fit their checks.
    Damaged,
    /// Records are not those that were hashed or signed: changed, swapped, removed or inserted.
    Changed,
    /// Records are missing: a hole in the sequence.
    Missing,
    /// Records come twice or in another order.
    Repeated,
    /// A checkpoint is forged, changed, missing or in the wrong place.
    Checkpoint,
    /// A stub is forged, changed or does not fit its place.
    Stub,
    /// The trail ends before the filed checkpoint.
    Truncated,
    /// The trail holds other records or checkpoints than the filed checkpoint covers.
    Rewritten,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The file's name; empty when it concerns no single file.
    pub file: String,
    /// Where in the file.
    pub offset: u64,
    /// The first record concerned.
    pub first: u64,
    /// The last record concerned, as near as can be told.
    pub last: u64,
    /// It lies after this time of receipt or checkpoint.
    pub after: Option<DateTime<Utc>>,
    /// It lies before this time of receipt or checkpoint.
    pub before: Option<DateTime<Utc>>,
    /// What it is, in words.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding {
            kind, first, last, ..
        } = self;
        write!(f, "{kind:?}: {}; records {first} to {last}", self.what)?;
        if !self.file.is_empty() {
            write!(f, "; {} at byte {}", self.file, self.offset)?;
        }
        if let Some(after) = self.after {
            write!(f, "; after {after}")?;
        }
        if let Some(before) = self.before {
            write!(f, "; before {before}")?;
        }
        Ok(())
    }
}

/// What a filed checkpoint says about the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filed {
    /// None was given.
    NotGiven,
    /// The trail leads to it: everything up to this record is as it was then, retired records as
    /// their stubs say.
    Proven(u64),
    /// The trail does not lead to it; the findings say why.
    Contradicted,
    /// It lies within retired records and cannot be compared: take a later one.
    Retired,
}

/// What `verify` found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Records read.
    pub records: u64,
    /// The last record; 0: none.
    pub last: u64,
    /// Checkpoints read.
    pub checkpoints: u64,
    /// The last record that a signed checkpoint in the trail covers.
    pub signed: u64,
    /// The last checkpoint in the trail whose signature is good.
    pub checkpoint: Option<Checkpoint>,
    /// What was retired.
    pub stubs: Vec<Stub>,
    /// What the filed checkpoint says.
    pub filed: Filed,
    /// Bytes at the very end that are no whole frame: a write in progress, or one that a crash
    /// interrupted before it was acknowledged. Opening the trail cuts them off.
    pub torn: u64,
    /// Ends that were cut off when the trail was opened after crashes: names of files.
    pub cuts: Vec<String>,
    /// What is wrong, in the order of the trail; at most 1,000.
    pub findings: Vec<Finding>,
    /// Further findings that are not listed.
    pub more: u64,
}

impl VerifyReport {
    /// Whether nothing is wrong. An unproven tail is not wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many records at the end are not proven: those after the filed checkpoint, or when none was
    /// given, those after the last signed one in the trail.
    pub fn unproven(&self) -> u64 {
        let proven = match self.filed {
            Filed::NotGiven => self.signed,
            Filed::Proven(sequence) => sequence,
            Filed::Contradicted | Filed::Retired => 0,
        };
        self.last.saturating_sub(proven)
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let VerifyReport { records, last, .. } = self;
        writeln!(f, "{records} records read, the last one is {last}")?;
        for stub in &self.stubs {
            let Stub { first, last, .. } = stub;
            writeln!(
                f,
                "records {first} to {last} retired {}: {}",
                stub.time, stub.reason
            )?;
        }
        for cut in &self.cuts {
            writeln!(f, "an unacknowledged end was cut off after a crash: {cut}")?;
        }
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        if self.more > 0 {
            writeln!(f, "and {} more findings", self.more)?;
        }
        if self.torn > 0 {
            writeln!(f, "{} bytes at the end are no whole frame", self.torn)?;
        }
        match self.filed {
            Filed::Proven(sequence) => {
                writeln!(f, "proven by the filed checkpoint: up to {sequence}")?
            }
            Filed::Contradicted => writeln!(f, "NOT what the filed checkpoint covers")?,
            Filed::Retired => writeln!(f, "the filed checkpoint lies within retired records")?,
            Filed::NotGiven => writeln!(
                f,
                "signed up to record {}; no filed checkpoint: who has the signing key, or removed the end, is not found",
                self.signed
            )?,
        }
        write!(f, "unproven tail: {} records", self.unproven())
    }
}
