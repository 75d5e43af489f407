//! Character sets of messages (MSH-18, HL7 table 0211).
//!
//! A message has one character set, or a mixture of sets that escape sequences switch (ISO 2022). ISO-2022-JP is the
//! Japanese `~ISO IR87` practice: ASCII, and JIS X 0208 after an escape sequence. [`table`] lists every name.
//!
//! Sizes: decoded text has at most three times as many bytes as the message, encoded bytes at most four times as many as
//! the text and eight more, and neither direction needs other memory that grows with the input. Time is linear.

mod foreign;
mod iso2022;
mod jis;
mod list;
mod names;
mod policy;
mod single;
mod substitute;
#[cfg(test)]
mod tests;
mod wide;

pub use iso2022::Mixture;
pub use names::{Declared, NamedCharset, table};
pub use policy::{Encoded, Policy, Substituted, Substitution};
pub use substitute::widen_katakana;

pub(crate) use iso2022::Lower;
use iso2022::Repertoire;

use crate::Tolerance;
use std::borrow::Cow;
use std::fmt;

/// A character set this crate reads and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Charset {
    /// Seven-bit ASCII: MSH-18 empty, `ASCII` or `ISO IR6`.
    #[default]
    Ascii,
    /// ISO 8859-1, western Europe.
    Latin1,
    /// ISO 8859-2, central Europe.
    Latin2,
    /// ISO 8859-3, southern Europe.
    Latin3,
    /// ISO 8859-4, northern Europe.
    Latin4,
    /// ISO 8859-5.
    Cyrillic,
    /// ISO 8859-6.
    Arabic,
    /// ISO 8859-7.
    Greek,
    /// ISO 8859-8, in logical order.
    Hebrew,
    /// ISO 8859-9, Turkish.
    Latin5,
    /// ISO 8859-15, Latin 1 with the euro sign.
    Latin9,
    /// UTF-8: `UNICODE UTF-8`. A byte order mark is taken off.
    Utf8,
    /// UTF-16: `UNICODE UTF-16`.
    Utf16,
    /// UTF-32: `UNICODE UTF-32`.
    Utf32,
    /// JIS X 0201 in eight bits: `ISO IR14`. Its Roman letters are read as ASCII.
    JisX0201,
    /// ASCII with JIS X 0208 by escape sequences: `~ISO IR87`.
    Iso2022Jp,
    /// ASCII with JIS X 0208 and JIS X 0212 by escape sequences: `~ISO IR87~ISO IR159`.
    Iso2022Jp1,
    /// Shift_JIS as Windows writes it; not in table 0211.
    ShiftJis,
    /// EUC-JP; not in table 0211.
    EucJp,
    /// `GB 18030-2000`.
    Gb18030,
    /// `KS X 1001` in eight bits (EUC-KR).
    KsX1001,
    /// `BIG-5`.
    Big5,
    /// Windows code page 1250; not in table 0211.
    Windows1250,
    /// Windows code page 1251; not in table 0211.
    Windows1251,
    /// Windows code page 1252; not in table 0211.
    Windows1252,
    /// Any other mixture of sets that can be switched: a default, and alternates by escape sequences.
    Mixture(Mixture),
}

/// MSH-18 names a set, or a mixture of sets, that is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unsupported character set")]
pub struct UnknownCharset;

/// A byte that is not in the character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the byte at {offset} is not in the character set")]
pub struct Undecodable {
    /// Offset of the byte.
    pub offset: usize,
}

/// A character the character set does not have, or a control character that would break its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the character at byte {offset} is not in the character set {charset}")]
pub struct Unencodable {
    /// Offset in the UTF-8 text, in bytes.
    pub offset: usize,
    /// The character set that does not have it.
    pub charset: Charset,
}

/// Text and what was forgiven to get it.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// Each kind at least once.
    pub tolerated: Vec<Tolerance>,
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded")
            .field("bytes", &self.text.len())
            .field("tolerated", &self.tolerated)
            .finish()
    }
}

impl Charset {
    /// Reads MSH-18 with `~` between repetitions. Of the names only letters and digits count, without case: real systems
    /// write `~ISOIR87`.
    ///
    /// ```
    /// use hl7v2::charset::Charset;
    /// assert_eq!(Charset::from_msh18("~ISOIR87"), Ok(Charset::Iso2022Jp));
    /// assert_eq!(Charset::from_msh18(""), Ok(Charset::Ascii));
    /// assert!(Charset::from_msh18("CNS 11643-1992").is_err());
    /// ```
    pub fn from_msh18(field: &str) -> Result<Charset, UnknownCharset> {
        Self::from_names(&field.split('~').collect::<Vec<_>>())
    }

    /// Reads the repetitions of MSH-18: the first is the default, the others are called by escape sequences. Sets that
    /// cannot be switched (UTF-8, Shift_JIS, ..) stand alone or beside ASCII.
    pub fn from_names(names: &[&str]) -> Result<Charset, UnknownCharset> {
        Self::declared(names).map(|declared| declared.charset)
    }

    /// The same, with the word whether the names are those of table 0211.
    ///
    /// ```
    /// use hl7v2::charset::Charset;
    /// assert!(Charset::declared(&["", "ISO IR87"])?.standard);
    /// assert!(!Charset::declared(&["Shift_JIS"])?.standard);
    /// # Ok::<(), hl7v2::charset::UnknownCharset>(())
    /// ```
    pub fn declared(names: &[&str]) -> Result<Declared, UnknownCharset> {
        names::declared(names)
    }

