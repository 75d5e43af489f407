//! ITI-20 forwarding to another repository (ATNA-R-026): bytes as they came, over TLS, in order. The
//! trail is the queue: what was sent counts when the other side has answered our close, so a batch
//! may arrive twice and is never lost.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::repository::AuditRecordRepository;
use crate::spool::SyslogTls;
use crate::store::{RecordStore, Search, StoredRecord};
use crate::syslog;
use crate::trail::{KeptRecord, TrailError};

/// Records in one connection.
const BATCH: usize = 2000;
/// How long records are gathered for one connection.
const GATHER: Duration = Duration::from_millis(500);
/// Pause after a failure; doubled up to the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));
/// Longest sending and closing of one batch.
const IO: Duration = Duration::from_secs(60);

/// Another repository that gets what this one received.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Where to.
    pub to: SyslogTls,
    /// Which records; None: all. Page and order do not count.
    pub only: Option<Search>,
    /// The file that holds how far it has come. One that is not there: from the oldest record on.
    pub cursor: PathBuf,
}

impl<S: RecordStore> AuditRecordRepository<S> {
    /// Forwards until stopped, over the node's TLS. Records are not retired before they were sent.
    /// Fails only when the cursor's file cannot be read or the destination is no `host:port`.
    pub async fn forward(&self, forward: Forward, stop: CancellationToken) -> io::Result<()> {
        let crate::spool::Destination { host, port, .. } = forward.to.parsed()?;
        let sent = Arc::new(AtomicU64::new(load(&forward.cursor)?));
        self.forwards().push(sent.clone());
        let mut pause = RETRY.0;
        let mut end = self.trail().end();
        loop {
            let at = sent.load(Ordering::Acquire);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                found = end.wait_for(|end| *end > at) => if found.is_err() { return Ok(()) },
            }
            match self
                .forward_some((&host, port), forward.only.as_ref(), at)
                .await
            {
                Ok(next) => {
                    save(&forward.cursor, next)?;
                    sent.store(next, Ordering::Release);
                    pause = RETRY.0;
                    let end = *end.borrow();
                    gather(next, end, &stop).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "audit records wait to be forwarded");
                    tokio::select! {
                        () = stop.cancelled() => return Ok(()),
                        () = sleep(pause) => pause = (pause * 2).min(RETRY.1),
                    }
                }
            }
        }
    }

    /// One batch, settled; the last record of it.
    async fn forward_some(
        &self,
        (host, port): (&str, u16),
        only: Option<&Search>,
        at: u64,
    ) -> io::Result<u64> {
        let kept = match self.trail().read(at + 1, BATCH).await {
            Ok(kept) => kept,
            Err(TrailError::Damaged {
                next: Some(next), ..
            }) if next > at + 1 => {
                tracing::error!(first = at + 1, last = next - 1, "not forwarded: damaged");
                return Ok(next - 1);
            }
            Err(error) => return Err(io::Error::other(error)),
        };
        let last = kept.last().map_or(at, |one| one.sequence);
        let wanted =
            |one: &&KeptRecord| only.is_none_or(|only| only.matches(&StoredRecord::of(one)));
        let chosen = kept.iter().filter(wanted);
        let bytes: Vec<u8> = chosen
            .flat_map(|one| syslog::frame(&one.record.raw))
            .collect();
        if !bytes.is_empty() {
            let sending = self.send_and_settle((host, port), &bytes);
            timeout(IO, sending)
                .await
                .map_err(|_| io::ErrorKind::TimedOut)??;
        }
        Ok(last)
    }

    async fn send_and_settle(&self, (host, port): (&str, u16), bytes: &[u8]) -> io::Result<()> {
        let (mut stream, _) = self.node().connect(host, port).await?;
        stream.write_all(bytes).await?;
        stream.shutdown().await?;
        while stream.read(&mut [0; 64]).await? > 0 {}
        Ok(())
    }

    /// The last record that every destination has; the largest number when there is none.
    pub(crate) fn forwarded(&self) -> u64 {
        let sent = self.forwards();
        let sent = sent.iter().map(|one| one.load(Ordering::Acquire));
        sent.min().unwrap_or(u64::MAX)
    }
}

/// A little waiting makes one connection of many records.
async fn gather(sent: u64, end: u64, stop: &CancellationToken) {
    if end.saturating_sub(sent) < BATCH as u64 {
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(GATHER) => {}
        }
    }
}

fn load(path: &Path) -> io::Result<u64> {
    match std::fs::read_to_string(path) {
        Ok(text) => text.trim().parse().map_err(|_| {
            let text = format!("{}: not a record's number", path.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Whole or not at all; an older one only repeats a batch.
fn save(path: &Path, sent: u64) -> io::Result<()> {
    let draft = path.with_extension("draft");
    std::fs::write(&draft, format!("{sent}\n"))?;
    std::fs::rename(draft, path)
}
