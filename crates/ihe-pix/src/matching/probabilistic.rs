//! The default policy: what contradicts is decided by rules, the rest by a score (Fellegi and Sunter, 1969).

use super::compare::{Birth, Home, Insurance, Pattern, Phone, Same};
use super::features::Features;
use super::policy::{Decision, MatchPolicy, Term, Verdict};
use super::spelling::{Kanji, Sound};
use super::weights::{Weights, outcomes};
use crate::PatientRecord;

/// Rules and Fellegi-Sunter scoring. A link needs a score above the threshold and all of these:
///
/// - the given name agrees; of twins (same family name and birth date, other given name, birth order or branch of one
///   insurance card) two identities are never one person, and neither are parent and child;
/// - a further identifier agrees: phone, address or insurance number; name, sex and birth date alone are reviewed at most;
/// - where a slip in the given name could as well be a twin's name (other reading, other letter of the same sound, cut
///   short), the further identifier is one that twins do not share: the insurance number with its branch, or, unless the
///   name is cut short, the mobile phone of a grown-up;
/// - the birth date agrees or is a slip away, or more agrees besides;
/// - the family name agrees, or everything else does (after a marriage);
/// - the sex does not differ, or the name is the same in kanji and two further identifiers agree.
///
/// Each rule with its reason is in `docs/matching.md`.
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
    let (family, given) = (pattern.names.family, pattern.names.given);
    let one_family = family.agrees() || family.sound == Sound::Edit || !family.contradicts();
    let same_day = pattern.birth == Birth::Equal;
    if pattern.insurance == Insurance::Branch && (given.contradicts() || given.is_doubtful()) {
        return Some(rule(
            Decision::Conflict,
            "another given name and branch on one insurance card",
        ));
    }
    if same_day && pattern.order == Same::Differs {
        return Some(rule(Decision::Conflict, "birth order differs: twins"));
    }
    if given.contradicts() && !is_short_form(pattern) {
        if same_day && family.agrees() && pattern.names.shortened && further(pattern) > 0 {
            return Some(rule(
                Decision::Nothing,
                "the given name of one begins that of the other",
            ));
        }
        return Some(match same_day && one_family {
            true => rule(
                Decision::Conflict,
                "another given name on the same birth date: twins",
            ),
            false => rule(Decision::Nothing, "another given name"),
        });
    }
    if pattern.generation && !named_alike(pattern) {
        return Some(generation(pattern));
    }
    None
}

/// Father and son may sound alike.
fn generation(pattern: &Pattern) -> Rule {
    let names = pattern.names;
    let slip = names.given.agrees() && names.family.agrees() && pattern.birth != Birth::Differs;
    match slip {
        true => rule(Decision::Review, "a generation apart, though one slip away"),
        false => rule(Decision::Conflict, "a generation apart"),
    }
}

/// What a link needs.
fn allowed(pattern: &Pattern) -> Rule {
    let (given, further) = (pattern.names.given, further(pattern));
    let apart = pattern.birth == Birth::Differs;
    let review = |reason| rule(Decision::Review, reason);
    match () {
        () if apart && (further < 2 || !named_alike(pattern) || given.is_doubtful()) => {
            rule(Decision::Nothing, "the birth date differs")
        }
        () if further == 0 && differing(pattern) > MANY => rule(
            Decision::Nothing,
            "of phone, address and insurance number none agrees, and two differ",
        ),
        () if further == 0 && !pattern.names.are_exact() => rule(
            Decision::Nothing,
            "no phone, address or insurance number agrees, and the names not wholly",
        ),
        () if further == 0 => review("no phone, address or insurance number agrees"),
        () if pattern.insurance == Insurance::Branch => review("another branch on one card"),
        () if pattern.sex == Same::Differs && !surely_named(pattern) => review("the sex differs"),
        () if !given.agrees() && !pattern.personal => review("the given names are not surely one"),
        () if given.is_doubtful() && !pattern.personal => {
            review("the given names are spelt alike in part, as twins' are")
        }
        () if apart && !pattern.personal => review("the birth date differs"),
        () if !dated(pattern) && further < 2 => {
            review("the birth date does not agree, and only one further identifier does")
        }
        () if !pattern.names.family.agrees() && !renamed(pattern) => {
            review("the family names are not surely one")
        }
        () => rule(Decision::Link, "the rules allow a link"),
    }
}

/// Of phone, address and insurance number, so many may differ where none agrees: beyond, a reviewer knows no more than we.
const MANY: usize = 1;

/// A part of the given name, by whoever has the same birth date and insurance number with its branch.
fn is_short_form(pattern: &Pattern) -> bool {
    let dated = pattern.birth == Birth::Equal && pattern.sex != Same::Differs;
    let family = pattern.names.family.agrees();
    pattern.names.shortened && pattern.insurance == Insurance::Equal && dated && family
}

/// Written alike in kanji: no two of one family register are.
fn named_alike(pattern: &Pattern) -> bool {
    let (family, given) = (pattern.names.family, pattern.names.given);
    given.kanji == Kanji::Equal && family.kanji == Kanji::Equal
}

/// Boy and girl twins have names of their own, and nobody else shares all of this: the sex is a slip.
fn surely_named(pattern: &Pattern) -> bool {
    let spoken = !matches!(pattern.names.given.sound, Sound::Edit | Sound::Differs);
    named_alike(pattern)
        && spoken
        && pattern.birth == Birth::Equal
        && (further(pattern) > 1 || pattern.personal)
}

/// The birth date agrees, is a slip away, or is the same as far as known and the name is surely the same.
fn dated(pattern: &Pattern) -> bool {
    match pattern.birth {
        Birth::Equal | Birth::Digit | Birth::Swapped | Birth::Year => true,
        Birth::Partial => named_alike(pattern),
        _ => named_alike(pattern) && pattern.personal,
    }
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

/// How many of them are known and differ.
fn differing(pattern: &Pattern) -> usize {
    let differ = [
        pattern.phone == Phone::Differs,
        pattern.home == Home::Differs,
        pattern.insurance == Insurance::Differs,
    ];
    differ.into_iter().filter(|differ| *differ).count()
}

/// Another family name, as after a marriage, or one that cannot be compared: everything else agrees.
fn renamed(pattern: &Pattern) -> bool {
    let (family, further) = (pattern.names.family, further(pattern));
    let slip = !family.contradicts() && !family.is_missing();
    let near = matches!(pattern.birth, Birth::Digit | Birth::Swapped | Birth::Year);
    let known = pattern.sex == Same::Equal || slip || further > 1;
    match pattern.birth {
        Birth::Equal => known,
        _ => near && (slip || (pattern.personal && further > 1)),
    }
}
