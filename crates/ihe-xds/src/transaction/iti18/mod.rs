//! ITI-18 Registry Stored Query (ITI TF-2 3.18)

mod matching;
mod parameters;
mod request;
mod response;
mod value;

pub use request::{decode, encode};
pub use response::Response;

use super::audit::{Ends, Verdict, events};
use crate::metadata::{Code, ObjectType, Status};
use ihe_atna::{ParticipantObject, TransactionEvent};
use std::fmt;

/// wsa:Action of the request.
pub const REQUEST_ACTION: &str = "urn:ihe:iti:2007:RegistryStoredQuery";
/// wsa:Action of the response.
pub const RESPONSE_ACTION: &str = "urn:ihe:iti:2007:RegistryStoredQueryResponse";

/// What a query returns (ITI TF-2 3.18.4.1.2.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnType {
    /// Whole objects.
    #[default]
    LeafClass,
    /// Ids only.
    ObjectRef,
}

impl ReturnType {
    /// The text of `returnType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeafClass => "LeafClass",
            Self::ObjectRef => "ObjectRef",
        }
    }
}

/// A stored query request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The query and its parameters, 1..1.
    pub query: StoredQuery,
    /// returnType, 1..1.
    pub return_type: ReturnType,
    /// homeCommunityId, 0..1 (XDS-T-040).
    pub home: Option<String>,
}

impl From<StoredQuery> for Request {
    fn from(query: StoredQuery) -> Self {
        Self {
            query,
            return_type: ReturnType::LeafClass,
            home: None,
        }
    }
}

/// The stored queries that are understood (ITI TF-2 3.18.4.1.2.3.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredQuery {
    /// FindDocuments (3.18.4.1.2.3.7.1)
    FindDocuments(Box<FindDocuments>),
    /// GetDocuments (3.18.4.1.2.3.7.5)
    GetDocuments(GetDocuments),
    /// GetAssociations (3.18.4.1.2.3.7.7)
    GetAssociations(GetAssociations),
    /// GetSubmissionSetAndContents (3.18.4.1.2.3.7.10)
    GetSubmissionSetAndContents(GetSubmissionSetAndContents),
}

impl StoredQuery {
    /// The query id, `urn:uuid:` form.
    pub fn id(&self) -> &'static str {
        match self {
            Self::FindDocuments(_) => parameters::FIND_DOCUMENTS.id,
            Self::GetDocuments(_) => parameters::GET_DOCUMENTS.id,
            Self::GetAssociations(_) => parameters::GET_ASSOCIATIONS.id,
            Self::GetSubmissionSetAndContents(_) => parameters::GET_SUBMISSION_SET_AND_CONTENTS.id,
        }
    }

    /// The patient the query names, 0..1.
    pub fn patient_id(&self) -> Option<&str> {
        match self {
            Self::FindDocuments(query) => Some(&query.patient_id),
            _ => None,
        }
    }
}

impl From<FindDocuments> for StoredQuery {
    fn from(query: FindDocuments) -> Self {
        Self::FindDocuments(Box::new(query))
    }
}
impl From<GetDocuments> for StoredQuery {
    fn from(query: GetDocuments) -> Self {
        Self::GetDocuments(query)
    }
}
impl From<GetAssociations> for StoredQuery {
    fn from(query: GetAssociations) -> Self {
        Self::GetAssociations(query)
    }
}
impl From<GetSubmissionSetAndContents> for StoredQuery {
    fn from(query: GetSubmissionSetAndContents) -> Self {
        Self::GetSubmissionSetAndContents(query)
    }
}

/// A half-open interval of time: `from <= value < to`; DTM in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// First second that matches, 0..1.
    pub from: Option<String>,
    /// First second that matches no more, 0..1.
    pub to: Option<String>,
}

