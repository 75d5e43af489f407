//! What is read of a trail, in order, and what is hashed of it side by side.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::trail::TrailError;
use crate::trail::checkpoint::Checkpoint;
use crate::trail::files::{self, Listing, Name};
use crate::trail::frame::{self, Frame, Head, Kind};
use crate::trail::hash::{self, TrailHash};
use crate::trail::record::{self, Wrong};
use crate::trail::segment::Begin;

/// Frames that are read and hashed at once, about.
const CHUNK: usize = 1 << 20;

/// The files to read.
#[derive(Debug)]
pub(crate) struct Plan {
    dir: PathBuf,
    name: Name,
    /// First records and lengths of the segments, as they were at the beginning.
    segments: Vec<(u64, u64)>,
    pub(crate) stubs: Vec<(u64, u64)>,
    pub(crate) cuts: Vec<String>,
    pub(crate) bytes: u64,
}

impl Plan {
    pub(crate) fn of(dir: &Path, name: Name) -> Result<Plan, TrailError> {
        let listing = Listing::of(dir)?;
        let mut segments = Vec::new();
        for first in listing.segments {
            let found = fs::metadata(dir.join(files::segment(first)));
            segments.push((first, found.map_or(0, |found| found.len())));
        }
        Ok(Plan {
            dir: dir.to_owned(),
            name,
            bytes: segments.iter().map(|(_, length)| length).sum(),
            segments,
            // Listed after the segments: a stub is there before its segments go.
            stubs: Listing::of(dir)?.stubs,
            cuts: listing.cuts,
        })
    }

    pub(crate) fn seed(&self) -> u32 {
        self.name.seed
    }

    pub(crate) fn last_segment(&self) -> Option<u64> {
        self.segments.last().map(|(first, _)| *first)
    }

