//! How two records agree, field by field: the pattern that weights are given to and rules look at.

use super::birth::Day;
use super::features::{Features, MOBILE};
use super::number;
use super::spelling::{self, Names, Sound};

/// Years between the youngest parent and a child.
const GENERATION: u32 = 18;
/// Whoever was born before this year has a mobile phone of their own; a child has that of a parent, as its twin has.
const GROWN: u32 = 2000;
/// Years between dates of two eras with the same number of the year.
const ERAS: [u32; 5] = [14, 30, 44, 58, 63];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Birth {
    Missing,
    Equal,
    /// As far as both are known; of the first of January the year is.
    Partial,
    /// But for one digit, or two neighbours that changed places.
    Digit,
    /// Day and month have changed places.
    Swapped,
    /// The day of another year: the next, or that of another era.
    Year,
    /// Two of year, month and day.
    TwoParts,
    Differs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Same {
    Missing,
    Equal,
    Differs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phone {
    Missing,
    Equal,
    /// But for one of the last four digits.
    Digit,
    /// The last four digits.
    Ending,
    Differs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Home {
    Missing,
    Equal,
    /// One says less of the house.
    Near,
    /// The town or the post code.
    Town,
    Differs,
}

/// Of one insurance card, or of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Insurance {
    Missing,
    /// The number, and the branch that names one person of the family.
    Equal,
    /// The number; whose of the family is not said.
    Card,
    /// The number, but another branch: somebody else of the family.
    Branch,
    Differs,
}

/// The pattern of two records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pattern {
    pub(super) names: Names,
    /// How common the family name is that both have: 0 not known, 2 very.
    pub(super) common: u8,
    pub(super) birth: Birth,
    /// Born so many years apart that they may be parent and child.
    pub(super) generation: bool,
    pub(super) sex: Same,
    pub(super) order: Same,
    pub(super) phone: Phone,
    pub(super) home: Home,
    pub(super) insurance: Insurance,
    /// Something agrees that not even a twin has: the insurance number with its branch, or the mobile phone of a grown-up.
    pub(super) personal: bool,
}

impl Pattern {
    pub(super) fn of(a: &Features, b: &Features) -> Pattern {
        let names = spelling::compare(a, b);
        let (day, other) = (a.day(), b.day());
        let insurance = insurance(a.insurance, b.insurance);
        let same_name = names.family.sound == Sound::Equal && !names.swapped;
        Pattern {
            names,
            common: if same_name {
                a.common().max(b.common())
            } else {
                0
            },
            birth: birth(day, other),
            generation: day.0 != 0
                && other.0 != 0
                && day.year().abs_diff(other.year()) >= GENERATION,
            sex: same(u32::from(a.sex()), u32::from(b.sex())),
            order: same(u32::from(a.order()), u32::from(b.order())),
            phone: phone(a.phones, b.phones),
            home: home(a, b),
            insurance,
            personal: insurance == Insurance::Equal || own_phone(a, b),
        }
    }
}

/// The same mobile phone, and both are old enough for one of their own.
fn own_phone(a: &Features, b: &Features) -> bool {
    let grown = |one: &Features| (1..GROWN).contains(&one.day().year());
    let same = a.phones[0] == b.phones[0] && a.is(MOBILE) && b.is(MOBILE);
    same && grown(a) && grown(b)
}

fn same(a: u32, b: u32) -> Same {
    match () {
        () if a == 0 || b == 0 => Same::Missing,
        () if a == b => Same::Equal,
        () => Same::Differs,
    }
}

/// A licence and an insurance number cannot be compared.
fn insurance(a: u32, b: u32) -> Insurance {
    let branches = same(number::branch(a), number::branch(b));
    match () {
        () if a == 0 || b == 0 || (a ^ b) & 1 == 1 => Insurance::Missing,
        () if number::card(a) != number::card(b) => Insurance::Differs,
        () if branches == Same::Equal => Insurance::Equal,
        () if branches == Same::Differs => Insurance::Branch,
        () => Insurance::Card,
    }
}

fn birth(a: Day, b: Day) -> Birth {
    match () {
        () if a.0 == 0 || b.0 == 0 => Birth::Missing,
        () if !a.is_full() || !b.is_full() => partial(a, b),
        () if a == b => Birth::Equal,
        () if a.year() == b.year() && a.month() == b.day() && a.day() == b.month() => {
            Birth::Swapped
        }
        () if one_digit(a, b) => Birth::Digit,
        () if a.year() == b.year() && (is_new_year(a) || is_new_year(b)) => Birth::Partial,
        () => parts(a, b),
    }
}

/// The first of January is written where only the year is known.
fn is_new_year(day: Day) -> bool {
    day.month() == 1 && day.day() == 1
}

fn partial(a: Day, b: Day) -> Birth {
    let months = a.month() == b.month() || a.month() == 0 || b.month() == 0;
    if a.year() == b.year() && months {
        Birth::Partial
    } else {
        Birth::Differs
    }
}

fn one_digit(a: Day, b: Day) -> bool {
    let (a, b) = (a.digits(), b.digits());
    let mut places = (0..8).filter(|place| a[*place] != b[*place]);
    match (places.next(), places.next(), places.next()) {
        (Some(_), None, _) => true,
        (Some(one), Some(two), None) => two == one + 1 && a[one] == b[two] && a[two] == b[one],
        _ => false,
    }
}

fn parts(a: Day, b: Day) -> Birth {
    let years = a.year().abs_diff(b.year());
    let equal = [years == 0, a.month() == b.month(), a.day() == b.day()];
    match equal {
        [false, true, true] if years <= 2 || ERAS.contains(&years) => Birth::Year,
        _ if equal.iter().filter(|equal| **equal).count() == 2 => Birth::TwoParts,
        _ => Birth::Differs,
    }
}

fn phone(a: [u32; 2], b: [u32; 2]) -> Phone {
    let mut best = Phone::Missing;
    for one in a.into_iter().filter(|one| *one != 0) {
        for other in b.into_iter().filter(|other| *other != 0) {
            let found = numbers(one, other);
            if best == Phone::Missing || (found as u8) < best as u8 {
                best = found;
            }
        }
    }
    best
}

fn numbers(a: u32, b: u32) -> Phone {
    let (one, other) = (number::ending(a), number::ending(b));
    match () {
        () if a == b => Phone::Equal,
        () if one == other => Phone::Ending,
        () if a >> 14 == b >> 14 && near(one, other) => Phone::Digit,
        () => Phone::Differs,
    }
}

/// Four digits of which one is another, or two neighbours have changed places.
fn near(a: u32, b: u32) -> bool {
    let digits = |number: u32| {
        [
            number / 1000 % 10,
            number / 100 % 10,
            number / 10 % 10,
            number % 10,
        ]
    };
    let (a, b) = (digits(a), digits(b));
    let mut places = (0..4).filter(|place| a[*place] != b[*place]);
    match (places.next(), places.next(), places.next()) {
        (Some(_), None, _) => true,
        (Some(one), Some(two), None) => two == one + 1 && a[one] == b[two] && a[two] == b[one],
        _ => false,
    }
}

fn home(a: &Features, b: &Features) -> Home {
    let alike = |a: u16, b: u16| same(u32::from(a), u32::from(b));
    let (post, town) = (alike(a.post, b.post), alike(a.town, b.town));
    let here = post == Same::Equal || town == Same::Equal;
    let numbers = alike(a.numbers, b.numbers) == Same::Equal;
    match same(u32::from(a.third), u32::from(b.third)) {
        _ if post == Same::Missing && town == Same::Missing => Home::Missing,
        _ if !here => Home::Differs,
        Same::Differs => Home::Town,
        _ if numbers && a.third == b.third => Home::Equal,
        Same::Missing if numbers => Home::Near,
        _ => Home::Town,
    }
}

#[cfg(test)]
mod tests {
    use super::super::birth::parse;
    use super::*;

    #[test]
    fn birth_dates_and_their_slips() {
        for (one, other, expected) in [
            ("19580312", "19580312", Birth::Equal),
            ("S33.3.12", "1958/3/12", Birth::Equal),
            ("19580312", "19581203", Birth::Swapped),
            ("19580312", "19580313", Birth::Digit),
            ("19580312", "19780312", Birth::Digit),
            ("19580312", "19850312", Birth::Digit),
            ("19580312", "19580321", Birth::Digit),
            ("19591231", "19601231", Birth::Year),
            ("S33.3.12", "H33.3.12", Birth::Year),
            ("19580312", "19580325", Birth::TwoParts),
            ("19580312", "19620725", Birth::Differs),
            ("19580312", "195803", Birth::Partial),
            ("1958", "19580312", Birth::Partial),
            ("19580101", "19580725", Birth::Partial),
            ("19580101", "19590725", Birth::Differs),
            ("1959", "19580312", Birth::Differs),
            ("19580312", "", Birth::Missing),
            ("19580312", "19000101", Birth::Missing),
        ] {
            assert_eq!(birth(parse(one), parse(other)), expected, "{one} {other}");
            assert_eq!(birth(parse(other), parse(one)), expected, "{other} {one}");
        }
    }

    #[test]
    fn phones_agree_by_either_number() {
        let phones = |field| number::phones([field, ""]);
        for (one, other, expected) in [
            ("03-2234-5678", "090-1111-2222~03-2234-5678", Phone::Equal),
            ("03-2234-5678", "03-2234-5687", Phone::Digit),
            ("03-2234-5678", "2234-5678", Phone::Ending),
            ("03-2234-5678", "03-2234-9999", Phone::Differs),
            ("03-2234-5678", "000-0000-0000", Phone::Missing),
        ] {
            assert_eq!(phone(phones(one), phones(other)), expected, "{one} {other}");
        }
    }
}
