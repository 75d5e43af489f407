//! A request that takes its time or never ends: `expects`, `drip` and `cut` of `do = "http"`, and `do = "raw"` for bytes that are no HTTP request.

use super::http::{Http, answered};
use crate::actors::Actor;
use crate::case::Text;
use crate::look::Received;
use crate::run::{Scene, Trouble, Url};
use crate::wire::{Stream, http};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

/// `do = "raw"`: bytes to the host of the actor's URL as they are, and what the server makes of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    /// The bytes; lines of a text end with CR LF.
    pub message: Text,
    /// To another actor than the one that is judged.
    pub to: Option<Actor>,
    /// Byte by byte, with so many milliseconds between; what is judged is `fact connection`.
    pub drip: u64,
    /// Milliseconds that the server has to do something: `fact connection` is `open`, `closed` or `data`, and `fact status`
    /// what an answer says, else empty. Without it an answer is waited for.
    pub state_after: u64,
}

impl Raw {
    /// Sends and reads. `${authority}` and `${path}` are those of the URL.
    ///
    /// # Errors
    /// No connection, or no answer.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let url = scene.url(self.to)?;
        scene.values.set("authority", url.authority());
        scene.values.set("path", url.path());
        let message = self.message.bytes(&mut scene.values);
        let mut bytes = message.map_err(Trouble::Case)?;
        if self.message.hex.is_empty() {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            bytes = text
                .replace("\r\n", "\n")
                .replace('\n', "\r\n")
                .into_bytes();
        }
        let mut stream = scene.connect_url(&url)?;
        scene.sent(&bytes);
        let patience = Duration::from_millis(self.state_after);
        if self.drip > 0 {
            return Ok(dripped(&mut stream, &bytes, self.drip, patience));
        }
        let written = stream.write_all(&bytes).and_then(|()| stream.flush());
        if self.state_after > 0 {
            return Ok(reaction(scene, stream, patience));
        }
        match (answer(scene, stream), written) {
            (Err(_), Err(error)) => Err(Trouble::sending(error)),
            (answer, _) => answer,
        }
    }
}

/// What the server does of itself within the time.
fn reaction(scene: &mut Scene<'_>, mut stream: Stream, patience: Duration) -> Received {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    _ = stream.socket().set_read_timeout(Some(patience));
    match http::read(&mut BufReader::new(&mut stream)) {
        Ok((head, bytes)) => {
            scene.received(&bytes);
            let status = head.status().to_owned();
            let answered = Received {
                bytes,
                head: Some(head),
                ..Received::default()
            };
            answered.with("connection", "data").with("status", status)
        }
        Err(error) => {
            let is_open = [TimedOut, WouldBlock].contains(&error.kind());
            let state = if is_open { "open" } else { "closed" };
            let silent = Received::default().with("connection", state);
            silent.with("status", "")
        }
    }
}

impl Http {
    /// The body is not sent to its end.
    pub(super) fn cut_short(
        &self,
        scene: &mut Scene<'_>,
        mut stream: Stream,
        url: &Url,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<Received, Trouble> {
        let mut headers = headers.to_vec();
        headers.push(("Content-Length".to_owned(), body.len().to_string()));
        let length = match usize::try_from(self.cut) {
            Ok(first) => first.min(body.len()),
            Err(_) => body.len().saturating_sub(self.cut.unsigned_abs()),
        };
        let part = &body[..length];
        http::write_request(
            &mut stream,
            "POST",
            url.path(),
            &headers,
            part,
            http::Framing::Length,
        )
        .map_err(Trouble::sending)?;
        if self.state_after > 0 {
            let state = stream.state(Duration::from_millis(self.state_after));
            return Ok(Received::default().with("connection", state));
        }
        if self.hang_up {
            stream.close();
            return Ok(Received::default().with("connection", "closed"));
        }
        _ = stream.flush();
        _ = stream.socket().shutdown(Shutdown::Write);
        let (head, bytes) = match http::read(&mut BufReader::new(&mut stream)) {
            Ok(answer) => answer,
            Err(error) if is_end(&error) => {
                return Ok(Received::default().with("connection", "closed"));
            }
            Err(error) => return Err(Trouble::answer(error)),
        };
        scene.received(&bytes);
        Ok(Received {
            bytes,
            head: Some(head),
            ..Received::default()
        }
        .with("connection", "answered"))
    }

    /// The head at once, the body when the server wants it (`expects`) or a byte at a time (`drip`).
    pub(super) fn slowly(
        &self,
        scene: &mut Scene<'_>,
        mut stream: Stream,
        url: &Url,
        mut headers: Vec<(String, String)>,
        body: &[u8],
    ) -> Result<Received, Trouble> {
        headers.push(("Content-Length".to_owned(), body.len().to_string()));
        if self.expects {
            headers.push(("Expect".to_owned(), "100-continue".to_owned()));
        }
        let (path, framing) = (url.path(), http::Framing::Length);
        http::write_request(&mut stream, "POST", path, &headers, b"", framing)
            .map_err(Trouble::sending)?;
        if self.expects {
            return continued(scene, stream, body);
        }
        let patience = Duration::from_millis(self.state_after);
        Ok(dripped(&mut stream, body, self.drip, patience))
    }
}

/// The peer closed the connection, in whatever way.
fn is_end(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    [
        UnexpectedEof,
        ConnectionReset,
        ConnectionAborted,
        BrokenPipe,
    ]
    .contains(&error.kind())
}

/// What the server does within the time while the bytes come one by one: `fact connection`, and `fact milliseconds`.
fn dripped(stream: &mut Stream, bytes: &[u8], pause: u64, patience: Duration) -> Received {
    let began = Instant::now();
    let mut state = "open";
    for byte in bytes {
        if stream.write_all(&[*byte]).is_err() || stream.flush().is_err() {
            state = "closed";
        } else {
            state = stream.state(Duration::from_millis(pause));
        }
        if state != "open" || began.elapsed() > patience {
            break;
        }
    }
    let waited = began.elapsed().as_millis();
    Received::default()
        .with("connection", state)
        .with("milliseconds", waited)
}

/// Sends the body after `100 Continue`, or not at all; `fact interim` is the first status.
fn continued(scene: &mut Scene<'_>, mut stream: Stream, body: &[u8]) -> Result<Received, Trouble> {
    let interim = interim(&mut stream).map_err(Trouble::answer)?;
    if interim.status() == "100" {
        stream
            .write_all(body)
            .and_then(|()| stream.flush())
            .map_err(Trouble::sending)?;
        let answered = answer(scene, stream)?;
        return Ok(answered.with("interim", "100"));
    }
    let status = interim.status().to_owned();
    Ok(Received {
        head: Some(interim),
        ..Received::default()
    }
    .with("interim", status))
}

/// The first head that comes, byte by byte so that nothing of what follows is lost.
fn interim(stream: &mut Stream) -> std::io::Result<http::Head> {
    let mut reader = BufReader::with_capacity(1, stream.take(64 * 1024));
    let mut head = http::Head::default();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(':') {
            _ if line == "\r\n" => return Ok(head),
            _ if head.start.is_empty() => line.trim_end().clone_into(&mut head.start),
            Some((name, value)) => {
                let field = (name.to_ascii_lowercase(), value.trim().to_owned());
                head.fields.push(field);
            }
            None => {}
        }
    }
}

fn answer(scene: &mut Scene<'_>, mut stream: Stream) -> Result<Received, Trouble> {
    let answer = http::read(&mut BufReader::new(&mut stream));
    let answer = answer.map_err(Trouble::answer)?;
    stream.close();
    Ok(answered(scene, answer))
}
