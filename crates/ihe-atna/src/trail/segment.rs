//! Segments: how one begins, and what a scan of it finds.

use std::io;
use std::path::Path;

use crate::trail::TrailError;
use crate::trail::checkpoint::Checkpoint;
use crate::trail::files;
use crate::trail::frame::{self, Frame, Frames, Kind};
use crate::trail::hash::TrailHash;
use crate::trail::index::{self, Index};
use crate::trail::tree::Run;

/// What the first frame of a segment says about all before it. Body: the trail's id (16 bytes), number
/// of checkpoints (u64), hash of the last one (32), roots of the largest complete subtrees (32 each).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begin {
    pub(crate) trail: [u8; 16],
    /// All records before the segment.
    pub(crate) before: Run,
    pub(crate) chain: TrailHash,
    pub(crate) checkpoints: u64,
    pub(crate) previous: TrailHash,
}

impl Begin {
    /// Of the first segment.
    pub(crate) fn of_trail(trail: [u8; 16], chain: TrailHash) -> Begin {
        Begin {
            trail,
            before: Run::empty(0),
            chain,
            checkpoints: 0,
            previous: TrailHash::default(),
        }
    }

    /// The segment's first record.
    pub(crate) fn first(&self) -> u64 {
        self.before.end() + 1
    }

    /// The frame.
    pub(crate) fn to_bytes(&self, seed: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let start = frame::begin(&mut bytes);
        bytes.extend_from_slice(&self.trail);
        bytes.extend_from_slice(&self.checkpoints.to_le_bytes());
        bytes.extend_from_slice(self.previous.as_bytes());
        for root in self.before.nodes() {
            bytes.extend_from_slice(root.as_bytes());
        }
        let head = (Kind::Begin, 0, self.first());
        frame::end(&mut bytes, start, seed, head, self.chain);
        bytes
    }

    /// None: the frame is not the beginning of a segment.
    pub(crate) fn of(frame: &Frame<'_>) -> Option<Begin> {
        let (trail, rest) = frame.body.split_first_chunk()?;
        let (checkpoints, rest) = rest.split_first_chunk()?;
        let (previous, rest) = rest.split_first_chunk()?;
        let (nodes, odd) = rest.as_chunks();
        if frame.head.kind != Kind::Begin || !odd.is_empty() {
            return None;
        }
        let nodes = nodes.iter().map(|node| TrailHash(*node)).collect();
        Some(Begin {
            trail: *trail,
            before: Run::new(0, frame.head.sequence.checked_sub(1)?, nodes)?,
            chain: frame.chain,
            checkpoints: u64::from_le_bytes(*checkpoints),
            previous: TrailHash(*previous),
        })
    }

    /// Reads that of a segment.
    pub(crate) fn load(dir: &Path, first: u64, seed: u32) -> Result<Begin, TrailError> {
        let mut frames = Frames::open(&dir.join(files::segment(first)), seed, 0, None)?;
        let begin = match frames.next() {
            Ok(frame) => frame.as_ref().and_then(Begin::of),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
            Err(error) => return Err(error.into()),
        };
        let begin = begin.filter(|begin| begin.first() == first);
        begin.ok_or_else(|| index::damaged(&Index::new(first), "its beginning"))
    }
}

/// What a segment holds, as far as it can be read.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) index: Index,
    /// None: not even that can be read.
    pub(crate) begin: Option<Begin>,
    /// The chain head after the last frame.
    pub(crate) chain: TrailHash,
    /// The last checkpoint in it.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// Why it cannot be read beyond `index.length`; None: that is the end of the file.
    pub(crate) fault: Option<String>,
}

impl Scan {
    pub(crate) fn of(dir: &Path, first: u64, seed: u32) -> io::Result<Scan> {
        let mut frames = Frames::open(&dir.join(files::segment(first)), seed, 0, None)?;
        let mut scan = Scan {
            index: Index::new(first),
            begin: None,
            chain: TrailHash::default(),
            checkpoint: None,
            fault: None,
        };
        loop {
            let taken = match frames.next() {
                Ok(Some(frame)) => scan.take(&frame),
                Ok(None) => return Ok(scan),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(error.to_string()),
                Err(error) => return Err(error),
            };
            if let Err(fault) = taken {
                scan.fault = Some(fault);
                return Ok(scan);
            }
        }
    }

    fn take(&mut self, frame: &Frame<'_>) -> Result<(), String> {
        if self.begin.is_none() {
            let begin = Begin::of(frame).filter(|begin| begin.first() == self.index.first());
            self.begin = Some(begin.ok_or("not the beginning of the segment")?);
        } else if frame.head.kind == Kind::Begin {
            return Err("the beginning of a segment in its middle".to_owned());
        }
        let mut index = self.index.stage();
        index.take(frame)?;
        if frame.head.kind == Kind::Checkpoint {
            let text = String::from_utf8_lossy(frame.body);
            let checkpoint = Checkpoint::parse(&text).map_err(|error| error.to_string())?;
            self.checkpoint = Some(checkpoint);
        }
        self.index.absorb(index);
        self.chain = frame.chain;
        Ok(())
    }
}
