//! ITI-30 Patient Identity Management (ITI TF-2 3.30), HL7 v2.5
//!
//! ADT^A28 (create), A31 (update), A47 (change an id), with the Merge option A40, with the Link/Unlink option A24 and A37.
//!
//! A40 exists in ITI-8, too. A message of version 2.5 or later is ITI-30, an older one ITI-8: see
//! [`crate::gate::Transaction`]. ITI-8 refuses an id to merge that nobody knows, ITI-30 does not (V2-R-080).

mod audit;
mod decode;
mod encode;
mod header;
#[cfg(test)]
mod tests;

use hl7v2::datatype::Cx;

use crate::PatientRecord;
use crate::identity::{Action, Merge};

pub use audit::audit;
pub use decode::decode;
pub use encode::encode;

/// The trigger event (ITI TF-2 3.30.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A28, a patient is created.
    Create,
    /// A31, demographics change.
    Update,
    /// A40, two ids are one patient and one of them goes. Merge option.
    Merge,
    /// A47, an id was wrong.
    ChangeId,
    /// A24, two patients are one person. Link/Unlink option.
    Link,
    /// A37, two patients are two persons. Link/Unlink option.
    Unlink,
}

/// Every event with MSH-9.2 and MSH-9.3.
const EVENTS: [(Event, &str, &str); 6] = [
    (Event::Create, "A28", "ADT_A05"),
    (Event::Update, "A31", "ADT_A05"),
    (Event::Merge, "A40", "ADT_A39"),
    (Event::ChangeId, "A47", "ADT_A30"),
    (Event::Link, "A24", "ADT_A24"),
    (Event::Unlink, "A37", "ADT_A37"),
];

impl Event {
    fn row(self) -> (&'static str, &'static str) {
        let row = EVENTS.iter().find(|(event, _, _)| *event == self);
        row.map_or(("", ""), |(_, trigger, structure)| (trigger, structure))
    }

    /// MSH-9.2.
    pub fn trigger(self) -> &'static str {
        self.row().0
    }

    /// MSH-9.3.
    pub fn structure(self) -> &'static str {
        self.row().1
    }

    /// The event of MSH-9.2, if it is one of ITI-30.
    pub fn from_trigger(trigger: &str) -> Option<Event> {
        let row = EVENTS.iter().find(|(_, known, _)| *known == trigger);
        row.map(|(event, _, _)| *event)
    }

    /// Whether the message carries the full demographics and a dummy PV1: A28, A31.
    pub fn tells_demographics(self) -> bool {
        matches!(self, Event::Create | Event::Update)
    }

    fn has_mrg(self) -> bool {
        matches!(self, Event::Merge | Event::ChangeId)
    }

    fn has_two_patients(self) -> bool {
        matches!(self, Event::Link | Event::Unlink)
    }
}

/// What a receiver supports and how strict it is (ITI TF-2 3.30.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Merge option: A40 (V2-R-070).
    pub merge: bool,
    /// Link/Unlink option: A24 and A37 (V2-R-070).
    pub link_unlink: bool,
    /// MSH-12 values taken.
    pub versions: Vec<String>,
    /// National option: several character sets in one message, switched by escape sequences, as Japanese systems do with
    /// MSH-18 `~ISO IR87` and MSH-20 `ISO 2022-1994`. The plain profile has one set per message (V2-R-071).
    pub switched_character_sets: bool,
}

impl Default for Options {
    /// Both options of the profile, versions 2.5 and 2.5.1, one character set per message.
    fn default() -> Self {
        Options {
            merge: true,
            link_unlink: true,
            versions: ["2.5", "2.5.1"].map(String::from).to_vec(),
            switched_character_sets: false,
        }
    }
}

impl Options {
    fn supports(&self, event: Event) -> bool {
        match event {
            Event::Merge => self.merge,
            Event::Link | Event::Unlink => self.link_unlink,
            _ => true,
        }
    }
}

/// A decoded message. Ids carry the full assigning authority of their domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// What happened.
    pub event: Event,
    /// The (first) PID. For A40, A47, A24 and A37 only the ids count.
    pub patient: PatientRecord,
    /// A40, A47: one pair for each repetition of MRG-1; otherwise empty.
    pub merges: Vec<Merge>,
    /// A24, A37: PID-3 of the second PID; otherwise empty.
    pub other: Vec<Cx>,
}

impl Feed {
    fn new(event: Event, patient: PatientRecord) -> Feed {
        Feed {
            event,
            patient,
            merges: Vec::new(),
            other: Vec::new(),
        }
    }

    /// A28 for this patient.
    pub fn create(patient: PatientRecord) -> Feed {
        Feed::new(Event::Create, patient)
    }

    /// A31 for this patient.
    pub fn update(patient: PatientRecord) -> Feed {
        Feed::new(Event::Update, patient)
    }

    /// A40: `subsumed` is merged into `survivor`.
    pub fn merge(survivor: Cx, subsumed: Cx) -> Feed {
        Feed::replace(Event::Merge, survivor, subsumed)
    }

    /// A47: `old` was wrong, and is `new`.
    pub fn change_id(new: Cx, old: Cx) -> Feed {
        Feed::replace(Event::ChangeId, new, old)
    }

    /// A24: these two are one person.
    pub fn link(one: Cx, other: Cx) -> Feed {
        Feed {
            other: vec![other],
            ..Feed::new(Event::Link, PatientRecord::identified(one))
        }
    }

    /// A37: these two are not one person.
    pub fn unlink(one: Cx, other: Cx) -> Feed {
        Feed {
            event: Event::Unlink,
            ..Feed::link(one, other)
        }
    }

    fn replace(event: Event, survivor: Cx, subsumed: Cx) -> Feed {
        let merge = Merge {
            survivor: survivor.clone(),
            subsumed,
            repetition: 1,
        };
        Feed {
            merges: vec![merge],
            ..Feed::new(event, PatientRecord::identified(survivor))
        }
    }

    /// What is to be done, in this order: one action, but for A24 and A37 with several ids of one patient. Each may be
    /// done again without harm.
    pub fn into_actions(self) -> Vec<Action> {
        let (patient, merges) = (self.patient, self.merges);
        match self.event {
            Event::Create => vec![Action::Register { patient }],
            Event::Update => vec![Action::Update { patient }],
            Event::Merge => vec![Action::Merge {
                patient: PatientRecord {
                    ids: patient.ids,
                    ..PatientRecord::default()
                },
                merges,
                lenient: true,
            }],
            Event::ChangeId => vec![Action::ChangeId { pairs: merges }],
            Event::Link => links(&patient.ids, &self.other),
            Event::Unlink => unlinks(&patient.ids, &self.other),
        }
    }
}

/// All of them are one person: each is linked to the first.
fn links(ids: &[Cx], others: &[Cx]) -> Vec<Action> {
    let Some((first, rest)) = ids.split_first() else {
        return Vec::new();
    };
    let all = others.iter().chain(rest);
    all.map(|id| Action::Link {
        a: first.clone(),
        b: id.clone(),
    })
    .collect()
}

/// No id of one list is of the person of an id of the other.
fn unlinks(ids: &[Cx], others: &[Cx]) -> Vec<Action> {
    let pairs = ids
        .iter()
        .flat_map(|a| others.iter().map(move |b| (a, b)))
        .filter(|(a, b)| a != b);
    pairs
        .map(|(a, b)| Action::Unlink {
            a: a.clone(),
            b: b.clone(),
        })
        .collect()
}
