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
    (1..=12).contains(&month)
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

/// `type/subtype`, with or without parameters.
pub fn is_mime_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    let bare = text.split(';').next().unwrap_or_default().trim_end();
    bare.split_once('/')
        .is_some_and(|(kind, sub)| token(kind) && token(sub))
}

/// Printable ASCII without blanks, 1 to 128 characters.
pub fn is_identifier(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// A URI without blanks or control characters, 1 to 256 characters.
pub fn is_uri(text: &str) -> bool {
    (1..=256).contains(&text.chars().count())
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>\"".contains(c))
}

/// Exactly `id^^^&oid&ISO`.
pub fn is_cx(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(5, '^').collect();
    matches!(parts[..], [id, "", "", authority] if !id.is_empty() && is_authority(authority))
}

/// `&oid&ISO`
fn is_authority(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, '&').collect();
    matches!(parts[..], ["", oid, "ISO"] if is_oid(oid))
}

/// authorRole, authorSpecialty: plain text, or `code^^^&oid&ISO`.
pub fn is_coded_string(text: &str) -> bool {
    let mut parts = text.splitn(5, '^');
    let code = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let authority = |part: &str| part.is_empty() || is_authority(part);
    !code.is_empty()
        && match rest[..] {
            [] | [""] | ["", ""] => true,
            ["", "", part] => authority(part),
            ["", "", part, after] => authority(part) && after.bytes().all(|b| b == b'^'),
            _ => false,
        }
}

/// referenceIdList: CXi.1 and CXi.5, CXi.4 complete when given.
pub fn is_cxi(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(12, '^').collect();
    let at = |n: usize| parts.get(n - 1).copied().unwrap_or_default();
    let authority: Vec<&str> = at(4).split('&').take(4).collect();
    let authority_ok = match authority[..] {
        [""] => true,
        [namespace] | [namespace, "", ""] => !namespace.is_empty(),
        [_, id, kind] => !id.is_empty() && !kind.is_empty(),
        _ => false,
    };
    !at(1).is_empty()
        && at(2).is_empty()
        && at(3).is_empty()
        && !at(5).is_empty()
        && (6..=12).all(|n| at(n).is_empty())
        && authority_ok
}

/// A person: id or family name; an authority only with an id.
pub fn is_xcn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(24, '^').collect();
    let at = |n: usize| parts.get(n - 1).copied().unwrap_or_default();
    let named = !at(1).is_empty() || !at(2).is_empty();
    named && (at(9).is_empty() || (!at(1).is_empty() && is_authority(at(9))))
}

/// An institution: name, with an authority for a local id.
pub fn is_xon(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(12, '^').collect();
    let at = |n: usize| parts.get(n - 1).copied().unwrap_or_default();
    let authority_ok = at(6).is_empty() || is_authority(at(6));
    let id_ok = at(10).is_empty() || is_oid(at(10)) || !at(6).is_empty();
    !at(1).is_empty()
        && [2, 3, 4, 5, 7, 8, 9, 11, 12]
            .into_iter()
            .all(|n| at(n).is_empty())
        && authority_ok
        && id_ok
}

/// A telephone number or an e-mail address.
pub fn is_xtn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(16, '^').collect();
    let at = |n: usize| parts.get(n - 1).copied().unwrap_or_default();
    match at(3) {
        "" => false,
        "Internet" => {
            matches!(at(2), "" | "NET")
                && !at(4).is_empty()
                && (5..=8).all(|n| at(n).is_empty())
                && at(12).is_empty()
        }
        _ => at(2) != "NET" && at(4).is_empty() && (at(7).is_empty() != at(12).is_empty()),
    }
}

/// `XON|XCN|XTN`, at least one of them.
pub fn is_recipient(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, '|').collect();
    let at = |n: usize| parts.get(n).copied().unwrap_or_default();
    let ok = |part: &str, check: fn(&str) -> bool| part.is_empty() || check(part);
    parts.len() <= 3
        && parts.iter().any(|part| !part.is_empty())
        && ok(at(0), is_xon)
        && ok(at(1), is_xcn)
        && ok(at(2), is_xtn)
}

/// `PID-n|value` for the fields of PID that are allowed here.
pub fn is_source_patient_info(text: &str) -> bool {
    let Some((field, _)) = text
        .strip_prefix("PID-")
        .and_then(|rest| rest.split_once('|'))
    else {
        return false;
    };
    let number = field.parse::<u8>().unwrap_or_default();
    field.len() <= 2 && (1..=39).contains(&number) && !matches!(number, 2 | 4 | 12 | 19)
}

#[cfg(test)]
mod tests;
