//! Facts about two identities, stated by a Source or an operator.

use std::collections::{BTreeMap, HashMap};

use super::Pair;

/// What is stated of two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bond {
    /// One person, whatever matching says.
    Same,
    /// Two persons: never linked by matching.
    Never,
}

/// All bonds, found by either row.
#[derive(Default)]
pub(crate) struct Bonds {
    by_row: HashMap<u32, BTreeMap<u32, Bond>>,
}

impl Bonds {
    pub(crate) fn between(&self, a: u32, b: u32) -> Option<Bond> {
        self.by_row.get(&a)?.get(&b).copied()
    }

    /// The bonds of one row.
    pub(crate) fn of(&self, row: u32) -> impl Iterator<Item = (u32, Bond)> + '_ {
        let bonds = self.by_row.get(&row).into_iter().flatten();
        bonds.map(|(other, bond)| (*other, *bond))
    }

    pub(crate) fn set(&mut self, pair: Pair, bond: Option<Bond>) {
        for (row, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
            match bond {
                Some(bond) => {
                    self.by_row.entry(row).or_default().insert(other, bond);
                }
                None => self.forget(row, other),
            }
        }
    }

    fn forget(&mut self, row: u32, other: u32) {
        if let Some(bonds) = self.by_row.get_mut(&row) {
            bonds.remove(&other);
            if bonds.is_empty() {
                self.by_row.remove(&row);
            }
        }
    }
}
