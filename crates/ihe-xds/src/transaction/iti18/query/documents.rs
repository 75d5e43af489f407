//! The queries that find DocumentEntries of one patient (ITI TF-2 3.18.4.1.2.3.7.1 and .14; CP-ITI-1323).

use super::super::coding::{Field, fields};
use super::super::names::*;
use super::super::parameters::Parameters;
use super::TimeRange;
use crate::metadata::{Code, ObjectType, Status};
use hl7v2::datatype::Cx;
use std::fmt;

/// FindDocuments: the entries of one patient. The lists are alternatives; the outer of two lists is a conjunction. Codes are compared by code and scheme.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FindDocuments {
    /// $XDSDocumentEntryPatientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// $XDSDocumentEntryStatus, 1..n.
    pub statuses: Vec<Status>,
    /// $XDSDocumentEntryType, 0..n; none means Stable (XDS-T-036).
    pub object_types: Vec<ObjectType>,
    /// $XDSDocumentEntryClassCode, 0..n.
    pub class_codes: Vec<Code>,
    /// $XDSDocumentEntryTypeCode, 0..n.
    pub type_codes: Vec<Code>,
    /// $XDSDocumentEntryPracticeSettingCode, 0..n.
    pub practice_setting_codes: Vec<Code>,
    /// $XDSDocumentEntryHealthcareFacilityTypeCode, 0..n.
    pub healthcare_facility_type_codes: Vec<Code>,
    /// $XDSDocumentEntryFormatCode, 0..n.
    pub format_codes: Vec<Code>,
    /// $XDSDocumentEntryEventCodeList, 0..n and of or.
    pub event_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryConfidentialityCode, 0..n and of or.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryAuthorPerson, 0..n patterns with `%` and `_`.
    pub author_persons: Vec<String>,
    /// $XDSDocumentEntryCreationTimeFrom and To; not compared for On-Demand entries.
    pub creation_time: TimeRange,
    /// $XDSDocumentEntryServiceStartTimeFrom and To; entries without the time pass.
    pub service_start_time: TimeRange,
    /// $XDSDocumentEntryServiceStopTimeFrom and To; entries without the time pass.
    pub service_stop_time: TimeRange,
}

fields!(FindDocuments {
    patient_id: [PATIENT_ID],
    statuses: [STATUS],
    object_types: [TYPE],
    class_codes: [CLASS],
    type_codes: [TYPE_CODE],
    practice_setting_codes: [PRACTICE],
    healthcare_facility_type_codes: [FACILITY],
    format_codes: [FORMAT],
    event_codes: [EVENT],
    confidentiality_codes: [CONFIDENTIALITY],
    author_persons: [AUTHOR_PERSON],
    creation_time: [CREATION_FROM, CREATION_TO],
    service_start_time: [SERVICE_START_FROM, SERVICE_START_TO],
    service_stop_time: [SERVICE_STOP_FROM, SERVICE_STOP_TO],
});

impl FindDocuments {
    /// Stable documents of a patient; add the statuses with [`FindDocuments::approved`] or [`FindDocuments::deprecated`].
    pub fn new(patient: &Cx) -> Self {
        Self {
            patient_id: patient.to_xds(),
            ..Self::default()
        }
    }

    /// Approved entries too.
    pub fn approved(mut self) -> Self {
        self.statuses.push(Status::Approved);
        self
    }

    /// Deprecated entries too.
    pub fn deprecated(mut self) -> Self {
        self.statuses.push(Status::Deprecated);
        self
    }

    /// On-Demand entries beside the Stable ones.
    pub fn on_demand_too(mut self) -> Self {
        self.object_types = vec![ObjectType::Stable, ObjectType::OnDemand];
        self
    }
}

impl fmt::Debug for FindDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindDocuments")
            .field("statuses", &self.statuses)
            .field("object_types", &self.object_types)
            .finish_non_exhaustive()
    }
}

