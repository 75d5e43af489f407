//! ITI-20 audit spool (ITI TF-2 3.20.4.1.3.1, ATNA-R-025): every audit message is on disk before
//! the caller goes on, and stays there until it was sent.
//!
//! A directory of append-only segments and one cursor file per destination. Callers append, a
//! thread syncs; one task per destination sends in order, reconnects with back-off, and after an
//! unclean close sends the last window again, because syslog has no acknowledgement
//! (ATNA-R-030): our repository drops exact repeats.

mod alarm;
mod backoff;
mod cursor;
mod datagrams;
mod destination;
mod doubt;
mod handle;
mod limits;
mod log;
mod marks;
mod record;
mod room;
mod salvage;
mod segment;
mod sender;
mod session;
mod state;
mod writer;

pub use destination::{SyslogTcp, SyslogTls, SyslogUdp};
pub(crate) use handle::{Handle, Reserved};
pub use limits::{Limits, SpoolSync, WhenFull};

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::node::SharedClient;
pub(crate) use destination::Destination;
use state::Shared;

/// How the spool does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpoolStatus {
    /// Records not yet sent to the slowest destination.
    pub depth: u64,
    /// Age of the oldest of them.
    pub oldest_age: Option<Duration>,
    /// Records sent for the first time to every destination since the spool was opened.
    pub sent: u64,
    /// Records sent again after an unclean close since then: a foreign repository may hold so many
    /// twice, ours drops them.
    pub resent: u64,
    /// Records cut to fit into a UDP datagram since then (ATNA-R-023).
    pub cut: u64,
    /// Records dropped by `WhenFull::CountAndAlarm` since then.
    pub lost: u64,
    /// Damaged stretches of segments, and records a repository refused, kept in the folder
    /// `quarantine`.
    pub quarantined: u64,
    /// Bytes of records on disk.
    pub bytes: u64,
    /// More than 80 % of the bound is in use.
    pub alarm: bool,
}

/// An opened spool that does not send yet; a node starts it.
#[derive(Debug)]
pub struct Spool {
    dir: PathBuf,
    destinations: Vec<Destination>,
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
            .map(|one| one.parsed())
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

    /// Sends over UDP as well: readable on the way, and lost there without notice.
    pub fn with_dangerous_udp(mut self, to: SyslogUdp) -> io::Result<Spool> {
        self.destinations.push(to.parsed()?);
        Ok(self)
    }

    /// Sends over plain TCP as well: readable on the way, to whoever answers.
    pub fn with_dangerous_tcp(mut self, to: SyslogTcp) -> io::Result<Spool> {
        self.destinations.push(to.parsed()?);
        Ok(self)
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
        let found = salvage::recover(&self.dir)?;
        let load = |to: &Destination| cursor::load(&self.dir, to, &found);
        let cursors: Vec<_> = self
            .destinations
            .iter()
            .map(load)
            .collect::<Result<_, _>>()?;
        let shared = Shared::new(self.dir, self.limits, &found, &cursors, self.lock)?;
        let shared = Arc::new(shared);
        let orders = Arc::new(writer::start(shared.clone())?);
        for (index, (to, cursor)) in self.destinations.into_iter().zip(cursors).enumerate() {
            let alerts = Arc::downgrade(&orders);
            let (shared, client) = (shared.clone(), client.clone());
            let sender = sender::Sender::new(shared, client, alerts, index, to, cursor);
            runtime.spawn(sender.run());
        }
        Ok(Handle::new(shared, orders))
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
