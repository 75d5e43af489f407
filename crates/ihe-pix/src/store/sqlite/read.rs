//! Reading beside the writer.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::{SqliteReader, failed};
use crate::PatientRecord;
use crate::identity::{By, ReviewState};
use crate::store::StoreError;
use crate::store::codes::{happened_of, record_of, state_code, time_of};
use crate::store::engine::{Entry, Pair};
use crate::store::identities::{Reader, StoredReview};

type Result<T> = std::result::Result<T, StoreError>;

impl Reader for SqliteReader {
    async fn records(&self, rows: Vec<u32>) -> Result<Vec<PatientRecord>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.read(move |connection| {
            rows.into_iter()
                .map(|row| record(connection, row))
                .collect()
        })
        .await
    }

    async fn changes(&self, after: u64, limit: usize) -> Result<Vec<(u64, u32)>> {
        self.read(move |connection| changes(connection, after, limit))
            .await
    }

    async fn entries(&self, row: u32, last: u32, limit: usize) -> Result<Vec<Entry>> {
        self.read(move |connection| entries(connection, row, last, limit))
            .await
    }

    async fn reviews(
        &self,
        state: ReviewState,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredReview>> {
        self.read(move |connection| reviews(connection, state, after, limit))
            .await
    }

    async fn note(
        &self,
        kind: &'static str,
        key: String,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>> {
        self.read(move |connection| note(connection, kind, &key, now))
            .await
    }
}

fn note(
    connection: &Connection,
    kind: &str,
    key: &str,
    now: DateTime<Utc>,
) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT value FROM note WHERE kind = ?1 AND key = ?2 \
               AND (expires IS NULL OR expires >= ?3)";
    let mut select = connection.prepare_cached(sql).map_err(failed)?;
    select
        .query_row(params![kind, key, now.timestamp_millis()], |row| row.get(0))
        .optional()
        .map_err(failed)
}

fn record(connection: &Connection, row: u32) -> Result<PatientRecord> {
    let sql = "SELECT record FROM identity_row WHERE row = ?1";
    let mut select = connection.prepare_cached(sql).map_err(failed)?;
    let text = select
        .query_row([row], |row| row.get::<_, String>(0))
        .optional()
        .map_err(failed)?;
    Ok(record_of(&text.unwrap_or_default()))
}

fn changes(connection: &Connection, after: u64, limit: usize) -> Result<Vec<(u64, u32)>> {
    let sql = "SELECT number, row FROM set_change WHERE number > ?1 ORDER BY number LIMIT ?2";
    let mut select = connection.prepare_cached(sql).map_err(failed)?;
    select
        .query_map(params![after, bounded(limit)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .and_then(Iterator::collect)
        .map_err(failed)
}

fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Follows the chain of one row.
fn entries(connection: &Connection, row: u32, last: u32, limit: usize) -> Result<Vec<Entry>> {
    let mut found: Vec<Entry> = Vec::new();
    let mut next = last;
    while next != 0 && found.len() < limit {
        let Some(entry) = entry(connection, next)? else {
            break;
        };
        next = entry.before(row);
        found.push(entry);
    }
    Ok(found)
}

fn entry(connection: &Connection, number: u32) -> Result<Option<Entry>> {
    let sql = "SELECT row, previous, other, other_previous, at, who, why, kind, score \
               FROM entry WHERE number = ?1";
    let mut select = connection.prepare_cached(sql).map_err(failed)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Entry {
            number,
            row: row.get(0)?,
            previous: row.get(1)?,
            other_previous: row.get(3)?,
            at: time_of(row.get(4)?),
            by: By::new(row.get::<_, String>(5)?, row.get::<_, String>(6)?),
            happened: happened_of(row.get(7)?, row.get(2)?, row.get(8)?),
        })
    };
    select.query_row([number], read).optional().map_err(failed)
}

fn reviews(
    connection: &Connection,
    state: ReviewState,
    after: u64,
    limit: usize,
) -> Result<Vec<StoredReview>> {
    let sql = "SELECT number, a, b, score, at FROM review WHERE state = ?1 AND number > ?2 \
               ORDER BY number LIMIT ?3";
    let mut select = connection.prepare_cached(sql).map_err(failed)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(StoredReview {
            number: row.get(0)?,
            pair: Pair::of(row.get(1)?, row.get(2)?),
            score: row.get(3)?,
            at: time_of(row.get(4)?),
            state,
        })
    };
    select
        .query_map(params![state_code(state), after, bounded(limit)], read)
        .and_then(Iterator::collect)
        .map_err(failed)
}
