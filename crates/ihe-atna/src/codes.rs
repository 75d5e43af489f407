//! Codes of the audit message as data (DICOM PS3.15 A.5.1, PS3.16 CID 400 to 405, ITI TF-2 3.20.7):
//! each a constant, and each kind a table to look up in and to show names from.

use crate::audit::{Coded, CodedRef};

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

const fn ihe_xds(code: &'static str, text: &'static str) -> CodedRef {
    CodedRef {
        code,
        system: "IHE XDS Metadata",
        text,
    }
}

/// The code system of transactions, `EV("ITI-nn", "IHE Transactions", name)`.
pub const IHE_TRANSACTIONS: &str = "IHE Transactions";

macro_rules! coded {
    ($(#[$doc:meta])* $table:ident: $($make:ident $name:ident $code:literal $text:literal),+ $(,)?) => {
        $(
            #[doc = concat!("`", $code, "` ", $text, ".")]
            pub const $name: CodedRef = $make($code, $text);
        )+
        $(#[$doc])*
        pub const $table: &[CodedRef] = &[$($name),+];
    };
}

macro_rules! numbered {
    ($(#[$doc:meta])* $table:ident: $($name:ident $number:literal $text:literal),+ $(,)?) => {
        $(
            #[doc = concat!("`", $number, "` ", $text, ".")]
            pub const $name: u8 = $number;
        )+
        $(#[$doc])*
        pub const $table: &[(u8, &str)] = &[$(($name, $text)),+];
    };
}

coded! {
    /// Every EventID (CID 400).
    EVENT_IDS:
    dcm EVENT_APPLICATION_ACTIVITY "110100" "Application Activity",
    dcm EVENT_AUDIT_LOG_USED "110101" "Audit Log Used",
    dcm EVENT_BEGIN_TRANSFERRING "110102" "Begin Transferring DICOM Instances",
    dcm EVENT_INSTANCES_ACCESSED "110103" "DICOM Instances Accessed",
    dcm EVENT_INSTANCES_TRANSFERRED "110104" "DICOM Instances Transferred",
    dcm EVENT_STUDY_DELETED "110105" "DICOM Study Deleted",
    dcm EVENT_EXPORT "110106" "Export",
    dcm EVENT_IMPORT "110107" "Import",
    dcm EVENT_NETWORK_ENTRY "110108" "Network Entry",
    dcm EVENT_ORDER_RECORD "110109" "Order Record",
    dcm EVENT_PATIENT_RECORD "110110" "Patient Record",
    dcm EVENT_PROCEDURE_RECORD "110111" "Procedure Record",
    dcm EVENT_QUERY "110112" "Query",
    dcm EVENT_SECURITY_ALERT "110113" "Security Alert",
    dcm EVENT_USER_AUTHENTICATION "110114" "User Authentication",
}

coded! {
    /// Every EventTypeCode but those of transactions, which [`crate::transactions`] has (CID 401).
    EVENT_TYPES:
    dcm TYPE_APPLICATION_START "110120" "Application Start",
    dcm TYPE_APPLICATION_STOP "110121" "Application Stop",
    dcm TYPE_LOGIN "110122" "Login",
    dcm TYPE_LOGOUT "110123" "Logout",
    dcm TYPE_ATTACH "110124" "Attach",
    dcm TYPE_DETACH "110125" "Detach",
    dcm TYPE_NODE_AUTHENTICATION "110126" "Node Authentication",
    dcm TYPE_EMERGENCY_OVERRIDE_STARTED "110127" "Emergency Override Started",
    dcm TYPE_NETWORK_CONFIGURATION "110128" "Network Configuration",
    dcm TYPE_SECURITY_CONFIGURATION "110129" "Security Configuration",
    dcm TYPE_HARDWARE_CONFIGURATION "110130" "Hardware Configuration",
    dcm TYPE_SOFTWARE_CONFIGURATION "110131" "Software Configuration",
    dcm TYPE_USE_OF_RESTRICTED_FUNCTION "110132" "Use of Restricted Function",
    dcm TYPE_AUDIT_RECORDING_STOPPED "110133" "Audit Recording Stopped",
    dcm TYPE_AUDIT_RECORDING_STARTED "110134" "Audit Recording Started",
    dcm TYPE_OBJECT_SECURITY_CHANGED "110135" "Object Security Attributes Changed",
    dcm TYPE_SECURITY_ROLES_CHANGED "110136" "Security Roles Changed",
    dcm TYPE_USER_SECURITY_CHANGED "110137" "User Security Attributes Changed",
    dcm TYPE_EMERGENCY_OVERRIDE_STOPPED "110138" "Emergency Override Stopped",
    dcm TYPE_REMOTE_SERVICE_STARTED "110139" "Remote Service Operation Started",
    dcm TYPE_REMOTE_SERVICE_STOPPED "110140" "Remote Service Operation Stopped",
    dcm TYPE_LOCAL_SERVICE_STARTED "110141" "Local Service Operation Started",
    dcm TYPE_LOCAL_SERVICE_STOPPED "110142" "Local Service Operation Stopped",
    dcm TYPE_AUTHENTICATION_DECISION "110143" "Authentication Decision",
    dcm TYPE_AUTHORIZATION_DECISION "110144" "Authorization Decision",
    dcm TYPE_SESSION_START "110145" "Session start",
    dcm TYPE_SESSION_STOP "110146" "Session stop",
    dcm TYPE_ACCESS_CONTROL_DECISION "110147" "Access Control Decision",
    ihe TYPE_DISCLOSURE "IHE0006" "Disclosure",
}

const fn ihe(code: &'static str, text: &'static str) -> CodedRef {
    CodedRef {
        code,
        system: "IHE",
        text,
    }
}

coded! {
    /// Every RoleIDCode of DICOM (CID 402), and the two agents of a disclosure (ITI TF-2 3.20.8).
    ROLES:
    dcm ROLE_APPLICATION "110150" "Application",
    dcm ROLE_APPLICATION_LAUNCHER "110151" "Application Launcher",
    dcm ROLE_DESTINATION "110152" "Destination Role ID",
    dcm ROLE_SOURCE "110153" "Source Role ID",
    dcm ROLE_DESTINATION_MEDIA "110154" "Destination Media",
    dcm ROLE_SOURCE_MEDIA "110155" "Source Media",
    snomed ROLE_CUSTODIAN "159541003" "Record keeping/library clerk",
    snomed ROLE_AUTHORIZING_AGENT "429577009" "Patient Advocate",
}

const fn snomed(code: &'static str, text: &'static str) -> CodedRef {
    CodedRef {
        code,
        system: "SNOMED",
        text,
    }
}

coded! {
    /// Every ParticipantObjectIDTypeCode (CID 404, RFC 3881 5.5.4, and those of IHE).
    OBJECT_ID_TYPES:
    rfc3881 ID_MEDICAL_RECORD_NUMBER "1" "Medical Record Number",
    rfc3881 ID_PATIENT_NUMBER "2" "Patient Number",
    rfc3881 ID_ENCOUNTER_NUMBER "3" "Encounter Number",
    rfc3881 ID_REPORT_NUMBER "9" "Report Number",
    rfc3881 ID_SEARCH_CRITERIA "10" "Search Criteria",
    rfc3881 ID_USER_IDENTIFIER "11" "User Identifier",
    rfc3881 ID_URI "12" "URI",
    dcm ID_STUDY_INSTANCE_UID "110180" "Study Instance UID",
    dcm ID_SOP_CLASS_UID "110181" "SOP Class UID",
    dcm ID_NODE "110182" "Node ID",
    ihe_xds ID_SUBMISSION_SET "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd" "submission set classificationNode",
    ihe_xds ID_OBJECT_REFERENCE "urn:ihe:iti:2017:ObjectRef" "registry object reference",
}

coded! {
    /// Every AuditSourceTypeCode (PS3.15 A.5.1).
    SOURCE_TYPES:
    dcm SOURCE_END_USER "1" "End-user display device, diagnostic device",
    dcm SOURCE_ACQUISITION "2" "Data acquisition device or instrument",
    dcm SOURCE_WEB_SERVER "3" "Web Server",
    dcm SOURCE_APPLICATION_SERVER "4" "Application Server",
    dcm SOURCE_DATABASE "5" "Database Server",
    dcm SOURCE_SECURITY_SERVER "6" "Security server",
    dcm SOURCE_NETWORK "7" "ISO level 1-3 network component",
    dcm SOURCE_OPERATING_SOFTWARE "8" "ISO level 4-6 operating software",
    dcm SOURCE_OTHER "9" "Other",
}

numbered! {
    /// Every NetworkAccessPointTypeCode (PS3.15 A.5.1).
    NETWORK_TYPES:
    NETWORK_NAME 1 "Machine Name, including DNS name",
    NETWORK_IP 2 "IP Address",
    NETWORK_TELEPHONE 3 "Telephone Number",
    NETWORK_EMAIL 4 "Email address",
    NETWORK_URI 5 "URI",
}

numbered! {
    /// Every ParticipantObjectTypeCode (PS3.15 A.5.1).
    OBJECT_TYPES:
    OBJECT_PERSON 1 "Person",
    OBJECT_SYSTEM 2 "System object",
    OBJECT_ORGANIZATION 3 "Organization",
    OBJECT_OTHER 4 "Other",
}

numbered! {
    /// Every ParticipantObjectTypeCodeRole (PS3.15 A.5.1).
    OBJECT_ROLES:
    OBJECT_ROLE_PATIENT 1 "Patient",
    OBJECT_ROLE_LOCATION 2 "Location",
    OBJECT_ROLE_REPORT 3 "Report",
    OBJECT_ROLE_RESOURCE 4 "Resource",
    OBJECT_ROLE_MASTER_FILE 5 "Master File",
    OBJECT_ROLE_USER 6 "User",
    OBJECT_ROLE_LIST 7 "List",
    OBJECT_ROLE_DOCTOR 8 "Doctor",
    OBJECT_ROLE_SUBSCRIBER 9 "Subscriber",
    OBJECT_ROLE_GUARANTOR 10 "Guarantor",
    OBJECT_ROLE_SECURITY_USER 11 "Security User Entity",
    OBJECT_ROLE_SECURITY_GROUP 12 "Security User Group",
    OBJECT_ROLE_SECURITY_RESOURCE 13 "Security Resource",
    OBJECT_ROLE_SECURITY_GRANULARITY 14 "Security Granularity Definition",
    OBJECT_ROLE_PROVIDER 15 "Provider",
    OBJECT_ROLE_DATA_DESTINATION 16 "Data Destination",
    OBJECT_ROLE_DATA_ARCHIVE 17 "Data Archive",
    OBJECT_ROLE_SCHEDULE 18 "Schedule",
    OBJECT_ROLE_CUSTOMER 19 "Customer",
    OBJECT_ROLE_JOB 20 "Job",
    OBJECT_ROLE_JOB_STREAM 21 "Job Stream",
    OBJECT_ROLE_TABLE 22 "Table",
    OBJECT_ROLE_ROUTING 23 "Routing Criteria",
    OBJECT_ROLE_QUERY 24 "Query",
    OBJECT_ROLE_DATA_SOURCE 25 "Data Source",
    OBJECT_ROLE_PROCESSING_ELEMENT 26 "Processing Element",
}

numbered! {
    /// Every ParticipantObjectDataLifeCycle (PS3.15 A.5.1).
    LIFE_CYCLES:
    LIFE_ORIGINATION 1 "Origination, Creation",
    LIFE_IMPORT 2 "Import/Copy",
    LIFE_AMENDMENT 3 "Amendment",
    LIFE_VERIFICATION 4 "Verification",
    LIFE_TRANSLATION 5 "Translation",
    LIFE_ACCESS 6 "Access/Use",
    LIFE_DE_IDENTIFICATION 7 "De-identification",
    LIFE_AGGREGATION 8 "Aggregation, summarization, derivation",
    LIFE_REPORT 9 "Report",
    LIFE_EXPORT 10 "Export",
    LIFE_DISCLOSURE 11 "Disclosure",
    LIFE_RECEIPT_OF_DISCLOSURE 12 "Receipt of Disclosure",
    LIFE_ARCHIVING 13 "Archiving",
    LIFE_LOGICAL_DELETION 14 "Logical deletion",
    LIFE_PERMANENT_ERASURE 15 "Permanent erasure, physical destruction",
}

/// Every table of coded values.
pub const CODED_TABLES: &[&[CodedRef]] =
    &[EVENT_IDS, EVENT_TYPES, ROLES, OBJECT_ID_TYPES, SOURCE_TYPES];

/// The row of a table with this code; a missing code system fits every row, as in old editions.
///
/// ```
/// use ihe_atna::{Coded, codes};
/// let query = Coded::new("110112", "DCM", "");
/// assert_eq!(codes::find(codes::EVENT_IDS, &query), Some(codes::EVENT_QUERY));
/// ```
pub fn find(table: &[CodedRef], code: &Coded) -> Option<CodedRef> {
    let fits = |row: &&CodedRef| code.system.is_empty() || row.system == code.system;
    let mut rows = table.iter().filter(|row| row.code == code.code);
    rows.find(fits).copied()
}

/// The name of a number, by its table.
///
/// ```
/// use ihe_atna::codes;
/// assert_eq!(codes::name(codes::LIFE_CYCLES, 15), Some("Permanent erasure, physical destruction"));
/// ```
pub fn name(table: &'static [(u8, &'static str)], number: u8) -> Option<&'static str> {
    let row = table.iter().find(|(row, _)| *row == number);
    row.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_of_a_table_are_unique_and_found_by_code_alone() {
        for table in CODED_TABLES {
            let codes: HashSet<_> = table.iter().map(|row| row.code).collect();
            assert_eq!(codes.len(), table.len());
            for row in *table {
                assert_eq!(find(table, &row.to_coded()), Some(*row));
                assert_eq!(find(table, &Coded::new(row.code, "", "")), Some(*row));
                assert_eq!(find(table, &Coded::new(row.code, "other", "")), None);
            }
        }
    }

    #[test]
    fn numbered_tables_are_complete() {
        let tables = [NETWORK_TYPES, OBJECT_TYPES, OBJECT_ROLES, LIFE_CYCLES];
        for (table, last) in tables.into_iter().zip([5, 4, 26, 15]) {
            let numbers: Vec<u8> = table.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, (1..=last).collect::<Vec<u8>>());
            assert_eq!(name(table, last + 1), None);
        }
    }
}
