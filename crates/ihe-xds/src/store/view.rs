//! What the rules and the queries need to see of a registry's state, whatever keeps it.

use super::StoreError;
use super::patients::PatientState;
use crate::metadata::{Association, DocumentEntry, Folder, Status, SubmissionSet};
use std::ops::ControlFlow;

/// Takes objects one by one; `Break` when it wants no more.
pub(crate) type Visit<'a, T> = &'a mut dyn FnMut(T) -> ControlFlow<()>;

/// Longest chain of merges followed; a longer one means damaged data.
const LONGEST_CHAIN: usize = 10_000;

/// A consistent look at the state, inside one transaction.
pub(crate) trait View {
    /// None: never fed. `Some(None)`: active. `Some(Some(id))`: merged into that id.
    fn patient_row(&self, id: &str) -> Result<Option<Option<String>>, StoreError>;
    /// Ids directly merged into `id`.
    fn merged_into(&self, id: &str) -> Result<Vec<String>, StoreError>;
    fn document(&self, entry_uuid: &str) -> Result<Option<DocumentEntry>, StoreError>;
    fn submission_set(&self, entry_uuid: &str) -> Result<Option<SubmissionSet>, StoreError>;
    fn folder(&self, entry_uuid: &str) -> Result<Option<Folder>, StoreError>;
    fn association(&self, entry_uuid: &str) -> Result<Option<Association>, StoreError>;
    fn documents_by_unique_id(&self, unique_id: &str) -> Result<Vec<DocumentEntry>, StoreError>;
    fn sets_by_unique_id(&self, unique_id: &str) -> Result<Vec<SubmissionSet>, StoreError>;
    fn folders_by_unique_id(&self, unique_id: &str) -> Result<Vec<Folder>, StoreError>;
    /// Associations whose source is this object.
    fn associations_from(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError>;
    /// Associations whose target is this object.
    fn associations_to(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError>;
    /// Shows each entry of this patient id with one of these statuses, in the order of registration.
    fn documents_of_patient(
        &self,
        patient_id: &str,
        statuses: &[Status],
        visit: Visit<'_, DocumentEntry>,
    ) -> Result<(), StoreError>;
    /// Shows each SubmissionSet of this patient id.
    fn sets_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, SubmissionSet>,
    ) -> Result<(), StoreError>;
    /// Shows each Folder of this patient id.
    fn folders_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, Folder>,
    ) -> Result<(), StoreError>;

    fn patient_state(&self, id: &str) -> Result<PatientState, StoreError> {
        Ok(match self.patient_row(id)? {
            None => PatientState::Unknown,
            Some(None) => PatientState::Active,
            Some(Some(_)) => PatientState::Subsumed,
        })
    }

    /// The id that stands for `id` today: itself, or the end of its chain of merges.
    fn survivor(&self, id: &str) -> Result<String, StoreError> {
        let mut current = id.to_owned();
        for _ in 0..LONGEST_CHAIN {
            match self.patient_row(&current)? {
                Some(Some(next)) => current = next,
                _ => return Ok(current),
            }
        }
        Err(StoreError::Damaged(
            "endless chain of patient merges".into(),
        ))
    }

    /// `id` and every id merged into it, directly or not.
    fn chain(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let mut chain = vec![id.to_owned()];
        let mut next = 0;
        while let Some(current) = chain.get(next) {
            let merged = self.merged_into(current)?;
            chain.extend(merged);
            next += 1;
            if chain.len() > LONGEST_CHAIN {
                return Err(StoreError::Damaged(
                    "endless chain of patient merges".into(),
                ));
            }
        }
        Ok(chain)
    }

    /// Whether any object of the registry has this uniqueId.
    fn unique_id_used(&self, unique_id: &str) -> Result<bool, StoreError> {
        Ok(!self.documents_by_unique_id(unique_id)?.is_empty()
            || !self.sets_by_unique_id(unique_id)?.is_empty()
            || !self.folders_by_unique_id(unique_id)?.is_empty())
    }

    /// Whether any object of the registry has this entryUUID.
    fn exists(&self, entry_uuid: &str) -> Result<bool, StoreError> {
        Ok(self.document(entry_uuid)?.is_some()
            || self.folder(entry_uuid)?.is_some()
            || self.submission_set(entry_uuid)?.is_some()
            || self.association(entry_uuid)?.is_some())
    }
}
