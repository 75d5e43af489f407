//! ITI-20 spool sender (RFC 5425): one task per destination. Connects when there is something to
//! send, pauses with back-off and jitter when it cannot.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, PoisonError, Weak, mpsc};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::audit::Outcome;
use crate::node::{SharedClient, failure};
use crate::spool::segment::Position;
use crate::spool::session::Session;
use crate::spool::state::Shared;
use crate::spool::writer::Request;
use crate::spool::{cursor, segment};

/// AuditSourceID of the sender's own records.
const SOURCE_ID: &str = "audit-spool";

/// A destination's sender.
pub(crate) struct Sender {
    pub(crate) shared: Arc<Shared>,
    client: SharedClient,
    /// Where our own audit records go: into the same spool.
    alerts: Weak<mpsc::Sender<Request>>,
    alerted: bool,
    pub(crate) index: usize,
    host: String,
    port: u16,
    /// Next record to send on this connection.
    pub(crate) at: Position,
    /// Beginnings of the records sent but not settled; the first is where a new connection
    /// starts.
    window: VecDeque<(Position, u64)>,
    /// Bytes sent so far; a window entry holds the count at its record's beginning.
    bytes: u64,
    /// The last connection broke: what is in the window may be lost.
    suspect: bool,
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
        alerts: Weak<mpsc::Sender<Request>>,
        index: usize,
        host: String,
        port: u16,
        at: Position,
    ) -> Sender {
        let window = VecDeque::new();
        let saved_at = Instant::now();
        Sender {
            shared,
            client,
            alerts,
            alerted: false,
            index,
            host,
            port,
            at,
            window,
            bytes: 0,
            suspect: false,
            unanswered: 0,
            saved: at,
            saved_at,
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
                    tracing::warn!(%error, host = %self.host, port = self.port, ?pause,
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
    async fn something_to_send(&self) -> bool {
        let mut end = self.shared.end.subscribe();
        let from = if self.suspect {
            self.restart()
        } else {
            self.at
        };
        tokio::select! {
            biased;
            () = self.shared.stop.cancelled() => false,
            found = end.wait_for(|end| end.sequence > from.sequence) => found.is_ok(),
        }
    }

    async fn one_connection(&mut self) -> io::Result<End> {
        let stream = match self.connect().await {
            Ok(stream) => stream,
            Err(error) => {
                self.alert(&error);
                return Err(error);
            }
        };
        self.alerted = false;
        self.rewind();
        let end = Session::new(self, stream).run().await?;
        if let End::Orderly { settled } = end {
            self.closed(settled).await;
        }
        Ok(end)
    }

    async fn connect(&self) -> io::Result<TlsStream<TcpStream>> {
        let config = self
            .client
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not a server name"))?;
        let connect = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            stream.set_nodelay(true)?;
            TlsConnector::from(config).connect(name, stream).await
        };
        timeout(self.shared.limits.io, connect)
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "connect timed out"))?
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
        let mut message = failure::alert(SOURCE_ID, None, &self.host, outcome, &text, 0);
        message.source.id = SOURCE_ID.to_owned();
        let (done, _) = oneshot::channel();
        let request = Request {
            app_name: SOURCE_ID.to_owned(),
            xml: message.to_xml(),
            done,
        };
        self.alerted = records.send(request).is_ok();
    }

    /// Back to the first record that may not have arrived.
    fn rewind(&mut self) {
        self.at = self.restart();
        self.window.clear();
        self.suspect = false;
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
        let (at, restart) = (self.at, self.restart());
        self.shared.update(self.index, |progress| {
            progress.unsent = progress.unsent.max(at.sequence);
            progress.restart = restart;
        });
        self.save(false).await;
    }

    /// Whether the window without its first record still has its bytes.
    fn window_is_wide(&self) -> bool {
        let second = self.window.get(1);
        second.is_some_and(|(_, before)| self.bytes - before >= self.shared.limits.window_bytes)
    }

    /// Notes an orderly close; `settled` when the repository answered it.
    pub(crate) async fn closed(&mut self, settled: bool) {
        let at = self.at;
        if settled {
            self.window.clear();
        }
        let restart = self.restart();
        self.shared.update(self.index, |progress| {
            progress.unsettled = at.sequence;
            progress.restart = restart;
        });
        self.save(true).await;
    }

    /// Writes the cursor, at most once a second unless forced, and frees segments.
    async fn save(&mut self, force: bool) {
        let restart = self.restart();
        let due = force || self.saved_at.elapsed() > Duration::from_secs(1);
        if restart == self.saved || !due {
            return;
        }
        let (shared, host, port) = (self.shared.clone(), self.host.clone(), self.port);
        let work = move || {
            cursor::save(&shared.dir, &host, port, restart)?;
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
            let mut state = shared.state();
            state.bytes = state.bytes.saturating_sub(found.len());
        }
    }
    Ok(())
}

struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    fn new(limits: &crate::spool::Limits) -> Backoff {
        let first = limits.retry_first;
        Backoff {
            first,
            longest: limits.retry_longest,
            next: first,
        }
    }

    fn reset(&mut self) {
        self.next = self.first;
    }

    /// The pause, between half and one and a half of its nominal length.
    fn next(&mut self) -> Duration {
        let nominal = self.next;
        self.next = (nominal * 2).min(self.longest);
        let random = uuid::Uuid::new_v4().as_bytes()[0];
        nominal.mul_f64(0.5 + f64::from(random) / 255.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_025_back_off_doubles_with_jitter_up_to_its_limit() {
        let limits = crate::spool::Limits::default();
        let mut backoff = Backoff::new(&limits);
        for nominal in [250, 500, 1000, 2000] {
            let pause = backoff.next().as_millis();
            assert!(
                (nominal / 2..=nominal * 3 / 2).contains(&pause),
                "{pause} for {nominal}"
            );
        }
        for _ in 0..10 {
            backoff.next();
        }
        assert!(backoff.next() <= Duration::from_secs(90));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(375));
    }
}
