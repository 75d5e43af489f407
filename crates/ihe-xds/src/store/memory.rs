//! A registry in memory: for tests and demonstrations, nothing survives the process.

use super::patients::{PatientState, merge_problem};
use super::rules::{Changes, plan};
use super::search;
use super::view::{View, Visit};
use super::{MergeError, QueryError, RegisterError, RegistryStore, StoreError};
use crate::iti18::StoredQuery;
use crate::metadata::{
    Association, DocumentEntry, Folder, Objects, Status, Submission, SubmissionSet,
};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// [`RegistryStore`] in memory.
#[derive(Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    patients: HashMap<String, Option<String>>,
    merged: HashMap<String, Vec<String>>,
    sets: HashMap<String, SubmissionSet>,
    documents: BTreeMap<String, DocumentEntry>,
    folders: HashMap<String, Folder>,
    associations: HashMap<String, Association>,
    /// Keys of the tables above by (column, value).
    index: HashMap<(Column, String), Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Column {
    DocumentUniqueId,
    DocumentPatient,
    SetUniqueId,
    SetPatient,
    FolderUniqueId,
    FolderPatient,
    Source,
    Target,
}

impl MemoryStore {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RegistryStore for MemoryStore {
    async fn register(
        &self,
        submission: Submission,
        now: DateTime<Utc>,
    ) -> Result<(), RegisterError> {
        let mut tables = self.tables();
        let changes = plan(&*tables, submission, now)?;
        tables.apply(changes);
        Ok(())
    }

    async fn query(&self, query: StoredQuery, most: usize) -> Result<Objects, QueryError> {
        search::run(&*self.tables(), &query, most)
    }

    async fn add_patient(&self, patient_id: String) -> Result<PatientState, StoreError> {
        let mut tables = self.tables();
        let before = tables.patient_state(&patient_id)?;
        tables.patients.entry(patient_id).or_insert(None);
        Ok(before)
    }

    async fn merge_patients(&self, merges: Vec<(String, String)>) -> Result<(), MergeError> {
        let mut tables = self.tables();
        for (index, (survivor, subsumed)) in merges.iter().enumerate() {
            if let Some(problem) = merge_problem(&*tables, survivor, subsumed)? {
                merges[..index]
                    .iter()
                    .rev()
                    .for_each(|done| tables.unmerge(done));
                return Err(MergeError::Refused { index, problem });
            }
            tables
                .merged
                .entry(survivor.clone())
                .or_default()
                .push(subsumed.clone());
            tables
                .patients
                .insert(subsumed.clone(), Some(survivor.clone()));
        }
        Ok(())
    }

    async fn patient(&self, patient_id: String) -> Result<PatientState, StoreError> {
        self.tables().patient_state(&patient_id)
    }

    async fn documents_after(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<DocumentEntry>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let tables = self.tables();
        let page = tables.documents.range((start, Bound::Unbounded));
        Ok(page.take(limit).map(|(_, entry)| entry.clone()).collect())
    }
}

impl Tables {
    fn apply(&mut self, changes: Changes) {
        for uuid in &changes.deprecated {
            if let Some(entry) = self.documents.get_mut(uuid) {
                entry.status = Status::Deprecated;
            }
        }
        for uuid in &changes.touched_folders {
            if let Some(folder) = self.folders.get_mut(uuid) {
                folder.last_update_time = Some(changes.now.clone());
            }
        }
        self.insert(changes.submission);
    }

    fn insert(&mut self, submission: Submission) {
        let set = submission.submission_set;
        self.point(Column::SetUniqueId, &set.unique_id, &set.entry_uuid);
        self.point(Column::SetPatient, &set.patient_id, &set.entry_uuid);
        self.sets.insert(set.entry_uuid.clone(), set);
        for entry in submission.documents {
            self.point(
                Column::DocumentUniqueId,
                &entry.unique_id,
                &entry.entry_uuid,
            );
            self.point(
                Column::DocumentPatient,
                &entry.patient_id,
                &entry.entry_uuid,
            );
            self.documents.insert(entry.entry_uuid.clone(), entry);
        }
        for folder in submission.folders {
            self.point(
                Column::FolderUniqueId,
                &folder.unique_id,
                &folder.entry_uuid,
            );
            self.point(
                Column::FolderPatient,
                &folder.patient_id,
                &folder.entry_uuid,
            );
            self.folders.insert(folder.entry_uuid.clone(), folder);
        }
        for association in submission.associations {
            self.point(Column::Source, &association.source, &association.entry_uuid);
            self.point(Column::Target, &association.target, &association.entry_uuid);
            self.associations
                .insert(association.entry_uuid.clone(), association);
        }
    }

