//! What is compared of a record, in 48 bytes: three million of them are kept in memory.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::birth::{self, Day};
use super::name::{self, Name, Script, Spoken};
use super::sound::{self, SOUNDS, Sounds};
use super::{hash, number, place, table};
use crate::PatientRecord;

/// The kana were read from Roman letters.
pub(super) const ROMAN: u8 = 1;
/// The sounds are of both parts of the name, cut where there is no more room.
pub(super) const SOUNDS_JOINED: u8 = 2;
/// The kanji are of both parts of the name.
pub(super) const KANJI_JOINED: u8 = 4;
/// Some family name in kana is in no block of its own.
pub(super) const MORE: u8 = 32;
/// The first of the two phone numbers is a mobile one.
pub(super) const MOBILE: u8 = 64;
/// How common the family name is: two bits.
const COMMON: u8 = 3;

static SURNAMES: LazyLock<HashMap<Vec<u8>, u8>> = LazyLock::new(|| {
    let plain = |name: &str| {
        Some(
            sound::of_kana(name)?
                .into_iter()
                .map(sound::plain)
                .collect(),
        )
    };
    table::pairs(include_str!("tables/surnames.tsv"))
        .filter_map(|(class, name)| Some((plain(name)?, class.parse().ok()?)))
        .collect()
});

/// Everything that matching knows of a record: numbers, sounds and hashes. What is missing is 0.
///
/// It holds patient data: shown, it says nothing.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// Birth date (21 bits), sex (2), birth order (4).
    pub(super) person: u32,
    pub(super) phones: [u32; 2],
    pub(super) insurance: u32,
    /// Family name, first letter and the others in any order; given name the same.
    pub(super) kanji: [u16; 4],
    pub(super) roman: u16,
    pub(super) post: u16,
    pub(super) town: u16,
    pub(super) numbers: u16,
    pub(super) family: Sounds,
    pub(super) given: Sounds,
    pub(super) third: u8,
    pub(super) flags: u8,
}

impl std::fmt::Debug for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Features")
    }
}

impl Features {
    /// Changes whenever the same record gives other features.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) const VERSION: u32 = 4;

    /// What of this record is compared. Takes a few microseconds, however long its texts are.
    pub fn of(record: &PatientRecord) -> Features {
        let names = |script| name::of(&record.names, script);
        let (written, roman) = (names(Script::Ideographic), names(Script::Alphabetic));
        let phonetic = names(Script::Phonetic);
        let spoken = name::spoken(phonetic.as_ref(), roman.as_ref(), written.as_ref());
        let place = place::of(&record.address);
        let mut features = Features {
            person: person(record),
            phones: number::phones([&record.phone_home, &record.phone_business]),
            insurance: number::insurance(&record.ssn, &record.driver_license),
            kanji: written.as_ref().map_or([0; 4], kanji),
            roman: roman.as_ref().map_or(0, letters),
            post: place.post,
            town: place.town,
            numbers: place.numbers,
            third: place.third,
            ..Features::default()
        };
        if written.is_some_and(|name| name.joined) {
            features.flags |= KANJI_JOINED;
        }
        if number::has_mobile([&record.phone_home, &record.phone_business]) {
            features.flags |= MOBILE;
        }
        features.speak(&spoken);
        if features.leaves_out(record) {
            features.flags |= MORE;
        }
        features
    }

    fn speak(&mut self, spoken: &Spoken) {
        if spoken.roman {
            self.flags |= ROMAN;
        }
        if spoken.joined {
            self.flags |= SOUNDS_JOINED;
            let both: [u8; 2 * SOUNDS] = sound::cut(&spoken.family);
            let (family, given) = both.split_at(SOUNDS);
            self.family.copy_from_slice(family);
            self.given.copy_from_slice(given);
            return;
        }
        self.family = sound::cut(&spoken.family);
        self.given = sound::cut(&spoken.given);
        let plain: Vec<u8> = spoken.family.iter().map(|one| sound::plain(*one)).collect();
        let class = SURNAMES.get(&plain).copied().unwrap_or(0);
        self.flags |= class.min(2) << COMMON;
    }

