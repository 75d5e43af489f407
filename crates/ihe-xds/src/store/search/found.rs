//! What a query has found so far.

use super::super::QueryError;
use crate::metadata::{Association, DocumentEntry, Folder, Objects, SubmissionSet};
use std::collections::HashSet;

/// Each object once, and no more than a number of them.
pub(super) struct Found {
    objects: Objects,
    seen: HashSet<String>,
    most: usize,
}

impl Found {
    pub(super) fn at_most(most: usize) -> Self {
        Self {
            objects: Objects::default(),
            seen: HashSet::new(),
            most,
        }
    }

    pub(super) fn into_objects(self) -> Objects {
        self.objects
    }

    /// Whether an object is part of the answer.
    pub(super) fn has(&self, entry_uuid: &str) -> bool {
        self.seen.contains(entry_uuid)
    }

    /// The entryUUIDs of what was found.
    pub(super) fn entry_uuids(&self) -> Vec<String> {
        self.objects.entry_uuids().map(str::to_owned).collect()
    }

    pub(super) fn document(&mut self, entry: DocumentEntry) -> Result<(), QueryError> {
        if self.is_new(&entry.entry_uuid)? {
            self.objects.documents.push(entry);
        }
        Ok(())
    }

    pub(super) fn submission_set(&mut self, set: SubmissionSet) -> Result<(), QueryError> {
        if self.is_new(&set.entry_uuid)? {
            self.objects.submission_sets.push(set);
        }
        Ok(())
    }

    pub(super) fn folder(&mut self, folder: Folder) -> Result<(), QueryError> {
        if self.is_new(&folder.entry_uuid)? {
            self.objects.folders.push(folder);
        }
        Ok(())
    }

    pub(super) fn association(&mut self, association: Association) -> Result<(), QueryError> {
        if self.is_new(&association.entry_uuid)? {
            self.objects.associations.push(association);
        }
        Ok(())
    }

    /// An association whose both ends are part of the answer.
    pub(super) fn link(&mut self, association: Association) -> Result<(), QueryError> {
        match self.has(&association.source) && self.has(&association.target) {
            true => self.association(association),
            false => Ok(()),
        }
    }

    fn is_new(&mut self, entry_uuid: &str) -> Result<bool, QueryError> {
        if self.seen.contains(entry_uuid) {
            return Ok(false);
        }
        if self.seen.len() >= self.most {
            return Err(QueryError::TooMany { most: self.most });
        }
        Ok(self.seen.insert(entry_uuid.to_owned()))
    }
}
