//! What the writer does to the database.

use super::super::StoreError;
use super::super::rows::{Batch, Rows, Tables};
use super::schema::TURN;
use super::session::PostgresSession;

impl Tables for PostgresSession {
    /// With the turn to write. If the connection was lost meanwhile, with a new one.
    fn begin(&mut self) -> Result<(), StoreError> {
        let begin = format!("BEGIN; {TURN}");
        if self.batch(&begin).is_ok() {
            return Ok(());
        }
        self.reconnect()?;
        self.batch(&begin)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.announced.take();
        self.batch("COMMIT")
    }

    fn abandon(&mut self) {
        self.announced.take();
        // Whatever this says, PostgreSQL undoes what is not committed.
        let _ = self.batch("ROLLBACK");
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        self.batch("SAVEPOINT mark")
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.announced.take();
        self.batch("RELEASE mark")
    }

    fn undo(&mut self) -> Result<(), StoreError> {
        self.announced.take();
        self.batch("ROLLBACK TO mark; RELEASE mark")
    }

    fn number(&self, id: &str) -> Result<i64, StoreError> {
        if let Some(patient) = self.patient(id)? {
            return Ok(patient.number);
        }
        let sql = "INSERT INTO patients (id, number, fed) \
                   SELECT $1, coalesce(max(number), 0) + 1, false FROM patients RETURNING number";
        let number = self.number_of(sql, &[&id.as_bytes()])?;
        number.ok_or_else(|| StoreError::Failed("a patient has no number".into()))
    }

    fn feed(&self, id: &str) -> Result<(), StoreError> {
        let number = self.number(id)?;
        let sql = "UPDATE patients SET fed = true WHERE number = $1";
        self.run(sql, &[&number])
    }

    fn merge(&self, survivor: &str, subsumed: &str) -> Result<(), StoreError> {
        let sql = "UPDATE patients SET merged_into = $1 WHERE id = $2";
        self.run(sql, &[&survivor.as_bytes(), &subsumed.as_bytes()])
    }

    fn deprecate(&self, uuids: &[Vec<u8>]) -> Result<(), StoreError> {
        let sql = "UPDATE objects SET approved = false \
                   WHERE place IN (SELECT place FROM uuids WHERE uuid = ANY ($1))";
        self.run(sql, &[&uuids])
    }

    fn touch(&self, uuids: &[Vec<u8>], time: &str) -> Result<(), StoreError> {
        let sql = "UPDATE objects SET updated = $2 \
                   WHERE place IN (SELECT place FROM uuids WHERE uuid = ANY ($1))";
        self.run(sql, &[&uuids, &time])
    }

    fn insert(&self, batch: &Batch) -> Result<(), StoreError> {
        let sql = "INSERT INTO objects (place, approved, updated, form) \
                   SELECT * FROM unnest($1::bigint[], $2::boolean[], $3::text[], $4::bytea[])";
        let places: Vec<i64> = batch.objects.iter().map(|new| new.place.0).collect();
        let approved: Vec<bool> = batch.objects.iter().map(|new| new.approved).collect();
        let updated: Vec<_> = batch.objects.iter().map(|new| &new.updated).collect();
        let forms: Vec<&[u8]> = batch
            .objects
            .iter()
            .map(|new| new.form.as_slice())
            .collect();
        self.run(sql, &[&places, &approved, &updated, &forms])?;
        let sql = "INSERT INTO uuids (uuid, place) SELECT * FROM unnest($1::bytea[], $2::bigint[])";
        let uuids: Vec<&[u8]> = batch.uuids.keys().map(Vec::as_slice).collect();
        let places: Vec<i64> = batch.uuids.values().map(|place| place.0).collect();
        self.run(sql, &[&uuids, &places])?;
        let sql =
            "INSERT INTO unique_ids (key, place) SELECT * FROM unnest($1::bytea[], $2::bigint[])";
        let keys: Vec<&[u8]> = batch
            .unique_ids
            .iter()
            .map(|(key, _)| key.as_slice())
            .collect();
        let places: Vec<i64> = batch.unique_ids.iter().map(|(_, place)| place.0).collect();
        self.run(sql, &[&keys, &places])?;
        let sql = "INSERT INTO links (object, side, association) \
                   SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[])";
        let objects: Vec<i64> = batch.links.iter().map(|link| link.0.0).collect();
        let sides: Vec<i16> = batch.links.iter().map(|link| link.1 as i16).collect();
        let associations: Vec<i64> = batch.links.iter().map(|link| link.2.0).collect();
        self.run(sql, &[&objects, &sides, &associations])
    }
}
