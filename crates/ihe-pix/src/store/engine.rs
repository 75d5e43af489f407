//! What a feed does to identities, written once for every store.
//!
//! An *identity* is one id with its demographics. *Links* join identities: explicit (one PID-3)
//! or matched. A *person* is a connected component of links, and has a number.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hl7v2::ack::{AckCode, ErrorCode, Location, Problem, Refusal};
use hl7v2::datatype::Cx;

use super::{ApplyError, StoreError};
use crate::PatientRecord;
use crate::iti8::{Feed, Merge};
use crate::matching::{Decision, MatchPolicy};

/// Why two identities are one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Link {
    /// By the match policy: redone when demographics change.
    Matched = 1,
    /// By a Source: both in one PID-3.
    Explicit = 2,
}

/// Candidates looked at for one key: more of one name, sex and birth date are not compared.
pub(crate) const CANDIDATES: usize = 200;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The verbs a store gives the engine, inside one transaction. Person 0 is "none yet".
pub(crate) trait Rows {
    fn find(&mut self, id: &Cx) -> Result<Option<u64>>;
    /// A new identity; `record.ids` is not looked at.
    fn insert(&mut self, id: &Cx, record: &PatientRecord) -> Result<u64>;
    /// Demographics of an identity, without ids.
    fn demographics(&mut self, identity: u64) -> Result<PatientRecord>;
    fn update(&mut self, identity: u64, record: &PatientRecord) -> Result<()>;
    /// Removes an identity with its keys and links.
    fn remove(&mut self, identity: u64) -> Result<()>;
    /// The id that this retired id became.
    fn retired(&mut self, id: &Cx) -> Result<Option<Cx>>;
    fn retire(&mut self, id: &Cx, survivor: &Cx) -> Result<()>;
    fn unretire(&mut self, id: &Cx) -> Result<()>;
    fn set_keys(&mut self, identity: u64, keys: &[String]) -> Result<()>;
    fn candidates(&mut self, key: &str, limit: usize) -> Result<Vec<u64>>;
    fn links(&mut self, identity: u64) -> Result<Vec<(u64, Link)>>;
    /// Joins two identities; an explicit link stays explicit.
    fn link(&mut self, a: u64, b: u64, link: Link) -> Result<()>;
    fn unlink_matched(&mut self, identity: u64) -> Result<()>;
    fn person(&mut self, identity: u64) -> Result<u64>;
    fn set_person(&mut self, identity: u64, person: u64) -> Result<()>;
    fn members(&mut self, person: u64) -> Result<BTreeSet<u64>>;
    fn new_person(&mut self) -> Result<u64>;
    fn log_change(&mut self, person: u64) -> Result<()>;
}

/// Applies a feed, or refuses it before anything is written.
pub(crate) fn apply<R: Rows>(
    rows: &mut R,
    feed: &Feed,
    policy: &dyn MatchPolicy,
) -> Result<(), ApplyError> {
    refuse_retired(rows, feed)?;
    let pairs = open_merges(rows, &feed.merges)?;
    let mut work = Work::new(rows, policy);
    let mut identities = Vec::with_capacity(feed.patient.ids.len());
    for id in &feed.patient.ids {
        let taken_over = pairs
            .iter()
            .find(|(merge, _)| merge.survivor == *id)
            .map(|(_, s)| *s);
        identities.push(work.upsert(id, feed, taken_over)?);
    }
    work.join(&identities)?;
    for (merge, subsumed) in pairs {
        work.subsume(merge, subsumed)?;
    }
    Ok(work.finish()?)
}

/// An id that was merged away takes no update and receives no merge. A registration (A01, A04,
/// A05) of it brings it back: the Source says that it is in use. As a further id of PID-3 it does
/// not come back: whoever linked to it has not yet heard of the merge.
fn refuse_retired<R: Rows>(rows: &mut R, feed: &Feed) -> Result<(), ApplyError> {
    let may_return = usize::from(feed.event.registers());
    let mut problems = Vec::new();
    for id in feed.patient.ids.iter().skip(may_return) {
        if rows.find(id)?.is_none() && rows.retired(id)?.is_some() {
            let place = Location::field("PID", 1, 3);
            problems.push(unknown_key(place, "the id was merged into another"));
        }
    }
    refuse(problems)
}

/// The merges still to be done, with the identity that goes; one done before is left out, so
/// that a repeated A40 changes nothing (V2-R-004).
fn open_merges<'a, R: Rows>(
    rows: &mut R,
    merges: &'a [Merge],
) -> Result<Vec<(&'a Merge, u64)>, ApplyError> {
    let mut open = Vec::new();
    let mut problems = Vec::new();
    for merge in merges {
        match rows.find(&merge.subsumed)? {
            Some(identity) => open.push((merge, identity)),
            None if rows
                .retired(&merge.subsumed)?
                .is_some_and(|to| same(&to, &merge.survivor)) => {}
            None => problems.push(unknown_key(merge.subsumed_place(), "unknown patient id")),
        }
    }
    refuse(problems)?;
    Ok(open)
}

fn same(a: &Cx, b: &Cx) -> bool {
    a.id == b.id && a.assigning_authority.same_authority(&b.assigning_authority)
}

fn unknown_key(place: Location, text: &str) -> Problem {
    Problem::error(ErrorCode::UNKNOWN_KEY, place, text)
}

fn refuse(problems: Vec<Problem>) -> Result<(), ApplyError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(ApplyError::Refused(Refusal {
        code: AckCode::Ae,
        problems,
    }))
}

