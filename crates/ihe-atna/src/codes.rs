//! Codes of the audit message as data (DICOM PS3.16 CID 400 to 405, ITI TF-2 3.20.7).

use crate::audit::CodedRef;

const fn dcm(code: &'static str, text: &'static str) -> CodedRef {
    CodedRef {
        code,
        system: "DCM",
        text,
    }
}

const fn rfc3881(code: &'static str, text: &'static str) -> CodedRef {
    CodedRef {
        code,
        system: "RFC-3881",
        text,
    }
}

/// The code system of transactions, `EV("ITI-nn", "IHE Transactions", name)`.
pub const IHE_TRANSACTIONS: &str = "IHE Transactions";

macro_rules! table {
    ($($make:ident: $($name:ident $code:literal $text:literal),+ $(,)?);+ $(;)?) => {
        $($(
            #[doc = concat!($code, " ", $text, ".")]
            pub const $name: CodedRef = $make($code, $text);
        )+)+
    };
}

table! {
    dcm:
    EVENT_APPLICATION_ACTIVITY "110100" "Application Activity",
    EVENT_AUDIT_LOG_USED "110101" "Audit Log Used",
    EVENT_BEGIN_TRANSFERRING "110102" "Begin Transferring DICOM Instances",
    EVENT_INSTANCES_ACCESSED "110103" "DICOM Instances Accessed",
    EVENT_INSTANCES_TRANSFERRED "110104" "DICOM Instances Transferred",
    EVENT_STUDY_DELETED "110105" "DICOM Study Deleted",
    EVENT_EXPORT "110106" "Export",
    EVENT_IMPORT "110107" "Import",
    EVENT_NETWORK_ENTRY "110108" "Network Entry",
    EVENT_ORDER_RECORD "110109" "Order Record",
    EVENT_PATIENT_RECORD "110110" "Patient Record",
    EVENT_PROCEDURE_RECORD "110111" "Procedure Record",
    EVENT_QUERY "110112" "Query",
    EVENT_SECURITY_ALERT "110113" "Security Alert",
    EVENT_USER_AUTHENTICATION "110114" "User Authentication",
    TYPE_APPLICATION_START "110120" "Application Start",
    TYPE_APPLICATION_STOP "110121" "Application Stop",
    TYPE_LOGIN "110122" "Login",
    TYPE_LOGOUT "110123" "Logout",
    TYPE_ATTACH "110124" "Attach",
    TYPE_DETACH "110125" "Detach",
    TYPE_NODE_AUTHENTICATION "110126" "Node Authentication",
    TYPE_EMERGENCY_OVERRIDE_STARTED "110127" "Emergency Override Started",
    TYPE_NETWORK_CONFIGURATION "110128" "Network Configuration",
    TYPE_SECURITY_CONFIGURATION "110129" "Security Configuration",
    TYPE_HARDWARE_CONFIGURATION "110130" "Hardware Configuration",
    TYPE_SOFTWARE_CONFIGURATION "110131" "Software Configuration",
    TYPE_USE_OF_RESTRICTED_FUNCTION "110132" "Use of Restricted Function",
    TYPE_AUDIT_RECORDING_STOPPED "110133" "Audit Recording Stopped",
    TYPE_AUDIT_RECORDING_STARTED "110134" "Audit Recording Started",
    TYPE_OBJECT_SECURITY_CHANGED "110135" "Object Security Attributes Changed",
    TYPE_SECURITY_ROLES_CHANGED "110136" "Security Roles Changed",
    TYPE_USER_SECURITY_CHANGED "110137" "User Security Attributes Changed",
    TYPE_EMERGENCY_OVERRIDE_STOPPED "110138" "Emergency Override Stopped",
    TYPE_REMOTE_SERVICE_STARTED "110139" "Remote Service Operation Started",
    TYPE_REMOTE_SERVICE_STOPPED "110140" "Remote Service Operation Stopped",
    TYPE_LOCAL_SERVICE_STARTED "110141" "Local Service Operation Started",
    TYPE_LOCAL_SERVICE_STOPPED "110142" "Local Service Operation Stopped",
    TYPE_AUTHENTICATION_DECISION "110143" "Authentication Decision",
    TYPE_AUTHORIZATION_DECISION "110144" "Authorization Decision",
    TYPE_SESSION_START "110145" "Session start",
    TYPE_SESSION_STOP "110146" "Session stop",
    TYPE_ACCESS_CONTROL_DECISION "110147" "Access Control Decision",
    ROLE_APPLICATION "110150" "Application",
    ROLE_APPLICATION_LAUNCHER "110151" "Application Launcher",
    ROLE_DESTINATION "110152" "Destination Role ID",
    ROLE_SOURCE "110153" "Source Role ID",
    ROLE_DESTINATION_MEDIA "110154" "Destination Media",
    ROLE_SOURCE_MEDIA "110155" "Source Media",
    ID_STUDY_INSTANCE_UID "110180" "Study Instance UID",
    ID_SOP_CLASS_UID "110181" "SOP Class UID",
    ID_NODE "110182" "Node ID";
    rfc3881:
    ID_MEDICAL_RECORD_NUMBER "1" "Medical Record Number",
    ID_PATIENT_NUMBER "2" "Patient Number",
    ID_ENCOUNTER_NUMBER "3" "Encounter Number",
    ID_REPORT_NUMBER "9" "Report Number",
    ID_SEARCH_CRITERIA "10" "Search Criteria",
    ID_USER_IDENTIFIER "11" "User Identifier",
    ID_URI "12" "URI"
}

