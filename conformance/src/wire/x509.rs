//! Just enough of X.509 to say whom a certificate names and for how long (RFC 5280 section 4.1).

use chrono::NaiveDateTime;

/// What is read of a certificate.
#[derive(Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The values of the subject's attributes, in order: `Hospital, node 1`.
    pub subject: String,
    /// The DNS names of subjectAltName.
    pub names: Vec<String>,
    /// Days from notBefore to notAfter.
    pub days: i64,
}

const SEQUENCE: u8 = 0x30;
/// id-ce-subjectAltName, 2.5.29.17
const ALTERNATIVE_NAMES: [u8; 3] = [0x55, 0x1d, 0x11];

/// Reads DER; `None` if it is no certificate.
pub fn read(der: &[u8]) -> Option<Certificate> {
    let (tag, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    if tag != SEQUENCE {
        return None;
    }
    let mut fields = Vec::new();
    while let Some((tag, body, after)) = element(rest) {
        fields.push((tag, body));
        rest = after;
    }
    // version [0], serial, algorithm, issuer, validity, subject, key, extensions [3]
    let first = usize::from(fields.first()?.0 == 0xa0);
    let (_, not_before, after) = element(fields.get(first + 3)?.1)?;
    let (_, not_after, _) = element(after)?;
    let extensions = fields.iter().find(|(tag, _)| *tag == 0xa3);
    Some(Certificate {
        subject: texts(fields.get(first + 4)?.1).join(", "),
        names: extensions.map_or_else(Vec::new, |(_, body)| names(body)),
        days: (time(not_after)? - time(not_before)?).num_days(),
    })
}

/// Tag, content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let fold = |sum: usize, digit: &u8| sum << 8 | usize::from(*digit);
            (digits.iter().fold(0, fold), rest)
        }
        _ => return None,
    };
    let (body, after) = rest.split_at_checked(length)?;
    Some((*tag, body, after))
}

/// The texts in a Name: RDNs (SET) of attributes (SEQUENCE of type and value).
fn texts(name: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = name;
    while let Some((_, set, after)) = element(rest) {
        let value = element(set)
            .and_then(|(_, attribute, _)| element(attribute))
            .and_then(|(_, _, value)| element(value));
        found.extend(value.map(|(_, text, _)| String::from_utf8_lossy(text).into_owned()));
        rest = after;
    }
    found
}

fn names(extensions: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = element(extensions).map_or(&[][..], |(_, list, _)| list);
    while let Some((_, extension, after)) = element(rest) {
        rest = after;
        let Some((_, id, value)) = element(extension) else {
            continue;
        };
        if id != ALTERNATIVE_NAMES {
            continue;
        }
        let (_, list, _) = element(value)
            .and_then(|(_, octets, _)| element(octets))
            .unwrap_or_default();
        let mut list = list;
        while let Some((tag, name, after)) = element(list) {
            // dNSName [2]
            if tag == 0x82 {
                found.push(String::from_utf8_lossy(name).into_owned());
            }
            list = after;
        }
    }
    found
}

/// UTCTime has two digits of the year, GeneralizedTime four.
fn time(text: &[u8]) -> Option<NaiveDateTime> {
    let text = std::str::from_utf8(text).ok()?;
    let whole = match text.len() {
        13 if text < "5" => format!("20{text}"),
        13 => format!("19{text}"),
        _ => text.to_owned(),
    };
    NaiveDateTime::parse_from_str(&whole, "%Y%m%d%H%M%SZ").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_days_of_a_certificate_are_read() {
        let mut params =
            rcgen::CertificateParams::new(vec!["node.example".to_owned(), "127.0.0.1".to_owned()])
                .expect("names");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::OrganizationName, "Kita");
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "node 1");
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2051, 1, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let made = params.self_signed(&key).expect("a certificate");
        let read = read(made.der()).expect("read");
        assert_eq!(read.subject, "Kita, node 1");
        assert_eq!(read.names, ["node.example"]);
        assert_eq!(read.days, 9131);
        assert_eq!(super::read(b"no certificate"), None);
    }
}
