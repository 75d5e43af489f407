//! The state as SQLite rows.

use super::super::StoreError;
use super::super::view::{View, Visit};
use super::codec;
use crate::metadata::{Association, DocumentEntry, Folder, Status, SubmissionSet};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use std::ops::ControlFlow;

/// Reads inside the transaction of a connection.
pub(crate) struct Reader<'a>(pub(crate) &'a Connection);

impl Reader<'_> {
    fn rows<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.show(sql, params, read, &mut |object| {
            found.push(object);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    fn show<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
        visit: Visit<'_, T>,
    ) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if visit(read(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn documents_after(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DocumentEntry>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(
            "SELECT xml, approved FROM documents WHERE uuid > ?1 ORDER BY uuid LIMIT ?2",
            (after.unwrap_or(""), limit),
            document,
        )
    }
}

fn document(row: &Row<'_>) -> Result<DocumentEntry, StoreError> {
    let mut entry = codec::decode_document(row.get_ref(0)?.as_str().map_err(unreadable)?)?;
    entry.status = if row.get(1)? {
        Status::Approved
    } else {
        Status::Deprecated
    };
    Ok(entry)
}

fn folder(row: &Row<'_>) -> Result<Folder, StoreError> {
    let mut folder = codec::decode_folder(row.get_ref(0)?.as_str().map_err(unreadable)?)?;
    folder.last_update_time = row.get(1)?;
    Ok(folder)
}

fn submission_set(row: &Row<'_>) -> Result<SubmissionSet, StoreError> {
    codec::decode_set(row.get_ref(0)?.as_str().map_err(unreadable)?)
}

fn association(row: &Row<'_>) -> Result<Association, StoreError> {
    codec::decode_association(row.get_ref(0)?.as_str().map_err(unreadable)?)
}

fn unreadable(_: rusqlite::types::FromSqlError) -> StoreError {
    StoreError::Damaged("a column is not text".into())
}

impl View for Reader<'_> {
    fn patient_row(&self, id: &str) -> Result<Option<Option<String>>, StoreError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT merged_into FROM patients WHERE id = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }

    fn merged_into(&self, id: &str) -> Result<Vec<String>, StoreError> {
        self.rows(
            "SELECT id FROM patients WHERE merged_into = ?1",
            [id],
            |row| Ok(row.get(0)?),
        )
    }

    fn document(&self, entry_uuid: &str) -> Result<Option<DocumentEntry>, StoreError> {
        let sql = "SELECT xml, approved FROM documents WHERE uuid = ?1";
        Ok(self.rows(sql, [entry_uuid], document)?.pop())
    }

    fn submission_set(&self, entry_uuid: &str) -> Result<Option<SubmissionSet>, StoreError> {
        let sql = "SELECT xml FROM submission_sets WHERE uuid = ?1";
        Ok(self.rows(sql, [entry_uuid], submission_set)?.pop())
    }

    fn folder(&self, entry_uuid: &str) -> Result<Option<Folder>, StoreError> {
        let sql = "SELECT xml, last_update_time FROM folders WHERE uuid = ?1";
        Ok(self.rows(sql, [entry_uuid], folder)?.pop())
    }

    fn association(&self, entry_uuid: &str) -> Result<Option<Association>, StoreError> {
        let sql = "SELECT xml FROM associations WHERE uuid = ?1";
        Ok(self.rows(sql, [entry_uuid], association)?.pop())
    }

    fn documents_by_unique_id(&self, unique_id: &str) -> Result<Vec<DocumentEntry>, StoreError> {
        let sql = "SELECT xml, approved FROM documents WHERE unique_id = ?1 ORDER BY rowid";
        self.rows(sql, [unique_id], document)
    }

    fn sets_by_unique_id(&self, unique_id: &str) -> Result<Vec<SubmissionSet>, StoreError> {
        let sql = "SELECT xml FROM submission_sets WHERE unique_id = ?1 ORDER BY rowid";
        self.rows(sql, [unique_id], submission_set)
    }

    fn folders_by_unique_id(&self, unique_id: &str) -> Result<Vec<Folder>, StoreError> {
        let sql = "SELECT xml, last_update_time FROM folders WHERE unique_id = ?1 ORDER BY rowid";
        self.rows(sql, [unique_id], folder)
    }

    fn associations_from(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError> {
        let sql = "SELECT xml FROM associations WHERE source = ?1 ORDER BY rowid";
        self.rows(sql, [entry_uuid], association)
    }

    fn associations_to(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError> {
        let sql = "SELECT xml FROM associations WHERE target = ?1 ORDER BY rowid";
        self.rows(sql, [entry_uuid], association)
    }

    fn documents_of_patient(
        &self,
        patient_id: &str,
        statuses: &[Status],
        visit: Visit<'_, DocumentEntry>,
    ) -> Result<(), StoreError> {
        let approved = statuses.contains(&Status::Approved);
        let deprecated = statuses.contains(&Status::Deprecated);
        self.show(
            "SELECT xml, approved FROM documents
             WHERE patient = ?1 AND ((approved AND ?2) OR (NOT approved AND ?3)) ORDER BY rowid",
            (patient_id, approved, deprecated),
            document,
            visit,
        )
    }

    fn sets_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, SubmissionSet>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT xml FROM submission_sets WHERE patient = ?1 ORDER BY rowid";
        self.show(sql, [patient_id], submission_set, visit)
    }

    fn folders_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, Folder>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT xml, last_update_time FROM folders WHERE patient = ?1 ORDER BY rowid";
        self.show(sql, [patient_id], folder, visit)
    }
}
