//! ITI-10 audit records (ITI TF-2 3.10.5.1).

use hl7v2::Message;
use ihe_atna::{TransactionEvent, transactions::ITI_10};

use crate::transaction::{AuditFacts, subjects};

/// The Patient Record event with every id of PID-3: Read at the manager, Update at the consumer.
pub fn audit(facts: &AuditFacts<'_>, message: &Message) -> Vec<TransactionEvent> {
    let header = message.header();
    let ids = subjects::ids(message, "PID", 0, 3);
    let objects = ids
        .iter()
        .map(|id| subjects::patient(id, &header))
        .collect();
    vec![subjects::record(
        facts,
        Some(&header),
        ITI_10.label(),
        ITI_10.recorded(facts.side).action,
        objects,
    )]
}
