//! The writer of a trail: one thread that owns the open segment. All that waits is written at once
//! and answered after one fdatasync. What cannot be written leaves nothing behind, and the next
//! attempt begins where the last success ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::store::ReceivedRecord;
use crate::trail::checkpoint::{self, Checkpoint};
use crate::trail::frame::{self, Kind};
use crate::trail::hash;
use crate::trail::index::Index;
use crate::trail::recover::{self, Tail};
use crate::trail::shared::Shared;
use crate::trail::{TrailError, files, record};

type Answer<T> = oneshot::Sender<Result<T, TrailError>>;

/// What the writer is asked for.
#[derive(Debug)]
pub(crate) enum Request {
    Append {
        records: Vec<ReceivedRecord>,
        bytes: usize,
        /// Its share of the queue, given back when it is answered.
        share: OwnedSemaphorePermit,
        done: Answer<u64>,
    },
    Checkpoint(Answer<Checkpoint>),
    Close(Answer<()>),
}

/// The records of one caller.
struct Batch {
    records: Vec<ReceivedRecord>,
    _share: OwnedSemaphorePermit,
    done: Answer<u64>,
}

pub(crate) struct Writer {
    shared: Arc<Shared>,
    /// The directory is ours as long as this is held.
    _lock: Arc<File>,
    file: File,
    tail: Tail,
    /// The end of the segment holds something that was not acknowledged.
    dirty: bool,
    /// Since when there is a record that no checkpoint covers.
    uncovered: Option<Instant>,
    buffer: Vec<u8>,
    /// A request taken out of the queue while a group was collected.
    held: Option<Request>,
}

impl Writer {
    pub(crate) fn open(shared: Arc<Shared>, lock: Arc<File>, tail: Tail) -> io::Result<Writer> {
        let (first, last) = shared.with_map(|map| (map.open.first(), map.open.last()));
        let path = shared.dir.join(files::segment(first));
        let file = OpenOptions::new().write(true).open(path)?;
        Ok(Writer {
            uncovered: (last > tail.covered).then(Instant::now),
            shared,
            _lock: lock,
            file,
            tail,
            // Also puts the file's position at its end.
            dirty: true,
            buffer: Vec::new(),
            held: None,
        })
    }

    pub(crate) fn run(mut self, requests: &Receiver<Request>) {
        loop {
            match self.next(requests) {
                Ok(Request::Append {
                    records,
                    bytes,
                    share,
                    done,
                }) => {
                    let first = Batch {
                        records,
                        _share: share,
                        done,
                    };
                    self.group(first, bytes, requests);
                }
                Ok(Request::Checkpoint(done)) => {
                    let _ = done.send(self.checkpoint());
                }
                Ok(Request::Close(done)) => {
                    let closed = self.cover();
                    drop(self);
                    let _ = done.send(closed);
                    return;
                }
                Err(RecvTimeoutError::Timeout) => self.cover_or_warn(),
                Err(RecvTimeoutError::Disconnected) => return self.cover_or_warn(),
            }
        }
    }

    /// The next request, or the time for a checkpoint.
    fn next(&mut self, requests: &Receiver<Request>) -> Result<Request, RecvTimeoutError> {
        if let Some(held) = self.held.take() {
            return Ok(held);
        }
        match self.uncovered {
            None => requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => {
                let interval = self.shared.limits.checkpoint_interval;
                requests.recv_timeout(interval.saturating_sub(since.elapsed()))
            }
        }
    }

    /// Appends what waits, up to a size, and answers all.
    fn group(&mut self, first: Batch, mut bytes: usize, requests: &Receiver<Request>) {
        let mut batches = vec![first];
        while bytes < self.shared.limits.group {
            match requests.try_recv() {
                Ok(Request::Append {
                    records,
                    bytes: more,
                    share,
                    done,
                }) => {
                    bytes += more;
                    batches.push(Batch {
                        records,
                        _share: share,
                        done,
                    });
                }
                Ok(other) => {
                    self.held = Some(other);
                    break;
                }
                Err(_) => break,
            }
        }
        let before = self.shared.with_map(|map| map.open.last());
        let result = self.append(&batches);
        if let Err(error) = &result {
            tracing::error!(%error, "audit trail: records were not kept");
        }
        let mut last = before;
        for batch in batches {
            last += batch.records.len() as u64;
            let answer = match &result {
                Ok(()) => Ok(last),
                Err(error) => Err(error.again()),
            };
            let _ = batch.done.send(answer);
        }
    }

    fn append(&mut self, batches: &[Batch]) -> Result<(), TrailError> {
        self.ready()?;
        let stage = self.shared.with_map(|map| map.open.stage());
        let mut draft = Draft {
            seed: self.shared.name.seed,
            stage,
            tail: self.tail.clone(),
        };
        self.buffer.clear();
        draft.records(&mut self.buffer, batches);
        if draft.uncovered() >= self.shared.limits.checkpoint_records {
            draft.checkpoint(&mut self.buffer, &self.shared)?;
        }
        self.keep(draft)
    }

    /// A checkpoint of now; the last one if nothing came since.
    fn checkpoint(&mut self) -> Result<Checkpoint, TrailError> {
        let last = self.shared.with_map(|map| map.open.last());
        match &self.tail.checkpoint {
            Some(checkpoint) if checkpoint.sequence == last => return Ok(checkpoint.clone()),
            _ => self.ready()?,
        }
        self.sign()
    }

