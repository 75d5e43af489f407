//! `do = "tls"`: knocks at a TLS server's door, as somebody or with bytes of the case's own, and says how it was received.

use crate::actors::Actor;
use crate::case::Text;
use crate::look::Received;
use crate::run::{Scene, Trouble};
use crate::wire::tls::{self, Who};
use crate::wire::{self, Stream, hello, x509};
use serde::Deserialize;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long a server may take to refuse what it has seen.
const REFUSAL: Duration = Duration::from_millis(600);
/// Of an answer no more is read.
const MOST: usize = 64 * 1024;

/// Who knocks, and how.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Bytes sent on the bare connection in place of any TLS of ours.
    pub bytes: Text,
    /// Or a ClientHello of ours for a version or suites that no library offers any more.
    pub hello: Option<Hello>,
    /// Else: whose certificate is presented; `client`, `expired`, `revoked`, `stranger`, `nobody`, or one of `[tls.others]`.
    pub who: String,
    /// Versions that are offered: `1.3`, `1.2`; both if none is named.
    pub versions: Vec<String>,
    /// To another actor than the one that is judged.
    pub to: Option<Actor>,
    /// To its `second_address`.
    pub second: bool,
    /// Only so many of the bytes are sent, and the connection stays open under this name while later steps run.
    pub stall: String,
    /// How many bytes are sent before it stalls.
    pub stall_after: usize,
}

/// A ClientHello; every field is filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// `SSL 3.0`, `1.0`, `1.1`, `1.2` or `1.3`.
    pub version: String,
    /// The suites, in hexadecimal: `c02f 009c`.
    pub suites: String,
}

impl Tls {
    /// Knocks. Facts: `tls.outcome` (`accepted`, `refused`, `silent`; of bytes also `answered`), `tls.alert`, `tls.version`,
    /// `tls.cipher`; of the server's certificate `peer.subject`, `peer.names`, `peer.days`.
    ///
    /// # Errors
    /// The endpoint file lacks the certificate or the address, nobody listens, or the server's own certificate is not trusted.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let address = scene.address(self.to, self.second)?;
        scene.peer_is(&address);
        let bytes = self.bytes(scene).map_err(Trouble::Case)?;
        if !bytes.is_empty() {
            let socket = dial(scene, &address)?;
            return self.with_bytes(scene, socket, &bytes);
        }
        let who = scene.values.fill(&self.who)?;
        let files = scene.tls()?;
        let pair = match Who::named(&who) {
            Some(known) => known.pair(files),
            None => files.others.get(&who).map(Some),
        };
        let pair = pair.ok_or_else(|| {
            Trouble::Skip(format!(
                "[tls] (or [tls.others]) of the endpoint file names no {who} = {{ certificate, key }}"
            ))
        })?;
        let versions = self.versions.iter().map(|one| scene.values.fill(one));
        let versions = versions.collect::<Result<Vec<_>, _>>()?;
        let config = tls::client(files, pair, &tls::versions(&versions))
            .map_err(|error| Trouble::Case(error.to_string()))?;
        let name = scene.server_name(&address);
        let socket = dial(scene, &address)?;
        match tls::open(config, &name, socket) {
            Ok(stream) => Ok(received(stream)),
            Err(error) => refused_in_handshake(&error),
        }
    }

    fn bytes(&self, scene: &mut Scene<'_>) -> Result<Vec<u8>, String> {
        match &self.hello {
            None => self.bytes.bytes(&mut scene.values),
            Some(asked) => {
                let version = scene.values.fill(&asked.version)?;
                let suites = scene.values.fill(&asked.suites)?;
                hello::write(&version, &suites)
            }
        }
    }

    fn with_bytes(
        &self,
        scene: &mut Scene<'_>,
        mut socket: TcpStream,
        bytes: &[u8],
    ) -> Result<Received, Trouble> {
        let stalls = !self.stall.is_empty();
        let bytes = match stalls {
            true => &bytes[..self.stall_after.min(bytes.len())],
            false => bytes,
        };
        scene.sent(bytes);
        socket.write_all(bytes).map_err(Trouble::sending)?;
        if stalls {
            scene.keep_stream(&self.stall, Stream::Plain(socket));
            return Ok(Received::default().with("tls.outcome", "silent"));
        }
        let (answer, closed) = listen(&mut socket);
        scene.received(&answer);
        let mut received = Received::message(answer);
        let outcome = match hello::read(&received.bytes) {
            hello::Answer::Alert(name) => {
                received = received.with("tls.alert", name);
                "refused"
            }
            hello::Answer::Hello { version, suite } => {
                received = received
                    .with("tls.version", version)
                    .with("tls.cipher", suite);
                "accepted"
            }
            hello::Answer::Nothing if closed => "refused",
            hello::Answer::Nothing => "silent",
            hello::Answer::NoTls => "answered",
        };
        Ok(received.with("tls.outcome", outcome))
    }
}

