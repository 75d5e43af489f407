//! Writing a group, table by table.

use rusqlite::{Connection, Params, Statement, params};

use super::failed;
use crate::store::StoreError;
use crate::store::batch::Batch;
use crate::store::codes::{bond_code, happened_code, standing_code, state_code};
use crate::store::engine::Entry;

type Result<T> = std::result::Result<T, StoreError>;

pub(super) fn keep(to: &Connection, batch: &Batch) -> Result<()> {
    keep_domains(to, batch)?;
    keep_rows(to, batch)?;
    keep_what_changed(to, batch)?;
    keep_bonds(to, batch)?;
    keep_reviews(to, batch)?;
    keep_entries(to, batch)?;
    keep_changes(to, batch)?;
    keep_notes(to, batch)
}

/// Runs a statement for each of these.
fn each<T>(
    to: &Connection,
    sql: &str,
    rows: impl IntoIterator<Item = T>,
    mut one: impl FnMut(&mut Statement<'_>, T) -> rusqlite::Result<usize>,
) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let mut statement = to.prepare_cached(sql).map_err(failed)?;
    rows.try_for_each(|row| one(&mut statement, row).map(drop))
        .map_err(failed)
}

fn keep_domains(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO domain (number, authority) VALUES (?1, ?2)";
    each(to, sql, &batch.domains, |insert, (number, authority)| {
        insert.execute(params![number, authority.to_string()])
    })
}

fn keep_rows(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO identity_row (row, domain, id, standing, successor, person, record, \
               features) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET \
               standing = excluded.standing, successor = excluded.successor, \
               person = excluded.person, record = excluded.record, features = excluded.features";
    each(to, sql, &batch.rows, |insert, (number, row)| {
        insert.execute(params![
            number,
            row.domain,
            row.id,
            standing_code(row.standing),
            row.successor,
            row.person,
            row.demographics.record,
            row.demographics.features
        ])
    })
}

/// Of rows that were there before.
fn keep_what_changed(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "UPDATE identity_row SET record = ?2, features = ?3 WHERE row = ?1";
    each(to, sql, &batch.records, |update, (row, text)| {
        update.execute(params![row, text.record, text.features])
    })?;
    let sql = "UPDATE identity_row SET standing = ?2, successor = ?3, person = ?1 WHERE row = ?1";
    each(
        to,
        sql,
        &batch.standings,
        |update, (row, (to, successor))| {
            update.execute(params![row, standing_code(*to), successor])
        },
    )?;
    let sql = "UPDATE identity_row SET person = ?2 WHERE row = ?1";
    each(to, sql, &batch.persons, |update, (row, person)| {
        update.execute(params![row, person])
    })
}

fn keep_bonds(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO bond (a, b, kind) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET kind = excluded.kind";
    let stated = batch.bonds.iter();
    let stated = stated.filter_map(|(pair, bond)| Some((pair, bond_code((*bond)?))));
    each(to, sql, stated, |insert, (pair, kind)| {
        insert.execute(params![pair.a, pair.b, kind])
    })?;
    let sql = "DELETE FROM bond WHERE a = ?1 AND b = ?2";
    let gone = batch.bonds.iter().filter(|(_, bond)| bond.is_none());
    each(to, sql, gone, |delete, (pair, _)| {
        delete.execute(params![pair.a, pair.b])
    })
}

fn keep_reviews(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO review (number, a, b, score, at, state) VALUES (?1, ?2, ?3, ?4, ?5, 0)";
    each(to, sql, &batch.reviews, |insert, review| {
        let at = review.at.timestamp_millis();
        let pair = review.pair;
        insert.execute(params![review.number, pair.a, pair.b, review.score, at])
    })?;
    let sql = "UPDATE review SET state = ?2 WHERE number = ?1";
    each(to, sql, &batch.decided, |update, (number, state)| {
        update.execute(params![number, state_code(*state)])
    })
}

fn keep_entries(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO entry (number, row, previous, other, other_previous, at, who, why, \
               kind, score) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    each(to, sql, &batch.entries, keep_entry)
}

fn keep_entry(insert: &mut Statement<'_>, entry: &Entry) -> rusqlite::Result<usize> {
    let (kind, other, score) = happened_code(&entry.happened);
    insert.execute(params![
        entry.number,
        entry.row,
        entry.previous,
        other,
        entry.other_previous,
        entry.at.timestamp_millis(),
        entry.by.who,
        entry.by.why,
        kind,
        score
    ])
}

fn keep_changes(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO set_change (number, row) VALUES (?1, ?2)";
    each(to, sql, &batch.changes, |insert, (number, row)| {
        insert.execute(params![number, row])
    })
}

fn keep_notes(to: &Connection, batch: &Batch) -> Result<()> {
    let sql = "DELETE FROM note WHERE kind = ?1 AND expires < ?2";
    each(to, sql, &batch.expired, |delete, (kind, now)| {
        delete.execute(params![kind, now.timestamp_millis()])
    })?;
    let sql = "INSERT INTO note (kind, key, value, expires) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET value = excluded.value, expires = excluded.expires";
    let kept = batch.notes.iter();
    let kept = kept.filter_map(|(name, kept)| Some((name, kept.as_ref()?)));
    each(to, sql, kept, |insert, ((kind, key), note)| {
        let expires = note.expires.map(|end| end.timestamp_millis());
        insert.execute(params![kind, key, note.value, expires])
    })?;
    let sql = "DELETE FROM note WHERE kind = ?1 AND key = ?2";
    let gone = batch.notes.iter().filter(|(_, kept)| kept.is_none());
    each(to, sql, gone, |delete, ((kind, key), _)| {
        delete.execute(params![kind, key])
    })
}

/// Runs one statement once.
pub(super) fn run(to: &Connection, sql: &str, params: impl Params) -> Result<()> {
    let mut statement = to.prepare_cached(sql).map_err(failed)?;
    statement.execute(params).map(drop).map_err(failed)
}
