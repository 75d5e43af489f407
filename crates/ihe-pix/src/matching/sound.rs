//! Names by sound: one byte for each sound of katakana or letter, so that a name is compared without its text.
//!
//! `tables/sounds.tsv` says which kana sound alike (small kana, ヂ and ジ) and which differ by a voiced mark only;
//! `tables/roman.tsv` reads Hepburn, Kunrei and what passports make of them. A long vowel is a bit of its sound, so that
//! オオノ, オーノ and オウノ are one and オノ is near.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::table;

/// Sounds kept of a family name, and of a given name.
pub(super) const SOUNDS: usize = 7;

/// The sound before is long.
const LONG: u8 = 0x80;
/// The first of 26 codes for names in letters that cannot be read as Japanese.
const LETTER: u8 = 100;

/// Sounds of one part of a name; zeros after the last.
pub(super) type Sounds = [u8; SOUNDS];

struct Table {
    /// Written, of one or two kana, and its sounds.
    written: HashMap<(char, Option<char>), Vec<u8>>,
    vowels: [char; 128],
    plain: [u8; 128],
    /// What the rows of two kana begin with.
    pairs: Vec<char>,
    n: u8,
}

static TABLE: LazyLock<Table> = LazyLock::new(read);

fn read() -> Table {
    let rows: Vec<Vec<&str>> = table::rows(include_str!("tables/sounds.tsv")).collect();
    let own: Vec<&Vec<&str>> = rows.iter().filter(|row| row.len() == 4).collect();
    let code = |sound: &str| {
        own.iter()
            .position(|row| row[0] == sound)
            .map_or(0, |n| n as u8 + 1)
    };
    let mut table = Table {
        written: HashMap::new(),
        vowels: ['-'; 128],
        plain: std::array::from_fn(|code| code as u8),
        pairs: Vec::new(),
        n: code("ン"),
    };
    for row in &own {
        let place = usize::from(code(row[0]));
        table.vowels[place] = row[2].chars().next().unwrap_or('-');
        table.plain[place] = code(row[3]);
    }
    for row in &rows {
        let mut kana = row[0].chars();
        if let Some(first) = kana.next() {
            let sounds = row[1].chars().map(|one| code(&one.to_string())).collect();
            let second = kana.next();
            if second.is_some() && !table.pairs.contains(&first) {
                table.pairs.push(first);
            }
            table.written.insert((first, second), sounds);
        }
    }
    table
}

/// The sounds of normalised katakana; `None` if there is anything else in it, or nothing.
pub(super) fn of_kana(text: &str) -> Option<Vec<u8>> {
    let mut sounds = Vec::with_capacity(16);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == 'ー' {
            lengthen(&mut sounds);
            continue;
        }
        if letter == '-' {
            continue;
        }
        let both = letters
            .peek()
            .filter(|_| TABLE.pairs.contains(&letter))
            .and_then(|next| TABLE.written.get(&(letter, Some(*next))));
        let read = match both {
            Some(both) => {
                letters.next();
                both
            }
            None => TABLE.written.get(&(letter, None))?,
        };
        read.iter().for_each(|sound| add(&mut sounds, *sound));
    }
    (!sounds.is_empty()).then_some(sounds)
}

fn lengthen(sounds: &mut [u8]) {
    if let Some(last) = sounds.last_mut().filter(|last| vowel(**last) != '-') {
        *last |= LONG;
    }
}

/// A vowel that only makes the sound before it long is no sound of its own.
fn add(sounds: &mut Vec<u8>, sound: u8) {
    let before = sounds.last().copied().unwrap_or(0);
    let own = TABLE.plain[usize::from(sound)] == sound && (1..=5).contains(&sound);
    let longer = own
        && before & LONG == 0
        && matches!(
            (vowel(before), vowel(sound)),
            ('A', 'A') | ('I', 'I') | ('U', 'U') | ('E', 'E' | 'I') | ('O', 'O' | 'U')
        );
    match longer {
        true => lengthen(sounds),
        false => sounds.push(sound),
    }
}

fn vowel(sound: u8) -> char {
    TABLE.vowels[usize::from(sound & !LONG)]
}

/// A sound without its length and its voiced mark.
pub(super) fn plain(sound: u8) -> u8 {
    TABLE.plain[usize::from(sound & !LONG)]
}

/// A sound without its length.
pub(super) fn short(sound: u8) -> u8 {
    sound & !LONG
}

