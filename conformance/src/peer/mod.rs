//! What the suite itself is to a system under test: an Audit Record Repository ([`audit`]), and scripted peers, the servers
//! that clients under test talk to. Each peer listens on a port of its own, answers by a script
//! and keeps what it was sent. All of it ends with the case: a peer that is dropped closes its connections.

mod answer;
pub mod audit;
mod http;
mod log;
mod mllp;
mod ntp;
mod syslog;

pub use answer::{Answer, Script};
pub use audit::AuditListener;
pub(crate) use http::content;
pub use log::{Log, Request};

use crate::endpoint::Tls;
use crate::look::Received;
use crate::wire::{self, Stream, tls, x509};
use rustls::ServerConfig;
use serde::Deserialize;
use std::io::Result;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Connections that one peer takes.
const MOST_CONNECTIONS: usize = 64;

/// What a peer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// HL7 v2 over MLLP: a PIX Manager, a Patient Demographics Supplier.
    Mllp,
    /// SOAP over HTTP: a Document Registry, a Document Repository.
    Http,
    /// Syslog with octet counting: an Audit Record Repository. It says nothing.
    Syslog,
    /// NTP over UDP: a Time Server.
    Ntp,
}

/// A peer that listens.
pub struct Peer {
    address: SocketAddr,
    log: Arc<Log>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

/// Where and how a peer listens.
pub struct Place<'a> {
    /// `127.0.0.1:0`: any free port.
    pub listen: &'a str,
    /// With TLS, by these certificates.
    pub tls: Option<&'a Tls>,
    /// It is away at first, and there after this time.
    pub opens_after: Duration,
    /// How long a connection may say nothing.
    pub patience: Duration,
}

impl Peer {
    /// Listens.
    ///
    /// # Errors
    /// The address or a certificate cannot be used.
    pub fn open(kind: Kind, place: &Place<'_>, script: Script) -> Result<Peer> {
        let log = Arc::new(Log::default());
        let open = Arc::new(Mutex::new(Vec::new()));
        if kind == Kind::Ntp {
            let socket = UdpSocket::bind(place.listen)?;
            let address = socket.local_addr()?;
            let heard = Arc::clone(&log);
            let thread = std::thread::spawn(move || ntp::serve(&socket, &script, &heard));
            return Ok(Peer {
                address,
                log,
                open,
                thread: Some(thread),
            });
        }
        let listener = TcpListener::bind(place.listen)?;
        let address = listener.local_addr()?;
        let config = place
            .tls
            .map(|files| tls::server(files, &tls::versions(&[])));
        let door = Door {
            kind,
            config: config.transpose()?,
            script,
            log: Arc::clone(&log),
            open: Arc::clone(&open),
            patience: place.patience,
        };
        let opens_after = place.opens_after;
        // A socket that is not there refuses; one that is only not accepted from would not.
        let listener = (opens_after.is_zero()).then_some(listener);
        let thread = std::thread::spawn(move || {
            let there = listener.map(Ok).unwrap_or_else(|| {
                door.log.sleep(opens_after);
                TcpListener::bind(address)
            });
            match there {
                Ok(listener) => door.accept(&listener),
                Err(error) => door
                    .log
                    .trouble(format!("{address} cannot be used: {error}")),
            }
        });
        Ok(Peer {
            address,
            log,
            open,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was sent.
    pub fn log(&self) -> &Log {
        &self.log
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.log.stop();
        for socket in self
            .open
            .lock()
            .expect("no thread panics with it")
            .drain(..)
        {
            _ = socket.shutdown(Shutdown::Both);
        }
        // Whoever waits for a connection gets one, and sees that it is over.
        _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

/// What every connection of a peer needs.
struct Door {
    kind: Kind,
    config: Option<Arc<ServerConfig>>,
    script: Script,
    log: Arc<Log>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    patience: Duration,
}

impl Door {
    fn accept(&self, listener: &TcpListener) {
        std::thread::scope(|scope| {
            for socket in listener.incoming().take(MOST_CONNECTIONS) {
                if self.log.stopped() {
                    return;
                }
                let Ok(socket) = socket else { continue };
                if let Ok(clone) = socket.try_clone() {
                    let mut open = self.open.lock().expect("no thread panics with it");
                    open.push(clone);
                }
                scope.spawn(move || self.one(socket));
            }
        });
    }

    fn one(&self, socket: TcpStream) {
        let number = self.log.connected();
        if wire::limit(&socket, self.patience).is_err() {
            return;
        }
        let mut seen = Received::default().with("connection", number);
        let stream = match &self.config {
            None => Ok(Stream::Plain(socket)),
            Some(config) => tls::accept(Arc::clone(config), socket),
        };
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return self.log.refused(error.to_string()),
        };
        if let Stream::Server(stream) = &stream {
            let version = stream.conn.protocol_version();
            let version = version.and_then(|version| version.as_str().map(str::to_owned));
            let leaf = stream
                .conn
                .peer_certificates()
                .and_then(|chain| chain.first());
            let subject = leaf
                .and_then(|leaf| x509::read(leaf))
                .map(|leaf| leaf.subject);
            seen = seen
                .with("tls.version", version.unwrap_or_default())
                .with("tls.client.subject", subject.unwrap_or_default());
        }
        match self.kind {
            Kind::Mllp => mllp::serve(&mut stream, &self.script, &self.log, &seen),
            Kind::Http => http::serve(&mut stream, &self.script, &self.log, &seen),
            Kind::Syslog => syslog::serve(&mut stream, &self.script, &self.log, &seen),
            Kind::Ntp => {}
        }
        stream.close();
    }
}

#[cfg(test)]
mod tests;
