//! ITI-20 ParticipantObjectIdentification (DICOM PS3.15 A.5.1): what the event was about.

use std::fmt;

use crate::audit::{Coded, CodedRef};
use crate::codes;

/// ParticipantObjectDetail: a name and bytes, base64 on the wire. `Debug` hides the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct DetailValue {
    /// `type`.
    pub name: String,
    /// `value`, decoded.
    pub value: Vec<u8>,
}

impl fmt::Debug for DetailValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetailValue")
            .field("name", &self.name)
            .field("bytes", &self.value.len())
            .finish()
    }
}

/// SOPClass of an [`ObjectDescription`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SopClass {
    /// `UID`, 0..1.
    pub uid: Option<String>,
    /// `NumberOfInstances`, one.
    pub number_of_instances: u64,
    /// Instance/@UID, 0..n.
    pub instances: Vec<String>,
}

/// ParticipantObjectDescription (PS3.15 A.5.1), DICOM detail of a study. `Debug` hides ids.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ObjectDescription {
    /// MPPS/@UID, 0..n.
    pub mpps: Vec<String>,
    /// Accession/@Number, 0..n.
    pub accessions: Vec<String>,
    /// SOPClass, 0..n.
    pub sop_classes: Vec<SopClass>,
    /// ParticipantObjectContainsStudy/StudyIDs/@UID, 0..n.
    pub studies: Vec<String>,
    /// Encrypted, 0..1.
    pub encrypted: Option<bool>,
    /// Anonymized, 0..1.
    pub anonymized: Option<bool>,
}

impl fmt::Debug for ObjectDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectDescription")
            .field("sop_classes", &self.sop_classes.len())
            .field("studies", &self.studies.len())
            .finish_non_exhaustive()
    }
}

/// ParticipantObjectIdentification (PS3.15 A.5.1), 0..n in a message. `Debug` hides ids.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ParticipantObject {
    /// ParticipantObjectID, 0..1.
    pub id: Option<String>,
    /// ParticipantObjectTypeCode, 0..1, see [`crate::codes`].
    pub type_code: Option<u8>,
    /// ParticipantObjectTypeCodeRole, 0..1, see [`crate::codes`].
    pub role: Option<u8>,
    /// ParticipantObjectDataLifeCycle, 0..1, 1 to 15.
    pub life_cycle: Option<u8>,
    /// ParticipantObjectSensitivity, 0..1.
    pub sensitivity: Option<String>,
    /// ParticipantObjectIDTypeCode, one.
    pub id_type: Coded,
    /// ParticipantObjectName, 0..1; not written when there is a query.
    pub name: Option<String>,
    /// ParticipantObjectQuery, 0..1, decoded.
    pub query: Option<Vec<u8>>,
    /// ParticipantObjectDetail, 0..n.
    pub details: Vec<DetailValue>,
    /// ParticipantObjectDescription, 0..n.
    pub descriptions: Vec<ObjectDescription>,
}

impl ParticipantObject {
    fn new(id: &str, type_code: u8, role: u8, id_type: CodedRef) -> ParticipantObject {
        ParticipantObject {
            id: Some(id.to_owned()),
            type_code: Some(type_code),
            role: Some(role),
            id_type: id_type.to_coded(),
            ..ParticipantObject::default()
        }
    }