    /// What a byte order mark says.
    ///
    /// ```
    /// use hl7v2::charset::Charset;
    /// assert_eq!(Charset::by_byte_order_mark(b"\xff\xfeM\0S\0H\0"), Some(Charset::Utf16));
    /// ```
    pub fn by_byte_order_mark(bytes: &[u8]) -> Option<Charset> {
        match bytes {
            [0xEF, 0xBB, 0xBF, ..] => Some(Charset::Utf8),
            [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some(Charset::Utf32),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some(Charset::Utf16),
            _ => None,
        }
    }

    /// The sets that escape sequences switch, if they do.
    fn mixture(&self) -> Option<Mixture> {
        match self {
            Charset::Iso2022Jp => Some(iso2022::JAPANESE),
            Charset::Iso2022Jp1 => Some(iso2022::JAPANESE_1),
            Charset::Mixture(mixture) => Some(*mixture),
            _ => None,
        }
    }

    /// Bytes to text. What a set of several bytes has no character for is an error, except in ISO 2022, where it is one
    /// U+FFFD and noted.
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded, Undecodable> {
        let plain = |text: String| (text, Vec::new());
        let (text, tolerated) = match self {
            Charset::Ascii => ascii(bytes).map(plain),
            Charset::Utf8 => utf8(bytes),
            Charset::Utf16 => wide::decode16(bytes).map(plain),
            Charset::Utf32 => wide::decode32(bytes).map(plain),
            _ => match (
                self.mixture(),
                single::table(*self),
                foreign::encoding(*self),
            ) {
                (Some(mixture), ..) => iso2022::decode(bytes, mixture),
                (_, Some(table), _) => single::decode(table, bytes).map(plain),
                (.., Some(encoding)) => foreign::decode(encoding, bytes).map(plain),
                _ => Err(0),
            },
        }
        .map_err(|offset| Undecodable { offset })?;
        Ok(Decoded { text, tolerated })
    }

    /// Text to bytes; refuses what the set does not have rather than replace it. See [`Charset::encode_with`] for
    /// replacement rules.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, Unencodable> {
        let plain = || text.as_bytes().to_vec();
        match self {
            Charset::Ascii => match text.bytes().position(|byte| !byte.is_ascii()) {
                Some(at) => Err(at),
                None => Ok(plain()),
            },
            Charset::Utf8 => Ok(plain()),
            Charset::Utf16 => Ok(wide::encode16(text)),
            Charset::Utf32 => Ok(wide::encode32(text)),
            _ => match (
                self.mixture(),
                single::table(*self),
                foreign::encoding(*self),
            ) {
                (Some(mixture), ..) => iso2022::encode(text, mixture),
                (_, Some(table), _) => single::encode(table, text),
                (.., Some(encoding)) => foreign::encode(encoding, text),
                _ => Err(0),
            },
        }
        .map_err(|offset| Unencodable {
            offset,
            charset: *self,
        })
    }

    /// Whether the set has the character.
    pub fn has(&self, character: char) -> bool {
        let breaks_states = matches!(character, '\u{1b}' | '\u{e}' | '\u{f}');
        match self {
            Charset::Utf8 | Charset::Utf16 | Charset::Utf32 => true,
            _ if character.is_ascii() => !(breaks_states && self.mixture().is_some()),
            Charset::Ascii => false,
            _ => match (
                self.mixture(),
                single::table(*self),
                foreign::encoding(*self),
            ) {
                (Some(mixture), ..) => mixture.has(character),
                (_, Some(table), _) => single::byte(table, character).is_some(),
                (.., Some(encoding)) => foreign::bytes_of(encoding, character).is_some(),
                _ => false,
            },
        }
    }
}

fn ascii(bytes: &[u8]) -> Result<String, usize> {
    match encoding_rs::Encoding::ascii_valid_up_to(bytes) {
        valid if valid == bytes.len() => {
            Ok(std::str::from_utf8(bytes).unwrap_or_default().to_owned())
        }
        valid => Err(valid),
    }
}

fn utf8(bytes: &[u8]) -> Result<(String, Vec<Tolerance>), usize> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
    let body = text.trim_start_matches('\u{FEFF}');
    let marked = body.len() < text.len();
    let notes = marked.then_some(Tolerance::ByteOrderMark);
    Ok((body.to_owned(), notes.into_iter().collect()))
}

/// Whether the bytes hold an escape sequence that switches to a two-byte set.
pub(crate) fn switches_to_kanji(bytes: &[u8]) -> bool {
    memchr::memchr_iter(0x1B, bytes).any(|at| bytes.get(at + 1) == Some(&b'$'))
}

/// A line without its escape sequences and two-byte stretches, for looking at the fields of MSH before it is decoded.
pub(crate) fn ascii_only(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0x1B, line).is_none() {
        return line.into();
    }
    iso2022::ascii_only(line).into()
}

/// The character of two bytes that stand in a value as text, after `\M2442\` and the like.
pub(crate) fn lower_character(lower: Lower, first: u8, second: u8) -> Option<char> {
    let plane = match lower {
        Lower::Kanji => &jis::KANJI,
        Lower::Supplement => &jis::SUPPLEMENT,
        Lower::Korean => &jis::KOREAN,
        Lower::Ascii | Lower::Katakana => return None,
    };
    Some(plane.character(first, second)).filter(|found| *found != jis::NONE)
}

/// The set that `\C..\` or `\M..\` calls for the characters after it, if `inner`, what stands between the escape
/// characters, names one; the inner `None` if it calls a set of eight-bit bytes, which text no longer has.
pub(crate) fn called(inner: &str) -> Option<Option<Lower>> {
    iso2022::called(inner)
}
