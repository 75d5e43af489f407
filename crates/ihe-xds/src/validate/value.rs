//! The forms of single values (ITI TF-3 table 4.2.3.1.7-2). Pure functions, linear in the text.

/// `urn:uuid:` and 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid_urn(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else {
        return false;
    };
    uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Digits and dots, at least one dot, no leading zeros, at most 64 characters.
pub fn is_oid(text: &str) -> bool {
    let arc = |arc: &str| {
        !arc.is_empty()
            && arc.bytes().all(|byte| byte.is_ascii_digit())
            && (arc == "0" || !arc.starts_with('0'))
    };
    text.len() <= 64 && text.contains('.') && text.split('.').all(arc)
}

/// `urn:oid:` and an OID.
pub fn is_oid_urn(text: &str) -> bool {
    text.strip_prefix("urn:oid:").is_some_and(is_oid)
}

/// `YYYY[MM[DD[hh[mm[ss]]]]]`, a time that exists.
pub fn is_dtm(text: &str) -> bool {
    if !matches!(text.len(), 4 | 6 | 8 | 10 | 12 | 14) || !text.bytes().all(|b| b.is_ascii_digit())
    {
        return false;
    }
    let part = |from: usize, to: usize, absent: u32| {
        text.get(from..to)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(absent)
    };
    let (year, month) = (part(0, 4, 0), part(4, 6, 1));
    year > 0
        && (1..=12).contains(&month)
        && (1..=days(year, month)).contains(&part(6, 8, 1))
        && part(8, 10, 0) < 24
        && part(10, 12, 0) < 60
        && part(12, 14, 0) < 60
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// A DTM padded to 14 digits with the first (`0`) or last (`9`) moment it can mean.
pub fn padded(dtm: &str, with: char) -> String {
    format!(
        "{dtm}{}",
        with.to_string().repeat(14usize.saturating_sub(dtm.len()))
    )
}

/// Language tag: subtags of 1 to 8 letters or digits.
pub fn is_language(text: &str) -> bool {
    text.split('-').enumerate().all(|(at, tag)| {
        (1..=8).contains(&tag.len())
            && tag.bytes().all(|byte| match at {
                0 => byte.is_ascii_alphabetic(),
                _ => byte.is_ascii_alphanumeric(),
            })
    })
}

/// 40 hexadecimal digits.
pub fn is_sha1(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A number of bytes in decimal digits, at most 2^64 - 1.
pub fn is_size(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

/// `type/subtype`, with or without parameters.
pub fn is_mime_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    let bare = text.split(';').next().unwrap_or_default().trim_end();
    !text.chars().any(char::is_control)
        && bare
            .split_once('/')
            .is_some_and(|(kind, sub)| token(kind) && token(sub))
}

/// Printable ASCII without blanks, 1 to 128 characters.
pub fn is_identifier(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// A URI, absolute or relative, 1 to 256 characters: no blanks, no control characters, `%` before two hexadecimal digits.
pub fn is_uri(text: &str) -> bool {
    let escape = |rest: &str| {
        rest.get(..2)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    (1..=256).contains(&text.chars().count())
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>\"\\^`{|}".contains(c))
        && text.split('%').skip(1).all(escape)
}

/// A URN: `urn:`, a namespace of letters, digits and hyphens, and something in it.
pub fn is_urn(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (scheme, namespace) = (parts.next(), parts.next().unwrap_or_default());
    let rest = parts.next().unwrap_or_default();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"))
        && (1..=32).contains(&namespace.len())
        && namespace
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !rest.is_empty()
        && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Name of extra metadata: a URN that is not IHE's (ITI TF-3 4.2.3.1.6).
pub fn is_extra_name(text: &str) -> bool {
    let ihe = text
        .get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:ihe:"));
    is_urn(text) && !ihe
}

pub use super::hl7::{
    is_coded_string, is_cx, is_cxi, is_recipient, is_source_patient_info, is_xcn, is_xon, is_xtn,
};

#[cfg(test)]
mod tests;
