//! ITI-20 the elements of the audit message as they stand on the wire (DICOM PS3.15 A.5.1, 2017c
//! schema), in the schema's order.

use yaserde::{YaDeserialize, YaSerialize};

/// AuditMessage.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "AuditMessage")]
pub(super) struct Message {
    #[yaserde(rename = "EventIdentification")]
    pub(super) event: Event,
    #[yaserde(rename = "ActiveParticipant")]
    pub(super) participants: Vec<Participant>,
    #[yaserde(rename = "AuditSourceIdentification")]
    pub(super) source: Source,
    #[yaserde(rename = "ParticipantObjectIdentification")]
    pub(super) objects: Vec<Object>,
}

/// CodedValueType.
#[derive(Default, YaSerialize, YaDeserialize)]
pub(super) struct Code {
    #[yaserde(attribute = true, rename = "csd-code")]
    pub(super) code: String,
    #[yaserde(attribute = true, rename = "codeSystemName")]
    pub(super) system: String,
    #[yaserde(attribute = true, rename = "displayName")]
    pub(super) display_name: Option<String>,
    #[yaserde(attribute = true, rename = "originalText")]
    pub(super) text: String,
}

/// EventIdentification.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "EventIdentification")]
pub(super) struct Event {
    #[yaserde(attribute = true, rename = "EventActionCode")]
    pub(super) action: Option<String>,
    #[yaserde(attribute = true, rename = "EventDateTime")]
    pub(super) date_time: String,
    #[yaserde(attribute = true, rename = "EventOutcomeIndicator")]
    pub(super) outcome: u8,
    #[yaserde(rename = "EventID")]
    pub(super) id: Code,
    #[yaserde(rename = "EventTypeCode")]
    pub(super) types: Vec<Code>,
    #[yaserde(rename = "EventOutcomeDescription")]
    pub(super) description: Option<String>,
    #[yaserde(rename = "PurposeOfUse")]
    pub(super) purposes: Vec<Code>,
}

/// ActiveParticipant.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "ActiveParticipant")]
pub(super) struct Participant {
    #[yaserde(attribute = true, rename = "UserID")]
    pub(super) user_id: String,
    #[yaserde(attribute = true, rename = "AlternativeUserID")]
    pub(super) alternative_user_id: Option<String>,
    #[yaserde(attribute = true, rename = "UserName")]
    pub(super) user_name: Option<String>,
    #[yaserde(attribute = true, rename = "UserIsRequestor")]
    pub(super) is_requestor: bool,
    #[yaserde(attribute = true, rename = "NetworkAccessPointID")]
    pub(super) access_point: Option<String>,
    #[yaserde(attribute = true, rename = "NetworkAccessPointTypeCode")]
    pub(super) access_point_type: Option<u8>,
    #[yaserde(rename = "RoleIDCode")]
    pub(super) roles: Vec<Code>,
    #[yaserde(rename = "MediaIdentifier")]
    pub(super) media: Option<Media>,
}

/// MediaIdentifier.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "MediaIdentifier")]
pub(super) struct Media {
    #[yaserde(rename = "MediaType")]
    pub(super) kind: Code,
}

/// AuditSourceIdentification.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "AuditSourceIdentification")]
pub(super) struct Source {
    #[yaserde(attribute = true, rename = "AuditEnterpriseSiteID")]
    pub(super) site: Option<String>,
    #[yaserde(attribute = true, rename = "AuditSourceID")]
    pub(super) id: String,
    #[yaserde(rename = "AuditSourceTypeCode")]
    pub(super) types: Vec<SourceType>,
}

/// AuditSourceTypeCode: only the code is mandatory.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "AuditSourceTypeCode")]
pub(super) struct SourceType {
    #[yaserde(attribute = true, rename = "csd-code")]
    pub(super) code: String,
    #[yaserde(attribute = true, rename = "codeSystemName")]
    pub(super) system: Option<String>,
    #[yaserde(attribute = true, rename = "displayName")]
    pub(super) display_name: Option<String>,
    #[yaserde(attribute = true, rename = "originalText")]
    pub(super) text: Option<String>,
}

/// ParticipantObjectIdentification.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "ParticipantObjectIdentification")]
pub(super) struct Object {
    #[yaserde(attribute = true, rename = "ParticipantObjectID")]
    pub(super) id: Option<String>,
    #[yaserde(attribute = true, rename = "ParticipantObjectTypeCode")]
    pub(super) kind: Option<u8>,
    #[yaserde(attribute = true, rename = "ParticipantObjectTypeCodeRole")]
    pub(super) role: Option<u8>,
    #[yaserde(attribute = true, rename = "ParticipantObjectDataLifeCycle")]
    pub(super) life_cycle: Option<u8>,
    #[yaserde(attribute = true, rename = "ParticipantObjectSensitivity")]
    pub(super) sensitivity: Option<String>,
    #[yaserde(rename = "ParticipantObjectIDTypeCode")]
    pub(super) id_type: Code,
    #[yaserde(rename = "ParticipantObjectName")]
    pub(super) name: Option<String>,
    #[yaserde(rename = "ParticipantObjectQuery")]
    pub(super) query: Option<String>,
    #[yaserde(rename = "ParticipantObjectDetail")]
    pub(super) details: Vec<Detail>,
    #[yaserde(rename = "ParticipantObjectDescription")]
    pub(super) descriptions: Vec<Description>,
}

/// ParticipantObjectDetail; the value is base64.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "ParticipantObjectDetail")]
pub(super) struct Detail {
    #[yaserde(attribute = true, rename = "type")]
    pub(super) name: String,
    #[yaserde(attribute = true, rename = "value")]
    pub(super) value: String,
}

/// ParticipantObjectDescription.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "ParticipantObjectDescription")]
pub(super) struct Description {
    #[yaserde(rename = "MPPS")]
    pub(super) mpps: Vec<Uid>,
    #[yaserde(rename = "Accession")]
    pub(super) accessions: Vec<Accession>,
    #[yaserde(rename = "SOPClass")]
    pub(super) sop_classes: Vec<Sop>,
    #[yaserde(rename = "ParticipantObjectContainsStudy")]
    pub(super) studies: Option<Studies>,
    #[yaserde(rename = "Encrypted")]
    pub(super) encrypted: Option<bool>,
    #[yaserde(rename = "Anonymized")]
    pub(super) anonymized: Option<bool>,
}

/// MPPS, Instance or StudyIDs.
#[derive(Default, YaSerialize, YaDeserialize)]
pub(super) struct Uid {
    #[yaserde(attribute = true, rename = "UID")]
    pub(super) uid: String,
}

/// Accession.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "Accession")]
pub(super) struct Accession {
    #[yaserde(attribute = true, rename = "Number")]
    pub(super) number: String,
}

/// SOPClass.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "SOPClass")]
pub(super) struct Sop {
    #[yaserde(attribute = true, rename = "UID")]
    pub(super) uid: Option<String>,
    #[yaserde(attribute = true, rename = "NumberOfInstances")]
    pub(super) number_of_instances: u64,
    #[yaserde(rename = "Instance")]
    pub(super) instances: Vec<Uid>,
}

/// ParticipantObjectContainsStudy.
#[derive(Default, YaSerialize, YaDeserialize)]
#[yaserde(rename = "ParticipantObjectContainsStudy")]
pub(super) struct Studies {
    #[yaserde(rename = "StudyIDs")]
    pub(super) uids: Vec<Uid>,
}
