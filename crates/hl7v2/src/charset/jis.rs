//! The 94 by 94 tables of two-byte sets, made once from those of `encoding_rs`.

use encoding_rs::{EUC_JP, EUC_KR, Encoding};
use std::sync::LazyLock;

/// No character has this place.
pub(super) const NONE: char = '\0';

/// A two-byte set in both directions.
pub(super) struct Plane {
    /// By row and cell.
    characters: Vec<char>,
    /// By code point of the basic multilingual plane: the two bytes, 0 if there are none.
    pairs: Vec<u16>,
}

/// JIS X 0208 proper: rows 1-8 and 16-84.
pub(super) static KANJI: LazyLock<Plane> =
    LazyLock::new(|| Plane::of(EUC_JP, b"", |row| matches!(row, 1..=8 | 16..=84)).with_twins());
/// The rows vendors added: NEC's 13, and the IBM characters NEC put into 89 to 92.
pub(super) static VENDOR: LazyLock<Plane> =
    LazyLock::new(|| Plane::of(EUC_JP, b"", |row| matches!(row, 13 | 89..=92)));
/// JIS X 0212.
pub(super) static SUPPLEMENT: LazyLock<Plane> =
    LazyLock::new(|| Plane::of(EUC_JP, b"\x8f", |_| true));
/// KS X 1001.
pub(super) static KOREAN: LazyLock<Plane> = LazyLock::new(|| Plane::of(EUC_KR, b"", |_| true));

/// JIS characters with two Unicode spellings, depending on whose table was used; the second is the one `encoding_rs` reads.
const TWINS: [(char, char); 9] = [
    ('\u{301C}', '\u{FF5E}'),
    ('\u{2016}', '\u{2225}'),
    ('\u{2212}', '\u{FF0D}'),
    ('\u{2014}', '\u{2015}'),
    ('\u{A2}', '\u{FFE0}'),
    ('\u{A3}', '\u{FFE1}'),
    ('\u{AC}', '\u{FFE2}'),
    ('\u{A5}', '\u{FFE5}'),
    ('\u{203E}', '\u{FFE3}'),
];

/// The spelling that `encoding_rs` has in its Japanese tables.
pub(super) fn usual_spelling(character: char) -> char {
    TWINS
        .iter()
        .find(|(other, _)| *other == character)
        .map_or(character, |(_, usual)| *usual)
}

impl Plane {
    fn of(encoding: &'static Encoding, prefix: &[u8], rows: fn(u8) -> bool) -> Plane {
        let mut plane = Plane {
            characters: vec![NONE; 94 * 94],
            pairs: vec![0; 1 << 16],
        };
        for first in (0x21..=0x7E).filter(|first| rows(first - 0x20)) {
            for second in 0x21..=0x7E {
                let bytes = [prefix, &[first | 0x80, second | 0x80]].concat();
                if let Some(character) = only_character(encoding, &bytes) {
                    plane.put(first, second, character);
                }
            }
        }
        plane
    }

    fn put(&mut self, first: u8, second: u8, character: char) {
        if let Some(place) = place(first, second).and_then(|at| self.characters.get_mut(at)) {
            *place = character;
        }
        if let Some(pair) = self.pairs.get_mut(u32::from(character) as usize) {
            *pair = u16::from_be_bytes([first, second]);
        }
    }

    fn with_twins(mut self) -> Plane {
        for (other, usual) in TWINS {
            if let Some([first, second]) = self.pair(usual) {
                self.pairs[u32::from(other) as usize] = u16::from_be_bytes([first, second]);
            }
        }
        self
    }

    /// The character of two bytes 21 to 7E, [`NONE`] if the set has none there.
    #[inline]
    pub(super) fn character(&self, first: u8, second: u8) -> char {
        place(first, second)
            .and_then(|at| self.characters.get(at))
            .copied()
            .unwrap_or(NONE)
    }

    /// The two bytes of a character.
    #[inline]
    pub(super) fn pair(&self, character: char) -> Option<[u8; 2]> {
        match self.pairs.get(u32::from(character) as usize) {
            None | Some(0) => None,
            Some(pair) => Some(pair.to_be_bytes()),
        }
    }
}

#[inline]
fn place(first: u8, second: u8) -> Option<usize> {
    let row = usize::from(first.checked_sub(0x21)?);
    let cell = usize::from(second.checked_sub(0x21)?);
    (row < 94 && cell < 94).then_some(row * 94 + cell)
}

fn only_character(encoding: &'static Encoding, bytes: &[u8]) -> Option<char> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut characters = text.chars();
    let character = characters.next()?;
    characters.next().is_none().then_some(character)
}
