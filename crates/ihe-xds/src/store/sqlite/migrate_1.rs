//! From schema 1, which kept each object as ebRIM in a table of its kind, to rows of one table.

use super::super::StoreError;
use super::super::rows::{Batch, Rows, Tables, uuid_key};
use super::schema::TABLES;
use super::session::SqliteSession;
use crate::ebrim::{Limits, objects_from_xml};
use crate::metadata::{Association, Objects, Status};
use rusqlite::Row;

/// Puts the tables of schema 1 out of the way; their indexes have names that are needed again.
const ASIDE: &str = "
    DROP INDEX patients_merged;
    ALTER TABLE patients RENAME TO old_patients;
";
const GONE: &str = "
    DROP TABLE old_patients; DROP TABLE documents; DROP TABLE submission_sets;
    DROP TABLE folders; DROP TABLE associations;
";
const PATIENTS: &str = "
    INSERT INTO patients (id, number, fed, merged_into)
    SELECT id, row_number() OVER (ORDER BY id), 1, merged_into FROM old_patients;
";

/// Makes the tables of schema 2 and moves everything into them.
pub(super) fn objects(session: &SqliteSession) -> Result<(), StoreError> {
    session.0.execute_batch(ASIDE)?;
    session.0.execute_batch(TABLES)?;
    session.0.execute_batch(PATIENTS)?;
    each(
        session,
        "SELECT xml FROM submission_sets ORDER BY rowid",
        set,
    )?;
    let sql = "SELECT xml, approved FROM documents ORDER BY rowid";
    each(session, sql, document)?;
    let sql = "SELECT xml, last_update_time FROM folders ORDER BY rowid";
    each(session, sql, folder)?;
    let associations = "SELECT xml FROM associations ORDER BY rowid";
    each(session, associations, association)?;
    // An association may have another one, registered later, at its end.
    each(session, associations, link)?;
    Ok(session.0.execute_batch(GONE)?)
}

type Move = fn(&SqliteSession, &mut Batch, Objects, &Row<'_>) -> Result<(), StoreError>;

fn each(session: &SqliteSession, sql: &str, moved: Move) -> Result<(), StoreError> {
    let mut statement = session.0.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let xml: String = row.get(0)?;
        let read = objects_from_xml(&xml, &Limits::default());
        let objects = read.map_err(|_| StoreError::Damaged("an object's XML".into()))?;
        let mut batch = Batch::default();
        moved(session, &mut batch, objects, row)?;
        session.insert(&batch)?;
    }
    Ok(())
}

fn only<T>(mut objects: Vec<T>) -> Result<T, StoreError> {
    match (objects.pop(), objects.is_empty()) {
        (Some(object), true) => Ok(object),
        _ => Err(StoreError::Damaged("not one object in a row".into())),
    }
}

fn set(
    session: &SqliteSession,
    batch: &mut Batch,
    objects: Objects,
    _: &Row<'_>,
) -> Result<(), StoreError> {
    batch.submission_set(session, &only(objects.submission_sets)?)
}

fn document(
    session: &SqliteSession,
    batch: &mut Batch,
    objects: Objects,
    row: &Row<'_>,
) -> Result<(), StoreError> {
    let mut entry = only(objects.documents)?;
    entry.status = match row.get(1)? {
        true => Status::Approved,
        false => Status::Deprecated,
    };
    batch.document(session, &entry)
}

fn folder(
    session: &SqliteSession,
    batch: &mut Batch,
    objects: Objects,
    row: &Row<'_>,
) -> Result<(), StoreError> {
    let mut folder = only(objects.folders)?;
    folder.last_update_time = row.get(1)?;
    batch.folder(session, &folder)
}

/// Lies with what it comes from, which is never an association.
fn association(
    session: &SqliteSession,
    batch: &mut Batch,
    objects: Objects,
    _: &Row<'_>,
) -> Result<(), StoreError> {
    let association: Association = only(objects.associations)?;
    let source = session.place(&uuid_key(&association.source))?;
    let source =
        source.ok_or_else(|| StoreError::Damaged("an Association comes from no object".into()))?;
    batch.association(session, &association, source.patient())
}

fn link(
    session: &SqliteSession,
    batch: &mut Batch,
    objects: Objects,
    _: &Row<'_>,
) -> Result<(), StoreError> {
    batch.link(session, &only(objects.associations)?)
}
