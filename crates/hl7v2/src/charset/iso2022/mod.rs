//! Sets switched by escape sequences (ISO 2022; HL7 v2.5 sections 2.7.2 and 2.15.9.18): Japanese practice (ISO-2022-JP, RFC 1468)
//! and every other mixture of sets that MSH-18 can name.
//!
//! `encoding_rs` holds the tables; its own ISO-2022-JP decoder is not used because it turns `ESC ( J` into yen sign and
//! overline, which would eat the HL7 escape and repetition delimiters, swallows a line end after a missing return to
//! ASCII, and knows no JIS X 0212.

mod decode;
mod encode;

pub(super) use decode::{ascii_only, decode};
pub(super) use encode::encode;

use super::jis::{KANJI, KOREAN, SUPPLEMENT};
use super::{Charset, single};

/// A set that an escape sequence can call, in the order a writer tries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Repertoire {
    Latin1,
    Latin2,
    Latin3,
    Latin4,
    Cyrillic,
    Arabic,
    Greek,
    Hebrew,
    Latin5,
    Latin9,
    Katakana,
    Kanji,
    Supplement,
    Korean,
}

impl Repertoire {
    pub(super) const ALL: [Repertoire; 14] = [
        Repertoire::Latin1,
        Repertoire::Latin2,
        Repertoire::Latin3,
        Repertoire::Latin4,
        Repertoire::Cyrillic,
        Repertoire::Arabic,
        Repertoire::Greek,
        Repertoire::Hebrew,
        Repertoire::Latin5,
        Repertoire::Latin9,
        Repertoire::Katakana,
        Repertoire::Kanji,
        Repertoire::Supplement,
        Repertoire::Korean,
    ];

    /// The set MSH-18 names for it.
    pub(super) fn charset(self) -> Charset {
        match self {
            Repertoire::Latin1 => Charset::Latin1,
            Repertoire::Latin2 => Charset::Latin2,
            Repertoire::Latin3 => Charset::Latin3,
            Repertoire::Latin4 => Charset::Latin4,
            Repertoire::Cyrillic => Charset::Cyrillic,
            Repertoire::Arabic => Charset::Arabic,
            Repertoire::Greek => Charset::Greek,
            Repertoire::Hebrew => Charset::Hebrew,
            Repertoire::Latin5 => Charset::Latin5,
            Repertoire::Latin9 => Charset::Latin9,
            Repertoire::Katakana => Charset::JisX0201,
            Repertoire::Kanji => Charset::Iso2022Jp,
            Repertoire::Supplement => Charset::Iso2022Jp1,
            Repertoire::Korean => Charset::KsX1001,
        }
    }

    /// Whether its bytes are those from 80 on (G1) when it stands in MSH-18 by itself.
    fn upper(self) -> bool {
        !matches!(self, Repertoire::Kanji | Repertoire::Supplement)
    }

    fn table(self) -> Option<&'static single::UpperHalf> {
        single::table(self.charset())
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Several sets in one message: a default and others that escape sequences call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mixture {
    /// What the bytes from 80 on are until an escape sequence says otherwise.
    default: Option<Repertoire>,
    others: u16,
}

/// What MSH-18 `~ISO IR87` calls; half-width katakana is read although it is not named.
pub(super) const JAPANESE: Mixture = Mixture {
    default: None,
    others: 1 << Repertoire::Kanji as u16,
};

/// JAPANESE and JIS X 0212.
pub(super) const JAPANESE_1: Mixture = Mixture {
    default: None,
    others: (1 << Repertoire::Kanji as u16) | (1 << Repertoire::Supplement as u16),
};

impl Mixture {
    /// A mixture with this default; `None` if the set takes no part in ISO 2022.
    pub(super) fn new(first: Charset) -> Option<Mixture> {
        let mut mixture = Mixture {
            default: None,
            others: 0,
        };
        for repertoire in first.repertoires()? {
            if repertoire.upper() {
                mixture.default = Some(*repertoire);
            } else {
                mixture.add(*repertoire);
            }
        }
        Some(mixture)
    }

    pub(super) fn add(&mut self, repertoire: Repertoire) {
        if self.default != Some(repertoire) {
            self.others |= repertoire.bit();
        }
    }

    /// The plain set this is, if it is one.
    pub(super) fn simplest(self) -> Charset {
        match self {
            JAPANESE => Charset::Iso2022Jp,
            JAPANESE_1 => Charset::Iso2022Jp1,
            other => Charset::Mixture(other),
        }
    }

    fn names(self, repertoire: Repertoire) -> bool {
        self.default == Some(repertoire) || self.others & repertoire.bit() != 0
    }

    fn others(self) -> impl Iterator<Item = Repertoire> {
        Repertoire::ALL
            .into_iter()
            .filter(move |one| self.others & one.bit() != 0)
    }

    fn is_japanese(self) -> bool {
        self.names(Repertoire::Kanji)
            || self.names(Repertoire::Supplement)
            || self.names(Repertoire::Katakana)
    }

    /// Whether an escape sequence is accepted. Japanese senders mix their sets without naming them all.
    fn admits(self, call: Call) -> bool {
        match call {
            Call::Lower(Lower::Ascii) | Call::Roman => true,
            Call::Lower(Lower::Korean) => self.names(Repertoire::Korean),
            Call::Lower(_) | Call::Upper(Repertoire::Katakana) => self.is_japanese(),
            Call::Upper(repertoire) => self.names(repertoire),
        }
    }

