//! Noise in birth dates.

use chrono::NaiveDate;

use super::{Draft, Draws, replace};
use crate::synthetic::REFERENCE_YEAR;
use crate::synthetic::draft::date;

/// Years before year 1 of 大正, 昭和, 平成, 令和.
const ERAS: [i32; 4] = [1911, 1925, 1988, 2018];

/// Another digit from the tens of the year on, so that a date of the last 110 years results.
pub(super) fn digit(draft: &mut Draft, draws: &mut Draws) -> bool {
    for _ in 0..12 {
        let mut digits: Vec<char> = draft.birth.chars().collect();
        let place = 2 + draws.index(digits.len().saturating_sub(2));
        let other = char::from_digit(draws.below(10), 10);
        let (Some(old), Some(new)) = (digits.get_mut(place), other) else {
            return false;
        };
        *old = new;
        let text: String = digits.into_iter().collect();
        if text != draft.birth && parts(&text).is_some_and(is_a_birth_date) {
            return replace(&mut draft.birth, text);
        }
    }
    false
}

pub(super) fn day_month_swapped(draft: &mut Draft) -> bool {
    match parts(&draft.birth) {
        Some((year, month, day)) if day <= 12 => {
            replace(&mut draft.birth, date((year, day, month)))
        }
        _ => false,
    }
}

/// The year of the era kept, the era another.
pub(super) fn era_confused(draft: &mut Draft, draws: &mut Draws) -> bool {
    let Some((year, month, day)) = parts(&draft.birth) else {
        return false;
    };
    let before = ERAS.iter().rev().find(|era| year > **era);
    let wrong: Vec<(i32, u32, u32)> = ERAS
        .iter()
        .map(|era| (year - before.unwrap_or(&year) + era, month, day))
        .filter(|other| other.0 != year && is_a_birth_date(*other))
        .collect();
    match draws.one_of(&wrong) {
        Some(other) if before.is_some() => replace(&mut draft.birth, date(*other)),
        _ => false,
    }
}

pub(super) fn january_first(draft: &mut Draft) -> bool {
    match parts(&draft.birth) {
        Some((year, _, _)) => replace(&mut draft.birth, date((year, 1, 1))),
        None => false,
    }
}

fn parts(text: &str) -> Option<(i32, u32, u32)> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    let year = i32::try_from(part(0..4)?).ok()?;
    Some((year, part(4..6)?, part(6..8)?))
}

fn is_a_birth_date((year, month, day): (i32, u32, u32)) -> bool {
    (REFERENCE_YEAR - 115..REFERENCE_YEAR).contains(&year)
        && NaiveDate::from_ymd_opt(year, month, day).is_some()
}