/// All sounds that may stand for ン at the end of the beginning of a name: before a vowel it is another.
pub(super) fn endings(sound: u8) -> Vec<u8> {
    let n_row = of_kana("ナニヌネノ").unwrap_or_default();
    match sound == TABLE.n {
        true => std::iter::once(sound).chain(n_row).collect(),
        false => vec![sound],
    }
}

/// Every sound without its voiced mark, and none.
pub(super) fn all_plain() -> impl Iterator<Item = u8> {
    (0..128).filter(|sound| TABLE.plain[usize::from(*sound)] == *sound)
}

/// The letters of a name that cannot be read as Japanese, as codes; others do not count.
pub(super) fn of_letters(text: &str) -> Vec<u8> {
    text.bytes()
        .filter(u8::is_ascii_uppercase)
        .map(|letter| LETTER + (letter - b'A'))
        .collect()
}

/// Whether these are letters.
pub(super) fn are_letters(sounds: &[u8]) -> bool {
    sounds.first().is_some_and(|first| short(*first) >= LETTER)
}

/// As many sounds as there is room for. What is cut off still counts, by its hash, in the last of them.
pub(super) fn cut<const N: usize>(sounds: &[u8]) -> [u8; N] {
    let mut kept = [0; N];
    for (place, sound) in kept.iter_mut().zip(sounds) {
        *place = *sound;
    }
    if sounds.len() > N
        && let Some((last, tail)) = kept.last_mut().zip(sounds.get(N - 1..))
    {
        let tail: Vec<u8> = tail.iter().map(|sound| plain(*sound)).collect();
        *last = (super::hash::of(&tail) % 127) as u8 + 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::normalise;
    use super::*;

    fn sounds(name: &str) -> Vec<u8> {
        of_kana(&normalise(name)).unwrap_or_default()
    }

    fn all_alike(names: &[&str]) {
        for name in names {
            assert!(!sounds(name).is_empty(), "{name}");
            assert_eq!(sounds(name), sounds(names[0]), "{name}");
        }
    }

    #[test]
    fn small_kana_are_as_large_ones() {
        all_alike(&[
            "ショウタ",
            "シヨウタ",
            "しょうた",
            "ｼｮｳﾀ",
            "ショータ",
            "ショオタ",
        ]);
        all_alike(&["キッカワ", "キツカワ"]);
    }

    #[test]
    fn long_vowels_are_one_however_written() {
        all_alike(&["オオノ", "オーノ", "オウノ"]);
        all_alike(&["ケイコ", "ケーコ", "ケエコ"]);
        all_alike(&["ユウキ", "ユーキ"]);
        assert_ne!(sounds("オノ"), sounds("オオノ"), "but the length counts");
        let short: Vec<u8> = sounds("オオノ").into_iter().map(super::short).collect();
        assert_eq!(short, sounds("オノ"));
    }

    #[test]
    fn kana_that_sound_alike_are_one() {
        all_alike(&["カヅキ", "カズキ"]);
        all_alike(&["チヂワ", "チジワ"]);
        all_alike(&["ヴィクトル", "ビクトル"]);
        all_alike(&["ヲサム", "オサム"]);
        all_alike(&["ケンイチ", "ケニチ"]);
    }

    #[test]
    fn a_voiced_mark_is_near() {
        let plain = |name: &str| sounds(name).into_iter().map(plain).collect::<Vec<u8>>();
        assert_ne!(sounds("ヤマザキ"), sounds("ヤマサキ"));
        assert_eq!(plain("ヤマザキ"), plain("ヤマサキ"));
        assert_eq!(plain("オオバ"), plain("オハ"));
    }

    #[test]
    fn what_is_no_kana_has_no_sounds() {
        for text in ["山田", "YAMADA", "", "ヤマ田"] {
            assert_eq!(of_kana(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_still_counts() {
        let cut = |name: &str| super::cut::<SOUNDS>(&sounds(name));
        assert_ne!(cut("アレクサンドリア"), cut("アレクサンドリナ"));
        assert_eq!(cut("アレクサンドリア"), cut("あれくさんどりあ"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,40}", kana in "[ァ-ヾー]{0,40}") {
            let _ = sounds(&text);
            for sound in sounds(&kana) {
                prop_assert!(plain(sound) < LETTER && short(sound) > 0);
            }
        }
    }
}
