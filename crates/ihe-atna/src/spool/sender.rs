//! ITI-20 spool sender: one task per destination. Connects when there is something to send, pauses
//! with back-off and jitter when it cannot.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, PoisonError, Weak, mpsc};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use crate::audit::Outcome;
use crate::node::{SharedClient, failure};
use crate::spool::alarm::SOURCE_ID;
use crate::spool::backoff::Backoff;
use crate::spool::destination::{Destination, Way};
use crate::spool::doubt::Doubt;
use crate::spool::segment::{Batch, Position};
use crate::spool::session::{Line, Session};
use crate::spool::state::Shared;
use crate::spool::writer::{Order, Request};
use crate::spool::{cursor, datagrams, salvage, segment};

/// A record that a repository cannot bear is met within this time, for the window begins with it
/// or before it.
const SHORT: Duration = Duration::from_secs(10);

/// A destination's sender.
pub(crate) struct Sender {
    pub(crate) shared: Arc<Shared>,
    pub(crate) destination: Destination,
    client: SharedClient,
    /// Where our own audit records go: into the same spool.
    alerts: Weak<mpsc::Sender<Order>>,
    alerted: bool,
    pub(crate) index: usize,
    /// Next record to send on this connection.
    pub(crate) at: Position,
    /// Beginnings of the records sent but not settled; the first is where a new connection
    /// starts.
    window: VecDeque<(Position, u64)>,
    /// Bytes sent so far; a window entry holds the count at its record's beginning.
    bytes: u64,
    /// The last connection broke: what is in the window may be lost.
    suspect: bool,
    pub(crate) doubt: Doubt,
    /// How long the last connect and handshake took.
    pub(crate) handshake: Duration,
    /// 1 after a close the peer did not answer.
    pub(crate) unanswered: u8,
    saved: Position,
    saved_at: Instant,
}

/// How a connection ended.
pub(crate) enum End {
    /// We closed it; `settled` when the repository answered the close.
    Orderly { settled: bool },
    /// The node stops.
    Stopped,
}

