//! Noise in kana (`tables/synthetic/kana.tsv`, `kana_alike.tsv`).

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Draft, Draws, replace};
use crate::synthetic::tables::lines;

/// What can become of one katakana.
struct Letter {
    half: &'static str,
    /// Without its mark, and the mark.
    unmarked: Option<(char, char)>,
    large: Option<char>,
}

fn letters() -> &'static HashMap<char, Letter> {
    static LETTERS: OnceLock<HashMap<char, Letter>> = OnceLock::new();
    LETTERS.get_or_init(|| {
        let first = |text: &str| text.chars().next();
        let table = lines(include_str!("../../../tables/synthetic/kana.tsv"));
        let entry = |cells: Vec<&'static str>| {
            let letter = Letter {
                half: cells[1],
                unmarked: first(cells[2]).zip(first(cells[3])),
                large: first(cells[4]),
            };
            first(cells[0]).map(|kana| (kana, letter))
        };
        table.filter_map(entry).collect()
    })
}

fn alike() -> &'static HashMap<char, Vec<char>> {
    static ALIKE: OnceLock<HashMap<char, Vec<char>>> = OnceLock::new();
    ALIKE.get_or_init(|| {
        let mut result: HashMap<char, Vec<char>> = HashMap::new();
        for cells in lines(include_str!("../../../tables/synthetic/kana_alike.tsv")) {
            let group: Vec<char> = cells.iter().flat_map(|cell| cell.chars()).collect();
            for letter in &group {
                let others = group.iter().filter(|other| *other != letter);
                result.entry(*letter).or_default().extend(others);
            }
        }
        result
    })
}

/// Rewrites both parts of the kana name.
pub(super) fn each(draft: &mut Draft, rewrite: fn(&str) -> String) -> bool {
    let Some(name) = &mut draft.kana else {
        return false;
    };
    let (family, given) = (rewrite(&name.family), rewrite(&name.given));
    let family_changed = replace(&mut name.family, family);
    replace(&mut name.given, given) || family_changed
}

pub(super) fn hiragana(text: &str) -> String {
    let letter = |letter: char| match letter {
        'ァ'..='ヶ' => char::from_u32(u32::from(letter) - 0x60).unwrap_or(letter),
        _ => letter,
    };
    text.chars().map(letter).collect()
}

pub(super) fn large(text: &str) -> String {
    let large = |letter: char| letters().get(&letter).and_then(|entry| entry.large);
    text.chars()
        .map(|letter| large(letter).unwrap_or(letter))
        .collect()
}

pub(super) fn half_width(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match letters().get(&letter) {
            Some(entry) => result.push_str(entry.half),
            None => result.push(letter),
        }
    }
    result
}

/// One of the two parts of the kana name that the change fits; the other is tried if it does not.
fn one_part(
    draft: &mut Draft,
    draws: &mut Draws,
    change: fn(&[char], &mut Draws) -> Option<String>,
) -> bool {
    let Some(name) = &mut draft.kana else {
        return false;
    };
    let mut parts = [&mut name.family, &mut name.given];
    if draws.chance(5_000) {
        parts.reverse();
    }
    parts.into_iter().any(|part| {
        let letters: Vec<char> = part.chars().collect();
        change(&letters, draws).is_some_and(|text| replace(part, text))
    })
}

/// A place of the letters for which this holds.
fn place(letters: &[char], draws: &mut Draws, fits: impl Fn(usize, char) -> bool) -> Option<usize> {
    let all = letters.iter().enumerate();
    let places: Vec<usize> = all
        .filter(|(index, letter)| fits(*index, **letter))
        .map(|(index, _)| index)
        .collect();
    draws.one_of(&places).copied()
}

/// The letters with those from `at` to before `to` replaced.
fn spliced(letters: &[char], at: usize, to: usize, by: &[char]) -> String {
    let (head, tail) = (letters.iter().take(at), letters.iter().skip(to));
    head.chain(by).chain(tail).collect()
}

pub(super) fn marks_lost(draft: &mut Draft, draws: &mut Draws) -> bool {
    one_part(draft, draws, |text, draws| {
        let unmarked = |letter| letters().get(&letter).and_then(|entry| entry.unmarked);
        let at = place(text, draws, |_, letter| unmarked(letter).is_some())?;
        let (plain, _) = unmarked(*text.get(at)?)?;
        Some(spliced(text, at, at + 1, &[plain]))
    })
}

/// All marks, as letters of their own (゛) or as combining marks.
pub(super) fn marks_split(draft: &mut Draft, draws: &mut Draws) -> bool {
    let rewrite: fn(&str) -> String = if draws.chance(6_000) {
        |text| split(text, false)
    } else {
        |text| split(text, true)
    };
    each(draft, rewrite)
}

fn split(text: &str, combining: bool) -> String {
    let mut result = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        let Some((plain, mark)) = letters().get(&letter).and_then(|entry| entry.unmarked) else {
            result.push(letter);
            continue;
        };
        result.push(plain);
        result.push(match (combining, mark) {
            (false, mark) => mark,
            (true, '゜') => '\u{309A}',
            (true, _) => '\u{3099}',
        });
    }
    result
}

/// オオ and オウ as オー, ユウ as ユー or ユ.
pub(super) fn long_vowel(draft: &mut Draft, draws: &mut Draws) -> bool {
    one_part(draft, draws, |text, draws| {
        let before = |index: usize| index.checked_sub(1).and_then(|index| text.get(index));
        let long = |index: usize, letter: char| match (before(index), letter) {
            (Some(before), 'ウ') => {
                "オコソトノホモヨロゴゾドボョウクスツヌフムユルグズブュ".contains(*before)
            }
            (Some(before), 'オ') => "オコトホ".contains(*before),
            _ => false,
        };
        let at = place(text, draws, long)?;
        let by: &[char] = match draws.below(4) {
            0 => &[],
            1 if text.get(at) == Some(&'オ') => &['ウ'],
            _ => &['ー'],
        };
        Some(spliced(text, at, at + 1, by))
    })
}

/// Mistaken for another (half of them), lost, doubled, or exchanged with the next.
pub(super) fn typo(draft: &mut Draft, draws: &mut Draws) -> bool {
    one_part(draft, draws, |text, draws| match draws.below(6) {
        0 if text.len() > 2 => {
            let at = draws.index(text.len());
            Some(spliced(text, at, at + 1, &[]))
        }
        1 => {
            let at = draws.index(text.len());
            Some(spliced(text, at, at, &[*text.get(at)?]))
        }
        2 => {
            let differs = |at: usize, letter| text.get(at + 1).is_some_and(|next| *next != letter);
            let at = place(text, draws, differs)?;
            Some(spliced(
                text,
                at,
                at + 2,
                &[*text.get(at + 1)?, *text.get(at)?],
            ))
        }
        _ => {
            let at = place(text, draws, |_, letter| alike().contains_key(&letter))?;
            let other = draws.one_of(alike().get(text.get(at)?)?)?;
            Some(spliced(text, at, at + 1, &[*other]))
        }
    })
}

/// A full-width katakana or the long vowel mark.
pub(super) fn is_plain(letter: char) -> bool {
    letters().contains_key(&letter)
}
