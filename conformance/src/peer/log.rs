//! What a peer was sent, in order, and its end.

use crate::look::Received;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// Requests that are kept; more are answered, but not kept.
const MOST_REQUESTS: usize = 512;
/// Bytes that are kept.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// What came; facts: `connection`, `tls.version`, `tls.client.subject`, and those of the kind.
    pub received: Received,
    /// When it was there.
    pub at: Instant,
}

/// What a peer was sent.
#[derive(Debug, Default)]
pub struct Log {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    bytes: usize,
    connections: usize,
    /// Why handshakes failed.
    refused: Vec<String>,
    trouble: Option<String>,
    stopped: bool,
}

impl Log {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with it")
    }

    /// One more connection; its number, from 1.
    pub(super) fn connected(&self) -> usize {
        let mut state = self.state();
        state.connections += 1;
        state.connections
    }

    /// A handshake failed.
    pub(super) fn refused(&self, why: String) {
        let mut state = self.state();
        if state.refused.len() < MOST_REQUESTS {
            state.refused.push(why);
        }
        self.changed.notify_all();
    }

    /// A request is there.
    pub(super) fn keep(&self, received: Received) {
        let mut state = self.state();
        state.bytes += received.bytes.len();
        if state.requests.len() < MOST_REQUESTS && state.bytes < MOST_BYTES {
            let at = Instant::now();
            state.requests.push(Request { received, at });
        }
        self.changed.notify_all();
    }

    /// The script cannot be followed: the case is wrong.
    pub(super) fn trouble(&self, what: String) {
        self.state().trouble.get_or_insert(what);
        self.changed.notify_all();
    }

    /// Why the script could not be followed.
    pub fn wrong(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// The end.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    /// Whether it is over.
    pub(super) fn stopped(&self) -> bool {
        self.state().stopped
    }

    /// Sleeps, unless it is over.
    pub(super) fn sleep(&self, time: Duration) {
        let over = |state: &mut State| !state.stopped;
        _ = self
            .changed
            .wait_timeout_while(self.state(), time, over)
            .expect("no thread panics with it");
    }

    /// The request of that number, from 1, waited for at most so long.
    pub fn request(&self, number: usize, within: Duration) -> Option<Request> {
        let missing = |state: &mut State| state.requests.len() < number && state.trouble.is_none();
        let (state, _) = self
            .changed
            .wait_timeout_while(self.state(), within, missing)
            .expect("no thread panics with it");
        state.requests.get(number.checked_sub(1)?).cloned()
    }

    /// All requests until now.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// How many connections there were, and why handshakes failed.
    pub fn connections(&self) -> (usize, Vec<String>) {
        let state = self.state();
        (state.connections, state.refused.clone())
    }
}
