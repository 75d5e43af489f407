//! Addresses as numbers: post code, town, and the numbers of the house.

use std::sync::LazyLock;

use super::{hash, normalise, numerals};

/// Longest first.
static PREFECTURES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("tables/prefectures.txt").lines();
    lines.filter(|line| !line.starts_with('#')).collect()
});

/// Letters read of an address.
const LETTERS: usize = 128;

/// Where somebody lives, in hashes; 0: missing.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) post: u16,
    /// City and town without the prefecture.
    pub(super) town: u16,
    /// The first two numbers: 丁目 and 番, or 番地 and 号.
    pub(super) numbers: u16,
    /// The third number.
    pub(super) third: u8,
}

/// The home of PID-11: the first repetition of type H or without a type, or else the first.
pub(super) fn of(field: &str) -> Place {
    let repetitions = || field.split('~').take(8).filter(|one| !one.is_empty());
    let home = repetitions().find(|one| matches!(component(one, 7), "H" | ""));
    let Some(one) = home.or_else(|| repetitions().next()) else {
        return Place::default();
    };
    let place = written(&text(one));
    Place {
        post: post_code(component(one, 5)),
        ..place
    }
}

fn component(repetition: &str, number: usize) -> &str {
    repetition.split('^').nth(number - 1).unwrap_or_default()
}

/// One line: XAD.8 where it holds the whole address, or state, city, street and the rest.
fn text(one: &str) -> String {
    let parts = [4, 3, 1, 2].map(|number| component(one, number)).concat();
    let whole = component(one, 8);
    let line = if parts.chars().any(|c| !matches!(c, '"' | '&')) {
        &parts
    } else {
        whole
    };
    let plain: String = line
        .chars()
        .filter(|c| !matches!(c, '&' | '"'))
        .take(LETTERS)
        .collect();
    normalise(&plain)
}

fn post_code(text: &str) -> u16 {
    let digits: String = normalise(text)
        .chars()
        .filter(char::is_ascii_digit)
        .take(8)
        .collect();
    let known = digits.len() == 7 && !super::number::is_pattern(&digits);
    if known {
        hash::short(digits.as_bytes())
    } else {
        0
    }
}

/// Town and numbers of a normalised line.
fn written(line: &str) -> Place {
    let line = with_digits(without_prefecture(line));
    let start = line
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(line.len());
    let (town, rest) = line.split_at(start);
    let town = town_name(town);
    let mut numbers = rest
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .map(|run| run.trim_start_matches('0'));
    let first = [numbers.next(), numbers.next()];
    let third = numbers.next();
    Place {
        post: 0,
        town: if town.is_empty() {
            0
        } else {
            hash::short(town.as_bytes())
        },
        numbers: first[0].map_or(0, |one| {
            hash::short(format!("{one}-{}", first[1].unwrap_or_default()).as_bytes())
        }),
        third: third.map_or(0, |third| (hash::of(third.as_bytes()) >> 24).max(1) as u8),
    }
}

fn without_prefecture(line: &str) -> &str {
    let strip = |line, name: &&'static str| str::strip_prefix(line, name).unwrap_or(line);
    let line = PREFECTURES.iter().fold(line, strip);
    let county = line
        .char_indices()
        .take(6)
        .skip(1)
        .find(|(_, letter)| *letter == '郡');
    let after = county.and_then(|(place, county)| line.get(place + county.len_utf8()..));
    // 蒲郡市 and 大和郡山市 are cities.
    after
        .filter(|rest| !rest.starts_with(['市', '山']))
        .unwrap_or(line)
}

/// 字 and ノ come and go, ガ and ケ are one: 霞が関, 霞ヶ関.
fn town_name(text: &str) -> String {
    let text = text.replace("大字", "");
    let letter = |c: char| match c {
        'ガ' | 'ヶ' => Some('ケ'),
        'ノ' | '之' | '乃' | '字' | '-' | 'ー' => None,
        other => Some(other),
    };
    text.chars().filter_map(letter).collect()
}