impl Sender {
    pub(crate) fn new(
        shared: Arc<Shared>,
        client: SharedClient,
        alerts: Weak<mpsc::Sender<Order>>,
        index: usize,
        destination: Destination,
        at: Position,
    ) -> Sender {
        Sender {
            shared,
            destination,
            client,
            alerts,
            alerted: false,
            index,
            at,
            window: VecDeque::new(),
            bytes: 0,
            suspect: false,
            doubt: Doubt::default(),
            handshake: Duration::ZERO,
            unanswered: 0,
            saved: at,
            saved_at: Instant::now(),
        }
    }

    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::new(&self.shared.limits);
        while self.something_to_send().await {
            let begun = Instant::now();
            match self.one_connection().await {
                Ok(End::Stopped) => break,
                Ok(End::Orderly { .. }) => backoff.reset(),
                Err(error) => {
                    self.suspect = !self.window.is_empty();
                    if begun.elapsed() > Duration::from_secs(30) {
                        backoff.reset();
                    }
                    let pause = backoff.next();
                    tracing::warn!(%error, destination = %self.destination, ?pause,
                        "audit record repository not reachable");
                    tokio::select! {
                        () = sleep(pause) => {}
                        () = self.shared.stop.cancelled() => break,
                    }
                }
            }
        }
        self.save(true).await;
    }

    /// Waits for a record; false when the node stops.
    pub(crate) async fn something_to_send(&self) -> bool {
        let mut end = self.shared.end.subscribe();
        let from = if self.suspect {
            self.restart()
        } else {
            self.at
        };
        tokio::select! {
            biased;
            () = self.shared.stop.cancelled() => false,
            found = end.wait_for(|end| from.is_before(end)) => found.is_ok(),
        }
    }

    async fn one_connection(&mut self) -> io::Result<End> {
        if self.destination.way == Way::Udp {
            return datagrams::run(self).await;
        }
        let begun = Instant::now();
        let stream = match self.connect().await {
            Ok(stream) => stream,
            Err(error) => {
                self.alert(&error);
                return Err(error);
            }
        };
        self.handshake = begun.elapsed();
        self.reached();
        if self.doubt.wants_probe() {
            return self.probe(stream).await;
        }
        let begun = Instant::now();
        let few = self.doubt.most() < usize::MAX;
        let end = Session::new(self, stream).run().await;
        match &end {
            Ok(End::Orderly { settled }) => {
                // Of a peer that never answers, a connection that held is all there is.
                self.closed(*settled || few).await;
                self.doubt.passed(self.at.sequence);
            }
            Err(error) if Doubt::is_break(error) && begun.elapsed() < SHORT => {
                self.doubt.broke(self.restart().sequence, self.at.sequence);
            }
            _ => {}
        }
        end
    }

    /// A connection stands: from the first record on that may not have arrived.
    pub(crate) fn reached(&mut self) {
        self.alerted = false;
        self.shared.state().resent += self.window.len() as u64;
        self.at = self.restart();
        self.window.clear();
        self.suspect = false;
    }

    /// Sends the record behind a suspicious one. Taken: the suspicious one is set aside. Not taken,
    /// or there is none: nothing is known.
    async fn probe(&mut self, stream: Box<dyn Line>) -> io::Result<End> {
        let batch = self.batch(self.at).await?;
        let (Some(refused), Some(behind)) = (batch.messages.first(), batch.ends.first()) else {
            return Ok(End::Orderly { settled: false });
        };
        let is_behind = behind.is_before(&self.shared.end());
        let session = Session::new(self, stream);
        if !is_behind || !matches!(session.run_one(*behind).await, Ok(true)) {
            self.doubt = Doubt::default();
            let text = "a record may be refused; nothing behind it was taken";
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, text));
        }
        tracing::error!(destination = %self.destination, record = self.at.sequence,
            "audit record refused by the repository, set aside");
        salvage::set_aside_refused(&self.shared.dir, self.at.sequence, refused)?;
        self.shared.state().quarantined += 1;
        self.at = *behind;
        self.closed(true).await;
        self.doubt.passed(self.at.sequence);
        Ok(End::Orderly { settled: true })
    }

    /// Records from a place on.
    pub(crate) async fn batch(&self, from: Position) -> io::Result<Batch> {
        let (shared, end) = (self.shared.clone(), self.shared.end());
        let work = move || segment::read(&shared.dir, from, end);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(io::Error::other)?
    }

    /// Steps over what holds no records; of a damaged stretch a copy is kept.
    pub(crate) async fn step(&mut self, batch: &Batch) {
        let (at, damaged) = (self.at, batch.damaged);
        self.at = batch.next;
        self.progress();
        if damaged == 0 {
            return;
        }
        self.shared.state().quarantined += 1;
        let shared = self.shared.clone();
        let work = move || salvage::set_aside(&shared.dir, at, damaged);
        if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
            tracing::error!(%error, "audit spool: damaged records not copied");
        }
    }

    fn progress(&self) {
        let (at, restart) = (self.at, self.restart());
        self.shared.update(self.index, |progress| {
            progress.unsent = progress.unsent.max(at.sequence);
            progress.restart = restart;
        });
    }

    async fn connect(&self) -> io::Result<Box<dyn Line>> {
        let to = &self.destination;
        let connect = async {
            let stream = TcpStream::connect((to.host.as_str(), to.port)).await?;
            stream.set_nodelay(true)?;
            if to.way == Way::Tcp {
                return Ok(Box::new(stream) as Box<dyn Line>);
            }
            let name = ServerName::try_from(to.host.clone())
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not a server name"))?;
            let connector = TlsConnector::from(self.configuration());
            let stream = connector.connect(name, stream).await?;
            Ok(Box::new(stream) as Box<dyn Line>)
        };
        timeout(self.shared.limits.io, connect)
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "connect timed out"))?
    }

    fn configuration(&self) -> Arc<rustls::ClientConfig> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        client.clone()
    }

    /// Records, once until it is reached again, that the repository could not be authenticated
    /// (ATNA-R-009).
    fn alert(&mut self, error: &io::Error) {
        let reason = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let (Some(reason), false) = (reason, self.alerted) else {
            return;
        };
        let Some(records) = self.alerts.upgrade() else {
            return;
        };
        let text = format!("audit record repository not authenticated: {reason}");
        let outcome = Outcome::SeriousFailure;
        let mut message =
            failure::alert(SOURCE_ID, None, &self.destination.host, outcome, &text, 0);
        message.source.id = SOURCE_ID.to_owned();
        let (done, _) = oneshot::channel();
        let request = Request {
            app_name: SOURCE_ID.to_owned(),
            xml: message.to_xml(),
            reserved: false,
            done,
        };
        self.alerted = records.send(Order::Record(request)).is_ok();
    }

    fn restart(&self) -> Position {
        self.window
            .front()
            .map_or(self.at, |(position, _)| *position)
    }

    /// Notes records as sent and shortens the window to its size.
    pub(crate) async fn sent(&mut self, ends: &[Position]) {
        for end in ends {
            self.window.push_back((self.at, self.bytes));
            let begin = if end.segment == self.at.segment {
                self.at.offset
            } else {
                0
            };
            self.bytes += end.offset.saturating_sub(begin);
            self.at = *end;
        }
        let limits = &self.shared.limits;
        while self.window.len() as u64 > limits.window_records && self.window_is_wide() {
            self.window.pop_front();
        }
        self.progress();
        self.save(false).await;
    }

    /// Whether the window without its first record still has its bytes.
    fn window_is_wide(&self) -> bool {
        let second = self.window.get(1);
        second.is_some_and(|(_, before)| self.bytes - before >= self.shared.limits.window_bytes)
    }

    /// Notes an orderly close; `settled` when the repository answered it.
    pub(crate) async fn closed(&mut self, settled: bool) {
        if settled {
            self.window.clear();
        }
        self.settle_up(true).await;
    }

    /// Notes that what was sent needs no further answer.
    pub(crate) async fn settle(&mut self, force: bool) {
        self.window.clear();
        self.settle_up(force).await;
    }

    async fn settle_up(&mut self, force: bool) {
        let (at, restart) = (self.at, self.restart());
        self.shared.update(self.index, |progress| {
            progress.unsent = progress.unsent.max(at.sequence);
            progress.unsettled = at.sequence;
            progress.restart = restart;
        });
        self.save(force).await;
    }

    /// Writes the cursor, at most once a second unless forced, and frees segments.
    async fn save(&mut self, force: bool) {
        let restart = self.restart();
        let due = force || self.saved_at.elapsed() > Duration::from_secs(1);
        if restart == self.saved || !due {
            return;
        }
        let (shared, to) = (self.shared.clone(), self.destination.clone());
        let work = move || {
            cursor::save(&shared.dir, &to, restart)?;
            free(&shared)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(())) => self.saved = restart,
            Ok(Err(error)) => tracing::warn!(%error, "audit spool: cursor not saved"),
            Err(_) => {}
        }
        self.saved_at = Instant::now();
    }
}

/// Removes segments every destination is past.
fn free(shared: &Shared) -> io::Result<()> {
    let needed = shared
        .state()
        .destinations
        .iter()
        .map(|one| one.restart.segment)
        .min();
    let Some(needed) = needed else { return Ok(()) };
    for one in segment::list(&shared.dir)?
        .into_iter()
        .filter(|one| *one < needed)
    {
        let path = segment::path(&shared.dir, one);
        let Ok(found) = std::fs::metadata(&path) else {
            continue;
        };
        if std::fs::remove_file(&path).is_ok() {
            shared.room.freed(found.len());
        }
    }
    Ok(())
}
