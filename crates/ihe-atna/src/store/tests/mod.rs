//! The record store contract, run for every store, and what is particular to each.

pub(super) mod contract;
mod reading;
#[cfg(feature = "sqlite")]
mod sqlite;

use chrono::{DateTime, Utc};

use crate::audit::{Action, Outcome, Participant, ParticipantObject, TransactionEvent};
use crate::codes;
use crate::store::{MemoryStore, ReceivedRecord, StoredRecord};
use crate::syslog;
use crate::trail::KeptRecord;

pub(super) fn time(minute: u32) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-01-21T10:00:00Z".parse().expect("a time");
    start + chrono::TimeDelta::minutes(minute.into())
}

pub(super) struct Made {
    pub(super) minute: u32,
    pub(super) patient: &'static str,
    pub(super) transaction: &'static str,
    pub(super) outcome: Outcome,
    pub(super) user: &'static str,
    pub(super) peer: &'static str,
}

pub(super) fn made(minute: u32, patient: &'static str, transaction: &'static str) -> Made {
    Made {
        minute,
        patient,
        transaction,
        outcome: Outcome::Success,
        user: "source",
        peer: "10.0.0.1:5",
    }
}

impl Made {
    pub(super) fn received(&self) -> ReceivedRecord {
        let mut message = TransactionEvent {
            event_id: codes::EVENT_QUERY,
            action: Action::Execute,
            transaction: (self.transaction, "name"),
            outcome: self.outcome,
            outcome_description: None,
            initiator_is_us: true,
            source: Participant::new(self.user, "127.0.0.1", true),
            destination: Participant::new("destination", "127.0.0.1", false),
            human: None,
            purpose_of_use: None,
            objects: vec![
                ParticipantObject::patient(self.patient),
                ParticipantObject::query(self.transaction, "name", "Q7", b"q"),
            ],
        }
        .into_message();
        message.event.date_time = time(self.minute).fixed_offset();
        message.source.id = "pix-manager".to_owned();
        let header = syslog::Header {
            timestamp: time(self.minute),
            host_name: "h".to_owned(),
            app_name: "a".to_owned(),
            process_id: "1".to_owned(),
        };
        ReceivedRecord {
            received: time(self.minute),
            ..ReceivedRecord::new(self.peer, syslog::message(&header, &message.to_xml()))
        }
    }

    pub(super) fn stored(&self, sequence: u64) -> StoredRecord {
        stored(sequence, self.received())
    }
}

pub(super) fn stored(sequence: u64, record: ReceivedRecord) -> StoredRecord {
    StoredRecord::of(&KeptRecord { sequence, record })
}

#[tokio::test]
async fn atna_r_028_memory_store_keeps_the_contract() {
    contract::check(MemoryStore::new()).await;
}
