//! ITI-20 record store in PostgreSQL (14 or newer): the same tables as in SQLite, one connection that
//! writes, one that reads beside it. A connection that failed is made anew with the next call.

mod search;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, Error, NoTls, Transaction};

use crate::store::{RecordStore, Search, StoreError, StoredRecord, body, terms};

const VERSION: i64 = 2;
const SCHEMA: &str = include_str!("schema.sql");
const CONNECT: Duration = Duration::from_secs(10);
/// Records forgotten in one transaction.
const FORGET: i64 = 2000;

type Result<T> = std::result::Result<T, StoreError>;

/// Finds records by a PostgreSQL database. A clone is the same store.
#[derive(Clone)]
pub struct PostgresStore {
    config: Config,
    writer: Arc<Mutex<Option<Client>>>,
    reader: Arc<Mutex<Option<Client>>>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresStore")
    }
}

impl PostgresStore {
    /// Opens the store in the first schema of the search path, and makes its tables. One of a newer
    /// version is refused.
    ///
    /// `config` is a connection string of libpq. The connection is not encrypted: a server that is
    /// reached neither by a Unix socket nor by a loopback address is refused, unless
    /// `sslmode=disable` says that this is meant.
    pub async fn open(config: &str) -> Result<PostgresStore> {
        let invalid = |_| StoreError("the connection string is not valid".to_owned());
        let mut config: Config = config.parse().map_err(invalid)?;
        if !is_local(&config) && config.get_ssl_mode() != SslMode::Disable {
            let text = "no TLS to PostgreSQL here: use a Unix socket or a loopback address, or say \
                        sslmode=disable";
            return Err(StoreError(text.to_owned()));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        let store = PostgresStore {
            config,
            writer: Arc::default(),
            reader: Arc::default(),
        };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<()> {
        let mut writer = self.writer.lock().await;
        let client = self.connected(&mut writer).await?;
        let sql = "SELECT to_regclass('state') IS NOT NULL";
        let made: bool = client
            .query_one(sql, &[])
            .await
            .and_then(|row| row.try_get(0))
            .map_err(failed)?;
        if !made {
            let step = client.transaction().await.map_err(failed)?;
            step.batch_execute(SCHEMA).await.map_err(failed)?;
            return step.commit().await.map_err(failed);
        }
        let found = client.query_one("SELECT version FROM state", &[]).await;
        let found: i64 = found.and_then(|row| row.try_get(0)).map_err(failed)?;
        if found == VERSION {
            return Ok(());
        }
        Err(StoreError(format!("version {found} is not {VERSION}")))
    }

    async fn connected<'a>(&self, place: &'a mut Option<Client>) -> Result<&'a mut Client> {
        if place.as_ref().is_none_or(Client::is_closed) {
            let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!(error = %failed(error), "connection of the audit index ended");
                }
            });
            *place = Some(client);
        }
        place
            .as_mut()
            .ok_or_else(|| StoreError("not connected".to_owned()))
    }

    async fn number(&self, sql: &str) -> Result<u64> {
        let mut reader = self.reader.lock().await;
        let client = self.connected(&mut reader).await?;
        let row = client.query_one(sql, &[]).await;
        row.and_then(|row| row.try_get(0))
            .map(number)
            .map_err(failed)
    }
}

impl RecordStore for PostgresStore {
    async fn apply(&self, records: Vec<StoredRecord>) -> Result<()> {
        let mut writer = self.writer.lock().await;
        let client = self.connected(&mut writer).await?;
        let step = client.transaction().await.map_err(failed)?;
        apply(&step, records).await.map_err(failed)?;
        step.commit().await.map_err(failed)
    }

    async fn applied(&self) -> Result<u64> {
        self.number("SELECT applied FROM state").await
    }

    async fn search(&self, search: &Search) -> Result<Vec<StoredRecord>> {
        let mut reader = self.reader.lock().await;
        let client = self.connected(&mut reader).await?;
        search::search(client, search).await.map_err(failed)
    }

