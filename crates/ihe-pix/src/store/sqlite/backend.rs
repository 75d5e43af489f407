//! What the writer does with the file.

use chrono::{DateTime, Utc};
use hl7v2::Separators;
use hl7v2::datatype::Hd;
use rusqlite::{
    Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior, params,
};

use super::failed;
use crate::PatientRecord;
use crate::matching::Features;
use crate::store::codes;
use crate::store::codes::{
    bond_code, bond_of, record_of, record_text, standing_code, standing_of, state_code, state_of,
};
use crate::store::engine::{Entry, Pair, Records, Stored, Write};
use crate::store::identities::Backend;
use crate::store::{Note, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// The writer's connection.
pub(super) struct Writer {
    pub(super) connection: Connection,
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

    fn commit(&mut self, writes: &[Write]) -> Result<()> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self
            .connection
            .transaction_with_behavior(behavior)
            .map_err(failed)?;
        for write in writes {
            keep(&transaction, write)?;
        }
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

fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    statement.execute(params).map(drop).map_err(failed)
}

fn keep(to: &Connection, write: &Write) -> Result<()> {
    match write {
        Write::Domain { number, authority } => run(
            to,
            "INSERT INTO domain (number, authority) VALUES (?1, ?2)",
            params![number, authority.to_string()],
        ),
        Write::Identity { .. } => keep_identity(to, write),
        Write::Record {
            row,
            record,
            features,
        } => run(
            to,
            "UPDATE identity_row SET record = ?2, features = ?3 WHERE row = ?1",
            params![row, record_text(record), features.to_bytes()],
        ),
        Write::Standing {
            row,
            standing,
            successor,
        } => run(
            to,
            "UPDATE identity_row SET standing = ?2, successor = ?3, person = ?1 WHERE row = ?1",
            params![row, standing_code(*standing), successor],
        ),
        Write::Person { row, person } => run(
            to,
            "UPDATE identity_row SET person = ?2 WHERE row = ?1",
            params![row, person],
        ),
        Write::Entry(entry) => keep_entry(to, entry),
        Write::Change { number, row } => run(
            to,
            "INSERT INTO set_change (number, row) VALUES (?1, ?2)",
            params![number, row],
        ),
        Write::Note { note, now } => keep_note(to, note, *now),
        Write::NoNote { kind, key } => run(
            to,
            "DELETE FROM note WHERE kind = ?1 AND key = ?2",
            params![kind, key],
        ),
        Write::Bond { .. } | Write::Review { .. } | Write::Decided { .. } => keep_rare(to, write),
    }
}

fn keep_identity(to: &Connection, write: &Write) -> Result<()> {
    let Write::Identity {
        row,
        domain,
        id,
        record,
        features,
        standing,
        person,
    } = write
    else {
        return Ok(());
    };
    let sql = "INSERT INTO identity_row (row, domain, id, standing, person, record, features) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET \
               standing = excluded.standing, successor = NULL, person = excluded.person, \
               record = excluded.record, features = excluded.features";
    let standing = standing_code(*standing);
    let (record, features) = (record_text(record), features.to_bytes());
    run(
        to,
        sql,
        params![row, domain, id, standing, person, record, features],
    )
}

fn keep_entry(to: &Connection, entry: &Entry) -> Result<()> {
    let sql = "INSERT INTO entry (number, row, previous, other, other_previous, at, who, why, \
               kind, score) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (kind, other, score) = codes::happened_code(&entry.happened);
    run(
        to,
        sql,
        params![
            entry.number,
            entry.row,
            entry.previous,
            other,
            entry.other_previous,
            entry.at.timestamp_millis(),
            entry.by.who,
            entry.by.why,
            kind,
            score
        ],
    )
}

fn keep_note(to: &Connection, note: &Note, now: DateTime<Utc>) -> Result<()> {
    // A kind that stays may be large: it is not searched for what has expired.
    if note.expires.is_some() {
        let sql = "DELETE FROM note WHERE kind = ?1 AND expires < ?2";
        run(to, sql, params![note.kind, now.timestamp_millis()])?;
    }
    let sql = "INSERT INTO note (kind, key, value, expires) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT DO UPDATE SET value = excluded.value, expires = excluded.expires";
    let expires = note.expires.map(|end| end.timestamp_millis());
    run(to, sql, params![note.kind, note.key, note.value, expires])
}

fn keep_rare(to: &Connection, write: &Write) -> Result<()> {
    match write {
        Write::Bond {
            pair,
            bond: Some(bond),
        } => run(
            to,
            "INSERT INTO bond (a, b, kind) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET kind = excluded.kind",
            params![pair.a, pair.b, bond_code(*bond)],
        ),
        Write::Bond { pair, bond: None } => run(
            to,
            "DELETE FROM bond WHERE a = ?1 AND b = ?2",
            params![pair.a, pair.b],
        ),
        Write::Review {
            number,
            pair,
            score,
            at,
        } => run(
            to,
            "INSERT INTO review (number, a, b, score, at, state) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
            params![number, pair.a, pair.b, score, at.timestamp_millis()],
        ),
        Write::Decided { number, state } => run(
            to,
            "UPDATE review SET state = ?2 WHERE number = ?1",
            params![number, state_code(*state)],
        ),
        _ => Ok(()),
    }
}