    /// What the bytes from 80 on are at the start of every line. Beside ASCII, one alternate set of eight-bit bytes is
    /// taken as called from the start: senders leave its escape sequence out.
    fn upper(self) -> Option<Repertoire> {
        self.default.or_else(|| {
            let mut eight_bit = self.others().filter(|one| one.upper());
            eight_bit.next().filter(|_| eight_bit.next().is_none())
        })
    }

    /// The set of the first repetition of MSH-18.
    pub(super) fn first(self) -> Charset {
        self.default.map_or(Charset::Ascii, Repertoire::charset)
    }

    /// Whether a character that is not ASCII can be written.
    pub(super) fn has(self, character: char) -> bool {
        self.default
            .into_iter()
            .chain(self.others())
            .any(|repertoire| match repertoire {
                Repertoire::Kanji => KANJI.pair(character).is_some(),
                Repertoire::Supplement => SUPPLEMENT.pair(character).is_some(),
                Repertoire::Korean => KOREAN.pair(character).is_some(),
                _ => repertoire
                    .table()
                    .is_some_and(|table| single::byte(table, character).is_some()),
            })
    }

    /// MSH-18.
    pub(super) fn msh18(self) -> String {
        let first = self.default.map_or("", |one| one.charset().name());
        self.others().fold(first.to_owned(), |names, one| {
            names + "~" + one.charset().name()
        })
    }
}

/// What the bytes below 80 (G0) are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lower {
    Ascii,
    Katakana,
    Kanji,
    Supplement,
    Korean,
}

/// What an escape sequence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Lower(Lower),
    /// JIS X 0201 Roman, read as ASCII.
    Roman,
    Upper(Repertoire),
}

/// The escape sequences without their ESC, in the numbers that HL7's `\C..\` and `\M..\` write in hexadecimal.
const CALLS: [(&[u8], Call); 22] = [
    (b"(B", Call::Lower(Lower::Ascii)),
    (b"(J", Call::Roman),
    (b"(H", Call::Roman),
    (b"(I", Call::Lower(Lower::Katakana)),
    (b"$B", Call::Lower(Lower::Kanji)),
    (b"$@", Call::Lower(Lower::Kanji)),
    (b"$(B", Call::Lower(Lower::Kanji)),
    (b"$(@", Call::Lower(Lower::Kanji)),
    (b"$(D", Call::Lower(Lower::Supplement)),
    (b"$(C", Call::Lower(Lower::Korean)),
    (b"$)C", Call::Upper(Repertoire::Korean)),
    (b")I", Call::Upper(Repertoire::Katakana)),
    (b"-A", Call::Upper(Repertoire::Latin1)),
    (b"-B", Call::Upper(Repertoire::Latin2)),
    (b"-C", Call::Upper(Repertoire::Latin3)),
    (b"-D", Call::Upper(Repertoire::Latin4)),
    (b"-L", Call::Upper(Repertoire::Cyrillic)),
    (b"-G", Call::Upper(Repertoire::Arabic)),
    (b"-F", Call::Upper(Repertoire::Greek)),
    (b"-H", Call::Upper(Repertoire::Hebrew)),
    (b"-M", Call::Upper(Repertoire::Latin5)),
    (b"-b", Call::Upper(Repertoire::Latin9)),
];

/// The escape sequence that `rest`, what follows ESC, begins with, and its length.
pub(super) fn call(rest: &[u8]) -> Option<(Call, usize)> {
    CALLS
        .iter()
        .find(|(sequence, _)| rest.starts_with(sequence))
        .map(|(sequence, call)| (*call, sequence.len()))
}

/// The same call as HL7 writes it, `\C2842\` or `\M2442\` without the delimiters; and its length.
pub(super) fn written_call(rest: &[u8]) -> Option<(Call, usize)> {
    let close = rest.iter().take(8).position(|byte| *byte == b'\\')?;
    let [kind, digits @ ..] = rest.get(..close)? else {
        return None;
    };
    let mut sequence = [0; 3];
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() || pairs.len() > 3 || !matches!((kind, pairs.len()), (b'C', 2) | (b'M', 2..))
    {
        return None;
    }
    for (byte, pair) in sequence.iter_mut().zip(pairs) {
        let digits = std::str::from_utf8(pair).ok()?;
        let hexadecimal = pair.iter().all(u8::is_ascii_hexdigit);
        *byte = hexadecimal.then(|| u8::from_str_radix(digits, 16).ok())??;
    }
    let sequence = sequence.get(..pairs.len())?;
    let (found, length) = call(sequence)?;
    let multi_byte = sequence.first() == Some(&b'$');
    (length == sequence.len() && multi_byte == (*kind == b'M')).then_some((found, close + 1))
}

/// What the inside of `\C..\` or `\M..\` calls for the characters after it; the inner `None` for eight-bit bytes.
pub(super) fn called(inner: &str) -> Option<Option<Lower>> {
    let bytes = inner.as_bytes();
    if !matches!(bytes.first(), Some(b'C' | b'M')) || bytes.len() > 7 {
        return None;
    }
    let (call, _) = written_call(&[bytes, b"\\"].concat())?;
    Some(match call {
        Call::Lower(lower) => Some(lower),
        Call::Roman => Some(Lower::Ascii),
        Call::Upper(_) => None,
    })
}
