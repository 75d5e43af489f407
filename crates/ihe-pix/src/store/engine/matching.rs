//! Finding those who are the same person as a row, and linking or asking.

use super::{Bond, Engine, Happened, Pair, Work, Write};
use crate::index::Blocked;
use crate::matching::{Decision, Features};

/// Rows of one block that are looked at, the newest first: a block of more says too little.
const BLOCK: usize = 2000;
/// Reviews opened for one row at a time: the most alike.
const REVIEWS: usize = 3;
/// Members of a person that are looked at for a review of the same question.
const MEMBERS: usize = 32;
/// Comparisons of members of two persons before they are one; more go to review.
const COMPARISONS: usize = 4096;

/// Rows that are like one row, the most alike first.
#[derive(Default)]
pub(super) struct Alike {
    links: Vec<(f32, u32)>,
    reviews: Vec<(f32, u32)>,
}

/// Whether two persons can be one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Fits,
    /// Somebody stated that two of them are not one person.
    Forbidden,
    /// Two of them contradict each other, or there are too many to say.
    Contradicts,
}

impl Engine {
    fn alike(&self, row: u32) -> Alike {
        let mut alike = Alike::default();
        let Some(features) = self.index.features(row) else {
            return alike;
        };
        for candidate in self.candidates(row, features) {
            let Some(other) = self.index.features(candidate) else {
                continue;
            };
            if self.bonds.between(row, candidate) == Some(Bond::Never) {
                continue;
            }
            let verdict = self.policy.judge(features, other);
            match verdict.decision {
                Decision::Link => alike.links.push((verdict.score, candidate)),
                Decision::Review => alike.reviews.push((verdict.score, candidate)),
                Decision::Nothing | Decision::Conflict => {}
            }
        }
        alike.links.sort_unstable_by(best_first);
        alike
    }

    fn candidates(&self, row: u32, features: &Features) -> Vec<u32> {
        let mut rows = Vec::new();
        for kind in 0..Features::MATCHING {
            let hash = features.block(kind);
            let block = hash
                .into_iter()
                .flat_map(|hash| self.index.block(kind, hash));
            rows.extend(block.filter(|other| *other != row).take(BLOCK));
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Whether the persons of two rows can be one: nothing between any two members speaks against it.
    pub(super) fn fit(&self, a: u32, b: u32) -> Fit {
        let others: Vec<u32> = self.index.members(b).collect();
        let mut compared = 0;
        let mut fit = Fit::Fits;
        for one in self.index.members(a) {
            for other in &others {
                compared += 1;
                match self.speaks_against(one, *other) {
                    Some(Fit::Forbidden) => return Fit::Forbidden,
                    Some(against) => fit = against,
                    None if compared > COMPARISONS => return Fit::Contradicts,
                    None => {}
                }
            }
        }
        fit
    }

    fn speaks_against(&self, one: u32, other: u32) -> Option<Fit> {
        match self.bonds.between(one, other) {
            Some(Bond::Never) => return Some(Fit::Forbidden),
            Some(Bond::Same) => return None,
            None => {}
        }
        let (one, other) = (self.index.features(one)?, self.index.features(other)?);
        let conflict = self.policy.judge(one, other).decision == Decision::Conflict;
        conflict.then_some(Fit::Contradicts)
    }

    /// Whether it has to be asked if two rows are one person: they are not yet, nobody said that they never are, and the
    /// same was not asked of their persons by two other rows.
    fn is_open_question(&self, a: u32, b: u32) -> bool {
        let asked = |a: u32, b: u32| self.reviews.by_pair.contains_key(&Pair::of(a, b));
        let others: Vec<u32> = self.index.members(b).take(MEMBERS).collect();
        let one_asked = |one: u32| others.iter().any(|other| asked(one, *other));
        !self.are_one(a, b)
            && !self.index.members(a).take(MEMBERS).any(one_asked)
            && self.fit(a, b) != Fit::Forbidden
    }

    pub(crate) fn are_one(&self, a: u32, b: u32) -> bool {
        self.index.members(a).any(|row| row == b)
    }
}

pub(super) fn best_first(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

impl Work<'_> {
    /// Links a row to those who are surely the same person, and asks about those who may be.
    pub(super) fn place(&mut self, row: u32) {
        let Alike { links, mut reviews } = self.engine.alike(row);
        for (score, other) in links {
            if self.engine.are_one(row, other) {
                continue;
            }
            match self.engine.fit(row, other) {
                Fit::Fits => self.matched(row, other, score),
                Fit::Contradicts => reviews.push((score, other)),
                Fit::Forbidden => {}
            }
        }
        reviews.sort_unstable_by(best_first);
        let mut asked = 0;
        for (score, other) in reviews {
            if asked < REVIEWS && self.engine.is_open_question(row, other) {
                self.ask(row, other, score);
                asked += 1;
            }
        }
    }

    fn matched(&mut self, row: u32, with: u32, score: f32) {
        self.touch(row);
        self.touch(with);
        self.engine.index.join(row, with);
        self.entry(row, Happened::Matched { with, score });
    }

    /// Opens a review, unless this pair has had one.
    fn ask(&mut self, row: u32, other: u32, score: f32) {
        let pair = Pair::of(row, other);
        let reviews = &mut self.engine.reviews;
        if reviews.by_pair.contains_key(&pair) {
            return;
        }
        reviews.last += 1;
        let number = reviews.last;
        reviews.by_pair.insert(pair, number);
        reviews.open.insert(number, pair);
        let at = self.at;
        self.writes.push(Write::Review {
            number,
            pair,
            score,
            at,
        });
    }
}
