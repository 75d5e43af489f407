//! Reading by sequence, beside the writer: only what is durable, and nothing damaged is passed over
//! silently.

use std::io;

use crate::trail::frame::{self, Frames, Head, Kind};
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

/// A part of a segment.
struct Part {
    offset: u64,
    /// Where durable records end; None: at the end of the file.
    end: Option<u64>,
    /// The last record before that.
    last: u64,
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
        let Part { offset, end, last } = self.part(segment)?;
        let path = self.shared.dir.join(files::segment(segment));
        let seed = self.shared.name.seed;
        let mut frames = Frames::open(&path, seed, offset, end)?;
        loop {
            let offset = frames.at();
            let what = match frames.next() {
                Ok(None) if self.next > last => {
                    self.stop_at(segment, offset);
                    return Ok(());
                }
                Ok(None) => "the segment is cut short".to_owned(),
                Ok(Some(frame)) if frame.head.kind != Kind::Records => continue,
                Ok(Some(frame)) if frame.head.sequence <= self.next => {
                    if self.take(frame.head.sequence, frame.head.count, frame.body) {
                        self.stop_at(segment, offset);
                        return Ok(());
                    }
                    continue;
                }
                Ok(Some(_)) => "records are missing".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => error.to_string(),
                Err(error) => return Err(error.into()),
            };
            let found = frame::find(&path, seed, offset + 1)?;
            match found.filter(|(at, _)| end.is_none_or(|end| *at < end)) {
                // What lies before the records that are wanted does not matter here.
                Some((at, head)) if head.sequence <= self.next => {
                    frames = Frames::open(&path, seed, at, end)?;
                }
                found => return Err(self.damage(segment, offset, found, what)),
            }
        }
    }

    /// The next call goes on here.
    fn stop_at(&self, segment: u64, offset: u64) {
        let sequence = self.next;
        self.shared.set_place(Place {
            sequence,
            segment,
            offset,
        });
    }

    fn damage(
        &self,
        segment: u64,
        offset: u64,
        found: Option<(u64, Head)>,
        what: String,
    ) -> TrailError {
        let next = found.map(|(_, head)| match head.kind {
            Kind::Checkpoint => head.sequence + 1,
            Kind::Begin | Kind::Records => head.sequence,
        });
        let after = || self.shared.with_map(|map| map.after(segment));
        TrailError::Damaged {
            segment: files::segment(segment),
            offset,
            sequence: self.next,
            next: next.or_else(after),
            what,
        }
    }

    /// What to read of a segment for the next record.
    fn part(&self, segment: u64) -> Result<Part, TrailError> {
        let (open, last) = self.shared.with_map(|map| {
            let open = map.open.first() == segment;
            let open = open.then(|| (map.open.offset(self.next), map.open.length));
            let after = map.after(segment);
            (open, after.map_or(map.open.last(), |next| next - 1))
        });
        let end = open.map(|(_, end)| end);
        let place = self.shared.place();
        let offset = if place.segment == segment && place.sequence == self.next {
            place.offset
        } else if let Some((offset, _)) = open {
            offset
        } else {
            match Index::load(&self.shared.dir, segment, self.shared.name.seed) {
                Ok(index) => index.offset(self.next),
                // The damage may lie behind what is wanted.
                Err(TrailError::Damaged { .. }) => 0,
                Err(error) => return Err(error),
            }
        };
        Ok(Part { offset, end, last })
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
