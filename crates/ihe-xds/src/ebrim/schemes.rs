//! The UUIDs that name attributes in ebRIM (ITI TF-3 4.2.5).

/// One attribute coded as a Classification: scheme, name, least and greatest number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodeAttribute {
    pub(crate) scheme: &'static str,
    pub(crate) name: &'static str,
    pub(crate) min: usize,
    pub(crate) max: usize,
}

const fn code(scheme: &'static str, name: &'static str, min: usize, max: usize) -> CodeAttribute {
    CodeAttribute {
        scheme,
        name,
        min,
        max,
    }
}

const MANY: usize = usize::MAX;

pub(crate) mod document {
    use super::{CodeAttribute, MANY, code};

    pub(crate) const AUTHOR: &str = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d";
    pub(crate) const CLASS: CodeAttribute = code(
        "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
        "classCode",
        1,
        1,
    );
    pub(crate) const CONFIDENTIALITY: CodeAttribute = code(
        "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f",
        "confidentialityCode",
        1,
        MANY,
    );
    pub(crate) const EVENT: CodeAttribute = code(
        "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4",
        "eventCodeList",
        0,
        MANY,
    );
    pub(crate) const FORMAT: CodeAttribute = code(
        "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d",
        "formatCode",
        1,
        1,
    );
    pub(crate) const FACILITY: CodeAttribute = code(
        "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
        "healthcareFacilityTypeCode",
        1,
        1,
    );
    pub(crate) const PRACTICE: CodeAttribute = code(
        "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead",
        "practiceSettingCode",
        1,
        1,
    );
    pub(crate) const TYPE: CodeAttribute = code(
        "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983",
        "typeCode",
        1,
        1,
    );
    /// In the order in which they are written.
    pub(crate) const CODES: [CodeAttribute; 7] = [
        CLASS,
        CONFIDENTIALITY,
        EVENT,
        FORMAT,
        FACILITY,
        PRACTICE,
        TYPE,
    ];
    pub(crate) const PATIENT_ID: &str = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427";
    pub(crate) const UNIQUE_ID: &str = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab";
    pub(crate) const IDENTIFIERS: [(&str, &str); 2] = [
        (PATIENT_ID, "XDSDocumentEntry.patientId"),
        (UNIQUE_ID, "XDSDocumentEntry.uniqueId"),
    ];
    pub(crate) const LIMITED: &str = "urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85";
}

pub(crate) mod submission_set {
    use super::{CodeAttribute, code};

    pub(crate) const NODE: &str = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd";
    pub(crate) const AUTHOR: &str = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d";
    pub(crate) const CONTENT_TYPE: CodeAttribute = code(
        "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500",
        "contentTypeCode",
        1,
        1,
    );
    pub(crate) const CODES: [CodeAttribute; 1] = [CONTENT_TYPE];
    pub(crate) const PATIENT_ID: &str = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446";
    pub(crate) const SOURCE_ID: &str = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832";
    pub(crate) const UNIQUE_ID: &str = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8";
    pub(crate) const IDENTIFIERS: [(&str, &str); 3] = [
        (PATIENT_ID, "XDSSubmissionSet.patientId"),
        (SOURCE_ID, "XDSSubmissionSet.sourceId"),
        (UNIQUE_ID, "XDSSubmissionSet.uniqueId"),
    ];
    pub(crate) const LIMITED: &str = "urn:uuid:5003a9db-8d8d-49e6-bf0c-990e34ac7707";
}

pub(crate) mod folder {
    use super::{CodeAttribute, MANY, code};

    pub(crate) const NODE: &str = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2";
    pub(crate) const CODE_LIST: CodeAttribute = code(
        "urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5",
        "codeList",
        1,
        MANY,
    );
    pub(crate) const CODES: [CodeAttribute; 1] = [CODE_LIST];
    pub(crate) const PATIENT_ID: &str = "urn:uuid:f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a";
    pub(crate) const UNIQUE_ID: &str = "urn:uuid:75df8f67-9973-4fbe-a900-df66cefecc5a";
    pub(crate) const IDENTIFIERS: [(&str, &str); 2] = [
        (PATIENT_ID, "XDSFolder.patientId"),
        (UNIQUE_ID, "XDSFolder.uniqueId"),
    ];
    pub(crate) const LIMITED: &str = "urn:uuid:2c144a76-29a9-4b7c-af54-b25409fe7d03";
}

pub(crate) mod association {
    use super::{CodeAttribute, code};

    pub(crate) const DOCUMENTATION: CodeAttribute = code(
        "urn:uuid:abd807a3-4432-4053-87b4-fd82c643d1f3",
        "associationDocumentation",
        0,
        1,
    );
    pub(crate) const CODES: [CodeAttribute; 1] = [DOCUMENTATION];
}

/// Fixed objectTypes of ebRIM.
pub(crate) mod object_type {
    pub(crate) const PACKAGE: &str =
        "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:RegistryPackage";
    pub(crate) const ASSOCIATION: &str =
        "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Association";
    pub(crate) const CLASSIFICATION: &str =
        "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:Classification";
    pub(crate) const IDENTIFIER: &str =
        "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:ExternalIdentifier";
}
