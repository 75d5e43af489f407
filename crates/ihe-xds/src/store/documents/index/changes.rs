//! What changes the index, each inside one savepoint.

use super::{NewDocument, Place, rows};
use crate::store::StoreError;
use crate::store::documents::{Difference, Fate, PutError, SetId, Ticket, difference};
use chrono::Utc;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use uuid::Uuid;

/// A document that is there.
struct Present {
    id: i64,
    hash: String,
    size: u64,
    quarantined: bool,
}

/// Enters a submission; names the keys that were not needed, because the same content was there.
pub(super) fn put(
    connection: &Connection,
    set: &SetId,
    documents: &[NewDocument],
) -> Result<(Ticket, Vec<Uuid>), PutError> {
    let ticket = open_submission(connection, set)?;
    let (mut unused, mut differing) = (Vec::new(), Vec::new());
    for document in documents {
        match enter(connection, document)? {
            Entered::Differs(how) => differing.push((document.unique_id.clone(), how)),
            Entered::As(id, used) => {
                claim(connection, ticket, id, &document.entry_uuid)?;
                unused.extend(document.place.key().filter(|_| !used));
            }
        }
    }
    match differing.is_empty() {
        true => Ok((ticket, unused)),
        false => Err(PutError::Differs(differing)),
    }
}

fn open_submission(connection: &Connection, set: &SetId) -> Result<Ticket, StoreError> {
    let began = Utc::now().timestamp_millis();
    connection
        .prepare_cached("INSERT INTO submissions (unique_id, uuid, began) VALUES (?1, ?2, ?3)")?
        .execute(params![set.unique_id, set.entry_uuid, began])?;
    Ok(Ticket(connection.last_insert_rowid()))
}

fn claim(
    connection: &Connection,
    ticket: Ticket,
    document: i64,
    entry_uuid: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO claims VALUES (?1, ?2, ?3)")?
        .execute(params![ticket.0, document, entry_uuid])?;
    Ok(())
}

enum Entered {
    /// Under this number; whether its content is the one brought now.
    As(i64, bool),
    Differs(Difference),
}

fn enter(connection: &Connection, document: &NewDocument) -> Result<Entered, StoreError> {
    let Some(present) = present(connection, &document.unique_id)? else {
        let id = insert(connection, document)?;
        keep_content(connection, id, document)?;
        return Ok(Entered::As(id, true));
    };
    let arrived = (document.hash.as_str(), document.size);
    if let Some(how) = difference((&present.hash, present.size), arrived) {
        return Ok(Entered::Differs(how));
    }
    if present.quarantined {
        replace(connection, present.id, document)?;
    }
    Ok(Entered::As(present.id, present.quarantined))
}

fn present(connection: &Connection, unique_id: &str) -> Result<Option<Present>, StoreError> {
    let sql = "SELECT id, hash, size, quarantined FROM documents WHERE unique_id = ?1";
    let found = connection
        .prepare_cached(sql)?
        .query_row([unique_id], |row| {
            Ok(Present {
                id: row.get(0)?,
                hash: row.get(1)?,
                size: row.get(2)?,
                quarantined: row.get(3)?,
            })
        })
        .optional()?;
    Ok(found)
}

