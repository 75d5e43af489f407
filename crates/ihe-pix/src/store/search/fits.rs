//! Whether a query holds for a record, every part of it exactly.

use std::collections::HashMap;

use hl7v2::Separators;
use hl7v2::escape::unescape;

use super::candidates::Member;
use crate::identity::{FieldPattern, NamePattern, PatientQuery, Segment};
use crate::matching::normalise;
use crate::{PatientRecord, visit};

/// A query with its texts as they are compared.
pub(super) struct Wanted {
    family: Option<NamePattern>,
    given: Option<NamePattern>,
    birth_date: String,
    sex: String,
    phone: String,
    account_number: String,
    /// Places of PID.
    places: Vec<FieldPattern>,
    /// Places of PV1.
    visit: Vec<FieldPattern>,
}

impl Wanted {
    pub(super) fn of(query: &PatientQuery) -> Wanted {
        let place = |one: &FieldPattern| FieldPattern {
            pattern: folded(&one.pattern),
            ..one.clone()
        };
        let address = query
            .address
            .iter()
            .map(|(component, pattern)| FieldPattern {
                field: 11,
                component: Some(*component),
                pattern: folded(pattern),
                ..FieldPattern::default()
            });
        let (visit, places): (Vec<_>, Vec<_>) = query
            .other
            .iter()
            .map(place)
            .partition(|one| one.segment == Segment::Pv1);
        Wanted {
            family: query.family.as_ref().map(folded),
            given: query.given.as_ref().map(folded),
            birth_date: query.birth_date.clone(),
            sex: query.sex.to_uppercase(),
            phone: digits(&query.phone),
            account_number: normalise(&query.account_number),
            places: places.into_iter().chain(address).collect(),
            visit,
        }
    }

    /// The demographics fed last and the rows of a person, if the query holds: for the demographics of one of its
    /// identities, and for the visit of one of them, which is then the one told. An identity that was fed without a name
    /// (an id that a domain allots) says nothing of who that is.
    pub(super) fn person(
        &self,
        members: &[Member],
        records: &mut HashMap<u32, PatientRecord>,
    ) -> Option<(PatientRecord, Vec<u32>)> {
        let mut counted: Vec<&Member> = members.iter().filter(|member| member.counts).collect();
        counted.sort_by_key(|member| (member.journal, member.row));
        let fits = |member: &&Member| records.get(&member.row).is_some_and(|r| self.fits(r));
        if !counted.iter().any(fits) {
            return None;
        }
        let visits = counted.iter().rev().map(|member| {
            let record = records.get(&member.row);
            record.map_or("", |record| record.visit.as_str())
        });
        let mut visits = visits.filter(|visit| self.visits(visit));
        let fitting = visits.find(|visit| !visit.is_empty() || !self.visit.is_empty());
        if fitting.is_none() && !self.visit.is_empty() {
            return None;
        }
        let visit = fitting.unwrap_or_default().to_owned();
        let named = |member: &&&Member| {
            let record = records.get(&member.row);
            record.is_some_and(|record| !record.names.is_empty())
        };
        let told = counted.iter().rev().find(named).or(counted.last())?.row;
        let record = records.remove(&told)?;
        let rows = members.iter().map(|member| member.row).collect();
        Some((PatientRecord { visit, ..record }, rows))
    }

    fn visits(&self, visit: &str) -> bool {
        let holds = |one: &FieldPattern| at(visit::field(visit, one.field), one);
        self.visit.iter().all(holds)
    }

    fn fits(&self, record: &PatientRecord) -> bool {
        self.born(record)
            && (self.sex.is_empty() || first(&record.sex).to_uppercase() == self.sex)
            && self.named(record)
            && (self.phone.is_empty() || self.called(&record.phone_home))
            && (self.account_number.is_empty()
                || normalise(&plain(first(&record.account_number))) == self.account_number)
            && self
                .places
                .iter()
                .all(|one| at(&field(record, one.field), one))
    }

