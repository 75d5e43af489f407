//! Checkpoints: what the repository states about the whole trail at one moment, and signs. A person
//! files the text off the machine; from then on nobody, the repository included, can change, remove
//! or insert a record before it unnoticed.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::trail::TrailError;
use crate::trail::hash::{self, TrailHash};
use crate::trail::signed::Signed;
use crate::trail::signer::{TrailKey, TrailSigner};
use crate::trail::text::{self, Lines};

const TITLE: &str = "Renkei audit trail checkpoint 1";

/// What a checkpoint states.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) trail: [u8; 16],
    pub(crate) number: u64,
    pub(crate) previous: TrailHash,
    pub(crate) sequence: u64,
    pub(crate) chain: TrailHash,
    pub(crate) root: TrailHash,
}

/// A signed checkpoint. Its text (`Display`, `parse`), each line ended by a line feed:
///
/// ```text
/// Renkei audit trail checkpoint 1
/// trail: 32 hexadecimal digits, the trail's id
/// number: of the checkpoint, from 1
/// previous: SHA-256 of the text of checkpoint number - 1; zeros for the first
/// sequence: of the last record covered; 0: none
/// chain: the chain head after that record
/// root: the Merkle tree hash (RFC 6962) over records 1 to sequence
/// time: when it was signed, RFC 3339 in UTC, nine digits
/// clock: what was known of the clock
/// key: SHA-256 of the public key (SubjectPublicKeyInfo, DER)
/// signature: base64, over all lines before this one
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The trail's id.
    pub trail: [u8; 16],
    /// Number of the checkpoint, from 1.
    pub number: u64,
    /// SHA-256 of the text of the checkpoint before; zeros for the first.
    pub previous: TrailHash,
    /// The last record it covers; 0: none.
    pub sequence: u64,
    /// The chain head after that record.
    pub chain: TrailHash,
    /// The Merkle tree hash over records 1 to `sequence`.
    pub root: TrailHash,
    /// When it was signed.
    pub time: DateTime<Utc>,
    /// What was known of the clock.
    pub clock: String,
    signed: Signed,
}

impl Checkpoint {
    pub(crate) fn sign(
        statement: &Statement,
        signer: &TrailSigner,
    ) -> Result<Checkpoint, TrailError> {
        let (time, clock) = (Utc::now(), signer.clock());
        let mut text = format!("{TITLE}\n");
        text::line(&mut text, "trail", hash::hex(&statement.trail));
        text::line(&mut text, "number", statement.number);
        text::line(&mut text, "previous", statement.previous);
        text::line(&mut text, "sequence", statement.sequence);
        text::line(&mut text, "chain", statement.chain);
        text::line(&mut text, "root", statement.root);
        text::line(&mut text, "time", text::time_text(time));
        text::line(&mut text, "clock", text::one_line(&clock));
        let signed = Signed::sign(text, signer)?;
        Checkpoint::parse(signed.text())
    }

    /// Reads the exact form; the signature is checked by `check`.
    pub fn parse(text: &str) -> Result<Checkpoint, TrailError> {
        let mut lines = Lines::after_title("checkpoint", TITLE, text)?;
        Ok(Checkpoint {
            trail: lines.trail()?,
            number: lines.number("number")?,
            previous: lines.hash("previous")?,
            sequence: lines.number("sequence")?,
            chain: lines.hash("chain")?,
            root: lines.hash("root")?,
            time: lines.time("time")?,
            clock: lines.words("clock")?.to_owned(),
            signed: Signed::read(text, lines)?,
        })
    }

    /// Whether one of these keys signed it.
    pub fn check(&self, key: &TrailKey) -> Result<(), TrailError> {
        let checked = match Checkpoint::parse(self.text()) {
            Ok(signed) if signed == *self => self.signed.check(key),
            _ => Err("it was changed after it was read"),
        };
        checked.map_err(|why| TrailError::NotProven(format!("checkpoint {}: {why}", self.number)))
    }

    pub(crate) fn text(&self) -> &str {
        self.signed.text()
    }

    /// What the next checkpoint calls `previous`.
    pub(crate) fn hash(&self) -> TrailHash {
        TrailHash::of(self.text().as_bytes())
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
