//! Checks the fields of one segment: required, repeated, in their table, of their data type.

use super::Profile;
use super::check::place;
use super::report::Findings;
use super::requirement::{Condition, Usage};
use super::tables::{FieldRow, Tables};
use crate::ack::{ErrorCode, Location, Problem};
use crate::{Message, Repetition, Segment, Separators, datatype, escape};
use std::collections::HashMap;
use std::rc::Rc;

/// The rules for one structure, made when a segment of that name first comes.
pub(super) struct Fields<'p> {
    tables: &'p Tables,
    separators: Separators,
    structure: String,
    rules: HashMap<String, Rc<[Rule<'p>]>>,
}

struct Rule<'p> {
    number: u16,
    row: &'p FieldRow,
    required: bool,
    not_used: bool,
    conditions: Vec<&'p Condition>,
}

/// One field of one segment under its rule.
struct Place<'a, 'p> {
    at: usize,
    segment: Segment<'a>,
    sequence: usize,
    rule: &'a Rule<'p>,
}

impl<'p> Fields<'p> {
    pub(super) fn new(profile: &'p Profile, message: &Message, structure: &str) -> Fields<'p> {
        Fields {
            tables: &profile.tables,
            separators: message.separators(),
            structure: structure.to_owned(),
            rules: HashMap::new(),
        }
    }

    pub(super) fn check(
        &mut self,
        at: usize,
        segment: Segment<'_>,
        sequence: usize,
        findings: &mut Findings,
    ) {
        let Some(rules) = self.rules(segment.name()) else {
            return;
        };
        for rule in rules.iter() {
            if findings.is_full() {
                return;
            }
            let place = Place {
                at,
                segment,
                sequence,
                rule,
            };
            self.field(&place, findings);
        }
    }

    fn rules(&mut self, name: &str) -> Option<Rc<[Rule<'p>]>> {
        if let Some(rules) = self.rules.get(name) {
            return Some(rules.clone());
        }
        let tables = self.tables;
        let rules: Rc<[Rule<'p>]> = tables
            .segments
            .get(name)?
            .iter()
            .map(|(&number, row)| self.rule(name, number, row))
            .collect();
        self.rules.insert(name.to_owned(), rules.clone());
        Some(rules)
    }

    fn rule(&self, segment: &str, number: u16, row: &'p FieldRow) -> Rule<'p> {
        let mut rule = Rule {
            number,
            row,
            required: row.required,
            not_used: false,
            conditions: Vec::new(),
        };
        let requirements = self.tables.requirements.iter();
        for line in requirements
            .filter(|line| line.field == number && line.is_for(&self.structure, segment))
        {
            if let Usage::If(condition) = &line.usage {
                rule.required = false;
                rule.conditions.push(condition);
            } else {
                rule.required = line.usage == Usage::Required;
                rule.not_used = line.usage == Usage::NotUsed;
                rule.conditions.clear();
            }
        }
        rule
    }

    fn field(&self, place: &Place<'_, '_>, findings: &mut Findings) {
        let field = place.segment.field(usize::from(place.rule.number));
        if field.is_empty() {
            return place.empty(findings);
        }
        // The separators themselves: Message::parse has judged them.
        if place.segment.name() == "MSH" && place.rule.number <= 2 {
            return;
        }
        if field.raw() == NULL {
            return place.null(findings);
        }
        if place.rule.not_used {
            place.warn(findings, 1, "is not to be used; leave it empty");
        }
        let data_type = place.data_type();
        for (n, one) in field.repetitions().enumerate() {
            if findings.is_full() {
                return;
            }
            if n == 1 && !place.rule.row.repeats && place.rule.row.data_type != VARIES {
                place.warn(findings, 2, "may not repeat; send one value");
            }
            if !one.raw().is_empty() && one.raw() != NULL {
                self.value(place, &data_type, n + 1, one, findings);
            }
        }
    }

    fn value(
        &self,
        place: &Place<'_, '_>,
        data_type: &str,
        repetition: usize,
        one: Repetition<'_>,
        findings: &mut Findings,
    ) {
        if matches!(data_type, "ID" | "IS") {
            let table = &place.rule.row.table;
            self.in_table(place, table, repetition, (one, 1), findings);
        }
        for (component, table) in self.tables.components.get(data_type).into_iter().flatten() {
            self.in_table(place, table, repetition, (one, *component), findings);
        }
        for fault in datatype::check(data_type, one) {
            let location = place.location(repetition, fault.component, fault.subcomponent);
            let text = place.text(fault.text);
            findings.add(place.at, Problem::error(fault.code, location, text));
        }
    }

    fn in_table(
        &self,
        place: &Place<'_, '_>,
        table: &str,
        repetition: usize,
        (one, component): (Repetition<'_>, usize),
        findings: &mut Findings,
    ) {
        let value = one.component(component);
        let Some(values) = self.tables.values.get(table) else {
            return;
        };
        let raw = value.raw();
        let known = |raw| values.has(&escape::unescape(raw, &self.separators));
        if raw.is_empty() || raw == NULL || known(raw) {
            return;
        }
        let whole = one.component_count() == 1 && component == 1;
        let location = place.location(repetition, (!whole).then_some(component), None);
        let text = format!(
            "value is not in table {table}; send one of {}",
            values.listed()
        );
        let mut problem = Problem::error(ErrorCode::TABLE_VALUE, location, place.text(&text));
        problem.severity = values.severity;
        findings.add(place.at, problem);
    }
}

/// Deletes the stored value (HL7 v2.5 section 2.7.1).
const NULL: &str = "\"\"";
/// The data type is that which another field names, or any.
const VARIES: &str = "varies";

impl Place<'_, '_> {
    fn empty(&self, findings: &mut Findings) {
        let rule = self.rule;
        let by_condition = rule
            .conditions
            .iter()
            .any(|condition| condition.holds(self.segment));
        if rule.required || by_condition {
            let why = match rule.required {
                true => "is required; send a value",
                false => "is required by another field of this segment; send a value",
            };
            let location = self.location(0, None, None);
            let code = ErrorCode::REQUIRED_FIELD_MISSING;
            findings.add(self.at, Problem::error(code, location, self.text(why)));
        }
    }

    fn null(&self, findings: &mut Findings) {
        if self.rule.required {
            let text = self.text("is required and holds the null \"\"; send a value");
            let location = self.location(0, None, None);
            let code = ErrorCode::REQUIRED_FIELD_MISSING;
            findings.add(self.at, Problem::warning(code, location, text));
        }
    }

    fn warn(&self, findings: &mut Findings, repetition: usize, text: &str) {
        let location = self.location(repetition, None, None);
        let problem = Problem::warning(ErrorCode::DATA_TYPE, location, self.text(text));
        findings.add(self.at, problem);
    }

    /// OBX-5 is of the type that OBX-2 names.
    fn data_type(&self) -> String {
        let named = self.segment.field(2);
        match self.rule.row.data_type.as_str() {
            VARIES if self.segment.name() == "OBX" => named.raw().to_owned(),
            other => other.to_owned(),
        }
    }

    fn location(
        &self,
        repetition: usize,
        component: Option<usize>,
        subcomponent: Option<usize>,
    ) -> Location {
        let (name, number) = (self.segment.name(), self.rule.number);
        place(
            name,
            self.sequence,
            number,
            repetition,
            component,
            subcomponent,
        )
    }

    fn text(&self, text: &str) -> String {
        let (segment, number) = (self.segment.name(), self.rule.number);
        format!("{segment}-{number} ({}) {text}", self.rule.row.name)
    }
}
