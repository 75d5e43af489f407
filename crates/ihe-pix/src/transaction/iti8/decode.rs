//! ITI-8 message to feed (ITI TF-2 3.8.4).

use hl7v2::Message;
use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};

use super::{Event, Feed, structure};
use crate::transaction::Problems;
use crate::transaction::reading::{Context, merges, patient};
use crate::{FeedPolicy, visit};

/// The feed, or every reason to refuse it (AE). MSH is the gate's business.
pub fn decode(message: &Message, policy: &FeedPolicy) -> Result<Feed, Refusal> {
    let mut found = Problems::up_to(policy.limits.problems);
    let header = message.header();
    let Some(event) = Event::from_trigger(&header.trigger_event) else {
        let place = Location::field("MSH", 1, 9).repetition(1).component(2);
        found.push(Problem::error(
            ErrorCode::UNSUPPORTED_EVENT,
            place,
            "no event of ITI-8",
        ));
        return Err(found.into_refusal());
    };
    structure::check(message, event, policy, &mut found);
    let context = Context::new(message, &header, policy);
    let must_have_id = !policy.ignore_unknown_domains || event == Event::Merge;
    let pid = message.segment("PID");
    let (mut patient, placed) = pid
        .map(|pid| patient(pid, must_have_id, &context, &mut found))
        .unwrap_or_default();
    let merges = match event {
        Event::Merge => merges(message, &placed, false, &context, &mut found),
        _ => Vec::new(),
    };
    patient.visit = visit(message, &context, &mut found);
    found.into_result(Feed {
        event,
        patient,
        merges,
    })
}

/// PV1 as it is kept for ITI-22.
fn visit(message: &Message, context: &Context<'_>, found: &mut Problems) -> String {
    let Some(pv1) = message.segment("PV1") else {
        return String::new();
    };
    for field in visit::FIELDS {
        if pv1.field(field).raw().chars().count() > context.policy.limits.field_length {
            let place = Location::field("PV1", 1, u16::try_from(field).unwrap_or_default());
            let text = "the field is too long";
            found.push(Problem::error(ErrorCode::DATA_TYPE, place, text));
            return String::new();
        }
    }
    visit::read(pv1, context.separators)
}
