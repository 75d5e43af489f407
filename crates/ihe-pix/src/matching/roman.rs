//! Roman names to katakana: Hepburn, Kunrei, passports (`tables/roman.tsv`).

use std::collections::HashMap;
use std::sync::LazyLock;

use super::table;

static SYLLABLES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| table::pairs(include_str!("tables/roman.tsv")).collect());

/// The longest row of the table.
const LONGEST: usize = 3;

/// Katakana of a normalised name in Roman letters; `None` if it cannot be read as Japanese.
pub(super) fn kana(name: &str) -> Option<String> {
    let name = plain(name);
    let mut rest = name.as_str();
    let mut kana = String::with_capacity(name.len() * 2);
    while !rest.is_empty() {
        rest = step(rest, &mut kana)?;
    }
    (!kana.is_empty()).then_some(kana)
}

/// Vowels with a macron or a circumflex are long; hyphens do not count.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars() {
        let vowel = match letter {
            'Ā' | 'Â' => 'A',
            'Ī' | 'Î' => 'I',
            'Ū' | 'Û' => 'U',
            'Ē' | 'Ê' => 'E',
            'Ō' | 'Ô' => 'O',
            '-' | 'ー' => continue,
            other => {
                plain.push(other);
                continue;
            }
        };
        plain.extend([vowel, 'ー']);
    }
    plain
}

/// Reads one syllable; what is left.
fn step<'n>(rest: &'n str, kana: &mut String) -> Option<&'n str> {
    if let Some(after) = rest.strip_prefix('ー') {
        kana.push('ー');
        return Some(after);
    }
    let bytes = rest.as_bytes();
    let first = *bytes.first()?;
    let second = bytes.get(1).copied().unwrap_or(b'-');
    let doubled = first == second && !b"AIUEON".contains(&first);
    if doubled || rest.starts_with("TCH") {
        kana.push(if first == b'M' { 'ン' } else { 'ッ' });
        return rest.get(1..);
    }
    if first == b'H' && !b"AIUEOY".contains(&second) && kana.chars().next_back().is_some() {
        kana.push('ー');
        return rest.get(1..);
    }
    if first == b'M' && b"BP".contains(&second) {
        kana.push('ン');
        return rest.get(1..);
    }
    let row = |length: usize| Some((length, *SYLLABLES.get(rest.get(..length)?)?));
    let (length, syllable) = (1..=LONGEST).rev().find_map(row)?;
    kana.push_str(syllable);
    rest.get(length..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{normalise, sound};
    use super::kana;

    fn sounds(kana: &str) -> Vec<u8> {
        let sounds = sound::of_kana(&normalise(kana)).unwrap_or_default();
        sounds.into_iter().map(sound::short).collect()
    }

    fn reads(roman: &str, expected: &str) {
        let read = kana(&normalise(roman)).unwrap_or_default();
        assert!(!read.is_empty(), "{roman}");
        assert_eq!(sounds(&read), sounds(expected), "{roman} is {read}");
    }

    #[test]
    fn hepburn_and_kunrei_are_one() {
        for (name, expected) in [
            ("SHIZUKA", "シズカ"),
            ("SIZUKA", "シズカ"),
            ("Chizuru", "チヅル"),
            ("TIDURU", "チヅル"),
            ("FUJITSUBO", "フジツボ"),
            ("HUZITUBO", "フジツボ"),
            ("JUNKO", "ジュンコ"),
            ("ZYUNKO", "ジュンコ"),
            ("SHO", "ショウ"),
            ("SYO", "ショウ"),
        ] {
            reads(name, expected);
        }
    }

    #[test]
    fn passports_and_long_vowels() {
        for (name, expected) in [
            ("OHNO", "オオノ"),
            ("ONO", "オオノ"),
            ("Ōno", "オオノ"),
            ("OONO", "オオノ"),
            ("ITOH", "イトウ"),
            ("SATO", "サトウ"),
            ("SATOU", "サトウ"),
            ("OHARA", "オハラ"),
            ("YUKO", "ユウコ"),
            ("KEN'ICHI", "ケンイチ"),
            ("KENICHI", "ケンイチ"),
            ("HOMMA", "ホンマ"),
            ("HONMA", "ホンマ"),
            ("NAMBA", "ナンバ"),
            ("HATTORI", "ハットリ"),
            ("HATCHORI", "ハッチョリ"),
            ("INOUE", "イノウエ"),
            ("ＹＡＭＡＤＡ", "ヤマダ"),
        ] {
            reads(name, expected);
        }
    }

    #[test]
    fn a_foreign_name_is_not_read() {
        for name in ["SMITH", "NGUYEN", "XI", "", "山田"] {
            assert_eq!(kana(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,30}", roman in "[A-Zー'-]{0,30}") {
            let _ = (kana(&text), kana(&roman));
        }
    }
}
