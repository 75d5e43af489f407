//! ITI-20 one page from SQLite: the stretch of the rarest term, each record of it that has the other
//! terms as well.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::{integer, number};
use crate::store::plan::{Plan, SAMPLE};
use crate::store::{Order, Search, StoredRecord, body};

/// Behind one key and before another.
const STRETCH: &str = "p.term = ?1 AND (p.time, p.sequence) > (?2, ?3) \
                       AND (p.time, p.sequence) < (?4, ?5)";

pub(super) fn search(
    connection: &Connection,
    search: &Search,
) -> rusqlite::Result<Vec<StoredRecord>> {
    let mut plan = Plan::of(search);
    if plan.is_empty() {
        return Ok(Vec::new());
    }
    if plan.order == Order::Arrival {
        return arrived(connection, search);
    }
    if plan.terms.len() > 1 {
        let counts: rusqlite::Result<Vec<usize>> = plan
            .terms
            .iter()
            .map(|term| sample(connection, &plan, *term))
            .collect();
        plan.rarest_first(&counts?);
    }
    let (sql, values) = statement(&plan);
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map(params_from_iter(values), record)?;
    let found = rows.filter_map(Result::transpose);
    let found =
        found.filter(|one| one.as_ref().is_ok_and(|one| search.matches(one)) || one.is_err());
    found.collect()
}

/// How many records a term has there, up to a number.
fn sample(connection: &Connection, plan: &Plan, term: i64) -> rusqlite::Result<usize> {
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM posting p WHERE {STRETCH} LIMIT ?6)");
    let (above, below) = (plan.above, plan.below);
    let values = params![term, above.0, above.1, below.0, below.1, SAMPLE as i64];
    let count: i64 = connection
        .prepare_cached(&sql)?
        .query_row(values, |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn statement(plan: &Plan) -> (String, Vec<Value>) {
    let (above, below) = (plan.above, plan.below);
    let first = plan.terms.first().copied().unwrap_or_default();
    let mut values: Vec<Value> = [first, above.0, above.1, below.0, below.1]
        .map(Value::from)
        .into();
    let mut also = String::new();
    for term in plan.terms.iter().skip(1) {
        values.push(Value::from(*term));
        also.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM posting q WHERE q.term = ?{} \
             AND q.time = p.time AND q.sequence = p.sequence)",
            values.len()
        ));
    }
    values.push(Value::from(integer(plan.limit as u64)));
    let way = if plan.order == Order::NewestFirst {
        "DESC"
    } else {
        "ASC"
    };
    let sql = format!(
        "SELECT r.sequence, r.body FROM posting p CROSS JOIN record r ON r.sequence = p.sequence \
         WHERE {STRETCH}{also} ORDER BY p.time {way}, p.sequence {way} LIMIT ?{}",
        values.len()
    );
    (sql, values)
}

/// What came after the cursor, in the order of the trail.
fn arrived(connection: &Connection, search: &Search) -> rusqlite::Result<Vec<StoredRecord>> {
    let after = search.after.map_or(0, |after| after.sequence);
    let sql = "SELECT sequence, body FROM record WHERE sequence > ?1 ORDER BY sequence";
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map([integer(after)], record)?;
    let mut found = Vec::new();
    for row in rows {
        found.extend(row?.filter(|record| search.matches(record)));
        if found.len() >= search.limit() {
            break;
        }
    }
    Ok(found)
}

fn record(row: &Row<'_>) -> rusqlite::Result<Option<StoredRecord>> {
    let bytes = row.get_ref(1)?.as_blob()?;
    Ok(body::decode(number(row.get(0)?), bytes))
}
