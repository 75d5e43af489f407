//! Tests of the trail: what is kept, read, proven, retired; what is found when somebody changes it.

mod forger;
mod forging;
mod keeping;
mod opening;
mod proving;
mod retiring;
mod tampering;
mod texts;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::store::ReceivedRecord;
use crate::trail::{
    Checkpoint, RecordFlags, Trail, TrailKey, TrailLimits, TrailSigner, VerifyReport, verify,
};

/// A directory, the key of its trail, and the last checkpoint, filed.
struct Kept {
    dir: TempDir,
    signer: TrailSigner,
    filed: Checkpoint,
}

impl Kept {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn key(&self) -> TrailKey {
        self.signer.key().expect("a key")
    }

    fn open(&self) -> Trail {
        Trail::open(self.path(), self.signer.clone(), small()).expect("opens")
    }

    fn verify(&self) -> VerifyReport {
        verify(self.path(), &self.key(), None, |_, _| {}).expect("verified")
    }

    fn verify_filed(&self) -> VerifyReport {
        verify(self.path(), &self.key(), Some(&self.filed), |_, _| {}).expect("verified")
    }
}

/// Small segments and frequent checkpoints.
fn small() -> TrailLimits {
    TrailLimits {
        segment: 16 << 10,
        checkpoint_records: 20,
        checkpoint_interval: Duration::from_secs(3600),
        ..TrailLimits::default()
    }
}

fn signer() -> TrailSigner {
    TrailSigner::generate().expect("a key").0
}

fn record(number: u64) -> ReceivedRecord {
    let seconds = i64::try_from(number).expect("small");
    ReceivedRecord {
        received: DateTime::from_timestamp(1_800_000_000 + seconds, 123_456_789).expect("a time"),
        peer: format!("10.0.0.{}:6514", number % 5),
        raw: format!(
            "<85>1 - host app 1 IHE+RFC-3881 - record {number} {}",
            "x".repeat(200)
        )
        .into(),
        flags: RecordFlags::from_bits((number % 3) as u8),
    }
}

/// Batches of 1 to 7 records.
async fn fill(trail: &Trail, from: u64, to: u64) {
    let mut next = from;
    while next <= to {
        let end = (next + next % 7).min(to);
        let batch = (next..=end).map(record).collect();
        assert_eq!(trail.append(batch).await.expect("appended"), end);
        next = end + 1;
    }
}

/// A trail of so many records in several segments, closed, the last checkpoint filed.
async fn another(records: u64) -> Kept {
    let dir = tempfile::tempdir().expect("a directory");
    let signer = signer();
    let trail = Trail::open(dir.path(), signer.clone(), small()).expect("opens");
    fill(&trail, 1, records).await;
    let filed = trail.checkpoint().await.expect("signed");
    trail.close().await.expect("closed");
    Kept { dir, signer, filed }
}

/// The files of a trail of 300 records.
struct Template {
    files: Vec<(OsString, Vec<u8>)>,
    signer: TrailSigner,
    filed: Checkpoint,
}

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

async fn template() -> Template {
    let kept = another(300).await;
    let entries = fs::read_dir(kept.path()).expect("listed");
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let bytes = fs::read(entry.path()).expect("read");
        (entry.file_name(), bytes)
    };
    Template {
        files: entries.map(read).collect(),
        signer: kept.signer,
        filed: kept.filed,
    }
}

/// The same trail of 300 records each time, in a directory of its own.
async fn kept() -> Kept {
    let template = TEMPLATE.get_or_init(template).await;
    let dir = tempfile::tempdir().expect("a directory");
    for (name, bytes) in &template.files {
        fs::write(dir.path().join(name), bytes).expect("written");
    }
    let (signer, filed) = (template.signer.clone(), template.filed.clone());
    Kept { dir, signer, filed }
}

fn now() -> DateTime<Utc> {
    Utc::now()
}
