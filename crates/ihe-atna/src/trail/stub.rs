//! Stubs: what stays of retired segments, signed, so that the trail can be verified over the gap.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::trail::TrailError;
use crate::trail::hash::{self, TrailHash};
use crate::trail::signed::Signed;
use crate::trail::signer::{TrailKey, TrailSigner};
use crate::trail::text::{self, Lines};
use crate::trail::tree::Run;

const TITLE: &str = "Renkei audit trail stub 1";

/// What a stub states, but for time, clock and signature.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) trail: [u8; 16],
    pub(crate) run: Run,
    pub(crate) segments: u64,
    pub(crate) bytes: u64,
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) chain_before: TrailHash,
    pub(crate) chain_after: TrailHash,
    pub(crate) root: TrailHash,
    pub(crate) checkpoints_before: u64,
    pub(crate) checkpoints_after: u64,
    pub(crate) checkpoint: TrailHash,
    pub(crate) reason: String,
}

/// What is left of retired segments. Its text (`Display`, `parse`), each line ended by a line feed:
///
/// ```text
/// Renkei audit trail stub 1
/// trail: 32 hexadecimal digits, the trail's id
/// first: the first record retired
/// last: the last record retired
/// segments: files removed
/// bytes: in those files
/// from: the earliest time of receipt
/// until: the latest time of receipt
/// chain-before: the chain head before the first record
/// chain-after: the chain head after the last record
/// root: the Merkle tree hash over records 1 to last
/// nodes: roots of the largest complete subtrees of records first to last, parted by blanks
/// checkpoints-before: number of the last checkpoint before
/// checkpoints-after: number of the last checkpoint in the segments
/// checkpoint: SHA-256 of the text of that checkpoint
/// reason: as given
/// time: when they were retired
/// clock: what was known of the clock
/// key: SHA-256 of the public key
/// signature: base64, over all lines before this one
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stub {
    /// The trail's id.
    pub trail: [u8; 16],
    /// The first record retired.
    pub first: u64,
    /// The last record retired.
    pub last: u64,
    /// Files removed.
    pub segments: u64,
    /// Bytes in those files.
    pub bytes: u64,
    /// The earliest time of receipt.
    pub from: DateTime<Utc>,
    /// The latest time of receipt.
    pub until: DateTime<Utc>,
    /// The chain head before the first record.
    pub chain_before: TrailHash,
    /// The chain head after the last record.
    pub chain_after: TrailHash,
    /// The Merkle tree hash over records 1 to `last`.
    pub root: TrailHash,
    /// Number of the last checkpoint before.
    pub checkpoints_before: u64,
    /// Number of the last checkpoint in the segments.
    pub checkpoints_after: u64,
    /// SHA-256 of the text of that checkpoint.
    pub checkpoint: TrailHash,
    /// Why.
    pub reason: String,
    /// When they were retired.
    pub time: DateTime<Utc>,
    /// What was known of the clock.
    pub clock: String,
    run: Run,
    signed: Signed,
}

impl Stub {
    pub(crate) fn sign(what: &Statement, signer: &TrailSigner) -> Result<Stub, TrailError> {
        let mut text = format!("{TITLE}\n");
        text::line(&mut text, "trail", hash::hex(&what.trail));
        text::line(&mut text, "first", what.run.start() + 1);
        text::line(&mut text, "last", what.run.end());
        text::line(&mut text, "segments", what.segments);
        text::line(&mut text, "bytes", what.bytes);
        text::line(&mut text, "from", text::time_text(what.from));
        text::line(&mut text, "until", text::time_text(what.until));
        text::line(&mut text, "chain-before", what.chain_before);
        text::line(&mut text, "chain-after", what.chain_after);
        text::line(&mut text, "root", what.root);
        text::hashes(&mut text, "nodes", what.run.nodes());
        text::line(&mut text, "checkpoints-before", what.checkpoints_before);
        text::line(&mut text, "checkpoints-after", what.checkpoints_after);
        text::line(&mut text, "checkpoint", what.checkpoint);
        text::line(&mut text, "reason", text::one_line(&what.reason));
        text::line(&mut text, "time", text::time_text(Utc::now()));
        text::line(&mut text, "clock", text::one_line(&signer.clock()));
        Stub::parse(Signed::sign(text, signer)?.text())
    }

    /// Reads the exact form; the signature is checked by `check`.
    pub fn parse(text: &str) -> Result<Stub, TrailError> {
        let mut lines = Lines::after_title("stub", TITLE, text)?;
        let trail = lines.trail()?;
        let first = lines.number("first")?;
        let last = lines.number("last")?;
        let segments = lines.number("segments")?;
        let bytes = lines.number("bytes")?;
        let (from, until) = (lines.time("from")?, lines.time("until")?);
        let chain_before = lines.hash("chain-before")?;
        let chain_after = lines.hash("chain-after")?;
        let root = lines.hash("root")?;
        let nodes = lines.hashes("nodes")?;
        let start = first.checked_sub(1).filter(|start| *start < last);
        let run = start
            .and_then(|start| Run::new(start, last, nodes))
            .ok_or_else(|| lines.wrong("first, last and nodes do not fit together"))?;
        Ok(Stub {
            trail,
            first,
            last,
            segments,
            bytes,
            from,
            until,
            chain_before,
            chain_after,
            root,
            checkpoints_before: lines.number("checkpoints-before")?,
            checkpoints_after: lines.number("checkpoints-after")?,
            checkpoint: lines.hash("checkpoint")?,
            reason: lines.words("reason")?.to_owned(),
            time: lines.time("time")?,
            clock: lines.words("clock")?.to_owned(),
            run,
            signed: Signed::read(text, lines)?,
        })
    }

    /// Whether one of these keys signed it.
    pub fn check(&self, key: &TrailKey) -> Result<(), TrailError> {
        let checked = match Stub::parse(self.text()) {
            Ok(signed) if signed == *self => self.signed.check(key),
            _ => Err("it was changed after it was read"),
        };
        let place = |why| format!("stub of records {} to {}: {why}", self.first, self.last);
        checked.map_err(|why| TrailError::NotProven(place(why)))
    }

    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    pub(crate) fn text(&self) -> &str {
        self.signed.text()
    }
}

impl fmt::Display for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
