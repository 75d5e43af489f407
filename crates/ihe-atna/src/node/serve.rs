//! The accept loop of every server actor: connections in, handshakes within bounds, sessions of
//! authenticated peers out, an orderly end.
//!
//! Whoever sends nothing costs a socket and a small task until the handshake's time is over. When
//! too many wait, the one that has waited longest makes room, so that silent connections do not
//! keep out a peer that speaks.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::error::AcceptError;
use crate::node::{Peer, SecureNode, Stream};

/// Pause after an `accept` that failed for want of descriptors or memory.
const RECOVER: Duration = Duration::from_millis(100);

/// Bounds of a listener.
#[derive(Clone, Debug)]
pub struct ServeLimits {
    /// Authenticated connections at a time; one more is closed after its handshake. 1,024.
    pub connections: usize,
    /// Connections that are not authenticated yet; with one more the one that has waited longest
    /// is closed and recorded. 512.
    pub pending: usize,
    /// How long sessions may go on after `stop`; then they are cut. 30 s.
    pub grace: Duration,
}

impl Default for ServeLimits {
    fn default() -> ServeLimits {
        ServeLimits {
            connections: 1024,
            pending: 512,
            grace: Duration::from_secs(30),
        }
    }
}

impl SecureNode {
    /// Accepts connections until `stop`, authenticates each (refusals are recorded and closed) and
    /// runs `session` with it in a task of its own. Then the listener is closed, what is not yet
    /// authenticated is dropped, and sessions, which watch `stop` themselves, have `grace` to end.
    /// Returns how many had to be cut. Dropping the future cuts all of them.
    pub async fn serve<S, F>(
        &self,
        listener: TcpListener,
        limits: &ServeLimits,
        stop: &CancellationToken,
        session: S,
    ) -> usize
    where
        S: Fn(Stream, Peer) -> F + Clone + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let door = Arc::new(Door {
            node: self.clone(),
            stop: stop.clone(),
            places: Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)),
            room: Room::new(limits.pending),
        });
        let mut tasks = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = tasks.join_next() => {
                    report(ended);
                    continue;
                }
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (door, session) = (Arc::clone(&door), session.clone());
                    let place = door.room.enter();
                    tasks.spawn(async move { door.pass(stream, place, session).await });
                }
                Err(error) => recover(&error).await,
            }
        }
        drop(listener);
        finish(tasks, limits.grace).await
    }
}

/// What the connections of one listener share.
struct Door {
    node: SecureNode,
    stop: CancellationToken,
    places: Semaphore,
    room: Room,
}

impl Door {
    /// From an accepted connection to the end of its session.
    async fn pass<S, F>(&self, stream: TcpStream, waiting: Waiting, session: S)
    where
        S: Fn(Stream, Peer) -> F,
        F: Future<Output = ()>,
    {
        let Ok(address) = Peer::of(&stream, None) else {
            self.room.leave(&waiting);
            return;
        };
        let accepted = tokio::select! {
            biased;
            () = self.stop.cancelled() => return,
            accepted = self.node.accept(stream) => accepted,
            () = waiting.evicted.cancelled() => {
                let crowded = AcceptError::Crowded;
                tracing::debug!(peer = %address.address, reason = %crowded, "connection refused");
                return self.node.refused(&address, &crowded.into()).await;
            }
        };
        self.room.leave(&waiting);
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(reason) => {
                tracing::info!(peer = %address.address, %reason, remedy = reason.remedy(), "connection refused");
                return;
            }
        };
        let Ok(_place) = self.places.try_acquire() else {
            tracing::warn!(peer = %peer.address, "too many connections: one closed");
            return;
        };
        session(stream, peer).await;
    }
}

/// Those who wait for their handshake, in the order of arrival.
struct Room {
    most: usize,
    waiting: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    next: u64,
    tokens: BTreeMap<u64, CancellationToken>,
}

struct Waiting {
    number: u64,
    evicted: CancellationToken,
}

impl Room {
    fn new(most: usize) -> Room {
        Room {
            most: most.max(1),
            waiting: Mutex::default(),
        }
    }

    /// Takes a place; the longest waiting makes room when there is none.
    fn enter(&self) -> Waiting {
        let mut queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.tokens.len() >= self.most
            && let Some((_, oldest)) = queue.tokens.pop_first()
        {
            oldest.cancel();
        }
        let (number, evicted) = (queue.next, CancellationToken::new());
        queue.next += 1;
        queue.tokens.insert(number, evicted.clone());
        Waiting { number, evicted }
    }

    fn leave(&self, waiting: &Waiting) {
        let mut queue = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        queue.tokens.remove(&waiting.number);
    }
}

async fn recover(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    tracing::warn!(%error, "accept failed");
    let of_one_peer = matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted
    );
    if !of_one_peer {
        sleep(RECOVER).await;
    }
}

/// Waits for the sessions, `grace` at most; how many had to be cut.
async fn finish(mut tasks: JoinSet<()>, grace: Duration) -> usize {
    let ending = async {
        while let Some(ended) = tasks.join_next().await {
            report(ended);
        }
    };
    if timeout(grace, ending).await.is_ok() {
        return 0;
    }
    let cut = tasks.len();
    tracing::warn!(cut, "connections did not end in time");
    tasks.shutdown().await;
    cut
}

/// What a session said when it panicked may hold content.
fn report(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!("a session panicked: its connection was closed");
    }
}
