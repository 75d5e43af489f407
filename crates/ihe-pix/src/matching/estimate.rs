//! Weights from the data itself: expectation and maximisation over pairs that share a block (Fellegi-Sunter, unsupervised).

use std::collections::HashMap;

use super::compare::Pattern;
use super::features::Features;
use super::policy::Decision;
use super::probabilistic::contradiction;
use super::weights::{FIELDS, OUTCOMES, Weights, outcomes};
use crate::PatientRecord;
use crate::index::Blocked;

/// A block of more records says too little, and costs the square.
const BLOCK: usize = 60;
/// Pairs drawn at random for each record, to see how often outcomes come by accident.
const DRAWN: usize = 40;
/// Rounds after which it is good enough.
const ROUNDS: usize = 100;
/// A change of the share of matches at which it has converged.
const STILL: f64 = 1e-6;
/// An outcome seen so often weighs half by what was seen and half by what was assumed.
const SEEN: f64 = 5.0;
/// Bits that one outcome may weigh.
const MOST: f64 = 20.0;

/// The fields that blocks of each kind hold fixed, so that nothing can be learnt of them there.
const FIXED: [&[&str]; Features::MATCHING] = [
    &["birth date", "sex"],
    &["phone"],
    &["phone"],
    &["insurance number"],
    &["family name", "given name", "order of names"],
];

/// A pattern of outcomes and how many pairs have it.
type Counted = Vec<([u8; FIELDS.len()], f64)>;
/// How often each outcome was seen.
type Seen = [[f64; OUTCOMES]; FIELDS.len()];

/// Weights learnt from records, and what they were learnt from.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The new weights. Thresholds, the prior and the weights of frequencies are as they were: the prior depends on how
    /// many records the store will hold, the thresholds on what a wrong link costs.
    pub weights: Weights,
    /// Records looked at.
    pub records: usize,
    /// Pairs that share a block, once for each kind of block.
    pub pairs: u64,
    /// How many of these are one person, as estimated.
    pub matches: f64,
    /// Rounds until it stood still, all kinds together.
    pub rounds: usize,
}

/// Estimates weights from a sample of records, beginning with `start`. The same records in the same order give the same
/// weights. Takes some seconds and 48 bytes a record for 100,000 records; what is seen too seldom keeps its weight.
pub fn estimate(records: impl IntoIterator<Item = PatientRecord>, start: &Weights) -> Estimate {
    let features: Vec<Features> = records
        .into_iter()
        .map(|record| Features::of(&record))
        .collect();
    let mut estimate = Estimate {
        weights: start.clone(),
        records: features.len(),
        pairs: 0,
        matches: 0.0,
        rounds: 0,
    };
    let mut one_person: Seen = [[0.0; OUTCOMES]; FIELDS.len()];
    for (kind, fixed) in FIXED.iter().enumerate() {
        let counted = patterns(&features, kind);
        estimate.pairs += counted.iter().map(|(_, pairs)| *pairs as u64).sum::<u64>();
        let mut session = Session::new(counted, start, fixed);
        estimate.rounds += session.run();
        estimate.matches += session.matches();
        session.add_to(&mut one_person, fixed);
    }
    let any_two = drawn(&features, start);
    learn(&mut estimate.weights, &one_person, &any_two);
    estimate
}

/// The patterns of all pairs that share a block of this kind.
fn patterns(features: &[Features], kind: usize) -> Counted {
    let keyed = features.iter().zip(0_usize..);
    let mut rows: Vec<(u32, usize)> = keyed
        .filter_map(|(one, row)| Some((one.block(kind)?, row)))
        .collect();
    rows.sort_unstable();
    let mut counts: HashMap<[u8; FIELDS.len()], f64> = HashMap::new();
    for block in rows
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|block| block.len() <= BLOCK)
    {
        for (place, (_, one)) in block.iter().enumerate() {
            for (_, other) in block.iter().skip(place + 1) {
                if let (Some(one), Some(other)) = (features.get(*one), features.get(*other)) {
                    *counts.entry(pattern(one, other)).or_default() += 1.0;
                }
            }
        }
    }
    let mut counted: Counted = counts.into_iter().collect();
    counted.sort_unstable_by_key(|(pattern, _)| *pattern);
    counted
}

/// The outcomes; the last field's place beyond its outcomes marks what the rules say are two persons.
fn pattern(one: &Features, other: &Features) -> [u8; FIELDS.len()] {
    let pattern = Pattern::of(one, other);
    let mut outcomes = outcomes(&pattern);
    let apart = contradiction(&pattern).is_some_and(|rule| rule.limit != Decision::Review);
    if let Some(last) = outcomes.last_mut().filter(|_| apart) {
        *last |= APART;
    }
    outcomes
}

/// Set in the outcome of the last field when the rules say that two records are two persons.
const APART: u8 = 0x80;

fn outcome(field: usize, pattern: &[u8; FIELDS.len()]) -> usize {
    usize::from(pattern.get(field).copied().unwrap_or(0) & !APART).min(OUTCOMES - 1)
}

fn is_apart(pattern: &[u8; FIELDS.len()]) -> bool {
    pattern.last().is_some_and(|last| last & APART != 0)
}

/// Expectation and maximisation over the pairs of one kind of block: what is one person, what is not, and how outcomes are
/// spread over both. Both are of this kind of block only: what is accident here (a household) is not accident elsewhere.
struct Session {
    counted: Counted,
    /// How sure it is that each pattern is one person.
    sure: Vec<f64>,
    learnt: Vec<usize>,
}

