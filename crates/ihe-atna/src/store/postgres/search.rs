//! ITI-20 one page from PostgreSQL: as from SQLite.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row};

use super::{integer, number};
use crate::store::plan::{Plan, SAMPLE};
use crate::store::{Order, Search, StoredRecord, body};

const STRETCH: &str = "p.term = $1 AND (p.time, p.sequence) > ($2, $3) \
                       AND (p.time, p.sequence) < ($4, $5)";

pub(super) async fn search(client: &Client, search: &Search) -> Result<Vec<StoredRecord>, Error> {
    let mut plan = Plan::of(search);
    if plan.is_empty() {
        return Ok(Vec::new());
    }
    if plan.order == Order::Arrival {
        return arrived(client, search).await;
    }
    if plan.terms.len() > 1 {
        let mut counts = Vec::new();
        for term in &plan.terms {
            counts.push(sample(client, &plan, *term).await?);
        }
        plan.rarest_first(&counts);
    }
    let (sql, values) = statement(&plan);
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|one| one as _).collect();
    let mut found = Vec::new();
    for row in client.query(&sql, &values).await? {
        found.extend(record(&row)?.filter(|one| search.matches(one)));
    }
    Ok(found)
}

async fn sample(client: &Client, plan: &Plan, term: i64) -> Result<usize, Error> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM posting p WHERE {STRETCH} LIMIT {SAMPLE}) few"
    );
    let (above, below) = (plan.above, plan.below);
    let row = client
        .query_one(&sql, &[&term, &above.0, &above.1, &below.0, &below.1])
        .await?;
    Ok(usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(usize::MAX))
}

fn statement(plan: &Plan) -> (String, Vec<i64>) {
    let (above, below) = (plan.above, plan.below);
    let first = plan.terms.first().copied().unwrap_or_default();
    let mut values = vec![first, above.0, above.1, below.0, below.1];
    let mut also = String::new();
    for term in plan.terms.iter().skip(1) {
        values.push(*term);
        also.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM posting q WHERE q.term = ${} \
             AND q.time = p.time AND q.sequence = p.sequence)",
            values.len()
        ));
    }
    values.push(integer(plan.limit as u64));
    let way = if plan.order == Order::NewestFirst {
        "DESC"
    } else {
        "ASC"
    };
    let sql = format!(
        "SELECT r.sequence, r.body FROM posting p JOIN record r ON r.sequence = p.sequence \
         WHERE {STRETCH}{also} ORDER BY p.time {way}, p.sequence {way} LIMIT ${}",
        values.len()
    );
    (sql, values)
}

/// What came after the cursor, in the order of the trail.
async fn arrived(client: &Client, search: &Search) -> Result<Vec<StoredRecord>, Error> {
    let mut after = integer(search.after.map_or(0, |after| after.sequence));
    let limit = search.limit();
    let page = integer(limit.max(500) as u64);
    let sql = "SELECT sequence, body FROM record WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    let mut found = Vec::new();
    loop {
        let rows = client.query(sql, &[&after, &page]).await?;
        let Some(last) = rows.last() else {
            return Ok(found);
        };
        after = last.try_get(0)?;
        for row in &rows {
            found.extend(record(row)?.filter(|one| search.matches(one)));
            if found.len() >= limit {
                return Ok(found);
            }
        }
    }
}

fn record(row: &Row) -> Result<Option<StoredRecord>, Error> {
    Ok(body::decode(number(row.try_get(0)?), row.try_get(1)?))
}
