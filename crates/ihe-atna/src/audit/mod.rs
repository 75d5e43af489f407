//! ITI-20 audit message (ITI TF-2 3.20.7, DICOM PS3.15 A.5): the model.

mod event;
mod object;
mod pull;
mod reader;
#[cfg(test)]
mod tests;
pub mod transactions;
pub mod triggers;
#[cfg(feature = "yaserde")]
mod wire;
mod writer;

pub(crate) use event::located;
pub use event::{As, Human, Participant, TransactionEvent};
pub use object::{DetailValue, ObjectDescription, ParticipantObject, SopClass};
pub use reader::{ReadError, ReadLimits};
pub use transactions::{About, Recorded, Side, Transaction};

use std::fmt;

use chrono::{DateTime, FixedOffset, SubsecRound, Utc};

use crate::codes;

/// A coded value (PS3.15 A.5.1 CodedValueType): code, code system and text, all mandatory for a
/// sender (ITI TF-2 3.20.7.1.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Coded {
    /// `csd-code`.
    pub code: String,
    /// `codeSystemName`.
    pub system: String,
    /// `originalText`.
    pub text: String,
    /// `displayName`, 0..1.
    pub display_name: Option<String>,
}

impl Coded {
    /// A coded value of three texts.
    ///
    /// ```
    /// let code = ihe_atna::Coded::new("TREATMENT", "1.3.6.1.4.1.21367", "Treatment");
    /// assert_eq!(code.code, "TREATMENT");
    /// ```
    pub fn new(
        code: impl Into<String>,
        system: impl Into<String>,
        text: impl Into<String>,
    ) -> Coded {
        Coded {
            code: code.into(),
            system: system.into(),
            text: text.into(),
            display_name: None,
        }
    }

    /// What a person reads: originalText, displayName, the text of [`codes::CODED_TABLES`], or at
    /// least the code.
    ///
    /// ```
    /// assert_eq!(ihe_atna::Coded::new("110112", "DCM", "").shown(), "Query");
    /// ```
    pub fn shown(&self) -> &str {
        let display = self.display_name.as_deref().unwrap_or_default();
        let mut tables = codes::CODED_TABLES.iter();
        let mut known = || tables.find_map(|table| codes::find(table, self));
        match (self.text.as_str(), display) {
            ("", "") => known().map_or(self.code.as_str(), |row| row.text),
            ("", text) | (text, _) => text,
        }
    }
}

/// A coded value known at compile time; the rows of [`crate::codes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodedRef {
    /// `csd-code`.
    pub code: &'static str,
    /// `codeSystemName`.
    pub system: &'static str,
    /// `originalText`.
    pub text: &'static str,
}

impl CodedRef {
    /// The same value, owned.
    pub fn to_coded(self) -> Coded {
        Coded::new(self.code, self.system, self.text)
    }

    /// Whether a received value is this one; texts are free and not compared.
    pub fn is(self, other: &Coded) -> bool {
        self.code == other.code && self.system == other.system
    }
}

impl From<CodedRef> for Coded {
    fn from(value: CodedRef) -> Coded {
        value.to_coded()
    }
}

impl PartialEq<Coded> for CodedRef {
    fn eq(&self, other: &Coded) -> bool {
        self.is(other)
    }
}

/// EventActionCode (PS3.15 A.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `C`.
    Create,
    /// `R`.
    Read,
    /// `U`.
    Update,
    /// `D`.
    Delete,
    /// `E`.
    Execute,
}

impl Action {
    /// The letter on the wire.
    pub fn letter(self) -> &'static str {
        match self {
            Action::Create => "C",
            Action::Read => "R",
            Action::Update => "U",
            Action::Delete => "D",
            Action::Execute => "E",
        }
    }

    /// The action of a letter.
    pub fn from_letter(letter: &str) -> Option<Action> {
        [
            Action::Create,
            Action::Read,
            Action::Update,
            Action::Delete,
            Action::Execute,
        ]
        .into_iter()
        .find(|action| action.letter() == letter)
    }
}

/// EventOutcomeIndicator (PS3.15 A.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// 0, nominal success.
    #[default]
    Success = 0,
    /// 4, the action was restarted or refused, the application goes on.
    MinorFailure = 4,
    /// 8, the action was ended.
    SeriousFailure = 8,
    /// 12, the application is not available any more.
    MajorFailure = 12,
}

impl Outcome {
    /// The number on the wire.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The outcome of a number.
    pub fn from_number(number: u8) -> Option<Outcome> {
        match number {
            0 => Some(Outcome::Success),
            4 => Some(Outcome::MinorFailure),
            8 => Some(Outcome::SeriousFailure),
            12 => Some(Outcome::MajorFailure),
            _ => None,
        }
    }
}