/// FindDocumentsByReferenceId: FindDocuments for entries with a reference id.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FindDocumentsByReferenceId {
    /// What else is asked of the entries.
    pub documents: FindDocuments,
    /// $XDSDocumentEntryReferenceIdList, 1..n patterns with `%` and `_`, and of or.
    pub reference_ids: Vec<Vec<String>>,
}

fields!(FindDocumentsByReferenceId {
    documents: [],
    reference_ids: [REFERENCE_ID],
});

impl FindDocumentsByReferenceId {
    /// Documents with a reference id, or one that matches a pattern.
    pub fn new(documents: FindDocuments, reference_id: impl Into<String>) -> Self {
        Self {
            documents,
            reference_ids: vec![vec![reference_id.into()]],
        }
    }
}

impl fmt::Debug for FindDocumentsByReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindDocumentsByReferenceId")
            .field("documents", &self.documents)
            .finish_non_exhaustive()
    }
}

/// FindDocumentsExclude: FindDocuments less what is excluded. A field of `documents` and its twin in `exclude` are not given together.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FindDocumentsExclude {
    /// What is asked of the entries.
    pub documents: FindDocuments,
    /// $XDSDocumentEntryReferenceIdList, 0..n patterns with `%` and `_`, and of or.
    pub reference_ids: Vec<Vec<String>>,
    /// What the entries must not have.
    pub exclude: Exclusions,
}

fields!(FindDocumentsExclude {
    documents: [],
    reference_ids: [REFERENCE_ID],
    exclude: [],
});

impl FindDocumentsExclude {
    /// Documents less those that have what is excluded.
    pub fn new(documents: FindDocuments, exclude: Exclusions) -> Self {
        Self {
            documents,
            reference_ids: Vec::new(),
            exclude,
        }
    }
}

impl fmt::Debug for FindDocumentsExclude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindDocumentsExclude")
            .field("documents", &self.documents)
            .finish_non_exhaustive()
    }
}

/// The Exclude twins (CP-ITI-1323): an entry that a twin would find is left out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Exclusions {
    /// $XDSDocumentEntryTypeExclude, 0..n; given, all other types are found.
    pub object_types: Vec<ObjectType>,
    /// $XDSDocumentEntryClassCodeExclude, 0..n.
    pub class_codes: Vec<Code>,
    /// $XDSDocumentEntryTypeCodeExclude, 0..n.
    pub type_codes: Vec<Code>,
    /// $XDSDocumentEntryPracticeSettingCodeExclude, 0..n.
    pub practice_setting_codes: Vec<Code>,
    /// $XDSDocumentEntryHealthcareFacilityTypeCodeExclude, 0..n.
    pub healthcare_facility_type_codes: Vec<Code>,
    /// $XDSDocumentEntryFormatCodeExclude, 0..n.
    pub format_codes: Vec<Code>,
    /// $XDSDocumentEntryEventCodeListExclude, 0..n and of or.
    pub event_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryConfidentialityCodeExclude, 0..n and of or.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryAuthorPersonExclude, 0..n patterns with `%` and `_`.
    pub author_persons: Vec<String>,
    /// $XDSDocumentEntryReferenceIdListExclude, 0..n patterns with `%` and `_`, and of or.
    pub reference_ids: Vec<Vec<String>>,
}

fields!(Exclusions {
    object_types: [NOT_TYPE],
    class_codes: [NOT_CLASS],
    type_codes: [NOT_TYPE_CODE],
    practice_setting_codes: [NOT_PRACTICE],
    healthcare_facility_type_codes: [NOT_FACILITY],
    format_codes: [NOT_FORMAT],
    event_codes: [NOT_EVENT],
    confidentiality_codes: [NOT_CONFIDENTIALITY],
    author_persons: [NOT_AUTHOR_PERSON],
    reference_ids: [NOT_REFERENCE_ID],
});

impl fmt::Debug for Exclusions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exclusions").finish_non_exhaustive()
    }
}
