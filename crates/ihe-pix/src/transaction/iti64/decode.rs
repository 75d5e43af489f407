//! ITI-64 message to link change, as the Document Registry reads it (ITI TF-2 3.64.4.1.3).

use hl7v2::Message;
use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};
use hl7v2::datatype::{Cx, Hd, NULL};

use super::LinkChange;
use crate::Limits;
use crate::transaction::reading::{absent, order, required_field, single};
use crate::transaction::{Problems, position};

/// The segments judged, in the order they must come.
const ORDER: [&str; 5] = ["MSH", "EVN", "PID", "PD1", "MRG"];

/// The change, or every reason to refuse it (AE): one PID with two ids, one MRG with one or two (V2-R-090), ids of the
/// right authorities (V2-R-101). MSH is the gate's business.
pub fn decode(message: &Message, affinity: &Hd, limits: &Limits) -> Result<LinkChange, Refusal> {
    let mut found = Problems::up_to(limits.problems);
    order(message, &ORDER, &mut found);
    required_field(message, "EVN", 2, &mut found);
    let pid = list(message, ("PID", 3), 2, limits, &mut found);
    let mrg = list(message, ("MRG", 1), 1, limits, &mut found);
    let (mut pid, mut mrg) = (pid.into_iter(), mrg.into_iter());
    let (Some(new_xad_pid), Some(local), Some(previous_xad_pid)) =
        (pid.next(), pid.next(), mrg.next())
    else {
        return Err(found.into_refusal());
    };
    let change = LinkChange {
        new_xad_pid,
        local,
        previous_xad_pid,
        subsumed_local: mrg.next(),
    };
    authorities(&change, affinity, &mut found);
    found.into_result(change)
}

/// Of one segment, from `least` to two ids.
fn list(
    message: &Message,
    (segment, field): (&str, u16),
    least: usize,
    limits: &Limits,
    found: &mut Problems,
) -> Vec<Cx> {
    single(message, segment, found);
    let Some(one) = message.segment(segment) else {
        found.push(absent(segment));
        return Vec::new();
    };
    let place = Location::field(segment, 1, field);
    let field = one.field(usize::from(field));
    let count = field.repetitions().take(3).count();
    if count < least {
        let text = "an id is missing";
        found.push(Problem::error(
            ErrorCode::REQUIRED_FIELD_MISSING,
            place,
            text,
        ));
        return Vec::new();
    }
    if count > 2 {
        let text = "two ids at most";
        found.push(Problem::error(ErrorCode::DATA_TYPE, place, text));
        return Vec::new();
    }
    let separators = message.separators();
    let ids = field
        .repetitions()
        .map(|id| Cx::parse(id.raw(), &separators));
    let ids: Vec<Cx> = ids.collect();
    for (index, id) in ids.iter().enumerate() {
        check(
            id,
            &place.clone().repetition(position(index)),
            limits,
            found,
        );
    }
    ids
}

fn check(id: &Cx, place: &Location, limits: &Limits, found: &mut Problems) {
    let authority = &id.assigning_authority;
    let missing = |text: &str| text.trim().is_empty() || text == NULL;
    let mut refuse = |code, component, text| {
        found.push(Problem::error(
            code,
            place.clone().component(component),
            text,
        ))
    };
    if missing(&id.id) {
        refuse(ErrorCode::REQUIRED_FIELD_MISSING, 1, "the id is empty");
    } else if id.id.chars().count() > limits.id_length {
        refuse(ErrorCode::DATA_TYPE, 1, "the id is too long");
    }
    if missing(&authority.universal_id) || missing(&authority.universal_id_type) {
        let text = "universal id and type of the authority are required";
        refuse(ErrorCode::REQUIRED_FIELD_MISSING, 4, text);
    }
}

/// Which id is of which domain (V2-R-101).
fn authorities(change: &LinkChange, affinity: &Hd, found: &mut Problems) {
    let mut refuse = |segment, field, repetition, text: &str| {
        let place = Location::field(segment, 1, field).repetition(repetition);
        let place = place.component(4);
        found.push(Problem::error(ErrorCode::UNKNOWN_KEY, place, text));
    };
    let is_ours = |id: &Cx| affinity.is_named_by(&id.assigning_authority);
    let not_ours = "not the authority of the affinity domain";
    if !is_ours(&change.new_xad_pid) {
        refuse("PID", 3, 1, not_ours);
    }
    if is_ours(&change.local) {
        refuse("PID", 3, 2, "a local id is expected");
    }
    if !is_ours(&change.previous_xad_pid) {
        refuse("MRG", 1, 1, not_ours);
    }
    let local = &change.local.assigning_authority;
    let of_another = |id: &Cx| !id.assigning_authority.same_authority(local);
    if change.subsumed_local.as_ref().is_some_and(of_another) {
        refuse("MRG", 1, 2, "not the authority of the local id");
    }
}
