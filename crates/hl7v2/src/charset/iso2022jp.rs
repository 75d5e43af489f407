//! ISO-2022-JP (RFC 1468) as HL7 uses it, with its states made visible.
//!
//! `encoding_rs` holds the tables; its own ISO-2022-JP decoder is not used because it turns `ESC ( J` into yen sign and
//! overline, which would eat the HL7 escape and repetition delimiters, swallows a line end after a missing return to
//! ASCII, and knows no JIS X 0212.

use super::{Decoded, Undecodable};
use crate::Tolerance;
use encoding_rs::EUC_JP;

const ESC: u8 = 0x1B;

#[derive(Clone, Copy, PartialEq)]
enum State {
    Ascii,
    Kana,
    Kanji,
    Supplement,
}

/// The state an escape sequence leads to, its length after ESC, and whether it is JIS Roman.
fn designation(rest: &[u8]) -> Option<(State, usize, bool)> {
    const KNOWN: [(&[u8], State, bool); 9] = [
        (b"(B", State::Ascii, false),
        (b"(J", State::Ascii, true),
        (b"(H", State::Ascii, true),
        (b"(I", State::Kana, false),
        (b"$B", State::Kanji, false),
        (b"$@", State::Kanji, false),
        (b"$(B", State::Kanji, false),
        (b"$(@", State::Kanji, false),
        (b"$(D", State::Supplement, false),
    ];
    KNOWN
        .into_iter()
        .find(|(sequence, ..)| rest.starts_with(sequence))
        .map(|(sequence, state, roman)| (state, sequence.len(), roman))
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Undecodable> {
    let mut decoder = Decoder {
        text: String::with_capacity(bytes.len() + bytes.len() / 4),
        euc: Vec::new(),
        notes: Vec::new(),
    };
    let mut state = State::Ascii;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == ESC {
            let (next, length, roman) =
                designation(&bytes[at + 1..]).ok_or(Undecodable { offset: at })?;
            if roman {
                decoder.note(Tolerance::JisRoman);
            }
            state = next;
            at += 1 + length;
        } else if !byte.is_ascii() {
            return Err(Undecodable { offset: at });
        } else if state == State::Ascii {
            at += decoder.ascii_run(&bytes[at..]);
        } else {
            at += decoder.one(&mut state, byte, bytes.get(at + 1).copied());
        }
    }
    if state != State::Ascii {
        decoder.note(Tolerance::MissingReturnToAscii);
    }
    decoder.flush();
    Ok(Decoded {
        text: decoder.text,
        tolerated: decoder.notes,
    })
}

struct Decoder {
    text: String,
    /// The two-byte stretch in hand, as EUC-JP.
    euc: Vec<u8>,
    notes: Vec<Tolerance>,
}

impl Decoder {
    fn note(&mut self, note: Tolerance) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn ascii_run(&mut self, rest: &[u8]) -> usize {
        self.flush();
        let length = rest
            .iter()
            .position(|&byte| byte == ESC || !byte.is_ascii())
            .unwrap_or(rest.len());
        self.text
            .extend(rest[..length].iter().copied().map(char::from));
        length
    }

    /// One character outside ASCII state; returns its length in bytes.
    fn one(&mut self, state: &mut State, byte: u8, next: Option<u8>) -> usize {
        let printable = |byte: &u8| (0x21..=0x7E).contains(byte);
        match *state {
            _ if matches!(byte, b'\r' | b'\n') => {
                self.note(Tolerance::MissingReturnToAscii);
                *state = State::Ascii;
                self.plain(byte)
            }
            State::Kana if (0x21..=0x5F).contains(&byte) => {
                self.note(Tolerance::HalfWidthKatakana);
                self.euc.extend([0x8E, byte | 0x80]);
                1
            }
            State::Kanji | State::Supplement if printable(&byte) => {
                let Some(second) = next.filter(printable) else {
                    return self.broken();
                };
                if *state == State::Supplement {
                    self.euc.push(0x8F);
                }
                self.euc.extend([byte | 0x80, second | 0x80]);
                2
            }
            _ => {
                self.note(Tolerance::MissingReturnToAscii);
                self.plain(byte)
            }
        }
    }

    fn plain(&mut self, byte: u8) -> usize {
        self.flush();
        self.text.push(char::from(byte));
        1
    }

    /// Half a character: the other half is a line end, an escape sequence or nothing.
    fn broken(&mut self) -> usize {
        self.flush();
        self.note(Tolerance::Replaced);
        self.text.push(char::REPLACEMENT_CHARACTER);
        1
    }

    fn flush(&mut self) {
        if self.euc.is_empty() {
            return;
        }
        let (text, replaced) = EUC_JP.decode_without_bom_handling(&self.euc);
        self.text.push_str(&text);
        if replaced {
            self.note(Tolerance::Replaced);
        }
        self.euc.clear();
    }
}

pub(super) fn ascii_only(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut state = State::Ascii;
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        match (byte, state) {
            (ESC, _) => {
                let (next, length, _) =
                    designation(&line[at + 1..]).unwrap_or((State::Ascii, 0, false));
                state = next;
                at += 1 + length;
            }
            (_, State::Ascii) => {
                out.push(byte);
                at += 1;
            }
            (_, State::Kana) => at += 1,
            (_, State::Kanji | State::Supplement) => at += 2,
        }
    }
    out
}

/// The error is the offset of the first character that cannot be written.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() + 8);
    let mut kanji = false;
    for (offset, character) in text.char_indices() {
        if character.is_ascii() {
            if matches!(character, '\u{1b}' | '\u{e}' | '\u{f}') {
                return Err(offset);
            }
            if kanji {
                out.extend(b"\x1b(B");
                kanji = false;
            }
            out.push(character as u8);
        } else {
            let pair = pair(character).ok_or(offset)?;
            if !kanji {
                out.extend(b"\x1b$B");
                kanji = true;
            }
            out.extend(pair);
        }
    }
    if kanji {
        out.extend(b"\x1b(B");
    }
    Ok(out)
}

/// The two bytes of a character of JIS X 0208 proper: rows 1-8 and 16-84, so no vendor extensions and no half-width katakana.
pub(super) fn pair(character: char) -> Option<[u8; 2]> {
    let mut utf8 = [0; 4];
    let mut euc = [0; 4];
    let text = same_character(character).encode_utf8(&mut utf8);
    let (result, _, written) = EUC_JP
        .new_encoder()
        .encode_from_utf8_without_replacement(text, &mut euc, true);
    let complete = result == encoding_rs::EncoderResult::InputEmpty && written == 2;
    let row = euc[0]
        .checked_sub(0xA0)
        .filter(|row| matches!(row, 1..=8 | 16..=84));
    (complete && row.is_some()).then_some([euc[0] & 0x7F, euc[1] & 0x7F])
}

/// One JIS character has two Unicode spellings, depending on whose table was used; the one `encoding_rs` knows.
fn same_character(character: char) -> char {
    match character {
        '\u{301C}' => '\u{FF5E}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{FF0D}',
        '\u{2014}' => '\u{2015}',
        '\u{A2}' => '\u{FFE0}',
        '\u{A3}' => '\u{FFE1}',
        '\u{AC}' => '\u{FFE2}',
        '\u{A5}' => '\u{FFE5}',
        '\u{203E}' => '\u{FFE3}',
        _ => character,
    }
}
