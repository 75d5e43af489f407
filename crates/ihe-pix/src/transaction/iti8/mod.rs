//! ITI-8 Patient Identity Feed (ITI TF-2 3.8)
//!
//! ADT^A01, A04, A05 (an id appears), A08 (demographics change), A40 (two ids are one patient).

mod audit;
mod decode;
mod encode;
mod identifiers;
mod structure;
#[cfg(test)]
mod tests;

use hl7v2::datatype::Cx;

use crate::PatientRecord;
use crate::identity::Action;

pub use crate::identity::Merge;
pub use audit::{audit, audit_unreadable};
pub use decode::decode;
pub(crate) use encode::pid;
pub use encode::{Ends, encode};

/// The trigger event of a feed (ITI TF-2 3.8.4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A01, admission of an in-patient.
    Admit,
    /// A04, registration of an out-patient.
    Register,
    /// A05, pre-admission.
    PreAdmit,
    /// A08, update of demographics.
    Update,
    /// A40, merge: the only way to change an id.
    Merge,
}

impl Event {
    /// MSH-9.2.
    pub fn trigger(self) -> &'static str {
        match self {
            Event::Admit => "A01",
            Event::Register => "A04",
            Event::PreAdmit => "A05",
            Event::Update => "A08",
            Event::Merge => "A40",
        }
    }

    /// The event of MSH-9.2, if it is one of ITI-8.
    pub fn from_trigger(trigger: &str) -> Option<Event> {
        let all = [
            Event::Admit,
            Event::Register,
            Event::PreAdmit,
            Event::Update,
            Event::Merge,
        ];
        all.into_iter().find(|event| event.trigger() == trigger)
    }

    /// MSH-9.3 (ITI TF-2 Table 3.8-1).
    pub fn structure(self) -> &'static str {
        match self {
            Event::Merge => "ADT_A39",
            _ => "ADT_A01",
        }
    }

    /// Whether the Source says that the id is now in use: A01, A04, A05.
    pub fn registers(self) -> bool {
        matches!(self, Event::Admit | Event::Register | Event::PreAdmit)
    }
}

/// A decoded feed. Ids carry the full assigning authority of their domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// What happened.
    pub event: Event,
    /// PID. `ids` may be empty only where unknown domains are left out (Document Registry).
    pub patient: PatientRecord,
    /// A40: one pair for each repetition of MRG-1; otherwise empty.
    pub merges: Vec<Merge>,
}

impl Feed {
    /// A04 for this patient.
    pub fn register(patient: PatientRecord) -> Feed {
        Feed {
            event: Event::Register,
            patient,
            merges: Vec::new(),
        }
    }

    /// A01 for this patient.
    pub fn admit(patient: PatientRecord) -> Feed {
        Feed {
            event: Event::Admit,
            patient,
            merges: Vec::new(),
        }
    }

    /// A08 for this patient.
    pub fn update(patient: PatientRecord) -> Feed {
        Feed {
            event: Event::Update,
            patient,
            merges: Vec::new(),
        }
    }

    /// A40: `subsumed` becomes the patient's first id.
    pub fn merge(patient: PatientRecord, subsumed: Cx) -> Feed {
        let survivor = patient.ids.first().cloned().unwrap_or_default();
        let merges = vec![Merge {
            survivor,
            subsumed,
            repetition: 1,
        }];
        Feed {
            event: Event::Merge,
            patient,
            merges,
        }
    }
}

impl From<Feed> for Action {
    fn from(feed: Feed) -> Action {
        let patient = feed.patient;
        match feed.event {
            Event::Admit | Event::Register | Event::PreAdmit => Action::Register { patient },
            Event::Update => Action::Update { patient },
            Event::Merge => Action::Merge {
                patient,
                merges: feed.merges,
                lenient: false,
            },
        }
    }
}
