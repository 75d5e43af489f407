//! ITI-30 audit records: Patient Record events (ITI TF-2 3.20.4.1.1.1), as those of ITI-8.

use hl7v2::Message;
use ihe_atna::{Action, ParticipantObject, TransactionEvent, transactions};

use super::Event;
use crate::transaction::{AuditFacts, subjects};

const TRANSACTION: (&str, &str) = transactions::ITI_30.label();

/// The Patient Record events of this message, accepted or refused: Create for A28, Update for A31; for A40 and A47 two,
/// Delete for the ids of MRG-1 and Update for the ids of PID-3; Update of both patients for A24 and A37.
pub fn audit(facts: &AuditFacts<'_>, message: &Message) -> Vec<TransactionEvent> {
    let header = message.header();
    let patients = |segment: &str, nth: usize, field: usize| -> Vec<ParticipantObject> {
        let ids = subjects::ids(message, segment, nth, field);
        ids.iter()
            .map(|id| subjects::patient(id, &header))
            .collect()
    };
    let event =
        |action, objects| subjects::record(facts, Some(&header), TRANSACTION, action, objects);
    let first = patients("PID", 0, 3);
    match Event::from_trigger(&header.trigger_event) {
        Some(Event::Merge | Event::ChangeId) => vec![
            event(Action::Delete, patients("MRG", 0, 1)),
            event(Action::Update, first),
        ],
        Some(Event::Link | Event::Unlink) => {
            let both = [first, patients("PID", 1, 3)].concat();
            vec![event(Action::Update, both)]
        }
        Some(Event::Update) => vec![event(Action::Update, first)],
        _ => vec![event(Action::Create, first)],
    }
}
