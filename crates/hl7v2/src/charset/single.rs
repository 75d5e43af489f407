//! Sets of one byte a character: the upper half of ISO 8859, JIS X 0201 and the Windows code pages.

use super::Charset;
use super::jis::NONE;
use encoding_rs::{
    Encoding, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8,
    ISO_8859_15, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
};
use std::sync::LazyLock;

/// The characters of bytes 80 to FF.
pub(super) type UpperHalf = [char; 128];

static TABLES: LazyLock<[UpperHalf; 14]> = LazyLock::new(|| {
    [
        latin1(),
        of(ISO_8859_2),
        of(ISO_8859_3),
        of(ISO_8859_4),
        of(ISO_8859_5),
        of(ISO_8859_6),
        of(ISO_8859_7),
        of(ISO_8859_8),
        latin5(),
        of(ISO_8859_15),
        katakana(),
        of(WINDOWS_1250),
        of(WINDOWS_1251),
        of(WINDOWS_1252),
    ]
});

/// The table of a one-byte set; `None` for the others.
pub(super) fn table(charset: Charset) -> Option<&'static UpperHalf> {
    let at = match charset {
        Charset::Latin1 => 0,
        Charset::Latin2 => 1,
        Charset::Latin3 => 2,
        Charset::Latin4 => 3,
        Charset::Cyrillic => 4,
        Charset::Arabic => 5,
        Charset::Greek => 6,
        Charset::Hebrew => 7,
        Charset::Latin5 => 8,
        Charset::Latin9 => 9,
        Charset::JisX0201 => 10,
        Charset::Windows1250 => 11,
        Charset::Windows1251 => 12,
        Charset::Windows1252 => 13,
        _ => return None,
    };
    TABLES.get(at)
}

fn of(encoding: &'static Encoding) -> UpperHalf {
    std::array::from_fn(|at| {
        let byte = [0x80 | at as u8];
        encoding
            .decode_without_bom_handling_and_without_replacement(&byte)
            .and_then(|text| text.chars().next())
            .unwrap_or(NONE)
    })
}

fn latin1() -> UpperHalf {
    std::array::from_fn(|at| char::from(0x80 | at as u8))
}

/// `encoding_rs` has windows-1254 under this name, which has other characters from 80 to 9F.
fn latin5() -> UpperHalf {
    latin1().map(|character| match character {
        'Ð' => 'Ğ',
        'Ý' => 'İ',
        'Þ' => 'Ş',
        'ð' => 'ğ',
        'ý' => 'ı',
        'þ' => 'ş',
        same => same,
    })
}

fn katakana() -> UpperHalf {
    std::array::from_fn(|at| match 0x80 | at as u8 {
        byte @ 0xA1..=0xDF => char::from_u32(0xFF61 + u32::from(byte - 0xA1)).unwrap_or(NONE),
        _ => NONE,
    })
}

/// The character of a byte from 80 on.
pub(super) fn character(table: &UpperHalf, byte: u8) -> Option<char> {
    let at = usize::from(byte.checked_sub(0x80)?);
    table.get(at).copied().filter(|found| *found != NONE)
}

/// The byte of a character that is not ASCII.
pub(super) fn byte(table: &UpperHalf, character: char) -> Option<u8> {
    let at = table.iter().position(|one| *one == character)?;
    u8::try_from(0x80 + at).ok()
}

/// The error is the offset of the first byte without a character.
pub(super) fn decode(table: &UpperHalf, bytes: &[u8]) -> Result<String, usize> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let run = Encoding::ascii_valid_up_to(rest);
        text.push_str(std::str::from_utf8(&rest[..run]).unwrap_or_default());
        at += run;
        if let Some(&upper) = rest.get(run) {
            text.push(character(table, upper).ok_or(at)?);
            at += 1;
        }
    }
    Ok(text)
}

/// The error is the offset of the first character without a byte.
pub(super) fn encode(table: &UpperHalf, text: &str) -> Result<Vec<u8>, usize> {
    text.char_indices()
        .map(|(at, character)| match u8::try_from(character) {
            Ok(ascii) if ascii.is_ascii() => Ok(ascii),
            _ => byte(table, character).ok_or(at),
        })
        .collect()
}
