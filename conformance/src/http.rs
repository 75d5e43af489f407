//! One HTTP/1.1 POST and its answer over any blocking stream.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};

/// An HTTP answer, whole.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, chunks joined.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that (lower case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Posts `body` and reads the answer; the connection is to be closed afterwards.
pub fn post(
    stream: &mut (impl Read + Write),
    host: &str,
    path: &str,
    content_type: &str,
    body: &[u8],
) -> Result<Answer> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()?;
    read_answer(&mut BufReader::new(stream))
}

fn read_answer(reader: &mut impl BufRead) -> Result<Answer> {
    let status = line(reader)?;
    let status = status
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| wrong("no HTTP/1.1 status line"))?;
    let mut headers = Vec::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| wrong("a header without colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    answer.body = read_body(reader, &answer)?;
    Ok(answer)
}

fn read_body(reader: &mut impl BufRead, answer: &Answer) -> Result<Vec<u8>> {
    if answer
        .header("transfer-encoding")
        .is_some_and(|value| value.contains("chunked"))
    {
        return read_chunks(reader);
    }
    let length = answer
        .header("content-length")
        .ok_or_else(|| wrong("neither length nor chunks"))?;
    let length: u64 = length
        .parse()
        .map_err(|_| wrong("Content-Length is no number"))?;
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
        let size = line(reader)?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| wrong("no chunk size"))?;
        reader.by_ref().take(size).read_to_end(&mut body)?;
        let end = line(reader)?;
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
    reader.read_line(&mut line)?;
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
    fn chunks_are_joined() {
        let wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        let answer = read_answer(&mut &wire[..]).expect("an answer");
        assert_eq!((answer.status, answer.text().as_str()), (200, "abcde"));
    }

    #[test]
    fn a_body_shorter_than_its_length_is_an_error() {
        assert!(read_answer(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"[..]).is_err());
        assert!(read_answer(&mut &b"HTTP/1.1 200 OK\r\n\r\nabc"[..]).is_err());
    }
}