impl Session {
    fn new(counted: Counted, start: &Weights, fixed: &[&str]) -> Session {
        let plain = |pattern: &[u8; FIELDS.len()]| {
            let mut pattern = *pattern;
            pattern.iter_mut().for_each(|outcome| *outcome &= !APART);
            pattern
        };
        let sure = counted
            .iter()
            .map(|(pattern, _)| match is_apart(pattern) {
                true => 0.0,
                false => odds(f64::from(start.score(&plain(pattern)))),
            })
            .collect();
        let learnt = FIELDS
            .iter()
            .zip(0..)
            .filter(|(field, _)| !fixed.contains(&field.name));
        Session {
            counted,
            sure,
            learnt: learnt.map(|(_, place)| place).collect(),
        }
    }

    /// Rounds until it stood still.
    fn run(&mut self) -> usize {
        for round in 1..=ROUNDS {
            let before = self.matches();
            self.round();
            if (self.matches() - before).abs() <= STILL * before.max(1.0) {
                return round;
            }
        }
        ROUNDS
    }

    fn matches(&self) -> f64 {
        self.counted
            .iter()
            .zip(&self.sure)
            .map(|((_, pairs), sure)| pairs * sure)
            .sum()
    }

    fn round(&mut self) {
        let (one, two) = (self.spread(true), self.spread(false));
        let all: f64 = self.counted.iter().map(|(_, pairs)| pairs).sum();
        let share = (self.matches() / all.max(1.0)).clamp(1e-9, 1.0 - 1e-9);
        let base = (share / (1.0 - share)).log2();
        for ((pattern, _), sure) in self.counted.iter().zip(&mut self.sure) {
            if !is_apart(pattern) {
                let weight = |field: &usize| {
                    let place = outcome(*field, pattern);
                    (one[*field][place] / two[*field][place]).log2()
                };
                *sure = odds(base + self.learnt.iter().map(weight).sum::<f64>());
            }
        }
    }

    /// How outcomes are spread over pairs of one person, or of two.
    fn spread(&self, one_person: bool) -> Seen {
        let mut seen: Seen = [[0.0; OUTCOMES]; FIELDS.len()];
        self.count(one_person, &mut seen);
        for (field, seen) in FIELDS.iter().zip(&mut seen) {
            let all: f64 = seen.iter().sum::<f64>() + 0.1 * field.outcomes.len() as f64;
            seen.iter_mut()
                .for_each(|share| *share = (*share + 0.1) / all);
        }
        seen
    }

    fn count(&self, one_person: bool, seen: &mut Seen) {
        for ((pattern, pairs), sure) in self.counted.iter().zip(&self.sure) {
            let share = if one_person { *sure } else { 1.0 - sure };
            for field in &self.learnt {
                seen[*field][outcome(*field, pattern)] += pairs * share;
            }
        }
    }

    fn add_to(&self, one_person: &mut Seen, fixed: &[&str]) {
        let mut seen: Seen = [[0.0; OUTCOMES]; FIELDS.len()];
        self.count(true, &mut seen);
        for ((field, sum), seen) in FIELDS.iter().zip(one_person).zip(seen) {
            if !fixed.contains(&field.name) {
                sum.iter_mut()
                    .zip(seen)
                    .for_each(|(sum, seen)| *sum += seen);
            }
        }
    }
}

/// A score as a probability.
fn odds(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp2())
}

/// How outcomes come by accident: pairs drawn at random, those left out that are one person by the weights assumed.
fn drawn(features: &[Features], start: &Weights) -> Seen {
    let mut seen: Seen = [[0.0; OUTCOMES]; FIELDS.len()];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        features.get(((state >> 33) as usize) % features.len().max(1))
    };
    let pairs = features.len().saturating_mul(DRAWN.min(features.len()));
    for _ in 0..pairs {
        let (Some(one), Some(other)) = (draw(), draw()) else {
            break;
        };
        if std::ptr::eq(one, other) {
            continue;
        }
        let outcomes = outcomes(&Pattern::of(one, other));
        if start.score(&outcomes) < 0.0 {
            for (seen, outcome) in seen.iter_mut().zip(outcomes) {
                seen[usize::from(outcome).min(OUTCOMES - 1)] += 1.0;
            }
        }
    }
    seen
}

/// Log2 of how much more often each outcome is seen of one person; what is missing says nothing.
fn learn(weights: &mut Weights, one_person: &Seen, any_two: &Seen) {
    let fields = FIELDS
        .iter()
        .zip(&mut weights.fields)
        .zip(one_person.iter().zip(any_two));
    for ((field, weights), (one, two)) in fields {
        let all = |seen: &[f64; OUTCOMES]| seen.iter().skip(1).sum::<f64>();
        let (ones, twos) = (all(one), all(two));
        if ones < SEEN
            || twos < SEEN
            || field.name.starts_with("frequency")
            || field.name.starts_with("order")
        {
            continue;
        }
        for ((weight, one), two) in weights.iter_mut().zip(one).zip(two).skip(1) {
            let found = ((one + 0.5) / ones / ((two + 0.5) / twos))
                .log2()
                .clamp(-MOST, MOST);
            let known = one.min(*two);
            let mixed = (f64::from(*weight) * SEEN + found * known) / (SEEN + known);
            *weight = (mixed * 100.0).round() as f32 / 100.0;
        }
    }
}
