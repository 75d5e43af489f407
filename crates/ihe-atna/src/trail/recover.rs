//! Opening a trail: what a crash left behind is put right, what is damaged is refused.
//!
//! Each frame is synced before the next one is begun. So an end that cannot be read, and after which no
//! frame begins, was never acknowledged: it is cut off and kept beside the segment. If a frame begins
//! after it, acknowledged records are damaged: the trail is not opened.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use crate::trail::checkpoint::Checkpoint;
use crate::trail::files::{self, Listing, Name};
use crate::trail::frame;
use crate::trail::hash::TrailHash;
use crate::trail::index::{self, Index};
use crate::trail::segment::{Begin, Scan};
use crate::trail::signer::TrailKey;
use crate::trail::tree::Run;
use crate::trail::{CutEnd, TrailError};

/// A beginning of a segment is not longer: head, id, counts, 62 roots, tail.
pub(crate) const LONGEST_BEGIN: u64 = 4096;

/// Where the trail goes on.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    /// All records before the open segment.
    pub(crate) before: Run,
    /// The chain head.
    pub(crate) chain: TrailHash,
    /// The last checkpoint's number and hash.
    pub(crate) checkpoints: u64,
    pub(crate) previous: TrailHash,
    /// The last record a checkpoint of this segment covers, or the last before the segment.
    pub(crate) covered: u64,
    /// The last checkpoint, if it lies in this segment.
    pub(crate) checkpoint: Option<Checkpoint>,
}

impl Tail {
    pub(crate) fn of(begin: Begin) -> Tail {
        Tail {
            covered: begin.before.end(),
            before: begin.before,
            chain: begin.chain,
            checkpoints: begin.checkpoints,
            previous: begin.previous,
            checkpoint: None,
        }
    }

    /// What the beginning of the next segment says.
    pub(crate) fn begin(&self, trail: [u8; 16], segment: &Run) -> Begin {
        let mut before = self.before.clone();
        before.extend(segment);
        Begin {
            trail,
            before,
            chain: self.chain,
            checkpoints: self.checkpoints,
            previous: self.previous,
        }
    }
}

/// A trail found on disk.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) name: Name,
    /// First records of the segments.
    pub(crate) segments: Vec<u64>,
    /// The last segment.
    pub(crate) index: Index,
    pub(crate) tail: Tail,
    pub(crate) cut: Option<CutEnd>,
}

/// Makes the trail if there is none.
pub(crate) fn open(dir: &Path, key: &TrailKey) -> Result<Found, TrailError> {
    let name = match Name::load(dir)? {
        Some(name) => name,
        None => make(dir)?,
    };
    finish_retiring(dir, key)?;
    let cut = drop_unfinished_segment(dir, name)?;
    let segments = Listing::of(dir)?.segments;
    let missing = || index::damaged(&Index::new(1), "there is no segment");
    let last = *segments.last().ok_or_else(missing)?;
    let mut found = resume(dir, name, last)?;
    found.segments = segments;
    found.cut = found.cut.or(cut);
    Ok(found)
}

/// `VERSION` comes last: where it is, there is a segment.
fn make(dir: &Path) -> Result<Name, TrailError> {
    for first in Listing::of(dir)?.segments {
        let path = dir.join(files::segment(first));
        if first != 1 || fs::metadata(&path)?.len() > LONGEST_BEGIN {
            let what = "there are segments, but no VERSION";
            return Err(index::damaged(&Index::new(first), what));
        }
        fs::remove_file(path)?;
    }
    let name = Name::new();
    let begin = Begin::of_trail(name.id, name.chain_start());
    create(dir, &begin.to_bytes(name.seed), 1)?;
    name.save(dir)?;
    Ok(name)
}

