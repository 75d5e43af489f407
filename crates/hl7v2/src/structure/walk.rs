//! Follows a message through its structure, segment by segment, without going back.
//!
//! At each segment the place is chosen that leaves the fewest required segments out; of equal ones the one that suits the
//! next few segments best, then the nearest. The good places depend on the last place and the name only, so they are found
//! once and remembered: the time is linear in the segments.

use super::grammar::Grammar;
use std::collections::HashMap;
use std::rc::Rc;

/// A segment found its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Where it stands.
    pub(super) at: u16,
    /// The group that begins anew with it.
    pub(super) again: Option<u16>,
    /// Required segments that were passed over.
    pub(super) missed: Vec<u16>,
}

/// What became of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placed {
    Here(Rc<Step>),
    /// The structure has such a segment, but not after what came before.
    OutOfOrder,
    /// The structure has no such segment.
    Nowhere,
}

/// Segments that are looked at ahead when several places are equally good: ORC TQ1 TQ2 TQ2 ODT of OMD_O03 needs four.
const AHEAD: usize = 16;

pub(super) struct Walk<'g> {
    grammar: &'g Grammar,
    at: Option<u16>,
    known: HashMap<(Option<u16>, &'g str), Steps>,
}

/// The steps that miss the fewest segments, the nearest first.
type Steps = Rc<[Rc<Step>]>;

impl<'g> Walk<'g> {
    pub(super) fn new(grammar: &'g Grammar) -> Walk<'g> {
        Walk {
            grammar,
            at: None,
            known: HashMap::new(),
        }
    }

    /// The last place that was taken.
    pub(super) fn at(&self) -> Option<u16> {
        self.at
    }

    /// Places the first of `names`; the others are the segments after it.
    pub(super) fn place(&mut self, names: &[&str]) -> Placed {
        let (name, ahead) = names.split_first().unwrap_or((&"", &[]));
        if self.grammar.places(name).is_none() {
            return Placed::Nowhere;
        }
        let steps = self.steps(self.at, name);
        let best = match steps.len() {
            0 | 1 => steps.first(),
            _ => steps.iter().min_by_key(|step| self.cost(step, ahead)),
        };
        match best {
            None => Placed::OutOfOrder,
            Some(step) => {
                self.at = Some(step.at);
                Placed::Here(step.clone())
            }
        }
    }

    fn steps(&mut self, at: Option<u16>, name: &str) -> Steps {
        let Some((name, places)) = self.grammar.places(name) else {
            return Steps::default();
        };
        let grammar = self.grammar;
        let known = self.known.entry((at, name));
        known.or_insert_with(|| best(grammar, at, places)).clone()
    }

    /// How many faults the next segments would make after that step.
    fn cost(&mut self, step: &Step, ahead: &[&str]) -> usize {
        let (mut at, mut cost) = (step.at, 0);
        for name in ahead.iter().take(AHEAD) {
            if self.grammar.places(name).is_none() {
                continue;
            }
            match self.steps(Some(at), name).first() {
                None => cost += 1,
                Some(next) => {
                    cost += next.missed.len();
                    at = next.at;
                }
            }
        }
        match ahead.len() < AHEAD {
            true => cost + self.missed_after(Some(at)).len(),
            false => cost,
        }
    }

    /// The required segments that never came.
    pub(super) fn missed_at_end(&self) -> Vec<u16> {
        self.missed_after(self.at)
    }

    fn missed_after(&self, at: Option<u16>) -> Vec<u16> {
        let from = at.map_or(0, |at| at + 1);
        let entered: Vec<u16> = at.into_iter().collect();
        self.grammar.required(from..self.grammar.len(), &entered)
    }
}

/// A place that leaves more than this out is no place: the segment is a stray, and the walk stays where it is.
const MOST_MISSED: usize = 3;

fn best(grammar: &Grammar, at: Option<u16>, places: &[u16]) -> Steps {
    let mut steps: Vec<(usize, usize, Step)> = Vec::new();
    for &to in places {
        let Some(from) = at else {
            let missed = grammar.required(0..to, &[to]);
            steps.push((missed.len(), 0, step(to, None, missed)));
            continue;
        };
        if from == to && grammar.node(to).is_some_and(|node| node.repeats) {
            steps.push((0, 0, step(to, None, Vec::new())));
        }
        steps.extend(onward(grammar, from, to));
        steps.extend(again(grammar, from, to));
    }
    steps.sort_by_key(|(missed, left, _)| (*missed, *left));
    let fewest = steps
        .first()
        .map_or(0, |(missed, ..)| *missed)
        .min(MOST_MISSED);
    steps
        .into_iter()
        .take_while(|(missed, ..)| *missed == fewest)
        .map(|(.., step)| Rc::new(step))
        .collect()
}

fn step(at: u16, again: Option<u16>, missed: Vec<u16>) -> Step {
    Step { at, again, missed }
}

/// Forward, with how many groups are left for it (twice, to rank it before a new repetition).
fn onward(grammar: &Grammar, from: u16, to: u16) -> Option<(usize, usize, Step)> {
    if to <= from {
        return None;
    }
    let missed = grammar.required(from + 1..to, &[from, to]);
    let left = grammar
        .ancestors(from)
        .take_while(|&group| !grammar.contains(group, to))
        .count();
    Some((missed.len(), 2 * left, step(to, None, missed)))
}

/// By a new repetition of the innermost group that holds both.
fn again(grammar: &Grammar, from: u16, to: u16) -> Option<(usize, usize, Step)> {
    let (left, group) = grammar.ancestors(from).enumerate().find(|&(_, group)| {
        grammar.contains(group, to) && grammar.node(group).is_some_and(|node| node.repeats)
    })?;
    let end = grammar.node(group)?.end;
    let mut missed = grammar.required(from + 1..end, &[from]);
    missed.extend(grammar.required(group..to, &[to]));
    Some((missed.len(), 2 * left + 1, step(to, Some(group), missed)))
}

#[cfg(test)]
mod tests {
    use super::super::notation;
    use super::{Placed, Walk};

