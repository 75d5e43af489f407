//! What the writer does with the database.

use std::pin::pin;

use futures_util::TryStreamExt;
use hl7v2::Separators;
use hl7v2::datatype::Hd;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row};

use super::session::{connect, failed};
use super::write::{self, Statements};
use super::{Result, schema};
use crate::PatientRecord;
use crate::matching::Features;
use crate::store::StoreError;
use crate::store::alone::alone;
use crate::store::batch::Batch;
use crate::store::codes::{bond_of, record_of, standing_of, state_of};
use crate::store::engine::{Pair, Records, Stored, Write};
use crate::store::identities::Backend;

/// Rows whose features are made anew in one step.
const RENEWED: i64 = 10_000;

/// The writer's session, on a runtime of its own: the writer waits for nobody else.
pub(super) struct Writer {
    runtime: Runtime,
    config: Config,
    session: Option<Session>,
}

struct Session {
    client: Client,
    statements: Statements,
}

impl Records for Writer {
    fn record(&mut self, row: u32) -> Result<PatientRecord> {
        let session = self.session.as_mut().ok_or(StoreError::Closed)?;
        let sql = "SELECT record FROM identity_row WHERE row = $1";
        let row = i64::from(row);
        let found = self.runtime.block_on(async {
            let select = session.statements.prepared(&session.client, sql).await?;
            let found = session.client.query_opt(&select, &[&row]).await;
            found.map_err(failed)
        })?;
        let text = found.map(|found| text(&found, 0)).transpose()?;
        Ok(record_of(&text.unwrap_or_default()))
    }
}

impl Backend for Writer {
    fn load(&mut self, take: &mut dyn FnMut(Stored) -> Result<()>) -> Result<()> {
        self.connect()?;
        let session = self.session.as_mut().ok_or(StoreError::Closed)?;
        self.runtime.block_on(async {
            renew_features(&mut session.client).await?;
            load(&session.client, take).await
        })
    }

    fn commit(&mut self, writes: Vec<Write>) -> Result<()> {
        let session = self.session.as_mut().ok_or(StoreError::Closed)?;
        let batch = Batch::of(writes);
        self.runtime.block_on(async {
            let step = session.client.transaction().await.map_err(failed)?;
            write::keep(&step, &mut session.statements, &batch).await?;
            step.commit().await.map_err(failed)
        })
    }
}

impl Writer {
    /// Connects and locks; [`Backend::load`] makes the tables and reads them.
    pub(super) fn open(config: Config) -> Result<Writer> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let mut writer = Writer {
            runtime: runtime.map_err(|error| StoreError::Failed(error.to_string()))?,
            config,
            session: None,
        };
        writer.connect()?;
        Ok(writer)
    }

    /// A session that lives and has the lock.
    fn connect(&mut self) -> Result<()> {
        if let Some(session) = &self.session {
            let lives = self.runtime.block_on(session.client.check_connection());
            if lives.is_ok() {
                return Ok(());
            }
        }
        self.session = None;
        let mut client = self.runtime.block_on(connect(&self.config))?;
        alone(|| self.runtime.block_on(schema::lock(&client)))?;
        self.runtime.block_on(async {
            schema::prepare(&client).await?;
            schema::migrate(&mut client).await
        })?;
        let statements = Statements::default();
        self.session = Some(Session { client, statements });
        Ok(())
    }
}

async fn load(client: &Client, take: &mut dyn FnMut(Stored) -> Result<()>) -> Result<()> {
    let sql = "SELECT number, authority FROM domain ORDER BY number";
    each(client, sql, domain, take).await?;
    let sql = "SELECT row, domain, id, standing, successor, person, features \
               FROM identity_row ORDER BY row";
    each(client, sql, identity, take).await?;
    each(client, "SELECT a, b, kind FROM bond", bond, take).await?;
    let sql = "SELECT number, a, b, state FROM review";
    each(client, sql, review, take).await?;
    let sql = "SELECT number, row, other FROM entry ORDER BY number";
    each(client, sql, entry, take).await?;
    let sql = "SELECT max(number) FROM set_change HAVING max(number) IS NOT NULL";
    let last = |row: &Row| Ok(Stored::LastChange(number(row, 0)?));
    each(client, sql, last, take).await
}

