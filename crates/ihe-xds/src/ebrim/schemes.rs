//! The names of attributes in ebRIM: UUIDs (ITI TF-3 4.2.5) and Slots, with what table 4.3.1-3 demands of each.

use crate::validate::Receiver;
use crate::validate::form::{self, Form};

/// Whether an attribute must, may or may not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
    Forbidden,
}

/// One attribute coded as a Slot: name, form, and columns of ITI TF-3 table 4.3.1-3.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotAttribute {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// Repository (XDS DS), Registry (XDS DR), Registry of On-Demand entries (XDS ODDS)
    columns: [Presence; 3],
}

impl SlotAttribute {
    /// What a receiver demands; in an answer everything may be.
    pub(crate) fn presence(&self, receiver: Option<Receiver>) -> Presence {
        let [repository, registry, on_demand] = self.columns;
        match receiver {
            Some(Receiver::Repository) => repository,
            Some(Receiver::Registry) => registry,
            Some(Receiver::RegistryOnDemand) => on_demand,
            None => Presence::Optional,
        }
    }
}

const fn slot(name: &'static str, form: Form, columns: [Presence; 3]) -> SlotAttribute {
    SlotAttribute {
        name,
        form,
        columns,
    }
}

const ALWAYS: [Presence; 3] = [Presence::Required; 3];
const MAYBE: [Presence; 3] = [Presence::Optional; 3];
const NEVER: [Presence; 3] = [Presence::Forbidden; 3];
/// Of a document that exists: known to its source.
const MADE: [Presence; 3] = [Presence::Required, Presence::Required, Presence::Forbidden];
/// Of a document that exists: added by the Repository.
const STORED: [Presence; 3] = [Presence::Optional, Presence::Required, Presence::Forbidden];
/// Added by the Repository, or known to the On-Demand source.
const PLACED: [Presence; 3] = [Presence::Optional, Presence::Required, Presence::Required];

/// The one Slot of a code (ITI TF-3 4.2.3.1.2).
pub(crate) const CODING_SCHEME: SlotAttribute = slot("codingScheme", form::TEXT, ALWAYS);

/// The Slots of an author (ITI TF-3 4.2.3.1.4).
pub(crate) mod author {
    use super::{MAYBE, SlotAttribute, form, slot};

    pub(crate) const PERSON: SlotAttribute = slot("authorPerson", form::XCN, MAYBE);
    pub(crate) const INSTITUTION: SlotAttribute = slot("authorInstitution", form::XON, MAYBE);
    pub(crate) const ROLE: SlotAttribute = slot("authorRole", form::CODED_STRING, MAYBE);
    pub(crate) const SPECIALTY: SlotAttribute = slot("authorSpecialty", form::CODED_STRING, MAYBE);
    pub(crate) const TELECOMMUNICATION: SlotAttribute =
        slot("authorTelecommunication", form::XTN, MAYBE);
}

/// One attribute coded as a Classification: scheme, name, least and greatest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// One attribute coded as an ExternalIdentifier: scheme, fixed Name, form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identifier {
    pub(crate) scheme: &'static str,
    pub(crate) name: &'static str,
    pub(crate) form: Form,
}

impl Identifier {
    /// The attribute, which is what follows the dot in the Name.
    pub(crate) fn attribute(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}

const fn identifier(scheme: &'static str, name: &'static str, form: Form) -> Identifier {
    Identifier { scheme, name, form }
}

pub(crate) mod document {
    use super::{ALWAYS, CodeAttribute, MADE, MANY, MAYBE, PLACED, STORED, SlotAttribute};
    use super::{Identifier, code, form, identifier, slot};

    pub(crate) const CREATION_TIME: SlotAttribute = slot("creationTime", form::DTM, MADE);
    pub(crate) const HASH: SlotAttribute = slot("hash", form::SHA1, STORED);
    pub(crate) const SIZE: SlotAttribute = slot("size", form::SIZE, STORED);
    pub(crate) const LANGUAGE: SlotAttribute = slot("languageCode", form::LANGUAGE, ALWAYS);
    pub(crate) const LEGAL_AUTHENTICATOR: SlotAttribute =
        slot("legalAuthenticator", form::XCN, MAYBE);
    pub(crate) const REFERENCE_IDS: SlotAttribute =
        slot("urn:ihe:iti:xds:2013:referenceIdList", form::CXI, MAYBE);
    pub(crate) const REPOSITORY: SlotAttribute = slot("repositoryUniqueId", form::OID, PLACED);
    pub(crate) const SERVICE_START: SlotAttribute = slot("serviceStartTime", form::DTM, MAYBE);
    pub(crate) const SERVICE_STOP: SlotAttribute = slot("serviceStopTime", form::DTM, MAYBE);
    pub(crate) const SOURCE_PATIENT_ID: SlotAttribute = slot("sourcePatientId", form::CX, ALWAYS);
    pub(crate) const SOURCE_PATIENT_INFO: SlotAttribute =
        slot("sourcePatientInfo", form::PATIENT_INFO, MAYBE);
    pub(crate) const URI: SlotAttribute = slot("URI", form::URI, MAYBE);
    pub(crate) const AVAILABILITY: SlotAttribute =
        slot("documentAvailability", form::AVAILABILITY, MAYBE);
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
    pub(crate) const PATIENT_ID: Identifier = identifier(
        "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
        "XDSDocumentEntry.patientId",
        form::CX,
    );
    pub(crate) const UNIQUE_ID: Identifier = identifier(
        "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
        "XDSDocumentEntry.uniqueId",
        form::IDENTIFIER,
    );
    pub(crate) const IDENTIFIERS: [Identifier; 2] = [PATIENT_ID, UNIQUE_ID];
    pub(crate) const LIMITED: &str = "urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85";
}

pub(crate) mod submission_set {
    use super::{ALWAYS, CodeAttribute, Identifier, MAYBE, SlotAttribute};
    use super::{code, form, identifier, slot};