/// Kanji numerals that count (before 丁目, 番, 号, 条, a dash or the end, or after a dash) as digits; not those of names: 三田, 一番町.
fn with_digits(line: &str) -> String {
    let letters: Vec<char> = line.chars().collect();
    let mut result = String::with_capacity(line.len());
    let mut rest = letters.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let length = rest
            .iter()
            .take_while(|c| numerals::is_numeral(**c))
            .count();
        let (run, tail) = rest.split_at(length);
        match numerals::value(run).filter(|_| counts(&result, tail)) {
            Some(value) => {
                result.push_str(&value.to_string());
                rest = tail;
            }
            None if length > 0 => {
                result.extend(run);
                rest = tail;
            }
            None => {
                result.push(*first);
                rest = after;
            }
        }
    }
    result
}

fn counts(before: &str, tail: &[char]) -> bool {
    let numbers_began = before.contains(|c: char| c.is_ascii_digit());
    match tail {
        [] => numbers_began,
        ['番', '町', ..] => false,
        ['丁', '目', ..] | ['番' | '号' | '条' | '線', ..] => true,
        ['-' | 'ー' | 'ノ' | '之', next, ..] => {
            next.is_ascii_digit() || numerals::is_numeral(*next)
        }
        _ => numbers_began && before.ends_with(['-', 'ー', 'ノ', '目', '地', '番']),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Place, of};

    fn place(line: &str) -> Place {
        of(&format!("{line}^^^^100-0001"))
    }

    #[test]
    fn one_address_however_written() {
        let expected = place("東京都千代田区丸の内1丁目2番3号");
        assert!(
            expected.town != 0
                && expected.numbers != 0
                && expected.third != 0
                && expected.post != 0
        );
        for line in [
            "東京都千代田区丸の内1-2-3",
            "千代田区丸の内一丁目二番三号",
            "東京都千代田区丸ノ内１－２－３",
            "東京都千代田区丸の内１丁目２－３",
            "東京都千代田区丸の内一－二－三",
            "東京都千代田区丸の内1‐2‐3",
            "東京都千代田区丸の内1ー2ー3",
            "東京都 千代田区 丸の内 1丁目 2番地の3",
            "東京都千代田区丸の内1-2-3-405",
            "東京都千代田区丸の内1-2-3 コーポ髙橋405号室",
            "日本国東京都千代田区丸の内1-2-3",
        ] {
            assert!(place(line) == expected, "{line}");
        }
        assert!(
            of("丸の内1-2-3^^千代田区^東京都^1000001^JPN^H") == expected,
            "in components"
        );
        assert!(
            of("^^^^100-0001^JPN^H^東京都千代田区丸の内1-2-3") == expected,
            "in XAD.8"
        );
        assert!(
            of("x^^^^^^B~丸の内1-2-3^^千代田区^東京都^1000001^JPN^H") == expected,
            "home first"
        );
    }

    #[test]
    fn other_numbers_are_other_homes_in_the_same_town() {
        let (one, other) = (place("千代田区丸の内1-2-3"), place("千代田区丸の内1-3-2"));
        assert!(one.town == other.town && one.numbers != other.numbers);
        assert!(place("千代田区三田1-2") != place("千代田区四田1-2"));
    }

    #[test]
    fn numerals_in_names_stay() {
        assert!(place("千代田区一番町5-3") != place("千代田区二番町5-3"));
        assert_ne!(place("港区三田2-1").town, place("港区二田2-1").town);
        assert!(place("札幌市北区北十条西三丁目五番") == place("札幌市北区北10条西3-5"));
        assert!(place("八王子市本町1-1") == place("東京都八王子市本町１丁目１番"));
    }

    #[test]
    fn counties_and_ways_of_writing_a_town() {
        assert!(place("東京都西多摩郡日の出町平井5") == place("日の出町平井5番地"));
        assert_ne!(place("郡山市朝日1").town, place("朝日1").town);
        assert!(place("千代田区霞が関1-1") == place("千代田区霞ヶ関1-1"));
        assert!(place("茨城県水戸市大字千波町5") == place("水戸市千波町5"));
    }

    #[test]
    fn what_is_not_known_is_missing() {
        assert!(of("") == Place::default());
        assert!(of("^^^^000-0000") == Place::default());
        assert!(of("\"\"") == Place::default());
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,60}", line in "[一二三十百千丁目番号町ノ郡0-9^~-]{0,40}") {
            let _ = (of(&text), of(&line));
        }
    }
}
