//! What the writer does to the file.

use super::super::StoreError;
use super::super::rows::{Batch, Rows, Tables};
use super::session::SqliteSession;
use rusqlite::params;

impl Tables for SqliteSession {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE", [])
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.run("COMMIT", [])
    }

    fn abandon(&mut self) {
        // Whatever this says, SQLite undoes what is not committed.
        let _ = self.run("ROLLBACK", []);
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        self.run("SAVEPOINT mark", [])
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.run("RELEASE mark", [])
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        self.run("ROLLBACK TO mark", [])?;
        self.run("RELEASE mark", [])
    }

    fn number(&self, id: &str) -> Result<i64, StoreError> {
        if let Some(patient) = self.patient(id)? {
            return Ok(patient.number);
        }
        let sql = "INSERT INTO patients (id, number, fed) \
                   SELECT ?1, coalesce(max(number), 0) + 1, 0 FROM patients RETURNING number";
        let number = self.number_of(sql, [id])?;
        number.ok_or_else(|| StoreError::Failed("a patient has no number".into()))
    }

    fn feed(&self, id: &str) -> Result<(), StoreError> {
        let number = self.number(id)?;
        self.run("UPDATE patients SET fed = 1 WHERE number = ?1", [number])
    }

    fn merge(&self, survivor: &str, subsumed: &str) -> Result<(), StoreError> {
        let sql = "UPDATE patients SET merged_into = ?1 WHERE id = ?2";
        self.run(sql, [survivor, subsumed])
    }

    fn deprecate(&self, uuids: &[Vec<u8>]) -> Result<(), StoreError> {
        let sql = "UPDATE objects SET approved = 0 \
                   WHERE place = (SELECT place FROM uuids WHERE uuid = ?1)";
        uuids.iter().try_for_each(|uuid| self.run(sql, [uuid]))
    }

    fn touch(&self, uuids: &[Vec<u8>], time: &str) -> Result<(), StoreError> {
        let sql = "UPDATE objects SET updated = ?2 \
                   WHERE place = (SELECT place FROM uuids WHERE uuid = ?1)";
        let mut uuids = uuids.iter();
        uuids.try_for_each(|uuid| self.run(sql, params![uuid, time]))
    }

    fn insert(&self, batch: &Batch) -> Result<(), StoreError> {
        for new in &batch.objects {
            let sql =
                "INSERT INTO objects (place, approved, updated, form) VALUES (?1, ?2, ?3, ?4)";
            let values = params![new.place.0, new.approved, new.updated, new.form];
            self.run(sql, values)?;
        }
        for (uuid, place) in &batch.uuids {
            let sql = "INSERT INTO uuids (uuid, place) VALUES (?1, ?2)";
            self.run(sql, params![uuid, place.0])?;
        }
        for (key, place) in &batch.unique_ids {
            let sql = "INSERT INTO unique_ids (key, place) VALUES (?1, ?2)";
            self.run(sql, params![key, place.0])?;
        }
        for (object, side, association) in &batch.links {
            let sql = "INSERT INTO links (object, side, association) VALUES (?1, ?2, ?3)";
            self.run(sql, [object.0, *side as i64, association.0])?;
        }
        Ok(())
    }
}
