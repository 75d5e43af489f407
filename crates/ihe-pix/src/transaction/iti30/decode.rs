//! ITI-30 message to feed (ITI TF-2 3.30.6).

use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};
use hl7v2::{Message, Segment};

use super::{Event, Feed, header};
use crate::transaction::Problems;
use crate::transaction::reading::{
    Context, absent, ids, merges, of, order, patient, required_field, single,
};
use crate::{FeedPolicy, PatientRecord};

/// The segments judged, in the order they must come. Everything else may be there and is ignored (V2-R-084).
const ORDER: [&str; 6] = ["MSH", "EVN", "PID", "PD1", "MRG", "PV1"];

/// As [`ORDER`], where two PIDs follow each other.
const ORDER_OF_TWO: [&str; 3] = ["MSH", "EVN", "PID"];

/// Ids of one patient that is linked or parted: parting is of each with each.
const LINKED: usize = 20;

/// The feed, or every reason to refuse it: AR for an option or a version not supported here, otherwise AE.
pub fn decode(message: &Message, policy: &FeedPolicy) -> Result<Feed, Refusal> {
    let head = message.header();
    let event = header::admit(&head, &policy.management)?;
    let mut found = Problems::up_to(policy.limits.problems);
    header::check_msh(message, &head, event, &policy.management, &mut found);
    segments(message, event, policy, &mut found);
    header::check_evn(message, &mut found);
    let context = Context::new(message, &head, policy);
    let feed = read(message, event, &context, &mut found);
    found.into_result(feed)
}

fn read(message: &Message, event: Event, context: &Context<'_>, found: &mut Problems) -> Feed {
    let mut pids = message.segments_named("PID");
    let Some(pid) = pids.next() else {
        return Feed::new(event, PatientRecord::default());
    };
    let (mut record, placed) = patient(pid, true, context, found);
    // PID-19 and 20 are not used in this transaction (V2-R-074).
    record.ssn.clear();
    record.driver_license.clear();
    if event.tells_demographics() {
        check_family_name(pid, found);
        check_unknown_person(pid, &record, found);
    }
    let mut feed = Feed::new(event, record);
    if event.has_mrg() {
        feed.merges = merges(message, &placed, true, context, found);
    }
    if let Some(second) = pids.next().filter(|_| event.has_two_patients()) {
        let other = ids(second, true, context, found);
        feed.other = other.into_iter().map(|(_, id)| id).collect();
        check_two_patients(&feed, found);
    }
    feed
}

fn segments(message: &Message, event: Event, policy: &FeedPolicy, found: &mut Problems) {
    match event.has_two_patients() {
        true => {
            order(message, &ORDER_OF_TWO, found);
            two_patients(message, found);
        }
        false => {
            order(message, &ORDER, found);
            single(message, "PID", found);
        }
    }
    required_field(message, "EVN", 2, found);
    if event.has_mrg() {
        single(message, "MRG", found);
        required_field(message, "MRG", 1, found);
    } else if event.tells_demographics() && policy.require_visit {
        required_field(message, "PV1", 2, found);
    }
    if message.segment("PID").is_none() {
        found.push(absent("PID"));
    }
}

/// Exactly two (V2-R-082).
fn two_patients(message: &Message, found: &mut Problems) {
    let mut pids = message.segments_named("PID");
    let (first, second) = (pids.next(), pids.next());
    if first.is_some() && second.is_none() {
        let place = Location::segment("PID", 2);
        let text = "two patients are linked, and the second is missing";
        found.push(Problem::error(ErrorCode::SEGMENT_SEQUENCE, place, text));
    }
    if let Some(third) = pids.next() {
        let text = "two per message";
        found.push(Problem::error(ErrorCode::SEGMENT_SEQUENCE, of(third), text));
    }
}

/// A patient is neither linked to nor parted from itself.
fn check_two_patients(feed: &Feed, found: &mut Problems) {
    for (sequence, ids) in [(1, &feed.patient.ids), (2, &feed.other)] {
        if ids.len() > LINKED {
            let place = Location::field("PID", sequence, 3);
            let text = "too many ids of one patient";
            found.push(Problem::error(ErrorCode::DATA_TYPE, place, text));
        }
    }
    let shared = feed.other.iter().any(|id| feed.patient.ids.contains(id));
    if shared {
        let place = Location::field("PID", 2, 3);
        let text = "both patients have the same id";
        found.push(Problem::error(ErrorCode::DUPLICATE_KEY, place, text));
    }
}

/// PID-5 has at least a family name (V2-R-074).
fn check_family_name(pid: Segment<'_>, found: &mut Problems) {
    let mut names = pid.field(5).repetitions();
    if pid.field(5).is_empty() || names.any(|name| !name.component(1).raw().trim().is_empty()) {
        return;
    }
    let place = Location::field("PID", 1, 5).component(1);
    let text = "no family name";
    found.push(Problem::error(
        ErrorCode::REQUIRED_FIELD_MISSING,
        place,
        text,
    ));
}

/// PID-31 `Y`: exactly one id, and PID-32 says `AL` (V2-R-075).
fn check_unknown_person(pid: Segment<'_>, record: &PatientRecord, found: &mut Problems) {
    if pid.field(31).value() != "Y" {
        return;
    }
    if record.ids.len() > 1 {
        let (place, text) = (Location::field("PID", 1, 3), "an unknown person has one id");
        found.push(Problem::error(ErrorCode::DATA_TYPE, place, text));
    }
    let alias = |code: &str| code == "AL";
    let mut codes = pid.field(32).repetitions();
    if !codes.any(|code| alias(&code.component(1).value())) {
        let place = Location::field("PID", 1, 32);
        let text = "AL is expected of an unknown person";
        let code = match pid.field(32).is_empty() {
            true => ErrorCode::REQUIRED_FIELD_MISSING,
            false => ErrorCode::TABLE_VALUE,
        };
        found.push(Problem::error(code, place, text));
    }
}
