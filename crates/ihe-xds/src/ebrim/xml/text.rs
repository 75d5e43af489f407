//! Characters, references, names and attributes as XML 1.0 writes them.

use super::malformed;
use crate::error::Malformed;
use std::borrow::Cow;

pub(super) fn is_xml_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether XML allows every character. The first look is at bytes, many at once.
pub(super) fn is_allowed(text: &str) -> bool {
    let (mut control, mut last_plane_byte) = (false, false);
    for byte in text.bytes() {
        control |= byte < b' ' && byte != b'\t' && byte != b'\n' && byte != b'\r';
        last_plane_byte |= byte == 0xef;
    }
    !control && !(last_plane_byte && text.contains(['\u{fffe}', '\u{ffff}']))
}

/// A name without a colon.
pub(super) fn is_name(text: &str) -> bool {
    let inside =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || !b.is_ascii();
    let first = |b: &u8| !b.is_ascii_digit() && !matches!(b, b'-' | b'.');
    let bytes = text.as_bytes();
    bytes.first().is_some_and(first) && bytes.iter().all(inside)
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

/// Line ends as XML hands them on (XML 1.0 2.11).
pub(super) fn unix_lines(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => text,
    }
}

/// The value of an attribute: references resolved, white space as blanks (XML 1.0 3.3.3).
pub(super) fn attribute_value(raw: &str) -> Result<Cow<'_, str>, Malformed> {
    let special = |b: u8| matches!(b, b'&' | b'<' | b'\t' | b'\n' | b'\r');
    if !raw.bytes().fold(false, |found, b| found | special(b)) {
        return Ok(Cow::Borrowed(raw));
    }
    let (mut out, mut rest) = (String::with_capacity(raw.len()), raw);
    while let Some(at) = rest.bytes().position(special) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let (mark, tail) = tail.split_at(1);
        rest = match mark {
            "&" => {
                let (name, after) = tail
                    .split_once(';')
                    .ok_or_else(|| malformed("an unknown entity"))?;
                out.push(reference(name)?);
                after
            }
            "<" => return Err(malformed("not well-formed XML")),
            _ => {
                out.push(' ');
                let line_end = tail.strip_prefix('\n').filter(|_| mark == "\r");
                line_end.unwrap_or(tail)
            }
        };
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Names and raw values of the attributes of one start tag.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(rest: &'a str) -> Self {
        Self { rest }
    }

    fn split(&mut self) -> Option<(&'a str, &'a str)> {
        let tag = self.rest.trim_ascii_start();
        let apart = tag.len() < self.rest.len();
        let (name, tail) = tag.split_once('=').filter(|_| apart)?;
        let tail = tail.trim_ascii_start();
        let quote = tail.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = tail.get(1..)?.split_once(quote)?;
        self.rest = rest;
        Some((name.trim_ascii_end(), value))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<(&'a str, &'a str), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.trim_ascii_start().is_empty() {
            return None;
        }
        let next = self.split();
        if next.is_none() {
            self.rest = "";
        }
        Some(next.ok_or_else(|| malformed("an attribute is not well-formed")))
    }
}
