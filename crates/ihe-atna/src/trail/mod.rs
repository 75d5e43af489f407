//! ITI-20 the trail of an Audit Record Repository (ITI TF-2 3.20.4.1.3): what was received lies in an
//! append log that cannot be changed unnoticed.
//!
//! Records are numbered from 1 and written in groups, one fdatasync for all that wait; what was
//! answered with `Ok` is on the disk. Each record is hashed once; the hash goes into a chain and into a
//! Merkle tree; head and root are signed in checkpoints at intervals. `verify` reads all of it and says
//! what was changed where; `prove` shows to others that one record was there. Old segments can be
//! retired: a signed stub stays, over which both still work.
//!
//! The formulas (H is SHA-256, `||` puts bytes one after another, integers are little-endian):
//!
//! ```text
//! record n     = sequence u64 || received, ns since 1970, i64 || flags u8 || peer length u16 || peer || message
//! leaf n       = H(0x00 || record n)
//! chain 0      = H("Renkei audit trail" || trail id, 16 bytes)
//! chain n      = H(0x02 || chain n-1 || leaf n)
//! root         = Merkle tree hash of RFC 6962 2.1 over leaf 1 .. leaf n: H(0x01 || left || right)
//! ```

mod checkpoint;
mod error;
mod files;
mod flags;
mod frame;
mod hash;
mod index;
mod limits;
mod proof;
mod prove;
mod reader;
mod record;
mod recover;
mod retire;
mod segment;
mod shared;
mod signed;
mod signer;
mod stub;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod verify;
mod writer;

pub use checkpoint::Checkpoint;
pub use error::TrailError;
pub use flags::RecordFlags;
pub use hash::TrailHash;
pub use limits::{RetentionPolicy, TrailLimits};
pub use proof::Proof;
pub use prove::{last_checkpoint, prove};
pub use record::KeptRecord;
pub use signer::{TrailKey, TrailSigner};
pub use stub::Stub;
pub use verify::{Filed, Finding, FindingKind, VerifyReport, verify};

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot, watch};

use crate::store::ReceivedRecord;
use shared::{Map, Shared};
use writer::{Batch, Request, Writer};

/// Bytes of one call of `append`, whatever the limits say: a frame holds all of it.
const LONGEST_BATCH: usize = 128 << 20;

/// The end of a segment that was cut off when the trail was opened after a crash: a write that was
/// interrupted before it was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutEnd {
    /// The segment.
    pub segment: String,
    /// Where it was cut.
    pub offset: u64,
    /// Bytes that were cut off.
    pub bytes: u64,
    /// The file beside it that they were put in.
    pub kept_as: String,
}

/// The append log of an Audit Record Repository. A clone is the same trail. When the last clone is
/// dropped, or after `close`, a last checkpoint is signed.
#[derive(Clone, Debug)]
pub struct Trail {
    shared: Arc<Shared>,
    requests: mpsc::Sender<Request>,
    queue: Arc<Semaphore>,
}

impl Trail {
    /// Opens or makes the directory, and locks it against a second process. Reads the last segment
    /// only. What a crash interrupted is cut off (`cut`); damage among acknowledged records of the last
    /// segment is an error: keep the directory for who investigates, and begin another trail.
    pub fn open(
        dir: impl AsRef<Path>,
        signer: TrailSigner,
        limits: TrailLimits,
    ) -> Result<Trail, TrailError> {
        let dir = dir.as_ref();
        std::fs::create_dir_all(dir)?;
        let lock = Arc::new(take_lock(dir)?);
        let found = recover::open(dir, &signer.key()?)?;
        let map = Map {
            segments: found.segments,
            open: found.index,
        };
        let limits = limits.checked();
        let queue = Arc::new(Semaphore::new(limits.queue));
        let weak = Arc::downgrade(&lock);
        let parts = (found.name, found.cut, map);
        let shared = Arc::new(Shared::new(dir.to_owned(), parts, (signer, limits), weak));
        let writer = Writer::open(shared.clone(), lock, found.tail)?;
        let (requests, waiting) = mpsc::channel();
        std::thread::Builder::new()
            .name("audit-trail".to_owned())
            .spawn(move || writer.run(&waiting))?;
        Ok(Trail {
            shared,
            requests,
            queue,
        })
    }

    /// Bytes of the longest message that is taken.
    pub(crate) fn longest_record(&self) -> usize {
        self.shared.limits.record
    }

    /// What was cut off when the trail was opened.
    pub fn cut(&self) -> Option<&CutEnd> {
        self.shared.cut.as_ref()
    }

