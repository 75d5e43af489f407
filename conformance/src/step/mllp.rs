//! `do = "mllp"`: one HL7 v2 message over MLLP, and its answer.

use crate::actors::Actor;
use crate::case::Text;
use crate::look::Received;
use crate::metamorphic;
use crate::run::{Scene, Trouble};
use crate::wire::{Stream, mllp};
use serde::Deserialize;
use std::io::Write;
use std::time::Duration;

/// What goes out, how, and what is waited for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mllp {
    /// The message. Line ends of the TOML or file become carriage returns.
    pub message: Text,
    /// To another actor than the one that is judged.
    pub to: Option<Actor>,
    /// To its `second_address`: the Document Registry's feed.
    pub second: bool,
    /// Several steps on one connection give it a name; else each has its own.
    pub connection: String,
    /// In so many writes, one after the other.
    pub pieces: usize,
    /// Milliseconds between the pieces.
    pub pause: u64,
    /// No frame around the bytes.
    pub unframed: bool,
    /// So many copies, one after the other, and as many answers are waited for; the last is judged.
    pub copies: usize,
    /// No answer is waited for: what is judged is `fact connection`, after so many milliseconds.
    pub state_after: u64,
    /// Only an answer is waited for.
    pub only_read: bool,
    /// Only sent: a later step reads.
    pub only_send: bool,
    /// The peer may close before it has taken all of it.
    pub may_close: bool,
}

impl Mllp {
    /// Sends and reads. Facts: `connection` (`open`, `closed`, `data`), when `state_after` asks.
    ///
    /// # Errors
    /// No connection, or no answer.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let mut stream = match scene.kept_stream(&self.connection) {
            Some(stream) => stream,
            None => scene.connect(self.to, self.second)?,
        };
        if !self.only_read {
            match self.send(scene, &mut stream) {
                Err(Trouble::Wrong(_)) if self.may_close => {}
                sent => sent?,
            }
        }
        let received = self.receive(scene, &mut stream);
        if !self.connection.is_empty() {
            scene.keep_stream(&self.connection, stream);
        }
        received
    }

    fn send(&self, scene: &mut Scene<'_>, stream: &mut Stream) -> Result<(), Trouble> {
        let bytes = self
            .message
            .bytes(&mut scene.values)
            .map_err(Trouble::Case)?;
        let bytes = match self.message.hex.is_empty() {
            true => metamorphic::hl7(scene.variant, carriage_returns(&bytes)),
            false => bytes,
        };
        scene.sent(&bytes);
        let frame = match self.unframed {
            true => bytes,
            false => [b"\x0b", &bytes[..], b"\x1c\x0d"].concat(),
        };
        let pieces = metamorphic::pieces(scene.variant).unwrap_or(self.pieces.max(1));
        for _ in 0..self.copies.max(1) {
            for piece in frame.chunks(frame.len().div_ceil(pieces).max(1)) {
                stream
                    .write_all(piece)
                    .and_then(|()| stream.flush())
                    .map_err(Trouble::sending)?;
                if pieces > 1 {
                    std::thread::sleep(Duration::from_millis(self.pause));
                }
            }
        }
        Ok(())
    }

    fn receive(&self, scene: &mut Scene<'_>, stream: &mut Stream) -> Result<Received, Trouble> {
        if self.only_send {
            return Ok(Received::default());
        }
        if self.state_after > 0 {
            let state = stream.state(Duration::from_millis(self.state_after));
            return Ok(Received::default().with("connection", state));
        }
        let mut answer = Vec::new();
        for _ in 0..self.copies.max(1) {
            answer = mllp::read_frame(stream).map_err(Trouble::answer)?;
            scene.received(&answer);
        }
        Ok(Received::message(answer))
    }
}

/// Segments end with a carriage return, however the file's lines end.
fn carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(bytes.len() + 1);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
            b'\n' => message.push(b'\r'),
            other => message.push(*other),
        }
    }
    if !message.ends_with(b"\r") && !message.is_empty() {
        message.push(b'\r');
    }
    message
}