    pub(super) fn day(&self) -> Day {
        Day(self.person & 0x1F_FFFF)
    }

    /// 1 male, 2 female, 3 other; 0: not known.
    pub(super) fn sex(&self) -> u8 {
        (self.person >> 21 & 3) as u8
    }

    pub(super) fn order(&self) -> u8 {
        (self.person >> 23 & 15) as u8
    }

    /// 0: not common, or not known; 2: very common.
    pub(super) fn common(&self) -> u8 {
        self.flags >> COMMON & 3
    }

    pub(super) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The 48 bytes that a store keeps.
    #[cfg(any(feature = "sqlite", feature = "postgres", test))]
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size_of::<Features>());
        for word in [self.person, self.phones[0], self.phones[1], self.insurance] {
            bytes.extend(word.to_le_bytes());
        }
        let [a, b, c, d] = self.kanji;
        for half in [a, b, c, d, self.roman, self.post, self.town, self.numbers] {
            bytes.extend(half.to_le_bytes());
        }
        bytes.extend(self.family);
        bytes.extend(self.given);
        bytes.extend([self.third, self.flags]);
        bytes
    }

    /// What [`Self::to_bytes`] gave; `None` for anything of another length.
    #[cfg(any(feature = "sqlite", feature = "postgres", test))]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Features> {
        let (words, rest) = bytes.split_first_chunk::<16>()?;
        let (halves, rest) = rest.split_first_chunk::<16>()?;
        let (family, rest) = rest.split_first_chunk::<SOUNDS>()?;
        let (given, rest) = rest.split_first_chunk::<SOUNDS>()?;
        let [third, flags]: [u8; 2] = rest.try_into().ok()?;
        let word = |n: usize| u32::from_le_bytes(std::array::from_fn(|byte| words[n * 4 + byte]));
        let half = |n: usize| u16::from_le_bytes(std::array::from_fn(|byte| halves[n * 2 + byte]));
        Some(Features {
            person: word(0),
            phones: [word(1), word(2)],
            insurance: word(3),
            kanji: std::array::from_fn(half),
            roman: half(4),
            post: half(5),
            town: half(6),
            numbers: half(7),
            family: *family,
            given: *given,
            third,
            flags,
        })
    }
}

fn person(record: &PatientRecord) -> u32 {
    let Day(day) = birth::parse(&record.birth_date);
    let sex = super::normalise(record.sex.split('^').next().unwrap_or_default());
    let sex = match sex.as_str() {
        "M" | "男" | "男性" | "1" => 1,
        "F" | "女" | "女性" | "2" => 2,
        "O" | "A" => 3,
        _ => 0,
    };
    let order: u32 = record.birth_order.trim().parse().unwrap_or(0);
    let order = if order <= 15 { order } else { 0 };
    day | sex << 21 | order << 23
}

fn kanji(name: &Name) -> [u16; 4] {
    let [a, b] = halves(&name.family);
    let [c, d] = halves(&name.given);
    [a, b, c, d]
}

/// The first letter, and the sum of the others.
fn halves(text: &str) -> [u16; 2] {
    let letter = |letter: char| (hash::mixed(u64::from(u32::from(letter))) as u16).max(1);
    let mut letters = text.chars().map(letter);
    let first = letters.next().unwrap_or(0);
    [first, letters.fold(0, u16::wrapping_add)]
}

/// A whole name in Roman letters; the order of its parts does not count.
fn letters(name: &Name) -> u16 {
    let part = |text: &str| hash::of(text.as_bytes());
    if name.joined || name.family.is_empty() || name.given.is_empty() {
        return 0;
    }
    ((part(&name.family).wrapping_add(part(&name.given)) >> 16) as u16).max(1)
}
