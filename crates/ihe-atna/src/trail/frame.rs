//! Frames, of which a segment is made: one for each group of records that was synced together, one
//! for each checkpoint, and one at the beginning of the segment.
//!
//! Head: `ATF`, kind (u8), length of the body (u32), count (u32), sequence (u64), CRC-32 (u32). Then the
//! body. Tail: the chain head after the frame (32 bytes), CRC-32 of all before it (u32). All
//! little-endian. The CRCs begin with a secret of the trail: nobody who sends a message that looks
//! like a frame makes it pass for one.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::trail::hash::TrailHash;

pub(crate) const HEAD: usize = 24;
pub(crate) const TAIL: usize = 36;
/// No body is longer.
pub(crate) const LONGEST: u32 = 256 << 20;
const MAGIC: &[u8; 3] = b"ATF";

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The beginning of a segment; the sequence is that of its first record.
    Begin,
    /// Records; the sequence is that of the first, the count their number.
    Records,
    /// A checkpoint's text; the sequence is that of the last record it covers.
    Checkpoint,
}

const KINDS: [(u8, Kind); 3] = [
    (b'B', Kind::Begin),
    (b'R', Kind::Records),
    (b'C', Kind::Checkpoint),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Kind,
    pub(crate) length: u32,
    pub(crate) count: u32,
    pub(crate) sequence: u64,
}

impl Head {
    /// None: not a head, or damaged.
    pub(crate) fn read(seed: u32, bytes: &[u8]) -> Option<Head> {
        let head: &[u8; HEAD] = bytes.first_chunk()?;
        let four = |at: usize| {
            head.get(at..at + 4)?
                .try_into()
                .ok()
                .map(u32::from_le_bytes)
        };
        if &head[..3] != MAGIC || four(20)? != crc(seed, &head[..20]) {
            return None;
        }
        let (_, kind) = KINDS.iter().find(|(letter, _)| *letter == head[3])?;
        let length = four(4).filter(|length| *length <= LONGEST)?;
        let sequence = u64::from_le_bytes(head.get(12..20)?.try_into().ok()?);
        // Larger sequences are in no trail, and none is near an overflow.
        (sequence < 1 << 62).then_some(Head {
            kind: *kind,
            length,
            count: four(8)?,
            sequence,
        })
    }

    /// Bytes of the whole frame.
    pub(crate) fn whole(&self) -> usize {
        HEAD + self.length as usize + TAIL
    }
}

/// Begins a frame; answers where.
pub(crate) fn begin(buffer: &mut Vec<u8>) -> usize {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; HEAD]);
    start
}

/// Ends the frame begun at `start`.
pub(crate) fn end(
    buffer: &mut Vec<u8>,
    start: usize,
    seed: u32,
    (kind, count, sequence): (Kind, u32, u64),
    chain: TrailHash,
) {
    let length = (buffer.len() - start - HEAD) as u32;
    let letter = KINDS.iter().find(|(_, one)| *one == kind);
    let head = &mut buffer[start..start + HEAD];
    head[..3].copy_from_slice(MAGIC);
    head[3] = letter.map_or(0, |(letter, _)| *letter);
    head[4..8].copy_from_slice(&length.to_le_bytes());
    head[8..12].copy_from_slice(&count.to_le_bytes());
    head[12..20].copy_from_slice(&sequence.to_le_bytes());
    let check = crc(seed, &head[..20]);
    head[20..].copy_from_slice(&check.to_le_bytes());
    buffer.extend_from_slice(chain.as_bytes());
    let check = crc(seed, &buffer[start..]);
    buffer.extend_from_slice(&check.to_le_bytes());
}

fn crc(seed: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(seed);
    hasher.update(bytes);
    hasher.finalize()
}

/// A whole frame; its CRCs fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) head: Head,
    pub(crate) body: &'a [u8],
    pub(crate) chain: TrailHash,
}

impl<'a> Frame<'a> {
    /// Of exactly the bytes of one frame; None: damaged.
    pub(crate) fn of(head: Head, seed: u32, bytes: &'a [u8]) -> Option<Frame<'a>> {
        let (covered, check) = bytes.split_last_chunk()?;
        if bytes.len() != head.whole() || crc(seed, covered) != u32::from_le_bytes(*check) {
            return None;
        }
        let (body, chain) = covered.get(HEAD..)?.split_last_chunk()?;
        let chain = TrailHash(*chain);
        Some(Frame { head, body, chain })
    }
}

/// Reads the frames of a file one after another, one in memory at a time.
pub(crate) struct Frames {
    input: BufReader<File>,
    seed: u32,
    at: u64,
    end: u64,
    bytes: Vec<u8>,
}

impl Frames {
    /// From `at` to `end`, or to the end of the file.
    pub(crate) fn open(path: &Path, seed: u32, at: u64, end: Option<u64>) -> io::Result<Frames> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(at))?;
        Ok(Frames {
            input: BufReader::with_capacity(128 << 10, file),
            seed,
            at,
            end: end.map_or(length, |end| end.min(length)),
            bytes: Vec::new(),
        })
    }

    /// Where the next frame begins.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// The next frame; `Ok(None)` at the end; an `InvalidData` error where the bytes are none.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        let left = self.end.saturating_sub(self.at);
        if left == 0 {
            return Ok(None);
        }
        self.bytes.resize(HEAD, 0);
        if left < HEAD as u64 {
            return Err(invalid("cut short"));
        }
        self.input.read_exact(&mut self.bytes)?;
        let head = Head::read(self.seed, &self.bytes).ok_or_else(|| invalid("not a frame"))?;
        if left < head.whole() as u64 {
            return Err(invalid("cut short"));
        }
        self.bytes.resize(head.whole(), 0);
        self.input.read_exact(&mut self.bytes[HEAD..])?;
        let frame = Frame::of(head, self.seed, &self.bytes);
        let frame = frame.ok_or_else(|| invalid("does not fit its check"))?;
        self.at += head.whole() as u64;
        Ok(Some(frame))
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Looks for the head of a frame at `from` or later: after a write that was interrupted there is
/// none, because each frame is synced before the next one is begun.
pub(crate) fn find(path: &Path, seed: u32, from: u64) -> io::Result<Option<(u64, Head)>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut window = Vec::new();
    let mut base = from;
    loop {
        let had = window.len();
        file.by_ref().take(1 << 20).read_to_end(&mut window)?;
        for at in memchr::memmem::find_iter(&window, MAGIC) {
            if let Some(head) = Head::read(seed, &window[at..]) {
                return Ok(Some((base + at as u64, head)));
            }
        }
        if window.len() == had {
            return Ok(None);
        }
        let done = window.len().saturating_sub(HEAD - 1);
        window.drain(..done);
        base += done as u64;
    }
}
