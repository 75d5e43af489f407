//! The default policy: what contradicts is decided by rules, the rest by a score (Fellegi and Sunter, 1969).

use super::compare::{Birth, Home, Insurance, Pattern, Phone, Same};
use super::features::Features;
use super::policy::{Decision, MatchPolicy, Term, Verdict};
use super::spelling::{Kanji, Sound};
use super::weights::{Weights, outcomes};
use crate::PatientRecord;

/// Rules and Fellegi-Sunter scoring. A link needs a score above the threshold and all of these:
///
/// - the given name agrees; of twins (same family name and birth date, other given name or birth order) two identities are
///   never one person, and neither are parent and child;
/// - a further identifier agrees: phone, address or insurance number; name, sex and birth date alone are reviewed at most;
/// - the birth date agrees or is a slip away, or two further identifiers agree;
/// - the family name agrees, or everything else does (after a marriage);
/// - the sex does not differ.
#[derive(Clone, Debug, Default)]
pub struct Probabilistic {
    weights: Weights,
}

/// How far two records may go, whatever the score, and why.
pub(super) struct Rule {
    pub(super) limit: Decision,
    pub(super) reason: &'static str,
}

const fn rule(limit: Decision, reason: &'static str) -> Rule {
    Rule { limit, reason }
}

impl Probabilistic {
    /// The policy with these weights and thresholds.
    pub fn new(weights: Weights) -> Probabilistic {
        Probabilistic { weights }
    }

    /// The weights in use.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }
}

impl MatchPolicy for Probabilistic {
    fn judge(&self, one: &Features, other: &Features) -> Verdict {
        let pattern = Pattern::of(one, other);
        let score = self.weights.score(&outcomes(&pattern));
        let decision = match contradiction(&pattern)
            .unwrap_or_else(|| allowed(&pattern))
            .limit
        {
            Decision::Conflict => Decision::Conflict,
            Decision::Link if score >= self.weights.link => Decision::Link,
            Decision::Link | Decision::Review if score >= self.weights.review => Decision::Review,
            _ => Decision::Nothing,
        };
        Verdict { decision, score }
    }

    fn rule(&self, one: &Features, other: &Features) -> &'static str {
        let pattern = Pattern::of(one, other);
        contradiction(&pattern)
            .unwrap_or_else(|| allowed(&pattern))
            .reason
    }

    fn explain(&self, one: &PatientRecord, other: &PatientRecord) -> Vec<Term> {
        let pattern = Pattern::of(&Features::of(one), &Features::of(other));
        let mut terms = self.weights.terms(&outcomes(&pattern));
        let Rule { reason, .. } = contradiction(&pattern).unwrap_or_else(|| allowed(&pattern));
        terms.push(Term {
            what: "rule",
            outcome: reason,
            weight: 0.0,
        });
        terms
    }
}

/// What makes two persons of two records.
pub(super) fn contradiction(pattern: &Pattern) -> Option<Rule> {
    let names = pattern.names;
    let family = names.family;
    let one_family = family.agrees() || family.sound == Sound::Edit || !family.contradicts();
    let same_day = pattern.birth == Birth::Equal;
    if same_day && pattern.order == Same::Differs {
        return Some(rule(Decision::Conflict, "birth order differs: twins"));
    }
    if names.given.contradicts() {
        return Some(match same_day && one_family {
            true => rule(
                Decision::Conflict,
                "another given name on the same birth date: twins",
            ),
            false => rule(Decision::Nothing, "another given name"),
        });
    }
    if pattern.generation {
        let slip = names.given.agrees() && family.agrees() && pattern.birth != Birth::Differs;
        if slip && named_alike(pattern) && further(pattern) > 1 {
            return None;
        }
        return Some(match slip {
            true => rule(Decision::Review, "a generation apart, though one slip away"),
            false => rule(Decision::Conflict, "a generation apart"),
        });
    }
    None
}

/// What a link needs.
pub(super) fn allowed(pattern: &Pattern) -> Rule {
    let further = further(pattern);
    let near = matches!(
        pattern.birth,
        Birth::Equal | Birth::Digit | Birth::Swapped | Birth::Year
    );
    let reason = match () {
        () if pattern.sex == Same::Differs => "the sex differs",
        () if !pattern.names.given.agrees() => "the given names are not surely one",
        () if further == 0 => "no phone, address or insurance number agrees",
        () if pattern.birth == Birth::Differs => "the birth date differs",
        () if !near && further < 2 => {
            "the birth date does not agree, and only one further identifier does"
        }
        () if !pattern.names.family.agrees() && !renamed(pattern) => {
            "the family names are not surely one"
        }
        () => return rule(Decision::Link, "the rules allow a link"),
    };
    rule(Decision::Review, reason)
}

/// Written alike in kanji: no two of one family register are.
fn named_alike(pattern: &Pattern) -> bool {
    let (family, given) = (pattern.names.family, pattern.names.given);
    given.kanji == Kanji::Equal && family.kanji == Kanji::Equal
}

/// How many identifiers agree besides name, birth date and sex.
fn further(pattern: &Pattern) -> usize {
    let agree = [
        pattern.phone == Phone::Equal,
        matches!(pattern.home, Home::Equal | Home::Near),
        matches!(pattern.insurance, Insurance::Equal | Insurance::Card),
    ];
    agree.into_iter().filter(|agree| *agree).count()
}

/// Another family name, as after a marriage, or one that cannot be compared: everything else agrees.
fn renamed(pattern: &Pattern) -> bool {
    let family = pattern.names.family;
    let slip = !family.contradicts() && !family.is_missing();
    let near = matches!(pattern.birth, Birth::Digit | Birth::Swapped | Birth::Year);
    match pattern.birth {
        Birth::Equal => pattern.sex == Same::Equal || slip,
        _ => slip && near,
    }
}
