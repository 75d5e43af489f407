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

/// All bonds, found by either row. Where Sources send two ids in each PID-3, nearly every row has exactly one: that
/// takes no allocation of its own.
#[derive(Default)]
pub(crate) struct Bonds {
    by_row: HashMap<u32, OfRow>,
}

enum OfRow {
    One(u32, Bond),
    More(Box<BTreeMap<u32, Bond>>),
}

impl OfRow {
    fn with(&self, other: u32) -> Option<Bond> {
        match self {
            OfRow::One(one, bond) => (*one == other).then_some(*bond),
            OfRow::More(bonds) => bonds.get(&other).copied(),
        }
    }

    fn state(&mut self, other: u32, bond: Bond) {
        match self {
            OfRow::One(one, old) if *one == other => *old = bond,
            OfRow::One(one, old) => {
                let both = BTreeMap::from([(*one, *old), (other, bond)]);
                *self = OfRow::More(Box::new(both));
            }
            OfRow::More(bonds) => {
                bonds.insert(other, bond);
            }
        }
    }

    /// Whether nothing is left.
    fn forget(&mut self, other: u32) -> bool {
        match self {
            OfRow::One(one, _) => *one == other,
            OfRow::More(bonds) => {
                bonds.remove(&other);
                bonds.is_empty()
            }
        }
    }
}

impl Bonds {
    pub(crate) fn between(&self, a: u32, b: u32) -> Option<Bond> {
        self.by_row.get(&a)?.with(b)
    }

    /// The bonds of one row, by the other row.
    pub(crate) fn of(&self, row: u32) -> impl Iterator<Item = (u32, Bond)> + '_ {
        let (one, more) = match self.by_row.get(&row) {
            Some(OfRow::One(other, bond)) => (Some((*other, *bond)), None),
            Some(OfRow::More(bonds)) => (None, Some(bonds.iter().map(|(row, bond)| (*row, *bond)))),
            None => (None, None),
        };
        one.into_iter().chain(more.into_iter().flatten())
    }

    pub(crate) fn set(&mut self, pair: Pair, bond: Option<Bond>) {
        for (row, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
            match bond {
                Some(bond) => {
                    let first = OfRow::One(other, bond);
                    self.by_row.entry(row).or_insert(first).state(other, bond);
                }
                None => self.forget(row, other),
            }
        }
    }

    fn forget(&mut self, row: u32, other: u32) {
        if self
            .by_row
            .get_mut(&row)
            .is_some_and(|bonds| bonds.forget(other))
        {
            self.by_row.remove(&row);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_bond() -> impl Strategy<Value = Option<Bond>> {
        prop_oneof![Just(None), Just(Some(Bond::Same)), Just(Some(Bond::Never))]
    }

    proptest! {
        #[test]
        fn the_last_statement_of_a_pair_counts_from_both_sides(
            steps in proptest::collection::vec((0_u32..5, 5_u32..9, any_bond()), 0..60)
        ) {
            let mut bonds = Bonds::default();
            let mut expected: BTreeMap<(u32, u32), Bond> = BTreeMap::new();
            for (a, b, bond) in steps {
                bonds.set(Pair::of(b, a), bond);
                match bond {
                    Some(bond) => expected.insert((a, b), bond),
                    None => expected.remove(&(a, b)),
                };
            }
            for a in 0..5 {
                let of: Vec<(u32, Bond)> = bonds.of(a).collect();
                let known = expected.range((a, 0)..(a + 1, 0));
                let known: Vec<(u32, Bond)> = known.map(|((_, b), bond)| (*b, *bond)).collect();
                prop_assert_eq!(of, known);
                for b in 5..9 {
                    let bond = expected.get(&(a, b)).copied();
                    prop_assert_eq!((bonds.between(a, b), bonds.between(b, a)), (bond, bond));
                }
            }
        }
    }

    #[test]
    fn a_bond_takes_few_bytes() {
        assert!(size_of::<(u32, OfRow)>() <= 24);
    }
}
