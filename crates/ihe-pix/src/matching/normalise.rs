//! Text as it is compared: one width, one kana, one form of a kanji, no spaces.
//!
//! The rules are data: `tables/letters.tsv`, `tables/kanji.tsv` and `tables/compatibility.tsv` (a letter and what it
//! stands for) and `tables/marks.tsv` (a kana, a sound mark and the kana of both).

use std::collections::HashMap;
use std::sync::LazyLock;

use super::table;

static LETTERS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let mut letters = table::letters(include_str!("tables/letters.tsv"));
    letters.extend(table::letters(include_str!("tables/compatibility.tsv")));
    letters.extend(table::letters(include_str!("tables/kanji.tsv")));
    letters
});

static MARKS: LazyLock<HashMap<(char, char), char>> = LazyLock::new(|| {
    let triple = |row: Vec<&str>| {
        let letter = |place: usize| row.get(place).and_then(|cell| table::letter(cell));
        Some(((letter(0)?, letter(1)?), letter(2)?))
    };
    table::rows(include_str!("tables/marks.tsv"))
        .filter_map(triple)
        .collect()
});

/// The text as it is compared: full-width Latin to ASCII upper case, half-width kana to full width, hiragana to
/// katakana, sound marks joined to their kana, repetition marks to what they repeat, old kanji forms to new ones;
/// spaces, dots and variation selectors go. Doing it twice changes nothing more.
///
/// ```
/// use ihe_pix::matching::normalise;
/// assert_eq!(normalise("ﾔﾏﾀﾞ"), normalise("やまだ"));
/// assert_eq!(normalise("髙橋 太郎"), "高橋太郎");
/// assert_eq!(normalise("佐々木"), "佐佐木");
/// ```
pub fn normalise(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars().filter_map(fold) {
        push(&mut result, letter);
    }
    result
}

fn push(result: &mut String, letter: char) {
    let last = result.chars().next_back();
    let marked = |mark| MARKS.get(&(last?, mark)).copied();
    match (letter, last) {
        ('\u{3099}' | '\u{309A}', _) => {
            if let Some(both) = marked(letter) {
                result.pop();
                result.push(both);
            }
        }
        ('々' | 'ヽ' | '〻', Some(last)) => result.push(last),
        ('ヾ', Some(last)) => result.push(marked('\u{3099}').unwrap_or(last)),
        _ => result.push(letter),
    }
}

/// One letter as it is compared; `None`: it does not count.
pub(super) fn fold(letter: char) -> Option<char> {
    let letter = match letter {
        '\u{FF01}'..='\u{FF5E}' => shifted(letter, -0xFEE0),
        '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309E}' => shifted(letter, 0x60),
        _ => letter,
    };
    let letter = match letter {
        // No row begins with these.
        '\u{30A1}'..='\u{30FA}' | 'ー' => return Some(letter),
        _ if letter.is_ascii() => letter.to_ascii_uppercase(),
        _ => mapped(letter),
    };
    let dropped = letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '・' | '.' | ',' | '\'' | '’')
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
        || matches!(letter, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}');
    (!dropped).then_some(letter)
}

fn mapped(letter: char) -> char {
    match LETTERS.get(&letter) {
        Some(other) => *other,
        None => letter.to_uppercase().next().unwrap_or(letter),
    }
}

fn shifted(letter: char, by: i32) -> char {
    u32::from(letter)
        .checked_add_signed(by)
        .and_then(char::from_u32)
        .unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LETTERS, normalise};

    #[test]
    fn half_width_hiragana_and_katakana_are_one() {
        for name in [
            "ﾔﾏｻﾞｷ",
            "やまざき",
            "ヤマサ゛キ",
            "ヤマサ\u{3099}キ",
            "ﾔﾏ ｻﾞｷ",
        ] {
            assert_eq!(normalise(name), "ヤマザキ", "{name}");
        }
        assert_eq!(normalise("ﾊﾟｰﾗｰ"), "パーラー");
        assert_eq!(normalise("ヴァイオレット"), normalise("ｳﾞｧｲｵﾚｯﾄ"));
    }

    #[test]
    fn full_width_latin_is_ascii_and_case_does_not_matter() {
        assert_eq!(normalise("Ｙａｍａｄａ　Ｈ．"), "YAMADAH");
        assert_eq!(normalise("１２－３"), "12-3");
    }

    #[test]
    fn old_and_variant_kanji_are_one_with_the_new() {
        let groups = [
            "髙高",
            "﨑嵜崎",
            "邉邊辺",
            "齋齊斉斎",
            "澤沢",
            "國国",
            "濱濵浜",
            "廣広",
            "眞真",
            "惠恵",
            "德徳",
            "櫻桜",
            "嶋嶌島",
            "槇槙",
            "彌弥",
            "應応",
            "壽寿",
            "龍竜",
            "瀧滝",
            "𠮷吉",
            "栁柳",
            "\u{FA19}神",
            "\u{FA1B}福",
            "\u{FA11}崎",
            "舘館",
            "冨富",
            "穗穂",
            "遙遥",
        ];
        for group in groups {
            let newest: String = group.chars().last().into_iter().collect();
            for letter in group.chars() {
                assert_eq!(normalise(&letter.to_string()), newest, "{group}");
            }
        }
        assert_eq!(normalise("葛\u{E0100}西"), "葛西", "variation selectors");
    }

    #[test]
    fn repetition_marks_are_what_they_repeat() {
        assert_eq!(normalise("佐々木"), normalise("佐佐木"));
        assert_eq!(normalise("みすゞ"), "ミスズ");
        assert_eq!(normalise("いすゝ"), "イスス");
    }

    #[test]
    fn every_row_ends_at_once() {
        for (from, to) in LETTERS.iter() {
            assert!(
                !matches!(from, 'ァ'..='ヺ' | 'ー'),
                "{from} is never looked up"
            );
            assert!(!LETTERS.contains_key(to), "{from} to {to} and further");
        }
        assert!(LETTERS.len() > 1000);
    }

    proptest! {
        #[test]
        fn twice_is_as_once(text in "\\PC{0,40}", odd in "[ｦ-ﾟあ-ゞァ-ヾ々゛゜ßŉǰı髙邉]{0,12}") {
            for text in [text, odd] {
                let once = normalise(&text);
                prop_assert_eq!(normalise(&once), once);
            }
        }
    }
}
