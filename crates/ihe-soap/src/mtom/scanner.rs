//! The boundary scanner: MIME multipart from chunks of any size, without I/O (RFC 2046 5.1.1).

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

use crate::error::Error;

/// Longest boundary (RFC 2046 5.1.1).
const BOUNDARY: usize = 70;
/// Most transport padding tolerated after a boundary, in bytes.
const PADDING: usize = 256;
/// Most bytes before the first boundary.
const PREAMBLE: usize = 64 << 10;

/// What the scanner found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Push more bytes.
    More,
    /// A part begins; its raw header lines.
    Header(Bytes),
    /// Octets of the part.
    Data(Bytes),
    /// The part ended at a boundary.
    PartEnd,
    /// The final boundary was met; anything after it is ignored.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Preamble,
    Header,
    /// After the header: the blank line's CRLF may already be that of the boundary.
    BodyStart,
    Body,
    /// The part ended; whether it was the last.
    Ended {
        last: bool,
    },
    Done,
}

/// What follows a delimiter's text.
enum Tail {
    Unknown,
    NotADelimiter,
    Delimiter { length: usize, last: bool },
}

/// Finds the parts. Holds at most one pushed chunk, one header and one boundary.
pub(crate) struct Scanner {
    delimiter: Vec<u8>,
    finder: memmem::Finder<'static>,
    buffer: BytesMut,
    state: State,
    skipped: usize,
    header_limit: usize,
}

impl Scanner {
    pub(crate) fn new(boundary: &str, header_limit: usize) -> Result<Scanner, Error> {
        if boundary.is_empty()
            || boundary.len() > BOUNDARY
            || boundary.bytes().any(|b| !(b' '..=b'~').contains(&b))
        {
            return Err(Error::Malformed("multipart boundary".into()));
        }
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        Ok(Scanner {
            finder: memmem::Finder::new(&delimiter).into_owned(),
            delimiter,
            buffer: BytesMut::from(&b"\r\n"[..]),
            state: State::Preamble,
            skipped: 0,
            header_limit,
        })
    }

    /// Gives the scanner more bytes. Call it after [`Step::More`] only, to keep the buffer small.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        if self.state != State::Done {
            self.buffer.extend_from_slice(chunk);
        }
    }

    pub(crate) fn step(&mut self) -> Result<Step, Error> {
        match self.state {
            State::Preamble => self.preamble(),
            State::Header => self.header(),
            State::BodyStart => self.body_start(),
            State::Body => Ok(self.body()),
            State::Ended { last } => {
                self.state = if last { State::Done } else { State::Header };
                Ok(Step::PartEnd)
            }
            State::Done => {
                self.buffer.clear();
                Ok(Step::End)
            }
        }
    }

    fn preamble(&mut self) -> Result<Step, Error> {
        while let Some(at) = self.finder.find(&self.buffer) {
            match self.tail(at) {
                Tail::Unknown => return Ok(Step::More),
                Tail::NotADelimiter => self.skip(at + 2)?,
                Tail::Delimiter { length, last } => {
                    self.buffer.advance(at + length);
                    self.state = if last { State::Done } else { State::Header };
                    return self.step();
                }
            }
        }
        self.skip(self.buffer.len().saturating_sub(self.delimiter.len()))?;
        Ok(Step::More)
    }

    fn skip(&mut self, count: usize) -> Result<(), Error> {
        self.skipped += count;
        self.buffer.advance(count);
        if self.skipped > PREAMBLE {
            return Err(Error::Malformed(
                "no multipart boundary at the beginning".into(),
            ));
        }
        Ok(())
    }

    /// The header and the blank line after it. The CRLF of the blank line stays in the buffer.
    fn header(&mut self) -> Result<Step, Error> {
        let length = if self.buffer.starts_with(b"\r\n") {
            Some(0)
        } else {
            memmem::find(&self.buffer, b"\r\n\r\n").map(|at| at + 2)
        };
        if length.unwrap_or(self.buffer.len()) > self.header_limit {
            return Err(Error::Limit("MIME header of a part".into()));
        }
        let Some(length) = length else {
            return Ok(Step::More);
        };
        self.state = State::BodyStart;
        Ok(Step::Header(self.buffer.split_to(length).freeze()))
    }

    fn body_start(&mut self) -> Result<Step, Error> {
        let known = self.buffer.len().min(self.delimiter.len());
        if self.buffer[..known] != self.delimiter[..known] {
            self.buffer.advance(2);
            self.state = State::Body;
            return Ok(self.body());
        }
        if known < self.delimiter.len() {
            return Ok(Step::More);
        }
        match self.tail(0) {
            Tail::Unknown => Ok(Step::More),
            Tail::NotADelimiter => {
                self.buffer.advance(2);
                self.state = State::Body;
                Ok(self.body())
            }
            Tail::Delimiter { length, last } => {
                self.buffer.advance(length);
                self.state = State::Ended { last };
                self.step()
            }
        }
    }

    fn body(&mut self) -> Step {
        let Some(at) = self.finder.find(&self.buffer) else {
            let keep = self.delimiter.len() - 1;
            return self.data(self.buffer.len().saturating_sub(keep));
        };
        if at > 0 {
            return self.data(at);
        }
        match self.tail(0) {
            Tail::Unknown => Step::More,
            Tail::NotADelimiter => self.data(2),
            Tail::Delimiter { length, last } => {
                self.buffer.advance(length);
                self.state = if last { State::Done } else { State::Header };
                Step::PartEnd
            }
        }
    }

    fn data(&mut self, count: usize) -> Step {
        if count == 0 {
            Step::More
        } else {
            Step::Data(self.buffer.split_to(count).freeze())
        }
    }

    /// What stands after the delimiter's text found at `at`.
    fn tail(&self, at: usize) -> Tail {
        let start = at + self.delimiter.len();
        let rest = self.buffer.get(start..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Tail::Delimiter {
                length: self.delimiter.len() + 2,
                last: true,
            };
        }
        let padding = rest
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        match rest.get(padding..).unwrap_or_default() {
            _ if padding > PADDING => Tail::NotADelimiter,
            [b'\r', b'\n', ..] => Tail::Delimiter {
                length: self.delimiter.len() + padding + 2,
                last: false,
            },
            [] | [b'\r'] => Tail::Unknown,
            [b'-'] if padding == 0 => Tail::Unknown,
            _ => Tail::NotADelimiter,
        }
    }
}
