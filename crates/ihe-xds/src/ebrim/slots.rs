//! The Slots of one object, taken out one by one by name; what is left is extra metadata (ITI TF-3 4.2.3.1.6).

use crate::metadata::Slot;
use crate::validate::findings::{Findings, Place};
use std::collections::HashMap;

/// Whether a Slot must, may or may not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
    Forbidden,
}

/// A predicate on one value.
pub(crate) type Check = fn(&str) -> bool;

/// Slot names IHE defines that are kept as they are, without an attribute of their own.
const KEPT: [&str; 4] = [
    "documentAvailability",
    "AssociationPropagation",
    "OriginalStatus",
    "NewStatus",
];

pub(crate) struct Slots<'a> {
    place: &'a Place,
    slots: Vec<Option<Slot>>,
    index: HashMap<String, usize>,
}

impl<'a> Slots<'a> {
    /// XDS-R-005, XDS-R-006
    pub(crate) fn new(place: &'a Place, slots: Vec<Slot>, findings: &mut Findings) -> Self {
        let (mut index, mut kept) = (HashMap::new(), Vec::with_capacity(slots.len()));
        for slot in slots {
            if slot.values.iter().any(|value| value.chars().count() > 256) {
                let what = format!("Slot {}: a value is longer than 256 characters", slot.name);
                findings.metadata(place, &what);
            }
            if slot.name.is_empty() {
                findings.metadata(place, "a Slot has no name");
            } else if index.contains_key(&slot.name) {
                findings.metadata(place, &format!("Slot {} occurs twice", slot.name));
            } else {
                index.insert(slot.name.clone(), kept.len());
                kept.push(Some(slot));
            }
        }
        Self {
            place,
            slots: kept,
            index,
        }
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        let slot = self
            .index
            .get(name)
            .and_then(|at| self.slots.get_mut(*at)?.take());
        slot.map(|slot| slot.values).unwrap_or_default()
    }

    /// At most one value of a form.
    pub(crate) fn one(
        &mut self,
        name: &str,
        presence: Presence,
        check: Check,
        findings: &mut Findings,
    ) -> Option<String> {
        let mut values = self.take(name);
        if values.len() > 1 {
            findings.metadata(self.place, &format!("{name} has more than one value"));
        }
        let value = (!values.is_empty()).then(|| values.swap_remove(0));
        match (&value, presence) {
            (None, Presence::Required) => {
                findings.metadata(self.place, &format!("{name} is missing"));
            }
            (Some(_), Presence::Forbidden) => {
                findings.metadata(self.place, &format!("{name} is not allowed here"));
            }
            (Some(text), _) if !check(text) => {
                findings.metadata(self.place, &format!("{name} has not the form it must have"));
            }
            _ => {}
        }
        value
    }

    /// Any number of values of a form.
    pub(crate) fn many(
        &mut self,
        name: &str,
        check: Check,
        findings: &mut Findings,
    ) -> Vec<String> {
        let values = self.take(name);
        for (at, _) in values.iter().enumerate().filter(|(_, value)| !check(value)) {
            let what = format!("{name}: value {} has not the form it must have", at + 1);
            findings.metadata(self.place, &what);
        }
        values
    }

    /// What was not taken: extra metadata, whose names must be URNs that are not IHE's (XDS-R-022).
    pub(crate) fn rest(self, findings: &mut Findings) -> Vec<Slot> {
        let rest: Vec<Slot> = self.slots.into_iter().flatten().collect();
        for slot in &rest {
            let foreign = slot.name.starts_with("urn:") && !slot.name.starts_with("urn:ihe:");
            if !foreign && !KEPT.contains(&slot.name.as_str()) && !slot.name.is_empty() {
                let what = format!(
                    "Slot {} is neither known nor named by a foreign URN",
                    slot.name
                );
                findings.metadata(self.place, &what);
            }
        }
        rest
    }

    /// Nothing else may be here (IHEXDS-1, IHEXDS-101).
    pub(crate) fn nothing_left(self, findings: &mut Findings) {
        for slot in self.slots.into_iter().flatten() {
            findings.metadata(
                self.place,
                &format!("Slot {} does not belong here", slot.name),
            );
        }
    }
}
