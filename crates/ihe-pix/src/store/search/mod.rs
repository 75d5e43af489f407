//! Looking for patients (ITI-21, ITI-22): candidates from memory, then every part of the query against their records.
//!
//! Candidates come from the ids asked for, or from the smallest block that all answers must be in, or are simply all
//! people in the order of their numbers. The engine is locked only to pick them, never while records are read.

mod candidates;
mod fits;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::engine::Engine;
use super::identities::{Identities, Reader};
use super::{StoreError, grouped};
use crate::PatientRecord;
use crate::identity::{Found, Page, PatientQuery, Person};

use candidates::{Candidates, Member};
use fits::Wanted;

/// People whose records are read at a time.
const BATCH: usize = 128;

impl<R: Reader> Identities<R> {
    /// People for whom all of the query holds, by their numbers.
    pub(in crate::store) async fn find(
        &self,
        query: &PatientQuery,
        page: Page,
    ) -> Result<Found, StoreError> {
        let mut candidates = Candidates::of(&self.engine(), query, page.after);
        let wanted = Wanted::of(query);
        let mut found = Found::default();
        let mut effort = 0;
        loop {
            let batch = candidates.next(&self.engine(), BATCH);
            if batch.is_empty() {
                found.next = None;
                return Ok(found);
            }
            for person in self.judged(&batch, &wanted, query).await? {
                if found.people.len() == page.limit {
                    return Ok(found);
                }
                found.next = Some(person.number);
                found.people.push(person);
            }
            effort += batch.iter().map(Vec::len).sum::<usize>();
            if effort >= page.effort || page.limit == 0 {
                found.next = batch.last().and_then(|members| number(members));
                return Ok(found);
            }
        }
    }

    /// Those of these people for whom the query holds.
    async fn judged(
        &self,
        batch: &[Vec<Member>],
        wanted: &Wanted,
        query: &PatientQuery,
    ) -> Result<Vec<Person>, StoreError> {
        let rows: Vec<u32> = batch.iter().flatten().map(|member| member.row).collect();
        let records = self.records(rows.clone()).await?;
        let mut records: HashMap<u32, PatientRecord> = rows.into_iter().zip(records).collect();
        let people = batch.iter().filter_map(|members| {
            let (record, rows) = wanted.person(members, &mut records)?;
            Some((number(members)?, record, rows))
        });
        let people: Vec<(u64, PatientRecord, Vec<u32>)> = people.collect();
        let engine = self.engine();
        let told = people.into_iter().filter_map(|(number, record, rows)| {
            let ids = rows.into_iter().map(|row| engine.id(row)).collect();
            let record = PatientRecord {
                ids: grouped(ids, &query.domains),
                ..record
            };
            (!record.ids.is_empty()).then_some(Person { number, record })
        });
        Ok(told.collect())
    }
}

/// The number of a person is that of its oldest row, from 1.
fn number(members: &[Member]) -> Option<u64> {
    members.first().map(|member| u64::from(member.row) + 1)
}

/// The oldest row of this row's person.
fn head(engine: &Engine, row: u32) -> u32 {
    engine.index.members(row).min().unwrap_or(row)
}
