//! Cuts a raw value into text and escape sequences, in one pass.

use super::format::Command;
use crate::Separators;
use crate::charset::{self, Lower};

/// The recommended truncation character (HL7 v2.7 section 2.5.5.2).
const TRUNCATION: char = '#';

/// A stretch of a raw value.
pub(super) enum Token<'a> {
    /// Text without escape sequences.
    Text(&'a str),
    /// A delimiter.
    Character(char),
    /// What the bytes of `\X..\` are in UTF-8.
    Bytes(String),
    /// `\C..\` or `\M..\`; `None` if it calls a set of eight-bit bytes, which text no longer has.
    Call(Option<Lower>),
    /// Formatting, with the inside of its escape sequence.
    Command(Command, &'a str),
    /// The inside of `\Z..\`.
    Local(&'a str),
}

pub(super) struct Tokens<'a> {
    rest: &'a str,
    separators: Separators,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(raw: &'a str, separators: &Separators) -> Tokens<'a> {
        Tokens {
            rest: raw,
            separators: *separators,
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let mark = char::from(self.separators.escape);
        let Some(inner) = self.rest.strip_prefix(mark) else {
            let end = self.rest.find(mark).unwrap_or(self.rest.len());
            return Some(Token::Text(self.take(end)));
        };
        let sequence = inner
            .find(mark)
            .and_then(|close| inner.get(..close))
            .and_then(|inner| Some((token(inner, &self.separators)?, inner.len() + 2)));
        Some(match sequence {
            Some((token, length)) => {
                self.take(length);
                token
            }
            None => Token::Text(self.take(1)),
        })
    }
}

/// What stands between two escape characters, if it is a sequence.
pub(super) fn token<'a>(inner: &'a str, separators: &Separators) -> Option<Token<'a>> {
    let delimiter = |byte: u8| Some(Token::Character(char::from(byte)));
    match inner.as_bytes() {
        b"F" => delimiter(separators.field),
        b"S" => delimiter(separators.component),
        b"T" => delimiter(separators.subcomponent),
        b"R" => delimiter(separators.repetition),
        b"E" => delimiter(separators.escape),
        b"P" => Some(Token::Character(TRUNCATION)),
        [b'X', ..] => hexadecimal(inner.get(1..)?).map(Token::Bytes),
        [b'C' | b'M', ..] => charset::called(inner).map(Token::Call),
        [b'Z', local @ ..] => local
            .iter()
            .all(u8::is_ascii_alphanumeric)
            .then_some(Token::Local(inner)),
        _ => Command::read(inner).map(|command| Token::Command(command, inner)),
    }
}

fn hexadecimal(digits: &str) -> Option<String> {
    let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !odd.is_empty() {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(nibble(*high)? << 4 | nibble(*low)?).ok();
    String::from_utf8(pairs.iter().map(byte).collect::<Option<_>>()?).ok()
}

/// The set that `\M2442\` and the like called for the text after it.
#[derive(Default)]
pub(super) struct Called {
    lower: Option<Lower>,
    half: Option<u8>,
}

impl Called {
    /// The set for what follows; returns what is left over of the one before.
    #[must_use]
    pub(super) fn call(&mut self, lower: Option<Lower>) -> Option<char> {
        self.lower = lower.filter(|lower| *lower != Lower::Ascii);
        self.left_over()
    }

    /// No set but that of the message is called.
    pub(super) fn is_plain(&self) -> bool {
        self.lower.is_none()
    }

    /// What half a pair that nothing followed becomes.
    #[must_use]
    pub(super) fn left_over(&mut self) -> Option<char> {
        self.half.take().map(|_| char::REPLACEMENT_CHARACTER)
    }

    pub(super) fn push(&mut self, text: &str, out: &mut String) {
        if self.is_plain() {
            out.push_str(text);
        } else {
            text.chars()
                .for_each(|character| self.push_one(character, out));
        }
    }

    pub(super) fn push_one(&mut self, character: char, out: &mut String) {
        let byte = u8::try_from(character)
            .ok()
            .filter(|byte| matches!(byte, 0x21..=0x7E));
        match (self.lower, byte) {
            (Some(Lower::Katakana), Some(byte @ 0x21..=0x5F)) => {
                let kana = char::from_u32(0xFF61 + u32::from(byte - 0x21));
                out.push(kana.unwrap_or(character));
            }
            (None | Some(Lower::Katakana | Lower::Ascii), _) => out.push(character),
            (Some(_), None) => {
                out.extend(self.left_over());
                out.push(character);
            }
            (Some(lower), Some(byte)) => match self.half.take() {
                None => self.half = Some(byte),
                Some(first) => out.push(
                    charset::lower_character(lower, first, byte)
                        .unwrap_or(char::REPLACEMENT_CHARACTER),
                ),
            },
        }
    }
}
