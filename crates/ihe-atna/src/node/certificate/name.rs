//! Names in certificates: what they are, and whether one of them is the server's (RFC 6125).

use std::fmt;
use std::net::IpAddr;

use x509_parser::extensions::GeneralName;
use x509_parser::x509::X509Name;

/// Longest text that is shown of a name.
const LONGEST: usize = 256;

/// One entry of subjectAltName.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectName {
    /// dNSName, perhaps with a wildcard.
    Dns(String),
    /// iPAddress.
    Ip(IpAddr),
    /// rfc822Name.
    Email(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// directoryName, text.
    Directory(String),
    /// A kind that is not read.
    Other,
}

impl fmt::Display for SubjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SubjectName::Dns(name) => write!(f, "DNS:{name}"),
            SubjectName::Ip(address) => write!(f, "IP:{address}"),
            SubjectName::Email(address) => write!(f, "email:{address}"),
            SubjectName::Uri(uri) => write!(f, "URI:{uri}"),
            SubjectName::Directory(name) => write!(f, "directory:{name}"),
            SubjectName::Other => f.write_str("other"),
        }
    }
}

impl SubjectName {
    pub(crate) fn read(name: &GeneralName<'_>) -> SubjectName {
        match name {
            GeneralName::DNSName(name) => SubjectName::Dns(shown(name)),
            GeneralName::IPAddress(bytes) => address(bytes).map_or(SubjectName::Other, Self::Ip),
            GeneralName::RFC822Name(name) => SubjectName::Email(shown(name)),
            GeneralName::URI(name) => SubjectName::Uri(shown(name)),
            GeneralName::DirectoryName(name) => SubjectName::Directory(distinguished(name)),
            _ => SubjectName::Other,
        }
    }

    /// Whether this is the name the client was told to connect to: an address equals an address, a
    /// host name equals a dNSName without regard to case; a wildcard stands for the whole leftmost
    /// label, and for one label only (RFC 6125 6.4.3).
    pub(crate) fn is(&self, host: &str) -> bool {
        match (self, host.parse::<IpAddr>()) {
            (SubjectName::Ip(ours), Ok(address)) => *ours == address,
            (SubjectName::Dns(pattern), Err(_)) => covers(pattern, host),
            _ => false,
        }
    }
}

fn covers(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let Some(parent) = pattern.strip_prefix("*.") else {
        return !host.is_empty() && pattern.eq_ignore_ascii_case(host);
    };
    // "*.jp" would name a whole country.
    let Some((label, rest)) = host.split_once('.') else {
        return false;
    };
    !label.is_empty() && parent.contains('.') && parent.eq_ignore_ascii_case(rest)
}

pub(crate) fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// A distinguished name as text.
pub(crate) fn distinguished(name: &X509Name<'_>) -> String {
    shown(&name.to_string())
}

/// Foreign text for logs and records: no control characters, no more than so much.
pub(crate) fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().take(LONGEST).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_008_a_dns_name_matches_by_the_rules_of_rfc_6125() {
        for (pattern, host, same) in [
            ("arr.example", "arr.example", true),
            ("ARR.example", "arr.EXAMPLE", true),
            ("arr.example", "arr.example.", true),
            ("arr.example", "xarr.example", false),
            ("*.hospital.example", "arr.hospital.example", true),
            ("*.hospital.example", "hospital.example", false),
            ("*.hospital.example", "a.b.hospital.example", false),
            ("*.hospital.example", ".hospital.example", false),
            ("a*.hospital.example", "arr.hospital.example", false),
            ("arr.*.example", "arr.hospital.example", false),
            ("*.example", "arr.example", false),
            ("*", "localhost", false),
            ("", "", false),
        ] {
            let name = SubjectName::Dns(pattern.to_owned());
            assert_eq!(name.is(host), same, "{pattern} {host}");
        }
    }

    #[test]
    fn atna_r_008_an_address_matches_only_an_ip_entry() {
        let v4 = SubjectName::Ip("192.0.2.7".parse().unwrap());
        assert!(v4.is("192.0.2.7"));
        assert!(!v4.is("192.0.2.8"));
        assert!(!SubjectName::Dns("192.0.2.7".to_owned()).is("192.0.2.7"));
        assert!(SubjectName::Ip("2001:db8::1".parse().unwrap()).is("2001:db8:0::1"));
        assert!(!SubjectName::Uri("arr.example".to_owned()).is("arr.example"));
    }
}
