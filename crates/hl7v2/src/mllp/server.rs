//! Accepting connections, and ending all of them in an orderly way.

use super::{Error, Limits, serve_stream};
use std::fmt::{Debug, Display};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// First pause after a failed accept; it doubles.
const LEAST_PAUSE: Duration = Duration::from_millis(10);
const MOST_PAUSE: Duration = Duration::from_secs(1);

/// Where connections come from: a TCP listener, a Unix listener, a test.
pub trait Listen: Send + 'static {
    /// A connection; it need not be ready for frames yet.
    type Stream: Send + 'static;
    /// Who is at the other end, as far as the listener knows; its `Debug` goes to the log.
    type Peer: Clone + Debug + Send + 'static;

    /// Waits for the next connection. May be dropped at any time without losing a connection. An error is logged and, unless
    /// it is about that one connection, followed by a pause; it does not end the server.
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, Self::Peer)>> + Send;
}

impl Listen for TcpListener {
    type Stream = TcpStream;
    type Peer = SocketAddr;

    /// With `TCP_NODELAY`: answers leave at once.
    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = TcpListener::accept(self).await?;
        let _best_effort = stream.set_nodelay(true);
        Ok((stream, peer))
    }
}

/// What happens to connections above [`Limits::connections`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtBound {
    /// They wait in the listener's backlog until another one ends: nobody is turned away, but a peer may wait long.
    #[default]
    Wait,
    /// They are accepted and closed at once: a peer learns of it, and may try another server.
    Refuse,
}

/// Accepts connections and serves each in a task of its own, within limits.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// use hl7v2::{Message, ack::AckCode, build, mllp};
/// use tokio_util::sync::CancellationToken;
///
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:2575").await?;
/// let stop = CancellationToken::new();
/// mllp::Server::new(mllp::Limits::default())
///     .serve(listener, &stop, |_peer, bytes| async move {
///         match Message::parse(&bytes) {
///             Ok(message) => build::acknowledgement(&message, AckCode::Aa, &[]),
///             Err(reason) => build::rejection_of_unparsable(&reason),
///         }
///     })
///     .await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Server {
    limits: Limits,
    at_bound: AtBound,
}

impl Server {
    /// A server with these limits.
    pub fn new(limits: Limits) -> Server {
        Server {
            limits,
            at_bound: AtBound::default(),
        }
    }

    /// With this policy for connections above the limit.
    pub fn at_bound(mut self, policy: AtBound) -> Server {
        self.at_bound = policy;
        self
    }

    /// Serves connections that are ready for frames as they are accepted, until `stop`: see [`Server::serve_with`].
    pub async fn serve<L, H, Fut>(&self, listener: L, stop: &CancellationToken, handle: H) -> usize
    where
        L: Listen<Stream: AsyncRead + AsyncWrite + Unpin, Peer: Sync>,
        H: Fn(Arc<L::Peer>, Vec<u8>) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Vec<u8>> + Send + 'static,
    {
        let ready = |stream, peer| std::future::ready(Ok::<_, io::Error>((stream, peer)));
        self.serve_with(listener, stop, ready, handle).await
    }

    /// Serves until `stop`: `open` makes a connection ready for frames (a TLS handshake) in the connection's own task, within
    /// [`Limits::handshake`], so a slow one delays nobody else, though it holds a place among [`Limits::connections`].
    /// `handle` answers one message of a peer: see [`serve_stream`] for order, back-pressure and errors.
    ///
    /// On `stop` the listener is closed at once, connections finish what is in hand, and those that have not after
    /// [`Limits::grace`] are cut: their handlers' futures are dropped. Returns how many were cut. Dropping the future of this
    /// function cuts all of them.
    pub async fn serve_with<L, O, OFut, S, P, E, H, Fut>(
        &self,
        listener: L,
        stop: &CancellationToken,
        open: O,
        handle: H,
    ) -> usize
    where
        L: Listen,
        O: Fn(L::Stream, L::Peer) -> OFut,
        OFut: Future<Output = Result<(S, P), E>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        P: Send + Sync + 'static,
        E: Display + Send + 'static,
        H: Fn(Arc<P>, Vec<u8>) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Vec<u8>> + Send + 'static,
    {
        let mut door = Door::new(listener, self.limits.connections, self.at_bound);
        let mut connections = JoinSet::new();
        while let Some((stream, peer, place)) = door.next(stop, &mut connections).await {
            let opening = open(stream, peer.clone());
            let (limits, stop, handle) = (self.limits.clone(), stop.clone(), handle.clone());
            connections.spawn(async move {
                if let Err(reason) = connection(opening, &limits, &stop, handle).await {
                    tracing::info!(?peer, %reason, "connection ended");
                }
                drop(place);
            });
        }
        drop(door);
        finish(connections, self.limits.grace).await
    }
}

