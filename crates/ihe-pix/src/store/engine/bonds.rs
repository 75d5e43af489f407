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
    one: HashMap<u32, (u32, Bond)>,
    /// Rows that had more than one.
    more: HashMap<u32, BTreeMap<u32, Bond>>,
}

impl Bonds {
    pub(crate) fn between(&self, a: u32, b: u32) -> Option<Bond> {
        match self.one.get(&a) {
            Some((other, bond)) => (*other == b).then_some(*bond),
            None => self.more.get(&a)?.get(&b).copied(),
        }
    }

    /// The bonds of one row, by the other row.
    pub(crate) fn of(&self, row: u32) -> impl Iterator<Item = (u32, Bond)> + '_ {
        let one = self.one.get(&row).copied();
        let more = self.more.get(&row).into_iter().flatten();
        one.into_iter()
            .chain(more.map(|(other, bond)| (*other, *bond)))
    }

    pub(crate) fn set(&mut self, pair: Pair, bond: Option<Bond>) {
        for (row, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
            match bond {
                Some(bond) => self.state(row, other, bond),
                None => self.forget(row, other),
            }
        }
    }

    fn state(&mut self, row: u32, other: u32, bond: Bond) {
        if let Some(more) = self.more.get_mut(&row) {
            more.insert(other, bond);
            return;
        }
        match self.one.insert(row, (other, bond)) {
            Some(old) if old.0 != other => {
                self.one.remove(&row);
                self.more.insert(row, BTreeMap::from([old, (other, bond)]));
            }
            _ => {}
        }
    }

    fn forget(&mut self, row: u32, other: u32) {
        if self.one.get(&row).is_some_and(|(one, _)| *one == other) {
            self.one.remove(&row);
        }
        if let Some(more) = self.more.get_mut(&row) {
            more.remove(&other);
            if more.is_empty() {
                self.more.remove(&row);
            }
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
}
