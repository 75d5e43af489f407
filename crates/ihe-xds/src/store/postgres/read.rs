//! What is read of the database.

use super::super::StoreError;
use super::super::rows::{Keys, Patient, Place, Row, Rows, Side, Take};
use super::announced::{Announced, Kept, show};
use super::config::failed;
use super::session::{PostgresSession, Values};
use std::collections::HashMap;

/// Rows fetched at a time, of those that may be many.
const PAGE: i64 = 500;

impl PostgresSession {
    /// `sql` selects place, approved, updated and form. The last place shown, and whether more are wanted.
    fn show(
        &self,
        sql: &'static str,
        values: Values<'_>,
        take: Take<'_>,
    ) -> Result<(usize, Option<Place>), StoreError> {
        let rows = self.rows(sql, values)?;
        let mut last = None;
        for row in &rows {
            let shown = shown(row, 0)?;
            last = Some(shown.place);
            if take(shown)?.is_break() {
                return Ok((0, None));
            }
        }
        Ok((rows.len(), last))
    }

    /// The rows of keys, by key.
    fn fetched(
        &self,
        sql: &'static str,
        keys: Keys<'_>,
    ) -> Result<HashMap<Vec<u8>, Vec<Kept>>, StoreError> {
        let keys: Vec<Vec<u8>> = keys.collect();
        let rows = self.rows(sql, &[&keys])?;
        let mut found: HashMap<Vec<u8>, Vec<Kept>> =
            keys.into_iter().map(|key| (key, Vec::new())).collect();
        for row in &rows {
            let key: &[u8] = row.try_get(4).map_err(failed)?;
            if let Some(kept) = found.get_mut(key) {
                kept.push(kept_row(shown(row, 0)?));
            }
        }
        Ok(found)
    }
}

fn shown(row: &tokio_postgres::Row, from: usize) -> Result<Row<'_>, StoreError> {
    Ok(Row {
        place: Place(row.try_get(from).map_err(failed)?),
        approved: row.try_get(from + 1).map_err(failed)?,
        updated: row.try_get(from + 2).map_err(failed)?,
        form: row.try_get(from + 3).map_err(failed)?,
    })
}

fn kept_row(row: Row<'_>) -> Kept {
    Kept {
        place: row.place,
        approved: row.approved,
        updated: row.updated.map(str::to_owned),
        form: row.form.to_vec(),
    }
}

/// A BYTEA column as the text it holds.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Rows for PostgresSession {
    fn patient(&self, id: &str) -> Result<Option<Patient>, StoreError> {
        let sql = "SELECT number, fed, merged_into FROM patients WHERE id = $1";
        let rows = self.rows(sql, &[&id.as_bytes()])?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let merged_into: Option<&[u8]> = row.try_get(2).map_err(failed)?;
        Ok(Some(Patient {
            number: row.try_get(0).map_err(failed)?,
            fed: row.try_get(1).map_err(failed)?,
            merged_into: merged_into.map(text),
        }))
    }

    fn merged_into(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT id FROM patients WHERE merged_into = $1 ORDER BY number";
        let rows = self.rows(sql, &[&id.as_bytes()])?;
        let id = |row: &tokio_postgres::Row| row.try_get(0).map(text).map_err(failed);
        rows.iter().map(id).collect()
    }

    fn place(&self, uuid: &[u8]) -> Result<Option<Place>, StoreError> {
        if let Some(rows) = self.announced.borrow().uuids.get(uuid) {
            return Ok(rows.first().map(|kept| kept.place));
        }
        self.place_of("SELECT place FROM uuids WHERE uuid = $1", &[&uuid])
    }

    fn at_uuid(&self, uuid: &[u8], take: Take<'_>) -> Result<(), StoreError> {
        if let Some(rows) = self.announced.borrow().uuids.get(uuid) {
            return show(rows, take);
        }
        let sql = "SELECT place, approved, updated, form FROM uuids JOIN objects USING (place) \
                   WHERE uuid = $1";
        self.show(sql, &[&uuid], take).map(drop)
    }

    fn at_unique_id(&self, key: &[u8], take: Take<'_>) -> Result<(), StoreError> {
        if let Some(rows) = self.announced.borrow().unique_ids.get(key) {
            return show(rows, take);
        }
        let sql = "SELECT place, approved, updated, form FROM unique_ids JOIN objects USING (place) \
                   WHERE key = $1 ORDER BY place";
        self.show(sql, &[&key], take).map(drop)
    }

    fn between(&self, first: Place, last: Place, take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT place, approved, updated, form FROM objects \
                   WHERE place BETWEEN $1 AND $2 ORDER BY place LIMIT $3";
        let mut first = first.0;
        loop {
            let (count, at) = self.show(sql, &[&first, &last.0, &PAGE], take)?;
            match at {
                Some(place) if count as i64 == PAGE => first = place.0 + 1,
                _ => return Ok(()),
            }
        }
    }

    fn linked(&self, object: Place, side: Side, take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT place, approved, updated, form \
                   FROM links JOIN objects ON place = association \
                   WHERE object = $1 AND side = $2 ORDER BY association";
        self.show(sql, &[&object.0, &(side as i16)], take).map(drop)
    }

    fn documents_after(&self, uuid: &[u8], limit: usize, take: Take<'_>) -> Result<(), StoreError> {
        let sql = "SELECT place, approved, updated, form FROM uuids JOIN objects USING (place) \
                   WHERE uuid > $1 AND place >> 30 & 3 = 0 ORDER BY uuid LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.show(sql, &[&uuid, &limit], take).map(drop)
    }

    fn last_between(&self, first: Place, last: Place) -> Result<Option<Place>, StoreError> {
        let sql = "SELECT max(place) FROM objects WHERE place BETWEEN $1 AND $2";
        self.place_of(sql, &[&first.0, &last.0])
    }

    fn announce(&self, uuids: Keys<'_>, unique_ids: Keys<'_>) -> Result<(), StoreError> {
        let by_uuid = "SELECT place, approved, updated, form, uuid \
                       FROM uuids JOIN objects USING (place) WHERE uuid = ANY ($1)";
        let by_unique_id = "SELECT place, approved, updated, form, key \
                            FROM unique_ids JOIN objects USING (place) WHERE key = ANY ($1) \
                            ORDER BY place";
        let announced = Announced {
            uuids: self.fetched(by_uuid, uuids)?,
            unique_ids: self.fetched(by_unique_id, unique_ids)?,
        };
        self.announced.replace(announced);
        Ok(())
    }
}
