//! Syslog as the suite sends and receives it: framing (RFC 5425 section 4.3, RFC 6587 section 3.4) and the header (RFC 5424).

use std::io::{Error, ErrorKind, Read, Result};

/// What a receiver takes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a record.
    pub record: usize,
    /// Records of a connection.
    pub records: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            record: 4 * 1024 * 1024,
            records: 1_000_000,
        }
    }
}

/// The records of a stream, counted in octets, one after the other; ends when the peer closes between two of them.
pub fn records<R: Read>(stream: R, limits: Limits) -> Records<R> {
    Records {
        stream: std::io::BufReader::new(stream),
        limits,
        ended: false,
    }
}

/// See [`records`].
#[derive(Debug)]
pub struct Records<R: Read> {
    stream: std::io::BufReader<R>,
    limits: Limits,
    ended: bool,
}

impl<R: Read> Records<R> {
    fn record(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(length) = self.length()? else {
            return Ok(None);
        };
        self.limits.records = self
            .limits
            .records
            .checked_sub(1)
            .ok_or_else(|| invalid("too many records on one connection"))?;
        let mut record = Vec::with_capacity(length.min(64 * 1024));
        let most = u64::try_from(length).unwrap_or(u64::MAX);
        self.stream.by_ref().take(most).read_to_end(&mut record)?;
        if record.len() < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(record))
    }

    /// MSG-LEN and the space after it: digits, of which the first is no zero.
    fn length(&mut self) -> Result<Option<usize>> {
        let mut length = 0_usize;
        for at in 0.. {
            let mut one = [0];
            if self.stream.read(&mut one)? == 0 {
                return match at {
                    0 => Ok(None),
                    _ => Err(ErrorKind::UnexpectedEof.into()),
                };
            }
            match one[0] {
                b' ' if at > 0 => break,
                b'0' if at == 0 => return Err(invalid("MSG-LEN begins with a zero")),
                digit @ b'0'..=b'9' => length = length * 10 + usize::from(digit - b'0'),
                _ => return Err(invalid("there is no MSG-LEN before a record")),
            }
            if length > self.limits.record {
                return Err(invalid("a record is too long"));
            }
        }
        Ok(Some(length))
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        if self.ended {
            return None;
        }
        let next = self.record().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// The header's fields, in order, by the names that cases use.
pub const FIELDS: [&str; 6] = ["version", "timestamp", "hostname", "app", "procid", "msgid"];

/// The header's fields as they stand: `pri`, [`FIELDS`], `structured-data`, `bom` (`yes`, `no`); none if it is no RFC 5424.
pub fn header(record: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let rest = record.strip_prefix(b"<")?;
    let end = rest.iter().take(4).position(|byte| *byte == b'>')?;
    let mut found = vec![("pri", text(&rest[..end]))];
    let mut rest = &rest[end + 1..];
    for name in FIELDS {
        let end = rest.iter().position(|byte| *byte == b' ')?;
        found.push((name, text(&rest[..end])));
        rest = &rest[end + 1..];
    }
    let end = match rest.first()? {
        b'-' => 1,
        _ => rest.iter().position(|byte| *byte == b']')? + 1,
    };
    found.push(("structured-data", text(&rest[..end])));
    let message = rest[end..].strip_prefix(b" ").unwrap_or_default();
    let bom = message.starts_with(b"\xef\xbb\xbf");
    found.push(("bom", if bom { "yes" } else { "no" }.to_owned()));
    Some(found)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &[u8]) -> Vec<std::result::Result<String, ErrorKind>> {
        let limits = Limits {
            record: 20,
            records: 3,
        };
        records(stream, limits)
            .map(|one| one.map(|bytes| text(&bytes)).map_err(|error| error.kind()))
            .collect()
    }

    #[test]
    fn records_are_counted_in_octets() {
        assert_eq!(
            read(b"3 abc5 \xc3\xa9xyz"),
            [Ok("abc".to_owned()), Ok("éxyz".to_owned())]
        );
        assert_eq!(read(b""), []);
    }

    #[test]
    fn wrong_counts_end_the_stream_with_an_error() {
        for wrong in [&b"03 abc"[..], b"x", b" 3", b"3x", b"21 x"] {
            assert_eq!(read(wrong), [Err(ErrorKind::InvalidData)], "{wrong:?}");
        }
        assert_eq!(read(b"4 abc"), [Err(ErrorKind::UnexpectedEof)]);
        assert_eq!(read(b"4"), [Err(ErrorKind::UnexpectedEof)]);
        assert_eq!(read(b"1 a1 b1 c1 d").len(), 4);
        assert!(read(b"1 a1 b1 c1 d")[3].is_err());
    }

    #[test]
    fn a_header_is_taken_apart() {
        let record = b"<85>1 2026-11-21T10:00:00Z node pix 42 IHE+RFC-3881 - \xef\xbb\xbf<A/>";
        let fields = header(record).expect("a header");
        let of = |name: &str| {
            let found = fields.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(of("pri"), Some("85"));
        assert_eq!(of("version"), Some("1"));
        assert_eq!(of("msgid"), Some("IHE+RFC-3881"));
        assert_eq!(of("structured-data"), Some("-"));
        assert_eq!(of("bom"), Some("yes"));
        assert!(header(b"<34>Oct 11 su: failed").is_none());
    }
}