    /// A patient by identifier in CX form, `id^^^&oid&ISO` (ITI TF-2 3.20.7.1.2).
    pub fn patient(cx: &str) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_PERSON, codes::OBJECT_ROLE_PATIENT);
        ParticipantObject::new(cx, kind, role, codes::ID_PATIENT_NUMBER)
    }

    /// The parameters of a query: transaction, its name, the query's id (MSH-10 or the stored
    /// query's UUID) and the request itself.
    pub fn query(
        transaction: &'static str,
        name: &'static str,
        id: &str,
        query: &[u8],
    ) -> ParticipantObject {
        let id_type = CodedRef {
            code: transaction,
            system: codes::IHE_TRANSACTIONS,
            text: name,
        };
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_QUERY);
        ParticipantObject {
            query: Some(query.to_vec()),
            ..ParticipantObject::new(id, kind, role, id_type)
        }
    }

    /// A submission set by its uniqueId (ITI TF-2 3.41.5).
    pub fn submission_set(unique_id: &str) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_JOB);
        ParticipantObject::new(unique_id, kind, role, codes::ID_SUBMISSION_SET)
    }

    /// A document by its uniqueId, where it lives, and its home community when known
    /// (ITI TF-2 3.43.5).
    pub fn document(
        unique_id: &str,
        repository_unique_id: &str,
        home_community_id: Option<&str>,
    ) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_REPORT);
        let object = ParticipantObject::new(unique_id, kind, role, codes::ID_REPORT_NUMBER)
            .detail("Repository Unique Id", repository_unique_id.as_bytes());
        match home_community_id {
            Some(home) => object.detail("ihe:homeCommunityID", home.as_bytes()),
            None => object,
        }
    }

    /// A document in a registry, or another registry object, by its entryUUID (ITI-62, RMD).
    pub fn object_reference(entry_uuid: &str) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_REPORT);
        ParticipantObject::new(entry_uuid, kind, role, codes::ID_OBJECT_REFERENCE)
    }

    /// A study by its instance UID, with what is known of its content (PS3.15 A.5.3.7).
    pub fn study(uid: &str, description: ObjectDescription) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_REPORT);
        let known = description != ObjectDescription::default();
        ParticipantObject {
            descriptions: known.then_some(description).into_iter().collect(),
            ..ParticipantObject::new(uid, kind, role, codes::ID_STUDY_INSTANCE_UID)
        }
    }

    /// A DICOM query: the SOP class asked, the request, its transfer syntax (PS3.15 A.5.3.10).
    pub fn sop_class_query(uid: &str, request: &[u8], transfer_syntax: &str) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_REPORT);
        ParticipantObject {
            query: Some(request.to_vec()),
            ..ParticipantObject::new(uid, kind, role, codes::ID_SOP_CLASS_UID)
        }
        .detail("TransferSyntax", transfer_syntax.as_bytes())
    }

    /// A user whose rights were changed or used, object of a security alert (PS3.15 A.5.3.11).
    pub fn user(user_id: &str) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_PERSON, codes::OBJECT_ROLE_SECURITY_USER);
        ParticipantObject::new(user_id, kind, role, codes::ID_USER_IDENTIFIER)
    }

    /// A network node by address or name, object of a security alert (PS3.15 A.5.3.11).
    pub fn node(address: &str) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_SECURITY_RESOURCE);
        ParticipantObject::new(address, kind, role, codes::ID_NODE)
    }

    /// The audit log itself, by URI (PS3.15 A.5.3.2).
    pub fn audit_log(uri: &str) -> ParticipantObject {
        let (kind, role) = (codes::OBJECT_SYSTEM, codes::OBJECT_ROLE_SECURITY_RESOURCE);
        ParticipantObject {
            name: Some("Security Audit Log".to_owned()),
            ..ParticipantObject::new(uri, kind, role, codes::ID_URI)
        }
    }

    /// Adds a detail; the bytes go base64 on the wire.
    #[must_use]
    pub fn detail(mut self, name: &str, value: &[u8]) -> ParticipantObject {
        self.details.push(DetailValue {
            name: name.to_owned(),
            value: value.to_vec(),
        });
        self
    }

    /// Sets the data life cycle, 1 to 15 (PS3.15 A.5.1).
    #[must_use]
    pub fn with_life_cycle(mut self, stage: u8) -> ParticipantObject {
        self.life_cycle = Some(stage);
        self
    }

    /// Whether the object is a patient: a person in the role of patient.
    pub fn is_patient(&self) -> bool {
        self.type_code == Some(codes::OBJECT_PERSON)
            && self.role == Some(codes::OBJECT_ROLE_PATIENT)
    }
}

impl fmt::Debug for ParticipantObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParticipantObject")
            .field("type_code", &self.type_code)
            .field("role", &self.role)
            .field("id_type", &self.id_type)
            .field("details", &self.details.len())
            .finish_non_exhaustive()
    }
}
