//! Birth dates as numbers: `YYYY[MM[DD]]`, dates with separators, and dates of an era.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{normalise, numerals, table};

static ERAS: LazyLock<Vec<(&'static str, u32)>> = LazyLock::new(|| {
    let eras = table::pairs(include_str!("tables/eras.tsv"));
    eras.filter_map(|(name, before)| Some((name, before.parse().ok()?)))
        .collect()
});

static PLACEHOLDERS: LazyLock<HashSet<u32>> = LazyLock::new(|| {
    table::pairs(include_str!("tables/placeholders.tsv"))
        .filter(|(kind, _)| *kind == "date")
        .filter_map(|(_, date)| eight(date.as_bytes()))
        .collect()
});

/// Letters read of a date.
const LETTERS: usize = 32;

/// Year, month and day in 21 bits; month and day are 0 when not known. 0: nothing is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Day(pub(super) u32);

impl Day {
    fn of(year: u32, month: u32, day: u32) -> Option<Day> {
        let known = (1850..=2199).contains(&year) && month <= 12 && day <= 31;
        let day = if month == 0 { 0 } else { day };
        known.then_some(Day(year << 9 | month << 5 | day))
    }

    pub(super) fn year(self) -> u32 {
        self.0 >> 9
    }

    pub(super) fn month(self) -> u32 {
        self.0 >> 5 & 15
    }

    pub(super) fn day(self) -> u32 {
        self.0 & 31
    }

    /// Year, month and day are known.
    pub(super) fn is_full(self) -> bool {
        self.day() != 0
    }

    /// The eight digits of a full date.
    pub(super) fn digits(self) -> [u8; 8] {
        let mut rest = self.year() * 10_000 + self.month() * 100 + self.day();
        let mut digits = [0; 8];
        for digit in digits.iter_mut().rev() {
            *digit = (rest % 10) as u8;
            rest /= 10;
        }
        digits
    }
}

/// The date that this text says; `Day(0)` when it says none, or one that is typed when none is known.
pub(super) fn parse(text: &str) -> Day {
    let first = text.split('^').next().unwrap_or_default();
    let digits = first.bytes().take_while(u8::is_ascii_digit).count();
    let plain =
        first.len() == digits || matches!(first.as_bytes().get(digits), Some(b'.' | b'+' | b'-'));
    let day = match (digits, plain) {
        (4 | 6, true) | (8.., _) if first.len() == digits || digits >= 8 => of_digits(first),
        _ => written(first),
    };
    day.filter(|day| !PLACEHOLDERS.contains(&day.0))
        .unwrap_or(Day(0))
}

fn eight(text: &[u8]) -> Option<u32> {
    of_digits(std::str::from_utf8(text).ok()?).map(|day| day.0)
}

/// `YYYY[MM[DD...]]`.
fn of_digits(text: &str) -> Option<Day> {
    let number =
        |from: usize, to: usize| text.get(from..to).map_or(Some(0), |part| part.parse().ok());
    Day::of(number(0, 4)?, number(4, 6)?, number(6, 8)?)
}

/// A date with separators, with an era, or both.
fn written(text: &str) -> Option<Day> {
    let spaced: String = text
        .chars()
        .take(LETTERS)
        .map(|letter| {
            if matches!(letter, '.' | '．' | '・') {
                '/'
            } else {
                letter
            }
        })
        .collect();
    let text = normalise(&spaced);
    let seven = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit());
    let named = |(era, _): &&(&str, u32)| {
        text.starts_with(era) && (seven || !era.bytes().all(|b| b.is_ascii_digit()))
    };
    match ERAS.iter().find(named) {
        Some((era, before)) => {
            let [year, month, day] = numbers(text.get(era.len()..)?, 2)?;
            Day::of(year.checked_add(*before)?, month, day)
        }
        None => {
            let [year, month, day] = numbers(&text, 4)?;
            Day::of(year, month, day)
        }
    }
}

/// Year, month and day, between any separators or none.
fn numbers(text: &str, year: usize) -> Option<[u32; 3]> {
    let letters: Vec<char> = text.chars().collect();
    let is_number = |letter: &char| letter.is_ascii_digit() || numerals::is_numeral(*letter);
    let runs: Vec<&[char]> = letters
        .split(|letter| !is_number(letter))
        .filter(|run| !run.is_empty())
        .collect();
    match runs.as_slice() {
        [run] if run.len() == year + 4 => {
            let (start, end) = run.split_at_checked(year)?;
            let (month, day) = end.split_at_checked(2)?;
            Some([
                numerals::value(start)?,
                numerals::value(month)?,
                numerals::value(day)?,
            ])
        }
        [year] => Some([numerals::value(year)?, 0, 0]),
        [year, month] => Some([numerals::value(year)?, numerals::value(month)?, 0]),
        [year, month, day, ..] => Some([
            numerals::value(year)?,
            numerals::value(month)?,
            numerals::value(day)?,
        ]),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Day, parse};

    fn day(text: &str) -> (u32, u32, u32) {
        let Day(packed) = parse(text);
        (Day(packed).year(), Day(packed).month(), Day(packed).day())
    }

    #[test]
    fn hl7_dates_of_any_precision() {
        assert_eq!(day("19580312"), (1958, 3, 12));
        assert_eq!(day("195803120830+0900"), (1958, 3, 12));
        assert_eq!(day("195803"), (1958, 3, 0));
        assert_eq!(day("1958"), (1958, 0, 0));
        assert_eq!(parse("19580312").digits(), [1, 9, 5, 8, 0, 3, 1, 2]);
    }

    #[test]
    fn era_dates_are_the_same_day() {
        for text in [
            "S33.3.12",
            "s33.03.12",
            "Ｓ３３．３．１２",
            "S330312",
            "3330312",
            "昭和33年3月12日",
            "昭和三十三年三月十二日",
            "昭33/3/12",
            "1958/03/12",
            "1958-3-12",
            "1958年3月12日",
            "１９５８０３１２",
        ] {
            assert_eq!(day(text), (1958, 3, 12), "{text}");
        }
        assert_eq!(day("M45.7.29"), (1912, 7, 29));
        assert_eq!(day("T15.12.24"), (1926, 12, 24));
        assert_eq!(day("平成元年1月8日"), (1989, 1, 8));
        assert_eq!(day("H31.4.30"), (2019, 4, 30));
        assert_eq!(day("R1.5.1"), (2019, 5, 1));
        assert_eq!(day("5070101"), (2025, 1, 1));
    }

    #[test]
    fn what_is_typed_when_nothing_is_known_is_missing() {
        for text in [
            "", "19000101", "99991231", "11111111", "00000000", "不明", "\"\"", "19581312", "0",
        ] {
            assert!(parse(text) == Day(0), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,40}", digits in "[SHR昭和0-9年元十./-]{0,16}") {
            let _ = (day(&text), day(&digits));
        }
    }
}
