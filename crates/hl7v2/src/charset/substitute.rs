//! Replacement of characters that JIS X 0208 does not have: half-width katakana widened, circled numbers and squared
//! units spelled out by the table the National Hospital Organization publishes for SS-MIX2, kanji by their variants.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

const WIDE: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";

static SPELLED: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    rows(include_str!("../../tables/substitutions.tsv"))
        .filter_map(|(from, to)| Some((from.chars().next()?, to)))
        .collect()
});

static VARIANTS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    rows(include_str!("../../tables/kanji_variants.tsv"))
        .filter_map(|(number, to)| {
            let from = char::from_u32(u32::from_str_radix(number, 16).ok()?)?;
            Some((from, to.chars().next()?))
        })
        .collect()
});

fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
}

/// How a character is spelled out.
pub(super) fn spelled(character: char) -> Option<&'static str> {
    SPELLED.get(&character).copied()
}

/// The kanji of JIS X 0208 that is written instead of one outside.
pub(super) fn variant(character: char) -> Option<char> {
    VARIANTS.get(&character).copied()
}

/// The full-width form of a half-width katakana at the beginning, with the mark after it, and how many bytes it covers.
pub(super) fn wide_katakana(text: &str) -> Option<(char, usize)> {
    let mut characters = text.chars();
    let narrow = characters.next()?;
    let place = u32::from(narrow).checked_sub(0xFF61)?;
    let wide = WIDE.chars().nth(place as usize)?;
    let marked = characters.next().and_then(|mark| voiced(wide, mark));
    Some(match marked {
        Some(both) => (both, 6),
        None => (wide, 3),
    })
}

/// A katakana with the half-width (semi-)voiced mark after it.
fn voiced(wide: char, mark: char) -> Option<char> {
    let next = |steps: u32| char::from_u32(u32::from(wide) + steps);
    match (mark, wide) {
        (_, 'ッ') => None,
        ('\u{FF9E}', 'ウ') => Some('ヴ'),
        ('\u{FF9E}', 'カ'..='ト' | 'ハ'..='ホ') => next(1),
        ('\u{FF9F}', 'ハ'..='ホ') => next(2),
        _ => None,
    }
}

/// Text with half-width katakana, which Japanese profiles forbid, widened; and how many characters were.
///
/// ```
/// let (text, widened) = hl7v2::charset::widen_katakana("ﾔﾏﾀﾞ ﾊﾅｺ");
/// assert_eq!((text.as_ref(), widened), ("ヤマダ ハナコ", 6));
/// ```
pub fn widen_katakana(text: &str) -> (Cow<'_, str>, usize) {
    let is_narrow = |character: char| ('\u{FF61}'..='\u{FF9F}').contains(&character);
    if !text.contains(is_narrow) {
        return (text.into(), 0);
    }
    let mut out = String::with_capacity(text.len());
    let mut widened = 0;
    let mut rest = text;
    while let Some(at) = rest.find(is_narrow) {
        let (before, narrow) = rest.split_at(at);
        out.push_str(before);
        let (wide, length) = wide_katakana(narrow).unwrap_or(('\u{FFFD}', 3));
        out.push(wide);
        widened += 1;
        rest = narrow.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    (out.into(), widened)
}
