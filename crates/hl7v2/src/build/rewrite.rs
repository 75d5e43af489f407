//! From the recommended delimiters to others.

use crate::Separators;
use crate::escape::escape;

const FROM: Separators = Separators::DEFAULT;

/// A message with its MSH, segments ended by CR. Every value stays the same: `\T\` was an ampersand and still is one, which
/// other delimiters may not need to escape.
pub(super) fn message(text: &str, to: &Separators) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    if let Some(fields) = text.strip_prefix(r"MSH|^~\&") {
        out.push_str("MSH");
        out.push(char::from(to.field));
        out.push_str(&to.encoding_characters());
        rest = fields;
    }
    let mark = char::from(FROM.escape);
    while let Some((plain, inner)) = rest.split_once(mark) {
        delimiters(plain, to, &mut out);
        rest = match inner.split_once(mark) {
            Some((sequence, after)) if is_sequence(sequence) => {
                escape_sequence(sequence, to, &mut out);
                after
            }
            _ => {
                literal(mark, to, &mut out);
                inner
            }
        };
    }
    delimiters(rest, to, &mut out);
    out
}

/// Text without escape sequences.
fn delimiters(text: &str, to: &Separators, out: &mut String) {
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte == FROM.field => out.push(char::from(to.field)),
            Ok(byte) if byte == FROM.component => out.push(char::from(to.component)),
            Ok(byte) if byte == FROM.repetition => out.push(char::from(to.repetition)),
            Ok(byte) if byte == FROM.subcomponent => out.push(char::from(to.subcomponent)),
            Ok(b'\r' | b'\n') => out.push(character),
            _ => literal(character, to, out),
        }
    }
}

fn literal(character: char, to: &Separators, out: &mut String) {
    out.push_str(&escape(character.encode_utf8(&mut [0; 4]), to));
}

fn escape_sequence(sequence: &str, to: &Separators, out: &mut String) {
    let delimiter = match sequence {
        "F" => FROM.field,
        "S" => FROM.component,
        "T" => FROM.subcomponent,
        "R" => FROM.repetition,
        "E" => FROM.escape,
        other => {
            let mark = char::from(to.escape);
            out.push(mark);
            out.push_str(other);
            out.push(mark);
            return;
        }
    };
    literal(char::from(delimiter), to, out);
}

/// What stands between two escape characters and means something (section 2.7): one letter, hexadecimal data, a command.
fn is_sequence(text: &str) -> bool {
    let mut bytes = text.bytes();
    match (bytes.next(), text.len()) {
        (Some(b'F' | b'S' | b'T' | b'R' | b'E' | b'H' | b'N' | b'P'), 1) => true,
        (Some(b'X' | b'C' | b'M'), 2..) => bytes.all(|byte| byte.is_ascii_hexdigit()),
        (Some(b'.'), 3..) => {
            bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-".contains(&byte))
        }
        _ => false,
    }
}
