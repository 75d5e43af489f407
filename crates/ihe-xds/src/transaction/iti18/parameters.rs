//! The stored queries and their parameters, as data (ITI TF-2 3.18.4.1.2.3.7).

/// How the values of a parameter are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `'text'`
    Text,
    /// `'id^^^&oid&ISO'`, also without quotes
    Patient,
    /// DTM digits, also in quotes
    Time,
    /// `'code^^scheme'`
    Code,
    /// Status URN in quotes
    Status,
    /// objectType URN in quotes
    ObjectType,
}

/// How many values a parameter may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// One value
    One,
    /// A list of alternatives
    Or,
    /// Several lists, of which each must be met
    AndOr,
}

/// One parameter of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) number: Number,
    pub(super) required: bool,
}

/// One stored query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Definition {
    pub(super) id: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// Of these exactly one is given.
    pub(super) alternatives: &'static [&'static str],
}

const fn needs(name: &'static str, form: Form, number: Number) -> Parameter {
    Parameter {
        name,
        form,
        number,
        required: true,
    }
}

const fn takes(name: &'static str, form: Form, number: Number) -> Parameter {
    Parameter {
        name,
        form,
        number,
        required: false,
    }
}

use Form::{Code, ObjectType, Patient, Status, Text, Time};
use Number::{AndOr, One, Or};

pub(super) const FORMAT: &str = "$XDSDocumentEntryFormatCode";
pub(super) const CONFIDENTIALITY: &str = "$XDSDocumentEntryConfidentialityCode";
pub(super) const TYPE: &str = "$XDSDocumentEntryType";
pub(super) const ENTRY_UUID: &str = "$XDSDocumentEntryEntryUUID";
pub(super) const UNIQUE_ID: &str = "$XDSDocumentEntryUniqueId";
pub(super) const UUID: &str = "$uuid";
pub(super) const SET_ENTRY_UUID: &str = "$XDSSubmissionSetEntryUUID";
pub(super) const SET_UNIQUE_ID: &str = "$XDSSubmissionSetUniqueId";
pub(super) const PATIENT_ID: &str = "$XDSDocumentEntryPatientId";
pub(super) const STATUS: &str = "$XDSDocumentEntryStatus";
pub(super) const CLASS: &str = "$XDSDocumentEntryClassCode";
pub(super) const TYPE_CODE: &str = "$XDSDocumentEntryTypeCode";
pub(super) const PRACTICE: &str = "$XDSDocumentEntryPracticeSettingCode";
pub(super) const FACILITY: &str = "$XDSDocumentEntryHealthcareFacilityTypeCode";
pub(super) const EVENT: &str = "$XDSDocumentEntryEventCodeList";
pub(super) const AUTHOR_PERSON: &str = "$XDSDocumentEntryAuthorPerson";
pub(super) const CREATION: [&str; 2] = [
    "$XDSDocumentEntryCreationTimeFrom",
    "$XDSDocumentEntryCreationTimeTo",
];
pub(super) const SERVICE_START: [&str; 2] = [
    "$XDSDocumentEntryServiceStartTimeFrom",
    "$XDSDocumentEntryServiceStartTimeTo",
];
pub(super) const SERVICE_STOP: [&str; 2] = [
    "$XDSDocumentEntryServiceStopTimeFrom",
    "$XDSDocumentEntryServiceStopTimeTo",
];

pub(super) const FIND_DOCUMENTS: Definition = Definition {
    id: "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
    alternatives: &[],
    parameters: &[
        needs(PATIENT_ID, Patient, One),
        needs(STATUS, Status, Or),
        takes(TYPE, ObjectType, Or),
        takes(CLASS, Code, Or),
        takes(TYPE_CODE, Code, Or),
        takes(PRACTICE, Code, Or),
        takes(FACILITY, Code, Or),
        takes(FORMAT, Code, Or),
        takes(EVENT, Code, AndOr),
        takes(CONFIDENTIALITY, Code, AndOr),
        takes(AUTHOR_PERSON, Text, Or),
        takes(CREATION[0], Time, One),
        takes(CREATION[1], Time, One),
        takes(SERVICE_START[0], Time, One),
        takes(SERVICE_START[1], Time, One),
        takes(SERVICE_STOP[0], Time, One),
        takes(SERVICE_STOP[1], Time, One),
    ],
};

pub(super) const GET_DOCUMENTS: Definition = Definition {
    id: "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4",
    alternatives: &[ENTRY_UUID, UNIQUE_ID],
    parameters: &[takes(ENTRY_UUID, Text, Or), takes(UNIQUE_ID, Text, Or)],
};

pub(super) const GET_ASSOCIATIONS: Definition = Definition {
    id: "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155",
    alternatives: &[],
    parameters: &[needs(UUID, Text, Or)],
};

pub(super) const GET_SUBMISSION_SET_AND_CONTENTS: Definition = Definition {
    id: "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83",
    alternatives: &[SET_ENTRY_UUID, SET_UNIQUE_ID],
    parameters: &[
        takes(SET_ENTRY_UUID, Text, One),
        takes(SET_UNIQUE_ID, Text, One),
        takes(FORMAT, Code, Or),
        takes(CONFIDENTIALITY, Code, AndOr),
        takes(TYPE, ObjectType, Or),
    ],
};

pub(super) const ALL: [&Definition; 4] = [
    &FIND_DOCUMENTS,
    &GET_DOCUMENTS,
    &GET_ASSOCIATIONS,
    &GET_SUBMISSION_SET_AND_CONTENTS,
];

/// The query of an id, upper or lower case.
pub(super) fn definition(id: &str) -> Option<&'static Definition> {
    ALL.into_iter().find(|one| one.id.eq_ignore_ascii_case(id))
}
