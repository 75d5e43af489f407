//! A connection that is used from threads which may block.

use super::super::StoreError;
use super::super::database::Session;
use super::super::rows::Place;
use super::announced::Announced;
use super::config::failed;
use super::schema;
use std::cell::RefCell;
use std::collections::HashMap;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

/// Values of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection with a runtime of its own, which runs while somebody waits for an answer.
pub(crate) struct PostgresSession {
    config: Config,
    /// There until it is dropped.
    runtime: Option<Runtime>,
    client: Client,
    statements: RefCell<HashMap<&'static str, Statement>>,
    pub(super) announced: RefCell<Announced>,
}

impl PostgresSession {
    fn wait<T>(
        &self,
        future: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, StoreError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(future).map_err(failed),
            None => Err(StoreError::Failed("the connection is closed".into())),
        }
    }

    fn prepared(&self, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.wait(self.client.prepare(sql))?;
        self.statements.borrow_mut().insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn rows(
        &self,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepared(sql)?;
        self.wait(self.client.query(&statement, values))
    }

    pub(super) fn run(&self, sql: &'static str, values: Values<'_>) -> Result<(), StoreError> {
        let statement = self.prepared(sql)?;
        self.wait(self.client.execute(&statement, values)).map(drop)
    }

    /// Several statements without values.
    pub(super) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.wait(self.client.batch_execute(sql))
    }

    /// Of a `sql` that selects one number, if there is one.
    pub(super) fn number_of(
        &self,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Option<i64>, StoreError> {
        match self.rows(sql, values)?.first() {
            Some(row) => row.try_get(0).map_err(failed),
            None => Ok(None),
        }
    }

    /// Of a `sql` that selects one place, if there is one.
    pub(super) fn place_of(
        &self,
        sql: &'static str,
        values: Values<'_>,
    ) -> Result<Option<Place>, StoreError> {
        Ok(self.number_of(sql, values)?.map(Place))
    }

    /// The same place, connected anew.
    pub(super) fn reconnect(&mut self) -> Result<(), StoreError> {
        *self = Self::open(&self.config)?;
        Ok(())
    }
}

impl Session for PostgresSession {
    type Place = Config;

    fn open(config: &Config) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connected = runtime.block_on(config.connect(NoTls));
        let (client, connection) = connected.map_err(failed)?;
        runtime.spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %failed(error), "connection of the registry store ended");
            }
        });
        let session = Self {
            config: config.clone(),
            runtime: Some(runtime),
            client,
            statements: RefCell::default(),
            announced: RefCell::default(),
        };
        schema::settings(&session)?;
        Ok(session)
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        schema::prepare(self)
    }

    fn snapshot(&self) -> Result<(), StoreError> {
        self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn release(&self) -> Result<(), StoreError> {
        self.batch("COMMIT")
    }
}

impl Drop for PostgresSession {
    /// A runtime must not be waited for where waiting is not allowed.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
