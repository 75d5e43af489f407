//! ITI-10 message to notification, as the consumer reads it (ITI TF-2 3.10.4.1.3).

use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};
use hl7v2::datatype::{Cx, NULL};
use hl7v2::{Message, Segment};

use super::Notification;
use crate::Limits;
use crate::transaction::reading::{absent, order, required_field, single};
use crate::transaction::{Problems, position};

/// The segments judged, in the order they must come.
const ORDER: [&str; 4] = ["MSH", "EVN", "PID", "PV1"];

/// The notification, or every reason to refuse it (AE). MSH is the gate's business.
pub fn decode(message: &Message, limits: &Limits) -> Result<Notification, Refusal> {
    let mut found = Problems::up_to(limits.problems);
    order(message, &ORDER, &mut found);
    single(message, "PID", &mut found);
    required_field(message, "EVN", 2, &mut found);
    let ids = match message.segment("PID") {
        Some(pid) => ids(message, pid, limits, &mut found),
        None => {
            found.push(absent("PID"));
            Vec::new()
        }
    };
    found.into_result(Notification { ids })
}

fn ids(message: &Message, pid: Segment<'_>, limits: &Limits, found: &mut Problems) -> Vec<Cx> {
    let place = Location::field("PID", 1, 3);
    let separators = message.separators();
    let mut refuse = |code, place: Location, text| found.push(Problem::error(code, place, text));
    let mut ids = Vec::new();
    for (index, repetition) in pid.field(3).repetitions().enumerate() {
        let place = place.clone().repetition(position(index));
        if index >= limits.ids {
            refuse(ErrorCode::DATA_TYPE, place, "too many repetitions");
            return ids;
        }
        let id = Cx::parse(repetition.raw(), &separators);
        let text = id.id.trim();
        if text.is_empty() || text == NULL {
            let place = place.component(1);
            refuse(ErrorCode::REQUIRED_FIELD_MISSING, place, "the id is empty");
        } else if text.chars().count() > limits.id_length {
            refuse(
                ErrorCode::DATA_TYPE,
                place.component(1),
                "the id is too long",
            );
        } else if id.assigning_authority.is_empty() {
            let place = place.component(4);
            refuse(
                ErrorCode::REQUIRED_FIELD_MISSING,
                place,
                "no assigning authority",
            );
        } else {
            ids.push(id);
        }
    }
    if pid.field(3).is_empty() {
        refuse(ErrorCode::REQUIRED_FIELD_MISSING, place, "no id");
    }
    ids
}
