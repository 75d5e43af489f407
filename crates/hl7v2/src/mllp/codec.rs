//! Frames in a buffer: no stream, no clock.

use super::{END, Error, Limits, START};
use bytes::{Buf, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

/// What was forgiven on one connection. Counts only, never content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerated {
    /// Bytes skipped between frames, other than line ends.
    pub stray_bytes: u64,
    /// Frames without the CR after the end byte.
    pub missing_returns: u64,
}

/// Finds frames in what was read and makes them for what is written; for use with `tokio_util::codec::Framed`, and inside
/// everything else here.
///
/// A frame is `0x0B message 0x1C 0x0D`. The end byte counts when CR follows it, or at once the next start byte, or the end
/// of the stream; so a message may itself end with 0x1C, as SS-MIX2 files do. Line ends between frames are skipped, other
/// bytes up to [`Limits::stray`].
///
/// ```
/// use bytes::BytesMut;
/// use hl7v2::mllp::{Codec, Limits};
/// use tokio_util::codec::Decoder;
///
/// let mut codec = Codec::new(&Limits::default());
/// let mut buffer = BytesMut::from(&b"\0\0\x0bMSH|1\x1c\r\x0bMSH|2\x1c"[..]);
/// assert_eq!(codec.decode(&mut buffer)?.as_deref(), Some(&b"MSH|1"[..]));
/// assert_eq!(codec.decode(&mut buffer)?, None);
/// assert_eq!(codec.decode_eof(&mut buffer)?.as_deref(), Some(&b"MSH|2"[..]));
/// assert_eq!((codec.tolerated().stray_bytes, codec.tolerated().missing_returns), (2, 1));
/// # Ok::<(), hl7v2::mllp::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Codec {
    limit: usize,
    stray: usize,
    /// Bytes of the buffer in which no end was found.
    searched: usize,
    /// Stray bytes since the last frame.
    skipped: usize,
    frames: u64,
    tolerated: Tolerated,
}

impl Codec {
    /// With the frame and stray limits of these.
    pub fn new(limits: &Limits) -> Codec {
        Codec {
            limit: limits.frame,
            stray: limits.stray,
            searched: 1,
            skipped: 0,
            frames: 0,
            tolerated: Tolerated::default(),
        }
    }

    /// What was forgiven so far.
    pub fn tolerated(&self) -> Tolerated {
        self.tolerated
    }

    /// Drops what lies before the next start byte. Whether there is one: then it is the first byte of the buffer.
    pub(super) fn begun(&mut self, buffer: &mut BytesMut) -> Result<bool, Error> {
        if buffer.first() == Some(&START) {
            return Ok(true);
        }
        let start = memchr::memchr(START, buffer).unwrap_or(buffer.len());
        let line_ends = |byte: &&u8| !matches!(byte, b'\r' | b'\n');
        let stray = buffer.iter().take(start).filter(line_ends).count();
        buffer.advance(start);
        self.skip(stray)?;
        Ok(!buffer.is_empty())
    }

    fn skip(&mut self, stray: usize) -> Result<(), Error> {
        if stray == 0 {
            return Ok(());
        }
        self.skipped += stray;
        if self.skipped > self.stray {
            return Err(Error::NotFramed);
        }
        if self.tolerated.stray_bytes == 0 {
            tracing::warn!(bytes = stray, "bytes between frames skipped");
        }
        self.tolerated.stray_bytes += stray as u64;
        Ok(())
    }

    /// Whether the buffer may hold a whole frame that lacks nothing but the CR.
    pub(super) fn lacks_return(&self, buffer: &[u8]) -> bool {
        buffer.len() > 2 && buffer.first() == Some(&START) && buffer.last() == Some(&END)
    }

    /// The frame of [`Codec::lacks_return`].
    pub(super) fn take_unreturned(&mut self, buffer: &mut BytesMut) -> Option<Vec<u8>> {
        if !self.lacks_return(buffer) {
            return None;
        }
        let end = buffer.len() - 1;
        self.forgive_return();
        Some(self.take(buffer, end, end + 1))
    }

    fn forgive_return(&mut self) {
        if self.tolerated.missing_returns == 0 {
            tracing::warn!("a frame without its last CR");
        }
        self.tolerated.missing_returns += 1;
    }

    fn take(&mut self, buffer: &mut BytesMut, end: usize, next: usize) -> Vec<u8> {
        let message = buffer.get(1..end).unwrap_or_default().to_vec();
        buffer.advance(next.min(buffer.len()));
        self.searched = 1;
        self.skipped = 0;
        self.frames += 1;
        message
    }

    fn too_large(&self) -> Error {
        Error::TooLarge { limit: self.limit }
    }
}

impl Decoder for Codec {
    type Item = Vec<u8>;
    type Error = Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Vec<u8>>, Error> {
        if !self.begun(buffer)? {
            return Ok(None);
        }
        let Some((end, next)) = end_of_frame(buffer, self.searched) else {
            // The last byte may be an end byte whose CR is still on its way.
            self.searched = buffer.len().max(2) - 1;
            let most = self.limit.saturating_add(2);
            return (buffer.len() <= most)
                .then_some(None)
                .ok_or(self.too_large());
        };
        if end - 1 > self.limit {
            return Err(self.too_large());
        }
        if next == end + 1 {
            self.forgive_return();
        }
        Ok(Some(self.take(buffer, end, next)))
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> Result<Option<Vec<u8>>, Error> {
        if let Some(message) = self.decode(buffer)? {
            return Ok(Some(message));
        }
        match buffer.last() {
            // What was skipped was all there ever was.
            None if self.skipped > 0 && self.frames == 0 => Err(Error::NotFramed),
            None => Ok(None),
            Some(&END) if buffer.len() > 1 => {
                let end = buffer.len() - 1;
                self.forgive_return();
                Ok(Some(self.take(buffer, end, end + 1)))
            }
            Some(_) => Err(Error::Truncated),
        }
    }
}

impl Encoder<&[u8]> for Codec {
    type Error = Error;

    /// Puts a message into its frame; [`Error::Misuse`] if it would not arrive as one frame.
    fn encode(&mut self, message: &[u8], buffer: &mut BytesMut) -> Result<(), Error> {
        if message.is_empty() || breaks_frame(message) {
            return Err(Error::Misuse);
        }
        frame_into(message, buffer);
        Ok(())
    }
}

/// Appends a message in its frame.
fn frame_into(message: &[u8], buffer: &mut BytesMut) {
    buffer.reserve(message.len() + 3);
    buffer.extend_from_slice(&[START]);
    buffer.extend_from_slice(message);
    buffer.extend_from_slice(&[END, b'\r']);
}

/// A message that would be taken for the end or the start of a frame. A last FS, as SS-MIX2 files have, does no harm.
pub(super) fn breaks_frame(message: &[u8]) -> bool {
    memchr::memchr(START, message).is_some() || end_of_frame(message, 0).is_some()
}

/// Where the end byte is, and where the next frame may begin.
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
