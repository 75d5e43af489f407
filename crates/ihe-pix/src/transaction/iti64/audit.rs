//! ITI-64 audit records (ITI TF-2 3.64.5.1; V2-R-103).

use hl7v2::Message;
use hl7v2::datatype::Cx;
use ihe_atna::{Action, ParticipantObject, TransactionEvent, codes, transactions};

use crate::transaction::{AuditFacts, subjects};

const TRANSACTION: (&str, &str) = transactions::ITI_64.label();
const IDENTIFIER_TYPE: &str = "urn:ihe:iti:xpid:2017:patientIdentifierType";

/// The Patient Record event, Update at both sides, with the two to four ids by what they are.
pub fn audit(facts: &AuditFacts<'_>, message: &Message) -> Vec<TransactionEvent> {
    let header = message.header();
    let mut pid = subjects::ids(message, "PID", 0, 3).into_iter();
    let mut mrg = subjects::ids(message, "MRG", 0, 1).into_iter();
    let (new, local, previous, subsumed) = (pid.next(), pid.next(), mrg.next(), mrg.next());
    let (relinked, merged) = (new != previous, subsumed.is_some());
    let told: [(Option<Cx>, &str, Option<u8>); 4] = [
        (
            local,
            "localPatientId",
            merged.then_some(codes::LIFE_ORIGINATION),
        ),
        (
            subsumed,
            "subsumedPatientId",
            Some(codes::LIFE_LOGICAL_DELETION),
        ),
        (
            new,
            "newPatientId",
            relinked.then_some(codes::LIFE_ORIGINATION),
        ),
        (
            previous,
            "previousPatientId",
            relinked.then_some(codes::LIFE_LOGICAL_DELETION),
        ),
    ];
    let object = |(id, kind, stage): (Option<Cx>, &str, Option<u8>)| -> Option<ParticipantObject> {
        let object = subjects::patient(&id?, &header).detail(IDENTIFIER_TYPE, kind.as_bytes());
        Some(match stage {
            Some(stage) => object.with_life_cycle(stage),
            None => object,
        })
    };
    let objects = told.into_iter().filter_map(object).collect();
    vec![subjects::record(
        facts,
        Some(&header),
        TRANSACTION,
        Action::Update,
        objects,
    )]
}
