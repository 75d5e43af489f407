//! Making a Merkle proof without reading the trail: the subtrees beside a record's way come from the
//! indexes of the segments, from the beginning of the record's segment and from stubs; only the 256
//! records around it are read.

use std::path::Path;

use crate::trail::checkpoint::Checkpoint;
use crate::trail::files::{self, Listing, Name};
use crate::trail::frame::{Frames, Kind};
use crate::trail::hash::{self, TrailHash};
use crate::trail::index::{self, BLOCK_LEVEL, Index};
use crate::trail::proof::Proof;
use crate::trail::record;
use crate::trail::segment::{Begin, Scan};
use crate::trail::stub::Stub;
use crate::trail::tree::{self, Place, Run};
use crate::trail::{KeptRecord, TrailError};

/// Proves a record to a checkpoint of the trail in a directory, also while a repository writes there:
/// the proof and the record itself. The checkpoint may be the last one or any earlier one.
///
/// Fails with `NoRecord` when the record is retired or comes after the checkpoint, with `NotProven`
/// when the trail does not lead to the checkpoint: something was changed, `verify` says where.
pub fn prove(
    dir: impl AsRef<Path>,
    sequence: u64,
    checkpoint: &Checkpoint,
) -> Result<(Proof, KeptRecord), TrailError> {
    let dir = dir.as_ref();
    let name = Name::load(dir)?.ok_or_else(|| index::damaged(&Index::new(1), "no VERSION"))?;
    let last = Listing::of(dir)?.segments.last().copied();
    let last = last.ok_or(TrailError::NoRecord(sequence))?;
    let open = Scan::of(dir, last, name.seed)?.index;
    prove_beside(dir, name, open, sequence, checkpoint)
}

