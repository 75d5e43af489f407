//! Checks one message: its structure here, its fields in `fields`.

use super::fields::Fields;
use super::grammar::Grammar;
use super::report::{self, Findings, small};
use super::walk::{Placed, Walk};
use super::{Profile, Report};
use crate::ack::{ErrorCode, Location, Problem, Severity};
use crate::{Message, Segment};
use std::collections::HashMap;

/// Checks a message against a profile. Linear in the size of the message; stops only at the profile's
/// [`most_findings`](Profile::most_findings). No finding holds content of the message, only places and names of segments.
pub fn check(message: &Message, profile: &Profile) -> Report {
    let mut findings = Findings::new(profile.most_findings);
    version(message, profile, &mut findings);
    let grammar = structure_of(message, profile, &mut findings);
    let structure = grammar.map(|grammar| grammar.id.clone());
    Checker {
        profile,
        walk: grammar.map(Walk::new),
        structure: grammar,
        fields: Fields::new(profile, message, structure.as_deref().unwrap_or_default()),
        counts: HashMap::new(),
        missing: HashMap::new(),
        findings: &mut findings,
    }
    .run(message);
    let (findings, capped) = findings.into_sorted();
    Report {
        profile: profile.name().to_owned(),
        structure,
        findings,
        capped,
    }
}

fn version(message: &Message, profile: &Profile, findings: &mut Findings) {
    let version = message.raw("MSH-12.1").unwrap_or_default();
    if !version.is_empty() && !version.starts_with(profile.version()) {
        let text = format!(
            "checked as version {}; send that version or choose another profile",
            profile.version()
        );
        let place = Location::field("MSH", 1, 12);
        findings.add(
            0,
            Problem::warning(ErrorCode::UNSUPPORTED_VERSION, place, text),
        );
    }
}

/// The structure by the event; without a known event by MSH-9.3.
pub(super) fn structure_of<'p>(
    message: &Message,
    profile: &'p Profile,
    findings: &mut Findings,
) -> Option<&'p Grammar> {
    let part = |path| message.raw(path).unwrap_or_default();
    let (code, trigger, named) = (part("MSH-9.1"), part("MSH-9.2"), part("MSH-9.3"));
    let tables = &profile.tables;
    let by_event = tables
        .structure_of(code, trigger)
        .and_then(|id| tables.structures.get(id));
    let place = |component| {
        Location::field("MSH", 1, 9)
            .repetition(1)
            .component(component)
    };
    if let Some(grammar) = by_event {
        if !named.is_empty() && named != grammar.id {
            let text = format!("the structure of this event is {}; send that", grammar.id);
            findings.add(0, Problem::warning(ErrorCode::TABLE_VALUE, place(3), text));
        }
        return by_event;
    }
    if let Some(grammar) = tables.structures.get(named) {
        let text = "the event is not known; checked by the structure that MSH-9.3 names";
        findings.add(
            0,
            Problem::warning(ErrorCode::UNSUPPORTED_EVENT, place(2), text),
        );
        return Some(grammar);
    }
    let problem = match tables.events.contains_key(code) {
        true => Problem::error(
            ErrorCode::UNSUPPORTED_EVENT,
            place(2),
            "no structure is known for this event; its segments' order was not checked",
        ),
        false => Problem::error(
            ErrorCode::UNSUPPORTED_MESSAGE_TYPE,
            place(1),
            "no structure is known for this message type; its segments' order was not checked",
        ),
    };
    findings.add(0, problem);
    None
}

struct Checker<'a> {
    profile: &'a Profile,
    structure: Option<&'a Grammar>,
    walk: Option<Walk<'a>>,
    fields: Fields<'a>,
    /// How many segments of each name came.
    counts: HashMap<&'a str, usize>,
    /// Required places that were passed over, and the finding that says so.
    missing: HashMap<u16, usize>,
    findings: &'a mut Findings,
}

