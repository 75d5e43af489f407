//! The Merkle tree over the records (RFC 6962 2.1): leaf i is record i + 1. A run of leaves is kept
//! as the roots of the largest complete aligned subtrees in it: at most 2 log n of them. Runs that
//! touch are joined without their leaves, which is how a retired stretch is passed over.

use crate::trail::hash::{self, TrailHash};

/// A complete aligned subtree: the leaves `index << level .. (index + 1) << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) level: u32,
    pub(crate) index: u64,
}

impl Place {
    pub(crate) fn start(self) -> u64 {
        self.index << self.level
    }

    pub(crate) fn end(self) -> u64 {
        (self.index + 1) << self.level
    }

    pub(crate) fn halves(self) -> (Place, Place) {
        let (level, index) = (self.level - 1, self.index * 2);
        let left = Place { level, index };
        (
            left,
            Place {
                index: index + 1,
                ..left
            },
        )
    }
}

/// The largest complete aligned subtrees of the leaves `start..end`, left to right.
pub(crate) fn places(start: u64, end: u64) -> impl Iterator<Item = Place> {
    let mut at = start;
    std::iter::from_fn(move || {
        let left = end.checked_sub(at).filter(|left| *left > 0)?;
        let level = at.trailing_zeros().min(left.ilog2());
        let place = Place {
            level,
            index: at >> level,
        };
        at = place.end();
        Some(place)
    })
}

/// The leaves `start..end` as the roots of `places(start, end)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    start: u64,
    end: u64,
    nodes: Vec<TrailHash>,
}

impl Run {
    pub(crate) fn empty(start: u64) -> Run {
        Run {
            start,
            end: start,
            nodes: Vec::new(),
        }
    }

    /// None: not the number of roots that this run has.
    pub(crate) fn new(start: u64, end: u64, nodes: Vec<TrailHash>) -> Option<Run> {
        let fits = start <= end && end < 1 << 62 && places(start, end).count() == nodes.len();
        fits.then_some(Run { start, end, nodes })
    }

    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn nodes(&self) -> &[TrailHash] {
        &self.nodes
    }

    /// The root of one of its largest subtrees.
    pub(crate) fn find(&self, place: Place) -> Option<TrailHash> {
        let at = places(self.start, self.end).position(|one| one == place)?;
        self.nodes.get(at).copied()
    }

    /// Adds the next leaf; `made` is told each subtree that it completes.
    pub(crate) fn push(&mut self, leaf: TrailHash, made: impl FnMut(Place, TrailHash)) {
        let place = Place {
            level: 0,
            index: self.end,
        };
        self.join(place, leaf, made);
    }

    fn join(
        &mut self,
        mut place: Place,
        mut root: TrailHash,
        mut made: impl FnMut(Place, TrailHash),
    ) {
        self.end = place.end();
        while place.index & 1 == 1 {
            let parent = Place {
                level: place.level + 1,
                index: place.index >> 1,
            };
            let Some(left) = self.nodes.pop_if(|_| parent.start() >= self.start) else {
                break;
            };
            (place, root) = (parent, hash::node(left, root));
            made(place, root);
        }
        self.nodes.push(root);
    }

    /// Adds the run that begins where this one ends; false: it does not.
    pub(crate) fn extend(&mut self, next: &Run) -> bool {
        if next.start != self.end {
            return false;
        }
        for (place, root) in places(next.start, next.end).zip(&next.nodes) {
            self.join(place, *root, |_, _| {});
        }
        true
    }

    /// The Merkle tree hash of the run as a tree of its own; with start 0 that of RFC 6962.
    pub(crate) fn root(&self) -> TrailHash {
        fold(&self.nodes)
    }
}

/// The roots of neighbouring subtrees, larger ones first, under one root.
pub(crate) fn fold(nodes: &[TrailHash]) -> TrailHash {
    let mut nodes = nodes.iter().rev().copied();
    let last = nodes.next().unwrap_or_else(|| TrailHash::of(&[]));
    nodes.fold(last, |right, left| hash::node(left, right))
}

/// The runs of leaves beside the way from leaf `index` to the root of a tree of `size` leaves, from
/// the leaf up (RFC 6962 2.1.1).
pub(crate) fn beside(index: u64, size: u64) -> Vec<(u64, u64)> {
    let (mut start, mut end) = (0, size);
    let mut found = Vec::new();
    while end - start > 1 {
        let half = start + (end - start).next_power_of_two() / 2;
        if index < half {
            found.push((half, end));
            end = half;
        } else {
            found.push((start, half));
            start = half;
        }
    }
    found.reverse();
    found
}

/// The root that a leaf and the hashes beside its way lead to; None: their number is wrong.
pub(crate) fn climb(
    index: u64,
    size: u64,
    leaf: TrailHash,
    path: &[TrailHash],
) -> Option<TrailHash> {
    if index >= size {
        return None;
    }
    let ways = beside(index, size);
    if ways.len() != path.len() {
        return None;
    }
    Some(ways.iter().zip(path).fold(leaf, |root, (way, side)| {
        if way.0 > index {
            hash::node(root, *side)
        } else {
            hash::node(*side, root)
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(index: u64) -> TrailHash {
        hash::leaf(index, b"x")
    }

    /// RFC 6962 2.1 as it is written.
    fn by_definition(leaves: &[TrailHash]) -> TrailHash {
        match leaves {
            [] => TrailHash::of(&[]),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                hash::node(by_definition(left), by_definition(right))
            }
        }
    }

    fn run(start: u64, end: u64) -> Run {
        let mut run = Run::empty(start);
        (start..end).for_each(|index| run.push(leaf(index), |_, _| {}));
        run
    }

    #[test]
    fn the_root_is_that_of_rfc_6962_at_every_size() {
        let leaves: Vec<_> = (0..70).map(leaf).collect();
        for size in 0..70 {
            assert_eq!(run(0, size).root(), by_definition(&leaves[..size as usize]));
        }
    }

    #[test]
    fn runs_that_touch_are_joined_to_the_run_of_all_their_leaves() {
        for end in 1..40 {
            for first in 0..=end {
                for second in first..=end {
                    let mut joined = run(0, first);
                    let mut right = run(first, second);
                    assert!(right.extend(&run(second, end)));
                    assert_eq!(right, run(first, end));
                    assert!(joined.extend(&right));
                    assert_eq!(joined, run(0, end));
                }
            }
        }
        assert!(!run(0, 3).extend(&run(4, 5)));
    }

    #[test]
    fn the_way_of_every_leaf_leads_to_the_root_and_no_other_way_does() {
        let leaves: Vec<_> = (0..40).map(leaf).collect();
        for size in 1..40_u64 {
            let root = run(0, size).root();
            for index in 0..size {
                let part = |(start, end): &(u64, u64)| {
                    by_definition(&leaves[*start as usize..*end as usize])
                };
                let path: Vec<_> = beside(index, size).iter().map(part).collect();
                assert_eq!(climb(index, size, leaf(index), &path), Some(root));
                assert_ne!(climb(index, size, leaf(index + 1), &path), Some(root));
                assert_eq!(climb(size, size, leaf(index), &path), None);
                assert_eq!(climb(index, size + 100, leaf(index), &path), None);
            }
        }
    }
}
