//! Reading by sequence, beside the writer: only what is durable, and nothing damaged is passed over
//! silently.

use std::io;

use crate::trail::frame::{self, Frames, Kind};
use crate::trail::index::Index;
use crate::trail::shared::{Place, Shared};
use crate::trail::{KeptRecord, TrailError, files, record};

/// What one call wants and has so far.
struct Wanted<'a> {
    shared: &'a Shared,
    /// The next record.
    next: u64,
    most: usize,
    bytes: usize,
    found: Vec<KeptRecord>,
}

/// See `Trail::read`. Blocks.
pub(crate) fn read(shared: &Shared, from: u64, most: usize) -> Result<Vec<KeptRecord>, TrailError> {
    let mut wanted = Wanted {
        shared,
        next: from.max(1),
        most,
        bytes: 0,
        found: Vec::new(),
    };
    while !wanted.full() {
        let Some(segment) = wanted.segment() else {
            break;
        };
        match wanted.read_segment(segment) {
            Err(TrailError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                // Retired meanwhile; else it is missing.
                if wanted.segment() == Some(segment) {
                    return Err(error.into());
                }
            }
            Err(damage) if wanted.found.is_empty() => return Err(damage),
            // What was read before it is answered first.
            Err(_) => break,
            Ok(()) => {}
        }
    }
    Ok(wanted.found)
}

impl Wanted<'_> {
    fn full(&self) -> bool {
        self.found.len() >= self.most || self.bytes >= self.shared.limits.read
    }

    /// The segment of the next record; None: there is no such record yet.
    fn segment(&mut self) -> Option<u64> {
        let next = self.next;
        let (next, segment) = self.shared.with_map(|map| {
            let next = next.max(map.first());
            let there = next <= map.open.last();
            (next, there.then(|| map.holding(next)).flatten())
        });
        self.next = next;
        segment
    }

    fn read_segment(&mut self, segment: u64) -> Result<(), TrailError> {
        let (offset, end) = self.offset(segment)?;
        let path = self.shared.dir.join(files::segment(segment));
        let seed = self.shared.name.seed;
        let mut frames = Frames::open(&path, seed, offset, end)?;
        loop {
            let offset = frames.at();
            let what = match frames.next() {
                Ok(None) if self.next > self.last(segment) => return Ok(()),
                Ok(None) => "the segment is cut short".to_owned(),
                Ok(Some(frame)) if frame.head.kind != Kind::Records => continue,
                Ok(Some(frame)) if frame.head.sequence <= self.next => {
                    if self.take(frame.head.sequence, frame.head.count, frame.body) {
                        self.shared.set_place(Place {
                            sequence: self.next,
                            segment,
                            offset,
                        });
                        return Ok(());
                    }
                    continue;
                }
                Ok(Some(_)) => "records are missing".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => error.to_string(),
                Err(error) => return Err(error.into()),
            };
            // Damage; what lies before the records that are wanted does not matter here.
            let found = frame::find(&path, seed, offset + 1)?;
            let found = found.filter(|(at, _)| end.is_none_or(|end| *at < end));
            match found.filter(|(_, head)| head.sequence <= self.next) {
                Some((at, _)) => frames = Frames::open(&path, seed, at, end)?,
                None => {
                    let next = found.map(|(_, head)| match head.kind {
                        Kind::Checkpoint => head.sequence + 1,
                        Kind::Begin | Kind::Records => head.sequence,
                    });
                    let after = || self.shared.with_map(|map| map.after(segment));
                    return Err(TrailError::Damaged {
                        segment: files::segment(segment),
                        offset,
                        sequence: self.next,
                        next: next.or_else(after),
                        what,
                    });
                }
            }
        }
    }

    /// Where to begin, and in the open segment where durable records end.
    fn offset(&self, segment: u64) -> Result<(u64, Option<u64>), TrailError> {
        let open = self.shared.with_map(|map| {
            let open = map.open.first() == segment;
            open.then(|| (map.open.offset(self.next), map.open.length))
        });
        let place = self.shared.place();
        let known = place.segment == segment && place.sequence == self.next;
        match open {
            Some((_, end)) if known => Ok((place.offset, Some(end))),
            Some((offset, end)) => Ok((offset, Some(end))),
            None if known => Ok((place.offset, None)),
            None => {
                let index = Index::load(&self.shared.dir, segment, self.shared.name.seed);
                match index {
                    Ok(index) => Ok((index.offset(self.next), None)),
                    // The damage may lie behind what is wanted.
                    Err(TrailError::Damaged { .. }) => Ok((0, None)),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// The last record of a segment.
    fn last(&self, segment: u64) -> u64 {
        self.shared
            .with_map(|map| map.after(segment).map_or(map.open.last(), |next| next - 1))
    }

    /// Takes the records of a frame; true: enough.
    fn take(&mut self, first: u64, count: u32, body: &[u8]) -> bool {
        for (sequence, rest) in record::records(first, count, body).flatten() {
            if self.full() {
                return true;
            }
            if sequence == self.next {
                // The frame fits its check, so its records are what was written.
                self.found.extend(KeptRecord::from_rest(sequence, rest));
                self.bytes += rest.len();
                self.next += 1;
            }
        }
        self.full()
    }
}
