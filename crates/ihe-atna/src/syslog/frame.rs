//! ITI-20 TLS framing (RFC 5425 4.3): `MSG-LEN SP SYSLOG-MSG`, octet counting.

/// A message with its frame header.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(message.len() + 8);
    write_frame(&mut framed, message);
    framed
}

/// The same behind `bytes`.
pub(crate) fn write_frame(bytes: &mut Vec<u8>, message: &[u8]) {
    let mut length = message.len();
    // A fault for testing the conformance suite.
    if cfg!(renkei_fault = "audit-sender-length-in-characters") {
        length = String::from_utf8_lossy(message).chars().count();
    }
    bytes.extend_from_slice(length.to_string().as_bytes());
    bytes.push(b' ');
    bytes.extend_from_slice(message);
}

/// Why a stream is not RFC 5425.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The frame does not begin with a number without leading zero and a space.
    #[error("syslog frame: no octet count")]
    Length,
    /// The frame is larger than the limit.
    #[error("syslog frame over the limit")]
    TooLarge,
}

/// Cuts a byte stream into messages; holds at most one frame and one read.
#[derive(Debug)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    start: usize,
    limit: usize,
}

impl FrameDecoder {
    /// A decoder that takes messages up to `limit` bytes.
    pub fn new(limit: usize) -> FrameDecoder {
        FrameDecoder {
            buffer: Vec::new(),
            start: 0,
            limit,
        }
    }

    /// Adds bytes as read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, if there is one. After an error the stream cannot go on.
    pub fn next_message(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some((length, head)) = self.length()? else {
            return Ok(None);
        };
        let begin = self.start + head;
        let Some(message) = self.buffer.get(begin..begin + length) else {
            return Ok(None);
        };
        let message = message.to_vec();
        self.start = begin + length;
        Ok(Some(message))
    }

    /// Whether bytes of an unfinished frame are held.
    pub fn is_partial(&self) -> bool {
        self.start < self.buffer.len()
    }

    /// The octet count and the length of the frame's head.
    fn length(&self) -> Result<Option<(usize, usize)>, FrameError> {
        let rest = &self.buffer[self.start..];
        let mut length: usize = 0;
        for (index, byte) in rest.iter().enumerate() {
            match byte {
                b'0' if index == 0 => return Err(FrameError::Length),
                b'0'..=b'9' => {
                    length = length
                        .saturating_mul(10)
                        .saturating_add(usize::from(byte - b'0'));
                    if length > self.limit {
                        return Err(FrameError::TooLarge);
                    }
                }
                b' ' if index > 0 => return Ok(Some((length, index + 1))),
                _ => return Err(FrameError::Length),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_021_frames_are_found_whatever_the_chunks() {
        let stream = [
            frame(b"one"),
            frame(b"second message"),
            frame("三".as_bytes()),
        ]
        .concat();
        for size in 1..=stream.len() {
            let mut decoder = FrameDecoder::new(64);
            let mut found = Vec::new();
            for chunk in stream.chunks(size) {
                decoder.push(chunk);
                while let Ok(Some(message)) = decoder.next_message() {
                    found.push(message);
                }
            }
            assert_eq!(
                found,
                [b"one".to_vec(), b"second message".to_vec(), "三".into()]
            );
            assert!(!decoder.is_partial());
        }
    }

    #[test]
    fn atna_r_021_what_is_not_octet_counting_is_refused() {
        for (bytes, error) in [
            (&b"<85>1 - "[..], FrameError::Length),
            (b"03 abc", FrameError::Length),
            (b" abc", FrameError::Length),
            (b"65 ", FrameError::TooLarge),
            (b"99999999999999999999999999", FrameError::TooLarge),
        ] {
            let mut decoder = FrameDecoder::new(64);
            decoder.push(bytes);
            assert_eq!(decoder.next_message(), Err(error));
        }
    }
}
