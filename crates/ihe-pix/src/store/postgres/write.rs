//! Writing a group, table by table, with one statement to a table.

use std::collections::HashMap;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement, Transaction};

use super::Result;
use super::session::failed;
use crate::store::batch::Batch;
use crate::store::codes::{bond_code, happened_code, standing_code, state_code};

/// Statements of one session, prepared when they are first needed.
#[derive(Default)]
pub(super) struct Statements(HashMap<&'static str, Statement>);

impl Statements {
    pub(super) async fn prepared(
        &mut self,
        client: &Client,
        sql: &'static str,
    ) -> Result<Statement> {
        if let Some(known) = self.0.get(sql) {
            return Ok(known.clone());
        }
        let statement = client.prepare(sql).await.map_err(failed)?;
        self.0.insert(sql, statement.clone());
        Ok(statement)
    }
}

/// A transaction and the statements of its session.
struct Step<'a> {
    client: &'a Client,
    statements: &'a mut Statements,
}

impl Step<'_> {
    /// Runs a statement whose parameters are columns, unless they are empty.
    async fn columns<T>(
        &mut self,
        sql: &'static str,
        first: &[T],
        others: &[&(dyn ToSql + Sync)],
    ) -> Result<()>
    where
        for<'b> &'b [T]: ToSql,
        T: Sync,
    {
        if first.is_empty() {
            return Ok(());
        }
        let statement = self.statements.prepared(self.client, sql).await?;
        let mut columns: Vec<&(dyn ToSql + Sync)> = vec![&first];
        columns.extend(others);
        let done = self.client.execute(&statement, &columns).await;
        done.map(drop).map_err(failed)
    }
}

pub(super) async fn keep(
    to: &Transaction<'_>,
    statements: &mut Statements,
    batch: &Batch,
) -> Result<()> {
    let client = to.client();
    let mut step = Step { client, statements };
    let to = &mut step;
    keep_domains(to, batch).await?;
    keep_rows(to, batch).await?;
    keep_what_changed(to, batch).await?;
    keep_bonds(to, batch).await?;
    keep_reviews(to, batch).await?;
    keep_entries(to, batch).await?;
    keep_changes(to, batch).await?;
    keep_notes(to, batch).await
}

/// One column of what these have.
fn column<'a, T, V>(of: impl IntoIterator<Item = &'a T>, value: impl Fn(&'a T) -> V) -> Vec<V>
where
    T: 'a,
{
    of.into_iter().map(value).collect()
}

async fn keep_domains(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO domain (number, authority) SELECT * FROM unnest($1::int[], $2::bytea[])";
    let numbers = column(&batch.domains, |(number, _)| i32::from(*number));
    let authorities = column(&batch.domains, |(_, hd)| hd.to_string().into_bytes());
    to.columns(sql, &numbers, &[&authorities]).await
}

async fn keep_rows(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO identity_row (row, domain, id, standing, successor, person, record, \
               features) SELECT * FROM unnest($1::bigint[], $2::int[], $3::bytea[], \
               $4::smallint[], $5::bigint[], $6::bigint[], $7::bytea[], $8::bytea[]) \
               ON CONFLICT (row) DO UPDATE SET \
               standing = excluded.standing, successor = excluded.successor, \
               person = excluded.person, record = excluded.record, features = excluded.features";
    let rows = column(batch.rows.keys(), |row| i64::from(*row));
    let of = || batch.rows.values();
    let domains = column(of(), |row| i32::from(row.domain));
    let ids = column(of(), |row| row.id.as_bytes());
    let standings = column(of(), |row| standing_code(row.standing));
    let successors = column(of(), |row| row.successor.map(i64::from));
    let persons = column(of(), |row| i64::from(row.person));
    let records = column(of(), |row| row.demographics.record.as_bytes());
    let features = column(of(), |row| row.demographics.features.as_slice());
    to.columns(
        sql,
        &rows,
        &[
            &domains,
            &ids,
            &standings,
            &successors,
            &persons,
            &records,
            &features,
        ],
    )
    .await
}

/// Of rows that were there before.
async fn keep_what_changed(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "UPDATE identity_row SET record = new.record, features = new.features \
               FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS new (row, record, features) \
               WHERE identity_row.row = new.row";
    let rows = column(batch.records.keys(), |row| i64::from(*row));
    let records = column(batch.records.values(), |text| text.record.as_bytes());
    let features = column(batch.records.values(), |text| text.features.as_slice());
    to.columns(sql, &rows, &[&records, &features]).await?;
    let sql = "UPDATE identity_row SET standing = new.standing, successor = new.successor, \
               person = new.row \
               FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) \
               AS new (row, standing, successor) WHERE identity_row.row = new.row";
    let rows = column(batch.standings.keys(), |row| i64::from(*row));
    let standings = column(batch.standings.values(), |(to, _)| standing_code(*to));
    let successors = column(batch.standings.values(), |(_, one)| one.map(i64::from));
    to.columns(sql, &rows, &[&standings, &successors]).await?;
    let sql = "UPDATE identity_row SET person = new.person \
               FROM unnest($1::bigint[], $2::bigint[]) AS new (row, person) \
               WHERE identity_row.row = new.row";
    let rows = column(batch.persons.keys(), |row| i64::from(*row));
    let persons = column(batch.persons.values(), |person| i64::from(*person));
    to.columns(sql, &rows, &[&persons]).await
}

async fn keep_bonds(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO bond (a, b, kind) \
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[]) \
               ON CONFLICT (a, b) DO UPDATE SET kind = excluded.kind";
    let bonds = batch.bonds.iter();
    let stated: Vec<_> = bonds
        .filter_map(|(pair, bond)| Some((pair, bond_code((*bond)?))))
        .collect();
    let a = column(&stated, |(pair, _)| i64::from(pair.a));
    let b = column(&stated, |(pair, _)| i64::from(pair.b));
    let kinds = column(&stated, |(_, kind)| *kind);
    to.columns(sql, &a, &[&b, &kinds]).await?;
    let sql = "DELETE FROM bond USING unnest($1::bigint[], $2::bigint[]) AS gone (a, b) \
               WHERE bond.a = gone.a AND bond.b = gone.b";
    let gone = batch.bonds.iter().filter(|(_, bond)| bond.is_none());
    let (a, b): (Vec<i64>, Vec<i64>) = gone
        .map(|(pair, _)| (i64::from(pair.a), i64::from(pair.b)))
        .unzip();
    to.columns(sql, &a, &[&b]).await
}