    fn sign(&mut self) -> Result<Checkpoint, TrailError> {
        let stage = self.shared.with_map(|map| map.open.stage());
        let mut draft = Draft {
            seed: self.shared.name.seed,
            stage,
            tail: self.tail.clone(),
        };
        self.buffer.clear();
        let checkpoint = draft.checkpoint(&mut self.buffer, &self.shared)?;
        self.keep(draft)?;
        Ok(checkpoint)
    }

    /// A checkpoint, if there are records that none covers.
    fn cover(&mut self) -> Result<(), TrailError> {
        match self.uncovered {
            Some(_) => self.checkpoint().map(drop),
            None => Ok(()),
        }
    }

    fn cover_or_warn(&mut self) {
        if let Err(error) = self.cover() {
            tracing::error!(%error, "audit trail: no checkpoint could be signed");
            self.uncovered = Some(Instant::now());
        }
    }

    /// Writes and syncs the buffer; only then is the draft what is.
    fn keep(&mut self, draft: Draft) -> Result<(), TrailError> {
        self.dirty = true;
        self.file.write_all(&self.buffer)?;
        self.file.sync_data()?;
        self.dirty = false;
        self.buffer.shrink_to(self.shared.limits.group * 2);
        self.tail = draft.tail;
        let last = draft.stage.last();
        let since = self.uncovered.unwrap_or_else(Instant::now);
        self.uncovered = (last > self.tail.covered).then_some(since);
        self.shared.with_map(|map| map.open.absorb(draft.stage));
        self.shared
            .end
            .send_if_modified(|end| std::mem::replace(end, last) != last);
        Ok(())
    }

    /// Removes what a failed attempt left behind; begins a new segment if this one is full.
    fn ready(&mut self) -> Result<(), TrailError> {
        let length = self.shared.with_map(|map| map.open.length);
        if self.dirty {
            self.file.set_len(length)?;
            self.file.sync_data()?;
            self.file.seek(SeekFrom::Start(length))?;
            self.dirty = false;
        }
        if length >= self.shared.limits.segment {
            self.rotate()?;
        }
        Ok(())
    }

    /// Every finished segment ends with a checkpoint.
    fn rotate(&mut self) -> Result<(), TrailError> {
        let last = self.shared.with_map(|map| map.open.last());
        if last > self.tail.covered {
            self.sign()?;
        }
        let finished = self.shared.with_map(|map| map.open.clone());
        let begin = self.tail.begin(self.shared.name.id, &finished.run);
        let bytes = begin.to_bytes(self.shared.name.seed);
        let file = recover::create(&self.shared.dir, &bytes, begin.first())?;
        if let Err(error) = finished.save(&self.shared.dir, self.shared.name.seed) {
            tracing::warn!(%error, "audit trail: the index is made again when it is needed");
        }
        let mut open = Index::new(begin.first());
        open.length = bytes.len() as u64;
        self.file = file;
        self.tail = Tail::of(begin);
        self.shared.with_map(|map| map.rotate(open));
        Ok(())
    }
}

/// The state after what is in the buffer.
struct Draft {
    seed: u32,
    stage: Index,
    tail: Tail,
}

impl Draft {
    fn uncovered(&self) -> u64 {
        self.stage.last() - self.tail.covered
    }

    fn records(&mut self, buffer: &mut Vec<u8>, batches: &[Batch]) {
        let first = self.stage.last() + 1;
        let start = frame::begin(buffer);
        self.stage.frame();
        for one in batches.iter().flat_map(|batch| &batch.records) {
            let (leaf, time) = record::write(buffer, self.stage.last() + 1, one);
            self.tail.chain = hash::link(self.tail.chain, leaf);
            self.stage.record(leaf, time);
        }
        let count = (self.stage.last() + 1 - first) as u32;
        self.end(buffer, start, (Kind::Records, count, first));
    }

    fn checkpoint(
        &mut self,
        buffer: &mut Vec<u8>,
        shared: &Shared,
    ) -> Result<Checkpoint, TrailError> {
        let sequence = self.stage.last();
        let begin = self.tail.begin(shared.name.id, &self.stage.run);
        let statement = checkpoint::Statement {
            trail: shared.name.id,
            number: self.tail.checkpoints + 1,
            previous: self.tail.previous,
            sequence,
            chain: self.tail.chain,
            root: begin.before.root(),
        };
        let checkpoint = Checkpoint::sign(&statement, &shared.signer)?;
        let start = frame::begin(buffer);
        buffer.extend_from_slice(checkpoint.text().as_bytes());
        self.tail.checkpoints = checkpoint.number;
        self.tail.previous = checkpoint.hash();
        self.tail.covered = sequence;
        self.tail.checkpoint = Some(checkpoint.clone());
        self.end(buffer, start, (Kind::Checkpoint, 0, sequence));
        Ok(checkpoint)
    }

    fn end(&mut self, buffer: &mut Vec<u8>, start: usize, head: (Kind, u32, u64)) {
        frame::end(buffer, start, self.seed, head, self.tail.chain);
        self.stage.length += (buffer.len() - start) as u64;
    }
}
