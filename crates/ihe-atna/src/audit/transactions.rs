//! What each transaction's "Security Audit Considerations" ask of its two actors, as data
//! (ITI TF-2 section 5 of each transaction, ITI TF-2 3.20.7): the one place where the numbers,
//! names, EventIDs and actions of transactions stand.

use crate::audit::{Action, Coded, CodedRef, ParticipantObject};
use crate::codes;

/// An end of a transaction in its audit record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Role 110153: where the data or the query comes from. The repository for a retrieval.
    Source,
    /// Role 110152: where it goes to. The consumer for a retrieval.
    Destination,
}

/// EventID and EventActionCode of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Recorded {
    /// EventID.
    pub event: CodedRef,
    /// EventActionCode; of a feed the one for a new patient (update and delete by its message).
    pub action: Action,
}

/// A kind of ParticipantObjectIdentification a transaction names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// [`ParticipantObject::patient`].
    Patient,
    /// [`Transaction::query`].
    Query,
    /// [`ParticipantObject::submission_set`].
    SubmissionSet,
    /// [`ParticipantObject::document`].
    Document,
    /// [`ParticipantObject::study`].
    Study,
    /// [`ParticipantObject::object_reference`].
    ObjectReference,
}

/// A transaction as audit records know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transaction {
    /// `ITI-18`.
    pub number: &'static str,
    /// originalText of the EventTypeCode.
    pub name: &'static str,
    /// What the source records.
    pub source: Recorded,
    /// What the destination records.
    pub destination: Recorded,
    /// Who asked the other: UserIsRequestor.
    pub requestor: Side,
    /// The objects it names, each 0..n.
    pub objects: &'static [About],
}

impl Transaction {
    /// The transaction of a number.
    ///
    /// ```
    /// use ihe_atna::Transaction;
    /// let discovery = Transaction::of("ITI-55").expect("a row");
    /// assert_eq!(discovery.name, "Cross Gateway Patient Discovery");
    /// ```
    pub fn of(number: &str) -> Option<&'static Transaction> {
        ALL.iter().find(|row| row.number == number)
    }

    /// EventID and action that this side records.
    pub const fn recorded(&self, side: Side) -> Recorded {
        match side {
            Side::Source => self.source,
            Side::Destination => self.destination,
        }
    }

    /// Number and name, as [`crate::TransactionEvent::transaction`] takes them.
    pub const fn label(&self) -> (&'static str, &'static str) {
        (self.number, self.name)
    }

    /// The EventTypeCode.
    pub fn event_type(&self) -> Coded {
        Coded::new(self.number, codes::IHE_TRANSACTIONS, self.name)
    }

    /// The parameters of a query by this transaction: its id and the request (ATNA-R-041).
    pub fn query(&self, id: &str, request: &[u8]) -> ParticipantObject {
        ParticipantObject::query(self.number, self.name, id, request)
    }
}

const QUERIED: Recorded = recorded(codes::EVENT_QUERY, Action::Execute);

const fn recorded(event: CodedRef, action: Action) -> Recorded {
    Recorded { event, action }
}

type Name = (&'static str, &'static str);
type Objects = &'static [About];

const fn row(label: Name, ends: (Recorded, Recorded), objects: Objects) -> Transaction {
    Transaction {
        number: label.0,
        name: label.1,
        source: ends.0,
        destination: ends.1,
        requestor: Side::Source,
        objects,
    }
}

const fn queried(label: Name, objects: Objects) -> Transaction {
    row(label, (QUERIED, QUERIED), objects)
}

/// Patient Record: what the source does to it, and what the destination.
const fn record(label: Name, actions: (Action, Action), objects: Objects) -> Transaction {
    let event = codes::EVENT_PATIENT_RECORD;
    let ends = (recorded(event, actions.0), recorded(event, actions.1));
    row(label, ends, objects)
}

/// Export at the source, Import at the destination.
const fn moved(label: Name, actions: (Action, Action), objects: Objects) -> Transaction {
    let out = recorded(codes::EVENT_EXPORT, actions.0);
    row(
        label,
        (out, recorded(codes::EVENT_IMPORT, actions.1)),
        objects,
    )
}

/// The destination fetches what the source has.
const fn fetched(row: Transaction) -> Transaction {
    Transaction {
        requestor: Side::Destination,
        ..row
    }
}

const fn retrieved(label: Name, objects: Objects) -> Transaction {
    fetched(moved(label, COPIED, objects))
}

/// DICOM Instances Transferred at the source, Accessed at the consumer.
const fn imaged(label: Name, objects: Objects) -> Transaction {
    let out = recorded(codes::EVENT_INSTANCES_TRANSFERRED, Action::Read);
    let used = recorded(codes::EVENT_INSTANCES_ACCESSED, Action::Create);
    fetched(row(label, (out, used), objects))
}

const CREATED: (Action, Action) = (Action::Create, Action::Create);
const UPDATED: (Action, Action) = (Action::Update, Action::Update);
const DELETED: (Action, Action) = (Action::Delete, Action::Delete);
const TOLD: (Action, Action) = (Action::Read, Action::Update);
const COPIED: (Action, Action) = (Action::Read, Action::Create);

