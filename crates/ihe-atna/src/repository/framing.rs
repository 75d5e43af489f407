//! ITI-20 where a message ends on a stream (RFC 5425 4.3, RFC 6587 3.4): the first byte of a
//! connection tells. A digit: octet counting, and nothing else is taken then. Any other: each line is
//! a message, as many foreign senders do; so that a message with line ends comes in pieces.

use crate::syslog::{FrameDecoder, FrameError};

/// Cuts a stream into messages; holds at most one frame and one read.
pub(crate) enum Framing {
    Unknown { limit: usize },
    Counted(FrameDecoder),
    Lines(Lines),
}

impl Framing {
    pub(crate) fn new(limit: usize) -> Framing {
        Framing::Unknown { limit }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if let (Framing::Unknown { limit }, Some(first)) = (&self, bytes.first()) {
            *self = if first.is_ascii_digit() {
                Framing::Counted(FrameDecoder::new(*limit))
            } else {
                Framing::Lines(Lines::new(*limit))
            };
        }
        match self {
            Framing::Unknown { .. } => {}
            Framing::Counted(decoder) => decoder.push(bytes),
            Framing::Lines(lines) => lines.push(bytes),
        }
    }

    /// The next whole message, if there is one. After an error the stream cannot go on.
    pub(crate) fn next_message(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        match self {
            Framing::Unknown { .. } => Ok(None),
            Framing::Counted(decoder) => decoder.next_message(),
            Framing::Lines(lines) => lines.next_line(),
        }
    }

    /// What is left when the peer has closed: the last line needs no line end. `Err`: a frame is
    /// unfinished.
    pub(crate) fn rest(self) -> Result<Option<Vec<u8>>, FrameError> {
        match self {
            Framing::Unknown { .. } => Ok(None),
            Framing::Counted(decoder) if decoder.is_partial() => Err(FrameError::Length),
            Framing::Counted(_) => Ok(None),
            Framing::Lines(lines) => Ok(lines.rest()),
        }
    }
}

/// Messages that end with a line feed.
pub(crate) struct Lines {
    buffer: Vec<u8>,
    start: usize,
    /// Up to here there is no line feed.
    searched: usize,
    limit: usize,
}

impl Lines {
    fn new(limit: usize) -> Lines {
        Lines {
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            limit,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        while let Some(length) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
            let end = self.searched + length;
            let line = self.buffer[self.start..end].to_vec();
            self.start = end + 1;
            self.searched = self.start;
            if line.len() > self.limit {
                return Err(FrameError::TooLarge);
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
        self.searched = self.buffer.len();
        if self.buffer.len() - self.start > self.limit {
            return Err(FrameError::TooLarge);
        }
        Ok(None)
    }

    fn rest(mut self) -> Option<Vec<u8>> {
        let rest = self.buffer.split_off(self.start);
        (!rest.trim_ascii().is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(stream: &[u8], size: usize) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut framing = Framing::new(20);
        let mut found = Vec::new();
        for chunk in stream.chunks(size) {
            framing.push(chunk);
            while let Some(message) = framing.next_message()? {
                found.push(message);
            }
        }
        found.extend(framing.rest()?);
        Ok(found)
    }

    #[test]
    fn atna_r_021_octet_counting_and_lines_are_told_apart_however_reads_fall() {
        let (counted, lines) = (b"5 <1>ab7 <1>a\nb\n", b"<1>ab\n\r\n\n<1>12 cd\r\n<1>rest");
        for size in 1..=lines.len() {
            let found = cut(counted, size).expect("frames");
            assert_eq!(found, [b"<1>ab".to_vec(), b"<1>a\nb\n".to_vec()]);
            let found = cut(lines, size).expect("lines");
            let expected: [&[u8]; 3] = [b"<1>ab", b"<1>12 cd\r", b"<1>rest"];
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn atna_r_021_what_is_too_long_or_unfinished_is_an_error() {
        let endless = cut(&[b'x'; 100], 7);
        assert_eq!(endless, Err(FrameError::TooLarge));
        assert_eq!(cut(b"9 <1>ab", 3), Err(FrameError::Length));
        assert_eq!(cut(b"64000000 <1>", 4), Err(FrameError::TooLarge));
        assert_eq!(cut(b"3 <1><1>no count\n", 99), Err(FrameError::Length));
        assert_eq!(cut(b"", 1), Ok(Vec::new()));
    }
}