fn insert(connection: &Connection, document: &NewDocument) -> Result<i64, StoreError> {
    let NewDocument {
        unique_id,
        mime_type,
        hash,
        size,
        ..
    } = document;
    let (key, inline) = document.place.parts();
    connection
        .prepare_cached(
            "INSERT INTO documents (unique_id, key, mime_type, hash, size, inline)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![unique_id, key, mime_type, hash, size, inline])?;
    Ok(connection.last_insert_rowid())
}

/// A content found damaged gives way to the same content, whole.
fn replace(connection: &Connection, id: i64, document: &NewDocument) -> Result<(), StoreError> {
    let (key, inline) = document.place.parts();
    connection.execute(
        "UPDATE documents SET key = ?2, inline = ?3, quarantined = 0 WHERE id = ?1",
        params![id, key, inline],
    )?;
    keep_content(connection, id, document)
}

fn keep_content(
    connection: &Connection,
    id: i64,
    document: &NewDocument,
) -> Result<(), StoreError> {
    match &document.place {
        Place::Inline(_, bytes) => {
            connection
                .prepare_cached("INSERT OR REPLACE INTO contents VALUES (?1, ?2)")?
                .execute(params![id, &bytes[..]])?;
        }
        Place::Key(key) => {
            connection
                .prepare_cached("DELETE FROM loose WHERE key = ?1")?
                .execute([key.as_bytes()])?;
        }
    }
    Ok(())
}

/// Ends a submission; names the keys whose contents are now loose.
pub(super) fn settle(
    connection: &Connection,
    ticket: Ticket,
    fate: Fate,
) -> Result<Vec<Uuid>, StoreError> {
    let loose = match fate {
        Fate::Keep => {
            connection
                .prepare_cached(
                    "UPDATE documents SET kept = 1
                     WHERE id IN (SELECT document FROM claims WHERE ticket = ?1)",
                )?
                .execute([ticket.0])?;
            Vec::new()
        }
        Fate::Drop => drop_documents(connection, ticket)?,
    };
    for sql in [
        "DELETE FROM claims WHERE ticket = ?1",
        "DELETE FROM submissions WHERE ticket = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([ticket.0])?;
    }
    Ok(loose)
}

/// Removes the documents of a submission that nobody registered and no other submission brought.
fn drop_documents(connection: &Connection, ticket: Ticket) -> Result<Vec<Uuid>, StoreError> {
    let mut unwanted = connection.prepare_cached(
        "SELECT d.id, d.key, d.inline FROM claims c JOIN documents d ON d.id = c.document
         WHERE c.ticket = ?1 AND NOT d.kept AND NOT EXISTS
            (SELECT 1 FROM claims o WHERE o.document = d.id AND o.ticket <> ?1)",
    )?;
    let rows = unwanted.query_map([ticket.0], |row| {
        Ok((row.get(0)?, row.get::<_, [u8; 16]>(1)?, row.get(2)?))
    })?;
    let unwanted: Vec<(i64, [u8; 16], bool)> = rows.collect::<Result<_, _>>()?;
    let mut loose = Vec::new();
    for (id, key, inline) in unwanted {
        if inline {
            connection.execute("DELETE FROM contents WHERE document = ?1", [id])?;
        } else {
            loosen(connection, key)?;
            loose.push(Uuid::from_bytes(key));
        }
        connection.execute("DELETE FROM documents WHERE id = ?1", [id])?;
    }
    Ok(loose)
}

/// Remembers a key that belongs to no document.
pub(super) fn loosen(connection: &Connection, key: [u8; 16]) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO loose VALUES (?1)")?
        .execute([key])?;
    Ok(())
}

/// Forgets loose keys whose contents are gone.
pub(super) fn forget(connection: &Connection, keys: &[Uuid]) -> Result<(), StoreError> {
    let mut forget = connection.prepare_cached("DELETE FROM loose WHERE key = ?1")?;
    for key in keys {
        forget.execute([key.as_bytes()])?;
    }
    Ok(())
}

/// Sets a document aside; true if it was there under this key.
pub(super) fn quarantine(
    connection: &Connection,
    unique_id: &str,
    key: Uuid,
) -> Result<bool, StoreError> {
    let changed = connection.execute(
        "UPDATE documents SET quarantined = 1 WHERE unique_id = ?1 AND key = ?2 AND NOT quarantined",
        params![unique_id, key.as_bytes()],
    )?;
    Ok(changed > 0)
}

/// Enters documents as kept, or finds those that were entered before a crash; their keys, in order.
pub(super) fn adopt(
    connection: &mut Connection,
    documents: &[NewDocument],
) -> Result<Vec<Uuid>, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut keys = Vec::with_capacity(documents.len());
    for document in documents {
        let known = rows::key_of(&transaction, &document.unique_id)?;
        keys.push(match known {
            Some(key) => key,
            None => {
                let id = insert(&transaction, document)?;
                transaction.execute("UPDATE documents SET kept = 1 WHERE id = ?1", [id])?;
                Uuid::from_bytes(document.place.parts().0)
            }
        });
    }
    transaction.commit()?;
    Ok(keys)
}
