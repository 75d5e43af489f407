//! A record while it is written: parts that noise can change, then HL7 text.

use std::borrow::Cow;
use std::fmt::Write as _;

use hl7v2::datatype::{Cx, Hd, Xpn};

use super::population::{Address, Insurance, Person};
use super::tables::Tables;
use crate::PatientRecord;

/// Surname and given name in one script; `None`: not sent.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) family: String,
    pub(super) given: String,
}

/// How an address is written.
#[derive(Clone, Copy, Default)]
pub(super) struct AddressStyle {
    pub(super) hyphens: bool,
    pub(super) kanji_numerals: bool,
    pub(super) full_width: bool,
    pub(super) without_building: bool,
    pub(super) without_prefecture: bool,
    pub(super) split: bool,
    pub(super) postcode_without_hyphen: bool,
}

/// What will be written.
pub(super) struct Draft {
    pub(super) tables: &'static Tables,
    pub(super) kanji: Option<Name>,
    pub(super) kana: Option<Name>,
    pub(super) roman: Option<Name>,
    /// `YYYYMMDD`, or nothing.
    pub(super) birth: String,
    pub(super) sex: &'static str,
    pub(super) address: Option<Address>,
    pub(super) postcode: bool,
    pub(super) style: AddressStyle,
    pub(super) home_phone: Option<u64>,
    pub(super) mobile_phone: Option<u64>,
    pub(super) phone_hyphens: bool,
    pub(super) insurance: Option<Insurance>,
}

impl Draft {
    /// The person as is.
    pub(super) fn new(person: &Person, tables: &'static Tables) -> Draft {
        let surname = &tables.surnames[person.surname];
        let given = &tables.given[person.given];
        Draft {
            tables,
            kanji: Some(Name::new(surname.kanji, given.kanji)),
            kana: Some(Name::new(surname.kana, given.kana)),
            roman: None,
            birth: date(person.birth),
            sex: person.sex.code(),
            address: Some(person.address.clone()),
            postcode: true,
            style: AddressStyle::default(),
            home_phone: person.home_phone,
            mobile_phone: person.mobile_phone,
            phone_hyphens: true,
            insurance: Some(person.insurance.clone()),
        }
    }

    /// As this hospital feeds it; the second hospital sends kana before kanji.
    pub(super) fn into_record(mut self, id: String, authority: Hd, domain: usize) -> PatientRecord {
        let address = self.address_text();
        let phone_home = self.phone_text();
        let ssn = self.insurance.as_ref().map(card).unwrap_or_default();
        let kanji = self.kanji.take().map(|name| name.into_xpn("I"));
        let kana = self.kana.take().map(|name| name.into_xpn("P"));
        let roman = self.roman.take().map(|name| name.into_xpn("A"));
        let order = if domain == 1 {
            [kana, kanji, roman]
        } else {
            [kanji, kana, roman]
        };
        PatientRecord {
            ids: vec![Cx::new(id, authority)],
            names: order.into_iter().flatten().collect(),
            birth_date: self.birth,
            sex: self.sex.to_owned(),
            address,
            phone_home,
            ssn,
            ..PatientRecord::default()
        }
    }

    /// PID-11: `^^^^zip^JPN^H^text`, or `number^building^city^prefecture^zip^JPN^H`.
    fn address_text(&self) -> String {
        let Some(address) = &self.address else {
            return String::new();
        };
        let town = &self.tables.towns[address.town];
        let prefecture = if self.style.without_prefecture {
            ""
        } else {
            town.prefecture
        };
        let zip = self.postcode_text(town.postcode);
        let street = self.style.digits(self.style.street(address));
        let street = format!("{}{street}", town.town);
        let building = self.building_text(address);
        if self.style.split {
            let city = town.city;
            return format!("{street}^{building}^{city}^{prefecture}^{zip}^JPN^H");
        }
        let gap = if building.is_empty() { "" } else { "\u{3000}" };
        let city = town.city;
        format!("^^^^{zip}^JPN^H^{prefecture}{city}{street}{gap}{building}")
    }

