//! Which segments a feed has and in which order (ITI TF-2 Tables 3.8-1 and 3.8-3).

use hl7v2::ack::{ErrorCode, Location, Problem};
use hl7v2::{Message, Segment};

use super::Event;
use crate::FeedPolicy;
use crate::transaction::Problems;

/// The segments judged, in the order they must come.
const ORDER: [&str; 6] = ["MSH", "EVN", "PID", "PD1", "MRG", "PV1"];

/// Checks segments, their order and the required fields that are no part of the patient record.
pub(crate) fn check(message: &Message, event: Event, policy: &FeedPolicy, found: &mut Problems) {
    order(message, found);
    single(message, "PID", found);
    required_field(message, "EVN", 2, found);
    if event == Event::Merge {
        single(message, "MRG", found);
        required_field(message, "MRG", 1, found);
    } else if policy.require_visit {
        required_field(message, "PV1", 2, found);
    }
    if message.segment("PID").is_none() {
        found.push(absent("PID"));
    }
}

fn order(message: &Message, found: &mut Problems) {
    let mut reached = 0;
    for segment in message.segments() {
        let Some(place) = ORDER.iter().position(|name| *name == segment.name()) else {
            continue;
        };
        if place < reached {
            let text = "segment out of order";
            found.push(Problem::error(
                ErrorCode::SEGMENT_SEQUENCE,
                of(segment),
                text,
            ));
            return;
        }
        reached = place;
    }
}

/// One patient, and one pair for A40, per message (V2-R-014).
fn single(message: &Message, name: &str, found: &mut Problems) {
    if let Some(second) = message.segments_named(name).nth(1) {
        let text = "one per message";
        found.push(Problem::error(
            ErrorCode::SEGMENT_SEQUENCE,
            of(second),
            text,
        ));
    }
}

/// Missing segment: 100; missing field: 101.
fn required_field(message: &Message, name: &str, field: u16, found: &mut Problems) {
    let Some(segment) = message.segment(name) else {
        found.push(absent(name));
        return;
    };
    if segment.field(usize::from(field)).is_empty() {
        let place = Location::field(name, 1, field);
        let text = "required field is empty";
        found.push(Problem::error(
            ErrorCode::REQUIRED_FIELD_MISSING,
            place,
            text,
        ));
    }
}

fn absent(name: &str) -> Problem {
    let place = Location::segment(name, 1);
    Problem::error(
        ErrorCode::SEGMENT_SEQUENCE,
        place,
        "required segment is missing",
    )
}

fn of(segment: Segment<'_>) -> Location {
    let sequence = u16::try_from(segment.sequence()).unwrap_or(u16::MAX);
    Location::segment(segment.name(), sequence)
}
