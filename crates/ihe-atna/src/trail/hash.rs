//! SHA-256 as the trail uses it: leaves, the chain and the inner nodes of the Merkle tree, each with
//! a first byte of its own (RFC 6962 2.1: 0 leaf, 1 node; ours: 2 chain).

use std::fmt;

use sha2::{Digest, Sha256};

/// A SHA-256 value; prints as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TrailHash(pub(crate) [u8; 32]);

impl TrailHash {
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Of any bytes.
    pub(crate) fn of(bytes: &[u8]) -> TrailHash {
        TrailHash(Sha256::digest(bytes).into())
    }

    /// Reads exactly 64 lower-case hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<TrailHash> {
        unhex(text).map(TrailHash)
    }
}

impl fmt::Display for TrailHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TrailHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A leaf: one record's sequence and bytes.
pub(crate) fn leaf(sequence: u64, rest: &[u8]) -> TrailHash {
    let mut hasher = Sha256::new();
    let mut head = [0; 9];
    head[1..].copy_from_slice(&sequence.to_le_bytes());
    hasher.update(head);
    hasher.update(rest);
    TrailHash(hasher.finalize().into())
}

/// An inner node of the Merkle tree.
pub(crate) fn node(left: TrailHash, right: TrailHash) -> TrailHash {
    pair(1, left, right)
}

/// The chain head after a record.
pub(crate) fn link(before: TrailHash, leaf: TrailHash) -> TrailHash {
    pair(2, before, leaf)
}

/// The chain head before the first record.
pub(crate) fn start(trail: &[u8; 16]) -> TrailHash {
    let mut bytes = b"Renkei audit trail".to_vec();
    bytes.extend_from_slice(trail);
    TrailHash::of(&bytes)
}

fn pair(kind: u8, left: TrailHash, right: TrailHash) -> TrailHash {
    let mut bytes = [0; 65];
    bytes[0] = kind;
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    TrailHash::of(&bytes)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Exactly N bytes of lower-case hexadecimal digits.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
