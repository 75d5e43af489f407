//! ITI-42 rules that need the registry's present state (ITI TF-2 3.42.4.1.3; XDS-R-014..060).
//!
//! [`plan`] reads, decides and returns what has to be written; a backend writes it in the same transaction.

mod effects;
mod identity;
mod membership;
mod relationship;

use super::view::View;
use super::{RegisterError, StoreError};
use crate::error::{ErrorCode, Refusal, RegistryError};
use crate::metadata::{Association, AssociationType, DocumentEntry, Folder, Submission};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// What an accepted submission does to the registry.
pub(crate) struct Changes {
    /// Everything new, with final statuses and the associations the registry adds (XDS-R-053).
    pub(crate) submission: Submission,
    /// entryUUIDs of document entries that become Deprecated (XDS-R-052).
    pub(crate) deprecated: Vec<String>,
    /// entryUUIDs of existing folders that gain an entry (XDS-R-054).
    pub(crate) touched_folders: Vec<String>,
    /// Their new lastUpdateTime, DTM in UTC.
    pub(crate) now: String,
}

/// Checks a submission against the state and says what to write.
pub(crate) fn plan(
    view: &impl View,
    submission: Submission,
    now: DateTime<Utc>,
) -> Result<Changes, RegisterError> {
    let mut check = Check::new(view, &submission);
    identity::check(&mut check)?;
    for association in &submission.associations {
        match association.association_type {
            AssociationType::HasMember => membership::check(&mut check, association)?,
            _ => relationship::check(&mut check, association)?,
        }
    }
    let errors = check.errors;
    if errors.is_empty() {
        Ok(effects::of(view, submission, now)?)
    } else {
        Err(RegisterError::Refused(Refusal { errors }))
    }
}

/// One submission under examination.
pub(crate) struct Check<'a, V> {
    pub(crate) view: &'a V,
    pub(crate) submission: &'a Submission,
    /// The submission's patient, today's id.
    patient: &'a str,
    documents: HashMap<&'a str, &'a DocumentEntry>,
    folders: HashMap<&'a str, &'a Folder>,
    errors: Vec<RegistryError>,
}

impl<'a, V: View> Check<'a, V> {
    fn new(view: &'a V, submission: &'a Submission) -> Self {
        let documents = &submission.documents;
        let folders = &submission.folders;
        Self {
            view,
            submission,
            patient: &submission.submission_set.patient_id,
            documents: documents
                .iter()
                .map(|entry| (entry.entry_uuid.as_str(), entry))
                .collect(),
            folders: folders
                .iter()
                .map(|folder| (folder.entry_uuid.as_str(), folder))
                .collect(),
            errors: Vec::new(),
        }
    }

    pub(crate) fn refuse(&mut self, code: ErrorCode, context: impl Into<String>) {
        self.errors.push(RegistryError::error(code, context));
    }

    pub(crate) fn submitted_document(&self, uuid: &str) -> Option<&'a DocumentEntry> {
        self.documents.get(uuid).copied()
    }

    pub(crate) fn submitted_folder(&self, uuid: &str) -> Option<&'a Folder> {
        self.folders.get(uuid).copied()
    }

    pub(crate) fn submitted_association(&self, uuid: &str) -> Option<&'a Association> {
        self.submission
            .associations
            .iter()
            .find(|association| association.entry_uuid == uuid)
    }

    /// XDS-R-033, 034: the other object's patient, merges considered, is the submission's.
    pub(crate) fn same_patient(&mut self, other: &str) -> Result<(), StoreError> {
        if self.view.survivor(other)? != self.view.survivor(self.patient)? {
            self.refuse(ErrorCode::XdsPatientIdDoesNotMatch, other);
        }
        Ok(())
    }
}