const PATIENT: Objects = &[About::Patient];
const QUERY: Objects = &[About::Patient, About::Query];
const SUBMISSION: Objects = &[About::Patient, About::SubmissionSet];
const DOCUMENTS: Objects = &[About::Patient, About::Document];
const REFERENCES: Objects = &[About::Patient, About::ObjectReference];
const IMAGES: Objects = &[About::Patient, About::Study];

macro_rules! transactions {
    ($($constant:ident = $kind:ident($number:literal, $name:literal, $($rest:expr),+);)+) => {
        $(
            #[doc = concat!("`", $number, "` ", $name, ".")]
            pub const $constant: Transaction = $kind(($number, $name), $($rest),+);
        )+
        /// Every transaction of the table, by number.
        pub static ALL: &[Transaction] = &[$($constant),+];
    };
}

transactions! {
    ITI_8 = record("ITI-8", "Patient Identity Feed", CREATED, PATIENT);
    ITI_9 = queried("ITI-9", "PIX Query", QUERY);
    ITI_10 = record("ITI-10", "PIX Update Notification", TOLD, PATIENT);
    ITI_18 = queried("ITI-18", "Registry Stored Query", QUERY);
    ITI_21 = queried("ITI-21", "Patient Demographics Query", QUERY);
    ITI_22 = queried("ITI-22", "Patient Demographics and Visit Query", QUERY);
    ITI_30 = record("ITI-30", "Patient Identity Management", CREATED, PATIENT);
    ITI_38 = queried("ITI-38", "Cross Gateway Query", QUERY);
    ITI_39 = retrieved("ITI-39", "Cross Gateway Retrieve", DOCUMENTS);
    ITI_41 = moved("ITI-41", "Provide and Register Document Set-b", COPIED, SUBMISSION);
    ITI_42 = moved("ITI-42", "Register Document Set-b", COPIED, SUBMISSION);
    ITI_43 = retrieved("ITI-43", "Retrieve Document Set", DOCUMENTS);
    ITI_44 = record("ITI-44", "Patient Identity Feed", CREATED, PATIENT);
    ITI_45 = queried("ITI-45", "PIX Query", QUERY);
    ITI_46 = record("ITI-46", "PIX Update Notification", TOLD, PATIENT);
    ITI_47 = queried("ITI-47", "Patient Demographics Query", QUERY);
    ITI_48 = queried("ITI-48", "Retrieve Value Set", &[About::Query]);
    ITI_51 = queried("ITI-51", "Multi-Patient Stored Query", QUERY);
    ITI_52 = queried("ITI-52", "Document Metadata Subscribe", QUERY);
    ITI_53 = moved("ITI-53", "Document Metadata Notify", COPIED, SUBMISSION);
    ITI_54 = moved("ITI-54", "Document Metadata Publish", COPIED, SUBMISSION);
    ITI_55 = queried("ITI-55", "Cross Gateway Patient Discovery", QUERY);
    ITI_56 = queried("ITI-56", "Patient Location Query", QUERY);
    ITI_57 = moved("ITI-57", "Update Document Set", UPDATED, SUBMISSION);
    ITI_61 = moved("ITI-61", "Register On-Demand Document Entry", COPIED, SUBMISSION);
    ITI_62 = record("ITI-62", "Remove Metadata", DELETED, REFERENCES);
    ITI_64 = record("ITI-64", "Notify XAD-PID Link Change", UPDATED, PATIENT);
    ITI_65 = moved("ITI-65", "Provide Document Bundle", COPIED, SUBMISSION);
    ITI_66 = queried("ITI-66", "Find Document Lists", QUERY);
    ITI_67 = queried("ITI-67", "Find Document References", QUERY);
    ITI_68 = retrieved("ITI-68", "Retrieve Document", DOCUMENTS);
    ITI_78 = queried("ITI-78", "Mobile Patient Demographics Query", QUERY);
    ITI_81 = queried("ITI-81", "Retrieve ATNA AuditEvent", QUERY);
    ITI_83 = queried("ITI-83", "Mobile Patient Identifier Cross-reference Query", QUERY);
    ITI_86 = record("ITI-86", "Remove Documents", DELETED, DOCUMENTS);
    ITI_92 = moved("ITI-92", "Restricted Update Document Set", UPDATED, SUBMISSION);
    ITI_105 = moved("ITI-105", "Simplified Publish", COPIED, DOCUMENTS);
    ITI_119 = queried("ITI-119", "Patient Demographics Match", QUERY);
    RAD_68 = moved("RAD-68", "Provide and Register Imaging Document Set", COPIED, SUBMISSION);
    RAD_69 = imaged("RAD-69", "Retrieve Imaging Document Set", IMAGES);
    RAD_75 = imaged("RAD-75", "Cross Gateway Retrieve Imaging Document Set", IMAGES);
}