    async fn count(&self) -> Result<u64> {
        self.number("SELECT count(*) FROM record").await
    }

    async fn forget(&self, before: u64) -> Result<u64> {
        let mut gone = 0;
        loop {
            let mut writer = self.writer.lock().await;
            let client = self.connected(&mut writer).await?;
            let step = client.transaction().await.map_err(failed)?;
            let some = forget(&step, integer(before)).await.map_err(failed)?;
            step.commit().await.map_err(failed)?;
            if some == 0 {
                return Ok(gone);
            }
            gone += some;
        }
    }

    async fn clear(&self) -> Result<()> {
        let mut writer = self.writer.lock().await;
        let client = self.connected(&mut writer).await?;
        let sql = "BEGIN; TRUNCATE record, posting; UPDATE state SET applied = 0; COMMIT";
        client.batch_execute(sql).await.map_err(failed)
    }
}

/// Columns of postings.
#[derive(Default)]
struct Postings {
    terms: Vec<i64>,
    times: Vec<i64>,
    sequences: Vec<i64>,
}

impl Postings {
    fn add(&mut self, record: &StoredRecord) {
        for term in terms::of_record(record) {
            self.terms.push(term);
            self.times.push(record.time().timestamp_micros());
            self.sequences.push(integer(record.sequence));
        }
    }
}

async fn apply(
    step: &Transaction<'_>,
    records: Vec<StoredRecord>,
) -> std::result::Result<(), Error> {
    let row = step
        .query_one("SELECT applied FROM state FOR UPDATE", &[])
        .await?;
    let applied = number(row.try_get(0)?);
    let (mut sequences, mut bodies, mut postings) = (Vec::new(), Vec::new(), Postings::default());
    for record in records.iter().filter(|record| record.sequence > applied) {
        sequences.push(integer(record.sequence));
        bodies.push(body::encode(record));
        postings.add(record);
    }
    let Some(last) = sequences.last().copied() else {
        return Ok(());
    };
    let sql = "INSERT INTO record SELECT * FROM unnest($1::bigint[], $2::bytea[])";
    step.execute(sql, &[&sequences, &bodies]).await?;
    let sql = "INSERT INTO posting SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])";
    let Postings {
        terms,
        times,
        sequences,
    } = &postings;
    step.execute(sql, &[terms, times, sequences]).await?;
    step.execute("UPDATE state SET applied = $1", &[&last])
        .await?;
    Ok(())
}

/// Some of what is to go; how many.
async fn forget(step: &Transaction<'_>, before: i64) -> std::result::Result<u64, Error> {
    let sql = "DELETE FROM record WHERE sequence IN (SELECT sequence FROM record \
               WHERE sequence < $1 ORDER BY sequence LIMIT $2) RETURNING sequence, body";
    let rows = step.query(sql, &[&before, &FORGET]).await?;
    let mut postings = Postings::default();
    for row in &rows {
        let record = body::decode(number(row.try_get(0)?), row.try_get(1)?);
        record.iter().for_each(|record| postings.add(record));
    }
    let sql = "DELETE FROM posting p USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) \
               AS gone (term, time, sequence) WHERE p.term = gone.term AND p.time = gone.time \
               AND p.sequence = gone.sequence";
    let Postings {
        terms,
        times,
        sequences,
    } = &postings;
    step.execute(sql, &[terms, times, sequences]).await?;
    Ok(rows.len() as u64)
}

/// Whether every way to the server stays on this machine. An address given beside the name is the one
/// that counts.
fn is_local(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    let local = |name: &str| match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost",
    };
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => local(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

/// PostgreSQL's code only: its words may quote values.
fn failed(error: Error) -> StoreError {
    match error.code() {
        Some(code) => StoreError(format!("PostgreSQL refused with SQLSTATE {}", code.code())),
        None => StoreError(format!("PostgreSQL: {error}")),
    }
}