/// FindDocuments: the entries of one patient. The lists are alternatives; the outer of two lists is a conjunction. Codes are compared by code and scheme.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FindDocuments {
    /// $XDSDocumentEntryPatientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// $XDSDocumentEntryStatus, 1..n.
    pub statuses: Vec<Status>,
    /// $XDSDocumentEntryType, 1..n; Stable when not given.
    pub object_types: Vec<ObjectType>,
    /// $XDSDocumentEntryClassCode, 0..n.
    pub class_codes: Vec<Code>,
    /// $XDSDocumentEntryTypeCode, 0..n.
    pub type_codes: Vec<Code>,
    /// $XDSDocumentEntryPracticeSettingCode, 0..n.
    pub practice_setting_codes: Vec<Code>,
    /// $XDSDocumentEntryHealthcareFacilityTypeCode, 0..n.
    pub healthcare_facility_type_codes: Vec<Code>,
    /// $XDSDocumentEntryFormatCode, 0..n.
    pub format_codes: Vec<Code>,
    /// $XDSDocumentEntryEventCodeList, 0..n and of or.
    pub event_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryConfidentialityCode, 0..n and of or.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryAuthorPerson, 0..n patterns with `%` and `_`.
    pub author_persons: Vec<String>,
    /// $XDSDocumentEntryCreationTimeFrom and To.
    pub creation_time: TimeRange,
    /// $XDSDocumentEntryServiceStartTimeFrom and To.
    pub service_start_time: TimeRange,
    /// $XDSDocumentEntryServiceStopTimeFrom and To.
    pub service_stop_time: TimeRange,
}

impl FindDocuments {
    /// Stable documents of a patient; add the statuses with [`FindDocuments::approved`] or [`FindDocuments::deprecated`].
    pub fn new(patient: &hl7v2::datatype::Cx) -> Self {
        Self {
            patient_id: patient.to_xds(),
            object_types: vec![ObjectType::Stable],
            ..Self::default()
        }
    }

    /// Approved entries too.
    pub fn approved(mut self) -> Self {
        self.statuses.push(Status::Approved);
        self
    }

    /// Deprecated entries too.
    pub fn deprecated(mut self) -> Self {
        self.statuses.push(Status::Deprecated);
        self
    }
}

impl fmt::Debug for FindDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindDocuments")
            .field("statuses", &self.statuses)
            .field("object_types", &self.object_types)
            .finish_non_exhaustive()
    }
}

/// By which ids objects are asked for: exactly one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ids {
    /// entryUUIDs, 1..n.
    EntryUuids(Vec<String>),
    /// uniqueIds, 1..n.
    UniqueIds(Vec<String>),
}

/// GetDocuments: entries by their ids, whatever their status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetDocuments {
    /// $XDSDocumentEntryEntryUUID or $XDSDocumentEntryUniqueId.
    pub ids: Ids,
}

/// GetAssociations: associations that touch objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetAssociations {
    /// $uuid, 1..n entryUUIDs.
    pub uuids: Vec<String>,
}

/// The id of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Id {
    /// entryUUID
    EntryUuid(String),
    /// uniqueId
    UniqueId(String),
}

/// GetSubmissionSetAndContents: a SubmissionSet, its members and the associations between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSubmissionSetAndContents {
    /// $XDSSubmissionSetEntryUUID or $XDSSubmissionSetUniqueId.
    pub id: Id,
    /// $XDSDocumentEntryFormatCode, 0..n.
    pub format_codes: Vec<Code>,
    /// $XDSDocumentEntryConfidentialityCode, 0..n and of or.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryType, 1..n; Stable when not given.
    pub object_types: Vec<ObjectType>,
}

impl GetSubmissionSetAndContents {
    /// All Stable contents.
    pub fn new(id: Id) -> Self {
        Self {
            id,
            format_codes: Vec::new(),
            confidentiality_codes: Vec::new(),
            object_types: vec![ObjectType::Stable],
        }
    }
}

/// The audit events of one exchange, for either side (ITI TF-2 3.18.5.1, ATNA-R-040..043). `request` is None when it could not be decoded; `body` is the request's XML.
pub fn audit(
    ends: &Ends,
    request: Option<&Request>,
    body: &str,
    verdict: &Verdict,
) -> Vec<TransactionEvent> {
    let sniffed = request.is_none().then(|| request::query_id(body)).flatten();
    let id = request
        .map(|one| one.query.id())
        .or(sniffed.as_deref())
        .unwrap_or("unknown");
    let mut query =
        ParticipantObject::query("ITI-18", "Registry Stored Query", id, body.as_bytes())
            .detail("QueryEncoding", b"UTF-8");
    if let Some(home) = request.and_then(|one| one.home.as_deref()) {
        query = query.detail("urn:ihe:iti:xca:2010:homeCommunityId", home.as_bytes());
    }
    let patient = request
        .and_then(|one| one.query.patient_id())
        .map(ParticipantObject::patient);
    let objects = patient.into_iter().chain([query]).collect();
    events(
        ends,
        super::audit::QUERY,
        ("ITI-18", "Registry Stored Query"),
        objects,
        verdict,
    )
}
