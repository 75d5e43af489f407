//! Records in the trail. On disk: length of the rest (u32), CRC-32 of the rest (u32), then the rest:
//! time of receipt in ns since 1970 (i64), flags (u8), length of the peer's name (u16), the name, the
//! message; all little-endian. The leaf hash covers the sequence (u64, little-endian) and the rest.

use chrono::{DateTime, Utc};

use crate::store::ReceivedRecord;
use crate::trail::RecordFlags;
use crate::trail::hash::{self, TrailHash};

/// Bytes before the rest.
pub(crate) const HEAD: usize = 8;
/// Bytes of the rest before the peer's name.
const FIXED: usize = 11;
/// Longest name of a peer; more is cut.
const LONGEST_PEER: usize = 255;
/// No message is longer, whatever the limits say.
pub(crate) const LONGEST: usize = 64 << 20;

/// A record in the trail.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRecord {
    /// Place in the trail, from 1, without gaps.
    pub sequence: u64,
    /// The record.
    pub record: ReceivedRecord,
}

impl KeptRecord {
    /// The bytes that the trail's hashes cover and `Proof::check` takes: sequence (u64), time of
    /// receipt in ns since 1970 (i64), flags (u8), length of the peer's name (u16), all
    /// little-endian, the name, the message.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.sequence.to_le_bytes().to_vec();
        write_rest(&mut bytes, &self.record);
        bytes
    }

    /// Reads what `to_bytes` writes; None: it is not that.
    pub fn from_bytes(bytes: &[u8]) -> Option<KeptRecord> {
        let (sequence, rest) = KeptRecord::split(bytes)?;
        KeptRecord::from_rest(sequence, rest)
    }

    pub(crate) fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
        let (sequence, rest) = bytes.split_first_chunk()?;
        Some((u64::from_le_bytes(*sequence), rest))
    }

    pub(crate) fn from_rest(sequence: u64, rest: &[u8]) -> Option<KeptRecord> {
        let (peer, raw) = peer_and_raw(rest)?;
        let record = ReceivedRecord {
            received: DateTime::from_timestamp_nanos(time(rest)?),
            peer: std::str::from_utf8(peer).ok()?.to_owned(),
            raw: raw.to_vec(),
            flags: RecordFlags::from_bits(*rest.get(8)?),
        };
        Some(KeptRecord { sequence, record })
    }
}

/// Bytes it takes on disk.
pub(crate) fn size(record: &ReceivedRecord) -> usize {
    HEAD + FIXED + record.peer.len().min(LONGEST_PEER) + record.raw.len()
}

/// Appends a record as it lies on disk; answers its leaf hash and its time.
pub(crate) fn write(
    buffer: &mut Vec<u8>,
    sequence: u64,
    record: &ReceivedRecord,
) -> (TrailHash, i64) {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEAD]);
    write_rest(buffer, record);
    let (head, rest) = buffer[start..].split_at_mut(HEAD);
    head[..4].copy_from_slice(&(rest.len() as u32).to_le_bytes());
    head[4..].copy_from_slice(&crc32fast::hash(rest).to_le_bytes());
    (hash::leaf(sequence, rest), nanos(record.received))
}

fn write_rest(bytes: &mut Vec<u8>, record: &ReceivedRecord) {
    let end = record.peer.floor_char_boundary(LONGEST_PEER);
    let peer = &record.peer.as_bytes()[..end];
    bytes.extend_from_slice(&nanos(record.received).to_le_bytes());
    bytes.push(record.flags.bits());
    bytes.extend_from_slice(&(peer.len() as u16).to_le_bytes());
    bytes.extend_from_slice(peer);
    bytes.extend_from_slice(&record.raw);
}

/// Years 1677 to 2262; what is beyond is put at the end of it.
fn nanos(time: DateTime<Utc>) -> i64 {
    let beyond = if time.timestamp() < 0 {
        i64::MIN
    } else {
        i64::MAX
    };
    time.timestamp_nanos_opt().unwrap_or(beyond)
}

/// The time of receipt in a rest.
pub(crate) fn time(rest: &[u8]) -> Option<i64> {
    rest.first_chunk().map(|bytes| i64::from_le_bytes(*bytes))
}

fn peer_and_raw(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = rest.get(9..FIXED)?.try_into().ok()?;
    let rest = rest.get(FIXED..)?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(length)))
}

/// One record of a frame's body, or what is wrong there.
pub(crate) type Found<'a> = Result<(u64, &'a [u8]), Wrong>;

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Where in the body.
    pub(crate) offset: usize,
    /// The record expected there.
    pub(crate) sequence: u64,
    pub(crate) what: &'static str,
}

/// The sequences and rests of the records in a frame's body; ends after the first wrong one.
pub(crate) fn records(first: u64, count: u32, body: &[u8]) -> impl Iterator<Item = Found<'_>> {
    let (mut offset, mut sequence) = (0, first);
    let end = first.saturating_add(u64::from(count));
    let mut going = true;
    std::iter::from_fn(move || {
        if !going || (sequence == end && offset == body.len()) {
            return None;
        }
        let found = if sequence == end {
            Err("more bytes than records")
        } else {
            read(&body[offset..])
        };
        match found {
            Ok(rest) => {
                let one = (sequence, rest);
                offset += HEAD + rest.len();
                sequence += 1;
                Some(Ok(one))
            }
            Err(what) => {
                going = false;
                Some(Err(Wrong {
                    offset,
                    sequence,
                    what,
                }))
            }
        }
    })
}

fn read(bytes: &[u8]) -> Result<&[u8], &'static str> {
    let (length, bytes) = bytes.split_first_chunk().ok_or("a record is missing")?;
    let (check, bytes) = bytes.split_first_chunk().ok_or("a record is missing")?;
    let length = u32::from_le_bytes(*length) as usize;
    let rest = bytes.get(..length).ok_or("a record is cut short")?;
    if crc32fast::hash(rest) != u32::from_le_bytes(*check) {
        return Err("a record does not fit its check");
    }
    match peer_and_raw(rest) {
        Some(_) => Ok(rest),
        None => Err("a record is too short"),
    }
}