/// Makes the file of a segment with its beginning, durable.
pub(crate) fn create(dir: &Path, begin: &[u8], first: u64) -> std::io::Result<fs::File> {
    let path = dir.join(files::segment(first));
    // What a failed attempt left behind holds no records.
    if fs::metadata(&path).is_ok_and(|found| found.len() <= LONGEST_BEGIN) {
        fs::remove_file(&path)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)?;
    file.write_all(begin)?;
    file.sync_all()?;
    files::sync_dir(dir)?;
    Ok(file)
}

/// A stub is written before its segments are removed; here the rest of them goes. A stub that is not
/// signed by our key removes nothing.
fn finish_retiring(dir: &Path, key: &TrailKey) -> Result<(), TrailError> {
    let listing = Listing::of(dir)?;
    for stub in listing.stubs {
        let covers = |first: &&u64| (stub.0..=stub.1).contains(*first);
        let left: Vec<_> = listing.segments.iter().filter(covers).collect();
        if left.is_empty() {
            continue;
        }
        let signed = files::load_stub(dir, stub).and_then(|stub| stub.check(key));
        if let Err(error) = signed {
            tracing::warn!(%error, "audit trail: segments beside a stub are left where they are");
            continue;
        }
        for first in left {
            files::remove(dir.join(files::segment(*first)))?;
            files::remove(dir.join(files::index(*first)))?;
        }
        files::sync_dir(dir)?;
    }
    Ok(())
}

/// The last segment may have been interrupted at its very beginning.
fn drop_unfinished_segment(dir: &Path, name: Name) -> Result<Option<CutEnd>, TrailError> {
    let segments = Listing::of(dir)?.segments;
    let [.., _, last] = segments[..] else {
        return Ok(None);
    };
    let path = dir.join(files::segment(last));
    let length = fs::metadata(&path)?.len();
    let begun = Begin::load(dir, last, name.seed).is_ok();
    if begun || length > LONGEST_BEGIN || frame::find(&path, name.seed, 1)?.is_some() {
        return Ok(None);
    }
    let cut = set_aside(dir, last, 0)?;
    fs::remove_file(path)?;
    files::sync_dir(dir)?;
    Ok(Some(cut))
}

fn resume(dir: &Path, name: Name, last: u64) -> Result<Found, TrailError> {
    let scan = Scan::of(dir, last, name.seed)?;
    let begin = match scan.begin {
        Some(begin) if begin.trail == name.id => begin,
        _ => return Err(index::damaged(&Index::new(last), "its beginning")),
    };
    let path = dir.join(files::segment(last));
    let mut cut = None;
    if let Some(fault) = scan.fault {
        if frame::find(&path, name.seed, scan.index.length + 1)?.is_some() {
            return Err(index::damaged(&scan.index, fault));
        }
        cut = Some(set_aside(dir, last, scan.index.length)?);
    }
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(scan.index.length)?;
    // What was written but not synced before the crash is answered as durable from now on.
    file.sync_all()?;
    let mut tail = Tail::of(begin);
    tail.chain = scan.chain;
    if let Some(checkpoint) = scan.checkpoint {
        tail.checkpoints = checkpoint.number;
        tail.previous = checkpoint.hash();
        tail.covered = checkpoint.sequence;
        tail.checkpoint = Some(checkpoint);
    }
    Ok(Found {
        name,
        segments: Vec::new(),
        index: scan.index,
        tail,
        cut,
    })
}

/// Copies the end of a segment into a file of its own.
fn set_aside(dir: &Path, segment: u64, offset: u64) -> Result<CutEnd, TrailError> {
    let mut file = fs::File::open(dir.join(files::segment(segment)))?;
    file.seek(SeekFrom::Start(offset))?;
    let name = files::cut(segment, offset);
    let mut copy = fs::File::create(dir.join(&name))?;
    let bytes = std::io::copy(&mut file, &mut copy)?;
    copy.sync_all()?;
    files::sync_dir(dir)?;
    tracing::warn!(
        segment,
        offset,
        bytes,
        "audit trail: an end that was never acknowledged was cut off"
    );
    Ok(CutEnd {
        segment: files::segment(segment),
        offset,
        bytes,
        kept_as: name,
    })
}
