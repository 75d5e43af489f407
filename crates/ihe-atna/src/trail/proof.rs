//! The Merkle proof of one record: with a checkpoint and the record's bytes it shows, without the
//! trail, that the record lay in the trail when the checkpoint was signed (RFC 6962 2.1.1).

use std::fmt;

use crate::trail::checkpoint::Checkpoint;
use crate::trail::hash::{self, TrailHash};
use crate::trail::signer::TrailKey;
use crate::trail::text::{self, Lines};
use crate::trail::tree;
use crate::trail::{KeptRecord, TrailError};

const TITLE: &str = "Renkei audit trail proof 1";

/// A proof for one record. Its text (`Display`, `parse`), each line ended by a line feed:
///
/// ```text
/// Renkei audit trail proof 1
/// trail: 32 hexadecimal digits, the trail's id
/// sequence: of the record
/// size: records in the tree: the sequence of the checkpoint
/// path: hashes beside the way from the record to the root, parted by blanks; or "none"
/// ```
///
/// It needs no signature: it leads to the root in the signed checkpoint, or it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    trail: [u8; 16],
    sequence: u64,
    size: u64,
    path: Vec<TrailHash>,
}

impl Proof {
    pub(crate) fn new(trail: [u8; 16], sequence: u64, size: u64, path: Vec<TrailHash>) -> Proof {
        Proof {
            trail,
            sequence,
            size,
            path,
        }
    }

    /// The record's place in the trail.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The `sequence` of the checkpoint it leads to.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads the exact form.
    pub fn parse(text: &str) -> Result<Proof, TrailError> {
        let mut lines = Lines::after_title("proof", TITLE, text)?;
        let trail = lines.trail()?;
        let sequence = lines.number("sequence")?;
        let size = lines.number("size")?;
        let path = lines.hashes("path")?;
        lines.end()?;
        if sequence == 0 || sequence > size || size >= 1 << 62 || path.len() > 64 {
            return Err(lines.wrong("sequence, size and path do not fit together"));
        }
        Ok(Proof::new(trail, sequence, size, path))
    }

    /// Whether the record of these bytes (`KeptRecord::to_bytes`) lies at its place in the trail that
    /// the checkpoint is of. Needs nothing else.
    pub fn check(
        &self,
        record: &[u8],
        checkpoint: &Checkpoint,
        key: &TrailKey,
    ) -> Result<(), TrailError> {
        checkpoint.check(key)?;
        let not = |why: &str| {
            Err(TrailError::NotProven(format!(
                "record {}: {why}",
                self.sequence
            )))
        };
        if checkpoint.trail != self.trail || checkpoint.sequence != self.size {
            return not("the proof is for another checkpoint");
        }
        match KeptRecord::split(record) {
            Some((sequence, rest)) if sequence == self.sequence => {
                let leaf = hash::leaf(sequence, rest);
                match tree::climb(sequence - 1, self.size, leaf, &self.path) {
                    Some(root) if root == checkpoint.root => Ok(()),
                    _ => not("it is not the record that the checkpoint covers"),
                }
            }
            _ => not("these are not its bytes"),
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{TITLE}\n");
        text::line(&mut text, "trail", hash::hex(&self.trail));
        text::line(&mut text, "sequence", self.sequence);
        text::line(&mut text, "size", self.size);
        text::hashes(&mut text, "path", &self.path);
        f.write_str(&text)
    }
}
