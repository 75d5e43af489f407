//! Frames out of a stream, one by one.

use super::wire::{Wait, Wire};
use super::{Error, Limits, Tolerated};
use tokio::io::{AsyncRead, AsyncWrite};

/// A stream with what was read from it but not yet used.
pub struct Reader<S> {
    wire: Wire<S>,
}

impl<S> Reader<S> {
    /// Frames of this stream, within these limits.
    pub fn new(stream: S, limits: Limits) -> Reader<S> {
        Reader {
            wire: Wire::new(stream, limits),
        }
    }

    /// What was forgiven so far.
    pub fn tolerated(&self) -> Tolerated {
        self.wire.codec().tolerated()
    }
}

impl<S: AsyncRead + Unpin> Reader<S> {
    /// The next message without its frame; `None` when the peer closed the connection between frames. The first byte may
    /// take `idle`, the rest `read`. May be dropped at any time without losing bytes.
    pub async fn read_frame(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.wire.next(Wait::Frame).await
    }

    /// The next message, for whoever has a deadline of its own.
    pub(super) async fn read_answer(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.wire.next(Wait::Quiet).await
    }
}

impl<S> Reader<S> {
    /// Whether a frame, or the beginning of one, was read and not yet used.
    pub(super) fn has_frame(&mut self) -> bool {
        self.wire.begun()
    }
}

impl<S: AsyncWrite + Unpin> Reader<S> {
    /// Writes one message in its frame.
    pub(super) async fn write_frame(&mut self, message: &[u8]) -> Result<(), Error> {
        self.wire.push(message)?;
        self.wire.drain().await
    }

    pub(super) async fn shutdown(&mut self) {
        self.wire.shutdown().await;
    }

    pub(super) fn limits(&self) -> &Limits {
        self.wire.limits()
    }
}
