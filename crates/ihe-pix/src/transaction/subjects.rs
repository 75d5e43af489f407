//! Who a message is about, as audit records name them.

use hl7v2::datatype::{Cx, NULL};
use hl7v2::{Header, Message};
use ihe_atna::{Action, ParticipantObject, TransactionEvent, codes};

use super::AuditFacts;

/// Patients told in one audit record; PID-3 of a hostile message may have thousands.
const MOST: usize = 100;

/// The ids of a field of the n-th segment of this name, as written.
pub(crate) fn ids(message: &Message, segment: &str, nth: usize, field: usize) -> Vec<Cx> {
    let separators = message.separators();
    let Some(segment) = message.segments_named(segment).nth(nth) else {
        return Vec::new();
    };
    segment
        .field(field)
        .repetitions()
        .take(MOST)
        .map(|repetition| Cx::parse(repetition.raw(), &separators))
        .filter(|id| !id.id.is_empty() && id.id != NULL)
        .collect()
}

/// The patient of an id, with the control id of the message.
pub(crate) fn patient(id: &Cx, header: &Header) -> ParticipantObject {
    ParticipantObject::patient(&id.to_string()).detail("MSH-10", header.control_id.as_bytes())
}

/// A Patient Record event (DICOM 110110).
pub(crate) fn record(
    facts: &AuditFacts<'_>,
    header: Option<&Header>,
    transaction: (&'static str, &'static str),
    action: Action,
    objects: Vec<ParticipantObject>,
) -> TransactionEvent {
    TransactionEvent {
        event_id: codes::EVENT_PATIENT_RECORD,
        action,
        transaction,
        outcome: facts.outcome,
        outcome_description: facts.description.clone(),
        initiator_is_us: facts.side == crate::Side::Source,
        source: facts.source(header),
        destination: facts.destination(header),
        human: facts.human_participant(),
        purpose_of_use: facts.human.and_then(|human| human.purpose_of_use.clone()),
        objects,
    }
}