impl<'a> Checker<'a> {
    fn run(mut self, message: &'a Message) {
        let segments: Vec<Segment<'a>> = message.segments().collect();
        let names: Vec<&str> = segments.iter().map(Segment::name).collect();
        for (at, &segment) in segments.iter().enumerate() {
            if self.findings.is_full() {
                return;
            }
            let count = self.counts.entry(segment.name()).or_default();
            *count += 1;
            let sequence = *count;
            self.order(at, names.get(at..).unwrap_or_default(), sequence);
            self.fields.check(at, segment, sequence, self.findings);
        }
        let missed = self.walk.as_ref().map(Walk::missed_at_end);
        for place in missed.unwrap_or_default() {
            self.miss(segments.len(), place, "at the end of the message");
        }
    }

    /// Places the first of `names`.
    fn order(&mut self, at: usize, names: &[&str], sequence: usize) {
        let name = names.first().copied().unwrap_or_default();
        match self.walk.as_mut().map(|walk| walk.place(names)) {
            Some(Placed::Here(step)) => {
                for &place in &step.missed {
                    self.miss(at, place, &format!("before {name}"));
                }
            }
            Some(Placed::OutOfOrder) => self.out_of_order(at, name, sequence),
            Some(Placed::Nowhere) => self.nowhere(at, name, sequence),
            None => {}
        }
    }

    fn miss(&mut self, at: usize, place: u16, here: &str) {
        let Some(grammar) = self.structure else {
            return;
        };
        let first = grammar.node(place).and_then(|node| node.names.first());
        let name = first.map_or("", String::as_str);
        let sequence = self.counts.get(name).map_or(1, |count| count + 1);
        let (label, id) = (grammar.label(place), &grammar.id);
        let text = format!("{label} is required in {id} {here}; add it");
        let location = report::segment(name, sequence);
        let problem = Problem::error(ErrorCode::SEGMENT_SEQUENCE, location, text);
        if let Some(number) = self.findings.add(at, problem) {
            self.missing.insert(place, number);
        }
    }

    /// If it was missed earlier, that is said no more: it is there, in the wrong place.
    fn out_of_order(&mut self, at: usize, name: &str, sequence: usize) {
        let Some(grammar) = self.structure else {
            return;
        };
        let places = grammar.places(name).map_or(&[][..], |(_, places)| places);
        let missed = places.iter().find_map(|place| self.missing.remove(place));
        let text = match missed {
            Some(number) => {
                self.findings.take_back(number);
                format!("{name} stands too late for {}; move it up", grammar.id)
            }
            None => format!(
                "{name} may not stand here in {}, or not again; move it or leave it out",
                grammar.id
            ),
        };
        let location = report::segment(name, sequence);
        self.findings.add(
            at,
            Problem::error(ErrorCode::SEGMENT_SEQUENCE, location, text),
        );
    }

    fn nowhere(&mut self, at: usize, name: &str, sequence: usize) {
        let Some(grammar) = self.structure else {
            return;
        };
        let known = !name.starts_with('Z') && self.profile.tables.segments.contains_key(name);
        if !known && sequence > 1 {
            return;
        }
        let text = match known {
            true => format!("{name} has no place in {}; leave it out", grammar.id),
            false => "a local or unknown segment; it is ignored".to_owned(),
        };
        let location = report::segment(name, sequence);
        let problem = Problem::warning(ErrorCode::SEGMENT_SEQUENCE, location, text);
        let severity = match known {
            true => Severity::Warning,
            false => Severity::Information,
        };
        self.findings.add(
            at,
            Problem {
                severity,
                ..problem
            },
        );
    }
}

/// The place of a value inside a field.
pub(super) fn place(
    segment: &str,
    sequence: usize,
    field: u16,
    repetition: usize,
    component: Option<usize>,
    subcomponent: Option<usize>,
) -> Location {
    Location {
        repetition: small(repetition),
        component: component.map_or(0, small),
        subcomponent: subcomponent.map_or(0, small),
        ..Location::field(segment, small(sequence), field)
    }
}
