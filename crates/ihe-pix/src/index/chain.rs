//! Rows by hash: linear hashing with chains through the rows, so that it grows by one bucket at a time and never pauses.

/// No row.
const NONE: u32 = u32::MAX;

/// Rows to a bucket before another bucket is added.
const LOAD: usize = 2;

/// Finds rows by a 32-bit hash. Eight bytes a row at most and no allocation per row; rows whose hash is another may come
/// along, so whoever asks compares what the hash was made of. A row is in at most once.
#[derive(Default)]
pub(super) struct Chain {
    heads: Vec<u32>,
    next: Vec<u32>,
    rows: usize,
}

impl Chain {
    /// Rows that may have this hash, the newest first.
    pub(super) fn rows(&self, hash: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.bucket(hash).map_or(NONE, |bucket| self.heads[bucket]);
        let known = |row: &u32| *row != NONE;
        std::iter::successors(Some(first).filter(known), move |row| {
            Some(self.after(*row)).filter(known)
        })
    }

    /// Puts a row in. `hash_of` tells the hash of any row that is in: a bucket may have to be divided.
    pub(super) fn insert(&mut self, row: u32, hash: u32, hash_of: impl Fn(u32) -> u32) {
        if self.rows >= self.heads.len() * LOAD {
            self.add_bucket(hash_of);
        }
        let place = row as usize;
        if self.next.len() <= place {
            self.next.resize(place + 1, NONE);
        }
        if let Some(bucket) = self.bucket(hash) {
            self.next[place] = self.heads[bucket];
            self.heads[bucket] = row;
            self.rows += 1;
        }
    }

    /// Takes a row out; nothing if it is not in.
    pub(super) fn remove(&mut self, row: u32, hash: u32) {
        let Some(bucket) = self.bucket(hash) else {
            return;
        };
        let after = self.after(row);
        if self.heads[bucket] == row {
            self.heads[bucket] = after;
            self.rows -= 1;
            return;
        }
        let before = self.rows(hash).find(|one| self.after(*one) == row);
        if let Some(before) = before {
            self.next[before as usize] = after;
            self.rows -= 1;
        }
    }

    fn after(&self, row: u32) -> u32 {
        self.next.get(row as usize).copied().unwrap_or(NONE)
    }

    /// The bucket of a hash among as many as there are: with 5 buckets, hashes are taken modulo 8, and those that would
    /// fall on 5, 6 or 7 modulo 4.
    fn bucket(&self, hash: u32) -> Option<usize> {
        let buckets = self.heads.len();
        let mask = buckets.next_power_of_two() - 1;
        let bucket = hash as usize & mask;
        match buckets {
            0 => None,
            _ if bucket < buckets => Some(bucket),
            _ => Some(bucket & (mask >> 1)),
        }
    }

    /// One bucket more: it takes its share of the one bucket whose rows may now belong to it.
    fn add_bucket(&mut self, hash_of: impl Fn(u32) -> u32) {
        let new = self.heads.len();
        self.heads.push(NONE);
        if new == 0 {
            return;
        }
        let old = new - (new + 1).next_power_of_two() / 2;
        let mut row = std::mem::replace(&mut self.heads[old], NONE);
        while row != NONE {
            let after = self.after(row);
            if let Some(bucket) = self.bucket(hash_of(row)) {
                self.next[row as usize] = self.heads[bucket];
                self.heads[bucket] = row;
            }
            row = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::Chain;

    fn found(chain: &Chain, hashes: &BTreeMap<u32, u32>, hash: u32) -> Vec<u32> {
        let mut rows: Vec<u32> = chain
            .rows(hash)
            .filter(|row| hashes.get(row) == Some(&hash))
            .collect();
        rows.sort_unstable();
        rows
    }

    proptest! {
        #[test]
        fn what_is_in_is_found_and_what_is_out_is_not(steps in proptest::collection::vec((0_u32..300, 0_u32..40, any::<bool>()), 0..600)) {
            let mut chain = Chain::default();
            let mut hashes = BTreeMap::new();
            for (row, hash, keep) in steps {
                let hash = hash.wrapping_mul(0x9E37_79B1);
                if let Some(old) = hashes.remove(&row) {
                    chain.remove(row, old);
                }
                if keep {
                    hashes.insert(row, hash);
                    chain.insert(row, hash, |row| hashes[&row]);
                }
                let expected: Vec<u32> = hashes.iter().filter(|(_, one)| **one == hash).map(|(row, _)| *row).collect();
                prop_assert_eq!(found(&chain, &hashes, hash), expected);
            }
            for (row, hash) in &hashes {
                prop_assert!(chain.rows(*hash).any(|one| one == *row));
            }
            prop_assert_eq!(chain.rows, hashes.len());
        }
    }

    #[test]
    fn chains_stay_short_while_it_grows() {
        let mut chain = Chain::default();
        let hash_of = |row: u32| row.wrapping_mul(0x9E37_79B1).rotate_left(16);
        for row in 0..100_000 {
            chain.insert(row, hash_of(row), hash_of);
        }
        let longest = (0..100_000)
            .map(|row| chain.rows(hash_of(row)).count())
            .max();
        assert!(longest < Some(40), "{longest:?}");
        assert_eq!(chain.heads.len(), 50_000);
    }

    #[test]
    fn an_empty_chain_has_nothing() {
        let mut chain = Chain::default();
        chain.remove(3, 9);
        assert_eq!(chain.rows(9).count(), 0);
    }
}
