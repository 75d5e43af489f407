//! Identities in memory: for tests and for systems that keep nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hl7v2::datatype::{Cx, Hd};

use super::engine::{self, Link, Rows};
use super::{Applied, ApplyError, Change, IdentityStore, StoreError, authority_key, grouped};
use crate::PatientRecord;
use crate::iti8::Feed;
use crate::matching::MatchPolicy;

/// A store that forgets everything at the end of the process. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

type Key = (String, String);

#[derive(Default)]
struct State {
    last_identity: u64,
    last_person: u64,
    identities: BTreeMap<u64, Identity>,
    by_id: HashMap<Key, u64>,
    by_key: HashMap<String, BTreeSet<u64>>,
    links: HashMap<u64, BTreeMap<u64, Link>>,
    persons: HashMap<u64, BTreeSet<u64>>,
    retired: HashMap<Key, Cx>,
    changes: Vec<u64>,
}

struct Identity {
    id: Cx,
    record: PatientRecord,
    person: u64,
    keys: Vec<String>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// The engine refuses before it writes, so a poisoned lock still guards whole states.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IdentityStore for MemoryStore {
    async fn apply(&self, feed: Feed, policy: Arc<dyn MatchPolicy>) -> Result<Applied, ApplyError> {
        let mut state = self.state();
        engine::apply(&mut *state, &feed, &*policy)?;
        Ok(Applied {
            last_change: state.changes.len() as u64,
        })
    }

    async fn cross_references(
        &self,
        id: &Cx,
        domains: &[Hd],
    ) -> Result<Option<Vec<Cx>>, StoreError> {
        let state = self.state();
        let Some(identity) = state.by_id.get(&key(id)).copied() else {
            return Ok(None);
        };
        let person = state.identities.get(&identity).map_or(0, |row| row.person);
        let others = state.ids_of(person, Some(identity));
        Ok(Some(grouped(others, domains)))
    }

    async fn changes_since(&self, number: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let state = self.state();
        let numbered = (1u64..).zip(&state.changes);
        let wanted = numbered.filter(|(n, _)| *n > number).take(limit);
        Ok(wanted
            .map(|(number, person)| state.change(number, *person))
            .collect())
    }
}

fn key(id: &Cx) -> Key {
    (authority_key(&id.assigning_authority), id.id.clone())
}

impl State {
    fn members_of(&self, person: u64) -> impl Iterator<Item = (u64, &Identity)> {
        let set = self.persons.get(&person).into_iter().flatten();
        set.filter_map(|identity| Some((*identity, self.identities.get(identity)?)))
    }

    fn ids_of(&self, person: u64, without: Option<u64>) -> Vec<Cx> {
        let others = self
            .members_of(person)
            .filter(|(identity, _)| Some(*identity) != without);
        others.map(|(_, row)| row.id.clone()).collect()
    }

    fn change(&self, number: u64, person: u64) -> Change {
        let member = |(_, row): (u64, &Identity)| PatientRecord {
            ids: vec![row.id.clone()],
            ..row.record.clone()
        };
        Change {
            number,
            members: self.members_of(person).map(member).collect(),
        }
    }

    fn drop_link(&mut self, a: u64, b: u64) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(links) = self.links.get_mut(&from) {
                links.remove(&to);
            }
        }
    }

    fn drop_keys(&mut self, identity: u64) {
        let Some(row) = self.identities.get_mut(&identity) else {
            return;
        };
        for key in std::mem::take(&mut row.keys) {
            if let Some(set) = self.by_key.get_mut(&key) {
                set.remove(&identity);
            }
        }
    }
}

impl Rows for State {
    fn find(&mut self, id: &Cx) -> Result<Option<u64>, StoreError> {
        Ok(self.by_id.get(&key(id)).copied())
    }

    fn insert(&mut self, id: &Cx, record: &PatientRecord) -> Result<u64, StoreError> {
        self.last_identity += 1;
        let record = PatientRecord {
            ids: Vec::new(),
            ..record.clone()
        };
        let row = Identity {
            id: id.clone(),
            record,
            person: 0,
            keys: Vec::new(),
        };
        self.identities.insert(self.last_identity, row);
        self.by_id.insert(key(id), self.last_identity);
        Ok(self.last_identity)
    }

