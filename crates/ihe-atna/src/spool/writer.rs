//! ITI-20 spool writer: appends by the caller itself where that cannot wait for the disk, and one
//! thread for everything that can: syncing, new segments, records while another one is written.
//!
//! A write(2) of 2 KB into the page cache takes about as long as a wake-up of the thread costs
//! twice over. So the caller writes, but only when the lock is free, the segment has room and the
//! last writes were quick; fdatasync never happens on the caller's thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::AuditError;
use crate::spool::log::{Entry, Log, Staged};
use crate::spool::state::{Shared, now_ms};
use crate::spool::{SpoolSync, WhenFull};

/// A write slower than this sends the next records to the thread.
const SLOW: Duration = Duration::from_millis(5);
/// For so long, in ms.
const SLOW_FOR: u64 = 1000;

/// What the thread is asked.
pub(crate) enum Order {
    /// Write this and answer.
    Record(Request),
    /// A caller wrote: sync in time.
    Written(Instant),
}

/// One message to write.
pub(crate) struct Request {
    pub(crate) app_name: String,
    pub(crate) xml: String,
    pub(crate) reserved: bool,
    pub(crate) done: oneshot::Sender<Result<(), AuditError>>,
}

/// Starts the thread; it ends when all senders of orders are gone.
pub(crate) fn start(shared: Arc<Shared>) -> io::Result<mpsc::Sender<Order>> {
    let (sender, orders) = mpsc::channel();
    let mut writer = Writer {
        shared,
        unsynced: None,
    };
    std::thread::Builder::new()
        .name("audit-spool".to_owned())
        .spawn(move || writer.run(&orders))?;
    Ok(sender)
}

/// Appends on the caller's thread; `None`: the writer thread has to.
pub(crate) fn append_now(
    shared: &Shared,
    entry: Entry<'_>,
    orders: &mpsc::Sender<Order>,
) -> Option<Result<(), AuditError>> {
    let quick = shared.slow_until.load(Relaxed) == 0 || shared.slow_until.load(Relaxed) < now_ms();
    if shared.limits.sync == SpoolSync::AtOnce || shared.is_closed() || !quick {
        return None;
    }
    let mut log = shared.log.try_lock().ok()?;
    if log.is_long(&shared.limits) {
        return None;
    }
    let staged = match log.stage(shared, entry) {
        Ok(Staged::NoRoom) => return None,
        Ok(_) => Ok(()),
        Err(error) => return Some(Err(error)),
    };
    let begun = Instant::now();
    let first = !log.unsynced;
    if let Err(error) = log.write(shared) {
        return Some(Err(error.into()));
    }
    if begun.elapsed() > SLOW {
        shared.slow_until.store(now_ms() + SLOW_FOR, Relaxed);
    }
    if first && log.unsynced {
        let _ = orders.send(Order::Written(begun));
    }
    Some(staged)
}

struct Writer {
    shared: Arc<Shared>,
    unsynced: Option<Instant>,
}

