//! ITI-20 spool state shared by writer, senders and callers.

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::spool::log::Log;
use crate::spool::marks::Marks;
use crate::spool::room::Room;
use crate::spool::segment::{Found, Position};
use crate::spool::{Limits, SpoolStatus};

/// One destination's progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Number of the first record never sent.
    pub(crate) unsent: u64,
    /// Number of the first record not settled by an orderly close.
    pub(crate) unsettled: u64,
    /// Where it would start again; segments before are not needed.
    pub(crate) restart: Position,
}

/// How far the destinations are.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) destinations: Vec<Progress>,
    /// Damaged stretches and refused records set aside.
    pub(crate) quarantined: u64,
    /// Records sent more than once.
    pub(crate) resent: u64,
    /// Records cut to fit into a datagram.
    pub(crate) cut: u64,
    marks: Marks,
    start: u64,
    started_at: u64,
}

impl State {
    pub(crate) fn new(found: &Found, cursors: &[Position]) -> State {
        let progress = |at: &Position| Progress {
            unsent: at.sequence,
            unsettled: at.sequence,
            restart: *at,
        };
        State {
            destinations: cursors.iter().map(progress).collect(),
            marks: found.marks.clone(),
            start: found.start().sequence,
            started_at: cursors.iter().map(|at| at.sequence).min().unwrap_or(1),
            quarantined: found.quarantined,
            resent: 0,
            cut: 0,
        }
    }

    /// Notes when records beginning with this one were written.
    pub(crate) fn written(&mut self, first: u64, time_ms: u64) {
        self.marks.note(first, time_ms);
    }

    /// The first record that a destination lacks; the oldest there is without destinations.
    fn slowest(&self) -> u64 {
        let unsent = self.destinations.iter().map(|one| one.unsent);
        unsent.min().unwrap_or(self.start)
    }

    fn status(&self, end: u64, room: &Room) -> SpoolStatus {
        let slowest = self.slowest();
        let depth = end.saturating_sub(slowest);
        let age = |time| Duration::from_millis(now_ms().saturating_sub(time));
        let time = self.marks.time(slowest).filter(|_| depth > 0);
        SpoolStatus {
            depth,
            oldest_age: time.map(age),
            sent: slowest.saturating_sub(self.started_at),
            resent: self.resent,
            cut: self.cut,
            lost: room.lost(),
            quarantined: self.quarantined,
            bytes: room.stored(),
            alarm: room.alarm(),
        }
    }
}

/// What everybody holds.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) limits: Limits,
    pub(crate) room: Room,
    /// Held for a write at most by callers, who never wait for it; by the writer thread for more.
    pub(crate) log: Mutex<Log>,
    /// In ms since 1970: until then the disk is taken for slow.
    pub(crate) slow_until: AtomicU64,
    state: Mutex<State>,
    closed: AtomicBool,
    /// After the last written record.
    pub(crate) end: watch::Sender<Position>,
    /// Records up to this number are to be sent and settled now.
    pub(crate) flush: watch::Sender<u64>,
    /// Counts whatever moves a destination on.
    pub(crate) progress: watch::Sender<u64>,
    pub(crate) stop: CancellationToken,
    /// Held until writer and senders have ended.
    _lock: File,
}

impl Shared {
    pub(crate) fn new(
        dir: PathBuf,
        limits: Limits,
        found: &Found,
        cursors: &[Position],
        lock: File,
    ) -> std::io::Result<Shared> {
        let log = Log::open(&dir, &limits, found.next_sequence())?;
        let end = watch::Sender::new(log.end());
        let shared = Shared {
            room: Room::new(&limits, found.bytes()),
            dir,
            limits,
            log: Mutex::new(log),
            slow_until: AtomicU64::new(0),
            state: Mutex::new(State::new(found, cursors)),
            closed: AtomicBool::new(false),
            end,
            flush: watch::Sender::new(0),
            progress: watch::Sender::new(0),
            stop: CancellationToken::new(),
            _lock: lock,
        };
        shared.log().tell_room(&shared);
        Ok(shared)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> SpoolStatus {
        let end = self.end().sequence;
        self.state().status(end, &self.room)
    }

    pub(crate) fn end(&self) -> Position {
        *self.end.borrow()
    }

    /// No more records are taken.
    pub(crate) fn close(&self) {
        self.closed.store(true, SeqCst);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(SeqCst)
    }

    /// Whether every destination has settled all records before `sequence`.
    pub(crate) fn settled(&self, sequence: u64) -> bool {
        self.state()
            .destinations
            .iter()
            .all(|one| one.unsettled >= sequence)
    }

    /// The first record one destination has not settled.
    pub(crate) fn unsettled(&self, index: usize) -> u64 {
        self.state()
            .destinations
            .get(index)
            .map_or(u64::MAX, |one| one.unsettled)
    }

    /// Changes one destination's progress and tells the waiting.
    pub(crate) fn update(&self, index: usize, change: impl FnOnce(&mut Progress)) {
        let mut state = self.state();
        if let Some(progress) = state.destinations.get_mut(index) {
            change(progress);
        }
        let slowest = state.slowest();
        state.marks.forget(slowest);
        drop(state);
        self.progress
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
