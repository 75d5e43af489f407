//! Just enough of the TLS handshake to offer what libraries no longer do: a ClientHello, and what comes back
//! (RFC 8446 section 4.1, RFC 5246 section 7.4.1).

/// What a server says to a ClientHello.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet, or not enough.
    Nothing,
    /// A fatal or other alert, by its name.
    Alert(String),
    /// A ServerHello.
    Hello {
        /// `1.2`
        version: &'static str,
        /// The suite in hexadecimal.
        suite: String,
    },
    /// Something else than TLS.
    NoTls,
}

/// The versions, by name and on the wire.
const VERSIONS: [(&str, u16); 5] = [
    ("SSL 3.0", 0x0300),
    ("1.0", 0x0301),
    ("1.1", 0x0302),
    ("1.2", 0x0303),
    ("1.3", 0x0304),
];

/// Alerts that a refusal may carry (RFC 8446 section 6).
const ALERTS: [(u8, &str); 21] = [
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (22, "record_overflow"),
    (40, "handshake_failure"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (109, "missing_extension"),
    (112, "unrecognized_name"),
    (116, "certificate_required"),
];

/// A whole record with a ClientHello of that version, with those suites (`c02f 009c`); with 1.3 goes 1.2.
///
/// # Errors
/// The version has no name, or the suites are not hexadecimal.
pub fn write(version: &str, suites: &str) -> Result<Vec<u8>, String> {
    let named = VERSIONS.iter().find(|(name, _)| *name == version);
    let (_, number) = named.ok_or_else(|| format!("{version:?} is no version of TLS"))?;
    let suites = suites.split_whitespace().map(|suite| {
        u16::from_str_radix(suite, 16).map_err(|_| format!("{suite:?} is no cipher suite"))
    });
    let suites = suites.collect::<Result<Vec<_>, _>>()?;
    let legacy = (*number).min(0x0303);
    let mut hello = legacy.to_be_bytes().to_vec();
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    hello.extend(random);
    hello.push(0);
    let suites: Vec<u8> = suites
        .iter()
        .flat_map(|suite| suite.to_be_bytes())
        .collect();
    hello.extend(counted(&suites));
    hello.extend([1, 0]);
    if *number > 0x0300 {
        hello.extend(counted(&extensions(*number)));
    }
    let mut message = vec![1, 0];
    message.extend(counted(&hello));
    // The first record is that of the oldest version, for old middle boxes.
    let mut record = vec![0x16, 3, if *number > 0x0300 { 1 } else { 0 }];
    record.extend(counted(&message));
    Ok(record)
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

fn extensions(version: u16) -> Vec<u8> {
    let extension = |number: u16, body: &[u8]| [&number.to_be_bytes()[..], &counted(body)].concat();
    // x25519, P-256, P-384, ffdhe2048, ffdhe3072
    let groups = counted(&[0, 0x1d, 0, 0x17, 0, 0x18, 1, 0, 1, 1]);
    let mut all = [extension(10, &groups), extension(11, &[1, 0])].concat();
    if version >= 0x0303 {
        let schemes = [4, 3, 5, 3, 8, 4, 8, 5, 8, 6, 8, 7, 4, 1, 5, 1, 6, 1];
        all.extend(extension(13, &counted(&schemes)));
    }
    if version >= 0x0304 {
        all.extend(extension(43, &[4, 3, 4, 3, 3]));
        // Any 32 bytes are a public key of x25519; nobody finishes this handshake.
        let share = [&[0, 0x1d][..], &counted(&[9; 32])].concat();
        all.extend(extension(51, &counted(&share)));
    }
    all
}

/// What the first record says.
pub fn read(bytes: &[u8]) -> Answer {
    match bytes {
        [] => Answer::Nothing,
        [0x15, 3, _, _, _, _, alert, ..] => Answer::Alert(alert_name(*alert)),
        [0x16, 3, _, _, _, 2, 0, high, low, hello @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let hello = hello.get(..length);
            hello.and_then(server_hello).unwrap_or(Answer::Nothing)
        }
        [0x15 | 0x16] | [0x15 | 0x16, 3, ..] => Answer::Nothing,
        _ => Answer::NoTls,
    }
}

fn alert_name(number: u8) -> String {
    let known = ALERTS.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("alert {number}"), |(_, name)| (*name).to_owned())
}

fn server_hello(hello: &[u8]) -> Option<Answer> {
    let session = usize::from(*hello.get(34)?);
    let suite = hello.get(35 + session..37 + session)?;
    let mut version = u16::from_be_bytes([hello[0], hello[1]]);
    // After the suite one octet of compression; SSL 3.0 and some of TLS 1.2 have no extensions.
    let mut extensions = match hello.get(38 + session..40 + session) {
        Some([high, low]) => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            hello.get(40 + session..40 + session + length)?
        }
        _ => &[],
    };
    while let [a, b, c, d, rest @ ..] = extensions {
        let body = rest.get(..usize::from(u16::from_be_bytes([*c, *d])))?;
        if let (43, [high, low]) = (u16::from_be_bytes([*a, *b]), body) {
            version = u16::from_be_bytes([*high, *low]);
        }
        extensions = &rest[body.len()..];
    }
    let named = VERSIONS.iter().find(|(_, number)| *number == version);
    Some(Answer::Hello {
        version: named.map_or("unknown", |(name, _)| name),
        suite: format!("{:02x}{:02x}", suite[0], suite[1]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_hello_counts_its_bytes() {
        for (version, _) in VERSIONS {
            let record = write(version, "c02f 009c").expect("a record");
            let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
            assert_eq!(record.len(), length + 5, "{version}");
            let inner = usize::from(u16::from_be_bytes([record[7], record[8]]));
            assert_eq!(length, inner + 4, "{version}");
        }
        assert!(write("2.0", "c02f").is_err());
        assert!(write("1.2", "zz").is_err());
    }

    #[test]
    fn a_server_hello_tells_version_and_suite() {
        let mut hello = vec![0x16, 3, 3, 0, 0x32, 2, 0, 0, 0x2e, 3, 3];
        hello.extend([7; 32]);
        hello.extend([0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4]);
        hello.extend([0x14, 3, 3, 0, 1, 1]);
        let answer = Answer::Hello {
            version: "1.3",
            suite: "1301".to_owned(),
        };
        assert_eq!(read(&hello), answer);
        // Without extensions; what follows is another message.
        let mut short = vec![0x16, 3, 3, 0, 0x2a, 2, 0, 0, 0x26, 3, 3];
        short.extend([7; 32]);
        short.extend([0, 0, 0x9e, 0, 0x16, 3, 3, 1, 0, 0x0b]);
        let answer = Answer::Hello {
            version: "1.2",
            suite: "009e".to_owned(),
        };
        assert_eq!(read(&short), answer);
        assert_eq!(read(&hello[..20]), Answer::Nothing);
    }

    #[test]
    fn alerts_have_names_and_other_words_are_no_tls() {
        let alert = read(&[0x15, 3, 3, 0, 2, 2, 70]);
        assert_eq!(alert, Answer::Alert("protocol_version".to_owned()));
        assert_eq!(read(b"\x0bMSH|"), Answer::NoTls);
        assert_eq!(read(b"HTTP/1.1 400"), Answer::NoTls);
    }
}
