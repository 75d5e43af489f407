//! The engine's verbs as SQL, inside the writer's transaction.

use std::collections::BTreeSet;

use hl7v2::datatype::Cx;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::failed;
use super::read::{COLUMNS, cx, demographics};
use crate::PatientRecord;
use crate::store::engine::{Link, Rows};
use crate::store::{StoreError, authority_key};

type Result<T> = std::result::Result<T, StoreError>;

/// A transaction as the engine sees it.
pub(super) struct SqliteRows<'c> {
    connection: &'c Connection,
}

impl<'c> SqliteRows<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        SqliteRows { connection }
    }

    pub(super) fn last_change(&self) -> Result<u64> {
        let last = self.one("SELECT max(number) FROM change", [], |row| {
            row.get::<_, Option<i64>>(0)
        })?;
        Ok(number(last.flatten().unwrap_or(0)))
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<()> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.execute(params).map_err(failed)?;
        Ok(())
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.query_row(params, read).optional().map_err(failed)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement
            .query_map(params, read)
            .and_then(Iterator::collect)
            .map_err(failed)
    }

    fn inserted(&self) -> u64 {
        number(self.connection.last_insert_rowid())
    }
}

fn number(row: i64) -> u64 {
    row.unsigned_abs()
}

fn row(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn link_of(kind: i64) -> Link {
    if kind == Link::Explicit as i64 {
        Link::Explicit
    } else {
        Link::Matched
    }
}

impl Rows for SqliteRows<'_> {
    fn find(&mut self, id: &Cx) -> Result<Option<u64>> {
        let sql = "SELECT number FROM identity WHERE authority = ?1 AND value = ?2";
        let found = self.one(
            sql,
            params![authority_key(&id.assigning_authority), id.id],
            |r| r.get::<_, i64>(0),
        )?;
        Ok(found.map(number))
    }

    fn insert(&mut self, id: &Cx, record: &PatientRecord) -> Result<u64> {
        let sql = "INSERT INTO identity (authority, value, id, names, mother_maiden_name, \
                   birth_date, sex, address, phone_home, phone_business, account_number, ssn, \
                   driver_license, birth_order) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let authority = authority_key(&id.assigning_authority);
        let mut values = vec![
            authority,
            id.id.clone(),
            id.to_string(),
            record.names_text(),
        ];
        values.extend(record.texts().into_iter().cloned());
        self.run(sql, rusqlite::params_from_iter(values))?;
        Ok(self.inserted())
    }

    fn demographics(&mut self, identity: u64) -> Result<PatientRecord> {
        let sql = format!("SELECT {COLUMNS} FROM identity WHERE number = ?1");
        Ok(self
            .one(&sql, [row(identity)], demographics)?
            .unwrap_or_default())
    }

    fn update(&mut self, identity: u64, record: &PatientRecord) -> Result<()> {
        let sql = "UPDATE identity SET names = ?1, mother_maiden_name = ?2, birth_date = ?3, \
                   sex = ?4, address = ?5, phone_home = ?6, phone_business = ?7, \
                   account_number = ?8, ssn = ?9, driver_license = ?10, birth_order = ?11 \
                   WHERE number = CAST(?12 AS INTEGER)";
        let mut values = vec![record.names_text()];
        values.extend(record.texts().into_iter().cloned());
        values.push(identity.to_string());
        self.run(sql, rusqlite::params_from_iter(values))
    }

    fn remove(&mut self, identity: u64) -> Result<()> {
        let identity = row(identity);
        self.run("DELETE FROM match_key WHERE identity = ?1", [identity])?;
        let sql = "DELETE FROM link WHERE b = ?1 AND a IN (SELECT b FROM link WHERE a = ?1)";
        self.run(sql, [identity])?;
        self.run("DELETE FROM link WHERE a = ?1", [identity])?;
        self.run("DELETE FROM identity WHERE number = ?1", [identity])
    }

    fn retired(&mut self, id: &Cx) -> Result<Option<Cx>> {
        let sql = "SELECT survivor FROM retired WHERE authority = ?1 AND value = ?2";
        let found = self.one(
            sql,
            params![authority_key(&id.assigning_authority), id.id],
            |r| r.get::<_, String>(0),
        )?;
        Ok(found.map(|text| cx(&text)))
    }

    fn retire(&mut self, id: &Cx, survivor: &Cx) -> Result<()> {
        let sql = "INSERT INTO retired (authority, value, survivor) VALUES (?1, ?2, ?3) \
                   ON CONFLICT DO UPDATE SET survivor = excluded.survivor";
        let authority = authority_key(&id.assigning_authority);
        self.run(sql, params![authority, id.id, survivor.to_string()])
    }

    fn unretire(&mut self, id: &Cx) -> Result<()> {
        let sql = "DELETE FROM retired WHERE authority = ?1 AND value = ?2";
        self.run(sql, params![authority_key(&id.assigning_authority), id.id])
    }

    fn set_keys(&mut self, identity: u64, keys: &[String]) -> Result<()> {
        self.run("DELETE FROM match_key WHERE identity = ?1", [row(identity)])?;
        let sql = "INSERT OR IGNORE INTO match_key (key, identity) VALUES (?1, ?2)";
        keys.iter()
            .try_for_each(|key| self.run(sql, params![key, row(identity)]))
    }

    fn candidates(&mut self, key: &str, limit: usize) -> Result<Vec<u64>> {
        let sql = "SELECT identity FROM match_key WHERE key = ?1 ORDER BY identity LIMIT ?2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.all(sql, params![key, limit], |r| r.get::<_, i64>(0))?;
        Ok(found.into_iter().map(number).collect())
    }

    fn links(&mut self, identity: u64) -> Result<Vec<(u64, Link)>> {
        let sql = "SELECT b, kind FROM link WHERE a = ?1";
        self.all(sql, [row(identity)], |r| {
            Ok((number(r.get(0)?), link_of(r.get(1)?)))
        })
    }

    fn link(&mut self, a: u64, b: u64, link: Link) -> Result<()> {
        let sql = "INSERT INTO link (a, b, kind) VALUES (?1, ?2, ?3), (?2, ?1, ?3) \
                   ON CONFLICT DO UPDATE SET kind = max(kind, excluded.kind)";
        self.run(sql, params![row(a), row(b), link as i64])
    }

    fn unlink_matched(&mut self, identity: u64) -> Result<()> {
        let sql = "DELETE FROM link WHERE kind = 1 AND b = ?1 \
                   AND a IN (SELECT b FROM link WHERE a = ?1 AND kind = 1)";
        self.run(sql, [row(identity)])?;
        self.run(
            "DELETE FROM link WHERE a = ?1 AND kind = 1",
            [row(identity)],
        )
    }

    fn person(&mut self, identity: u64) -> Result<u64> {
        let sql = "SELECT person FROM identity WHERE number = ?1";
        Ok(self
            .one(sql, [row(identity)], |r| r.get::<_, i64>(0))?
            .map_or(0, number))
    }

    fn set_person(&mut self, identity: u64, person: u64) -> Result<()> {
        let sql = "UPDATE identity SET person = ?2 WHERE number = ?1";
        self.run(sql, [row(identity), row(person)])
    }

    fn members(&mut self, person: u64) -> Result<BTreeSet<u64>> {
        let sql = "SELECT number FROM identity WHERE person = ?1";
        let found = self.all(sql, [row(person)], |r| r.get::<_, i64>(0))?;
        Ok(found.into_iter().map(number).collect())
    }

    fn new_person(&mut self) -> Result<u64> {
        self.run("INSERT INTO person DEFAULT VALUES", [])?;
        Ok(self.inserted())
    }

    fn log_change(&mut self, person: u64) -> Result<()> {
        self.run("INSERT INTO change (person) VALUES (?1)", [row(person)])
    }
}
