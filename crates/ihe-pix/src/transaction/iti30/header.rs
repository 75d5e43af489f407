//! MSH and EVN of ITI-30 (ITI TF-2 Tables 3.30-1 and 3.30-2; V2-R-071, V2-R-073).

use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};
use hl7v2::datatype::Dtm;
use hl7v2::{Header, Message};

use super::{Event, Options};
use crate::transaction::Problems;

/// The event, or the rejection (AR) of one that is none of ours, of an option not supported (V2-R-083) or of a version
/// that is not that of the transaction.
pub(super) fn admit(header: &Header, options: &Options) -> Result<Event, Refusal> {
    let msh = |field: u16, component: u16| Location::field("MSH", 1, field).component(component);
    let event = Event::from_trigger(&header.trigger_event).filter(|event| options.supports(*event));
    let Some(event) = event else {
        let text = "no event of ITI-30 that is supported here";
        let problem = Problem::error(ErrorCode::UNSUPPORTED_EVENT, msh(9, 2), text);
        return Err(Refusal::reject(problem));
    };
    if !options.versions.contains(&header.version) {
        let text = format!("taken here: {}", options.versions.join(" "));
        let problem = Problem::error(ErrorCode::UNSUPPORTED_VERSION, msh(12, 1), text);
        return Err(Refusal::reject(problem));
    }
    Ok(event)
}

/// What else MSH must say. Fields that are not used (8, 20) are ignored; MSH-14 says that this is a part of a message, and
/// a part is never taken for the whole.
pub(super) fn check_msh(
    message: &Message,
    header: &Header,
    event: Event,
    options: &Options,
    found: &mut Problems,
) {
    let mut refuse = |code, place: Location, text: &str| {
        found.push(Problem::error(code, place, text));
    };
    let empty = |path: &str| message.raw(path).is_none();
    for field in 3..=7 {
        if empty(&format!("MSH-{field}")) {
            let place = Location::field("MSH", 1, field);
            refuse(
                ErrorCode::REQUIRED_FIELD_MISSING,
                place,
                "required field is empty",
            );
        }
    }
    let structure = Location::field("MSH", 1, 9).component(3);
    if header.structure.is_empty() {
        refuse(
            ErrorCode::REQUIRED_FIELD_MISSING,
            structure,
            "the structure is missing",
        );
    } else if header.structure != event.structure() {
        let text = format!("the structure of this event is {}", event.structure());
        refuse(ErrorCode::TABLE_VALUE, structure, &text);
    }
    if !empty("MSH-14") {
        let place = Location::field("MSH", 1, 14);
        refuse(
            ErrorCode::DATA_TYPE,
            place,
            "continued messages are not taken",
        );
    }
    if header.character_sets.len() > 1 && !options.switched_character_sets {
        let place = Location::field("MSH", 1, 18).repetition(2);
        refuse(
            ErrorCode::TABLE_VALUE,
            place,
            "one character set per message",
        );
    }
}

/// EVN-2 is required, and EVN-2 and EVN-6 are times. EVN-1 should be empty, and is ignored.
pub(super) fn check_evn(message: &Message, found: &mut Problems) {
    for field in [2, 6] {
        let value = message.value(&format!("EVN-{field}.1"));
        let is_time = |text: &str| text == hl7v2::datatype::NULL || text.parse::<Dtm>().is_ok();
        if value.is_some_and(|text| !is_time(&text)) {
            let place = Location::field("EVN", 1, field);
            found.push(Problem::error(ErrorCode::DATA_TYPE, place, "not a time"));
        }
    }
}