async fn each(
    client: &Client,
    sql: &str,
    read: impl Fn(&Row) -> Result<Stored>,
    take: &mut dyn FnMut(Stored) -> Result<()>,
) -> Result<()> {
    let nothing: [&(dyn ToSql + Sync); 0] = [];
    let rows = client.query_raw(sql, nothing).await.map_err(failed)?;
    let mut rows = pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        take(read(&row)?)?;
    }
    Ok(())
}

fn domain(row: &Row) -> Result<Stored> {
    Ok(Stored::Domain {
        number: small(row, 0)?,
        authority: Hd::parse(&text(row, 1)?, &Separators::DEFAULT),
    })
}

fn identity(row: &Row) -> Result<Stored> {
    let features: Option<&[u8]> = row.try_get(6).map_err(failed)?;
    Ok(Stored::Identity {
        row: number(row, 0)?,
        domain: small(row, 1)?,
        id: text(row, 2)?,
        standing: standing_of(row.try_get(3).map_err(failed)?),
        successor: optional(row, 4)?,
        person: number(row, 5)?,
        features: features.and_then(Features::from_bytes).unwrap_or_default(),
    })
}

fn bond(row: &Row) -> Result<Stored> {
    Ok(Stored::Bond {
        pair: Pair::of(number(row, 0)?, number(row, 1)?),
        bond: bond_of(row.try_get(2).map_err(failed)?),
    })
}

fn review(row: &Row) -> Result<Stored> {
    Ok(Stored::Review {
        number: number(row, 0)?,
        pair: Pair::of(number(row, 1)?, number(row, 2)?),
        state: state_of(row.try_get(3).map_err(failed)?),
    })
}

fn entry(row: &Row) -> Result<Stored> {
    Ok(Stored::Entry {
        number: number(row, 0)?,
        row: number(row, 1)?,
        other: optional(row, 2)?,
    })
}

/// A BIGINT column as the number it holds.
pub(super) fn number<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<T> {
    in_range(row.try_get(column).map_err(failed)?)
}

pub(super) fn optional<T: TryFrom<i64>>(row: &Row, column: usize) -> Result<Option<T>> {
    let value: Option<i64> = row.try_get(column).map_err(failed)?;
    value.map(in_range).transpose()
}

fn small(row: &Row, column: usize) -> Result<u16> {
    let value: i32 = row.try_get(column).map_err(failed)?;
    in_range(i64::from(value))
}

fn in_range<T: TryFrom<i64>>(value: i64) -> Result<T> {
    let wrong = |_| StoreError::Failed("a number is out of range".into());
    T::try_from(value).map_err(wrong)
}

/// A BYTEA column as text.
pub(super) fn text(row: &Row, column: usize) -> Result<String> {
    let bytes: &[u8] = row.try_get(column).map_err(failed)?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// Makes the features of all rows anew if they are of another version.
async fn renew_features(client: &mut Client) -> Result<()> {
    let sql = "SELECT value FROM setting WHERE name = 'features'";
    let version = client.query_opt(sql, &[]).await.map_err(failed)?;
    let version = version.map(|row| number(&row, 0)).transpose()?;
    if version == Some(Features::VERSION) {
        return Ok(());
    }
    let step = client.transaction().await.map_err(failed)?;
    let mut first = 0;
    while let Some(next) = renew(step.client(), first).await? {
        first = next;
    }
    let sql = "INSERT INTO setting (name, value) VALUES ('features', $1) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let version = i64::from(Features::VERSION);
    step.execute(sql, &[&version]).await.map_err(failed)?;
    step.commit().await.map_err(failed)
}

/// Makes some features anew from this row on; where to go on.
async fn renew(client: &Client, first: i64) -> Result<Option<i64>> {
    let sql = "SELECT row, record FROM identity_row WHERE row >= $1 ORDER BY row LIMIT $2";
    let found = client
        .query(sql, &[&first, &RENEWED])
        .await
        .map_err(failed)?;
    let (mut rows, mut features) = (Vec::new(), Vec::new());
    for row in &found {
        rows.push(row.try_get::<_, i64>(0).map_err(failed)?);
        features.push(Features::of(&record_of(&text(row, 1)?)).to_bytes());
    }
    let sql = "UPDATE identity_row SET features = new.features \
               FROM unnest($1::bigint[], $2::bytea[]) AS new (row, features) \
               WHERE identity_row.row = new.row";
    client
        .execute(sql, &[&rows, &features])
        .await
        .map_err(failed)?;
    Ok(rows.last().map(|last| last + 1))
}