    fn unmerge(&mut self, (survivor, subsumed): &(String, String)) {
        self.patients.insert(subsumed.clone(), None);
        if let Some(merged) = self.merged.get_mut(survivor) {
            merged.retain(|id| id != subsumed);
        }
    }

    fn point(&mut self, column: Column, value: &str, key: &str) {
        self.index
            .entry((column, value.to_owned()))
            .or_default()
            .push(key.to_owned());
    }

    fn pointed(&self, column: Column, value: &str) -> impl Iterator<Item = &String> {
        self.index
            .get(&(column, value.to_owned()))
            .into_iter()
            .flatten()
    }
}

impl View for Tables {
    fn patient_row(&self, id: &str) -> Result<Option<Option<String>>, StoreError> {
        Ok(self.patients.get(id).cloned())
    }

    fn merged_into(&self, id: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.merged.get(id).cloned().unwrap_or_default())
    }

    fn document(&self, entry_uuid: &str) -> Result<Option<DocumentEntry>, StoreError> {
        Ok(self.documents.get(entry_uuid).cloned())
    }

    fn submission_set(&self, entry_uuid: &str) -> Result<Option<SubmissionSet>, StoreError> {
        Ok(self.sets.get(entry_uuid).cloned())
    }

    fn folder(&self, entry_uuid: &str) -> Result<Option<Folder>, StoreError> {
        Ok(self.folders.get(entry_uuid).cloned())
    }

    fn association(&self, entry_uuid: &str) -> Result<Option<Association>, StoreError> {
        Ok(self.associations.get(entry_uuid).cloned())
    }

    fn documents_by_unique_id(&self, unique_id: &str) -> Result<Vec<DocumentEntry>, StoreError> {
        let keys = self.pointed(Column::DocumentUniqueId, unique_id);
        Ok(keys
            .filter_map(|key| self.documents.get(key))
            .cloned()
            .collect())
    }

    fn sets_by_unique_id(&self, unique_id: &str) -> Result<Vec<SubmissionSet>, StoreError> {
        let keys = self.pointed(Column::SetUniqueId, unique_id);
        Ok(keys.filter_map(|key| self.sets.get(key)).cloned().collect())
    }

    fn folders_by_unique_id(&self, unique_id: &str) -> Result<Vec<Folder>, StoreError> {
        let keys = self.pointed(Column::FolderUniqueId, unique_id);
        Ok(keys
            .filter_map(|key| self.folders.get(key))
            .cloned()
            .collect())
    }

    fn associations_from(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError> {
        let keys = self.pointed(Column::Source, entry_uuid);
        Ok(keys
            .filter_map(|key| self.associations.get(key))
            .cloned()
            .collect())
    }

    fn associations_to(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError> {
        let keys = self.pointed(Column::Target, entry_uuid);
        Ok(keys
            .filter_map(|key| self.associations.get(key))
            .cloned()
            .collect())
    }

    fn documents_of_patient(
        &self,
        patient_id: &str,
        statuses: &[Status],
        visit: Visit<'_, DocumentEntry>,
    ) -> Result<(), StoreError> {
        let keys = self.pointed(Column::DocumentPatient, patient_id);
        let entries = keys.filter_map(|key| self.documents.get(key));
        show(
            entries.filter(|entry| statuses.contains(&entry.status)),
            visit,
        )
    }

    fn sets_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, SubmissionSet>,
    ) -> Result<(), StoreError> {
        let keys = self.pointed(Column::SetPatient, patient_id);
        show(keys.filter_map(|key| self.sets.get(key)), visit)
    }

    fn folders_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, Folder>,
    ) -> Result<(), StoreError> {
        let keys = self.pointed(Column::FolderPatient, patient_id);
        show(keys.filter_map(|key| self.folders.get(key)), visit)
    }
}

fn show<'a, T: Clone + 'a>(
    found: impl Iterator<Item = &'a T>,
    visit: Visit<'_, T>,
) -> Result<(), StoreError> {
    let _ = found.cloned().try_for_each(visit);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn memory_keeps_the_contract() {
        super::super::contract::registry_store(async || super::MemoryStore::new()).await;
    }
}
