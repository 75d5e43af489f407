//! The first bytes of a connection: a TLS greeting, an old one, or none (ATNA-R-010). They are
//! looked at, not taken.

use std::fmt;

/// Bytes that are looked at: a record header, a handshake header, the version of the ClientHello.
pub(crate) const LENGTH: usize = 11;

/// What somebody began a connection with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hello {
    /// A greeting of TLS 1.2 or 1.3, as far as it came.
    Tls,
    /// SSL 2.
    Ssl2,
    /// SSL 3.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// An HTTP request.
    Http,
    /// An HL7 v2 message, framed (MLLP) or not.
    Hl7,
    /// A syslog message.
    Syslog,
    /// A DICOM association request.
    Dicom,
    /// None of these.
    Unknown,
}

impl Hello {
    pub(crate) fn of(bytes: &[u8]) -> Hello {
        match bytes {
            [0x16, 0x03, ..] => match bytes.get(9..11) {
                Some([0x03, 0x00]) => Hello::Ssl3,
                Some([0x03, 0x01]) => Hello::Tls10,
                Some([0x03, 0x02]) => Hello::Tls11,
                _ => Hello::Tls,
            },
            [0x16] | [0x15, 0x03, ..] => Hello::Tls,
            [first, _, 0x01, 0x00 | 0x02 | 0x03, ..] if first & 0x80 != 0 => Hello::Ssl2,
            [0x0b, ..] | [b'M', b'S', b'H', ..] => Hello::Hl7,
            [0x01, 0x00, ..] => Hello::Dicom,
            [b'<', b'0'..=b'9', ..] => Hello::Syslog,
            _ if is_counted_syslog(bytes) => Hello::Syslog,
            _ if is_request(bytes) => Hello::Http,
            _ => Hello::Unknown,
        }
    }

    /// Whether TLS can begin with it.
    pub(crate) fn is_tls(self) -> bool {
        self == Hello::Tls
    }
}

/// `length SP <`.
fn is_counted_syslog(bytes: &[u8]) -> bool {
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    digits > 0
        && bytes
            .get(digits..)
            .is_some_and(|rest| rest.starts_with(b" <"))
}

fn is_request(bytes: &[u8]) -> bool {
    const METHODS: [&[u8]; 9] = [
        b"GET ",
        b"POST ",
        b"PUT ",
        b"HEAD ",
        b"OPTIONS ",
        b"DELETE ",
        b"PATCH ",
        b"CONNECT ",
        b"PRI * ",
    ];
    METHODS.iter().any(|method| bytes.starts_with(method))
}

impl fmt::Display for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hello::Tls => "TLS",
            Hello::Ssl2 => "SSL 2",
            Hello::Ssl3 => "SSL 3",
            Hello::Tls10 => "TLS 1.0",
            Hello::Tls11 => "TLS 1.1",
            Hello::Http => "HTTP without TLS",
            Hello::Hl7 => "HL7 v2 without TLS",
            Hello::Syslog => "syslog without TLS",
            Hello::Dicom => "DICOM without TLS",
            Hello::Unknown => "bytes that are not TLS",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_010_the_first_bytes_say_what_came_in_place_of_tls() {
        let hello = |minor| [0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, minor];
        for (bytes, expected) in [
            (&hello(3)[..], Hello::Tls),
            (&hello(2), Hello::Tls11),
            (&hello(1), Hello::Tls10),
            (&hello(0), Hello::Ssl3),
            (&[0x80, 0x2e, 0x01, 0x00, 0x02], Hello::Ssl2),
            (b"GET / HTTP/1.1", Hello::Http),
            (b"\x0bMSH|^~", Hello::Hl7),
            (b"MSH|^~\\&", Hello::Hl7),
            (b"<85>1 2026", Hello::Syslog),
            (b"1234 <85>1", Hello::Syslog),
            (&[1, 0, 0, 0, 0, 200], Hello::Dicom),
            (&[0x16, 3], Hello::Tls),
            (b"x", Hello::Unknown),
            (b"", Hello::Unknown),
        ] {
            assert_eq!(Hello::of(bytes), expected, "{bytes:?}");
        }
    }
}
