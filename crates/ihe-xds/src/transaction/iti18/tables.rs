//! The stored queries and their parameters, as data (ITI TF-2 3.18.4.1.2.3.7 and 3.18.4.1.2.4; CP-ITI-1323).

use super::definition::Form::{
    AssociationType, Code, ObjectType, Patient, Pattern, Status, Text, Time, Uuid,
};
use super::definition::Number::{AndOr, One, Or};
use super::definition::{Choice, Definition, Form, Number, Parameter};
use super::names::*;

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

/// Exactly one of these.
const fn one_of(names: &'static [&'static str]) -> Choice {
    Choice {
        names,
        required: true,
    }
}

/// At most one of these.
const fn not_both(names: &'static [&'static str]) -> Choice {
    Choice {
        names,
        required: false,
    }
}

const OF_ENTRY: &[Choice] = &[one_of(&[ENTRY_UUID, UNIQUE_ID])];
const OF_SET: &[Choice] = &[one_of(&[SET_ENTRY_UUID, SET_UNIQUE_ID])];
const OF_FOLDER: &[Choice] = &[one_of(&[FOLDER_ENTRY_UUID, FOLDER_UNIQUE_ID])];

/// Two of the lists below in one.
const fn joined<const N: usize>(one: &[Parameter], other: &[Parameter]) -> [Parameter; N] {
    let mut all = [takes("", Text, One); N];
    let mut at = 0;
    while at < N {
        all[at] = if at < one.len() {
            one[at]
        } else {
            other[at - one.len()]
        };
        at += 1;
    }
    all
}

const ENTRY_PARAMETERS: &[Parameter] = &[
    needs(PATIENT_ID, Patient, One),
    takes(CLASS, Code, Or),
    takes(TYPE_CODE, Code, Or),
    takes(PRACTICE, Code, Or),
    takes(CREATION_FROM, Time, One),
    takes(CREATION_TO, Time, One),
    takes(SERVICE_START_FROM, Time, One),
    takes(SERVICE_START_TO, Time, One),
    takes(SERVICE_STOP_FROM, Time, One),
    takes(SERVICE_STOP_TO, Time, One),
    takes(FACILITY, Code, Or),
    takes(EVENT, Code, AndOr),
    takes(CONFIDENTIALITY, Code, AndOr),
    takes(AUTHOR_PERSON, Pattern, Or),
    takes(FORMAT, Code, Or),
    needs(STATUS, Status, Or),
    takes(TYPE, ObjectType, Or),
];

const WITH_REFERENCE_ID: [Parameter; 18] =
    joined(&[needs(REFERENCE_ID, Pattern, AndOr)], ENTRY_PARAMETERS);

const EXCLUDING: &[Parameter] = &[
    takes(REFERENCE_ID, Pattern, AndOr),
    takes(NOT_CLASS, Code, Or),
    takes(NOT_TYPE_CODE, Code, Or),
    takes(NOT_PRACTICE, Code, Or),
    takes(NOT_FACILITY, Code, Or),
    takes(NOT_EVENT, Code, AndOr),
    takes(NOT_CONFIDENTIALITY, Code, AndOr),
    takes(NOT_AUTHOR_PERSON, Pattern, Or),
    takes(NOT_FORMAT, Code, Or),
    takes(NOT_TYPE, ObjectType, Or),
    takes(NOT_REFERENCE_ID, Pattern, AndOr),
];

const WITH_EXCLUSIONS: [Parameter; 28] = joined(ENTRY_PARAMETERS, EXCLUDING);

pub(super) const FIND_DOCUMENTS: Definition = Definition {
    name: "FindDocuments",
    id: "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
    section: "ITI TF-2 3.18.4.1.2.3.7.1",
    choices: &[],
    parameters: ENTRY_PARAMETERS,
};

