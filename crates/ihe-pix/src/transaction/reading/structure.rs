//! Which segments a message has and in which order.

use hl7v2::ack::{ErrorCode, Location, Problem};
use hl7v2::{Message, Segment};

use crate::transaction::Problems;

/// These segments come in this order; others may stand anywhere. The first one out of order is told (100).
pub(crate) fn order(message: &Message, names: &[&str], found: &mut Problems) {
    let mut reached = 0;
    for segment in message.segments() {
        let Some(place) = names.iter().position(|name| *name == segment.name()) else {
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

/// One segment of this name per message.
pub(crate) fn single(message: &Message, name: &str, found: &mut Problems) {
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
pub(crate) fn required_field(message: &Message, name: &str, field: u16, found: &mut Problems) {
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

pub(crate) fn absent(name: &str) -> Problem {
    let place = Location::segment(name, 1);
    Problem::error(
        ErrorCode::SEGMENT_SEQUENCE,
        place,
        "required segment is missing",
    )
}

pub(crate) fn of(segment: Segment<'_>) -> Location {
    let sequence = u16::try_from(segment.sequence()).unwrap_or(u16::MAX);
    Location::segment(segment.name(), sequence)
}