    /// Gives away what it reads, in order, until nobody wants it.
    pub(crate) fn read(&self, give: &mut impl FnMut(Item) -> bool) {
        for (first, length) in &self.segments {
            let path = self.dir.join(files::segment(*first));
            let opened = File::open(&path);
            let going = match opened {
                Ok(file) => {
                    give(Item::Segment(*first))
                        && read_segment(&path, file, self.seed(), *length, give)
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => give(Item::Gone(*first)),
                Err(error) => give(Item::Failed(error)),
            };
            if !going {
                return;
            }
        }
    }
}

/// Something read.
#[derive(Debug)]
pub(crate) enum Item {
    /// A segment begins.
    Segment(u64),
    /// A segment went away.
    Gone(u64),
    /// Whole frames from this offset on.
    Frames(u64, Vec<u8>),
    /// No frame from here on, to where the next one is found or the file ends.
    Broken(u64, Result<u64, u64>, &'static str),
    /// A file cannot be read.
    Failed(io::Error),
}

/// The same, hashed.
#[derive(Debug)]
pub(crate) enum Summed {
    Segment(u64),
    Gone(u64),
    Frames(Vec<Sum>),
    Broken(u64, Result<u64, u64>, &'static str),
    Failed(io::Error),
}

/// One frame, hashed.
#[derive(Debug)]
pub(crate) struct Sum {
    pub(crate) offset: u64,
    pub(crate) head: Head,
    /// The chain head it states; None: the frame does not fit its check.
    pub(crate) chain: Option<TrailHash>,
    pub(crate) holds: Holds,
}

#[derive(Debug)]
pub(crate) enum Holds {
    Begin(Option<Begin>),
    Records(Leaves),
    Checkpoint(Result<Checkpoint, TrailError>),
}

/// The records of a frame.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    pub(crate) hashes: Vec<TrailHash>,
    /// Earliest and latest time of receipt.
    pub(crate) times: Option<(i64, i64)>,
    /// Where they end too early.
    pub(crate) wrong: Option<Wrong>,
}

fn read_segment(
    path: &Path,
    mut file: File,
    seed: u32,
    length: u64,
    give: &mut impl FnMut(Item) -> bool,
) -> bool {
    let mut at = 0;
    while at < length {
        let (item, next) = match chunk(&mut file, seed, at, length) {
            Ok(Ok(bytes)) => {
                let next = at + bytes.len() as u64;
                (Item::Frames(at, bytes), next)
            }
            Ok(Err(what)) => match frame::find(path, seed, at + 1) {
                Ok(Some((next, _))) if next < length => (Item::Broken(at, Ok(next), what), next),
                Ok(_) => (Item::Broken(at, Err(length), what), length),
                Err(error) => (Item::Failed(error), length),
            },
            Err(error) => (Item::Failed(error), length),
        };
        at = next;
        if !give(item) {
            return false;
        }
    }
    true
}

/// Whole frames from `at` on: at least one, or why not.
fn chunk(
    file: &mut File,
    seed: u32,
    at: u64,
    length: u64,
) -> io::Result<Result<Vec<u8>, &'static str>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::with_capacity(CHUNK);
    file.take((length - at).min(CHUNK as u64))
        .read_to_end(&mut bytes)?;
    let mut whole = 0;
    let why = loop {
        let Some(head) = Head::read(seed, &bytes[whole..]) else {
            break "not a frame";
        };
        if at + (whole + head.whole()) as u64 > length {
            break "a frame is cut short";
        }
        if whole + head.whole() > bytes.len() {
            if whole > 0 {
                break "";
            }
            let missing = (head.whole() - bytes.len()) as u64;
            file.take(missing).read_to_end(&mut bytes)?;
            if bytes.len() < head.whole() {
                break "a frame is cut short";
            }
        }
        whole += head.whole();
    };
    bytes.truncate(whole);
    Ok(if whole == 0 { Err(why) } else { Ok(bytes) })
}

impl Item {
    /// The work that is done side by side.
    pub(crate) fn sum(self, seed: u32) -> Summed {
        match self {
            Item::Segment(first) => Summed::Segment(first),
            Item::Gone(first) => Summed::Gone(first),
            Item::Broken(at, to, what) => Summed::Broken(at, to, what),
            Item::Failed(error) => Summed::Failed(error),
            Item::Frames(offset, bytes) => Summed::Frames(sums(seed, offset, &bytes)),
        }
    }
}

fn sums(seed: u32, mut offset: u64, mut bytes: &[u8]) -> Vec<Sum> {
    let mut sums = Vec::new();
    while let Some(head) = Head::read(seed, bytes) {
        let Some((one, rest)) = bytes.split_at_checked(head.whole()) else {
            break;
        };
        sums.push(sum(seed, offset, head, one));
        offset += one.len() as u64;
        bytes = rest;
    }
    sums
}

fn sum(seed: u32, offset: u64, head: Head, bytes: &[u8]) -> Sum {
    let frame = Frame::of(head, seed, bytes);
    let body = &bytes[frame::HEAD..bytes.len() - frame::TAIL];
    let holds = match head.kind {
        Kind::Begin => Holds::Begin(frame.as_ref().and_then(Begin::of)),
        Kind::Checkpoint => {
            let text = String::from_utf8_lossy(body);
            Holds::Checkpoint(Checkpoint::parse(&text))
        }
        Kind::Records => Holds::Records(leaves(head, body)),
    };
    let chain = frame.map(|frame| frame.chain);
    Sum {
        offset,
        head,
        chain,
        holds,
    }
}

fn leaves(head: Head, body: &[u8]) -> Leaves {
    let mut leaves = Leaves::default();
    for found in record::records(head.sequence, head.count, body) {
        match found {
            Ok((sequence, rest)) => {
                leaves.hashes.push(hash::leaf(sequence, rest));
                let time = record::time(rest).unwrap_or_default();
                let (from, until) = leaves.times.unwrap_or((time, time));
                leaves.times = Some((from.min(time), until.max(time)));
            }
            Err(wrong) => leaves.wrong = Some(wrong),
        }
    }
    leaves
}
