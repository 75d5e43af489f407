//! A connection to the file.

use super::super::StoreError;
use super::super::database::Session;
use super::super::rows::Place;
use super::schema;
use rusqlite::{Connection, OptionalExtension, Params};
use std::path::PathBuf;

/// A connection; what it reads belongs together if it is inside a transaction.
pub(crate) struct SqliteSession(pub(super) Connection);

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // The code only: a driver's message may repeat values.
        Self::Failed(match error.sqlite_error_code() {
            Some(code) => format!("SQLite: {code:?}"),
            None => "SQLite: unexpected row".to_owned(),
        })
    }
}

impl SqliteSession {
    /// Of a `sql` that selects one number, if there is one.
    pub(super) fn number_of(
        &self,
        sql: &str,
        params: impl Params,
    ) -> Result<Option<i64>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let found = statement.query_row(params, |row| row.get(0)).optional()?;
        Ok(found.flatten())
    }

    /// Of a `sql` that selects one place, if there is one.
    pub(super) fn place_of(
        &self,
        sql: &str,
        params: impl Params,
    ) -> Result<Option<Place>, StoreError> {
        Ok(self.number_of(sql, params)?.map(Place))
    }

    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<(), StoreError> {
        self.0.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }
}

impl Session for SqliteSession {
    type Place = PathBuf;

    fn open(path: &PathBuf) -> Result<Self, StoreError> {
        schema::connect(path).map(Self)
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        schema::prepare(self)
    }

    fn snapshot(&self) -> Result<(), StoreError> {
        self.run("BEGIN", [])
    }

    fn release(&self) -> Result<(), StoreError> {
        self.run("COMMIT", [])
    }
}
