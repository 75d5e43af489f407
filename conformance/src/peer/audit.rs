//! The suite as an Audit Record Repository: syslog over TLS 1.3 or 1.2 (RFC 5425), or over plain TCP when the endpoint file
//! has no `[tls]`. All cases look into the same records.

use crate::endpoint::Endpoint;
use crate::wire::{self, Stream, syslog, tls};
use rustls::ServerConfig;
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of records that are kept; the oldest go first.
const KEPT: usize = 128 * 1024 * 1024;
/// Connections at a time.
const CONNECTIONS: usize = 64;
/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_secs(600);
/// What more a wait may take after the first connection.
const BACKLOG: Duration = Duration::from_secs(5);
/// How often the listener looks whether it shall end.
const BREATH: Duration = Duration::from_millis(20);

/// A record, as it came.
#[derive(Clone, Debug)]
pub struct Record {
    /// The syslog message.
    pub bytes: Arc<[u8]>,
    /// Who sent it.
    pub peer: String,
}

/// The listener; it ends when it is dropped.
#[derive(Debug)]
pub struct AuditListener {
    inbox: Arc<Inbox>,
    trouble: Option<String>,
    first_until: Instant,
}

#[derive(Debug, Default)]
struct Inbox {
    kept: Mutex<Kept>,
    came: Condvar,
    connected: AtomicBool,
    ended: AtomicBool,
    connections: AtomicUsize,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Record>,
    bytes: usize,
    /// Records that came before the first that is kept.
    gone: usize,
}

impl AuditListener {
    /// Listens where `[audit]` says; `None` if the endpoint file has none.
    pub fn start(endpoint: &Endpoint) -> Option<AuditListener> {
        let declared = endpoint.audit.as_ref()?;
        let listen = &declared.listen;
        let first_until = Instant::now() + Duration::from_secs(declared.first_seconds.min(600));
        let inbox = Arc::new(Inbox::default());
        let config = match &endpoint.tls {
            Some(files) => tls::server(files, &tls::versions(&[])).map(Some),
            None => Ok(None),
        };
        let trouble = config
            .and_then(|config| {
                let listener = TcpListener::bind(listen)?;
                listener.set_nonblocking(true)?;
                let inbox = inbox.clone();
                std::thread::spawn(move || inbox.accept(&listener, config.as_ref()));
                Ok(())
            })
            .err()
            .map(|error| format!("no audit records can come in at {listen}: {error}"));
        Some(AuditListener {
            inbox,
            trouble,
            first_until,
        })
    }

    /// How many records came so far: a mark to look from.
    pub fn mark(&self) -> usize {
        let kept = self.inbox.kept();
        kept.gone + kept.records.len()
    }

    /// Waits for a record that came after the mark and is wanted; `None` if none came in time.
    ///
    /// # Errors
    /// The listener could not be started.
    pub fn wait(
        &self,
        mark: usize,
        within: Duration,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Record>, String> {
        if let Some(trouble) = &self.trouble {
            return Err(trouble.clone());
        }
        let mut until = Instant::now() + within;
        let mut alone = !self.inbox.connected.load(Ordering::Relaxed);
        if alone {
            until = until.max(self.first_until);
        }
        let mut next = mark;
        let mut kept = self.inbox.kept();
        loop {
            let fresh = next.saturating_sub(kept.gone);
            let new: Vec<Record> = kept.records.iter().skip(fresh).cloned().collect();
            next = kept.gone + kept.records.len();
            // Others receive while we look.
            drop(kept);
            if let Some(found) = new.into_iter().find(|record| wanted(&record.bytes)) {
                return Ok(Some(found));
            }
            kept = self.inbox.kept();
            while kept.gone + kept.records.len() == next {
                if alone && self.inbox.connected.load(Ordering::Relaxed) {
                    // What waited for us comes now.
                    (alone, until) = (false, until.min(Instant::now() + within + BACKLOG));
                }
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(None);
                }
                let waited = self.inbox.came.wait_timeout(kept, left);
                kept = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

impl Drop for AuditListener {
    fn drop(&mut self) {
        self.inbox.ended.store(true, Ordering::Relaxed);
    }
}

impl Inbox {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: &Arc<Inbox>, listener: &TcpListener, config: Option<&Arc<ServerConfig>>) {
        while !self.ended.load(Ordering::Relaxed) {
            let Ok((socket, peer)) = listener.accept() else {
                std::thread::sleep(BREATH);
                continue;
            };
            if self.connections.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
                self.connections.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let (inbox, config) = (self.clone(), config.cloned());
            std::thread::spawn(move || {
                _ = inbox.receive(socket, &peer.to_string(), config);
                inbox.connections.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }

    fn receive(
        &self,
        socket: TcpStream,
        peer: &str,
        config: Option<Arc<ServerConfig>>,
    ) -> std::io::Result<()> {
        socket.set_nonblocking(false)?;
        wire::limit(&socket, SILENCE)?;
        let mut stream = match config {
            Some(config) => tls::accept(config, socket)?,
            None => Stream::Plain(socket),
        };
        self.connected.store(true, Ordering::Relaxed);
        self.came.notify_all();
        for record in syslog::records(&mut stream, syslog::Limits::default()) {
            self.keep(record?, peer)?;
        }
        // The peer's orderly close is answered: to a sender that is the receipt.
        stream.close();
        Ok(())
    }

    fn keep(&self, bytes: Vec<u8>, peer: &str) -> std::io::Result<()> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        let mut kept = self.kept();
        kept.bytes += bytes.len();
        kept.records.push_back(Record {
            bytes: bytes.into(),
            peer: peer.to_owned(),
        });
        while kept.bytes > KEPT {
            let Some(oldest) = kept.records.pop_front() else {
                break;
            };
            kept.bytes -= oldest.bytes.len();
            kept.gone += 1;
        }
        drop(kept);
        self.came.notify_all();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_record_wakes_who_waits_for_it_and_nobody_else() {
        let probe = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = probe.local_addr().expect("an address").to_string();
        drop(probe);
        let text = format!("name = \"x\"\n[audit]\nlisten = \"{address}\"");
        let endpoint: Endpoint = toml::from_str(&text).expect("an endpoint");
        let listener = AuditListener::start(&endpoint).expect("a listener");
        let mark = listener.mark();
        let mut sender = TcpStream::connect(&address).expect("connected");
        sender.write_all(b"3 <1>5 <2>ab").expect("sent");
        let found = listener.wait(mark, Duration::from_secs(10), |bytes| bytes == b"<2>ab");
        let found = found.expect("it listens").expect("a record");
        assert_eq!(found.peer, sender.local_addr().expect("ours").to_string());
        let after = listener.wait(listener.mark(), Duration::ZERO, |_| true);
        assert!(after.expect("it listens").is_none());
        let second = AuditListener::start(&endpoint).expect("declared");
        let refused = second.wait(0, Duration::ZERO, |_| true);
        assert!(refused.is_err(), "the port is taken");
    }
}
