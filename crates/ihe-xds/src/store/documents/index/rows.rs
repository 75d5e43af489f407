//! What the index can be asked.

use crate::store::StoreError;
use crate::store::documents::{Held, Pending, PendingDocument, SetId, State, Ticket};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

/// A document, and its content if it lies in the index.
pub(super) fn find(
    connection: &Connection,
    unique_id: &str,
) -> Result<Option<(Held, Option<Bytes>)>, StoreError> {
    let sql = "SELECT unique_id, key, mime_type, hash, size, kept, quarantined, bytes, inline
               FROM documents LEFT JOIN contents ON document = id WHERE unique_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([unique_id])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let bytes: Option<Vec<u8>> = row.get(7)?;
    if row.get(8)? && bytes.is_none() {
        return Err(StoreError::Damaged(
            "a document has lost its content".into(),
        ));
    }
    Ok(Some((held(row)?, bytes.map(Bytes::from))))
}

pub(super) fn documents_after(
    connection: &Connection,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Held>, StoreError> {
    // The empty text is a uniqueId nobody has, and the first of all.
    let sql = "SELECT unique_id, key, mime_type, hash, size, kept, quarantined
               FROM documents WHERE unique_id > ?1 ORDER BY unique_id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![after.unwrap_or(""), at_most(limit)], held)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn held(row: &Row<'_>) -> rusqlite::Result<Held> {
    let (kept, quarantined) = (row.get(5)?, row.get(6)?);
    Ok(Held {
        unique_id: row.get(0)?,
        key: Uuid::from_bytes(row.get(1)?),
        mime_type: row.get(2)?,
        hash: row.get(3)?,
        size: row.get(4)?,
        state: match (kept, quarantined) {
            (_, true) => State::Quarantined,
            (true, false) => State::Kept,
            (false, false) => State::Pending,
        },
    })
}

pub(super) fn pending(
    connection: &Connection,
    after: Option<Ticket>,
    limit: usize,
) -> Result<Vec<Pending>, StoreError> {
    let sql = "SELECT ticket, unique_id, uuid, began FROM submissions
               WHERE ticket > ?1 ORDER BY ticket LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let after = after.map_or(0, |ticket| ticket.0);
    let rows = statement.query_map(params![after, at_most(limit)], |row| {
        Ok(Pending {
            ticket: Ticket(row.get(0)?),
            set: SetId {
                unique_id: row.get(1)?,
                entry_uuid: row.get(2)?,
            },
            began: moment(row.get(3)?),
            documents: Vec::new(),
        })
    })?;
    let mut found: Vec<Pending> = rows.collect::<Result<_, _>>()?;
    for pending in &mut found {
        pending.documents = claimed(connection, pending.ticket)?;
    }
    Ok(found)
}

fn claimed(connection: &Connection, ticket: Ticket) -> Result<Vec<PendingDocument>, StoreError> {
    let sql =
        "SELECT c.uuid, d.unique_id, d.hash FROM claims c JOIN documents d ON d.id = c.document
               WHERE c.ticket = ?1 ORDER BY d.id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([ticket.0], |row| {
        Ok(PendingDocument {
            entry_uuid: row.get(0)?,
            unique_id: row.get(1)?,
            hash: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Contents that belong to no document.
pub(super) fn loose(connection: &Connection) -> Result<Vec<Uuid>, StoreError> {
    let mut statement = connection.prepare("SELECT key FROM loose")?;
    let rows = statement.query_map([], |row| row.get(0).map(Uuid::from_bytes))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which of these keys belong to no document.
pub(super) fn still_loose(
    connection: &Connection,
    keys: Vec<Uuid>,
) -> Result<Vec<Uuid>, StoreError> {
    let mut ask = connection.prepare_cached("SELECT 1 FROM loose WHERE key = ?1")?;
    let mut still = Vec::new();
    for key in keys {
        if ask.exists([key.as_bytes()])? {
            still.push(key);
        }
    }
    Ok(still)
}

/// The key of a document, for the move from layout 1.
pub(super) fn key_of(connection: &Connection, unique_id: &str) -> Result<Option<Uuid>, StoreError> {
    let sql = "SELECT key FROM documents WHERE unique_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([unique_id], |row| row.get(0).map(Uuid::from_bytes));
    Ok(found.optional()?)
}

fn moment(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
