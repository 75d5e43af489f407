//! Escape sequences in text (HL7 v2.5 section 2.7).
//!
//! Written and read: `\F\ \S\ \T\ \R\ \E\` for the delimiters and `\Xhh..\` for control characters. Read only when the
//! hexadecimal bytes are UTF-8. Formatting commands (`\.br\`, `\H\`, `\N\`, ..) belong to whoever shows the text: they
//! are left as they are.

use crate::Separators;
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

/// Reads a value from the wire: known escape sequences become characters, unknown ones stay as they are.
///
/// ```
/// use hl7v2::{Separators, escape};
/// assert_eq!(escape::unescape(r"A\T\B\X41\ C:\dir", &Separators::DEFAULT), r"A&BA C:\dir");
/// ```
pub fn unescape<'a>(raw: &'a str, separators: &Separators) -> Cow<'a, str> {
    let mark = char::from(separators.escape);
    let Some(first) = raw.find(mark) else {
        return Cow::Borrowed(raw);
    };
    let mut out = String::with_capacity(raw.len());
    let (clean, mut rest) = raw.split_at(first);
    out.push_str(clean);
    while let Some(open) = rest.find(mark) {
        out.push_str(&rest[..open]);
        let inner = &rest[open + 1..];
        match inner
            .find(mark)
            .and_then(|close| Some((meaning(&inner[..close], separators)?, close)))
        {
            Some((text, close)) => {
                out.push_str(&text);
                rest = &inner[close + 1..];
            }
            None => {
                out.push(mark);
                rest = inner;
            }
        }
    }
    out.push_str(rest);
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

fn meaning(sequence: &str, separators: &Separators) -> Option<String> {
    let byte = match sequence {
        "F" => separators.field,
        "S" => separators.component,
        "T" => separators.subcomponent,
        "R" => separators.repetition,
        "E" => separators.escape,
        _ => return sequence.strip_prefix('X').and_then(hexadecimal),
    };
    Some(char::from(byte).to_string())
}

fn hexadecimal(digits: &str) -> Option<String> {
    if digits.is_empty()
        || !digits.len().is_multiple_of(2)
        || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};
    use crate::Separators;
    use proptest::prelude::*;
    use std::borrow::Cow;

    const SEPARATORS: Separators = Separators::DEFAULT;

    #[test]
    fn plain_text_is_borrowed_both_ways() {
        assert!(matches!(escape("山田", &SEPARATORS), Cow::Borrowed("山田")));
        assert!(matches!(
            unescape("山田", &SEPARATORS),
            Cow::Borrowed("山田")
        ));
    }

    #[test]
    fn every_delimiter_has_its_letter() {
        assert_eq!(escape(r"|^&~\", &SEPARATORS), r"\F\\S\\T\\R\\E\");
        assert_eq!(unescape(r"\F\\S\\T\\R\\E\", &SEPARATORS), r"|^&~\");
    }

    #[test]
    fn formatting_and_unknown_sequences_stay() {
        for raw in [
            r"a\.br\b",
            r"\H\bold\N\",
            r"\Zx\",
            r"\X4\",
            r"\XFF\",
            r"\",
            r"\\",
        ] {
            assert_eq!(unescape(raw, &SEPARATORS), raw);
        }
    }

    #[test]
    fn a_lone_escape_character_does_not_hide_the_next_sequence() {
        assert_eq!(unescape(r"a\b\F\c", &SEPARATORS), r"a\b|c");
    }

    #[test]
    fn hexadecimal_bytes_are_utf8() {
        assert_eq!(unescape(r"\XE5B1B1\", &SEPARATORS), "山");
    }

    #[test]
    fn framing_bytes_never_reach_the_wire() {
        assert_eq!(
            escape("\u{b}\u{1c}\r\n\u{1b}", &SEPARATORS),
            r"\X0B\\X1C\\X0D\\X0A\\X1B\"
        );
    }

    proptest! {
        #[test]
        fn unescape_of_escape_is_the_value(value in any::<String>()) {
            let wire = escape(&value, &SEPARATORS).into_owned();
            prop_assert!(!wire.contains(['|', '^', '&', '~', '\r', '\n']));
            prop_assert_eq!(unescape(&wire, &SEPARATORS), value);
        }

        #[test]
        fn unescape_never_panics(raw in r"[\\XFEa-f0-9|山.]{0,40}") {
            let _ = unescape(&raw, &SEPARATORS);
        }
    }
}
