//! The same structure and the same values with other delimiters.

use super::scan::{Token, token};
use crate::{Separators, escape};
use std::borrow::Cow;

/// How much is spelled anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What stands in a field: the field separator is a character.
    Field,
    /// Whole segments and their ends.
    Segments,
}

/// Writes with other delimiters what was written with these. Every value stays the same: `\T\` was an ampersand and still
/// is one, which other delimiters may not need to escape.
pub(crate) fn respelled<'a>(
    raw: &'a str,
    from: &Separators,
    to: &Separators,
    scope: Scope,
) -> Cow<'a, str> {
    if from == to {
        return Cow::Borrowed(raw);
    }
    let mut speller = Speller {
        from,
        to,
        scope,
        out: String::with_capacity(raw.len()),
    };
    speller.write(raw);
    Cow::Owned(speller.out)
}

struct Speller<'s> {
    from: &'s Separators,
    to: &'s Separators,
    scope: Scope,
    out: String,
}

impl Speller<'_> {
    fn write(&mut self, raw: &str) {
        let mark = char::from(self.from.escape);
        let mut unread = raw;
        while let Some((text, inner)) = unread.split_once(mark) {
            self.text(text);
            unread = match inner.split_once(mark) {
                Some((sequence, after)) if self.sequence(sequence) => after,
                _ => {
                    self.character(mark);
                    inner
                }
            };
        }
        self.text(unread);
    }

    fn text(&mut self, text: &str) {
        let whole = self.scope == Scope::Segments;
        let (from, to) = (self.from, self.to);
        for character in text.chars() {
            match u8::try_from(character) {
                Ok(byte) if byte == from.component => self.out.push(char::from(to.component)),
                Ok(byte) if byte == from.repetition => self.out.push(char::from(to.repetition)),
                Ok(byte) if byte == from.subcomponent => self.out.push(char::from(to.subcomponent)),
                Ok(byte) if whole && byte == from.field => self.out.push(char::from(to.field)),
                Ok(b'\r' | b'\n') if whole => self.out.push(character),
                _ => self.character(character),
            }
        }
    }

    /// Whether this between two escape characters is a sequence; then it is written.
    fn sequence(&mut self, sequence: &str) -> bool {
        let token = token(sequence, self.from);
        match token {
            None => return false,
            Some(Token::Character(delimiter)) if sequence != "P" => self.character(delimiter),
            Some(_) => {
                let mark = char::from(self.to.escape);
                self.out.push(mark);
                self.out.push_str(sequence);
                self.out.push(mark);
            }
        }
        true
    }

    fn character(&mut self, character: char) {
        let mut buffer = [0; 4];
        let text = escape::escape(character.encode_utf8(&mut buffer), self.to);
        self.out.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, respelled};
    use crate::Separators;
    use crate::escape::unescape;
    use proptest::prelude::*;

    const ODD: Separators = Separators {
        field: b'!',
        component: b'@',
        repetition: b'*',
        escape: b'%',
        subcomponent: b'$',
    };

    fn to_recommended(raw: &str) -> String {
        respelled(raw, &ODD, &Separators::DEFAULT, Scope::Field).into_owned()
    }

    #[test]
    fn structure_stays_and_a_delimiter_that_was_escaped_is_the_same_character() {
        assert_eq!(to_recommended("A@B$C*D"), "A^B&C~D");
        assert_eq!(to_recommended("%F%"), "!", "their field separator");
        assert_eq!(to_recommended("|^"), r"\F\\S\");
        assert_eq!(to_recommended("%.br%%X41%50%"), r"\.br\\X41\50%");
    }

    #[test]
    fn whole_segments_keep_their_ends() {
        let text = "PID|1\rPV1|O\r";
        let odd = respelled(text, &Separators::DEFAULT, &ODD, Scope::Segments);
        assert_eq!(odd, "PID!1\rPV1!O\r");
    }

    proptest! {
        #[test]
        fn values_stay_the_same(raw in r"[a%$|^FST.X4山!]{0,30}") {
            let plain = raw.replace(['@', '*', '$'], "");
            let there = to_recommended(&plain);
            prop_assert_eq!(unescape(&there, &Separators::DEFAULT), unescape(&plain, &ODD));
        }

        #[test]
        fn there_and_back_is_the_same_value(raw in r"[a\\FSTREX4山%!]{0,30}") {
            let there = respelled(&raw, &Separators::DEFAULT, &ODD, Scope::Field).into_owned();
            prop_assert_eq!(unescape(&there, &ODD), unescape(&raw, &Separators::DEFAULT));
        }
    }
}