pub(super) const FIND_SUBMISSION_SETS: Definition = Definition {
    name: "FindSubmissionSets",
    id: "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9",
    section: "ITI TF-2 3.18.4.1.2.3.7.2",
    choices: &[],
    parameters: &[
        needs(SET_PATIENT_ID, Patient, One),
        takes(SET_SOURCE_ID, Text, Or),
        takes(SET_TIME_FROM, Time, One),
        takes(SET_TIME_TO, Time, One),
        takes(SET_AUTHOR_PERSON, Pattern, One),
        takes(SET_CONTENT_TYPE, Code, Or),
        needs(SET_STATUS, Status, Or),
    ],
};

pub(super) const FIND_FOLDERS: Definition = Definition {
    name: "FindFolders",
    id: "urn:uuid:958f3006-baad-4929-a4de-ff1114824431",
    section: "ITI TF-2 3.18.4.1.2.3.7.3",
    choices: &[],
    parameters: &[
        needs(FOLDER_PATIENT_ID, Patient, One),
        takes(FOLDER_UPDATE_FROM, Time, One),
        takes(FOLDER_UPDATE_TO, Time, One),
        takes(FOLDER_CODES, Code, AndOr),
        needs(FOLDER_STATUS, Status, Or),
    ],
};

pub(super) const GET_ALL: Definition = Definition {
    name: "GetAll",
    id: "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3",
    section: "ITI TF-2 3.18.4.1.2.3.7.4",
    choices: &[],
    parameters: &[
        needs(ANY_PATIENT_ID, Patient, One),
        needs(STATUS, Status, Or),
        needs(SET_STATUS, Status, Or),
        needs(FOLDER_STATUS, Status, Or),
        takes(FORMAT, Code, Or),
        takes(CONFIDENTIALITY, Code, AndOr),
        takes(TYPE, ObjectType, Or),
    ],
};

pub(super) const GET_DOCUMENTS: Definition = Definition {
    name: "GetDocuments",
    id: "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4",
    section: "ITI TF-2 3.18.4.1.2.3.7.5",
    choices: OF_ENTRY,
    parameters: &[takes(ENTRY_UUID, Uuid, Or), takes(UNIQUE_ID, Text, Or)],
};

pub(super) const GET_FOLDERS: Definition = Definition {
    name: "GetFolders",
    id: "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4",
    section: "ITI TF-2 3.18.4.1.2.3.7.6",
    choices: OF_FOLDER,
    parameters: &[
        takes(FOLDER_ENTRY_UUID, Uuid, Or),
        takes(FOLDER_UNIQUE_ID, Text, Or),
    ],
};

pub(super) const GET_ASSOCIATIONS: Definition = Definition {
    name: "GetAssociations",
    id: "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155",
    section: "ITI TF-2 3.18.4.1.2.3.7.7",
    choices: &[],
    parameters: &[needs(UUID, Uuid, Or)],
};

pub(super) const GET_DOCUMENTS_AND_ASSOCIATIONS: Definition = Definition {
    name: "GetDocumentsAndAssociations",
    id: "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a",
    section: "ITI TF-2 3.18.4.1.2.3.7.8",
    ..GET_DOCUMENTS
};

pub(super) const GET_SUBMISSION_SETS: Definition = Definition {
    name: "GetSubmissionSets",
    id: "urn:uuid:51224314-5390-4169-9b91-b1980040715a",
    section: "ITI TF-2 3.18.4.1.2.3.7.9",
    ..GET_ASSOCIATIONS
};

pub(super) const GET_SUBMISSION_SET_AND_CONTENTS: Definition = Definition {
    name: "GetSubmissionSetAndContents",
    id: "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83",
    section: "ITI TF-2 3.18.4.1.2.3.7.10",
    choices: OF_SET,
    parameters: &[
        takes(SET_ENTRY_UUID, Uuid, One),
        takes(SET_UNIQUE_ID, Text, One),
        takes(FORMAT, Code, Or),
        takes(CONFIDENTIALITY, Code, AndOr),
        takes(TYPE, ObjectType, Or),
    ],
};

