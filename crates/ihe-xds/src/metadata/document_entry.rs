//! DocumentEntry (ITI TF-3 4.2.3.2).

use super::{Author, Code, LocalizedString, Slot, Status};
use std::fmt;

/// What kind of document an entry describes (ITI TF-3 4.2.3.2.18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ObjectType {
    /// The document exists: `urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1`
    #[default]
    Stable,
    /// The document is made when it is asked for: `urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248`
    OnDemand,
}

impl ObjectType {
    /// The UUID URN written in `objectType`.
    pub fn urn(self) -> &'static str {
        match self {
            Self::Stable => "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
            Self::OnDemand => "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248",
        }
    }

    /// The type of a UUID URN, upper or lower case.
    pub fn from_urn(urn: &str) -> Option<Self> {
        [Self::Stable, Self::OnDemand]
            .into_iter()
            .find(|kind| kind.urn().eq_ignore_ascii_case(urn))
    }
}

/// Metadata of one document (ITI TF-3 4.2.3.2). Debug leaves out everything about the patient.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DocumentEntry {
    /// entryUUID, 1..1, `urn:uuid:` form.
    pub entry_uuid: String,
    /// logicalID, 0..1, `urn:uuid:` form (Metadata Update).
    pub logical_id: Option<String>,
    /// uniqueId, 1..1, at most 128 characters, opaque.
    pub unique_id: String,
    /// patientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// availabilityStatus, 1..1, set by the Registry.
    pub status: Status,
    /// objectType, 1..1.
    pub object_type: ObjectType,
    /// mimeType, 1..1.
    pub mime_type: String,
    /// title, 0..1, less than 128 characters.
    pub title: Option<LocalizedString>,
    /// comments, 0..1.
    pub comments: Option<LocalizedString>,
    /// author, 0..n.
    pub authors: Vec<Author>,
    /// classCode, 1..1.
    pub class_code: Code,
    /// confidentialityCode, 1..n.
    pub confidentiality_codes: Vec<Code>,
    /// creationTime, 1..1 for Stable, DTM in UTC.
    pub creation_time: Option<String>,
    /// eventCodeList, 0..n.
    pub event_codes: Vec<Code>,
    /// formatCode, 1..1.
    pub format_code: Code,
    /// hash, SHA-1 in hex; 1..1 at the Registry for Stable.
    pub hash: Option<String>,
    /// healthcareFacilityTypeCode, 1..1.
    pub healthcare_facility_type_code: Code,
    /// homeCommunityId, 0..1, `urn:oid:` form.
    pub home_community_id: Option<String>,
    /// languageCode, 1..1, RFC 5646.
    pub language_code: String,
    /// legalAuthenticator, 0..1, XCN.
    pub legal_authenticator: Option<String>,
    /// practiceSettingCode, 1..1.
    pub practice_setting_code: Code,
    /// referenceIdList, 0..n, CXi.
    pub reference_ids: Vec<String>,
    /// repositoryUniqueId, OID; 1..1 at the Registry.
    pub repository_unique_id: Option<String>,
    /// serviceStartTime, 0..1, DTM in UTC.
    pub service_start_time: Option<String>,
    /// serviceStopTime, 0..1, DTM in UTC.
    pub service_stop_time: Option<String>,
    /// size in bytes; 1..1 at the Registry for Stable.
    pub size: Option<u64>,
    /// sourcePatientId, 1..1, `id^^^&oid&ISO`.
    pub source_patient_id: Option<String>,
    /// sourcePatientInfo, 0..n values, `PID-n|value`.
    pub source_patient_info: Vec<String>,
    /// typeCode, 1..1.
    pub type_code: Code,
    /// URI, 0..1.
    pub uri: Option<String>,
    /// Extra metadata, 0..n (ITI TF-3 4.2.3.1.6).
    pub extra: Vec<Slot>,
}

impl fmt::Debug for DocumentEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentEntry")
            .field("entry_uuid", &self.entry_uuid)
            .field("unique_id", &self.unique_id)
            .field("status", &self.status)
            .field("object_type", &self.object_type)
            .field("mime_type", &self.mime_type)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
