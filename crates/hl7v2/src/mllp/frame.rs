//! Frames out of a stream, and into it.

use super::{END, Error, Limits, START, framed};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// A stream with what was read from it but not yet used.
pub struct Reader<S> {
    stream: S,
    buffer: BytesMut,
    limits: Limits,
}

/// Room made for each read.
const CHUNK: usize = 8 * 1024;

impl<S> Reader<S> {
    /// Frames of this stream, within these limits.
    pub fn new(stream: S, limits: Limits) -> Reader<S> {
        Reader {
            stream,
            buffer: BytesMut::new(),
            limits,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl<S: AsyncRead + Unpin> Reader<S> {
    /// The next message without its frame; `None` when the peer closed the connection between frames. The first byte may
    /// take `idle`, the rest `read`.
    pub async fn read_frame(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let idle = self.limits.idle;
        let begun = timeout(idle, self.begin())
            .await
            .map_err(|_| Error::Timeout("waiting for a frame"))??;
        if !begun {
            return Ok(None);
        }
        self.finish().await.map(Some)
    }

    /// Waits for the start byte; false when the peer closed the connection. Line ends between frames are skipped. May be
    /// dropped at any time without losing bytes.
    pub(super) async fn begin(&mut self) -> Result<bool, Error> {
        loop {
            let blank = self
                .buffer
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                .count();
            self.buffer.advance(blank);
            match self.buffer.first().copied() {
                Some(START) => return Ok(true),
                Some(_) => return Err(Error::NotFramed),
                None if self.fill().await? == 0 => return Ok(false),
                None => {}
            }
        }
    }

    /// The rest of a frame that has begun.
    pub(super) async fn finish(&mut self) -> Result<Vec<u8>, Error> {
        let read = self.limits.read;
        timeout(read, self.rest())
            .await
            .map_err(|_| Error::Timeout("reading a frame"))?
    }

    async fn rest(&mut self) -> Result<Vec<u8>, Error> {
        let mut searched = 1;
        loop {
            if let Some((end, next)) = end_of_frame(&self.buffer, searched) {
                if end - 1 > self.limits.frame {
                    return Err(Error::TooLarge {
                        limit: self.limits.frame,
                    });
                }
                let message = self.buffer[1..end].to_vec();
                self.buffer.advance(next);
                return Ok(message);
            }
            // The last byte may be an end byte whose CR is still on its way.
            searched = self.buffer.len().max(2) - 1;
            if self.buffer.len() > self.limits.frame.saturating_add(2) {
                return Err(Error::TooLarge {
                    limit: self.limits.frame,
                });
            }
            if self.fill().await? == 0 {
                return self.last_frame();
            }
        }
    }

    /// Some peers close after the end byte and leave off the CR.
    fn last_frame(&mut self) -> Result<Vec<u8>, Error> {
        match self.buffer.last() {
            Some(&END) if self.buffer.len() > 1 => {
                let message = self.buffer[1..self.buffer.len() - 1].to_vec();
                self.buffer.clear();
                Ok(message)
            }
            _ => Err(Error::Truncated),
        }
    }

    async fn fill(&mut self) -> Result<usize, Error> {
        self.buffer.reserve(CHUNK);
        Ok(self.stream.read_buf(&mut self.buffer).await?)
    }

    /// Reads and drops what the peer still sends, so that it can read our last answer before the connection is reset.
    pub(super) async fn drain(&mut self, most: usize) {
        let mut dropped = 0;
        while dropped <= most {
            self.buffer.clear();
            match self.fill().await {
                Ok(0) | Err(_) => return,
                Ok(count) => dropped += count,
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Reader<S> {
    /// Writes one message in its frame.
    pub(super) async fn write_frame(&mut self, message: &[u8]) -> Result<(), Error> {
        let frame = framed(message);
        let sending = async {
            self.stream.write_all(&frame).await?;
            self.stream.flush().await
        };
        timeout(self.limits.write, sending)
            .await
            .map_err(|_| Error::Timeout("writing a frame"))?
            .map_err(Error::Io)
    }

    pub(super) async fn shutdown(&mut self) {
        let _closed = timeout(self.limits.write, self.stream.shutdown()).await;
    }
}

/// A message that would be taken for the end or the start of a frame. A last FS, as SS-MIX2 files have, does no harm.
pub(super) fn breaks_frame(message: &[u8]) -> bool {
    memchr::memchr(START, message).is_some() || end_of_frame(message, 0).is_some()
}

/// Where the end byte is, and where the next frame may begin. The end byte counts when CR follows it, or at once the next
/// start byte. A message may itself end with 0x1C, as SS-MIX2 files do.
fn end_of_frame(buffer: &[u8], from: usize) -> Option<(usize, usize)> {
    let tail = buffer.get(from..)?;
    memchr::memchr_iter(END, tail)
        .map(|at| at + from)
        .find_map(|at| match buffer.get(at + 1) {
            Some(b'\r') => Some((at, at + 2)),
            Some(&START) => Some((at, at + 1)),
            _ => None,
        })
}