async fn keep_reviews(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO review (number, a, b, score, at, state) SELECT *, 0 \
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::real[], $5::bigint[])";
    let of = || &batch.reviews;
    let numbers = column(of(), |review| review.number.cast_signed());
    let a = column(of(), |review| i64::from(review.pair.a));
    let b = column(of(), |review| i64::from(review.pair.b));
    let scores = column(of(), |review| review.score);
    let times = column(of(), |review| review.at.timestamp_millis());
    to.columns(sql, &numbers, &[&a, &b, &scores, &times])
        .await?;
    let sql = "UPDATE review SET state = new.state \
               FROM unnest($1::bigint[], $2::smallint[]) AS new (number, state) \
               WHERE review.number = new.number";
    let numbers = column(batch.decided.keys(), |number| number.cast_signed());
    let states = column(batch.decided.values(), |state| state_code(*state));
    to.columns(sql, &numbers, &[&states]).await
}

async fn keep_entries(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO entry (number, row, previous, other, other_previous, at, who, why, \
               kind, score) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], \
               $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[], $8::bytea[], \
               $9::smallint[], $10::real[])";
    let of = || &batch.entries;
    let code = |entry: &crate::store::engine::Entry| happened_code(&entry.happened);
    let numbers = column(of(), |entry| i64::from(entry.number));
    let rows = column(of(), |entry| i64::from(entry.row));
    let previous = column(of(), |entry| i64::from(entry.previous));
    let others = column(of(), |entry| code(entry).1.map(i64::from));
    let other_previous = column(of(), |entry| i64::from(entry.other_previous));
    let times = column(of(), |entry| entry.at.timestamp_millis());
    let who = column(of(), |entry| entry.by.who.as_bytes());
    let why = column(of(), |entry| entry.by.why.as_bytes());
    let kinds = column(of(), |entry| code(entry).0);
    let scores = column(of(), |entry| code(entry).2);
    to.columns(
        sql,
        &numbers,
        &[
            &rows,
            &previous,
            &others,
            &other_previous,
            &times,
            &who,
            &why,
            &kinds,
            &scores,
        ],
    )
    .await
}

async fn keep_changes(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "INSERT INTO set_change (number, row) \
               SELECT * FROM unnest($1::bigint[], $2::bigint[])";
    let numbers = column(&batch.changes, |(number, _)| number.cast_signed());
    let rows = column(&batch.changes, |(_, row)| i64::from(*row));
    to.columns(sql, &numbers, &[&rows]).await
}

async fn keep_notes(to: &mut Step<'_>, batch: &Batch) -> Result<()> {
    let sql = "DELETE FROM note USING unnest($1::text[], $2::bigint[]) AS old (kind, time) \
               WHERE note.kind = old.kind AND note.expires < old.time";
    let kinds = column(batch.expired.keys(), |kind| *kind);
    let times = column(batch.expired.values(), |now| now.timestamp_millis());
    to.columns(sql, &kinds, &[&times]).await?;
    let sql = "INSERT INTO note (kind, key, value, expires) \
               SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bigint[]) \
               ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, \
               expires = excluded.expires";
    let notes = batch.notes.iter();
    let kept: Vec<_> = notes
        .filter_map(|((kind, key), kept)| Some((*kind, key.as_bytes(), kept.as_ref()?)))
        .collect();
    let kinds = column(&kept, |(kind, _, _)| *kind);
    let keys = column(&kept, |(_, key, _)| *key);
    let values = column(&kept, |(_, _, note)| note.value.as_slice());
    let expires = column(&kept, |(_, _, note)| {
        note.expires.map(|end| end.timestamp_millis())
    });
    to.columns(sql, &kinds, &[&keys, &values, &expires]).await?;
    let sql = "DELETE FROM note USING unnest($1::text[], $2::bytea[]) AS gone (kind, key) \
               WHERE note.kind = gone.kind AND note.key = gone.key";
    let gone = batch.notes.iter().filter(|(_, kept)| kept.is_none());
    let (kinds, keys): (Vec<&str>, Vec<&[u8]>) =
        gone.map(|((kind, key), _)| (*kind, key.as_bytes())).unzip();
    to.columns(sql, &kinds, &[&keys]).await
}
