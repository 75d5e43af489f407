//! ITI-20 a search as the stores do it: the terms, and the stretch of (time, sequence) to look in.

use crate::store::{Order, Search, terms};

/// Time in µs since 1970, and sequence.
pub(crate) type Key = (i64, i64);

/// Records counted of a term to see which of several is the rarest.
pub(crate) const SAMPLE: usize = 1000;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) terms: Vec<i64>,
    /// Only what lies behind this.
    pub(crate) above: Key,
    /// Only what lies before this.
    pub(crate) below: Key,
    pub(crate) order: Order,
    pub(crate) limit: usize,
}

impl Plan {
    pub(crate) fn of(search: &Search) -> Plan {
        let micros = |time: chrono::DateTime<chrono::Utc>| (time.timestamp_micros(), -1);
        let mut above = search.since.map_or((i64::MIN, -1), micros);
        let mut below = search.until.map_or((i64::MAX, -1), micros);
        let after = search.after.map(|after| {
            let sequence = i64::try_from(after.sequence).unwrap_or(i64::MAX);
            (after.time.timestamp_micros(), sequence)
        });
        match (after, search.order) {
            (Some(after), Order::OldestFirst) => above = above.max(after),
            (Some(after), Order::NewestFirst) => below = below.min(after),
            (None, _) | (_, Order::Arrival) => {}
        }
        Plan {
            terms: terms::of_search(search),
            above,
            below,
            order: search.order,
            limit: search.limit(),
        }
    }

    /// Nothing can lie there.
    pub(crate) fn is_empty(&self) -> bool {
        self.above >= self.below
    }

    /// Puts the term with the fewest records first, of those `counts` says.
    pub(crate) fn rarest_first(&mut self, counts: &[usize]) {
        let rarest = counts.iter().enumerate().min_by_key(|(_, count)| **count);
        if let Some((at, _)) = rarest.filter(|(at, _)| *at < self.terms.len()) {
            self.terms.swap(0, at);
        }
    }
}
