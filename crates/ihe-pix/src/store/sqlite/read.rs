//! Queries of the readers.

use hl7v2::Separators;
use hl7v2::datatype::{Cx, Hd};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failed;
use crate::PatientRecord;
use crate::store::{Change, StoreError, authority_key, grouped};

/// Demographic columns in the order of `PatientRecord::texts`, after `names`.
pub(super) const COLUMNS: &str = "names, mother_maiden_name, birth_date, sex, address, phone_home, \
     phone_business, account_number, ssn, driver_license, birth_order";

pub(super) fn cross_references(
    connection: &Connection,
    id: &Cx,
    domains: &[Hd],
) -> Result<Option<Vec<Cx>>, StoreError> {
    let snapshot = connection.unchecked_transaction().map_err(failed)?;
    let sql = "SELECT number, person FROM identity WHERE authority = ?1 AND value = ?2";
    let mut find = snapshot.prepare_cached(sql).map_err(failed)?;
    let authority = authority_key(&id.assigning_authority);
    let found = find
        .query_row(params![authority, id.id], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })
        .optional()
        .map_err(failed)?;
    let Some((number, person)) = found else {
        return Ok(None);
    };
    let sql = "SELECT id FROM identity WHERE person = ?1 AND number <> ?2 ORDER BY number";
    let mut others = snapshot.prepare_cached(sql).map_err(failed)?;
    let ids = others
        .query_map(params![person, number], |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<Result<Vec<String>, _>>)
        .map_err(failed)?;
    Ok(Some(grouped(
        ids.iter().map(|id| cx(id)).collect(),
        domains,
    )))
}

pub(super) fn changes_since(
    connection: &Connection,
    number: u64,
    limit: usize,
) -> Result<Vec<Change>, StoreError> {
    let snapshot = connection.unchecked_transaction().map_err(failed)?;
    let sql = "SELECT number, person FROM change WHERE number > ?1 ORDER BY number LIMIT ?2";
    let mut select = snapshot.prepare_cached(sql).map_err(failed)?;
    let after = i64::try_from(number).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = select
        .query_map(params![after, limit], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?))
        })
        .and_then(Iterator::collect::<Result<Vec<(i64, i64)>, _>>)
        .map_err(failed)?;
    let change = |(number, person): (i64, i64)| {
        Ok(Change {
            number: number.unsigned_abs(),
            members: members(&snapshot, person)?,
        })
    };
    rows.into_iter().map(change).collect()
}

fn members(connection: &Connection, person: i64) -> Result<Vec<PatientRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, id FROM identity WHERE person = ?1 ORDER BY number");
    let mut select = connection.prepare_cached(&sql).map_err(failed)?;
    let member = |row: &Row<'_>| {
        let mut record = demographics(row)?;
        record.ids = vec![cx(&row.get::<_, String>("id")?)];
        Ok(record)
    };
    select
        .query_map([person], member)
        .and_then(Iterator::collect::<Result<Vec<PatientRecord>, _>>)
        .map_err(failed)
}

/// A record of the columns [`COLUMNS`], which come first.
pub(super) fn demographics(row: &Row<'_>) -> rusqlite::Result<PatientRecord> {
    let names = PatientRecord::names_from_text(&row.get::<_, String>(0)?);
    let mut record = PatientRecord {
        names,
        ..PatientRecord::default()
    };
    for (column, text) in (1usize..).zip(record.texts_mut()) {
        *text = row.get(column)?;
    }
    Ok(record)
}

pub(super) fn cx(text: &str) -> Cx {
    Cx::parse(text, &Separators::DEFAULT)
}
