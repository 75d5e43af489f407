//! What has to be found fast, in memory: identities by id, by what blocks them together, and by person.
//!
//! Three million identities take about 350 MB. The rows themselves, with the text of the demographics, stay in the store;
//! the place of a row here is its number there.

mod chain;
mod ids;
mod people;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chain::Chain;
use ids::Ids;
use people::People;

/// What a row is compared by, and the blocks it can be found in.
pub(crate) trait Blocked: Copy {
    /// How many kinds of blocks there are.
    const KINDS: usize;

    /// The block of this kind, as a well mixed hash; `None`: too little is known. Rows of one block have the same hash,
    /// and rows of other blocks may.
    fn block(&self, kind: usize) -> Option<u32>;

    /// The birth year of a row that could also be looked for by a family name that is in no block of its own, 0 if the
    /// year is not known; `None`: blocks tell everything of it. Such rows are few, and those of a year are looked at
    /// whenever a block is searched.
    fn more(&self) -> Option<u16> {
        None
    }
}

/// How an identity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In use.
    Active,
    /// Only named by a link so far: nobody's id yet.
    Announced,
    /// Merged into another id, changed to another id, or no longer in use.
    Retired,
}

/// One identity as the index knows it.
#[derive(Clone, Copy)]
struct Row<F> {
    features: F,
    standing: Standing,
    /// The last entry of the journal about it; 0: none.
    journal: u32,
}

/// All identities of a store. Rows are numbered from 0 in the order in which they came and never go away.
pub(crate) struct Index<F> {
    ids: Ids,
    rows: Vec<Row<F>>,
    blocks: Vec<Chain>,
    /// Active rows that blocks do not tell everything of.
    more: BTreeSet<(u16, u32)>,
    people: People,
}

impl<F: Blocked> Default for Index<F> {
    fn default() -> Self {
        Index {
            ids: Ids::default(),
            rows: Vec::new(),
            blocks: (0..F::KINDS).map(|_| Chain::default()).collect(),
            more: BTreeSet::new(),
            people: People::default(),
        }
    }
}

impl<F: Blocked> Index<F> {
    /// How many rows there are, retired ones too.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of an id, whatever its standing. Domains have small numbers, given by the store.
    pub(crate) fn find(&self, domain: u16, id: &str) -> Option<u32> {
        self.ids.find(domain, id)
    }

    /// The domain and the text of a row's id.
    pub(crate) fn id(&self, row: u32) -> (u16, &str) {
        self.ids.id(row)
    }

    /// Adds an id that [`Self::find`] does not know; `None` when the index is full.
    pub(crate) fn insert(&mut self, domain: u16, id: &str, features: F) -> Option<u32> {
        let row = self.ids.push(domain, id)?;
        self.rows.push(Row {
            features,
            standing: Standing::Active,
            journal: 0,
        });
        self.people.push();
        self.enter(row);
        Some(row)
    }

    pub(crate) fn features(&self, row: u32) -> Option<&F> {
        self.rows.get(row as usize).map(|row| &row.features)
    }

    pub(crate) fn standing(&self, row: u32) -> Option<Standing> {
        self.rows.get(row as usize).map(|row| row.standing)
    }

    /// The last entry of the journal about this row; 0: none.
    pub(crate) fn journal(&self, row: u32) -> u32 {
        self.rows.get(row as usize).map_or(0, |row| row.journal)
    }

    pub(crate) fn set_journal(&mut self, row: u32, entry: u32) {
        if let Some(row) = self.rows.get_mut(row as usize) {
            row.journal = entry;
        }
    }

    /// Other demographics for a row.
    pub(crate) fn set_features(&mut self, row: u32, features: F) {
        self.leave(row);
        if let Some(row) = self.rows.get_mut(row as usize) {
            row.features = features;
        }
        self.enter(row);
    }

    /// A row that is not in use is in no block and in nobody's person but its own.
    pub(crate) fn set_standing(&mut self, row: u32, standing: Standing) {
        self.leave(row);
        if let Some(row) = self.rows.get_mut(row as usize) {
            row.standing = standing;
        }
        if standing != Standing::Active {
            self.people.part(row);
        }
        self.enter(row);
    }

