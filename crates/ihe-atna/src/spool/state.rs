//! ITI-20 spool state shared by writer, senders and callers.

use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

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

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) bytes: u64,
    pub(crate) alarmed: bool,
    pub(crate) destinations: Vec<Progress>,
    times: VecDeque<u64>,
    first_time: u64,
    started_at: u64,
    quarantined: u64,
}

impl State {
    pub(crate) fn new(found: &Found, cursors: &[Position]) -> State {
        let progress = |at: &Position| Progress {
            unsent: at.sequence,
            unsettled: at.sequence,
            restart: *at,
        };
        State {
            bytes: found.bytes(),
            alarmed: false,
            destinations: cursors.iter().map(progress).collect(),
            first_time: found.next_sequence() - found.times.len() as u64,
            times: found.times.clone(),
            started_at: cursors.iter().map(|at| at.sequence).min().unwrap_or(1),
            quarantined: found.quarantined,
        }
    }

    pub(crate) fn written(&mut self, time_ms: u64, bytes: u64) {
        self.times.push_back(time_ms);
        self.bytes += bytes;
    }

    fn slowest(&self) -> Option<u64> {
        self.destinations.iter().map(|one| one.unsent).min()
    }

    /// Forgets the times of what every destination has.
    pub(crate) fn forget_times(&mut self) {
        let slowest = self.slowest().unwrap_or(self.first_time);
        while self.first_time < slowest && self.times.pop_front().is_some() {
            self.first_time += 1;
        }
    }

    fn status(&self) -> SpoolStatus {
        let end = self.first_time + self.times.len() as u64;
        let slowest = self.slowest().unwrap_or(self.first_time);
        let index = usize::try_from(slowest.saturating_sub(self.first_time)).unwrap_or(0);
        let now = now_ms();
        SpoolStatus {
            depth: end.saturating_sub(slowest),
            oldest_age: self
                .times
                .get(index)
                .map(|time| Duration::from_millis(now.saturating_sub(*time))),
            sent: slowest.saturating_sub(self.started_at),
            quarantined: self.quarantined,
            bytes: self.bytes,
        }
    }
}

/// What everybody holds.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) limits: Limits,
    state: Mutex<State>,
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
    pub(crate) fn new(dir: PathBuf, limits: Limits, state: State, lock: File) -> Shared {
        Shared {
            dir,
            limits,
            state: Mutex::new(state),
            end: watch::Sender::new(Position::default()),
            flush: watch::Sender::new(0),
            progress: watch::Sender::new(0),
            stop: CancellationToken::new(),
            _lock: lock,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> SpoolStatus {
        self.state().status()
    }

    pub(crate) fn end(&self) -> Position {
        *self.end.borrow()
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
        state.forget_times();
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
