//! The tables: numbered migrations counted in `schema_version`, and the lock that keeps a second process out.

use tokio_postgres::Client;

use super::session::failed;
use crate::store::StoreError;

/// Migration n brings the tables to schema n.
const MIGRATIONS: [&str; 1] = [include_str!("0001_rows.sql")];

/// What advisory locks of this crate begin with: "Rnki".
const LOCK: i32 = 0x526E_6B69;

type Result<T> = std::result::Result<T, StoreError>;

/// What is acknowledged has to be on the server's disk. A setting that waits for more than that is left as it is.
const SETTINGS: &str = "SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";

/// Settings of the writer's session.
pub(super) async fn prepare(client: &Client) -> Result<()> {
    client.simple_query(SETTINGS).await.map_err(failed)?;
    let fsync: String = client
        .query_one("SELECT current_setting('fsync')", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(failed)?;
    if fsync != "on" {
        tracing::warn!("PostgreSQL runs with fsync = {fsync}: what is acknowledged may be lost");
    }
    Ok(())
}

/// Takes the lock of this schema for as long as the session lasts; false: somebody else has it.
pub(super) async fn lock(client: &Client) -> Result<bool> {
    let sql = "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))";
    let row = client.query_one(sql, &[&LOCK]).await.map_err(failed)?;
    row.try_get(0).map_err(failed)
}

/// Brings the tables to the newest schema.
pub(super) async fn migrate(client: &mut Client) -> Result<()> {
    let found = version(client).await?;
    let supported = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > supported {
        return Err(StoreError::NewerSchema { found, supported });
    }
    for (number, tables) in (1_i64..).zip(MIGRATIONS).filter(|(n, _)| *n > found) {
        let step = client.transaction().await.map_err(failed)?;
        step.batch_execute(tables).await.map_err(failed)?;
        step.execute("UPDATE schema_version SET number = $1", &[&number])
            .await
            .map_err(failed)?;
        step.commit().await.map_err(failed)?;
    }
    Ok(())
}

async fn version(client: &Client) -> Result<i64> {
    let sql = "CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL); \
               INSERT INTO schema_version SELECT 0 \
               WHERE NOT EXISTS (SELECT FROM schema_version)";
    client.batch_execute(sql).await.map_err(failed)?;
    let sql = "SELECT max(number) FROM schema_version";
    let row = client.query_one(sql, &[]).await.map_err(failed)?;
    row.try_get(0).map_err(failed)
}
