//! ITI-20 syslog message (RFC 5424 6, ITI TF-2 3.20.4.1.2):
//! `<85>1 TIMESTAMP HOSTNAME APP-NAME PROCID IHE+RFC-3881 - MSG`.

use chrono::{DateTime, SecondsFormat, Utc};

/// Facility 10 (security) times 8 plus severity 5 (notice).
pub const PRIORITY: u8 = match cfg!(renkei_fault = "audit-sender-priority-wrong") {
    // A fault for testing the conformance suite.
    true => 13,
    false => 85,
};
/// MSGID of every IHE audit message, kept for compatibility.
pub const MSGID: &str = "IHE+RFC-3881";

/// What stands before the audit message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// TIMESTAMP, written with six fraction digits and `Z`.
    pub timestamp: DateTime<Utc>,
    /// HOSTNAME, cut to 255 printable ASCII characters, `-` when empty.
    pub host_name: String,
    /// APP-NAME, cut to 48; blanks become `_`.
    pub app_name: String,
    /// PROCID, cut to 128.
    pub process_id: String,
}

/// A whole SYSLOG-MSG, without framing and without byte order mark.
pub fn message(header: &Header, payload: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 128);
    write_message(&mut bytes, header, payload);
    bytes
}

/// The same behind `bytes`.
pub(crate) fn write_message(bytes: &mut Vec<u8>, header: &Header, payload: &str) {
    bytes.extend_from_slice(format!("<{PRIORITY}>1 ").as_bytes());
    let time = header.timestamp;
    bytes.extend_from_slice(time.to_rfc3339_opts(SecondsFormat::Micros, true).as_bytes());
    for (text, longest) in [
        (&header.host_name, 255),
        (&header.app_name, 48),
        (&header.process_id, 128),
    ] {
        bytes.push(b' ');
        write_printable(bytes, text, longest);
    }
    bytes.extend_from_slice(format!(" {MSGID} - ").as_bytes());
    bytes.extend_from_slice(payload.as_bytes());
}

fn write_printable(bytes: &mut Vec<u8>, text: &str, longest: usize) {
    if text.is_empty() {
        bytes.push(b'-');
    }
    bytes.extend(text.chars().take(longest).map(|c| match c {
        ' ' => b'_',
        '!'..='~' => c as u8,
        _ => b'?',
    }));
}

/// What could be read of a received message; bytes as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// PRI, 0 to 191; none when the message does not begin with one.
    pub priority: Option<u8>,
    /// Whether the header is that of RFC 5424 (version 1).
    pub rfc5424: bool,
    /// TIMESTAMP as text, `-` is none.
    pub timestamp: Option<&'a str>,
    /// HOSTNAME, `-` is none.
    pub host_name: Option<&'a str>,
    /// APP-NAME, `-` is none.
    pub app_name: Option<&'a str>,
    /// PROCID, `-` is none.
    pub process_id: Option<&'a str>,
    /// MSGID, `-` is none.
    pub message_id: Option<&'a str>,
    /// MSG without byte order mark. For other headers: everything after PRI.
    pub message: &'a [u8],
}

/// Reads a message of RFC 5424; anything else (BSD syslog, no header at all) comes back with what
/// there is. Never fails: an audit record is kept whatever it looks like.
pub fn parse(bytes: &[u8]) -> Parsed<'_> {
    let (priority, rest) = priority(bytes);
    rfc5424(priority, rest).unwrap_or(Parsed {
        priority,
        rfc5424: false,
        timestamp: None,
        host_name: None,
        app_name: None,
        process_id: None,
        message_id: None,
        message: without_mark(rest),
    })
}