    /// Appends in order, all or nothing; `Ok` when durable: the sequence of the last record. Many
    /// callers share one fdatasync. Waits while the queue is full. A call that is dropped before it is
    /// answered may have been kept.
    ///
    /// After an error nothing of these records was kept (unless the process ends before it could
    /// take back what it wrote); the next call is tried anew, so the trail goes on when a full disk
    /// has room again.
    pub async fn append(&self, records: Vec<ReceivedRecord>) -> Result<u64, TrailError> {
        if records.is_empty() {
            return Ok(*self.shared.end.borrow());
        }
        let bytes = self.admitted(&records)?;
        let share = bytes.min(self.shared.limits.queue) as u32;
        let queue = self.queue.clone();
        let share = queue.acquire_many_owned(share).await;
        let share = share.map_err(|_| TrailError::Closed)?;
        self.ask(|done| {
            Request::Append(Batch {
                records,
                bytes,
                share,
                done,
            })
        })
        .await
    }

    fn admitted(&self, records: &[ReceivedRecord]) -> Result<usize, TrailError> {
        let limit = self.shared.limits.record;
        let longest = records.iter().map(|one| one.raw.len()).max().unwrap_or(0);
        let bytes = records.iter().map(record::size).sum();
        if longest > limit {
            let bytes = longest;
            Err(TrailError::TooLarge { bytes, limit })
        } else if bytes > LONGEST_BATCH {
            let limit = LONGEST_BATCH;
            Err(TrailError::TooLarge { bytes, limit })
        } else {
            Ok(bytes)
        }
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, TrailError>>) -> Request,
    ) -> Result<T, TrailError> {
        let (done, answer) = oneshot::channel();
        let asked = self.requests.send(request(done));
        asked.map_err(|_| TrailError::Closed)?;
        answer.await.unwrap_or(Err(TrailError::Closed))
    }

    /// The sequence of the last durable record; 0: none. Wait for more through the receiver.
    pub fn end(&self) -> watch::Receiver<u64> {
        self.shared.end.subscribe()
    }

    /// The sequence of the oldest record kept; one more than the last if there is none.
    pub fn first(&self) -> u64 {
        self.shared.with_map(|map| map.first())
    }

    /// Records from this sequence on, at most so many and about so many bytes as
    /// `TrailLimits::read` says, at least one. Retired records are passed over: the first answered
    /// is then of a later sequence. Empty: there are no more yet. Damage is an error once it is
    /// reached; its `next` says from where to read on.
    pub async fn read(&self, from: u64, most: usize) -> Result<Vec<KeptRecord>, TrailError> {
        self.work(move |shared| reader::read(shared, from, most))
            .await
    }

    /// Disk work beside the reactor.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, TrailError> + Send + 'static,
    ) -> Result<T, TrailError> {
        let shared = self.shared.clone();
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.unwrap_or(Err(TrailError::Closed))
    }

    /// Signs a checkpoint now, durable when answered; the last one again if no record came since. A
    /// person files its text off the machine.
    pub async fn checkpoint(&self) -> Result<Checkpoint, TrailError> {
        self.ask(Request::Checkpoint).await
    }

    /// Proves a record to a checkpoint, the last or any earlier one: see `prove`.
    pub async fn prove(
        &self,
        sequence: u64,
        checkpoint: &Checkpoint,
    ) -> Result<(Proof, KeptRecord), TrailError> {
        let checkpoint = checkpoint.clone();
        self.work(move |shared| {
            let open = shared.with_map(|map| map.open.clone());
            prove::prove_beside(&shared.dir, shared.name, open, sequence, &checkpoint)
        })
        .await
    }

    /// What may go by a policy: the `before` for `retire`. None: nothing.
    pub async fn due(&self, policy: &RetentionPolicy) -> Result<Option<u64>, TrailError> {
        let policy = *policy;
        self.work(move |shared| retire::due(shared, &policy)).await
    }

    /// Removes whole finished segments of records before this sequence, oldest first, and leaves a
    /// signed stub. None: there is no such segment. The repository records the event itself; verify the
    /// trail before, because what is wrong in a retired segment cannot be found later.
    pub async fn retire(&self, before: u64, reason: &str) -> Result<Option<Stub>, TrailError> {
        let reason = reason.to_owned();
        self.work(move |shared| retire::retire(shared, before, &reason))
            .await
    }

    /// Signs a last checkpoint and lets go of the directory. What is appended later fails with
    /// `Closed`; reading still works.
    pub async fn close(&self) -> Result<(), TrailError> {
        self.ask(Request::Close).await
    }
}

/// Waits a second for an earlier trail of this process to let go.
fn take_lock(dir: &Path) -> Result<File, TrailError> {
    let lock = File::create(dir.join("lock"))?;
    for _ in 0..20 {
        if lock.try_lock().is_ok() {
            return Ok(lock);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(TrailError::InUse(dir.display().to_string()))
}
