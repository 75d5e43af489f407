//! ITI-9 request: QPD and RCP (ITI TF-2 3.9.4.1.2).

use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};
use hl7v2::charset::Charset;
use hl7v2::datatype::{Cx, Hd};
use hl7v2::{Field, Message, Segment};

use super::{QUERY_NAME, Query};
use crate::error::Error;
use crate::iti8::Ends;
use crate::transaction::writing::written;
use crate::transaction::{Problems, canonical, position};
use crate::{FeedPolicy, Limits};

/// QPD-1.1 values taken: IHE's, and what HL7 itself calls this query (V2-R-038).
const NAMES: [&str; 3] = [QUERY_NAME, "QRY_1001", "Q23"];

/// The query with every authority replaced by that of the domain it names, or every reason to
/// refuse it: cases 4 and 5 (V2-R-033, V2-R-034) and what is missing.
pub fn decode(message: &Message, policy: &FeedPolicy) -> Result<Query, Refusal> {
    let mut found = Problems::up_to(policy.limits.problems);
    let Some(mut query) = read(message, &policy.limits, &mut found) else {
        return Err(found.into_refusal());
    };
    let authority = Location::field("QPD", 1, 3).repetition(1).component(4);
    match policy.resolve(&query.id.assigning_authority) {
        Some(domain) => query.id.assigning_authority = domain.authority.clone(),
        None => found.push(unknown_key(authority, "unknown assigning authority")),
    }
    for (index, asked) in query.domains.iter_mut().enumerate() {
        match policy.resolve(asked) {
            Some(domain) => *asked = domain.authority.clone(),
            // A fault for testing the conformance suite.
            None if cfg!(renkei_fault = "pix-manager-unknown-domain-answered") => {}
            None => {
                let place = Location::field("QPD", 1, 4).repetition(position(index));
                found.push(unknown_key(place, "unknown domain"));
            }
        }
    }
    found.into_result(query)
}

/// The query as written, no domain looked up.
pub fn decode_raw(message: &Message, limits: &Limits) -> Result<Query, Refusal> {
    let mut found = Problems::up_to(limits.problems);
    match read(message, limits, &mut found) {
        Some(query) => found.into_result(query),
        None => Err(found.into_refusal()),
    }
}

fn read(message: &Message, limits: &Limits, found: &mut Problems) -> Option<Query> {
    if message.segment("RCP").is_none() {
        found.push(absent("RCP"));
    } else if message
        .value("RCP-1")
        .is_some_and(|priority| priority != "I")
    {
        let place = Location::field("RCP", 1, 1);
        found.push(Problem::error(
            ErrorCode::TABLE_VALUE,
            place,
            "only I, immediate",
        ));
    }
    let Some(qpd) = message.segment("QPD") else {
        found.push(absent("QPD"));
        return None;
    };
    name(message, found);
    required(qpd, 2, found);
    let id = id(message, qpd, limits, found);
    let domains = domains(message, qpd.field(4), limits, found);
    let tag = canonical(
        message.raw("QPD-2").unwrap_or_default(),
        message.separators(),
    );
    Some(Query { tag, id, domains })
}

fn name(message: &Message, found: &mut Problems) {
    let place = Location::field("QPD", 1, 1);
    match message.value("QPD-1.1") {
        None => found.push(missing(place)),
        Some(name) if NAMES.contains(&&*name) => {}
        Some(_) => {
            let place = place.repetition(1).component(1);
            found.push(Problem::error(
                ErrorCode::TABLE_VALUE,
                place,
                "not a PIX query",
            ));
        }
    }
}

fn id(message: &Message, qpd: Segment<'_>, limits: &Limits, found: &mut Problems) -> Cx {
    let field = qpd.field(3);
    let place = Location::field("QPD", 1, 3);
    let id = Cx::parse(
        message.raw("QPD-3(1)").unwrap_or_default(),
        &message.separators(),
    );
    if field.is_empty() {
        found.push(missing(place));
    } else if field.repetitions().count() > 1 {
        let text = "one id per query";
        found.push(Problem::error(
            ErrorCode::DATA_TYPE,
            place.repetition(2),
            text,
        ));
    } else if id.id.trim().is_empty() {
        found.push(missing(place.repetition(1).component(1)));
    } else if id.id.chars().count() > limits.id_length {
        let place = place.repetition(1).component(1);
        found.push(Problem::error(
            ErrorCode::DATA_TYPE,
            place,
            "the id is too long",
        ));
    }
    id
}

fn domains(message: &Message, field: Field<'_>, limits: &Limits, found: &mut Problems) -> Vec<Hd> {
    if field.repetitions().count() > limits.ids {
        let place = Location::field("QPD", 1, 4);
        found.push(Problem::error(
            ErrorCode::DATA_TYPE,
            place,
            "too many repetitions",
        ));
        return Vec::new();
    }
    let separators = message.separators();
    let asked = field
        .repetitions()
        .map(|r| Cx::parse(r.raw(), &separators).assigning_authority);
    asked.collect()
}

fn required(segment: Segment<'_>, field: u16, found: &mut Problems) {
    if segment.field(usize::from(field)).is_empty() {
        found.push(missing(Location::field(segment.name(), 1, field)));
    }
}

fn missing(place: Location) -> Problem {
    Problem::error(
        ErrorCode::REQUIRED_FIELD_MISSING,
        place,
        "required field is empty",
    )
}

fn absent(name: &str) -> Problem {
    let place = Location::segment(name, 1);
    Problem::error(
        ErrorCode::SEGMENT_SEQUENCE,
        place,
        "required segment is missing",
    )
}

fn unknown_key(place: Location, text: &str) -> Problem {
    Problem::error(ErrorCode::UNKNOWN_KEY, place, text)
}

/// The message, with a fresh MSH-10. ITI-9 is written in version 2.5.
pub fn encode(query: &Query, ends: &Ends, charset: Charset) -> Result<Vec<u8>, Error> {
    let header = ends.header("QBP^Q23^QBP_Q21".into(), charset, "2.5");
    written(&header, &[qpd_text(query), "RCP|I".into()])
}

/// QPD with the default separators.
pub(crate) fn qpd_text(query: &Query) -> String {
    let domains: Vec<String> = query.domains.iter().map(|d| format!("^^^{d}")).collect();
    format!(
        "QPD|{QUERY_NAME}|{}|{}|{}",
        query.tag,
        query.id,
        domains.join("~")
    )
    .trim_end_matches('|')
    .to_owned()
}
