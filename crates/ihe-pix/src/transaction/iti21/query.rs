//! ITI-21 request: QPD, RCP and DSC (ITI TF-2 3.21.4.1.2).

use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};
use hl7v2::datatype::{Cx, Hd};
use hl7v2::{Field, Message, Segment};

use super::{Kind, Query, TAG_LENGTH, parameters};
use crate::FeedPolicy;
use crate::transaction::{Problems, canonical, position};

pub(super) fn decode(
    kind: &Kind,
    message: &Message,
    policy: &FeedPolicy,
) -> Result<Query, Refusal> {
    let mut found = Problems::up_to(policy.limits.problems);
    let mut query = Query {
        records: control(message, &mut found),
        continuation: continuation(message, &mut found),
        ..Query::default()
    };
    let Some(qpd) = message.segment("QPD") else {
        found.push(absent("QPD"));
        return Err(found.into_refusal());
    };
    name(kind, qpd, &mut found);
    query.tag = tag(message, qpd, &mut found);
    query.patient = parameters::read(kind, message, qpd.field(3), policy, &mut found);
    query.patient.domains = domains(message, qpd.field(8), policy, &mut found);
    found.into_result(query)
}

fn name(kind: &Kind, qpd: Segment<'_>, found: &mut Problems) {
    let place = Location::field("QPD", 1, 1);
    let name = qpd.field(1).repetition(1);
    let name = name.map(|name| name.component(1).value());
    match name.as_deref() {
        None | Some("") => found.push(missing(place)),
        Some(name) if kind.names.contains(&name) => {}
        Some(_) => found.push(Problem::error(
            ErrorCode::TABLE_VALUE,
            place.component(1),
            "not a query of this message",
        )),
    }
}

fn tag(message: &Message, qpd: Segment<'_>, found: &mut Problems) -> String {
    let place = Location::field("QPD", 1, 2);
    let tag = canonical(qpd.field(2).raw(), message.separators());
    if tag.is_empty() {
        found.push(missing(place));
    } else if tag.chars().count() > TAG_LENGTH {
        found.push(wrong(place, "the tag is too long"));
    }
    tag
}

/// RCP-1 must be I, RCP-2 is `n^RD` with n from 1 (ITI TF-2 3.21.4.1.2.5).
fn control(message: &Message, found: &mut Problems) -> Option<usize> {
    let Some(rcp) = message.segment("RCP") else {
        found.push(absent("RCP"));
        return None;
    };
    let priority = Location::field("RCP", 1, 1);
    match &*rcp.field(1).value() {
        "I" => {}
        "" => found.push(missing(priority)),
        _ => found.push(Problem::error(
            ErrorCode::TABLE_VALUE,
            priority,
            "only I, immediate",
        )),
    }
    let quantity = rcp.field(2).repetition(1)?;
    if rcp.field(2).is_empty() {
        return None;
    }
    let place = Location::field("RCP", 1, 2).repetition(1);
    let unit = quantity.component(2);
    if !matches!(unit.subcomponent(1), "" | "RD") {
        let text = "only RD, records";
        found.push(Problem::error(
            ErrorCode::TABLE_VALUE,
            place.clone().component(2),
            text,
        ));
    }
    let number = quantity.component(1).value();
    let records = number.trim().parse().ok().filter(|records| *records > 0);
    if records.is_none() {
        found.push(wrong(place.component(1), "not a number from 1"));
    }
    records
}

fn continuation(message: &Message, found: &mut Problems) -> Option<String> {
    let dsc = message.segment("DSC")?;
    let pointer = dsc.field(1).value().into_owned();
    if pointer.chars().count() > TAG_LENGTH {
        found.push(no_more_problem());
    }
    if !matches!(&*dsc.field(2).value(), "" | "I") {
        let place = Location::field("DSC", 1, 2);
        let text = "only I, interactive";
        found.push(Problem::error(ErrorCode::TABLE_VALUE, place, text));
    }
    (!pointer.is_empty()).then_some(pointer)
}

/// QPD-8: namespace, universal id or both (V2-R-064); each one not known is told (case 3).
fn domains(
    message: &Message,
    field: Field<'_>,
    policy: &FeedPolicy,
    found: &mut Problems,
) -> Vec<Hd> {
    let place = Location::field("QPD", 1, 8);
    if field.is_empty() {
        return Vec::new();
    }
    if field.repetitions().count() > policy.limits.ids {
        found.push(wrong(place, "too many repetitions"));
        return Vec::new();
    }
    let separators = message.separators();
    let mut domains: Vec<Hd> = Vec::new();
    for (index, asked) in field.repetitions().enumerate() {
        let asked = Cx::parse(asked.raw(), &separators).assigning_authority;
        match policy.resolve(&asked) {
            Some(domain) if domains.contains(&domain.authority) => {}
            Some(domain) => domains.push(domain.authority.clone()),
            // A fault for testing the conformance suite.
            None if cfg!(renkei_fault = "pdq-supplier-unknown-domain-ignored") => {}
            None => found.push(Problem::error(
                ErrorCode::UNKNOWN_KEY,
                place.clone().repetition(position(index)),
                "unknown domain",
            )),
        }
    }
    domains
}

/// The continuation pointer is not known, of another query, or has expired (V2-R-063).
#[cfg(feature = "server")]
pub(crate) fn no_more() -> Refusal {
    Refusal::error(no_more_problem())
}

fn no_more_problem() -> Problem {
    let place = Location::field("DSC", 1, 1);
    Problem::error(
        ErrorCode::UNKNOWN_KEY,
        place,
        "unknown or expired continuation pointer",
    )
}

/// MSH-5 is no patient information source of this supplier (V2-R-066).
#[cfg(feature = "server")]
pub(crate) fn unknown_source() -> Refusal {
    let place = Location::field("MSH", 1, 5);
    Refusal::error(Problem::error(
        ErrorCode::UNKNOWN_KEY,
        place,
        "no patient information source of this name",
    ))
}

/// So little is said that finding anybody would take too long: better no answer than one with somebody missing
/// (V2-R-060).
#[cfg(feature = "server")]
pub(crate) fn too_much() -> Refusal {
    let place = Location::field("QPD", 1, 3);
    Refusal::error(Problem::error(
        ErrorCode::INTERNAL,
        place,
        "too many patients to look through: say more of them",
    ))
}

pub(super) fn missing(place: Location) -> Problem {
    Problem::error(
        ErrorCode::REQUIRED_FIELD_MISSING,
        place,
        "required field is empty",
    )
}

pub(super) fn wrong(place: Location, text: &str) -> Problem {
    Problem::error(ErrorCode::DATA_TYPE, place, text)
}

pub(super) fn absent(name: &str) -> Problem {
    let place = Location::segment(name, 1);
    Problem::error(
        ErrorCode::SEGMENT_SEQUENCE,
        place,
        "required segment is missing",
    )
}