fn priority(bytes: &[u8]) -> (Option<u8>, &[u8]) {
    let Some(rest) = bytes.strip_prefix(b"<") else {
        return (None, bytes);
    };
    let Some(end) = rest.iter().take(4).position(|byte| *byte == b'>') else {
        return (None, bytes);
    };
    let (digits, rest) = rest.split_at(end);
    match std::str::from_utf8(digits)
        .ok()
        .and_then(|text| text.parse::<u8>().ok())
    {
        Some(number) if number <= 191 => (Some(number), &rest[1..]),
        _ => (None, bytes),
    }
}

fn rfc5424(priority: Option<u8>, bytes: &[u8]) -> Option<Parsed<'_>> {
    priority?;
    let rest = bytes.strip_prefix(b"1 ")?;
    let (timestamp, rest) = word(rest)?;
    let (host_name, rest) = word(rest)?;
    let (app_name, rest) = word(rest)?;
    let (process_id, rest) = word(rest)?;
    let (message_id, rest) = word(rest)?;
    let rest = structured_data(rest)?;
    let some = |text| Some(text).filter(|text| *text != "-");
    Some(Parsed {
        priority,
        rfc5424: true,
        timestamp: some(timestamp),
        host_name: some(host_name),
        app_name: some(app_name),
        process_id: some(process_id),
        message_id: some(message_id),
        message: without_mark(rest.strip_prefix(b" ").unwrap_or(rest)),
    })
}

fn word(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().take(256).position(|byte| *byte == b' ')?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    (!text.is_empty()).then_some((text, &bytes[end + 1..]))
}

/// `-` or one or more `[...]` elements, in which `\]` and quoted `]` do not end the element.
fn structured_data(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = bytes.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = bytes;
    while rest.first() == Some(&b'[') {
        rest = &rest[element_end(rest)?..];
    }
    (rest.len() < bytes.len()).then_some(rest)
}

fn element_end(bytes: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some(index + 1),
            _ => {}
        }
    }
    None
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            timestamp: DateTime::from_timestamp_micros(1_584_621_246_367_001).unwrap_or_default(),
            host_name: "node.example".to_owned(),
            app_name: "pix manager".to_owned(),
            process_id: "42".to_owned(),
        }
    }

    #[test]
    fn atna_iti_20_header_is_the_one_of_rfc_5424() {
        let bytes = message(&header(), "<AuditMessage/>");
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            "<85>1 2020-03-19T12:34:06.367001Z node.example pix_manager 42 IHE+RFC-3881 - \
             <AuditMessage/>"
        );
    }

    #[test]
    fn atna_iti_20_what_is_written_is_read() {
        let bytes = message(&header(), "<AuditMessage/>");
        let parsed = parse(&bytes);
        assert!(parsed.rfc5424);
        assert_eq!(parsed.priority, Some(85));
        assert_eq!(parsed.host_name, Some("node.example"));
        assert_eq!(parsed.app_name, Some("pix_manager"));
        assert_eq!(parsed.message_id, Some("IHE+RFC-3881"));
        assert_eq!(parsed.message, b"<AuditMessage/>");
    }

    #[test]
    fn atna_r_024_bom_structured_data_and_other_msgid_are_taken() {
        let parsed = parse(b"<84>1 - - - - OTHER [a@1 b=\"x]\\\"y\"][c@2] \xef\xbb\xbf<A/>");
        assert!(parsed.rfc5424);
        assert_eq!(parsed.priority, Some(84));
        assert_eq!(parsed.timestamp, None);
        assert_eq!(parsed.message_id, Some("OTHER"));
        assert_eq!(parsed.message, b"<A/>");
    }

    #[test]
    fn atna_r_024_a_bsd_sender_is_kept() {
        let parsed = parse(b"<34>Oct 11 22:14:15 host su: failed");
        assert!(!parsed.rfc5424);
        assert_eq!(parsed.priority, Some(34));
        assert_eq!(parsed.message, b"Oct 11 22:14:15 host su: failed");
        assert_eq!(parse(b"no header").message, b"no header");
        assert_eq!(parse(b"<999>x").priority, None);
        assert_eq!(parse(b"").message, b"");
    }
}