/// EventIdentification (PS3.15 A.5.1), exactly one in a message.
#[derive(Clone, Debug, PartialEq)]
pub struct EventIdentification {
    /// EventID, one.
    pub id: Coded,
    /// EventActionCode, 0..1.
    pub action: Option<Action>,
    /// EventDateTime, one, with its zone.
    pub date_time: DateTime<FixedOffset>,
    /// EventOutcomeIndicator, one.
    pub outcome: Outcome,
    /// EventTypeCode, 0..n.
    pub types: Vec<Coded>,
    /// EventOutcomeDescription, 0..1. Never patient data.
    pub outcome_description: Option<String>,
    /// PurposeOfUse, 0..n (ATNA-R-042).
    pub purposes_of_use: Vec<Coded>,
}

impl EventIdentification {
    /// A successful event of now, to the millisecond, without type codes.
    pub fn new(id: impl Into<Coded>, action: Action) -> EventIdentification {
        EventIdentification {
            id: id.into(),
            action: Some(action),
            date_time: Utc::now().trunc_subsecs(3).fixed_offset(),
            outcome: Outcome::Success,
            types: Vec::new(),
            outcome_description: None,
            purposes_of_use: Vec::new(),
        }
    }
}

/// ActiveParticipant (PS3.15 A.5.1), 1..n in a message.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ActiveParticipant {
    /// UserID, one; may be empty.
    pub user_id: String,
    /// AlternativeUserID, 0..1: the process id on the side that logs.
    pub alternative_user_id: Option<String>,
    /// UserName, 0..1.
    pub user_name: Option<String>,
    /// UserIsRequestor, one.
    pub is_requestor: bool,
    /// RoleIDCode, 0..n.
    pub roles: Vec<Coded>,
    /// MediaIdentifier/MediaType, 0..1.
    pub media_type: Option<Coded>,
    /// NetworkAccessPointID, 0..1: IP address or machine name.
    pub network_access_point: Option<String>,
    /// NetworkAccessPointTypeCode, 0..1: 1 name, 2 IP, 3 telephone, 4 e-mail, 5 URI.
    pub network_access_point_type: Option<u8>,
}

impl fmt::Debug for ActiveParticipant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveParticipant")
            .field("is_requestor", &self.is_requestor)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// AuditSourceIdentification (PS3.15 A.5.1), exactly one in a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditSource {
    /// AuditEnterpriseSiteID, 0..1.
    pub enterprise_site_id: Option<String>,
    /// AuditSourceID, one; `SecureNode::record` fills an empty one.
    pub id: String,
    /// AuditSourceTypeCode, 0..n.
    pub types: Vec<Coded>,
}

/// AuditMessage (PS3.15 A.5.1). `Debug` shows codes and counts only.
#[derive(Clone, PartialEq)]
pub struct AuditMessage {
    /// EventIdentification, one.
    pub event: EventIdentification,
    /// ActiveParticipant, 1..n.
    pub participants: Vec<ActiveParticipant>,
    /// AuditSourceIdentification, one.
    pub source: AuditSource,
    /// ParticipantObjectIdentification, 0..n.
    pub objects: Vec<ParticipantObject>,
}

impl AuditMessage {
    /// The message as XML valid to the 2017c schema, without XML declaration and without
    /// namespace (ITI TF-2 3.20.7.1).
    pub fn to_xml(&self) -> String {
        writer::write(self)
    }

    /// Reads a message of any edition: `csd-code` or `code`, text or attribute source types, and
    /// the RFC 3881 element order (ATNA-R-029). Unknown elements and attributes are passed over.
    pub fn from_xml(xml: &str) -> Result<AuditMessage, ReadError> {
        reader::read(xml, &ReadLimits::default())
    }

    /// As [`AuditMessage::from_xml`], with limits of one's own.
    pub fn from_xml_with(xml: &str, limits: &ReadLimits) -> Result<AuditMessage, ReadError> {
        reader::read(xml, limits)
    }

    /// The ids of all patients among the objects (type 1, role 1), in order.
    pub fn patients(&self) -> impl Iterator<Item = &str> {
        self.objects
            .iter()
            .filter(|object| object.is_patient())
            .filter_map(|o| o.id.as_deref())
    }

    /// The first EventTypeCode's code, such as `ITI-9`.
    pub fn event_type(&self) -> Option<&str> {
        self.event.types.first().map(|code| code.code.as_str())
    }
}

impl fmt::Debug for AuditMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditMessage")
            .field("event", &self.event)
            .field("participants", &self.participants.len())
            .field("source", &self.source)
            .field("objects", &self.objects.len())
            .finish()
    }
}
