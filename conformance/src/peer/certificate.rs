//! Who a client is: the common name of its certificate's subject, by just enough of DER.

/// The common name (2.5.4.3) of the subject.
pub(super) fn subject(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    if rest.first() == Some(&0xa0) {
        // The version.
        rest = element(rest)?.2;
    }
    for _ in ["serial number", "algorithm", "issuer", "validity"] {
        rest = element(rest)?.2;
    }
    let (_, mut names, _) = element(rest)?;
    while let Some((_, set, after)) = element(names) {
        let (_, pair, _) = element(set)?;
        let (_, kind, value) = element(pair)?;
        if kind == [0x55, 4, 3] {
            let (_, text, _) = element(value)?;
            return Some(String::from_utf8_lossy(text).into_owned());
        }
        names = after;
    }
    None
}

/// Tag, content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..=127 => (usize::from(*short), rest),
        long => {
            let (length, rest) = rest.split_at_checked(usize::from(long & 127))?;
            let length = length.iter().try_fold(0_usize, |sum, byte| {
                sum.checked_mul(256)?.checked_add(usize::from(*byte))
            });
            (length?, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::subject;

    #[test]
    fn the_subject_is_found_and_nonsense_is_none() {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        let organization = rcgen::DnType::OrganizationName;
        parameters
            .distinguished_name
            .push(organization, "Hospital A");
        let name = rcgen::DnType::CommonName;
        parameters.distinguished_name.push(name, "registration");
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        assert_eq!(subject(certificate.der()), Some("registration".to_owned()));
        assert_eq!(subject(b"\x30\x82\xff\xffnothing"), None);
        assert_eq!(subject(b""), None);
    }
}
