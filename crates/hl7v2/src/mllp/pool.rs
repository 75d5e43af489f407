//! Several connections to one server, opened when needed and kept.

use super::backoff::Backoff;
use super::{Error, Limits, Matching, Pipeline};
use futures_util::future::join_all;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{sleep_until, timeout};

type Opening<S> = Pin<Box<dyn Future<Output = io::Result<S>> + Send>>;
type Connector<S> = Box<dyn Fn() -> Opening<S> + Send + Sync>;

/// Up to a number of connections to one server; each carries [`Limits::in_flight`] messages at a time.
///
/// A connection is opened when all others are busy, and again when it broke; after a failure not before a jittered pause
/// (100 ms, doubling up to 30 s). Nothing runs between the calls but the task of each open connection, which notices when the
/// peer closes, so an idle connection that ended is replaced and costs no message.
///
/// *Order.* Messages of one caller that awaits each answer are in order. Messages sent at the same time over more than one
/// connection are in none: for feeds about the same patient use a pool of 1.
///
/// *Sent twice?* A message of which no byte was sent is sent on another connection. Otherwise
/// [`Error::Unanswered`] is returned, and nothing is sent again but by [`Pool::exchange_idempotent`].
///
/// ```no_run
/// # async fn example() -> Result<(), hl7v2::mllp::Error> {
/// use hl7v2::mllp::{Limits, Pool};
/// let pool = Pool::tcp("pix.example:3600", 4, Limits { in_flight: 8, ..Limits::default() });
/// let answer = pool.exchange(b"MSH|...".to_vec()).await?;
/// pool.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Pool<S> {
    connect: Connector<S>,
    slots: Vec<Slot>,
    limits: Limits,
    matching: Matching,
    turn: AtomicUsize,
    failures: AtomicUsize,
    closed: AtomicBool,
}

/// A connection, or the place for one.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Arc<Pipeline>>,
    backoff: Backoff,
}

impl State {
    /// Whether there is no usable connection. One that ended without ever an answer counts as a failure to connect; some
    /// servers close after each answer, and that is none.
    fn is_vacant(&mut self) -> bool {
        match &self.open {
            Some(pipeline) if pipeline.is_open() => return false,
            Some(pipeline) if pipeline.has_answered() => self.backoff.succeeded(),
            Some(_) => self.backoff.failed(),
            None => {}
        }
        self.open = None;
        true
    }
}

impl Slot {
    /// The open connection; none while one is being opened.
    fn usable(&self) -> Option<Arc<Pipeline>> {
        let state = self.state.try_lock().ok()?;
        let open = state.open.as_ref();
        open.filter(|pipeline| pipeline.is_open()).cloned()
    }
}

/// How a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Connections open now.
    pub open: usize,
    /// Connections there may be.
    pub size: usize,
    /// Messages under way.
    pub in_flight: usize,
    /// Attempts to connect that failed since the last one that did not.
    pub failures: usize,
}

