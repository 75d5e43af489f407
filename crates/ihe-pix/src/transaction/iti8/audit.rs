//! ITI-8 audit records (ITI TF-2 3.8.5.1).

use hl7v2::Message;
use ihe_atna::{Action, ParticipantObject, TransactionEvent, transactions};

use super::Event;
use crate::transaction::{AuditFacts, subjects};

const TRANSACTION: (&str, &str) = transactions::ITI_8.label();

/// The Patient Record events of this message, accepted or refused: Create for A01, A04, A05,
/// Update for A08; for A40 two, Delete for the id of MRG-1 and Update for the id of PID-3.
pub fn audit(facts: &AuditFacts<'_>, message: &Message) -> Vec<TransactionEvent> {
    let header = message.header();
    let first = |segment: &str, field: usize| -> Vec<ParticipantObject> {
        let ids = subjects::ids(message, segment, 0, field);
        let id = ids.iter().take(1);
        id.map(|id| subjects::patient(id, &header)).collect()
    };
    let event =
        |action, objects| subjects::record(facts, Some(&header), TRANSACTION, action, objects);
    let pid = first("PID", 3);
    match Event::from_trigger(&header.trigger_event) {
        Some(Event::Merge) => {
            vec![
                event(Action::Delete, first("MRG", 1)),
                event(Action::Update, pid),
            ]
        }
        Some(Event::Update) => vec![event(Action::Update, pid)],
        _ => vec![event(Action::Create, pid)],
    }
}

/// The event for bytes that are no HL7 message at all (V2-R-003).
pub fn audit_unreadable(facts: &AuditFacts<'_>) -> TransactionEvent {
    subjects::record(facts, None, TRANSACTION, Action::Create, Vec::new())
}