/// The last checkpoint that lies in the trail in a directory, also while a repository writes there: at
/// most `TrailLimits::checkpoint_interval` behind its end. Its signature is not checked here. None:
/// nothing was signed yet.
pub fn last_checkpoint(dir: impl AsRef<Path>) -> Result<Option<Checkpoint>, TrailError> {
    let dir = dir.as_ref();
    let name = Name::load(dir)?.ok_or_else(|| index::damaged(&Index::new(1), "no VERSION"))?;
    // Every finished segment ends with one.
    for segment in Listing::of(dir)?.segments.iter().rev().take(2) {
        let found = Scan::of(dir, *segment, name.seed)?.checkpoint;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The same with the index of the open segment.
pub(crate) fn prove_beside(
    dir: &Path,
    name: Name,
    open: Index,
    sequence: u64,
    checkpoint: &Checkpoint,
) -> Result<(Proof, KeptRecord), TrailError> {
    if checkpoint.trail != name.id {
        return Err(TrailError::NotProven(
            "the checkpoint is of another trail".to_owned(),
        ));
    }
    if sequence == 0 || sequence > checkpoint.sequence || sequence > open.last() {
        return Err(TrailError::NoRecord(sequence));
    }
    if checkpoint.sequence > open.last() {
        let what = format!(
            "the trail ends at record {}, before the checkpoint",
            open.last()
        );
        return Err(TrailError::NotProven(what));
    }
    let mut forest = Forest::of(dir, name, open)?;
    for rebuild in [false, true] {
        forest.rebuild = rebuild;
        forest.loaded = None;
        let (path, record) = forest.prove(sequence, checkpoint.sequence)?;
        let leaf = KeptRecord::split(&record).map(|(_, rest)| hash::leaf(sequence, rest));
        let root = tree::climb(
            sequence - 1,
            checkpoint.sequence,
            leaf.unwrap_or_default(),
            &path,
        );
        let record = KeptRecord::from_bytes(&record);
        if let (true, Some(record)) = (root == Some(checkpoint.root), record) {
            let proof = Proof::new(name.id, sequence, checkpoint.sequence, path);
            return Ok((proof, record));
        }
    }
    let what = format!(
        "record {sequence} does not lead to checkpoint {}",
        checkpoint.number
    );
    Err(TrailError::NotProven(what))
}

/// The subtrees of the whole trail, loaded as they are needed.
struct Forest<'a> {
    dir: &'a Path,
    name: Name,
    segments: Vec<u64>,
    stubs: Vec<Stub>,
    open: Index,
    /// All before the record's segment.
    before: Run,
    /// The index used last.
    loaded: Option<Index>,
    /// Make the indexes again.
    rebuild: bool,
}

impl Forest<'_> {
    fn of(dir: &Path, name: Name, open: Index) -> Result<Forest<'_>, TrailError> {
        let listing = Listing::of(dir)?;
        let stubs = listing
            .stubs
            .iter()
            .map(|stub| files::load_stub(dir, *stub));
        Ok(Forest {
            dir,
            name,
            segments: listing.segments,
            stubs: stubs.collect::<Result<_, _>>()?,
            open,
            before: Run::empty(0),
            loaded: None,
            rebuild: false,
        })
    }

    /// The way of a record, and its bytes.
    fn prove(&mut self, sequence: u64, size: u64) -> Result<(Vec<TrailHash>, Vec<u8>), TrailError> {
        let gone = TrailError::NoRecord(sequence);
        if self.stub(sequence - 1).is_some() {
            return Err(gone);
        }
        let segment = self.segment(sequence - 1).ok_or(gone)?;
        self.before = Begin::load(self.dir, segment, self.name.seed)?.before;
        let mut path = Vec::new();
        for (start, end) in tree::beside(sequence - 1, size) {
            let places = tree::places(start, end);
            let roots: Result<Vec<_>, _> = places.map(|place| self.root(place)).collect();
            path.push(tree::fold(&roots?));
        }
        let mut record = sequence.to_le_bytes().to_vec();
        self.each_leaf(sequence - 1, sequence, |rest, _| {
            record.extend_from_slice(rest)
        })?;
        Ok((path, record))
    }

    fn stub(&self, leaf: u64) -> Option<&Stub> {
        let covers = |stub: &&Stub| (stub.first..=stub.last).contains(&(leaf + 1));
        self.stubs.iter().find(covers)
    }

    fn segment(&self, leaf: u64) -> Option<u64> {
        let after = self.segments.partition_point(|first| *first <= leaf + 1);
        self.segments.get(after.checked_sub(1)?).copied()
    }

    /// The root of any subtree of the trail.
    fn root(&mut self, place: Place) -> Result<TrailHash, TrailError> {
        if let Some(root) = self.before.find(place) {
            return Ok(root);
        }
        let gone = TrailError::NoRecord(place.start() + 1);
        let (root, end) = if let Some(stub) = self.stub(place.start()) {
            (stub.run().find(place), stub.last)
        } else {
            let segment = self.segment(place.start()).ok_or(gone)?;
            let index = self.index(segment)?;
            let end = index.last();
            let root = index.find(place);
            match root {
                None if place.end() <= end && place.level <= BLOCK_LEVEL => {
                    return self.read(place);
                }
                _ => (root, end),
            }
        };
        match root {
            Some(root) => Ok(root),
            None if place.level == 0 || place.end() <= end => {
                let what = format!("records {} on are not at hand", place.start() + 1);
                Err(TrailError::NotProven(what))
            }
            None => {
                let (left, right) = place.halves();
                Ok(hash::node(self.root(left)?, self.root(right)?))
            }
        }
    }

    fn index(&mut self, segment: u64) -> Result<&Index, TrailError> {
        if self.open.first() == segment {
            return Ok(&self.open);
        }
        let index = match self.loaded.take() {
            Some(index) if index.first() == segment => index,
            _ if self.rebuild => Index::rebuild(self.dir, segment, self.name.seed)?,
            _ => Index::load(self.dir, segment, self.name.seed)?,
        };
        Ok(self.loaded.insert(index))
    }

    /// The root of a subtree below the blocks.
    fn read(&mut self, place: Place) -> Result<TrailHash, TrailError> {
        let mut run = Run::empty(place.start());
        self.each_leaf(place.start(), place.end(), |_, leaf| {
            run.push(leaf, |_, _| {})
        })?;
        Ok(tree::fold(run.nodes()))
    }

    /// The rests and hashes of some leaves of one segment.
    fn each_leaf(
        &mut self,
        start: u64,
        end: u64,
        mut each: impl FnMut(&[u8], TrailHash),
    ) -> Result<(), TrailError> {
        let gone = TrailError::NoRecord(start + 1);
        let segment = self.segment(start).ok_or(gone)?;
        let offset = self.index(segment)?.offset(start + 1);
        let path = self.dir.join(files::segment(segment));
        let mut frames = Frames::open(&path, self.name.seed, offset, None)?;
        while let Some(frame) = frames.next()? {
            let head = frame.head;
            if head.sequence > end {
                break;
            }
            if head.kind != Kind::Records {
                continue;
            }
            for (sequence, rest) in record::records(head.sequence, head.count, frame.body).flatten()
            {
                if (start + 1..=end).contains(&sequence) {
                    each(rest, hash::leaf(sequence, rest));
                }
            }
        }
        Ok(())
    }
}