pub(super) const GET_FOLDER_AND_CONTENTS: Definition = Definition {
    name: "GetFolderAndContents",
    id: "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7",
    section: "ITI TF-2 3.18.4.1.2.3.7.11",
    choices: OF_FOLDER,
    parameters: &[
        takes(FOLDER_ENTRY_UUID, Uuid, One),
        takes(FOLDER_UNIQUE_ID, Text, One),
        takes(FORMAT, Code, Or),
        takes(CONFIDENTIALITY, Code, AndOr),
        takes(TYPE, ObjectType, Or),
    ],
};

pub(super) const GET_FOLDERS_FOR_DOCUMENT: Definition = Definition {
    name: "GetFoldersForDocument",
    id: "urn:uuid:10cae35a-c7f9-4cf5-b61e-fc3278ffb578",
    section: "ITI TF-2 3.18.4.1.2.3.7.12",
    choices: OF_ENTRY,
    parameters: &[takes(ENTRY_UUID, Uuid, One), takes(UNIQUE_ID, Text, One)],
};

pub(super) const GET_RELATED_DOCUMENTS: Definition = Definition {
    name: "GetRelatedDocuments",
    id: "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6",
    section: "ITI TF-2 3.18.4.1.2.3.7.13",
    choices: OF_ENTRY,
    parameters: &[
        takes(ENTRY_UUID, Uuid, One),
        takes(UNIQUE_ID, Text, One),
        needs(ASSOCIATION_TYPES, AssociationType, Or),
        takes(TYPE, ObjectType, Or),
    ],
};

pub(super) const FIND_DOCUMENTS_BY_REFERENCE_ID: Definition = Definition {
    name: "FindDocumentsByReferenceId",
    id: "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492",
    section: "ITI TF-2 3.18.4.1.2.3.7.14",
    choices: &[],
    parameters: &WITH_REFERENCE_ID,
};

pub(super) const FIND_DOCUMENTS_EXCLUDE: Definition = Definition {
    name: "FindDocumentsExclude",
    id: "urn:uuid:4308b1df-36de-4bef-8e2e-ba91f593c435",
    section: "CP-ITI-1323",
    choices: &[
        not_both(&[CLASS, NOT_CLASS]),
        not_both(&[TYPE_CODE, NOT_TYPE_CODE]),
        not_both(&[PRACTICE, NOT_PRACTICE]),
        not_both(&[FACILITY, NOT_FACILITY]),
        not_both(&[EVENT, NOT_EVENT]),
        not_both(&[CONFIDENTIALITY, NOT_CONFIDENTIALITY]),
        not_both(&[AUTHOR_PERSON, NOT_AUTHOR_PERSON]),
        not_both(&[FORMAT, NOT_FORMAT]),
        not_both(&[TYPE, NOT_TYPE]),
        not_both(&[REFERENCE_ID, NOT_REFERENCE_ID]),
    ],
    parameters: &WITH_EXCLUSIONS,
};

static ALL: [Definition; 15] = [
    FIND_DOCUMENTS,
    FIND_SUBMISSION_SETS,
    FIND_FOLDERS,
    GET_ALL,
    GET_DOCUMENTS,
    GET_FOLDERS,
    GET_ASSOCIATIONS,
    GET_DOCUMENTS_AND_ASSOCIATIONS,
    GET_SUBMISSION_SETS,
    GET_SUBMISSION_SET_AND_CONTENTS,
    GET_FOLDER_AND_CONTENTS,
    GET_FOLDERS_FOR_DOCUMENT,
    GET_RELATED_DOCUMENTS,
    FIND_DOCUMENTS_BY_REFERENCE_ID,
    FIND_DOCUMENTS_EXCLUDE,
];

/// Every stored query a Registry of this crate answers (XDS-T-044).
pub fn queries() -> &'static [Definition] {
    &ALL
}

/// The query with this id or name; case does not matter, and `find-folders` is FindFolders.
pub fn query(id_or_name: &str) -> Option<&'static Definition> {
    let bare: String = id_or_name.chars().filter(|c| *c != '-').collect();
    ALL.iter()
        .find(|one| one.id.eq_ignore_ascii_case(id_or_name) || one.name.eq_ignore_ascii_case(&bare))
}