/// Submission set, by its classification node (ITI TF-2 3.41.5).
pub const ID_SUBMISSION_SET: CodedRef = CodedRef {
    code: "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd",
    system: "IHE XDS Metadata",
    text: "submission set classificationNode",
};

/// Registry object reference (ITI-62, RMD supplement).
pub const ID_OBJECT_REFERENCE: CodedRef = CodedRef {
    code: "urn:ihe:iti:2017:ObjectRef",
    system: "IHE XDS Metadata",
    text: "registry object reference",
};

/// Disclosure of patient data (ITI TF-2 3.20.8).
pub const TYPE_DISCLOSURE: CodedRef = CodedRef {
    code: "IHE0006",
    system: "IHE",
    text: "Disclosure",
};

/// AuditSourceTypeCode 4, application server process or thread (PS3.15 A.5.1).
pub const SOURCE_APPLICATION_SERVER: CodedRef = CodedRef {
    code: "4",
    system: "DCM",
    text: "Application Server",
};

/// AuditSourceTypeCode 9, other (PS3.15 A.5.1).
pub const SOURCE_OTHER: CodedRef = CodedRef {
    code: "9",
    system: "DCM",
    text: "Other",
};

/// NetworkAccessPointTypeCode: machine name, including DNS name.
pub const NETWORK_NAME: u8 = 1;
/// NetworkAccessPointTypeCode: IP address.
pub const NETWORK_IP: u8 = 2;

/// ParticipantObjectTypeCode: person.
pub const OBJECT_PERSON: u8 = 1;
/// ParticipantObjectTypeCode: system object.
pub const OBJECT_SYSTEM: u8 = 2;
/// ParticipantObjectTypeCode: organization.
pub const OBJECT_ORGANIZATION: u8 = 3;
/// ParticipantObjectTypeCode: other.
pub const OBJECT_OTHER: u8 = 4;

/// ParticipantObjectTypeCodeRole: patient.
pub const OBJECT_ROLE_PATIENT: u8 = 1;
/// ParticipantObjectTypeCodeRole: report.
pub const OBJECT_ROLE_REPORT: u8 = 3;
/// ParticipantObjectTypeCodeRole: security user entity.
pub const OBJECT_ROLE_SECURITY_USER: u8 = 11;
/// ParticipantObjectTypeCodeRole: security resource.
pub const OBJECT_ROLE_SECURITY_RESOURCE: u8 = 13;
/// ParticipantObjectTypeCodeRole: job.
pub const OBJECT_ROLE_JOB: u8 = 20;
/// ParticipantObjectTypeCodeRole: query.
pub const OBJECT_ROLE_QUERY: u8 = 24;