impl From<crate::values::Unknown> for Trouble {
    fn from(unknown: crate::values::Unknown) -> Trouble {
        Trouble::Case(unknown.to_string())
    }
}

fn dial(scene: &Scene<'_>, address: &str) -> Result<TcpStream, Trouble> {
    wire::connect(address, scene.patience())
        .map_err(|error| Trouble::Wrong(format!("{address} does not answer: {error}")))
}

/// With TLS 1.3 our handshake ends before the server has seen our certificate: its refusal comes at the first read. A
/// session ticket can only come from a server that is content.
fn received(mut stream: Stream) -> Received {
    let until = Instant::now() + REFUSAL;
    let mut outcome = ("accepted", None);
    while Instant::now() < until {
        let wait = Duration::from_millis(50);
        _ = stream.socket().set_read_timeout(Some(wait));
        match stream.read(&mut [0; 64]) {
            Ok(0) => outcome = ("refused", Some("close_notify".to_owned())),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if !has_ticket(&stream) {
                    continue;
                }
            }
            Err(error) => outcome = ("refused", tls::alert(&error)),
        }
        break;
    }
    let mut received = Received::default().with("tls.outcome", outcome.0);
    if let Some(alert) = outcome.1 {
        received = received.with("tls.alert", alert);
    }
    let received = of_session(received, &stream);
    stream.close();
    received
}

fn has_ticket(stream: &Stream) -> bool {
    matches!(stream, Stream::Client(stream) if stream.conn.tls13_tickets_received() > 0)
}

fn of_session(mut received: Received, stream: &Stream) -> Received {
    let Stream::Client(stream) = stream else {
        return received;
    };
    if let Some(version) = stream.conn.protocol_version() {
        received = received.with("tls.version", tls::version_name(version));
    }
    if let Some(suite) = stream.conn.negotiated_cipher_suite() {
        received = received.with("tls.cipher", format!("{:?}", suite.suite()));
    }
    let certificate = stream.conn.peer_certificates().and_then(<[_]>::first);
    match certificate.and_then(|certificate| x509::read(certificate)) {
        Some(read) => received
            .with("peer.subject", read.subject)
            .with("peer.names", read.names.join(" "))
            .with("peer.days", read.days),
        None => received,
    }
}

/// A refusal by the server is an outcome; if it is we who refuse its certificate, it has no door to knock at.
fn refused_in_handshake(error: &std::io::Error) -> Result<Received, Trouble> {
    if let Some(ours) = tls::distrust(error) {
        return Err(Trouble::Wrong(format!(
            "the server's certificate is not trusted by [tls] ca: {ours}"
        )));
    }
    let waited = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    let outcome = if waited { "silent" } else { "refused" };
    let received = Received::default().with("tls.outcome", outcome);
    Ok(match tls::alert(error) {
        Some(alert) => received.with("tls.alert", alert),
        None => received,
    })
}

/// What comes within the time, and whether the connection was closed then.
fn listen(socket: &mut TcpStream) -> (Vec<u8>, bool) {
    let until = Instant::now() + REFUSAL;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || answer.len() > MOST {
            return (answer, false);
        }
        _ = socket.set_read_timeout(Some(left));
        match socket.read(&mut buffer) {
            Ok(0) => return (answer, true),
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return (answer, false);
            }
            Err(_) => return (answer, true),
        }
        if matches!(
            hello::read(&answer),
            hello::Answer::Hello { .. } | hello::Answer::Alert(_)
        ) {
            return (answer, false);
        }
    }
}
