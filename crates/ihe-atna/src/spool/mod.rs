//! ITI-20 audit spool (ITI TF-2 3.20.4.1.3.1, ATNA-R-025): every audit message is on disk before
//! the caller goes on, and stays there until it was sent.
//!
//! A directory of append-only segments and one cursor file per destination. A writer thread
//! appends and syncs; one task per destination sends in order, reconnects with back-off, and after
//! an unclean close sends the last window again, because syslog over TLS has no acknowledgement:
//! the repository drops exact repeats.

mod cursor;
mod handle;
mod record;
mod segment;
mod sender;
mod session;
mod state;
mod writer;

pub(crate) use handle::Handle;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::node::SharedClient;
use state::{Shared, State};

/// Limits of a spool, with safe defaults.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes on disk before records are refused with `block`; 1 GiB. A warning is traced at 80 %.
    pub total: u64,
    /// Bytes of one segment file; 8 MiB.
    pub segment: u64,
    /// Bytes of one record; 1 MiB.
    pub record: usize,
    /// Longest time between a write and its fsync; 100 ms.
    pub sync: Duration,
    /// Bytes sent again after an unclean close, at least; 8 MiB, more than the socket buffers on
    /// the way can hold.
    pub window_bytes: u64,
    /// Records sent again after an unclean close, at least; 500.
    pub window_records: u64,
    /// First pause before a reconnect; 250 ms, doubled each time, plus or minus half.
    pub retry_first: Duration,
    /// Longest pause before a reconnect; 60 s.
    pub retry_longest: Duration,
    /// Longest connect, handshake, write or orderly close; 15 s.
    pub io: Duration,
    /// An idle connection is closed in order after this time, which settles its window; 30 s.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            total: 1 << 30,
            segment: 8 << 20,
            record: 1 << 20,
            sync: Duration::from_millis(100),
            window_bytes: 8 << 20,
            window_records: 500,
            retry_first: Duration::from_millis(250),
            retry_longest: Duration::from_secs(60),
            io: Duration::from_secs(15),
            idle: Duration::from_secs(30),
        }
    }
}

/// A destination: an Audit Record Repository by syslog over TLS (RFC 5425).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyslogTls {
    address: String,
}

impl SyslogTls {
    /// `host:port`, `[v6]:port` or `host` with the default port 6514.
    pub fn to(address: impl Into<String>) -> SyslogTls {
        SyslogTls {
            address: address.into(),
        }
    }

    /// Host without brackets, and port.
    pub(crate) fn parts(&self) -> io::Result<(String, u16)> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "audit destination: host:port");
        let text = self.address.as_str();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.starts_with('[') => {
                (host, port.parse().map_err(|_| wrong())?)
            }
            _ => (text, 6514),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            Err(wrong())
        } else {
            Ok((host.to_owned(), port))
        }
    }
}

/// How the spool does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpoolStatus {
    /// Records not yet sent to the slowest destination.
    pub depth: u64,
    /// Age of the oldest of them.
    pub oldest_age: Option<Duration>,
    /// Records sent for the first time to every destination since the spool was opened.
    pub sent: u64,
    /// Damaged stretches of segments moved to the folder `quarantine`.
    pub quarantined: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// An opened spool that does not send yet; a node starts it.
#[derive(Debug)]
pub struct Spool {
    dir: PathBuf,
    destinations: Vec<(String, u16)>,
    limits: Limits,
    lock: File,
}

impl Spool {
    /// Opens or makes the directory and locks it against a second process. With no destination
    /// records are only kept, until the spool is full.
    pub fn open(
        dir: impl AsRef<Path>,
        destinations: impl IntoIterator<Item = SyslogTls>,
    ) -> io::Result<Spool> {
        let dir = dir.as_ref().to_path_buf();
        std::fs::create_dir_all(&dir)?;
        let destinations = destinations
            .into_iter()
            .map(|one| one.parts())
            .collect::<io::Result<Vec<_>>>()?;
        let lock = File::create(dir.join("lock"))?;
        take_lock(&lock, &dir)?;
        Ok(Spool {
            dir,
            destinations,
            limits: Limits::default(),
            lock,
        })
    }

    /// With limits of one's own.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Spool {
        self.limits = limits;
        self
    }

    /// Reads what is there, starts the writer thread and one sender task per destination.
    pub(crate) fn start(self, client: SharedClient) -> io::Result<Handle> {
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|_| io::Error::other("a node with a spool needs a tokio runtime"))?;
        let found = segment::recover(&self.dir)?;
        let cursors = self.cursors(&found)?;
        let state = State::new(&found, &cursors);
        let shared = Arc::new(Shared::new(self.dir, self.limits, state, self.lock));
        let records = Arc::new(writer::start(shared.clone(), &found)?);
        for (index, (destination, cursor)) in self.destinations.iter().zip(cursors).enumerate() {
            let (host, port) = destination.clone();
            let alerts = Arc::downgrade(&records);
            let (shared, client) = (shared.clone(), client.clone());
            let sender = sender::Sender::new(shared, client, alerts, index, host, port, cursor);
            runtime.spawn(sender.run());
        }
        Ok(Handle::new(shared, records))
    }

    fn cursors(&self, found: &segment::Found) -> io::Result<Vec<segment::Position>> {
        let read = |(host, port): &(String, u16)| cursor::load(&self.dir, host, *port, found);
        self.destinations.iter().map(read).collect()
    }
}

/// Waits a second for an earlier node of this process to let go.
fn take_lock(lock: &File, dir: &Path) -> io::Result<()> {
    for _ in 0..20 {
        if lock.try_lock().is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let text = format!("audit spool {} is in use", dir.display());
    Err(io::Error::new(io::ErrorKind::ResourceBusy, text))
}
