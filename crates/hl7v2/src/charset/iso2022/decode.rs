//! Bytes to text, with every state made visible and every forgiven fault noted.

use super::{Call, Lower, Mixture, Repertoire, call, written_call};
use crate::Tolerance;
use crate::charset::jis::{KANJI, KOREAN, NONE, Plane, SUPPLEMENT, VENDOR};
use crate::charset::single;

const ESC: u8 = 0x1B;
const ESCAPE: u8 = b'\\';

/// The error is the offset of the first byte that belongs to no set. The text has at most three times as many bytes.
pub(in crate::charset) fn decode(
    bytes: &[u8],
    mixture: Mixture,
) -> Result<(String, Vec<Tolerance>), usize> {
    let mut decoder = Decoder {
        bytes,
        at: 0,
        text: String::with_capacity(bytes.len() + bytes.len() / 4),
        notes: Vec::new(),
        mixture,
        lower: Lower::Ascii,
        upper: mixture.upper(),
    };
    while decoder.at < bytes.len() {
        decoder.step()?;
    }
    if decoder.lower != Lower::Ascii {
        decoder.note(Tolerance::MissingReturnToAscii);
    }
    Ok((decoder.text, decoder.notes))
}

struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    text: String,
    notes: Vec<Tolerance>,
    mixture: Mixture,
    lower: Lower,
    upper: Option<Repertoire>,
}