impl Pool<TcpStream> {
    /// Plain TCP to `host:port`, with `TCP_NODELAY`; the name is looked up for each connection.
    pub fn tcp(address: impl Into<String>, size: usize, limits: Limits) -> Pool<TcpStream> {
        let address: Arc<str> = address.into().into();
        Pool::new(size, limits, move || {
            let address = Arc::clone(&address);
            async move {
                let stream = TcpStream::connect(&*address).await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Pool<S> {
    /// At most `size` connections (at least 1), each opened by `connect`, TLS handshake included. Nothing is opened yet.
    pub fn new<C, Fut>(size: usize, limits: Limits, connect: C) -> Pool<S>
    where
        C: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = io::Result<S>> + Send + 'static,
    {
        Pool {
            connect: Box::new(move || Box::pin(connect())),
            slots: (0..size.max(1)).map(|_| Slot::default()).collect(),
            limits,
            matching: Matching::Order,
            turn: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// With this idea of which answer belongs to which request.
    pub fn matching(mut self, matching: Matching) -> Pool<S> {
        self.matching = matching;
        self
    }

    /// Sends a message and waits for its answer. It is sent at most once.
    ///
    /// # Errors
    /// [`Error::Unanswered`]: the server may or may not have taken the message. [`Error::NotSent`]: it certainly has not, no
    /// connection could be had within [`Limits::connect`]. [`Error::Closed`] after [`Pool::close`]. [`Error::Misuse`],
    /// [`Error::OtherAnswer`].
    pub async fn exchange(&self, message: Vec<u8>) -> Result<Vec<u8>, Error> {
        // Any connection may turn out to be closed only when it is to be used.
        let mut more = self.slots.len();
        loop {
            let pipeline = self.pick().await?;
            match pipeline.exchange(message.clone()).await {
                Err(Error::NotSent(_) | Error::Closed) if more > 0 => more -= 1,
                Err(Error::Closed) => return Err(not_sent(Error::Closed)),
                answer => return answer,
            }
        }
    }

    /// As [`Pool::exchange`], but an [`Error::Unanswered`] message is sent again, up to `again` times: only for messages that
    /// do no harm when the server gets them twice, as queries and feeds do that the server recognises by MSH-10.
    ///
    /// # Errors
    /// Those of [`Pool::exchange`], the last try's.
    pub async fn exchange_idempotent(
        &self,
        message: Vec<u8>,
        again: usize,
    ) -> Result<Vec<u8>, Error> {
        for _ in 0..again {
            match self.exchange(message.clone()).await {
                Err(Error::Unanswered(_) | Error::NotSent(_)) => {}
                answer => return answer,
            }
        }
        self.exchange(message).await
    }

    /// How it is just now.
    pub fn health(&self) -> Health {
        let pipelines: Vec<_> = self.slots.iter().filter_map(Slot::usable).collect();
        Health {
            open: pipelines.len(),
            size: self.slots.len(),
            in_flight: pipelines.iter().map(|pipeline| pipeline.in_flight()).sum(),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }

    /// Takes no more messages, waits for the answers still due (each has its limit), and ends the connections.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let closing = self.slots.iter().map(|slot| async {
            let open = slot.state.lock().await.open.take();
            if let Some(pipeline) = open {
                pipeline.close().await;
            }
        });
        join_all(closing).await;
    }

    /// A connection for one message: an open one with room, else a new one, else any that is open, else the first to be had.
    async fn pick(&self) -> Result<Arc<Pipeline>, Error> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Closed);
        }
        let open = || self.slots.iter().filter_map(Slot::usable);
        if let Some(pipeline) = open().find(|pipeline| !pipeline.is_full()) {
            return Ok(pipeline);
        }
        for slot in &self.slots {
            if let Ok(mut state) = slot.state.try_lock()
                && state.is_vacant()
                && state.backoff.until().is_none()
                && let Ok(pipeline) = self.open(&mut state).await
            {
                return Ok(pipeline);
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let some = open().count();
        match open().nth(turn.checked_rem(some).unwrap_or(0)) {
            Some(pipeline) => Ok(pipeline),
            None => self.wait_for(turn).await,
        }
    }

    /// Nothing is open: waits until this slot is, as long as a connection may take.
    async fn wait_for(&self, turn: usize) -> Result<Arc<Pipeline>, Error> {
        let waiting = async {
            let slot = self.slots.iter().cycle().nth(turn % self.slots.len());
            let mut state = slot.ok_or(Error::Closed)?.state.lock().await;
            loop {
                if !state.is_vacant()
                    && let Some(pipeline) = &state.open
                {
                    return Ok(Arc::clone(pipeline));
                }
                if let Some(until) = state.backoff.until() {
                    sleep_until(until).await;
                }
                if let Ok(pipeline) = self.open(&mut state).await {
                    return Ok(pipeline);
                }
                if self.closed.load(Ordering::Acquire) {
                    return Err(Error::Closed);
                }
            }
        };
        timeout(self.limits.connect, waiting)
            .await
            .map_err(|_| not_sent(Error::Timeout("connecting")))?
    }

    async fn open(&self, state: &mut State) -> Result<Arc<Pipeline>, Error> {
        let connected = match timeout(self.limits.connect, (self.connect)()).await {
            Ok(connected) => connected.map_err(Error::Io),
            Err(_) => Err(Error::Timeout("connecting")),
        };
        let stream = match connected {
            Ok(stream) if !self.closed.load(Ordering::Acquire) => stream,
            Ok(_) => return Err(Error::Closed),
            Err(error) => {
                tracing::warn!(%error, "no connection");
                self.failures.fetch_add(1, Ordering::Relaxed);
                state.backoff.failed();
                return Err(error);
            }
        };
        self.failures.store(0, Ordering::Relaxed);
        let pipeline = Arc::new(Pipeline::open(stream, self.limits.clone(), self.matching));
        state.open = Some(Arc::clone(&pipeline));
        Ok(pipeline)
    }
}

fn not_sent(cause: Error) -> Error {
    Error::NotSent(Arc::new(cause))
}