impl Writer {
    fn run(&mut self, orders: &Receiver<Order>) {
        loop {
            match self.wait(orders) {
                Ok(Order::Record(first)) => self.take(first, orders),
                Ok(Order::Written(at)) => self.note_unsynced(at),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.is_due() && self.sync().is_err() {
                return;
            }
        }
        let _ = self.sync();
    }

    fn wait(&self, orders: &Receiver<Order>) -> Result<Order, RecvTimeoutError> {
        match self.unsynced {
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => orders.recv_timeout(self.longest().saturating_sub(since.elapsed())),
        }
    }

    fn longest(&self) -> Duration {
        match self.shared.limits.sync {
            // A fifth is left to the fdatasync itself.
            SpoolSync::Within(longest) => longest / 5 * 4,
            SpoolSync::AtOnce => Duration::ZERO,
        }
    }

    fn is_due(&self) -> bool {
        self.unsynced
            .is_some_and(|since| since.elapsed() >= self.longest())
    }

    fn note_unsynced(&mut self, at: Instant) {
        self.unsynced.get_or_insert(at);
    }

    /// Writes what waits, up to a number of bytes, in one write(2), and answers.
    fn take(&mut self, first: Request, orders: &Receiver<Order>) {
        let shared = self.shared.clone();
        let mut log = shared.log();
        let mut waiting = Vec::new();
        self.admit(&mut log, first, &mut waiting);
        while log.staged_bytes() < 1 << 20 {
            match orders.try_recv() {
                Ok(Order::Record(next)) => self.admit(&mut log, next, &mut waiting),
                Ok(Order::Written(at)) => self.note_unsynced(at),
                Err(_) => break,
            }
        }
        let mut result = self.write(&mut log);
        drop(log);
        if shared.limits.sync == SpoolSync::AtOnce && result.is_ok() {
            result = self.sync();
        }
        for done in waiting {
            let _ = done.send(self.answer(&result));
        }
    }

    fn write(&mut self, log: &mut Log) -> io::Result<()> {
        let shared = self.shared.clone();
        let written = log.write(&shared);
        if log.unsynced {
            self.note_unsynced(Instant::now());
        }
        written
    }

    fn answer(&self, result: &io::Result<()>) -> Result<(), AuditError> {
        match result {
            Ok(()) => Ok(()),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string()).into()),
        }
    }

    fn admit(
        &mut self,
        log: &mut Log,
        request: Request,
        waiting: &mut Vec<oneshot::Sender<Result<(), AuditError>>>,
    ) {
        match self.stage(log, &request) {
            Ok(()) => waiting.push(request.done),
            Err(error) => {
                let _ = request.done.send(Err(error));
            }
        }
    }

    fn stage(&mut self, log: &mut Log, request: &Request) -> Result<(), AuditError> {
        let shared = self.shared.clone();
        if log.is_long(&shared.limits) {
            self.rotate(log)?;
        }
        let entry = Entry {
            app_name: &request.app_name,
            xml: &request.xml,
            reserved: request.reserved,
        };
        if log.stage(&shared, entry)? != Staged::NoRoom {
            return Ok(());
        }
        self.write(log)?;
        let more = (request.xml.len() + 2048) as u64;
        let made = log.make_room(&shared, more);
        match made {
            Ok(()) => match log.stage(&shared, entry)? {
                Staged::NoRoom => Err(io::Error::from(io::ErrorKind::StorageFull).into()),
                _ => Ok(()),
            },
            Err(error) if shared.limits.when_full == WhenFull::CountAndAlarm => {
                log.lose(
                    &shared,
                    &format!("no disk space for audit records: {error}"),
                );
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A segment that cannot be begun is tried again with the next record; the open one goes on
    /// as long as it has room. What it holds is synced before another one begins, so that a sync
    /// that fails is never the one of a file nobody looks at any more.
    fn rotate(&mut self, log: &mut Log) -> io::Result<()> {
        let shared = self.shared.clone();
        self.write(log)?;
        self.unsynced = None;
        if std::mem::take(&mut log.unsynced) {
            self.checked(log.file().sync_data())?;
        }
        if let Err(error) = log.rotate(&shared) {
            tracing::warn!(%error, "audit spool: no new segment");
        }
        Ok(())
    }

    /// One fdatasync for all that was written, without holding up whoever writes on.
    fn sync(&mut self) -> io::Result<()> {
        self.unsynced = None;
        let mut log = self.shared.log();
        if !std::mem::take(&mut log.unsynced) {
            return Ok(());
        }
        let file = log.file();
        drop(log);
        self.checked(file.sync_data())
    }

    /// After a failed fsync nothing that was written can be trusted: stop taking.
    fn checked(&self, synced: io::Result<()>) -> io::Result<()> {
        if let Err(error) = &synced {
            tracing::error!(%error, "audit spool: fsync failed, no more records are taken");
            self.shared.close();
        }
        synced
    }
}