    fn demographics(&mut self, identity: u64) -> Result<PatientRecord, StoreError> {
        let row = self.identities.get(&identity);
        Ok(row.map(|row| row.record.clone()).unwrap_or_default())
    }

    fn update(&mut self, identity: u64, record: &PatientRecord) -> Result<(), StoreError> {
        if let Some(row) = self.identities.get_mut(&identity) {
            row.record = PatientRecord {
                ids: Vec::new(),
                ..record.clone()
            };
        }
        Ok(())
    }

    fn remove(&mut self, identity: u64) -> Result<(), StoreError> {
        self.drop_keys(identity);
        for (other, _) in self.links(identity)? {
            self.drop_link(identity, other);
        }
        self.links.remove(&identity);
        if let Some(row) = self.identities.remove(&identity) {
            self.by_id.remove(&key(&row.id));
            self.persons
                .entry(row.person)
                .or_default()
                .remove(&identity);
        }
        Ok(())
    }

    fn retired(&mut self, id: &Cx) -> Result<Option<Cx>, StoreError> {
        Ok(self.retired.get(&key(id)).cloned())
    }

    fn retire(&mut self, id: &Cx, survivor: &Cx) -> Result<(), StoreError> {
        self.retired.insert(key(id), survivor.clone());
        Ok(())
    }

    fn unretire(&mut self, id: &Cx) -> Result<(), StoreError> {
        self.retired.remove(&key(id));
        Ok(())
    }

    fn set_keys(&mut self, identity: u64, keys: &[String]) -> Result<(), StoreError> {
        self.drop_keys(identity);
        for key in keys {
            self.by_key.entry(key.clone()).or_default().insert(identity);
        }
        if let Some(row) = self.identities.get_mut(&identity) {
            row.keys = keys.to_vec();
        }
        Ok(())
    }

    fn candidates(&mut self, key: &str, limit: usize) -> Result<Vec<u64>, StoreError> {
        Ok(self
            .by_key
            .get(key)
            .into_iter()
            .flatten()
            .copied()
            .take(limit)
            .collect())
    }

    fn links(&mut self, identity: u64) -> Result<Vec<(u64, Link)>, StoreError> {
        let links = self.links.get(&identity).into_iter().flatten();
        Ok(links.map(|(other, link)| (*other, *link)).collect())
    }

    fn link(&mut self, a: u64, b: u64, link: Link) -> Result<(), StoreError> {
        for (from, to) in [(a, b), (b, a)] {
            let known = self
                .links
                .entry(from)
                .or_default()
                .entry(to)
                .or_insert(link);
            *known = (*known).max(link);
        }
        Ok(())
    }

    fn unlink_matched(&mut self, identity: u64) -> Result<(), StoreError> {
        for (other, link) in self.links(identity)? {
            if link == Link::Matched {
                self.drop_link(identity, other);
            }
        }
        Ok(())
    }

    fn person(&mut self, identity: u64) -> Result<u64, StoreError> {
        Ok(self.identities.get(&identity).map_or(0, |row| row.person))
    }

    fn set_person(&mut self, identity: u64, person: u64) -> Result<(), StoreError> {
        let Some(row) = self.identities.get_mut(&identity) else {
            return Ok(());
        };
        let old = std::mem::replace(&mut row.person, person);
        if let Some(set) = self.persons.get_mut(&old) {
            set.remove(&identity);
        }
        self.persons.entry(person).or_default().insert(identity);
        Ok(())
    }

    fn members(&mut self, person: u64) -> Result<BTreeSet<u64>, StoreError> {
        Ok(self.persons.get(&person).cloned().unwrap_or_default())
    }

    fn new_person(&mut self) -> Result<u64, StoreError> {
        self.last_person += 1;
        Ok(self.last_person)
    }

    fn log_change(&mut self, person: u64) -> Result<(), StoreError> {
        self.changes.push(person);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_memory_store_keeps_the_contract() {
        crate::store::contract::check(async || super::MemoryStore::new()).await;
    }
}
