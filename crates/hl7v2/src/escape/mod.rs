//! Escape sequences in text (HL7 v2.5 section 2.7).
//!
//! | sequence | [`unescape`] | [`pieces`] |
//! |---|---|---|
//! | `\F\ \S\ \T\ \R\ \E\` | the delimiter | text |
//! | `\P\` (v2.7) | `#`, the recommended truncation character | text |
//! | `\Xhh..\` | the bytes, if they are UTF-8 | text |
//! | `\Cxxyy\ \Mxxyyzz\` (2.7.2) | calls a set, as ISO 2022 does, for what follows; see [`crate::charset`] | text |
//! | `\H\ \N\` and formatting commands such as `\.br\` | left as it is | its own piece |
//! | `\Z..\` | left as it is | [`Piece::Local`] |
//!
//! Anything else between two escape characters is not a sequence: the first escape character is text.

mod format;
mod piece;
mod plain;
mod respell;
mod scan;
#[cfg(test)]
mod tests;

pub use piece::{Piece, Pieces, from_pieces, pieces};
pub use plain::to_plain_text;
pub(crate) use respell::{Scope, respelled};

use crate::Separators;
use scan::{Called, Token, Tokens};
use std::borrow::Cow;

/// Makes a value safe to stand inside a field: delimiters and control characters become escape sequences.
///
/// ```
/// use hl7v2::{Separators, escape};
/// assert_eq!(escape::escape("A|B\r", &Separators::DEFAULT), r"A\F\B\X0D\");
/// ```
pub fn escape<'a>(value: &'a str, separators: &Separators) -> Cow<'a, str> {
    let Some(first) = value
        .bytes()
        .position(|byte| letter(byte, separators).is_some() || is_control(byte))
    else {
        return Cow::Borrowed(value);
    };
    let mark = char::from(separators.escape);
    let mut out = String::with_capacity(value.len() + 16);
    let (clean, rest) = value.split_at(first);
    out.push_str(clean);
    for character in rest.chars() {
        match u8::try_from(character).ok().filter(u8::is_ascii) {
            Some(byte) if is_control(byte) => out.push_str(&format!("{mark}X{byte:02X}{mark}")),
            Some(byte) => match letter(byte, separators) {
                Some(letter) => out.extend([mark, letter, mark]),
                None => out.push(character),
            },
            None => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Reads a value from the wire: known escape sequences become characters, formatting commands, local sequences and
/// unknown ones stay as they are.
///
/// ```
/// use hl7v2::{Separators, escape};
/// assert_eq!(escape::unescape(r"A\T\B\X41\ C:\dir", &Separators::DEFAULT), r"A&BA C:\dir");
/// assert_eq!(escape::unescape(r"\M2442\;3ED\C2842\ (Yamada)", &Separators::DEFAULT), "山田 (Yamada)");
/// ```
pub fn unescape<'a>(raw: &'a str, separators: &Separators) -> Cow<'a, str> {
    let mark = char::from(separators.escape);
    if !raw.contains(mark) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut called = Called::default();
    for token in Tokens::of(raw, separators) {
        match token {
            Token::Text(text) => called.push(text, &mut out),
            Token::Character(character) => called.push_one(character, &mut out),
            Token::Bytes(text) => called.push(&text, &mut out),
            Token::Call(lower) => out.extend(called.call(lower)),
            Token::Command(_, inner) | Token::Local(inner) => {
                out.extend(called.left_over());
                out.extend([mark]);
                out.push_str(inner);
                out.push(mark);
            }
        }
    }
    out.extend(called.left_over());
    Cow::Owned(out)
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7F
}

fn letter(byte: u8, separators: &Separators) -> Option<char> {
    match byte {
        _ if byte == separators.field => Some('F'),
        _ if byte == separators.component => Some('S'),
        _ if byte == separators.subcomponent => Some('T'),
        _ if byte == separators.repetition => Some('R'),
        _ if byte == separators.escape => Some('E'),
        _ => None,
    }
}
