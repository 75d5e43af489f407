//! Where records that may be one person meet: the cost of a city is the cost of its blocks.
//!
//! A link needs an agreeing phone, address or insurance number, so blocks by these find every pair that can be linked;
//! the block by birth date finds what has to be reviewed too. Nothing that is missing makes a block.

use super::birth::Day;
use super::features::{Features, MORE};
use super::{hash, normalise, number, sound};
use crate::PatientRecord;
use crate::index::Blocked;

const BIRTH: usize = 0;
const MOBILE: usize = 1;
const PHONE: usize = 2;
const INSURANCE: usize = 3;
const NAME: usize = 4;

/// The kind of [`Features::search_blocks`].
const SEARCH: usize = 5;

impl Features {
    /// Kinds of blocks that matching uses: the first ones.
    pub(crate) const MATCHING: usize = 5;
    /// The kind of block by which patients are looked for.
    pub(crate) const SEARCH: usize = SEARCH;

    /// Name and town: for whom only the address agrees.
    fn name_block(&self) -> Option<u64> {
        let sounds = self
            .family
            .iter()
            .chain(&self.given)
            .filter(|one| **one != 0);
        let name: Vec<u8> = sounds.map(|one| sound::plain(*one)).collect();
        let name = match name.len() {
            0..3 => {
                let letters = self.kanji.map(u32::from);
                let known = letters[0] != 0 && letters[1..].iter().any(|one| *one != 0);
                known.then(|| {
                    letters
                        .iter()
                        .fold(1, |sum: u32, one| sum.wrapping_add(*one))
                })?
            }
            _ => hash::of(&name),
        };
        let town = if self.town == 0 {
            self.day().year()
        } else {
            u32::from(self.town) << 16
        };
        (town != 0).then(|| u64::from(name) << 32 | u64::from(town))
    }

    /// The blocks in which all are who were born in this year and whose family name is, or begins with, this one in kana
    /// or Roman letters; `None`: the name is in no block, look at everybody.
    pub(crate) fn search_blocks(year: u16, family: &str, prefix: bool) -> Option<Vec<u32>> {
        search_blocks(u32::from(year), family, prefix)
    }
}

pub(super) fn search_blocks(year: u32, family: &str, prefix: bool) -> Option<Vec<u32>> {
    let text: String = family.chars().take(64).collect();
    let name = normalise(&text);
    let kana = sound::of_kana(&name)
        .or_else(|| super::roman::kana(&name).and_then(|kana| sound::of_kana(&kana)))?;
    let plain: Vec<u8> = kana.iter().map(|one| sound::plain(*one)).collect();
    let begins = prefix && plain.len() < 3;
    let pairs: Vec<[u8; 2]> = match *plain.as_slice() {
        [one] if begins => {
            let seconds = || sound::all_plain();
            sound::endings(one)
                .into_iter()
                .flat_map(|one| seconds().map(move |two| [one, two]))
                .collect()
        }
        [one, two] if begins => sound::endings(two)
            .into_iter()
            .map(|two| [one, two])
            .collect(),
        [one] => vec![[one, 0]],
        [one, two, ..] => vec![[one, two]],
        [] => return None,
    };
    Some(pairs.into_iter().map(|pair| search(year, pair)).collect())
}

fn search(year: u32, [one, two]: [u8; 2]) -> u32 {
    mixed(
        SEARCH,
        u64::from(year) << 16 | u64::from(one) << 8 | u64::from(two),
    )
}

fn mixed(kind: usize, key: u64) -> u32 {
    hash::mixed(key ^ (kind as u64) << 60)
}

impl Blocked for Features {
    const KINDS: usize = 6;

    fn more(&self) -> Option<u16> {
        let year = || u16::try_from(self.day().year()).unwrap_or(0);
        self.is(MORE).then(year)
    }