    fn postcode_text(&self, postcode: &'static str) -> Cow<'static, str> {
        match (self.postcode, self.style.postcode_without_hyphen) {
            (false, _) => Cow::default(),
            (true, true) => Cow::Owned(postcode.replace('-', "")),
            (true, false) => Cow::Borrowed(postcode),
        }
    }

    fn building_text(&self, address: &Address) -> String {
        match address.room {
            Some((building, room)) if !self.style.without_building => {
                let name = self.tables.buildings.get(building).copied();
                let room = self.style.digits(format!("{room}号室"));
                format!("{}{room}", name.unwrap_or_default())
            }
            _ => String::new(),
        }
    }

    /// PID-13: home, then mobile.
    fn phone_text(&self) -> String {
        let mut text = String::with_capacity(28);
        for phone in [self.home_phone, self.mobile_phone].into_iter().flatten() {
            if !text.is_empty() {
                text.push('~');
            }
            push_phone(&mut text, phone, self.phone_hyphens);
        }
        text
    }
}

impl Name {
    pub(super) fn new(family: &str, given: &str) -> Name {
        Name {
            family: family.to_owned(),
            given: given.to_owned(),
        }
    }

    fn into_xpn(self, representation: &str) -> Xpn {
        Xpn {
            family: self.family,
            given: self.given,
            name_type_code: "L".to_owned(),
            representation: representation.to_owned(),
            ..Xpn::default()
        }
    }
}

impl AddressStyle {
    fn street(self, address: &Address) -> String {
        let Address { chome, ban, go, .. } = address;
        match (self.hyphens, chome) {
            (true, 0) => format!("{ban}-{go}"),
            (true, _) => format!("{chome}-{ban}-{go}"),
            (false, 0) => format!("{ban}番{go}号"),
            (false, _) => format!("{chome}丁目{ban}番{go}号"),
        }
    }

    fn digits(self, text: String) -> String {
        if self.kanji_numerals {
            kanji_numerals(&text)
        } else if self.full_width {
            text.chars().map(full_width).collect()
        } else {
            text
        }
    }
}

fn full_width(letter: char) -> char {
    match letter {
        '0'..='9' => char::from_u32(u32::from(letter) + 0xFEE0).unwrap_or(letter),
        '-' => '\u{FF0D}',
        _ => letter,
    }
}

/// 12 as 十二, 101 as 一〇一.
fn kanji_numerals(text: &str) -> String {
    let mut result = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits.max(letter.len_utf8()));
        match number.parse::<u32>() {
            Ok(number @ 1..=99) => push_kanji_number(&mut result, number),
            Ok(_) => result.extend(number.chars().filter_map(kanji_digit)),
            Err(_) => result.push_str(number),
        }
        rest = after;
    }
    result
}

fn push_kanji_number(text: &mut String, number: u32) {
    let (tens, ones) = (number / 10, number % 10);
    if tens > 1 {
        text.extend(char::from_digit(tens, 10).and_then(kanji_digit));
    }
    if tens > 0 {
        text.push('十');
    }
    if ones > 0 {
        text.extend(char::from_digit(ones, 10).and_then(kanji_digit));
    }
}

fn kanji_digit(digit: char) -> Option<char> {
    let place = digit.to_digit(10)? as usize;
    "〇一二三四五六七八九".chars().nth(place)
}

/// 03-0123-4567, 090-0123-4567, or without hyphens.
fn push_phone(text: &mut String, phone: u64, hyphens: bool) {
    let (area, exchange, line) = (phone / 100_000_000, phone / 10_000 % 10_000, phone % 10_000);
    let hyphen = if hyphens { "-" } else { "" };
    let _ = write!(text, "0{area}{hyphen}{exchange:04}{hyphen}{line:04}");
}

/// `YYYYMMDD`.
pub(super) fn date((year, month, day): (i32, u32, u32)) -> String {
    format!("{year:04}{month:02}{day:02}")
}

/// 保険者番号-記号-番号[-枝番]; 保険者番号-番号 for the late-stage elderly.
fn card(insurance: &Insurance) -> String {
    let Insurance {
        insurer,
        symbol,
        number,
        branch,
    } = insurance;
    let insurer = if *insurer < 1_000_000 {
        format!("{insurer:06}")
    } else {
        format!("{insurer:08}")
    };
    match (symbol, branch) {
        (0, _) => format!("{insurer}-{number:08}"),
        (_, None) => format!("{insurer}-{symbol}-{number:08}"),
        (_, Some(branch)) => format!("{insurer}-{symbol}-{number:08}-{branch:02}"),
    }
}
