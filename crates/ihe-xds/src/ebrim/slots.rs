//! The Slots of one object, taken out one by one by name; what is left is extra metadata (ITI TF-3 4.2.3.1.6).

use super::schemes::{Presence, SlotAttribute};
use crate::error::{Location, shown};
use crate::metadata::Slot;
use crate::validate::findings::Findings;
use crate::validate::value;
use std::collections::HashMap;

/// Most characters of a `rim:Value` (ITI TF-3 4.2.3.1.1).
const LONGEST: usize = 256;

const NOT_OURS: &str =
    "no Slot of IHE has this name here, and extra metadata is named by a URN that is not urn:ihe:";

/// So many Slots are searched one by one; objects of IHE have fewer.
const FEW: usize = 32;

pub(crate) struct Slots<'a> {
    place: &'a Location,
    slots: Vec<Option<Slot>>,
    /// Where each name stands, if there are more than a few.
    index: Option<HashMap<String, usize>>,
}

impl<'a> Slots<'a> {
    /// XDS-R-005, XDS-R-006
    pub(crate) fn new(place: &'a Location, slots: Vec<Slot>, findings: &mut Findings) -> Self {
        let mut found = Self {
            place,
            index: (slots.len() > FEW).then(HashMap::new),
            slots: Vec::with_capacity(slots.len()),
        };
        for slot in slots {
            if slot.values.iter().any(|value| is_too_long(value)) {
                let what = format!("a value is longer than {LONGEST} characters");
                findings.metadata(&place.attribute(slot.name.clone()), &what);
            }
            if slot.name.is_empty() {
                findings.metadata(place, "a Slot has no name");
            } else if found.position(&slot.name).is_some() {
                let place = place.attribute(slot.name);
                findings.metadata(&place, "the Slot occurs twice; its name is allowed once");
            } else {
                if let Some(index) = &mut found.index {
                    index.insert(slot.name.clone(), found.slots.len());
                }
                found.slots.push(Some(slot));
            }
        }
        found
    }

    /// Where the Slot of this name stands, or stood.
    fn position(&self, name: &str) -> Option<usize> {
        let is_it = |slot: &Option<Slot>| slot.as_ref().is_some_and(|slot| slot.name == name);
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.slots.iter().position(is_it),
        }
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        let at = self.position(name);
        let slot = at.and_then(|at| self.slots.get_mut(at)?.take());
        slot.map(|slot| slot.values).unwrap_or_default()
    }

    /// At most one value of a form.
    pub(crate) fn one(
        &mut self,
        attribute: &SlotAttribute,
        findings: &mut Findings,
    ) -> Option<String> {
        let mut values = self.take(attribute.name);
        let many = values.len() > 1;
        let value = (!values.is_empty()).then(|| values.swap_remove(0));
        let presence = attribute.presence(findings.receiver());
        let place = || self.place.attribute(attribute.name);
        if many {
            findings.metadata(&place(), "has more than one value; one is allowed");
        }
        match (&value, presence) {
            (None, Presence::Required) => {
                let what = format!("is missing; {} is required", attribute.form);
                findings.metadata(&place(), &what);
            }
            (Some(_), Presence::Forbidden) => findings.metadata(&place(), "is not allowed here"),
            (Some(text), _) if !attribute.form.accepts(text) => {
                findings.form(&place(), attribute.form);
            }
            _ => {}
        }
        value
    }

    /// Any number of values of a form.
    pub(crate) fn many(
        &mut self,
        attribute: &SlotAttribute,
        findings: &mut Findings,
    ) -> Vec<String> {
        let values = self.take(attribute.name);
        let form = attribute.form;
        let wrong = values
            .iter()
            .enumerate()
            .filter(|(_, text)| !form.accepts(text));
        for (at, _) in wrong {
            let what = format!("value {} is not {form}", at + 1);
            findings.metadata(&self.place.attribute(attribute.name), &what);
        }
        values
    }

    /// What was not taken: extra metadata, whose names must be URNs that are not IHE's (XDS-R-022). `known` is IHE's,
    /// and stays among it.
    pub(crate) fn rest(self, known: Option<&SlotAttribute>, findings: &mut Findings) -> Vec<Slot> {
        let rest: Vec<Slot> = self.slots.into_iter().flatten().collect();
        for slot in &rest {
            let place = || self.place.attribute(slot.name.clone());
            match known.filter(|known| known.name == slot.name) {
                Some(known) if slot.values.len() != 1 => {
                    findings.metadata(&place(), &format!("one value is allowed, {}", known.form));
                }
                Some(known) if !slot.values.iter().all(|text| known.form.accepts(text)) => {
                    findings.form(&place(), known.form);
                }
                Some(_) => {}
                None if value::is_extra_name(&slot.name) => {}
                None => findings.metadata(&place(), NOT_OURS),
            }
        }
        rest
    }

    /// Nothing else may be here (IHEXDS-1, IHEXDS-101).
    pub(crate) fn nothing_left(self, findings: &mut Findings) {
        for slot in self.slots.into_iter().flatten() {
            let what = format!("Slot {} does not belong here", shown(&slot.name));
            findings.metadata(self.place, &what);
        }
    }
}

fn is_too_long(value: &str) -> bool {
    value.len() > LONGEST && value.chars().count() > LONGEST
}
