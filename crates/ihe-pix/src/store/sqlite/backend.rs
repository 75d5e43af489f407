//! What the writer does with the file.

use hl7v2::Separators;
use hl7v2::datatype::Hd;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::lock::Lock;
use super::write::run;
use super::{failed, write};
use crate::PatientRecord;
use crate::matching::Features;
use crate::store::StoreError;
use crate::store::batch::Batch;
use crate::store::codes::{bond_of, record_of, standing_of, state_of};
use crate::store::engine::{Pair, Records, Stored, Write};
use crate::store::identities::Backend;

type Result<T> = std::result::Result<T, StoreError>;

/// The writer's connection.
pub(super) struct Writer {
    pub(super) connection: Connection,
    /// Held as long as the connection.
    pub(super) _alone: Lock,
}

impl Records for Writer {
    fn record(&mut self, row: u32) -> Result<PatientRecord> {
        let sql = "SELECT record FROM identity_row WHERE row = ?1";
        let mut select = self.connection.prepare_cached(sql).map_err(failed)?;
        let text = select
            .query_row([row], |row| row.get::<_, String>(0))
            .optional()
            .map_err(failed)?;
        Ok(record_of(&text.unwrap_or_default()))
    }
}

impl Backend for Writer {
    fn load(&mut self, take: &mut dyn FnMut(Stored) -> Result<()>) -> Result<()> {
        self.renew_features()?;
        let all = &self.connection;
        each(
            all,
            "SELECT number, authority FROM domain ORDER BY number",
            domain,
            take,
        )?;
        let sql = "SELECT row, domain, id, standing, successor, person, features \
                   FROM identity_row ORDER BY row";
        each(all, sql, identity, take)?;
        each(all, "SELECT a, b, kind FROM bond", bond, take)?;
        each(all, "SELECT number, a, b, state FROM review", review, take)?;
        each(
            all,
            "SELECT number, row, other FROM entry ORDER BY number",
            entry,
            take,
        )?;
        let sql = "SELECT max(number) FROM set_change HAVING max(number) IS NOT NULL";
        each(all, sql, |row| Ok(Stored::LastChange(row.get(0)?)), take)
    }

    fn commit(&mut self, writes: Vec<Write>) -> Result<()> {
        let batch = Batch::of(writes);
        let behavior = TransactionBehavior::Immediate;
        let transaction = self
            .connection
            .transaction_with_behavior(behavior)
            .map_err(failed)?;
        write::keep(&transaction, &batch)?;
        transaction.commit().map_err(failed)
    }
}

impl Writer {
    /// Makes the features of all rows anew if they are of another version.
    fn renew_features(&mut self) -> Result<()> {
        let sql = "SELECT value FROM setting WHERE name = 'features'";
        let version = self
            .connection
            .query_row(sql, [], |row| row.get::<_, u32>(0))
            .optional()
            .map_err(failed)?;
        if version == Some(Features::VERSION) {
            return Ok(());
        }
        let step = self.connection.transaction().map_err(failed)?;
        renew(&step)?;
        let sql = "INSERT INTO setting (name, value) VALUES ('features', ?1) \
                   ON CONFLICT DO UPDATE SET value = excluded.value";
        run(&step, sql, [Features::VERSION])?;
        step.commit().map_err(failed)
    }
}

fn renew(step: &Transaction<'_>) -> Result<()> {
    let mut select = step
        .prepare("SELECT row, record FROM identity_row")
        .map_err(failed)?;
    let mut rows = select.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let text: String = row.get(1).map_err(failed)?;
        let features = Features::of(&record_of(&text)).to_bytes();
        let number: u32 = row.get(0).map_err(failed)?;
        let sql = "UPDATE identity_row SET features = ?2 WHERE row = ?1";
        run(step, sql, params![number, features])?;
    }
    Ok(())
}

fn each(
    connection: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<Stored>,
    take: &mut dyn FnMut(Stored) -> Result<()>,
) -> Result<()> {
    let mut select = connection.prepare(sql).map_err(failed)?;
    let mut rows = select.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        take(read(row).map_err(failed)?)?;
    }
    Ok(())
}

fn domain(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let text: String = row.get(1)?;
    Ok(Stored::Domain {
        number: row.get(0)?,
        authority: Hd::parse(&text, &Separators::DEFAULT),
    })
}

fn identity(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let features: Option<Vec<u8>> = row.get(6)?;
    let features = features.and_then(|bytes| Features::from_bytes(&bytes));
    Ok(Stored::Identity {
        row: row.get(0)?,
        domain: row.get(1)?,
        id: row.get(2)?,
        standing: standing_of(row.get(3)?),
        successor: row.get(4)?,
        person: row.get(5)?,
        features: features.unwrap_or_default(),
    })
}

fn bond(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored::Bond {
        pair: Pair::of(row.get(0)?, row.get(1)?),
        bond: bond_of(row.get(2)?),
    })
}

fn review(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored::Review {
        number: row.get(0)?,
        pair: Pair::of(row.get(1)?, row.get(2)?),
        state: state_of(row.get(3)?),
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored::Entry {
        number: row.get(0)?,
        row: row.get(1)?,
        other: row.get(2)?,
    })
}
