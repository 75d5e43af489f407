//! Text to bytes: each stretch between the escape sequence that calls its set and the one that returns to ASCII.

use super::{Call, Lower, Mixture, Repertoire, written_call};
use crate::charset::jis::{KANJI, KOREAN, SUPPLEMENT};
use crate::charset::single;

/// The error is the offset of the first character that cannot be written.
pub(in crate::charset) fn encode(text: &str, mixture: Mixture) -> Result<Vec<u8>, usize> {
    let mut encoder = Encoder {
        out: Vec::with_capacity(text.len() + 8),
        mixture,
        lower: Lower::Ascii,
        upper: mixture.upper(),
    };
    let mut offset = 0;
    while let Some(character) = text.get(offset..).and_then(|rest| rest.chars().next()) {
        let rest = text.as_bytes().get(offset..).unwrap_or_default();
        offset += match u8::try_from(character).ok().filter(u8::is_ascii) {
            Some(b'\\') => Some(encoder.escape_character(rest)),
            Some(ascii) => encoder.ascii(ascii),
            None => encoder.other(character),
        }
        .ok_or(offset)?;
    }
    encoder.reset();
    Ok(encoder.out)
}

struct Encoder {
    out: Vec<u8>,
    mixture: Mixture,
    lower: Lower,
    upper: Option<Repertoire>,
}

impl Encoder {
    /// ESC, SO and SI would change the state of the reader.
    fn ascii(&mut self, byte: u8) -> Option<usize> {
        match byte {
            0x1B | 0x0E | 0x0F => return None,
            b'\r' | b'\n' => self.reset(),
            _ => self.call_lower(Lower::Ascii),
        }
        self.out.push(byte);
        Some(1)
    }

    /// An escape sequence of HL7 such as `\M2442\` changes the state of the reader: it is obeyed here too.
    fn escape_character(&mut self, rest: &[u8]) -> usize {
        self.call_lower(Lower::Ascii);
        let written = written_call(rest.get(1..).unwrap_or_default())
            .filter(|(call, _)| self.mixture.admits(*call));
        let length = written.map_or(1, |(_, length)| 1 + length);
        self.out
            .extend_from_slice(rest.get(..length).unwrap_or_default());
        match written {
            Some((Call::Lower(lower), _)) => self.lower = lower,
            Some((Call::Upper(upper), _)) => self.upper = Some(upper),
            Some((Call::Roman, _)) | None => {}
        }
        length
    }

    /// Back to what a line starts with.
    fn reset(&mut self) {
        self.call_lower(Lower::Ascii);
        if let Some(upper) = self.mixture.upper() {
            self.call_upper(upper);
        }
        self.upper = self.mixture.upper();
    }

    fn call_lower(&mut self, lower: Lower) {
        if self.lower == lower {
            return;
        }
        self.out.extend_from_slice(match lower {
            Lower::Ascii => b"\x1b(B",
            Lower::Katakana => b"\x1b(I",
            Lower::Kanji => b"\x1b$B",
            Lower::Supplement => b"\x1b$(D",
            Lower::Korean => b"\x1b$(C",
        });
        self.lower = lower;
    }

    fn call_upper(&mut self, upper: Repertoire) {
        if self.upper == Some(upper) {
            return;
        }
        self.out.push(0x1B);
        self.out.extend_from_slice(upper.call_as_upper());
        self.upper = Some(upper);
    }

    /// A character that is not ASCII: in the set called last, else in the default, else in the first other that has it.
    fn other(&mut self, character: char) -> Option<usize> {
        if self.lower == Lower::Kanji
            && let Some(pair) = KANJI.pair(character)
        {
            self.out.extend(pair);
            return Some(character.len_utf8());
        }
        let (called, usual) = (self.upper, self.mixture.upper());
        let sets = called.into_iter().chain(usual).chain(self.mixture.others());
        for repertoire in sets {
            if self.written_in(repertoire, character) {
                return Some(character.len_utf8());
            }
        }
        None
    }

    fn written_in(&mut self, repertoire: Repertoire, character: char) -> bool {
        let pair = match repertoire {
            Repertoire::Kanji => KANJI.pair(character),
            Repertoire::Supplement => SUPPLEMENT.pair(character),
            Repertoire::Korean => KOREAN.pair(character),
            _ => None,
        };
        match (repertoire, pair) {
            (Repertoire::Kanji, Some(pair)) => self.lower_pair(Lower::Kanji, pair),
            (Repertoire::Supplement, Some(pair)) => self.lower_pair(Lower::Supplement, pair),
            (_, Some(pair)) => self.upper_bytes(repertoire, &pair.map(|byte| byte | 0x80)),
            (_, None) => {
                let table = repertoire.table();
                let Some(byte) = table.and_then(|table| single::byte(table, character)) else {
                    return false;
                };
                self.upper_bytes(repertoire, &[byte]);
            }
        }
        true
    }

    fn lower_pair(&mut self, lower: Lower, pair: [u8; 2]) {
        self.call_lower(lower);
        self.out.extend(pair);
    }

    fn upper_bytes(&mut self, repertoire: Repertoire, bytes: &[u8]) {
        self.call_upper(repertoire);
        self.out.extend_from_slice(bytes);
    }
}

impl Repertoire {
    /// The escape sequence that calls it for the bytes from 80 on, without its ESC.
    fn call_as_upper(self) -> &'static [u8] {
        let upper = Call::Upper(self);
        super::CALLS
            .iter()
            .find(|(_, call)| *call == upper)
            .map_or(&[], |(sequence, _)| sequence)
    }
}
