//! ITI-21 and ITI-22 audit records (ITI TF-2 3.21.5.1, 3.22.5.1).

use hl7v2::{Header, Message};
use ihe_atna::{ParticipantObject, TransactionEvent};

#[cfg(feature = "server")]
use super::KIND;
use super::{Kind, ids::Ids};
use crate::transaction::AuditFacts;

/// Patients named in one record.
const PATIENTS: usize = 100;

pub(super) fn audit(
    kind: &Kind,
    facts: &AuditFacts<'_>,
    request: &Message,
) -> Vec<TransactionEvent> {
    let header = request.header();
    let control_id = header.control_id.as_bytes();
    let patients = Ids::of(request).into_iter().take(PATIENTS);
    let mut objects: Vec<ParticipantObject> = patients
        .map(|id| ParticipantObject::patient(&id.to_string()))
        .collect();
    let whole = request.text().as_bytes();
    let query = kind.transaction.query(&header.control_id, whole);
    objects.push(query.detail("MSH-10", control_id));
    vec![event(kind, facts, Some(&header), objects)]
}

/// The event for bytes that are no HL7 message at all (V2-R-003).
#[cfg(feature = "server")]
pub(crate) fn audit_unreadable(facts: &AuditFacts<'_>) -> TransactionEvent {
    event(&KIND, facts, None, Vec::new())
}

fn event(
    kind: &Kind,
    facts: &AuditFacts<'_>,
    header: Option<&Header>,
    objects: Vec<ParticipantObject>,
) -> TransactionEvent {
    TransactionEvent {
        outcome: facts.outcome,
        outcome_description: facts.description.clone(),
        source: facts.source(header),
        destination: facts.destination(header),
        human: facts.human_participant(),
        purpose_of_use: facts.human.and_then(|human| human.purpose_of_use.clone()),
        objects,
        ..TransactionEvent::of(&kind.transaction, facts.side)
    }
}
