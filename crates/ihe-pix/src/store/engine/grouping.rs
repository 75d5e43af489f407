//! Grouping the rows of one person anew, when what held them together has changed.

use super::matching::Fit;
use super::{Bond, Engine, Pair, Work, Write};
use crate::index::Standing;
use crate::matching::Decision;

/// Rows compared each with each. A person of more identities is held together by bonds only.
const ROWS: usize = 256;

impl Work<'_> {
    /// Groups these rows anew among themselves: first by what was stated, then by matching, the most alike first, and
    /// nobody who contradicts a member. Rows not in use are left out.
    pub(super) fn regroup(&mut self, rows: &[u32]) {
        let mut rows: Vec<u32> = rows.to_vec();
        rows.sort_unstable();
        rows.dedup();
        rows.retain(|row| self.engine.index.standing(*row) == Some(Standing::Active));
        for row in &rows {
            self.touch(*row);
        }
        for row in &rows {
            self.engine.index.part(*row);
        }
        for (_, a, b) in self.engine.edges(&rows) {
            self.engine.try_join(a, b);
        }
    }

    /// States something of two rows.
    pub(super) fn state(&mut self, a: u32, b: u32, bond: Option<Bond>) {
        let pair = Pair::of(a, b);
        if a != b && self.engine.bonds.between(a, b) != bond {
            self.engine.bonds.set(pair, bond);
            self.writes.push(Write::Bond { pair, bond });
        }
    }
}

impl Engine {
    /// What holds these rows together, the strongest first.
    fn edges(&self, rows: &[u32]) -> Vec<(f32, u32, u32)> {
        let mut edges = Vec::new();
        for (place, a) in rows.iter().enumerate() {
            let stated = self
                .bonds
                .of(*a)
                .filter(|(b, bond)| *bond == Bond::Same && b > a && rows.binary_search(b).is_ok());
            edges.extend(stated.map(|(b, _)| (f32::INFINITY, *a, b)));
            if rows.len() <= ROWS {
                let later = rows.iter().skip(place + 1);
                edges.extend(later.filter_map(|b| Some((self.matches(*a, *b)?, *a, *b))));
            }
        }
        edges.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        edges
    }

    fn matches(&self, a: u32, b: u32) -> Option<f32> {
        if self.bonds.between(a, b).is_some() {
            return None;
        }
        let (a, b) = (self.index.features(a)?, self.index.features(b)?);
        let verdict = self.policy.judge(a, b);
        (verdict.decision == Decision::Link).then_some(verdict.score)
    }

    /// Makes two persons one, unless something speaks against it. What was stated outweighs what contradicts.
    fn try_join(&mut self, a: u32, b: u32) {
        if self.are_one(a, b) {
            return;
        }
        let stated = self.bonds.between(a, b) == Some(Bond::Same);
        let fits = match self.fit(a, b) {
            Fit::Fits => true,
            Fit::Contradicts => stated,
            Fit::Forbidden => false,
        };
        if fits {
            self.index.join(a, b);
        }
    }
}