/// From an accepted stream to its end.
async fn connection<O, S, P, E, H, Fut>(
    opening: O,
    limits: &Limits,
    stop: &CancellationToken,
    handle: H,
) -> Result<(), Ended<E>>
where
    O: Future<Output = Result<(S, P), E>>,
    S: AsyncRead + AsyncWrite + Unpin + Send,
    H: Fn(Arc<P>, Vec<u8>) -> Fut,
    Fut: Future<Output = Vec<u8>>,
{
    let opened = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(()),
        opened = timeout(limits.handshake, opening) => opened,
    };
    let (stream, peer) = opened
        .map_err(|_| Error::Timeout("opening the connection"))?
        .map_err(Ended::Refused)?;
    let peer = Arc::new(peer);
    let answer = move |message| handle(Arc::clone(&peer), message);
    Ok(serve_stream(stream, limits, stop, answer).await?)
}

#[derive(Debug, thiserror::Error)]
enum Ended<E> {
    #[error("not opened: {0}")]
    Refused(E),
    #[error("{0}")]
    Failed(#[from] Error),
}

/// Accepts, as long as there are places.
struct Door<L> {
    listener: L,
    places: Arc<Semaphore>,
    at_bound: AtBound,
    pause: Duration,
}

impl<L: Listen> Door<L> {
    fn new(listener: L, places: usize, at_bound: AtBound) -> Door<L> {
        Door {
            listener,
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            at_bound,
            pause: LEAST_PAUSE,
        }
    }

    /// The next connection and its place; `None` on stop. Meanwhile tasks that have ended are cleared away.
    async fn next(
        &mut self,
        stop: &CancellationToken,
        connections: &mut JoinSet<()>,
    ) -> Option<(L::Stream, L::Peer, OwnedSemaphorePermit)> {
        let admitted = self.admit();
        tokio::pin!(admitted);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                Some(ended) = connections.join_next() => report(ended),
                admitted = &mut admitted => return admitted,
            }
        }
    }

    async fn admit(&mut self) -> Option<(L::Stream, L::Peer, OwnedSemaphorePermit)> {
        loop {
            let place = match self.at_bound {
                AtBound::Wait => Some(Arc::clone(&self.places).acquire_owned().await.ok()?),
                AtBound::Refuse => None,
            };
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    drop(place);
                    self.recover(&error).await;
                    continue;
                }
            };
            self.pause = LEAST_PAUSE;
            match place.or_else(|| Arc::clone(&self.places).try_acquire_owned().ok()) {
                Some(place) => return Some((stream, peer, place)),
                None => tracing::warn!("too many connections: one refused"),
            }
        }
    }

    /// Out of descriptors or memory: a pause, so as not to spin. Not for a peer that gave up before it was accepted.
    async fn recover(&mut self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        tracing::warn!(%error, "accept failed");
        if !matches!(
            error.kind(),
            ConnectionAborted | ConnectionReset | Interrupted
        ) {
            sleep(self.pause).await;
            self.pause = (self.pause * 2).min(MOST_PAUSE);
        }
    }
}

/// Waits for the connections, `grace` at most; how many had to be cut.
async fn finish(mut connections: JoinSet<()>, grace: Duration) -> usize {
    let waiting = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    if timeout(grace, waiting).await.is_ok() {
        return 0;
    }
    let cut = connections.len();
    tracing::warn!(cut, "connections did not end in time");
    connections.shutdown().await;
    cut
}

/// What a handler said when it panicked may hold content.
fn report(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!("a handler panicked: its connection was closed");
    }
}
