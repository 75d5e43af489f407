//! ITI-20 what a repository reads out of a record (DICOM PS3.15 A.5), also out of one that UDP
//! cut short (ATNA-R-023).

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, FixedOffset};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::audit::AuditMessage;
use crate::syslog;

/// The searchable part of an audit message. `Debug` hides who.
#[derive(Clone, PartialEq)]
pub struct RecordSummary {
    /// EventDateTime.
    pub event_time: DateTime<FixedOffset>,
    /// EventID's code, such as `110112`.
    pub event_id: String,
    /// First EventTypeCode's code, such as `ITI-9`; empty when there is none.
    pub event_type: String,
    /// EventActionCode; empty when there is none.
    pub action: String,
    /// EventOutcomeIndicator: 0, 4, 8 or 12.
    pub outcome: u8,
    /// AuditSourceID.
    pub source_id: String,
    /// UserID of all participants.
    pub users: Vec<String>,
    /// ParticipantObjectID of all patients.
    pub patients: Vec<String>,
    /// ParticipantObjectID of all other objects.
    pub objects: Vec<String>,
    /// Whether the message came cut short and was closed to be read; the kept bytes are as they
    /// came.
    pub cut: bool,
}

impl RecordSummary {
    /// Reads a SYSLOG-MSG; none when there is no audit message in it.
    pub fn of(raw: &[u8]) -> Option<RecordSummary> {
        let text = String::from_utf8_lossy(syslog::parse(raw).message);
        let text = text.trim();
        if let Ok(message) = AuditMessage::from_xml(text) {
            return Some(RecordSummary::from_message(&message, false));
        }
        let closed = close(text)?;
        let message = AuditMessage::from_xml(&closed).ok()?;
        Some(RecordSummary::from_message(&message, true))
    }

    fn from_message(message: &AuditMessage, cut: bool) -> RecordSummary {
        let event = &message.event;
        let others = message.objects.iter().filter(|object| !object.is_patient());
        RecordSummary {
            event_time: event.date_time,
            event_id: event.id.code.clone(),
            event_type: message.event_type().unwrap_or_default().to_owned(),
            action: event
                .action
                .map(|action| action.letter())
                .unwrap_or_default()
                .to_owned(),
            outcome: event.outcome.number(),
            source_id: message.source.id.clone(),
            users: message
                .participants
                .iter()
                .map(|one| one.user_id.clone())
                .collect(),
            patients: message.patients().map(str::to_owned).collect(),
            objects: others.filter_map(|object| object.id.clone()).collect(),
            cut,
        }
    }
}

impl fmt::Debug for RecordSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSummary")
            .field("event_time", &self.event_time)
            .field("event_id", &self.event_id)
            .field("event_type", &self.event_type)
            .field("outcome", &self.outcome)
            .field("patients", &self.patients.len())
            .finish_non_exhaustive()
    }
}

/// Cuts after the last whole tag and closes what is open.
fn close(text: &str) -> Option<String> {
    let end = text.rfind('>')? + 1;
    let kept = text.get(..end)?;
    let mut open: Vec<String> = Vec::new();
    let mut reader = Reader::from_str(kept);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) if open.len() < 16 => {
                open.push(start.name().as_ref().to_owned());
            }
            Ok(Event::End(_)) => {
                open.pop()?;
            }
            Ok(Event::Eof) => break,
            Ok(Event::DocType(_) | Event::Start(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
    let closing: String = open.iter().rev().map(|name| format!("</{name}>")).collect();
    (!closing.is_empty()).then(|| format!("{kept}{closing}"))
}

/// How a patient id is compared: id, and authority's universal id or else its namespace.
pub(crate) fn patient_key(cx: &str) -> (Cow<'_, str>, Option<String>) {
    let mut components = cx.split('^');
    let id = components.next().unwrap_or_default();
    let authority = components.nth(2).map(|authority| {
        let mut parts = authority.split('&');
        let namespace = parts.next().unwrap_or_default();
        match parts.next() {
            Some(universal) if !universal.is_empty() => universal.to_owned(),
            _ => namespace.to_owned(),
        }
    });
    (Cow::Borrowed(id), authority)
}
