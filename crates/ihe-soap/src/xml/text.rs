//! Characters, references and values as XML 1.0 writes them.

use std::borrow::Cow;

use super::{Malformed, is_xml_char, malformed};

/// Whether XML allows every character. The first look is at bytes, many at once.
pub(super) fn is_allowed(text: &str) -> bool {
    let (mut control, mut last_plane_byte) = (false, false);
    for byte in text.bytes() {
        control |= byte < b' ' && byte != b'\t' && byte != b'\n' && byte != b'\r';
        last_plane_byte |= byte == 0xef;
    }
    let forbidden = |text: &str| text.contains(['\u{fffe}', '\u{ffff}']);
    !(control || last_plane_byte && forbidden(text))
}

/// The character of a reference, given without `&` and `;`: one of the five predefined or by number.
pub(super) fn reference(name: &str) -> Result<char, Malformed> {
    let by_number = |digits: &str, radix: u32| {
        let plain = digits.bytes().all(|b| char::from(b).is_digit(radix));
        let number = u32::from_str_radix(digits, radix).ok().filter(|_| plain)?;
        char::from_u32(number).filter(|c| is_xml_char(*c))
    };
    let found = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
            (Some(digits), _) => by_number(digits, 16),
            (None, Some(digits)) => by_number(digits, 10),
            (None, None) => return Err(malformed("an unknown entity")),
        },
    };
    found.ok_or_else(|| malformed("a reference to a character XML does not allow"))
}

/// Text outside the root element is blank, or this is why not.
pub(super) fn outside() -> Malformed {
    malformed("text outside the root element")
}

pub(super) fn ends_in_the_middle() -> Malformed {
    malformed("ends in the middle")
}

fn found(text: &str, special: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |found, b| found | special(b))
}

/// Line ends as XML hands them on (XML 1.0 2.11).
pub(super) fn unix_lines(raw: &str) -> Cow<'_, str> {
    match raw.contains('\r') {
        true => Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(raw),
    }
}

/// Text between tags: references resolved, line ends as XML hands them on.
pub(super) fn content(raw: &str) -> Result<Cow<'_, str>, Malformed> {
    if !found(raw, |b| matches!(b, b'&' | b'\r' | b']')) {
        return Ok(Cow::Borrowed(raw));
    }
    match raw.contains("]]>") {
        true => Err(malformed("not well-formed XML")),
        false => resolved(&unix_lines(raw), |_| None).map(Cow::Owned),
    }
}

/// The value of an attribute: references resolved, white space as blanks (XML 1.0 3.3.3).
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, Malformed> {
    if !found(raw, |b| matches!(b, b'&' | b'<' | b'\t' | b'\n' | b'\r')) {
        return Ok(Cow::Borrowed(raw));
    }
    let blank = |c: char| matches!(c, '\t' | '\n').then_some(' ');
    match raw.contains('<') {
        true => Err(malformed("not well-formed XML")),
        false => resolved(&unix_lines(raw), blank).map(Cow::Owned),
    }
}

/// References resolved, and every other character as it is or as it is replaced.
fn resolved(raw: &str, replace: impl Fn(char) -> Option<char>) -> Result<String, Malformed> {
    let (mut out, mut rest) = (String::with_capacity(raw.len()), raw);
    loop {
        let (plain, tail) = match rest.split_once('&') {
            Some((plain, tail)) => (plain, Some(tail)),
            None => (rest, None),
        };
        out.extend(plain.chars().map(|c| replace(c).unwrap_or(c)));
        let Some(tail) = tail else {
            return Ok(out);
        };
        let (name, after) = tail
            .split_once(';')
            .ok_or_else(|| malformed("an unknown entity"))?;
        out.push(reference(name)?);
        rest = after;
    }
}
