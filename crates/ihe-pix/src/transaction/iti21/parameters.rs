//! QPD-3: what must hold of the patients, `@PID.5.1.1^SMITH~@PID.8^F` (ITI TF-2 3.21.4.1.2.3).

use hl7v2::ack::{ErrorCode, Location};
use hl7v2::{Field, Message};

use super::ids::Ids;
use super::query::{missing, wrong};
use super::{Kind, PARAMETERS};
use crate::FeedPolicy;
use crate::identity::{FieldPattern, NamePattern, PatientQuery, Segment};
use crate::transaction::{Problems, position};
use hl7v2::datatype::NULL;

/// `@PID.5.1.1` as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) segment: Segment,
    pub(super) field: usize,
    /// From 1; 0: none said.
    pub(super) component: usize,
    /// From 1; 0: none said.
    pub(super) subcomponent: usize,
}

/// All parameters as one query, every one that cannot be served told by its repetition (V2-R-067).
pub(super) fn read(
    kind: &Kind,
    message: &Message,
    field: Field<'_>,
    policy: &FeedPolicy,
    found: &mut Problems,
) -> PatientQuery {
    let place = Location::field("QPD", 1, 3);
    let before = found.len();
    let (mut query, mut ids) = (PatientQuery::default(), Ids::default());
    for (index, parameter) in field.repetitions().enumerate() {
        let place = place.clone().repetition(position(index));
        if index >= PARAMETERS || parameter.raw().len() > 4 * policy.limits.field_length {
            found.push(wrong(place, "too many parameters, or too long"));
            break;
        }
        let value = parameter.component(2).value();
        if parameter.raw().is_empty() {
            continue;
        }
        match Name::parse(&parameter.component(1).value()).filter(|name| name.is_served(kind)) {
            None => found.push(wrong(place, "no field that can be asked for here")),
            Some(_) if value.trim().is_empty() || value == NULL => {}
            Some(name) if name.is_id() => {
                ids.take(name, parameter, position(index), message.separators());
            }
            Some(name) if name.is_birth_date() && !is_day(value.trim()) => {
                found.push(wrong(place.component(2), "not a date"));
            }
            Some(name) => say(&mut query, name, value.trim()),
        }
    }
    query.ids = ids.resolved(policy, found);
    if query.says_nothing() && found.len() == before {
        found.push(missing(place));
    }
    query
}

impl Name {
    /// `@PID.5.1.1`; the `@` may be missing.
    pub(super) fn parse(text: &str) -> Option<Name> {
        let text = text.trim();
        let mut parts = text.strip_prefix('@').unwrap_or(text).split('.');
        let segment = match parts.next()? {
            "PID" => Segment::Pid,
            "PV1" => Segment::Pv1,
            _ => return None,
        };
        let mut number = || match parts.next() {
            None => Some(0),
            Some(part) => part.parse().ok().filter(|n| (1..100).contains(n)),
        };
        let name = Name {
            segment,
            field: number()?,
            component: number()?,
            subcomponent: number()?,
        };
        parts.next().is_none().then_some(name)
    }

    /// Part of PID-3.
    pub(super) fn is_id(&self) -> bool {
        self.segment == Segment::Pid && self.field == 3
    }

    fn is_birth_date(&self) -> bool {
        self.segment == Segment::Pid && self.field == 7
    }

    fn is_served(&self, kind: &Kind) -> bool {
        if self.is_id() {
            return super::ids::is_part(self);
        }
        if self.segment == Segment::Pv1 && !kind.visits {
            return false;
        }
        self.components()
            .is_some_and(|components| self.component <= components)
    }

    /// How many components the field has, if it may be asked for.
    fn components(&self) -> Option<usize> {
        let rows = include_str!("parameters.tsv").lines();
        let mut rows = rows.filter(|row| !row.starts_with('#'));
        rows.find_map(|row| {
            let mut cells = row.split('\t');
            let segment = cells.next()? == self.segment.name();
            let field = cells.next()?.parse() == Ok(self.field);
            (segment && field).then(|| cells.next()?.parse().ok())?
        })
    }

    /// The text itself, not a part of it that the query model has no name for.
    fn first(&self) -> bool {
        self.component <= 1 && self.subcomponent <= 1
    }
}

/// One parameter more that must hold. What is said a second time must hold as well.
fn say(query: &mut PatientQuery, name: Name, value: &str) {
    let pattern = NamePattern::typed(value);
    if pattern.text.is_empty() {
        return;
    }
    let plain = !pattern.prefix && name.first() && name.segment == Segment::Pid;
    match (name.field, name.component) {
        (5, 0 | 1) if name.first() && query.family.is_none() => query.family = Some(pattern),
        (5, 2) if name.subcomponent <= 1 && query.given.is_none() => query.given = Some(pattern),
        (7, _) if name.segment == Segment::Pid && query.birth_date.is_empty() => {
            query.birth_date = day(&pattern.text);
        }
        (8, _) if plain && query.sex.is_empty() => query.sex = pattern.text,
        (11, component @ 1..) if name.subcomponent <= 1 => {
            query.address.push((component, pattern));
        }
        (13, _) if plain && query.phone.is_empty() => query.phone = pattern.text,
        (18, _) if plain && query.account_number.is_empty() => {
            query.account_number = pattern.text;
        }
        _ => query.other.push(FieldPattern {
            segment: name.segment,
            field: name.field,
            component: (name.component > 0).then_some(name.component),
            subcomponent: (name.subcomponent > 0).then_some(name.subcomponent),
            pattern,
        }),
    }
}

/// A birth date is a day at most; the hour that some systems add does not matter.
fn day(text: &str) -> String {
    text.chars().take(8).collect()
}

/// `YYYY[MM[DD[...]]]`, or the beginning of it with a `*`.
fn is_day(text: &str) -> bool {
    let day = day(text.trim_end_matches('*'));
    matches!(day.len(), 4 | 6 | 8) && day.bytes().all(|byte| byte.is_ascii_digit())
}

/// A parameter of this name.
pub(super) fn parameter(segment: Segment, numbers: &[usize], value: &str) -> String {
    let separators = hl7v2::Separators::DEFAULT;
    let numbers: String = numbers.iter().map(|number| format!(".{number}")).collect();
    let value = hl7v2::escape::escape(value, &separators);
    format!("@{}{numbers}^{value}", segment.name())
}

/// Unknown assigning authority of an id in QPD-3.
pub(super) fn unknown_authority(repetition: u16) -> hl7v2::ack::Problem {
    let place = Location::field("QPD", 1, 3).repetition(repetition);
    hl7v2::ack::Problem::error(ErrorCode::UNKNOWN_KEY, place, "unknown assigning authority")
}
