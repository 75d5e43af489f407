//! What an action does to identities, written once for every store.
//!
//! An *identity* is one id with its demographics, and has a row. *Bonds* are facts that a Source or an operator stated:
//! these two are one person, or never are. What matching links is no fact but follows from the demographics: only the
//! outcome is kept, which rows are one *person*. Everything needed to decide is in memory; what must be remembered
//! leaves as [`Write`]s, which a store makes durable before it answers.

mod bonds;
mod domains;
mod feeds;
mod grouping;
mod load;
mod matching;
mod operator;
mod refusal;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hl7v2::datatype::Cx;

use super::{ApplyError, StoreError};
use crate::PatientRecord;
use crate::identity::{Action, By};
use crate::index::{Index, Standing};
use crate::matching::{Features, MatchPolicy};

pub(crate) use bonds::{Bond, Bonds};
pub(crate) use domains::Domains;
pub(crate) use rows::{Entry, Happened, Pair, Stored, Write};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Where the text of demographics is read.
pub(crate) trait Records {
    /// The demographics of a row as committed last, without ids.
    fn record(&mut self, row: u32) -> Result<PatientRecord>;
}

/// All that is known, without the text of the demographics.
pub(crate) struct Engine {
    pub(crate) index: Index<Features>,
    pub(crate) domains: Domains,
    bonds: Bonds,
    /// What each retired row became.
    successors: BTreeMap<u32, u32>,
    /// Pairs under review or decided, by rows and by number.
    reviews: Reviews,
    policy: Arc<dyn MatchPolicy>,
    last_entry: u32,
    last_change: u64,
}

#[derive(Default)]
struct Reviews {
    by_pair: BTreeMap<Pair, u64>,
    open: BTreeMap<u64, Pair>,
    last: u64,
}

impl Engine {
    /// An engine that knows nobody.
    pub(crate) fn new(policy: Arc<dyn MatchPolicy>) -> Engine {
        Engine {
            index: Index::default(),
            domains: Domains::default(),
            bonds: Bonds::default(),
            successors: BTreeMap::new(),
            reviews: Reviews::default(),
            policy,
            last_entry: 0,
            last_change: 0,
        }
    }

    /// The number of the last change of a set; 0: none yet.
    pub(crate) fn last_change(&self) -> u64 {
        self.last_change
    }

    pub(crate) fn policy(&self) -> &Arc<dyn MatchPolicy> {
        &self.policy
    }

    /// Whether the id of this row is in use.
    pub(crate) fn is_active(&self, row: u32) -> bool {
        self.index.standing(row) == Some(Standing::Active)
    }

    /// The row of an id in use.
    pub(crate) fn active(&self, id: &Cx) -> Option<u32> {
        self.row(id).filter(|row| self.is_active(*row))
    }

    /// The row of an id, whatever its standing.
    pub(crate) fn row(&self, id: &Cx) -> Option<u32> {
        let domain = self.domains.number(&id.assigning_authority)?;
        self.index.find(domain, &id.id)
    }

    /// The whole id of a row.
    pub(crate) fn id(&self, row: u32) -> Cx {
        let (domain, id) = self.index.id(row);
        Cx::new(id, self.domains.authority(domain))
    }

    /// The rows of this row's person, the oldest first.
    pub(crate) fn set(&self, row: u32) -> Vec<u32> {
        let mut set: Vec<u32> = self.index.members(row).collect();
        set.sort_unstable();
        set
    }

    /// Does one action, or refuses it before anything has changed. `Err(Store)` means that the records could not be
    /// read: the engine must then be loaded again.
    pub(crate) fn apply(
        &mut self,
        action: &Action,
        by: &By,
        at: DateTime<Utc>,
        records: &mut dyn Records,
    ) -> Result<Vec<Write>, ApplyError> {
        let mut work = Work {
            engine: self,
            records,
            by,
            at,
            before: BTreeMap::new(),
            writes: Vec::new(),
        };
        work.run(action)?;
        Ok(work.finish())
    }
}

/// One action being done: what it touched, how the sets looked before, and what must be remembered.
struct Work<'a> {
    engine: &'a mut Engine,
    records: &'a mut dyn Records,
    by: &'a By,
    at: DateTime<Utc>,
    /// The set of each row touched, before.
    before: BTreeMap<u32, Vec<u32>>,
    writes: Vec<Write>,
}

impl Work<'_> {
    fn run(&mut self, action: &Action) -> Result<(), ApplyError> {
        match action {
            Action::Register { patient } => self.register(patient),
            Action::Update { patient } => self.update(patient),
            Action::Merge {
                patient,
                merges,
                lenient,
            } => self.merge(patient, merges, *lenient),
            Action::ChangeId { pairs } => self.change_id(pairs),
            Action::Link { a, b } => self.link(a, b),
            Action::Unlink { a, b } => self.unlink(a, b),
            Action::Move { id, to } => self.move_to(id, to),
            Action::Deactivate { id } => self.deactivate(id),
            Action::Accept { review } => self.decide(*review, true),
            Action::Reject { review } => self.decide(*review, false),
        }
    }

    /// Remembers the set of this row as it was before the first change.
    fn touch(&mut self, row: u32) {
        if self.before.contains_key(&row) {
            return;
        }
        let set = self.engine.set(row);
        for member in &set {
            self.before.entry(*member).or_insert_with(|| set.clone());
        }
    }

    /// A row that was not there before belongs to no set of before.
    fn appeared(&mut self, row: u32) {
        self.before.insert(row, Vec::new());
    }

    fn entry(&mut self, row: u32, happened: Happened) {
        let number = self.engine.last_entry + 1;
        self.engine.last_entry = number;
        let previous = self.engine.index.journal(row);
        self.engine.index.set_journal(row, number);
        let other = happened.other();
        let other_previous = other.map_or(0, |other| self.engine.index.journal(other));
        if let Some(other) = other {
            self.engine.index.set_journal(other, number);
        }
        self.writes.push(Write::Entry(Entry {
            number,
            row,
            previous,
            other_previous,
            at: self.at,
            by: self.by.clone(),
            happened,
        }));
    }

    /// Tells of each set that is not as before, and of each row whose person has another number.
    fn finish(mut self) -> Vec<Write> {
        let before = std::mem::take(&mut self.before);
        let mut told = BTreeSet::new();
        for (row, old) in &before {
            let set = match self.engine.index.standing(*row) {
                Some(Standing::Active) => self.engine.set(*row),
                _ => continue,
            };
            for member in &set {
                let was = before.get(member).and_then(|set| set.first());
                if was != set.first() && told.insert(*member) {
                    self.person(*member, set.first().copied().unwrap_or(*member));
                }
            }
            if set.first() == Some(row) && set != *old {
                self.engine.last_change += 1;
                self.writes.push(Write::Change {
                    number: self.engine.last_change,
                    row: *row,
                });
            }
        }
        self.writes
    }

    /// A row's person has the number of its oldest row. A row that is new carries it from the start.
    fn person(&mut self, row: u32, person: u32) {
        let new = self.writes.iter_mut().find_map(|write| match write {
            Write::Identity {
                row: one, person, ..
            } if *one == row => Some(person),
            _ => None,
        });
        match new {
            Some(stored) => *stored = person,
            None => self.writes.push(Write::Person { row, person }),
        }
    }
}
