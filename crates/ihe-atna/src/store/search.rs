//! ITI-20 what to look for in the repository.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::store::StoredRecord;
use crate::store::stored::host;
use crate::store::summary::patient_key;

/// In which order pages come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By time of the event, the oldest first.
    #[default]
    OldestFirst,
    /// By time of the event, the newest first.
    NewestFirst,
    /// By arrival, the number in the trail: to follow what comes in. Reads every record after the
    /// cursor.
    Arrival,
}

/// Where a page ended. Its text is `MICROSECONDS-SEQUENCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last record's time.
    pub time: DateTime<Utc>,
    /// The last record's number.
    pub sequence: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.time.timestamp_micros(), self.sequence)
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Cursor, &'static str> {
        const WRONG: &str = "not a cursor: MICROSECONDS-SEQUENCE";
        let (micros, sequence) = text.rsplit_once('-').ok_or(WRONG)?;
        let micros = micros.parse().map_err(|_| WRONG)?;
        Ok(Cursor {
            time: DateTime::from_timestamp_micros(micros).ok_or(WRONG)?,
            sequence: sequence.parse().map_err(|_| WRONG)?,
        })
    }
}

/// What to look for; all that is given must hold. `Debug` hides who.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// A patient id: with `^` in CX form, compared by id and authority; else by id alone.
    pub patient: Option<String>,
    /// A UserID of any participant.
    pub user: Option<String>,
    /// An EventTypeCode, such as `ITI-9`, or an EventID, such as `110112`.
    pub event: Option<String>,
    /// An EventOutcomeIndicator: 0, 4, 8 or 12.
    pub outcome: Option<u8>,
    /// A ParticipantObjectID that is not a patient's.
    pub object: Option<String>,
    /// Where the message came from: an address, without or with a port, which does not count.
    pub peer: Option<String>,
    /// The AuditSourceID.
    pub source: Option<String>,
    /// Not before; see [`StoredRecord::time`].
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    /// At most so many; 0 means 100.
    pub limit: usize,
    /// In which order.
    pub order: Order,
    /// Only records after this one in that order: the last of the page before.
    pub after: Option<Cursor>,
}

impl Search {
    pub(crate) fn limit(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }

    /// Whether a record is one of those looked for; page and order do not count.
    pub fn matches(&self, record: &StoredRecord) -> bool {
        let time = record.time();
        self.since.is_none_or(|since| time >= since)
            && self.until.is_none_or(|until| time < until)
            && holds(&self.peer, |peer| record.host() == host(peer))
            && self.of_message(record)
    }

    fn of_message(&self, record: &StoredRecord) -> bool {
        let Some(summary) = &record.summary else {
            return !self.needs_message();
        };
        let among = |values: &[String], wanted: &str| values.iter().any(|one| one == wanted);
        holds(&self.patient, |id| {
            summary.patients.iter().any(|cx| same_patient(cx, id))
        }) && holds(&self.user, |user| among(&summary.users, user))
            && holds(&self.object, |object| among(&summary.objects, object))
            && holds(&self.source, |source| summary.source_id == source)
            && holds(&self.event, |event| {
                summary.event_type == event || summary.event_id == event
            })
            && self
                .outcome
                .is_none_or(|outcome| summary.outcome == outcome)
    }

    fn needs_message(&self) -> bool {
        let texts = [
            &self.patient,
            &self.user,
            &self.object,
            &self.source,
            &self.event,
        ];
        self.outcome.is_some() || texts.iter().any(|one| one.is_some())
    }
}

fn holds(wanted: &Option<String>, check: impl FnOnce(&str) -> bool) -> bool {
    wanted.as_deref().is_none_or(check)
}

fn same_patient(cx: &str, wanted: &str) -> bool {
    let (id, authority) = patient_key(wanted);
    let (other, other_authority) = patient_key(cx);
    other == id && (authority.is_none() || other_authority == authority)
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("by_patient", &self.patient.is_some())
            .field("by_user", &self.user.is_some())
            .field("event", &self.event)
            .field("outcome", &self.outcome)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