/// One feed being applied: what it touched, and how the sets looked before.
struct Work<'a, R> {
    rows: &'a mut R,
    policy: &'a dyn MatchPolicy,
    before: BTreeMap<u64, BTreeSet<u64>>,
    touched: BTreeSet<u64>,
}

impl<'a, R: Rows> Work<'a, R> {
    fn new(rows: &'a mut R, policy: &'a dyn MatchPolicy) -> Self {
        Work {
            rows,
            policy,
            before: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Remembers the set of this identity as it was before the first change.
    fn touch(&mut self, identity: u64) -> Result<()> {
        self.touched.insert(identity);
        let person = self.rows.person(identity)?;
        if person != 0 && !self.before.contains_key(&person) {
            let members = self.rows.members(person)?;
            self.before.insert(person, members);
        }
        Ok(())
    }

    /// Adds the identity, or updates its demographics; merges carry ids only.
    fn upsert(&mut self, id: &Cx, feed: &Feed, taken_over: Option<u64>) -> Result<u64> {
        let Some(identity) = self.rows.find(id)? else {
            return self.insert(id, feed, taken_over);
        };
        self.touch(identity)?;
        if feed.merges.is_empty() {
            let old = self.rows.demographics(identity)?;
            let new = old.updated_by(&feed.patient);
            if new != old {
                self.rows.update(identity, &new)?;
                self.rematch(identity, &new)?;
            }
        }
        Ok(identity)
    }

    /// A survivor not known before starts with what the subsumed id had.
    fn insert(&mut self, id: &Cx, feed: &Feed, taken_over: Option<u64>) -> Result<u64> {
        let old = match taken_over {
            Some(subsumed) => self.rows.demographics(subsumed)?,
            None => PatientRecord::default(),
        };
        let record = old.updated_by(&feed.patient);
        self.rows.unretire(id)?;
        let identity = self.rows.insert(id, &record)?;
        self.touched.insert(identity);
        self.rematch(identity, &record)?;
        Ok(identity)
    }

    /// Ids of one PID-3 are one person.
    fn join(&mut self, identities: &[u64]) -> Result<()> {
        let Some((first, others)) = identities.split_first() else {
            return Ok(());
        };
        others
            .iter()
            .try_for_each(|other| self.rows.link(*first, *other, Link::Explicit))
    }

    /// Redoes the matched links of one identity.
    fn rematch(&mut self, identity: u64, record: &PatientRecord) -> Result<()> {
        self.rows.unlink_matched(identity)?;
        let keys = self.policy.keys(record);
        self.rows.set_keys(identity, &keys)?;
        let mut candidates = BTreeSet::new();
        for key in &keys {
            candidates.extend(self.rows.candidates(key, CANDIDATES)?);
        }
        candidates.remove(&identity);
        for candidate in candidates {
            let other = self.rows.demographics(candidate)?;
            if self.policy.decide(record, &other) == Decision::Same {
                self.touch(candidate)?;
                self.rows.link(identity, candidate, Link::Matched)?;
            }
        }
        Ok(())
    }

    /// Replaces the subsumed id by the survivor everywhere (V2-R-014).
    fn subsume(&mut self, merge: &Merge, subsumed: u64) -> Result<()> {
        let Some(survivor) = self.rows.find(&merge.survivor)? else {
            return Ok(());
        };
        self.touch(subsumed)?;
        for (other, link) in self.rows.links(subsumed)? {
            if link == Link::Explicit && other != survivor {
                self.rows.link(survivor, other, Link::Explicit)?;
            }
        }
        self.rows.remove(subsumed)?;
        self.touched.remove(&subsumed);
        self.rows.retire(&merge.subsumed, &merge.survivor)?;
        let record = self.rows.demographics(survivor)?;
        self.rematch(survivor, &record)
    }

    /// Regroups everything touched into persons and logs each set that differs from before.
    fn finish(mut self) -> Result<()> {
        let mut open: BTreeSet<u64> = self.before.values().flatten().copied().collect();
        open.extend(&self.touched);
        let mut unused: BTreeSet<u64> = self.before.keys().copied().collect();
        while let Some(start) = open.pop_first() {
            let set = self.component(start)?;
            if set.is_empty() {
                continue;
            }
            open.retain(|identity| !set.contains(identity));
            self.settle(&set, &mut unused)?;
        }
        Ok(())
    }

    /// Everything linked to `start`; nothing if that identity is gone.
    fn component(&mut self, start: u64) -> Result<BTreeSet<u64>> {
        let mut set = BTreeSet::new();
        let mut queue = VecDeque::from([start]);
        if !self.touched.contains(&start) && self.rows.person(start)? == 0 {
            return Ok(set);
        }
        while let Some(identity) = queue.pop_front() {
            if set.insert(identity) {
                queue.extend(
                    self.rows
                        .links(identity)?
                        .into_iter()
                        .map(|(other, _)| other),
                );
            }
        }
        Ok(set)
    }

    /// Gives a set the lowest free number its members had, or a new one.
    fn settle(&mut self, set: &BTreeSet<u64>, unused: &mut BTreeSet<u64>) -> Result<()> {
        let mut persons = BTreeMap::new();
        for identity in set {
            persons.insert(*identity, self.rows.person(*identity)?);
        }
        let kept = persons
            .values()
            .copied()
            .filter(|p| unused.contains(p))
            .min();
        let person = match kept {
            Some(person) => person,
            None => self.rows.new_person()?,
        };
        unused.remove(&person);
        for (identity, old) in persons {
            if old != person {
                self.rows.set_person(identity, person)?;
            }
        }
        if self.before.get(&person) != Some(set) {
            self.rows.log_change(person)?;
        }
        Ok(())
    }
}
