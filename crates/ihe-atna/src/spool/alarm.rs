//! ITI-20 alarms of the spool about itself: Security Alert 110113 with Audit Recording Stopped
//! 110133 and Started 110134, where records were dropped.

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, Coded, EventIdentification, Outcome,
    ParticipantObject,
};
use crate::codes;

/// AuditSourceID of the spool's own records.
pub(crate) const SOURCE_ID: &str = "audit-spool";

/// Records are dropped from here on.
pub(crate) fn stopped(reason: &str) -> String {
    let kind = codes::TYPE_AUDIT_RECORDING_STOPPED.to_coded();
    alarm(kind, Outcome::SeriousFailure, reason)
}

/// Records are kept again; `lost` were dropped since the spool was opened.
pub(crate) fn started(lost: u64) -> String {
    let kind = codes::TYPE_AUDIT_RECORDING_STARTED.to_coded();
    let text = format!("audit records are kept again; lost so far: {lost}");
    alarm(kind, Outcome::Success, &text)
}

fn alarm(kind: Coded, outcome: Outcome, text: &str) -> String {
    let event = EventIdentification {
        outcome,
        types: vec![kind],
        outcome_description: Some(text.to_owned()),
        ..EventIdentification::new(codes::EVENT_SECURITY_ALERT, Action::Execute)
    };
    let us = ActiveParticipant {
        user_id: SOURCE_ID.to_owned(),
        alternative_user_id: Some(std::process::id().to_string()),
        roles: vec![codes::ROLE_APPLICATION.to_coded()],
        ..ActiveParticipant::default()
    };
    let object = ParticipantObject::node(SOURCE_ID);
    let message = AuditMessage {
        event,
        participants: vec![us],
        source: AuditSource {
            id: SOURCE_ID.to_owned(),
            types: vec![codes::SOURCE_APPLICATION_SERVER.to_coded()],
            ..AuditSource::default()
        },
        objects: vec![object.detail("Alert Description", text.as_bytes())],
    };
    message.to_xml()
}
