//! Character sets of messages (MSH-18, HL7 table 0211).
//!
//! A message has one character set. ISO-2022-JP is the Japanese `~ISO IR87` practice: ASCII, and JIS X 0208 after an
//! escape sequence.

mod iso2022jp;
mod substitute;
#[cfg(test)]
mod tests;

pub use substitute::substitute;

use crate::Tolerance;
use std::fmt;

/// A character set this crate reads and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Charset {
    /// Seven-bit ASCII: MSH-18 empty or `ASCII`.
    #[default]
    Ascii,
    /// ISO 8859-1: `8859/1`.
    Latin1,
    /// UTF-8: `UNICODE UTF-8`.
    Utf8,
    /// ASCII with JIS X 0208 by escape sequences: `~ISO IR87`.
    Iso2022Jp,
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
    /// Reads MSH-18 with `~` between repetitions. Spaces and case do not count: real systems write `~ISOIR87`.
    ///
    /// ```
    /// use hl7v2::charset::Charset;
    /// assert_eq!(Charset::from_msh18("~ISOIR87"), Ok(Charset::Iso2022Jp));
    /// assert_eq!(Charset::from_msh18(""), Ok(Charset::Ascii));
    /// assert!(Charset::from_msh18("BIG-5").is_err());
    /// ```
    pub fn from_msh18(field: &str) -> Result<Charset, UnknownCharset> {
        Self::from_names(&field.split('~').collect::<Vec<_>>())
    }

    /// Reads the repetitions of MSH-18. ASCII beside another set adds nothing; two other sets must be Japanese ones.
    pub fn from_names(names: &[&str]) -> Result<Charset, UnknownCharset> {
        let mut charset = Charset::Ascii;
        for name in names {
            charset = match (charset, Self::from_name(name)?) {
                (one, Charset::Ascii) => one,
                (Charset::Ascii, other) => other,
                (one, other) if one == other => one,
                _ => return Err(UnknownCharset),
            };
        }
        Ok(charset)
    }

    fn from_name(name: &str) -> Result<Charset, UnknownCharset> {
        let plain: String = name
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        match plain.as_str() {
            "" | "ASCII" | "ISOIR6" | "US-ASCII" => Ok(Charset::Ascii),
            "8859/1" | "ISO8859-1" | "ISO-8859-1" | "ISOIR100" => Ok(Charset::Latin1),
            "UNICODEUTF-8" | "UNICODEUTF8" | "UTF-8" | "UTF8" => Ok(Charset::Utf8),
            "ISOIR87" | "ISOIR14" | "ISOIR13" | "ISOIR159" | "ISO-2022-JP" | "ISO2022-JP" => {
                Ok(Charset::Iso2022Jp)
            }
            _ => Err(UnknownCharset),
        }
    }

    /// MSH-18 as written; empty for ASCII.
    pub fn msh18(&self) -> &'static str {
        match self {
            Charset::Ascii => "",
            Charset::Latin1 => "8859/1",
            Charset::Utf8 => "UNICODE UTF-8",
            Charset::Iso2022Jp => "~ISO IR87",
        }
    }

    /// MSH-20, how sets are switched (table 0356); empty unless they are.
    pub fn msh20(&self) -> &'static str {
        match self {
            Charset::Iso2022Jp => "ISO 2022-1994",
            _ => "",
        }
    }

    /// Bytes to text.
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded, Undecodable> {
        let plain = |text: String| Decoded {
            text,
            tolerated: Vec::new(),
        };
        match self {
            Charset::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(offset) => Err(Undecodable { offset }),
                None => utf8(bytes).map(plain),
            },
            Charset::Utf8 => utf8(bytes).map(plain),
            Charset::Latin1 => Ok(plain(bytes.iter().copied().map(char::from).collect())),
            Charset::Iso2022Jp => iso2022jp::decode(bytes),
        }
    }

    /// Text to bytes; refuses what the set does not have rather than replace it. See [`substitute`] for the Japanese
    /// replacement rules.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, Unencodable> {
        let refused = |offset: usize| Unencodable {
            offset,
            charset: *self,
        };
        match self {
            Charset::Ascii => text
                .bytes()
                .position(|byte| !byte.is_ascii())
                .map_or(Ok(text.as_bytes().to_vec()), |at| Err(refused(at))),
            Charset::Utf8 => Ok(text.as_bytes().to_vec()),
            Charset::Latin1 => text
                .char_indices()
                .map(|(at, c)| u8::try_from(c).map_err(|_| refused(at)))
                .collect(),
            Charset::Iso2022Jp => iso2022jp::encode(text).map_err(refused),
        }
    }

    /// Text to bytes; what the set does not have becomes a substitute, at worst `?` (in Japanese text `■`).
    pub fn encode_lossy(&self, text: &str) -> Vec<u8> {
        self.encode(text).unwrap_or_else(|_| match self {
            Charset::Iso2022Jp => iso2022jp::encode(&substitute(text)).unwrap_or_default(),
            Charset::Latin1 => text
                .chars()
                .map(|c| u8::try_from(c).unwrap_or(b'?'))
                .collect(),
            _ => text
                .chars()
                .map(|c| if c.is_ascii() { c as u8 } else { b'?' })
                .collect(),
        })
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Charset::Ascii => "ASCII",
            Charset::Latin1 => "8859/1",
            Charset::Utf8 => "UNICODE UTF-8",
            Charset::Iso2022Jp => "ISO IR87",
        })
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Undecodable> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(Undecodable {
            offset: error.valid_up_to(),
        }),
    }
}

/// Whether the bytes hold an escape sequence that switches to a two-byte set.
pub(crate) fn switches_to_kanji(bytes: &[u8]) -> bool {
    memchr::memchr_iter(0x1B, bytes).any(|at| bytes.get(at + 1) == Some(&b'$'))
}

/// A line without its escape sequences and two-byte stretches, for looking at the fields of MSH before it is decoded.
pub(crate) fn ascii_only(line: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if memchr::memchr(0x1B, line).is_none() {
        return line.into();
    }
    iso2022jp::ascii_only(line).into()
}
