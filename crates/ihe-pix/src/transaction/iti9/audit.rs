//! ITI-9 audit record (ITI TF-2 3.9.5.1).

use hl7v2::Message;
use hl7v2::datatype::Cx;
use ihe_atna::{ParticipantObject, TransactionEvent, transactions::ITI_9};

use crate::transaction::AuditFacts;

/// The Query event of this request: the patient asked for and the QPD segment.
pub fn audit(facts: &AuditFacts<'_>, request: &Message) -> Vec<TransactionEvent> {
    let header = request.header();
    let control_id = header.control_id.as_bytes();
    let qpd = request
        .segment("QPD")
        .map(|segment| segment.raw())
        .unwrap_or_default();
    let mut objects = Vec::new();
    if let Some(id) = request.raw("QPD-3(1)") {
        let id = Cx::parse(id, &request.separators()).to_string();
        objects.push(ParticipantObject::patient(&id).detail("MSH-10", control_id));
    }
    let query = ITI_9.query(&header.control_id, qpd.as_bytes());
    objects.push(query.detail("MSH-10", control_id));
    vec![TransactionEvent {
        outcome: facts.outcome,
        outcome_description: facts.description.clone(),
        source: facts.source(Some(&header)),
        destination: facts.destination(Some(&header)),
        human: facts.human_participant(),
        purpose_of_use: facts.human.and_then(|human| human.purpose_of_use.clone()),
        objects,
        ..TransactionEvent::of(&ITI_9, facts.side)
    }]
}
