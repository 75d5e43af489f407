//! Reading beside the writer.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Row};

use super::Result;
use super::backend::{number, optional, text};
use super::session::{connect, failed};
use crate::PatientRecord;
use crate::identity::{By, ReviewState};
use crate::store::codes::{happened_of, record_of, state_code, time_of};
use crate::store::engine::{Entry, Pair};
use crate::store::identities::{Reader, StoredReview};

/// Connections that read; each serves any number of queries, one after the other.
const READERS: usize = 4;

/// Connections made as they are needed, and again when they were lost.
pub(super) struct PostgresReader {
    config: Config,
    connections: [Mutex<Option<Arc<Client>>>; READERS],
    next: AtomicUsize,
}

impl PostgresReader {
    pub(super) fn new(config: Config) -> PostgresReader {
        PostgresReader {
            config,
            connections: std::array::from_fn(|_| Mutex::new(None)),
            next: AtomicUsize::new(0),
        }
    }

    async fn client(&self) -> Result<Arc<Client>> {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % READERS;
        let mut place = self.connections[next].lock().await;
        match &*place {
            Some(client) if !client.is_closed() => Ok(client.clone()),
            _ => {
                let client = Arc::new(connect(&self.config).await?);
                *place = Some(client.clone());
                Ok(client)
            }
        }
    }

    async fn query(&self, sql: &str, values: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>> {
        let client = self.client().await?;
        client.query_typed(sql, values).await.map_err(failed)
    }
}

impl Reader for PostgresReader {
    async fn records(&self, rows: Vec<u32>) -> Result<Vec<PatientRecord>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT row, record FROM identity_row WHERE row = ANY ($1)";
        let asked: Vec<i64> = rows.iter().map(|row| i64::from(*row)).collect();
        let found = self.query(sql, &[(&asked, Type::INT8_ARRAY)]).await?;
        let mut records = HashMap::with_capacity(found.len());
        for row in &found {
            records.insert(number::<u32>(row, 0)?, record_of(&text(row, 1)?));
        }
        let record = |row: &u32| records.get(row).cloned().unwrap_or_default();
        Ok(rows.iter().map(record).collect())
    }

    async fn changes(&self, after: u64, limit: usize) -> Result<Vec<(u64, u32)>> {
        let sql = "SELECT number, row FROM set_change WHERE number > $1 ORDER BY number LIMIT $2";
        let (after, limit) = (bounded(after), bounded(limit));
        let found = self
            .query(sql, &[(&after, Type::INT8), (&limit, Type::INT8)])
            .await?;
        let change = |row: &Row| Ok((number(row, 0)?, number(row, 1)?));
        found.iter().map(change).collect()
    }

    async fn entries(&self, row: u32, last: u32, limit: usize) -> Result<Vec<Entry>> {
        let sql = "WITH RECURSIVE chain AS ( \
                   SELECT entry.*, 1::bigint AS place FROM entry WHERE number = $2 \
                   UNION ALL \
                   SELECT entry.*, place + 1 FROM chain JOIN entry ON entry.number = CASE \
                   WHEN chain.row = $1 THEN chain.previous ELSE chain.other_previous END \
                   WHERE place < $3) \
                   SELECT number, row, previous, other, other_previous, at, who, why, kind, \
                   score FROM chain WHERE place <= $3 ORDER BY place";
        let (row, last, limit) = (i64::from(row), i64::from(last), bounded(limit));
        let types = [
            (&row, Type::INT8),
            (&last, Type::INT8),
            (&limit, Type::INT8),
        ];
        let values = types.map(|(value, kind)| (value as &(dyn ToSql + Sync), kind));
        let found = self.query(sql, &values).await?;
        found.iter().map(entry).collect()
    }

    async fn reviews(
        &self,
        state: ReviewState,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredReview>> {
        let sql = "SELECT number, a, b, score, at FROM review WHERE state = $1 AND number > $2 \
                   ORDER BY number LIMIT $3";
        let (code, after, limit) = (state_code(state), bounded(after), bounded(limit));
        let values: [(&(dyn ToSql + Sync), Type); 3] = [
            (&code, Type::INT2),
            (&after, Type::INT8),
            (&limit, Type::INT8),
        ];
        let found = self.query(sql, &values).await?;
        found.iter().map(|row| review(row, state)).collect()
    }

    async fn note(
        &self,
        kind: &'static str,
        key: String,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT value FROM note WHERE kind = $1 AND key = $2 \
                   AND (expires IS NULL OR expires >= $3)";
        let (key, now) = (key.as_bytes(), now.timestamp_millis());
        let values: [(&(dyn ToSql + Sync), Type); 3] =
            [(&kind, Type::TEXT), (&key, Type::BYTEA), (&now, Type::INT8)];
        let found = self.query(sql, &values).await?;
        let value = |row: &Row| row.try_get(0).map_err(failed);
        found.first().map(value).transpose()
    }
}

fn bounded(limit: impl TryInto<i64>) -> i64 {
    limit.try_into().unwrap_or(i64::MAX)
}

fn entry(row: &Row) -> Result<Entry> {
    let kind = row.try_get(8).map_err(failed)?;
    let score = row.try_get(9).map_err(failed)?;
    Ok(Entry {
        number: number(row, 0)?,
        row: number(row, 1)?,
        previous: number(row, 2)?,
        other_previous: number(row, 4)?,
        at: time_of(row.try_get(5).map_err(failed)?),
        by: By::new(text(row, 6)?, text(row, 7)?),
        happened: happened_of(kind, optional(row, 3)?, score),
    })
}

fn review(row: &Row, state: ReviewState) -> Result<StoredReview> {
    Ok(StoredReview {
        number: number(row, 0)?,
        pair: Pair::of(number(row, 1)?, number(row, 2)?),
        score: row.try_get(3).map_err(failed)?,
        at: time_of(row.try_get(4).map_err(failed)?),
        state,
    })
}
