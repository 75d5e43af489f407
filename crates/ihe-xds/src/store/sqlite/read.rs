//! What is read of the file.

use super::super::StoreError;
use super::super::rows::{Patient, Place, Row, Rows, Side, Take};
use super::session::SqliteSession;
use rusqlite::{OptionalExtension, Params};

impl SqliteSession {
    /// `sql` selects place, approved, updated and form.
    fn show(&self, sql: &str, params: impl Params, take: Take<'_>) -> Result<(), StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            let row = Row {
                place: Place(row.get(0)?),
                approved: row.get(1)?,
                updated: row.get_ref(2)?.as_str_or_null().map_err(unreadable)?,
                form: row.get_ref(3)?.as_blob().map_err(unreadable)?,
            };
            if take(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn unreadable(_: rusqlite::types::FromSqlError) -> StoreError {
    StoreError::Damaged("a column has another type".into())
}

impl Rows for SqliteSession {
    fn patient(&self, id: &str) -> Result<Option<Patient>, StoreError> {
        let sql = "SELECT number, fed, merged_into FROM patients WHERE id = ?1";
        let mut statement = self.0.prepare_cached(sql)?;
        let patient = statement.query_row([id], |row| {
            Ok(Patient {
                number: row.get(0)?,
                fed: row.get(1)?,
                merged_into: row.get(2)?,
            })
        });
        Ok(patient.optional()?)
    }

    fn merged_into(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT id FROM patients WHERE merged_into = ?1 ORDER BY number";
        let mut statement = self.0.prepare_cached(sql)?;
        let ids = statement.query_map([id], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    fn place(&self, uuid: &[u8]) -> Result<Option<Place>, StoreError> {
        self.place_of("SELECT place FROM uuids WHERE uuid = ?1", [uuid])
    }

    fn at_uuid(&self, uuid: &[u8], take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT objects.place, approved, updated, form \
                   FROM uuids CROSS JOIN objects USING (place) WHERE uuid = ?1";
        self.show(sql, [uuid], take)
    }

    fn at_unique_id(&self, key: &[u8], take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT objects.place, approved, updated, form \
                   FROM unique_ids CROSS JOIN objects USING (place) WHERE key = ?1 \
                   ORDER BY unique_ids.place";
        self.show(sql, [key], take)
    }

    fn between(&self, first: Place, last: Place, take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT place, approved, updated, form FROM objects \
                   WHERE place BETWEEN ?1 AND ?2 ORDER BY place";
        self.show(sql, [first.0, last.0], take)
    }

    fn linked(&self, object: Place, side: Side, take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT place, approved, updated, form \
                   FROM links CROSS JOIN objects ON place = association \
                   WHERE object = ?1 AND side = ?2 ORDER BY association";
        self.show(sql, [object.0, side as i64], take)
    }

    fn documents_after(&self, uuid: &[u8], limit: usize, take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT objects.place, approved, updated, form \
                   FROM uuids CROSS JOIN objects USING (place) \
                   WHERE uuid > ?1 AND uuids.place >> 30 & 3 = 0 ORDER BY uuid LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.show(sql, (uuid, limit), take)
    }

    fn last_between(&self, first: Place, last: Place) -> Result<Option<Place>, StoreError> {
        let sql = "SELECT max(place) FROM objects WHERE place BETWEEN ?1 AND ?2";
        self.place_of(sql, [first.0, last.0])
    }
}