    pub(crate) const SUBMISSION_TIME: SlotAttribute = slot("submissionTime", form::DTM, ALWAYS);
    pub(crate) const RECIPIENTS: SlotAttribute = slot("intendedRecipient", form::RECIPIENT, MAYBE);

    pub(crate) const NODE: &str = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd";
    pub(crate) const AUTHOR: &str = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d";
    pub(crate) const CONTENT_TYPE: CodeAttribute = code(
        "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500",
        "contentTypeCode",
        1,
        1,
    );
    pub(crate) const CODES: [CodeAttribute; 1] = [CONTENT_TYPE];
    pub(crate) const PATIENT_ID: Identifier = identifier(
        "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
        "XDSSubmissionSet.patientId",
        form::CX,
    );
    pub(crate) const SOURCE_ID: Identifier = identifier(
        "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832",
        "XDSSubmissionSet.sourceId",
        form::OID,
    );
    pub(crate) const UNIQUE_ID: Identifier = identifier(
        "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
        "XDSSubmissionSet.uniqueId",
        form::OID,
    );
    pub(crate) const IDENTIFIERS: [Identifier; 3] = [PATIENT_ID, SOURCE_ID, UNIQUE_ID];
    pub(crate) const LIMITED: &str = "urn:uuid:5003a9db-8d8d-49e6-bf0c-990e34ac7707";
}

pub(crate) mod folder {
    use super::{CodeAttribute, Identifier, MANY, MAYBE, SlotAttribute};
    use super::{code, form, identifier, slot};

    pub(crate) const LAST_UPDATE: SlotAttribute = slot("lastUpdateTime", form::DTM_SECONDS, MAYBE);

    pub(crate) const NODE: &str = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2";
    pub(crate) const CODE_LIST: CodeAttribute = code(
        "urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5",
        "codeList",
        1,
        MANY,
    );
    pub(crate) const CODES: [CodeAttribute; 1] = [CODE_LIST];
    pub(crate) const PATIENT_ID: Identifier = identifier(
        "urn:uuid:f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a",
        "XDSFolder.patientId",
        form::CX,
    );
    pub(crate) const UNIQUE_ID: Identifier = identifier(
        "urn:uuid:75df8f67-9973-4fbe-a900-df66cefecc5a",
        "XDSFolder.uniqueId",
        form::OID,
    );
    pub(crate) const IDENTIFIERS: [Identifier; 2] = [PATIENT_ID, UNIQUE_ID];
    pub(crate) const LIMITED: &str = "urn:uuid:2c144a76-29a9-4b7c-af54-b25409fe7d03";
}

pub(crate) mod association {
    use super::{CodeAttribute, MAYBE, NEVER, SlotAttribute, code, form, slot};

    pub(crate) const SET_STATUS: SlotAttribute =
        slot("SubmissionSetStatus", form::SET_STATUS, MAYBE);
    /// Of an update, which is another transaction (ITI TF Metadata Update 3.57).
    pub(crate) const PREVIOUS_VERSION: SlotAttribute = slot("PreviousVersion", form::TEXT, NEVER);

    pub(crate) const DOCUMENTATION: CodeAttribute = code(
        "urn:uuid:abd807a3-4432-4053-87b4-fd82c643d1f3",
        "associationDocumentation",
        0,
        1,
    );
    pub(crate) const CODES: [CodeAttribute; 1] = [DOCUMENTATION];
}

/// Every attribute coded as a Classification.
pub(crate) fn coded() -> impl Iterator<Item = CodeAttribute> {
    let documents = document::CODES.into_iter().chain(submission_set::CODES);
    documents.chain(folder::CODES).chain(association::CODES)
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
