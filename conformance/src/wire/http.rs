//! HTTP/1.1 messages over a blocking stream: as a client sends and reads them, and as a scripted server does.

use std::io::{BufRead, Error, ErrorKind, Read, Result, Write};

/// Bytes of one head.
const MOST_HEAD: u64 = 64 * 1024;
/// Bytes of one body.
const MOST_BODY: u64 = 256 * 1024 * 1024;

/// The first line and the headers of a request or an answer.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The first line.
    pub start: String,
    /// Header names in lower case, and values.
    pub fields: Vec<(String, String)>,
}

impl Head {
    /// The first header of that (lower case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every header of that (lower case) name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Of an answer: the status code's three digits.
    pub fn status(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    /// Of a request: the path.
    pub fn target(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }
}

/// How a body goes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// With Content-Length.
    #[default]
    Length,
    /// In chunks of so many bytes, growing by one each time.
    Chunks(usize),
}

/// Writes a request. A Content-Length or Transfer-Encoding among the headers replaces the right one, so that a case can lie.
///
/// # Errors
/// Those of the stream.
pub fn write_request(
    stream: &mut impl Write,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
    framing: Framing,
) -> Result<()> {
    write_message(
        stream,
        &format!("{method} {target} HTTP/1.1"),
        headers,
        body,
        framing,
    )
}

/// Writes an answer.
///
/// # Errors
/// Those of the stream.
pub fn write_answer(
    stream: &mut impl Write,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<()> {
    write_message(
        stream,
        &format!("HTTP/1.1 {status} Scripted"),
        headers,
        body,
        Framing::Length,
    )
}

fn write_message(
    stream: &mut impl Write,
    start: &str,
    headers: &[(String, String)],
    body: &[u8],
    framing: Framing,
) -> Result<()> {
    let mut head = format!("{start}\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let has = |wanted: &str| {
        headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    if !has("content-length") && !has("transfer-encoding") {
        head += &match framing {
            Framing::Length => format!("Content-Length: {}\r\n", body.len()),
            Framing::Chunks(_) => "Transfer-Encoding: chunked\r\n".to_owned(),
        };
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    match framing {
        Framing::Length => stream.write_all(body)?,
        Framing::Chunks(size) => write_chunks(stream, body, size.max(1))?,
    }
    stream.flush()
}

fn write_chunks(stream: &mut impl Write, mut body: &[u8], mut size: usize) -> Result<()> {
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(size.min(body.len()));
        stream.write_all(format!("{:X}\r\n", chunk.len()).as_bytes())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
        (body, size) = (rest, size + 1);
    }
    stream.write_all(b"0\r\n\r\n")
}

/// Reads a request or an answer, whole. An answer `100 Continue` before it is passed over.
///
/// # Errors
/// The stream ends too early, or what comes is no HTTP/1.1 message within 64 KiB of head and 256 MiB of body.
pub fn read(reader: &mut impl BufRead) -> Result<(Head, Vec<u8>)> {
    loop {
        let head = read_head(reader)?;
        if head.start.starts_with("HTTP/1.1 100") {
            continue;
        }
        let body = read_body(reader, &head)?;
        return Ok((head, body));
    }
}

fn read_head(reader: &mut impl BufRead) -> Result<Head> {
    let mut limited = reader.take(MOST_HEAD);
    let start = line(&mut limited)?;
    if !start.contains("HTTP/1.1") {
        return Err(wrong("the first line is not HTTP/1.1"));
    }
    let mut fields = Vec::new();
    loop {
        let line = line(&mut limited)?;
        if line.is_empty() {
            return Ok(Head { start, fields });
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| wrong("a header without colon"))?;
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn read_body(reader: &mut impl BufRead, head: &Head) -> Result<Vec<u8>> {
    let coding = head.header("transfer-encoding").unwrap_or_default();
    if coding.contains("chunked") {
        return read_chunks(reader);
    }
    let length = match head.header("content-length") {
        Some(length) => length
            .parse()
            .map_err(|_| wrong("Content-Length is no number"))?,
        None if ["202", "204"].contains(&head.status()) || !head.start.starts_with("HTTP/") => 0,
        None => return Err(wrong("neither length nor chunks")),
    };
    if length > MOST_BODY {
        return Err(wrong("the body is longer than 256 MiB"));
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    if body.len() as u64 == length {
        Ok(body)
    } else {
        Err(wrong("the body is cut short"))
    }
}

fn read_chunks(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(&mut reader.by_ref().take(MOST_HEAD))?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| wrong("no chunk size"))?;
        if body.len() as u64 + size > MOST_BODY {
            return Err(wrong("the body is longer than 256 MiB"));
        }
        reader.by_ref().take(size).read_to_end(&mut body)?;
        let end = line(&mut reader.by_ref().take(MOST_HEAD))?;
        if size == 0 {
            return Ok(body);
        }
        if !end.is_empty() {
            return Err(wrong("a chunk is longer than it says"));
        }
    }
}

fn line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(Error::new(
            ErrorKind::UnexpectedEof,
            "the connection was closed before an answer",
        ));
    }
    match line.strip_suffix("\r\n") {
        Some(whole) => Ok(whole.to_owned()),
        None => Err(wrong("a line without CR LF")),
    }
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_written_and_joined() {
        let mut wire = Vec::new();
        write_request(&mut wire, "POST", "/x", &[], b"abcdefg", Framing::Chunks(1))
            .expect("written");
        assert!(wire.ends_with(b"1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n1\r\ng\r\n0\r\n\r\n"));
        let (head, body) = read(&mut &wire[..]).expect("read");
        assert_eq!((head.target(), body.as_slice()), ("/x", &b"abcdefg"[..]));
    }

    #[test]
    fn an_answer_is_read_after_100_continue() {
        let wire = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Y: 1\r\nContent-Length: 2\r\n\r\nabrest";
        let (head, body) = read(&mut &wire[..]).expect("read");
        assert_eq!((head.status(), head.header("x-y")), ("200", Some("1")));
        assert_eq!(body, b"ab");
    }

    #[test]
    fn a_body_shorter_than_its_length_is_an_error() {
        assert!(read(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"[..]).is_err());
        assert!(read(&mut &b"HTTP/1.1 200 OK\r\n\r\nabc"[..]).is_err());
        assert!(read(&mut &b"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"[..]).is_err());
    }
}
