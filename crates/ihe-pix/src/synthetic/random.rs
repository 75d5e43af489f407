//! Draws that are the same on every machine: ChaCha8, one stream for each purpose and number, integers only.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of draws is for. The number is part of the seed: never change one.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Layout = 1,
    Household = 2,
    Record = 3,
    Duplicate = 4,
}

/// The root of all draws of one city.
#[derive(Clone)]
pub(super) struct Source {
    roots: [ChaCha8Rng; 5],
}

impl Source {
    pub(super) fn new(seed: u64) -> Source {
        let root = |purpose: u8| {
            let mut key = [0; 32];
            let (head, tail) = key.split_at_mut(8);
            head.copy_from_slice(&seed.to_le_bytes());
            if let Some(first) = tail.first_mut() {
                *first = purpose;
            }
            ChaCha8Rng::from_seed(key)
        };
        Source {
            roots: [0, 1, 2, 3, 4].map(root),
        }
    }

    /// The stream of this purpose and number, from its beginning.
    pub(super) fn draws(&self, purpose: Purpose, number: u64) -> Draws {
        let mut rng = self.roots[purpose as usize].clone();
        rng.set_stream(number);
        Draws(rng)
    }
}

/// A stream of draws.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// 32 uniform bits.
    pub(super) fn word(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// 0 to `bound - 1`; 0 for a bound of 0. Multiply and shift: the bias is below `bound` / 2^32.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let product = u64::from(self.word()) * u64::from(bound);
        u32::try_from(product >> 32).unwrap_or_default()
    }

    /// As [`Self::below`], for places in lists.
    pub(super) fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).unwrap_or(u32::MAX)) as usize
    }

    /// One of these; `None` of none.
    pub(super) fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let index = self.index(list.len());
        list.get(index)
    }

    /// True in `of_10_000` of 10,000 draws.
    pub(super) fn chance(&mut self, of_10_000: u32) -> bool {
        self.below(10_000) < of_10_000
    }

    /// `from` to `to`, both included.
    pub(super) fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to.saturating_sub(from) + 1)
    }
}
