//! The tables: numbered migrations counted in `schema_version`, and the lock by which writers take turns.

use super::super::StoreError;
use super::super::rows::Tables;
use super::session::PostgresSession;

/// Migration n brings the tables to schema n.
const MIGRATIONS: [&str; 1] = [include_str!("0001_objects.sql")];

/// Held from here to the end of the transaction by who writes. Advisory locks of this crate begin with "Rnkd".
pub(super) const TURN: &str =
    "SELECT pg_advisory_xact_lock(1380871012, hashtext(current_schema()))";

/// What is acknowledged has to be on the server's disk; a setting that waits for more than that is left as it is.
/// Nobody waits for ever for a turn, and a writer that has gone silent loses its own.
const SETTINGS: &str = "
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    SET lock_timeout = '30s';
    SET idle_in_transaction_session_timeout = '60s';
";

/// Settings of a session.
pub(super) fn settings(session: &PostgresSession) -> Result<(), StoreError> {
    session.batch(SETTINGS)
}

/// Brings the tables to the newest schema.
pub(super) fn prepare(session: &mut PostgresSession) -> Result<(), StoreError> {
    let row = session.rows("SELECT current_setting('fsync') = 'on'", &[])?;
    let safe: Option<bool> = row.first().and_then(|row| row.try_get(0).ok());
    if safe != Some(true) {
        tracing::warn!("PostgreSQL runs without fsync: what is acknowledged may be lost");
    }
    session.begin()?;
    let done = migrate(session).and_then(|()| session.commit());
    if done.is_err() {
        session.abandon();
    }
    done
}

fn migrate(session: &PostgresSession) -> Result<(), StoreError> {
    let version = "
        CREATE TABLE IF NOT EXISTS schema_version (number BIGINT NOT NULL);
        INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS (SELECT FROM schema_version);
    ";
    session.batch(version)?;
    let found = session.number_of("SELECT max(number) FROM schema_version", &[])?;
    let found = found.unwrap_or(0);
    let supported = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > supported {
        return Err(StoreError::Newer { found, supported });
    }
    for (number, tables) in (1_i64..).zip(MIGRATIONS).filter(|(n, _)| *n > found) {
        session.batch(tables)?;
        session.run("UPDATE schema_version SET number = $1", &[&number])?;
    }
    Ok(())
}
