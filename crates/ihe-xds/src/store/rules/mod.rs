//! ITI-42 and ITI-61 rules that need the registry's present state (ITI TF-2 3.42.4.1.3, 3.61.4.1.3; XDS-R-014..060).
//!
//! [`plan`] reads, decides and returns what has to be written; a backend writes it in the same transaction.
//! Every look at the state is by an id, so the cost follows the submission, not the registry.

mod effects;
mod identity;
mod membership;
mod relationship;

use super::view::View;
use super::{RegisterError, StoreError};
use crate::error::{ErrorCode, Location, Refusal, RegistryError};
use crate::metadata::{Association, AssociationType, DocumentEntry, Submission};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// Most errors listed in one refusal.
const MOST_ERRORS: usize = 100;

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
    let mut check = Check::new(view, &submission)?;
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
    patient: String,
    documents: HashMap<&'a str, &'a DocumentEntry>,
    folders: HashSet<&'a str>,
    associations: HashSet<&'a str>,
    /// What the SubmissionSet has as members.
    members: HashSet<&'a str>,
    /// Sources of XFRM associations of this submission.
    transformations: HashSet<&'a str>,
    errors: Vec<RegistryError>,
}

impl<'a, V: View> Check<'a, V> {
    fn new(view: &'a V, submission: &'a Submission) -> Result<Self, StoreError> {
        let set = &submission.submission_set;
        let documents = &submission.documents;
        let folders = &submission.folders;
        let associations = &submission.associations;
        let of = |kind| {
            associations
                .iter()
                .filter(move |one| one.association_type == kind)
        };
        Ok(Self {
            view,
            submission,
            patient: view.survivor(&set.patient_id)?,
            documents: documents
                .iter()
                .map(|entry| (entry.entry_uuid.as_str(), entry))
                .collect(),
            folders: folders.iter().map(|one| one.entry_uuid.as_str()).collect(),
            associations: associations
                .iter()
                .map(|one| one.entry_uuid.as_str())
                .collect(),
            members: of(AssociationType::HasMember)
                .filter(|one| one.source == set.entry_uuid)
                .map(|one| one.target.as_str())
                .collect(),
            transformations: of(AssociationType::Xfrm)
                .map(|one| one.source.as_str())
                .collect(),
            errors: Vec::new(),
        })
    }

    pub(crate) fn refuse(&mut self, code: ErrorCode, place: &Location, what: &str) {
        if self.errors.len() < MOST_ERRORS {
            let mut context = format!("{}: {what}", place.subject());
            // A fault for testing the conformance suite.
            if cfg!(renkei_fault = "document-registry-code-context-empty") {
                context.clear();
            }
            self.errors
                .push(RegistryError::error(code, context).at(place));
        }
    }

    pub(crate) fn metadata(&mut self, place: &Location, what: &str) {
        self.refuse(ErrorCode::XdsRegistryMetadataError, place, what);
    }

    /// XDS-R-015, 016.
    pub(crate) fn unresolved(&mut self, place: &Location, what: &str) {
        self.refuse(ErrorCode::UnresolvedReferenceException, place, what);
    }

    pub(crate) fn submitted_document(&self, uuid: &str) -> Option<&'a DocumentEntry> {
        self.documents.get(uuid).copied()
    }

    /// XDS-R-033, 034: the other object's patient, merges considered, is the submission's. The context names the id.
    pub(crate) fn same_patient(
        &mut self,
        place: &Location,
        class: &str,
        other: &str,
    ) -> Result<(), StoreError> {
        if self.view.survivor(other)? != self.patient {
            let what = format!("the {class} has patientId {other}, not that of the submission");
            self.refuse(ErrorCode::XdsPatientIdDoesNotMatch, place, &what);
        }
        Ok(())
    }
}

/// An end of an association: `sourceObject` or `targetObject`.
pub(crate) fn end(association: &Association, name: &'static str) -> Location {
    Location::of("Association", &association.entry_uuid).attribute(name)
}
