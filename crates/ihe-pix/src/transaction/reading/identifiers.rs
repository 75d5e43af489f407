//! PID-3 and MRG-1: ids with their domains (ITI TF-2 3.8.4.1.2.3).

use hl7v2::ack::{ErrorCode, Location, Problem};
use hl7v2::datatype::{Cx, Hd, NULL};
use hl7v2::{Field, Header, Message, Separators};

use crate::transaction::{Problems, position};
use crate::{Domain, FeedPolicy};

/// Who sends, and what we know of domains.
pub(crate) struct Context<'a> {
    pub(crate) policy: &'a FeedPolicy,
    pub(crate) separators: Separators,
    pub(crate) application: &'a str,
    pub(crate) facility: &'a str,
}

impl<'a> Context<'a> {
    pub(crate) fn new(message: &Message, header: &'a Header, policy: &'a FeedPolicy) -> Self {
        Context {
            policy,
            separators: message.separators(),
            application: &header.sending_application,
            facility: &header.sending_facility,
        }
    }
}

/// An id and its repetition, one-based.
pub(crate) type Placed = (u16, Cx);

/// Every id of the field that belongs to a domain of ours, with the domain's full authority.
/// Repetitions that are empty or `""` are left out.
pub(crate) fn read(
    field: Field<'_>,
    place: &Location,
    context: &Context<'_>,
    found: &mut Problems,
) -> Vec<Placed> {
    let mut ids: Vec<Placed> = Vec::new();
    for (index, repetition) in field.repetitions().enumerate() {
        if index >= context.policy.limits.ids {
            found.push(problem(
                ErrorCode::DATA_TYPE,
                place.clone(),
                "too many repetitions",
            ));
            break;
        }
        let place = place.clone().repetition(position(index));
        match one(repetition.raw(), &place, context) {
            Ok(Some(id)) if ids.iter().all(|(_, known)| !same(known, &id)) => {
                ids.push((position(index), id));
            }
            Ok(_) => {}
            Err(problem) => found.push(*problem),
        }
    }
    ids
}

/// Two ids of one domain: only id and authority count.
pub(crate) fn same(a: &Cx, b: &Cx) -> bool {
    a.id == b.id && a.assigning_authority == b.assigning_authority
}

fn one(raw: &str, place: &Location, context: &Context<'_>) -> Result<Option<Cx>, Box<Problem>> {
    let mut id = Cx::parse(raw, &context.separators);
    let bare = id.id.is_empty() && id.assigning_authority.is_empty();
    if bare || id.id == NULL {
        return Ok(None);
    }
    let refuse = |code, component, text| {
        Err(Box::new(problem(
            code,
            place.clone().component(component),
            text,
        )))
    };
    if id.id.trim().is_empty() {
        return refuse(ErrorCode::REQUIRED_FIELD_MISSING, 1, "the id is empty");
    }
    let limits = &context.policy.limits;
    let too_long = id.id.chars().count() > limits.id_length;
    if too_long || raw.chars().count() > limits.field_length {
        return refuse(ErrorCode::DATA_TYPE, 1, "the id is too long");
    }
    // What cannot be seen cannot be told apart.
    if id.id.chars().any(char::is_control) || raw.contains('\0') {
        return refuse(ErrorCode::DATA_TYPE, 1, "control characters in the id");
    }
    let Some(authority) = authority(&id, context) else {
        return refuse(
            ErrorCode::UNKNOWN_KEY,
            4,
            "no assigning authority, and none by source",
        );
    };
    match context.policy.resolve(&authority) {
        Some(domain) if !admitted(domain, context) => refuse(
            ErrorCode::UNKNOWN_KEY,
            4,
            "the domain belongs to another source",
        ),
        Some(domain) => {
            id.assigning_authority = domain.authority.clone();
            Ok(Some(id))
        }
        None if context.policy.ignore_unknown_domains => Ok(None),
        None => refuse(ErrorCode::UNKNOWN_KEY, 4, "unknown assigning authority"),
    }
}

fn admitted(domain: &Domain, context: &Context<'_>) -> bool {
    domain.admits(context.application, context.facility)
}

/// PID-3.4, or by the configuration of the Source (V2-R-011).
fn authority(id: &Cx, context: &Context<'_>) -> Option<Hd> {
    if !id.assigning_authority.is_empty() {
        return Some(id.assigning_authority.clone());
    }
    context
        .policy
        .authority_of_source(context.application, context.facility)
        .cloned()
}

fn problem(code: ErrorCode, place: Location, text: &str) -> Problem {
    Problem::error(code, place, text)
}
