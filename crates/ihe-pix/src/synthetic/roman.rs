//! Kana in Roman letters (`tables/synthetic/roman.tsv`).

use super::random::Draws;
use super::tables::Tables;

/// How kana are written in Roman letters. Always capitals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Every kana as it stands: OONO SHOUTA.
    Hepburn,
    /// 訓令式 without long vowels: ONO SYOTA.
    Kunrei,
    /// As in passports: long o and u are not written, M before B, M, P, TCH; オオ and オウ as OH if `oh`.
    Passport { oh: bool },
}

impl Style {
    pub(super) fn passport(draws: &mut Draws) -> Style {
        Style::Passport {
            oh: draws.chance(3_000),
        }
    }
}

/// This kana text in Roman letters; what is no kana is left out.
pub(super) fn roman(tables: &Tables, kana: &str, style: Style) -> String {
    let mut result = String::with_capacity(kana.len());
    let mut rest = kana;
    let mut double = false;
    while let Some(letter) = rest.chars().next() {
        let (sound, length) = sound(tables, rest, style).unwrap_or(("", letter.len_utf8()));
        if double {
            push_double(&mut result, sound, style);
        }
        double = letter == 'ッ';
        push_sound(&mut result, sound, style);
        rest = rest.split_at(length).1;
    }
    result.make_ascii_uppercase();
    result
}

/// The sound at the beginning and its length in bytes: two kana, or one, small ones as large.
fn sound(tables: &Tables, kana: &str, style: Style) -> Option<(&'static str, usize)> {
    let column = usize::from(style == Style::Kunrei);
    let ends = kana.char_indices().skip(1).map(|(end, _)| end);
    let mut ends: Vec<usize> = ends.chain([kana.len()]).take(2).collect();
    ends.reverse();
    ends.into_iter().find_map(|end| {
        let entry = tables.roman.get(kana.get(..end)?)?;
        Some((entry[column], end))
    })
}

fn push_double(result: &mut String, sound: &str, style: Style) {
    match sound.chars().next() {
        Some('c') if style != Style::Kunrei => result.push('t'),
        Some(first) => result.push(first),
        None => {}
    }
}

fn push_sound(result: &mut String, sound: &str, style: Style) {
    let long = match (result.chars().next_back(), sound) {
        (Some('o'), "o" | "u") => Some('o'),
        (Some('u'), "u") => Some('u'),
        _ => None,
    };
    match (style, long) {
        (Style::Kunrei, Some(_)) | (Style::Passport { oh: false }, Some(_)) => {}
        (Style::Passport { oh: true }, Some('o')) => result.push('h'),
        (Style::Passport { .. }, Some(_)) => {}
        _ => {
            labial(result, sound, style);
            result.push_str(sound);
        }
    }
}

/// N before B, M, P is M in passports.
fn labial(result: &mut String, sound: &str, style: Style) {
    let passport = matches!(style, Style::Passport { .. });
    if passport && sound.starts_with(['b', 'm', 'p']) && result.ends_with('n') {
        result.pop();
        result.push('m');
    }
}
