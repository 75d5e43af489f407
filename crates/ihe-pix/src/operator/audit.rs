//! Audit records of what operators do: Patient Record events (DICOM 110110), as those of the feeds.

use ihe_atna::{
    Action, ActiveParticipant, AuditMessage, AuditSource, Coded, EventIdentification, Outcome,
    ParticipantObject, codes,
};

use super::{Denied, Handled};
use crate::identity::By;

/// Patients told in one record.
const MOST: usize = 100;

/// The code system of EventTypeCode here: no IHE transaction says what operators do.
pub const CODE_SYSTEM: &str = "Renkei operator";

/// The records of one request, done or denied: Read for lists and history; for a merge two, Delete of the id that goes and
/// Update of the one that stays; otherwise Update of every id. The operator is the requestor; the reason is a detail.
pub fn audit(by: &By, name: &'static str, handled: &Handled) -> Vec<AuditMessage> {
    let objects: Vec<ParticipantObject> = handled
        .subjects
        .iter()
        .map(|id| ParticipantObject::patient(&id.to_string()).detail("reason", by.why.as_bytes()))
        .collect();
    let message = |action, objects: &[ParticipantObject]| AuditMessage {
        event: event(action, name, handled),
        participants: vec![operator(by), ourselves()],
        source: AuditSource::default(),
        objects: objects.to_vec(),
    };
    match (name, objects.as_slice()) {
        ("merge", [survivor, subsumed]) => vec![
            message(Action::Delete, std::slice::from_ref(subsumed)),
            message(Action::Update, std::slice::from_ref(survivor)),
        ],
        ("review-list" | "review-show" | "history", []) => vec![message(Action::Read, &[])],
        ("review-list" | "review-show" | "history", all) => all
            .chunks(MOST)
            .map(|some| message(Action::Read, some))
            .collect(),
        (_, all) => vec![message(Action::Update, all)],
    }
}

fn event(action: Action, name: &'static str, handled: &Handled) -> EventIdentification {
    let (outcome, outcome_description) = match &handled.outcome {
        Ok(_) => (Outcome::Success, None),
        Err(denied) => (severity(denied), Some(denied.to_string())),
    };
    EventIdentification {
        outcome,
        types: vec![Coded::new(name, CODE_SYSTEM, format!("Operator: {name}"))],
        outcome_description,
        ..EventIdentification::new(codes::EVENT_PATIENT_RECORD, action)
    }
}

fn severity(denied: &Denied) -> Outcome {
    match denied {
        Denied::Store(_) => Outcome::SeriousFailure,
        _ => Outcome::MinorFailure,
    }
}

fn operator(by: &By) -> ActiveParticipant {
    ActiveParticipant {
        user_id: by.who.clone(),
        is_requestor: true,
        ..ActiveParticipant::default()
    }
}

/// The program that did it.
fn ourselves() -> ActiveParticipant {
    ActiveParticipant {
        user_id: "pix-manager".into(),
        alternative_user_id: Some(std::process::id().to_string()),
        roles: vec![codes::ROLE_DESTINATION.to_coded()],
        ..ActiveParticipant::default()
    }
}
