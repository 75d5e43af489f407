//! ITI-8 audit records (ITI TF-2 3.8.5.1).

use hl7v2::datatype::Cx;
use hl7v2::{Header, Message};
use ihe_atna::{Action, ParticipantObject, TransactionEvent, codes};

use super::Event;
use crate::transaction::AuditFacts;

const TRANSACTION: (&str, &str) = ("ITI-8", "Patient Identity Feed");

/// The Patient Record events of this message, accepted or refused: Create for A01, A04, A05,
/// Update for A08; for A40 two, Delete for the id of MRG-1 and Update for the id of PID-3.
pub fn audit(facts: &AuditFacts<'_>, message: &Message) -> Vec<TransactionEvent> {
    let header = message.header();
    let separators = message.separators();
    let patient = |segment: &str, field: usize| -> Option<ParticipantObject> {
        let field = message.segment(segment)?.field(field);
        let ids = field.repetitions().map(|r| Cx::parse(r.raw(), &separators));
        let id = ids
            .into_iter()
            .find(|id| !id.id.is_empty() && id.id != hl7v2::datatype::NULL)?;
        Some(subject(&id.to_string(), &header))
    };
    let event = |action, object| event(facts, Some(&header), action, object);
    let pid = patient("PID", 3);
    match Event::from_trigger(&header.trigger_event) {
        Some(Event::Merge) => {
            vec![
                event(Action::Delete, patient("MRG", 1)),
                event(Action::Update, pid),
            ]
        }
        Some(Event::Update) => vec![event(Action::Update, pid)],
        _ => vec![event(Action::Create, pid)],
    }
}

/// The event for bytes that are no HL7 message at all (V2-R-003).
pub fn audit_unreadable(facts: &AuditFacts<'_>) -> TransactionEvent {
    event(facts, None, Action::Create, None)
}

fn subject(id: &str, header: &Header) -> ParticipantObject {
    ParticipantObject::patient(id).detail("MSH-10", header.control_id.as_bytes())
}

fn event(
    facts: &AuditFacts<'_>,
    header: Option<&Header>,
    action: Action,
    object: Option<ParticipantObject>,
) -> TransactionEvent {
    TransactionEvent {
        event_id: codes::EVENT_PATIENT_RECORD,
        action,
        transaction: TRANSACTION,
        outcome: facts.outcome,
        outcome_description: facts.description.clone(),
        initiator_is_us: facts.side == crate::Side::Source,
        source: facts.source(header),
        destination: facts.destination(header),
        human: facts.human_participant(),
        purpose_of_use: facts.human.and_then(|human| human.purpose_of_use.clone()),
        objects: object.into_iter().collect(),
    }
}