impl<'a> Decoder<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn note(&mut self, note: Tolerance) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// One run of characters of a set, then the byte that ended it.
    fn step(&mut self) -> Result<(), usize> {
        match self.lower {
            Lower::Ascii => self.ascii_run(),
            Lower::Katakana => self.katakana_run(),
            Lower::Kanji => self.two_byte_run(&KANJI),
            Lower::Supplement => self.two_byte_run(&SUPPLEMENT),
            Lower::Korean => self.two_byte_run(&KOREAN),
        }
        let rest = self.rest();
        let Some(&byte) = rest.first() else {
            return Ok(());
        };
        match byte {
            ESC => self.escape_sequence(rest),
            ESCAPE if self.written(rest) => Ok(()),
            0x80.. => self.upper_character(byte, rest.get(1).copied()),
            b'\r' | b'\n' => {
                self.line_end(byte);
                Ok(())
            }
            _ => {
                self.strange(byte);
                Ok(())
            }
        }
    }

    fn ascii_run(&mut self) {
        let rest = self.rest();
        let called = self.upper != self.mixture.upper();
        let end = match called {
            false => memchr::memchr2(ESC, ESCAPE, rest),
            true => memchr::memchr3(ESC, ESCAPE, b'\r', rest),
        };
        let run = &rest[..end.unwrap_or(rest.len())];
        let seven_bit = encoding_rs::Encoding::ascii_valid_up_to(run);
        self.text
            .push_str(std::str::from_utf8(&run[..seven_bit]).unwrap_or_default());
        self.at += seven_bit;
    }

    fn katakana_run(&mut self) {
        let run = self
            .rest()
            .iter()
            .take_while(|byte| matches!(byte, 0x21..=0x5F));
        let before = self.at;
        for byte in run {
            // Rows of JIS X 0201 stand in the same order from U+FF61 on.
            let character = char::from_u32(0xFF61 + u32::from(byte - 0x21));
            self.text
                .push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
            self.at += 1;
            if *byte == ESCAPE && self.is_written_call(self.at - 1) {
                self.text.pop();
                self.at -= 1;
                break;
            }
        }
        if self.at > before {
            self.note(Tolerance::HalfWidthKatakana);
        }
    }

    fn is_written_call(&self, at: usize) -> bool {
        self.bytes
            .get(at + 1..)
            .is_some_and(|rest| written_call(rest).is_some())
    }

    fn two_byte_run(&mut self, plane: &Plane) {
        let mut at = self.at;
        while let Some(&[first, second]) = self.bytes.get(at..at + 2) {
            let pair = matches!(first, 0x21..=0x7E) && matches!(second, 0x21..=0x7E);
            if !pair || (first == ESCAPE && self.is_written_call(at)) {
                break;
            }
            match plane.character(first, second) {
                NONE => self.outside(first, second),
                character => self.text.push(character),
            }
            at += 2;
        }
        self.at = at;
    }

    /// A pair the set has no character for; vendors put some into the free rows of JIS X 0208.
    fn outside(&mut self, first: u8, second: u8) {
        let vendor = match self.lower {
            Lower::Kanji => VENDOR.character(first, second),
            _ => NONE,
        };
        let (character, note) = match vendor {
            NONE => (char::REPLACEMENT_CHARACTER, Tolerance::Replaced),
            character => (character, Tolerance::VendorCharacter),
        };
        self.text.push(character);
        self.note(note);
    }

    fn escape_sequence(&mut self, rest: &[u8]) -> Result<(), usize> {
        let (found, length) = call(rest.get(1..).unwrap_or_default()).ok_or(self.at)?;
        self.obey(found)?;
        self.at += 1 + length;
        Ok(())
    }

    /// An escape sequence as HL7 writes it, `\M2442\`. It stays in the text, where it is an escape sequence of the value; a
    /// call of a set that MSH-18 does not name is only text.
    fn written(&mut self, rest: &[u8]) -> bool {
        let Some((found, length)) = written_call(rest.get(1..).unwrap_or_default()) else {
            return false;
        };
        let obeyed = self.obey(found).is_ok();
        if obeyed {
            let sequence = rest.get(..1 + length).unwrap_or_default();
            self.text
                .push_str(std::str::from_utf8(sequence).unwrap_or_default());
            self.at += sequence.len();
        }
        obeyed
    }

    fn obey(&mut self, found: Call) -> Result<(), usize> {
        if !self.mixture.admits(found) {
            return Err(self.at);
        }
        match found {
            Call::Lower(lower) => self.lower = lower,
            Call::Upper(repertoire) => self.upper = Some(repertoire),
            Call::Roman => {
                self.lower = Lower::Ascii;
                self.note(Tolerance::JisRoman);
            }
        }
        Ok(())
    }

    fn upper_character(&mut self, first: u8, second: Option<u8>) -> Result<(), usize> {
        let repertoire = self.upper.ok_or(self.at)?;
        if repertoire == Repertoire::Korean {
            let second = second.filter(|byte| *byte >= 0x80).ok_or(self.at)?;
            let character = KOREAN.character(first & 0x7F, second & 0x7F);
            self.at += 2;
            self.text.push(match character {
                NONE => return Err(self.at - 2),
                character => character,
            });
            return Ok(());
        }
        let table = repertoire.table().ok_or(self.at)?;
        let character = single::character(table, first).ok_or(self.at)?;
        if repertoire == Repertoire::Katakana {
            self.note(Tolerance::HalfWidthKatakana);
        }
        self.text.push(character);
        self.at += 1;
        Ok(())
    }

    /// Every line starts with the default sets, whatever the one before left behind (RFC 1468).
    fn line_end(&mut self, byte: u8) {
        if self.lower != Lower::Ascii {
            self.note(Tolerance::MissingReturnToAscii);
        }
        self.lower = Lower::Ascii;
        self.upper = self.mixture.upper();
        self.plain(byte);
    }

    /// A byte below 80 that is no character of the set called: a space, a control, or half a pair.
    fn strange(&mut self, byte: u8) {
        let half = matches!(byte, 0x21..=0x7E);
        match self.lower {
            Lower::Ascii => self.plain(byte),
            Lower::Kanji | Lower::Supplement | Lower::Korean if half => {
                self.note(Tolerance::Replaced);
                self.text.push(char::REPLACEMENT_CHARACTER);
                self.at += 1;
            }
            _ => {
                self.note(Tolerance::MissingReturnToAscii);
                self.plain(byte);
            }
        }
    }

    fn plain(&mut self, byte: u8) {
        self.text.push(char::from(byte));
        self.at += 1;
    }
}

/// A line without its escape sequences and what they call, for looking at the fields of MSH before it is decoded.
pub(in crate::charset) fn ascii_only(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut lower = Lower::Ascii;
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        at += match (byte, lower) {
            (ESC, _) => match call(&line[at + 1..]) {
                Some((Call::Lower(called), length)) => {
                    lower = called;
                    1 + length
                }
                Some((Call::Roman, length)) => {
                    lower = Lower::Ascii;
                    1 + length
                }
                Some((Call::Upper(_), length)) => 1 + length,
                None => 1,
            },
            (_, Lower::Ascii) => {
                out.push(byte);
                1
            }
            (_, Lower::Katakana) => 1,
            _ => 2,
        };
    }
    out
}
