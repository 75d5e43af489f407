//! Names of query parameters (ITI TF-2 3.18.4.1.2.3.7).

pub(super) const ANY_PATIENT_ID: &str = "$patientId";
pub(super) const UUID: &str = "$uuid";
pub(super) const ASSOCIATION_TYPES: &str = "$AssociationTypes";

pub(super) const ENTRY_UUID: &str = "$XDSDocumentEntryEntryUUID";
pub(super) const UNIQUE_ID: &str = "$XDSDocumentEntryUniqueId";
pub(super) const PATIENT_ID: &str = "$XDSDocumentEntryPatientId";
pub(super) const STATUS: &str = "$XDSDocumentEntryStatus";
pub(super) const TYPE: &str = "$XDSDocumentEntryType";
pub(super) const CLASS: &str = "$XDSDocumentEntryClassCode";
pub(super) const TYPE_CODE: &str = "$XDSDocumentEntryTypeCode";
pub(super) const PRACTICE: &str = "$XDSDocumentEntryPracticeSettingCode";
pub(super) const FACILITY: &str = "$XDSDocumentEntryHealthcareFacilityTypeCode";
pub(super) const FORMAT: &str = "$XDSDocumentEntryFormatCode";
pub(super) const EVENT: &str = "$XDSDocumentEntryEventCodeList";
pub(super) const CONFIDENTIALITY: &str = "$XDSDocumentEntryConfidentialityCode";
pub(super) const AUTHOR_PERSON: &str = "$XDSDocumentEntryAuthorPerson";
pub(super) const REFERENCE_ID: &str = "$XDSDocumentEntryReferenceIdList";
pub(super) const CREATION_FROM: &str = "$XDSDocumentEntryCreationTimeFrom";
pub(super) const CREATION_TO: &str = "$XDSDocumentEntryCreationTimeTo";
pub(super) const SERVICE_START_FROM: &str = "$XDSDocumentEntryServiceStartTimeFrom";
pub(super) const SERVICE_START_TO: &str = "$XDSDocumentEntryServiceStartTimeTo";
pub(super) const SERVICE_STOP_FROM: &str = "$XDSDocumentEntryServiceStopTimeFrom";
pub(super) const SERVICE_STOP_TO: &str = "$XDSDocumentEntryServiceStopTimeTo";

pub(super) const NOT_TYPE: &str = "$XDSDocumentEntryTypeExclude";
pub(super) const NOT_CLASS: &str = "$XDSDocumentEntryClassCodeExclude";
pub(super) const NOT_TYPE_CODE: &str = "$XDSDocumentEntryTypeCodeExclude";
pub(super) const NOT_PRACTICE: &str = "$XDSDocumentEntryPracticeSettingCodeExclude";
pub(super) const NOT_FACILITY: &str = "$XDSDocumentEntryHealthcareFacilityTypeCodeExclude";
pub(super) const NOT_FORMAT: &str = "$XDSDocumentEntryFormatCodeExclude";
pub(super) const NOT_EVENT: &str = "$XDSDocumentEntryEventCodeListExclude";
pub(super) const NOT_CONFIDENTIALITY: &str = "$XDSDocumentEntryConfidentialityCodeExclude";
pub(super) const NOT_AUTHOR_PERSON: &str = "$XDSDocumentEntryAuthorPersonExclude";
pub(super) const NOT_REFERENCE_ID: &str = "$XDSDocumentEntryReferenceIdListExclude";

pub(super) const SET_ENTRY_UUID: &str = "$XDSSubmissionSetEntryUUID";
pub(super) const SET_UNIQUE_ID: &str = "$XDSSubmissionSetUniqueId";
pub(super) const SET_PATIENT_ID: &str = "$XDSSubmissionSetPatientId";
pub(super) const SET_STATUS: &str = "$XDSSubmissionSetStatus";
pub(super) const SET_SOURCE_ID: &str = "$XDSSubmissionSetSourceId";
pub(super) const SET_TIME_FROM: &str = "$XDSSubmissionSetSubmissionTimeFrom";
pub(super) const SET_TIME_TO: &str = "$XDSSubmissionSetSubmissionTimeTo";
pub(super) const SET_AUTHOR_PERSON: &str = "$XDSSubmissionSetAuthorPerson";
pub(super) const SET_CONTENT_TYPE: &str = "$XDSSubmissionSetContentType";

pub(super) const FOLDER_ENTRY_UUID: &str = "$XDSFolderEntryUUID";
pub(super) const FOLDER_UNIQUE_ID: &str = "$XDSFolderUniqueId";
pub(super) const FOLDER_PATIENT_ID: &str = "$XDSFolderPatientId";
pub(super) const FOLDER_STATUS: &str = "$XDSFolderStatus";
pub(super) const FOLDER_UPDATE_FROM: &str = "$XDSFolderLastUpdateTimeFrom";
pub(super) const FOLDER_UPDATE_TO: &str = "$XDSFolderLastUpdateTimeTo";
pub(super) const FOLDER_CODES: &str = "$XDSFolderCodeList";
