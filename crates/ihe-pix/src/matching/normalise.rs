//! Names as they are compared: one width, one kana, one form of a kanji, no spaces.
//!
//! The rules are data: `tables/letters.tsv` (a letter and what it stands for) and
//! `tables/marks.tsv` (a kana, a sound mark and the kana of both).

use std::collections::HashMap;
use std::sync::LazyLock;

static LETTERS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pair = |row: Vec<char>| Some((*row.first()?, *row.get(1)?));
    rows(include_str!("tables/letters.tsv"))
        .filter_map(pair)
        .collect()
});

static MARKS: LazyLock<HashMap<(char, char), char>> = LazyLock::new(|| {
    let triple = |row: Vec<char>| Some(((*row.first()?, *row.get(1)?), *row.get(2)?));
    rows(include_str!("tables/marks.tsv"))
        .filter_map(triple)
        .collect()
});

/// Rows of single letters; `#` starts a comment line, `U+XXXX` names a letter.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<char>> {
    let lines = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').filter_map(letter).collect())
}

fn letter(cell: &str) -> Option<char> {
    match cell.strip_prefix("U+") {
        Some(number) => u32::from_str_radix(number, 16)
            .ok()
            .and_then(char::from_u32),
        None => cell.chars().next(),
    }
}

/// The text as it is compared: full-width Latin to ASCII upper case, half-width kana to full
/// width, hiragana to katakana, old kanji forms to new ones; spaces and dots go.
///
/// ```
/// use ihe_pix::matching::normalise;
/// assert_eq!(normalise("ﾔﾏﾀﾞ"), normalise("やまだ"));
/// assert_eq!(normalise("髙橋 太郎"), "高橋太郎");
/// ```
pub fn normalise(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars().filter_map(fold) {
        match result
            .chars()
            .next_back()
            .and_then(|last| MARKS.get(&(last, letter)))
        {
            Some(both) => {
                result.pop();
                result.push(*both);
            }
            None => result.push(letter),
        }
    }
    result
}

fn fold(letter: char) -> Option<char> {
    let letter = LETTERS.get(&letter).copied().unwrap_or(letter);
    let letter = match letter {
        '\u{FF01}'..='\u{FF5E}' => shifted(letter, -0xFEE0),
        '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309E}' => shifted(letter, 0x60),
        _ => letter,
    };
    let dropped = letter.is_whitespace() || matches!(letter, '・' | '.' | ',' | '\'');
    (!dropped).then(|| letter.to_uppercase().next().unwrap_or(letter))
}

fn shifted(letter: char, by: i32) -> char {
    u32::from(letter)
        .checked_add_signed(by)
        .and_then(char::from_u32)
        .unwrap_or(letter)
}
