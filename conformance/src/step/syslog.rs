//! `do = "syslog"`: sends audit records to an Audit Record Repository (ITI-20), rightly and wrongly framed.

use crate::actors::Actor;
use crate::case::Text;
use crate::look::Received;
use crate::run::{Scene, Trouble};
use crate::wire::Stream;
use serde::Deserialize;
use std::io::{ErrorKind, Read, Write};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// How a record travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The actor's `address`; whether with TLS its `tls` says.
    #[default]
    Stream,
    /// The actor's `second_address`.
    Udp,
}

/// Where a record ends on a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// Its octets are counted before it.
    #[default]
    Counted,
    /// A line feed follows it.
    Lines,
}

/// What goes out, and how.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Syslog {
    /// The record, header and all. `${number}` counts the copies, `${pad}` fills it up to `size`.
    pub record: Text,
    /// Bytes in place of a text, after it was filled in: text, hexadecimal.
    pub bytes: Vec<(String, String)>,
    /// Over a stream or in datagrams.
    pub by: By,
    /// Where it ends on a stream.
    pub framing: Framing,
    /// What stands in place of the right MSG-LEN and its space.
    pub count: Option<String>,
    /// The record has so many octets: `${pad}` is as long as that takes.
    pub size: usize,
    /// What `${pad}` is made of; else of the letter x.
    pub filler: String,
    /// Only so many octets of it are sent in the datagram.
    pub cut: usize,
    /// So many, one after the other.
    pub copies: usize,
    /// In so many writes, one after the other.
    pub pieces: usize,
    /// To another actor than the one that is judged.
    pub to: Option<Actor>,
    /// Several steps on one connection give it a name; else it is closed in order, and the answer to that is waited for.
    pub connection: String,
    /// The connection is not closed in order but broken off.
    pub break_off: bool,
    /// What is judged is `fact connection` after so many milliseconds, without closing.
    pub state_after: u64,
}

impl Syslog {
    /// Sends. Facts: `connection` (`open`, `closed`, `data`) when `state_after` asks; else `close` (`answered`, `not answered`)
    /// unless the connection is kept; `sent.sha1`, `sent.size` of the last record, which later steps know as `${sent.sha1}`.
    ///
    /// # Errors
    /// Nobody listens, or what is sent is not taken.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        match self.by {
            By::Udp => self.datagrams(scene),
            By::Stream => self.stream(scene),
        }
    }

    fn stream(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let mut stream = match scene.kept_stream(&self.connection) {
            Some(stream) => stream,
            None => scene.connect(self.to, false)?,
        };
        for number in 1..=self.copies.max(1) {
            let record = self.record(scene, number).map_err(Trouble::Case)?;
            scene.sent(&record);
            let frame = self.framed(scene, &record)?;
            let size = frame.len().div_ceil(self.pieces.max(1)).max(1);
            for piece in frame.chunks(size) {
                stream.write_all(piece).map_err(Trouble::sending)?;
                stream.flush().map_err(Trouble::sending)?;
            }
        }
        let received = match (self.state_after, self.connection.as_str()) {
            (0, "") if self.break_off => Received::default(),
            (0, "") => Received::default().with("close", closed(&mut stream, scene.patience())),
            (0, _) => Received::default(),
            (wait, _) => {
                let state = stream.state(Duration::from_millis(wait));
                _ = stream.socket().set_read_timeout(Some(scene.patience()));
                Received::default().with("connection", state)
            }
        };
        if self.connection.is_empty() {
            _ = stream.socket().shutdown(std::net::Shutdown::Both);
        } else {
            scene.keep_stream(&self.connection, stream);
        }
        Ok(of_sent(received, scene))
    }

    fn datagrams(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let address = scene.address(self.to, true)?;
        scene.peer_is(&address);
        let any = if address.starts_with('[') {
            "[::]:0"
        } else {
            "0.0.0.0:0"
        };
        let socket = UdpSocket::bind(any).map_err(Trouble::sending)?;
        for number in 1..=self.copies.max(1) {
            let record = self.record(scene, number).map_err(Trouble::Case)?;
            let cut = match self.cut {
                0 => &record[..],
                most => &record[..most.min(record.len())],
            };
            scene.sent(cut);
            socket.send_to(cut, &address).map_err(Trouble::sending)?;
        }
        Ok(of_sent(Received::default(), scene))
    }

    fn record(&self, scene: &mut Scene<'_>, number: usize) -> Result<Vec<u8>, String> {
        scene.values.set("number", number.to_string());
        scene.values.set("pad", "");
        let mut record = self.record.bytes(&mut scene.values)?;
        if let Some(missing) = self.size.checked_sub(record.len()).filter(|n| *n > 0) {
            let filler = match self.filler.as_str() {
                "" => "x",
                filler => filler,
            };
            let mut pad = filler.repeat(missing / filler.len());
            pad.push_str(&"x".repeat(missing % filler.len()));
            scene.values.set("pad", pad);
            record = self.record.bytes(&mut scene.values)?;
        }
        if self.size > 0 && record.len() != self.size {
            return Err(format!(
                "the record has {} octets, not {}",
                record.len(),
                self.size
            ));
        }
        for (text, hex) in &self.bytes {
            let hex = Text {
                hex: hex.clone(),
                ..Text::default()
            };
            let new = hex.bytes(&mut scene.values)?;
            record = swapped(&record, text.as_bytes(), &new)
                .ok_or_else(|| format!("{text:?} is not in the record"))?;
        }
        scene.values.set("sent.sha1", crate::sha1(&record));
        scene.values.set("sent.size", record.len().to_string());
        Ok(record)
    }

    fn framed(&self, scene: &mut Scene<'_>, record: &[u8]) -> Result<Vec<u8>, Trouble> {
        let count = self.count.as_ref().map(|count| scene.values.fill(count));
        Ok(match (self.framing, count.transpose()?) {
            (Framing::Lines, _) => [record, b"\n"].concat(),
            (Framing::Counted, Some(count)) => [count.as_bytes(), record].concat(),
            (Framing::Counted, None) => {
                [record.len().to_string().as_bytes(), b" ", record].concat()
            }
        })
    }
}

fn of_sent(received: Received, scene: &mut Scene<'_>) -> Received {
    let mut of = |name: &str| scene.values.of(name).unwrap_or_default();
    let (sha1, size) = (of("sent.sha1"), of("sent.size"));
    received.with("sent.sha1", sha1).with("sent.size", size)
}

/// We close for writing, TLS first, and wait for the peer's own close.
fn closed(stream: &mut Stream, patience: Duration) -> &'static str {
    stream.close_writing();
    let until = Instant::now() + patience.min(Duration::from_secs(3));
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return "not answered";
        }
        _ = stream.socket().set_read_timeout(Some(left));
        match stream.read(&mut [0; 256]) {
            Ok(0) => return "answered",
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return "not answered",
        }
    }
}

fn swapped(bytes: &[u8], old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let mut windows = bytes.windows(old.len().max(1));
    let at = windows.position(|window| window == old)?;
    Some([&bytes[..at], new, &bytes[at + old.len()..]].concat())
}
