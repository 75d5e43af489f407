//! The index of a segment: where its records begin, and the subtrees of the Merkle tree in it. Kept
//! in memory for the segment that is written, in a file beside each finished one. The file only saves
//! reading the segment: it is made again when it is missing or damaged, and nothing is believed
//! because it says so.

use std::fs;
use std::io;
use std::path::Path;

use crate::trail::TrailError;
use crate::trail::files;
use crate::trail::frame::{Frame, Kind};
use crate::trail::hash::{self, TrailHash};
use crate::trail::record;
use crate::trail::segment::Scan;
use crate::trail::tree::{Place, Run};

/// Leaves of the subtrees that are kept.
pub(crate) const BLOCK_LEVEL: u32 = 8;
const BLOCK: u64 = 1 << BLOCK_LEVEL;
const MAGIC: &[u8; 4] = b"ATI1";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// The segment's leaves.
    pub(crate) run: Run,
    /// Bytes of the segment.
    pub(crate) length: u64,
    /// Earliest and latest time of receipt, in ns; none: no records.
    pub(crate) times: Option<(i64, i64)>,
    /// Frames, about one in each block: first record and offset.
    frames: Vec<(u64, u64)>,
    /// Roots of the blocks that lie wholly in the segment.
    blocks: Vec<TrailHash>,
}

impl Index {
    /// Of a segment that begins with this record.
    pub(crate) fn new(first: u64) -> Index {
        Index {
            run: Run::empty(first - 1),
            length: 0,
            times: None,
            frames: Vec::new(),
            blocks: Vec::new(),
        }
    }

    pub(crate) fn first(&self) -> u64 {
        self.run.start() + 1
    }

    /// The last record; one less than the first if there is none.
    pub(crate) fn last(&self) -> u64 {
        self.run.end()
    }

    /// What comes after; `absorb` adds it. So a write that fails leaves nothing behind.
    pub(crate) fn stage(&self) -> Index {
        Index {
            run: self.run.clone(),
            frames: self.frames.last().copied().into_iter().collect(),
            blocks: Vec::new(),
            ..*self
        }
    }

    pub(crate) fn absorb(&mut self, stage: Index) {
        let known = usize::from(!self.frames.is_empty());
        self.frames.extend(stage.frames.iter().skip(known));
        self.blocks.extend(stage.blocks);
        (self.run, self.length, self.times) = (stage.run, stage.length, stage.times);
    }

    /// A frame of records begins at the end; its records follow.
    pub(crate) fn frame(&mut self) {
        let next = self.run.end() + 1;
        let far = |(known, _): &(u64, u64)| next >= known + BLOCK;
        if self.frames.last().is_none_or(far) {
            self.frames.push((next, self.length));
        }
    }

    pub(crate) fn record(&mut self, leaf: TrailHash, time: i64) {
        let (from, until) = self.times.unwrap_or((time, time));
        self.times = Some((from.min(time), until.max(time)));
        let blocks = &mut self.blocks;
        self.run.push(leaf, |place, root| {
            if place.level == BLOCK_LEVEL {
                blocks.push(root);
            }
        });
    }

