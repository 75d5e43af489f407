//! From schema 1, which looked for identities in the file, to rows.

use std::collections::BTreeMap;

use hl7v2::Separators;
use hl7v2::datatype::{Cx, Hd};
use rusqlite::{Connection, Row, Transaction, params};

use super::failed;
use crate::store::{StoreError, authority_key};

type Result<T> = std::result::Result<T, StoreError>;

/// Domains in the order in which they are first met.
#[derive(Default)]
struct Domains(Vec<(String, Hd)>);

impl Domains {
    fn number(&mut self, authority: &Hd) -> i64 {
        let key = authority_key(authority);
        let known = self.0.iter().position(|(one, _)| *one == key);
        let place = known.unwrap_or_else(|| {
            self.0.push((key, authority.clone()));
            self.0.len() - 1
        });
        i64::try_from(place).unwrap_or(i64::MAX)
    }
}

/// Moves the rows of schema 1 and drops its tables.
pub(super) fn rows(step: &Transaction<'_>) -> Result<()> {
    let mut domains = Domains::default();
    let rows = identities(step, &mut domains)?;
    retired(step, &mut domains, rows.len())?;
    for (number, (_, authority)) in (0_i64..).zip(&domains.0) {
        let sql = "INSERT INTO domain (number, authority) VALUES (?1, ?2)";
        run(step, sql, params![number, authority.to_string()])?;
    }
    bonds(step, &rows)?;
    changes(step, &rows)?;
    let old = "DROP TABLE identity; DROP TABLE person; DROP TABLE match_key; DROP TABLE link; \
               DROP TABLE retired; DROP TABLE change;";
    step.execute_batch(old).map_err(failed)
}

/// The new row of each old number, and its person's oldest row.
type Moved = BTreeMap<i64, (i64, i64)>;

fn identities(step: &Transaction<'_>, domains: &mut Domains) -> Result<Moved> {
    let sql = "SELECT number, id, person, names, mother_maiden_name, birth_date, sex, address, \
               phone_home, phone_business, account_number, ssn, driver_license, birth_order \
               FROM identity ORDER BY number";
    let mut select = step.prepare(sql).map_err(failed)?;
    let mut found = select.query([]).map_err(failed)?;
    let (mut moved, mut oldest) = (Moved::new(), BTreeMap::new());
    while let Some(old) = found.next().map_err(failed)? {
        let row = i64::try_from(moved.len()).unwrap_or(i64::MAX);
        let person = *oldest.entry(get::<i64>(old, 2)?).or_insert(row);
        let id = cx(&get::<String>(old, 1)?);
        let fields: Vec<String> = (3..14).map(|n| get(old, n)).collect::<Result<_>>()?;
        let sql = "INSERT INTO identity_row (row, domain, id, standing, person, record) \
                   VALUES (?1, ?2, ?3, 0, ?4, ?5)";
        let domain = domains.number(&id.assigning_authority);
        run(
            step,
            sql,
            params![row, domain, id.id, person, fields.join("|")],
        )?;
        moved.insert(get(old, 0)?, (row, person));
    }
    Ok(moved)
}

/// Ids merged away get rows of their own. One whose survivor is not there any more has no successor.
fn retired(step: &Transaction<'_>, domains: &mut Domains, first: usize) -> Result<()> {
    let mut select = step
        .prepare("SELECT authority, value, survivor FROM retired ORDER BY authority, value")
        .map_err(failed)?;
    let mut found = select.query([]).map_err(failed)?;
    let mut row = i64::try_from(first).unwrap_or(i64::MAX);
    let mut successors = Vec::new();
    while let Some(old) = found.next().map_err(failed)? {
        let survivor = cx(&get::<String>(old, 2)?);
        let domain = domains.number(&survivor.assigning_authority);
        let sql = "INSERT INTO identity_row (row, domain, id, standing, person, record) \
                   VALUES (?1, ?2, ?3, 2, ?1, '||||||||||')";
        run(step, sql, params![row, domain, get::<String>(old, 1)?])?;
        successors.push((row, domain, survivor.id));
        row += 1;
    }
    let sql = "UPDATE identity_row SET successor = (SELECT row FROM identity_row AS to_row \
               WHERE to_row.domain = ?2 AND to_row.id = ?3) WHERE row = ?1";
    let one = |(row, domain, id): &(i64, i64, String)| run(step, sql, params![row, domain, id]);
    step.execute_batch("CREATE INDEX migration ON identity_row (domain, id)")
        .map_err(failed)?;
    successors.iter().try_for_each(one)?;
    step.execute_batch("DROP INDEX migration").map_err(failed)
}

/// Explicit links stay facts. Matched ones are made anew when demographics change; the persons stay as they were.
fn bonds(step: &Transaction<'_>, rows: &Moved) -> Result<()> {
    let mut select = step
        .prepare("SELECT a, b FROM link WHERE kind = 2 AND a < b")
        .map_err(failed)?;
    let mut found = select.query([]).map_err(failed)?;
    while let Some(old) = found.next().map_err(failed)? {
        let row = |n| Ok::<_, StoreError>(rows.get(&get(old, n)?).map(|(row, _)| *row));
        if let (Some(a), Some(b)) = (row(0)?, row(1)?) {
            let sql = "INSERT INTO bond (a, b, kind) VALUES (?1, ?2, 1)";
            run(step, sql, params![a.min(b), a.max(b)])?;
        }
    }
    Ok(())
}

/// Changes keep their numbers: others have written down how far they have read.
fn changes(step: &Transaction<'_>, rows: &Moved) -> Result<()> {
    let sql = "SELECT change.number, min(identity.number) FROM change \
               JOIN identity ON identity.person = change.person GROUP BY change.number";
    let mut select = step.prepare(sql).map_err(failed)?;
    let mut found = select.query([]).map_err(failed)?;
    while let Some(old) = found.next().map_err(failed)? {
        if let Some((row, _)) = rows.get(&get(old, 1)?) {
            let sql = "INSERT INTO set_change (number, row) VALUES (?1, ?2)";
            run(step, sql, params![get::<i64>(old, 0)?, row])?;
        }
    }
    // A last change of nobody's set still counts, so that numbers go on rising.
    let sql = "INSERT OR IGNORE INTO set_change (number, row) \
               SELECT max(number), 0 FROM change HAVING max(number) IS NOT NULL";
    run(step, sql, [])
}

fn run(step: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<()> {
    let mut statement = step.prepare_cached(sql).map_err(failed)?;
    statement.execute(params).map(drop).map_err(failed)
}

fn get<T: rusqlite::types::FromSql>(row: &Row<'_>, column: usize) -> Result<T> {
    row.get(column).map_err(failed)
}

fn cx(text: &str) -> Cx {
    Cx::parse(text, &Separators::DEFAULT)
}