    /// Active rows that share this block, the newest first.
    pub(crate) fn block(&self, kind: usize, hash: u32) -> impl Iterator<Item = u32> + '_ {
        let chain = self.blocks.get(kind);
        let shares =
            move |row: &u32| self.features(*row).and_then(|one| one.block(kind)) == Some(hash);
        chain
            .into_iter()
            .flat_map(move |chain| chain.rows(hash))
            .filter(shares)
    }

    /// Active rows of these birth years that blocks do not tell everything of.
    pub(crate) fn more(&self, years: RangeInclusive<u16>) -> impl Iterator<Item = u32> + '_ {
        let rows = (*years.start(), 0)..=(*years.end(), u32::MAX);
        self.more.range(rows).map(|(_, row)| *row)
    }

    /// The rows of this row's person, itself first.
    pub(crate) fn members(&self, row: u32) -> impl Iterator<Item = u32> + '_ {
        self.people.members(row)
    }

    /// Makes the persons of two rows one.
    pub(crate) fn join(&mut self, a: u32, b: u32) {
        self.people.join(a, b);
    }

    /// Makes a row a person of its own.
    pub(crate) fn part(&mut self, row: u32) {
        self.people.part(row);
    }

    /// Puts a row into its blocks.
    fn enter(&mut self, row: u32) {
        let Some(active) = self.active(row) else {
            return;
        };
        let rows = &self.rows;
        for (kind, chain) in self.blocks.iter_mut().enumerate() {
            let hash_of = |row: u32| {
                let row = rows.get(row as usize);
                row.and_then(|row| row.features.block(kind))
                    .unwrap_or_default()
            };
            if let Some(hash) = active.block(kind) {
                chain.insert(row, hash, hash_of);
            }
        }
        if let Some(year) = active.more() {
            self.more.insert((year, row));
        }
    }

    /// Takes a row out of its blocks.
    fn leave(&mut self, row: u32) {
        let Some(active) = self.active(row) else {
            return;
        };
        for (kind, chain) in self.blocks.iter_mut().enumerate() {
            if let Some(hash) = active.block(kind) {
                chain.remove(row, hash);
            }
        }
        if let Some(year) = active.more() {
            self.more.remove(&(year, row));
        }
    }

    fn active(&self, row: u32) -> Option<F> {
        let row = self.rows.get(row as usize)?;
        (row.standing == Standing::Active).then_some(row.features)
    }
}

#[cfg(test)]
mod tests {
    use super::{Blocked, Index, Standing};

    /// Two kinds of blocks: the number, and its tens.
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Number(u32);

    impl Blocked for Number {
        const KINDS: usize = 2;

        fn block(&self, kind: usize) -> Option<u32> {
            let block = if kind == 0 { self.0 } else { self.0 / 10 };
            (self.0 != 0).then(|| block.wrapping_mul(0x9E37_79B1))
        }
    }

    fn block(index: &Index<Number>, kind: usize, of: u32) -> Vec<u32> {
        let hash = Number(of).block(kind).unwrap();
        let mut rows: Vec<u32> = index.block(kind, hash).collect();
        rows.sort_unstable();
        rows
    }

    fn numbers() -> Index<Number> {
        let mut index = Index::default();
        for n in 0..1000_u32 {
            assert_eq!(index.insert(0, &n.to_string(), Number(n % 100)), Some(n));
        }
        index
    }

    #[test]
    fn rows_are_found_by_id_and_by_every_block() {
        let index = numbers();
        assert_eq!(index.find(0, "421"), Some(421));
        assert_eq!(index.id(421), (0, "421"));
        assert_eq!(
            block(&index, 0, 21),
            [21, 121, 221, 321, 421, 521, 621, 721, 821, 921]
        );
        assert_eq!(block(&index, 1, 21).len(), 100);
    }

    #[test]
    fn other_features_move_a_row_to_other_blocks() {
        let mut index = numbers();
        index.set_features(421, Number(33));
        assert!(!block(&index, 0, 21).contains(&421));
        assert!(block(&index, 0, 33).contains(&421));
        assert_eq!(index.features(421), Some(&Number(33)));
    }

    #[test]
    fn a_retired_row_keeps_its_id_and_is_in_no_block_and_alone() {
        let mut index = numbers();
        index.join(421, 521);
        index.set_standing(421, Standing::Retired);
        assert!(!block(&index, 0, 21).contains(&421));
        assert_eq!(index.find(0, "421"), Some(421));
        assert_eq!(index.members(521).collect::<Vec<_>>(), [521]);
        index.set_standing(421, Standing::Active);
        assert!(block(&index, 0, 21).contains(&421));
    }

    #[test]
    fn what_says_too_little_is_in_no_block() {
        let mut index = numbers();
        index.set_features(5, Number(0));
        assert!(!block(&index, 1, 5).contains(&5));
        index.set_features(5, Number(5));
        assert!(block(&index, 1, 5).contains(&5));
    }
}