    fn born(&self, record: &PatientRecord) -> bool {
        first(&record.birth_date).starts_with(&self.birth_date)
    }

    fn named(&self, record: &PatientRecord) -> bool {
        let any = |pattern: &Option<NamePattern>, part: fn(&str, &str) -> [String; 2]| {
            let Some(pattern) = pattern else {
                return true;
            };
            let names = record.names.iter();
            let mut texts = names.flat_map(|name| part(&name.family, &name.given));
            texts.any(|text| holds(pattern, &text))
        };
        any(&self.family, families) && any(&self.given, givens)
    }

    fn called(&self, phones: &str) -> bool {
        let mut numbers = phones.split('~').flat_map(|phone| {
            let part = |number: usize| phone.split('^').nth(number - 1).unwrap_or_default();
            let joined = format!("{}{}", part(6), part(7));
            [digits(part(1)), digits(part(12)), digits(&joined)]
        });
        numbers.any(|number| number == self.phone)
    }
}

/// The family name, and the first part of a name written in one.
fn families(family: &str, given: &str) -> [String; 2] {
    let whole = family.trim();
    let part = whole.split_whitespace().next().filter(|_| given.is_empty());
    [normalise(whole), normalise(part.unwrap_or_default())]
}

/// The given name, and what follows the family name where both are written in one.
fn givens(family: &str, given: &str) -> [String; 2] {
    let rest = family.trim().split_once(char::is_whitespace);
    let part = rest.map(|(_, rest)| rest).filter(|_| given.is_empty());
    [normalise(given), normalise(part.unwrap_or_default())]
}

fn folded(pattern: &NamePattern) -> NamePattern {
    NamePattern {
        text: normalise(&pattern.text),
        prefix: pattern.prefix,
    }
}

fn holds(pattern: &NamePattern, text: &str) -> bool {
    match pattern.prefix {
        true => text.starts_with(&pattern.text) && !text.is_empty(),
        false => text == pattern.text && !text.is_empty(),
    }
}

/// Whether a field, in one of its repetitions, has what is wanted at its place.
fn at(field: &str, wanted: &FieldPattern) -> bool {
    let component = wanted.component.unwrap_or(1) - 1;
    let subcomponent = wanted.subcomponent.unwrap_or(1) - 1;
    let mut values = field.split('~').filter_map(|repetition| {
        let component = repetition.split('^').nth(component)?;
        component.split('&').nth(subcomponent)
    });
    values.any(|value| holds(&wanted.pattern, &normalise(&plain(value))))
}

/// A field of PID by its number, as HL7 text.
fn field(record: &PatientRecord, number: usize) -> std::borrow::Cow<'_, str> {
    use std::borrow::Cow::{Borrowed, Owned};
    match number {
        5 => Owned(record.names_text()),
        6 => Borrowed(&record.mother_maiden_name),
        7 => Borrowed(&record.birth_date),
        8 => Borrowed(&record.sex),
        11 => Borrowed(&record.address),
        13 => Borrowed(&record.phone_home),
        14 => Borrowed(&record.phone_business),
        18 => Borrowed(&record.account_number),
        19 => Borrowed(&record.ssn),
        20 => Borrowed(&record.driver_license),
        25 => Borrowed(&record.birth_order),
        _ => Borrowed(""),
    }
}

/// The first component.
fn first(field: &str) -> &str {
    field.split('^').next().unwrap_or_default()
}

fn plain(raw: &str) -> String {
    unescape(raw, &Separators::DEFAULT).into_owned()
}

/// A phone number without what is put between, and with the zero of the trunk in place of Japan's country code.
fn digits(text: &str) -> String {
    let half = normalise(text);
    let japan = half.strip_prefix("+81");
    let digits = japan.unwrap_or(&half).chars();
    let digits: String = digits.filter(char::is_ascii_digit).collect();
    match japan {
        Some(_) if !digits.starts_with('0') => format!("0{digits}"),
        _ => digits,
    }
}