    /// Each segment's place as a number of the structure's segments, and what was missed before it.
    fn walk(structure: &str, names: &str) -> Vec<String> {
        let grammar = notation::read("T", structure).unwrap();
        let mut walk = Walk::new(&grammar);
        let names: Vec<&str> = names.split(' ').collect();
        let mut told: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(n, name)| match walk.place(&names[n..]) {
                Placed::Here(step) => {
                    let missed: Vec<_> = step.missed.iter().map(|&at| grammar.label(at)).collect();
                    let again = step.again.map_or(String::new(), |at| grammar.label(at));
                    format!("{name}{again}-{}", missed.join(","))
                }
                Placed::OutOfOrder => format!("{name}?"),
                Placed::Nowhere => format!("{name}!"),
            })
            .collect();
        told.extend(walk.missed_at_end().iter().map(|&at| grammar.label(at)));
        told
    }

    const RESULT: &str = "MSH { PATIENT: [PID] { ORDER: [ORC] OBR { OBSERVATION: OBX [{NTE}] } [ SPECIMEN: SPM [{OBX}] ] } } [DSC]";

    #[test]
    fn a_group_begins_anew_at_its_innermost_repetition() {
        assert_eq!(
            walk(
                RESULT,
                "MSH PID OBR OBX NTE NTE OBX OBR OBX SPM OBX OBX PID OBR OBX"
            ),
            [
                "MSH-",
                "PID-",
                "OBR-",
                "OBX-",
                "NTE-",
                "NTE-",
                "OBXOBSERVATION-",
                "OBRORDER-",
                "OBX-",
                "SPM-",
                "OBX-",
                "OBX-",
                "PIDPATIENT-",
                "OBR-",
                "OBX-"
            ]
        );
    }

    #[test]
    fn what_is_passed_over_is_missed_where_the_next_one_stands() {
        assert_eq!(
            walk(RESULT, "MSH OBX OBR ORC"),
            ["MSH-", "OBX-OBR", "OBRORDER-", "ORCORDER-OBX", "OBR", "OBX"]
        );
    }

    #[test]
    fn out_of_order_and_unknown_segments_do_not_move_the_walk() {
        assert_eq!(
            walk("MSH EVN PID [PV1]", "MSH EVN PV1 PID ZZZ EVN"),
            ["MSH-", "EVN-", "PV1-PID", "PID?", "ZZZ!", "EVN?"]
        );
    }
    #[test]
    fn of_equal_places_the_next_segments_decide() {
        let diet = "MSH { DIET: ORC [TQ1] [{ODS}] } [{ TRAY: ORC [TQ1] {ODT} }]";
        assert_eq!(
            walk(diet, "MSH ORC ODS ORC ODS ORC TQ1 ODT"),
            [
                "MSH-", "ORC-", "ODS-", "ORCDIET-", "ODS-", "ORC-", "TQ1-", "ODT-"
            ]
        );
    }

    #[test]
    fn a_stray_segment_that_would_miss_many_does_not_move_the_walk() {
        assert_eq!(
            walk("MSH [ A: PID PV1 OBR OBX NTE ] [DSC]", "MSH NTE DSC"),
            ["MSH-", "NTE?", "DSC-"]
        );
    }
}