    /// Takes in one frame of the segment.
    pub(crate) fn take(&mut self, frame: &Frame<'_>) -> Result<(), &'static str> {
        if frame.head.kind == Kind::Records {
            let head = frame.head;
            let next = self.last() + 1;
            if head.sequence != next {
                return Err("another record was expected");
            }
            self.frame();
            for found in record::records(head.sequence, head.count, frame.body) {
                let (sequence, rest) = found.map_err(|wrong| wrong.what)?;
                let time = record::time(rest).unwrap_or_default();
                self.record(hash::leaf(sequence, rest), time);
            }
        }
        self.length += frame.head.whole() as u64;
        Ok(())
    }

    /// Takes the segment that follows into the sums; false: it does not follow.
    pub(crate) fn join(&mut self, next: &Index) -> bool {
        let (from, until) = next.times.unwrap_or((i64::MAX, i64::MIN));
        self.times = self
            .times
            .map(|times| (times.0.min(from), times.1.max(until)));
        self.length += next.length;
        self.run.extend(&next.run)
    }

    /// Where to begin to read for a record.
    pub(crate) fn offset(&self, sequence: u64) -> u64 {
        let after = self.frames.partition_point(|(first, _)| *first <= sequence);
        let at = after.checked_sub(1).and_then(|at| self.frames.get(at));
        at.map_or(0, |(_, offset)| *offset)
    }

    /// The root of a subtree that lies wholly in the segment, if it can be told without the records.
    pub(crate) fn find(&self, place: Place) -> Option<TrailHash> {
        if let Some(root) = self.run.find(place) {
            return Some(root);
        }
        let first = self.run.start().div_ceil(BLOCK);
        let from = usize::try_from((place.start() >> BLOCK_LEVEL).checked_sub(first)?).ok()?;
        let count = usize::try_from((place.end() - place.start()) >> BLOCK_LEVEL).ok()?;
        let blocks = self.blocks.get(from..from.checked_add(count)?)?;
        let mut run = Run::empty(0);
        for block in blocks {
            run.push(*block, |_, _| {});
        }
        (place.level >= BLOCK_LEVEL).then(|| run.root())
    }

    /// The index of a finished segment, made again if it has to be.
    pub(crate) fn load(dir: &Path, first: u64, seed: u32) -> Result<Index, TrailError> {
        let length = fs::metadata(dir.join(files::segment(first)))?.len();
        let bytes = fs::read(dir.join(files::index(first))).unwrap_or_default();
        match Index::parse(&bytes, seed) {
            Some(index) if index.first() == first && index.length == length => Ok(index),
            _ => Index::rebuild(dir, first, seed),
        }
    }

    /// From the segment itself; what is there of the file is replaced.
    pub(crate) fn rebuild(dir: &Path, first: u64, seed: u32) -> Result<Index, TrailError> {
        let scan = Scan::of(dir, first, seed)?;
        match scan.fault {
            None => scan.index.save(dir, seed)?,
            Some(what) => return Err(damaged(&scan.index, what)),
        }
        Ok(scan.index)
    }

    pub(crate) fn save(&self, dir: &Path, seed: u32) -> io::Result<()> {
        fs::write(dir.join(files::index(self.first())), self.to_bytes(seed))
    }

    fn to_bytes(&self, seed: u32) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let (from, until) = self.times.unwrap_or((i64::MAX, i64::MIN));
        let counts = [self.frames.len() as u64, self.blocks.len() as u64];
        let numbers = [self.run.start(), self.run.end(), self.length];
        let numbers = numbers.into_iter().chain([from as u64, until as u64]);
        let frames = self.frames.iter().flat_map(|(first, at)| [*first, *at]);
        for number in numbers.chain(counts).chain(frames) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for root in self.blocks.iter().chain(self.run.nodes()) {
            bytes.extend_from_slice(root.as_bytes());
        }
        let check = crc32fast::hash(&bytes) ^ seed;
        bytes.extend_from_slice(&check.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8], seed: u32) -> Option<Index> {
        let (bytes, check) = bytes.split_last_chunk()?;
        if crc32fast::hash(bytes) ^ seed != u32::from_le_bytes(*check) {
            return None;
        }
        let (head, rest) = bytes.strip_prefix(MAGIC)?.split_at_checked(56)?;
        let number = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        let (head, _) = head.as_chunks::<8>();
        let count = |at: usize| {
            head.get(at)
                .and_then(|one| usize::try_from(number(one)).ok())
        };
        let (frames, rest) = rest.split_at_checked(count(5)?.checked_mul(16)?)?;
        let (blocks, nodes) = rest.split_at_checked(count(6)?.checked_mul(32)?)?;
        let roots = |bytes: &[u8]| {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|one| TrailHash(*one))
                .collect()
        };
        let times = (number(head.get(3)?) as i64, number(head.get(4)?) as i64);
        let (frames, _) = frames.as_chunks::<8>();
        let pairs = frames.as_chunks::<2>().0.iter();
        Some(Index {
            run: Run::new(number(head.first()?), number(head.get(1)?), roots(nodes))?,
            length: number(head.get(2)?),
            times: (times.0 <= times.1).then_some(times),
            frames: pairs
                .map(|[first, at]| (number(first), number(at)))
                .collect(),
            blocks: roots(blocks),
        })
    }
}

/// A damage at the end of what the index covers.
pub(crate) fn damaged(index: &Index, what: impl Into<String>) -> TrailError {
    TrailError::Damaged {
        segment: files::segment(index.first()),
        offset: index.length,
        sequence: index.last() + 1,
        next: None,
        what: what.into(),
    }
}