    fn block(&self, kind: usize) -> Option<u32> {
        let known = |word: u32| (word != 0).then_some(u64::from(word));
        let key = match kind {
            BIRTH => {
                let full = self.day().is_full();
                full.then(|| u64::from(self.day().0) | u64::from(self.sex()) << 32)
            }
            MOBILE => known(self.phones[0]),
            PHONE => known(self.phones[1]),
            INSURANCE => known(number::card(self.insurance)),
            NAME => self.name_block(),
            _ => return self.search_block(),
        };
        Some(mixed(kind, key?))
    }
}

impl Features {
    /// Whether a family name in kana of this record, or a birth year that counts as missing, is in no block.
    pub(super) fn leaves_out(&self, record: &PatientRecord) -> bool {
        let year = record
            .birth_date
            .get(..4)
            .and_then(|year| year.parse().ok());
        let Some(year) = year else {
            return false;
        };
        let own = self.search_block();
        let left_out = |family: &str| {
            let kana = |letter: char| matches!(letter, '\u{30A0}'..='\u{30FF}');
            // As much of it as is looked at in a search.
            let family: String = family.chars().take(64).collect();
            let blocks = match normalise(&family).chars().all(kana) {
                true => search_blocks(year, &family, false),
                false => None,
            };
            blocks.is_some_and(|blocks| own.is_none_or(|own| !blocks.contains(&own)))
        };
        record.names.iter().any(|name| left_out(&name.family))
    }

    fn search_block(&self) -> Option<u32> {
        let Day(day) = self.day();
        let known = day != 0 && self.family[0] != 0 && !sound::are_letters(&self.family);
        let plain = [self.family[0], self.family[1]].map(sound::plain);
        known.then(|| search(self.day().year(), plain))
    }
}

#[cfg(test)]
mod tests {
    use hl7v2::datatype::Xpn;

    use super::*;

    fn features(family: &str, given: &str) -> Features {
        Features::of(&PatientRecord {
            names: vec![Xpn::new(family, given)],
            birth_date: "19580312".into(),
            ..PatientRecord::default()
        })
    }

    #[test]
    fn nothing_known_is_in_no_block() {
        let unknown = PatientRecord {
            names: vec![Xpn::new("不明", "不明")],
            birth_date: "19000101".into(),
            phone_home: "000-0000-0000".into(),
            address: "^^^^000-0000".into(),
            ssn: "00000000".into(),
            ..PatientRecord::default()
        };
        for record in [unknown, PatientRecord::default()] {
            let features = Features::of(&record);
            assert!((0..Features::KINDS).all(|kind| features.block(kind).is_none()));
        }
    }

    #[test]
    fn whoever_is_looked_for_is_in_one_of_the_blocks_searched() {
        let searched = [
            ("ヤマダ", false),
            ("やま", true),
            ("ﾔ", true),
            ("YAMADA", false),
            ("YA", true),
            ("ヤマタ", true),
        ];
        let block = features("ヤマダ", "ハナコ").block(SEARCH).unwrap();
        for (text, prefix) in searched {
            assert!(
                search_blocks(1958, text, prefix).unwrap().contains(&block),
                "{text}"
            );
        }
        assert!(
            !search_blocks(1959, "ヤマダ", false)
                .unwrap()
                .contains(&block)
        );
        for (text, name) in [
            ("オオ", "オオノ"),
            ("コン", "コンイ"),
            ("イ", "イ"),
            ("ン", "ンイ"),
        ] {
            let block = features(name, "ハナコ").block(SEARCH).unwrap();
            assert!(
                search_blocks(1958, text, true).unwrap().contains(&block),
                "{text}"
            );
        }
        assert_eq!(search_blocks(1958, "山田", false), None);
    }

    #[test]
    fn a_joined_name_is_in_the_block_of_the_divided() {
        let (one, other) = (features("ヤマダハナコ", ""), features("ヤマダ", "ハナコ"));
        assert_eq!(one.block(NAME), other.block(NAME));
        assert_eq!(one.block(SEARCH), other.block(SEARCH));
    }
}
