//! People by number: the same number is always the same person. No names but those made here.

use chrono::{Days, NaiveDate};
use hl7v2::datatype::{Cx, Hd, Xpn};
use ihe_pix::PatientRecord;
use ihe_pix::identity::Action;

const DOMAINS: [&str; 3] = ["1.2.3.4.1000", "1.2.3.4.2000", "1.2.3.4.3000"];
const LETTERS: &str = "山川田中村上下木林森石野原本松高大小西東南北青白金水花月星空海島";
const SOUNDS: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミ";

/// Well mixed bits of a number.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ number >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number ^ number >> 32
}

/// Letters chosen by the bits, five to each.
fn word(letters: &str, bits: u64, length: u32) -> String {
    let letter = |place| letters.chars().nth((bits >> (5 * place)) as usize % 32);
    (0..length).filter_map(letter).collect()
}

fn name(person: u64) -> (u64, u64) {
    let bits = mixed(person);
    // A thousand surnames and a thousand given names, some far more common than others.
    let common = |bits: u64| (bits & 0x3FF).min(bits >> 10 & 0x3FF);
    (mixed(common(bits)), mixed(common(bits >> 20) + 5000))
}

/// The id of a person in a domain.
pub(crate) fn id(person: u64, domain: usize) -> Cx {
    Cx::new(format!("{person:08}"), Hd::oid(DOMAINS[domain % 3]))
}

/// Family name in kana, and the birth year.
pub(crate) fn asked(person: u64) -> (String, String) {
    let (family, _) = name(person);
    (word(SOUNDS, family, 3), born(person)[..4].to_owned())
}

fn born(person: u64) -> String {
    let days = Days::new(mixed(person + 77) % (85 * 365));
    let first = NaiveDate::from_ymd_opt(1935, 1, 1).expect("a date");
    let day = first.checked_add_days(days).expect("a date");
    day.format("%Y%m%d").to_string()
}

/// A person as a domain knows them.
pub(crate) fn record(person: u64, domain: usize) -> PatientRecord {
    let (family, given) = name(person);
    let written = |letters, length, representation: &str| Xpn {
        representation: representation.into(),
        family: word(letters, family, length),
        given: word(letters, given, length),
        ..Xpn::default()
    };
    let bits = mixed(person + 99);
    PatientRecord {
        ids: vec![id(person, domain)],
        names: vec![written(LETTERS, 2, "I"), written(SOUNDS, 3, "P")],
        birth_date: born(person),
        sex: if bits & 1 == 0 { "F" } else { "M" }.into(),
        address: format!(
            "{}{}丁目{}番^^{}市^東京都^{:03}-{:04}",
            word(LETTERS, bits, 2),
            bits % 9 + 1,
            bits % 90,
            word(LETTERS, bits >> 13, 2),
            bits % 999,
            bits % 9999
        ),
        phone_home: format!("03-{:04}-{:04}", bits % 9999, bits / 9999 % 9999),
        ..PatientRecord::default()
    }
}

/// The n-th feed of so many people in three domains: everybody once in each, in an order without order.
pub(crate) fn feed(number: u64, people: u64) -> Action {
    let (person, domain) = fed(number, people);
    let patient = record(person, domain);
    Action::Register { patient }
}

/// Whom the n-th feed is about, and in which domain.
pub(crate) fn fed(number: u64, people: u64) -> (u64, usize) {
    // A prime larger than any number of people: each place is met once.
    let place = (u128::from(number) * 4_294_967_291 % u128::from(3 * people)) as u64;
    (place / 3, (place % 3) as usize)
}
