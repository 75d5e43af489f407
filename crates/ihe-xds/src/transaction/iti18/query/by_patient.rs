//! The queries that find SubmissionSets, Folders or everything of one patient (ITI TF-2 3.18.4.1.2.3.7.2 to .4).

use super::super::coding::{Field, fields};
use super::super::names::*;
use super::super::parameters::Parameters;
use super::{Contents, TimeRange};
use crate::metadata::{Code, Status};
use hl7v2::datatype::Cx;
use std::fmt;

/// FindSubmissionSets: the submissions for one patient.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FindSubmissionSets {
    /// $XDSSubmissionSetPatientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// $XDSSubmissionSetSourceId, 0..n, OIDs.
    pub source_ids: Vec<String>,
    /// $XDSSubmissionSetSubmissionTimeFrom and To.
    pub submission_time: TimeRange,
    /// $XDSSubmissionSetAuthorPerson, 0..1 pattern with `%` and `_`.
    pub author_person: Option<String>,
    /// $XDSSubmissionSetContentType, 0..n.
    pub content_types: Vec<Code>,
    /// $XDSSubmissionSetStatus, 1..n.
    pub statuses: Vec<Status>,
}

fields!(FindSubmissionSets {
    patient_id: [SET_PATIENT_ID],
    source_ids: [SET_SOURCE_ID],
    submission_time: [SET_TIME_FROM, SET_TIME_TO],
    author_person: [SET_AUTHOR_PERSON],
    content_types: [SET_CONTENT_TYPE],
    statuses: [SET_STATUS],
});

impl FindSubmissionSets {
    /// The submissions for a patient; each is Approved.
    pub fn new(patient: &Cx) -> Self {
        Self {
            patient_id: patient.to_xds(),
            statuses: vec![Status::Approved],
            ..Self::default()
        }
    }
}

impl fmt::Debug for FindSubmissionSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindSubmissionSets")
            .field("source_ids", &self.source_ids)
            .field("statuses", &self.statuses)
            .finish_non_exhaustive()
    }
}

/// FindFolders: the Folders of one patient.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FindFolders {
    /// $XDSFolderPatientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// $XDSFolderLastUpdateTimeFrom and To.
    pub last_update_time: TimeRange,
    /// $XDSFolderCodeList, 0..n and of or.
    pub codes: Vec<Vec<Code>>,
    /// $XDSFolderStatus, 1..n.
    pub statuses: Vec<Status>,
}

fields!(FindFolders {
    patient_id: [FOLDER_PATIENT_ID],
    last_update_time: [FOLDER_UPDATE_FROM, FOLDER_UPDATE_TO],
    codes: [FOLDER_CODES],
    statuses: [FOLDER_STATUS],
});

impl FindFolders {
    /// The Approved Folders of a patient.
    pub fn new(patient: &Cx) -> Self {
        Self {
            patient_id: patient.to_xds(),
            statuses: vec![Status::Approved],
            ..Self::default()
        }
    }
}

impl fmt::Debug for FindFolders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindFolders")
            .field("statuses", &self.statuses)
            .finish_non_exhaustive()
    }
}

/// GetAll: the SubmissionSets, DocumentEntries and Folders of one patient, and every Association that touches one of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GetAll {
    /// $patientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// $XDSDocumentEntryStatus, 1..n.
    pub document_statuses: Vec<Status>,
    /// $XDSSubmissionSetStatus, 1..n.
    pub submission_set_statuses: Vec<Status>,
    /// $XDSFolderStatus, 1..n.
    pub folder_statuses: Vec<Status>,
    /// Which of the DocumentEntries.
    pub contents: Contents,
}

fields!(GetAll {
    patient_id: [ANY_PATIENT_ID],
    document_statuses: [STATUS],
    submission_set_statuses: [SET_STATUS],
    folder_statuses: [FOLDER_STATUS],
    contents: [],
});

impl GetAll {
    /// Everything Approved of a patient, entries as far as they are Stable.
    pub fn new(patient: &Cx) -> Self {
        let approved = || vec![Status::Approved];
        Self {
            patient_id: patient.to_xds(),
            document_statuses: approved(),
            submission_set_statuses: approved(),
            folder_statuses: approved(),
            contents: Contents::default(),
        }
    }
}

impl fmt::Debug for GetAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetAll")
            .field("contents", &self.contents)
            .finish_non_exhaustive()
    }
}
