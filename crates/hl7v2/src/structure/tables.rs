//! The tables of a profile, read and put over each other.

use super::grammar::Grammar;
use super::layer::{Layer, TableError, lines};
use super::notation;
use super::requirement::Requirement;
use crate::ack::Severity;
use std::collections::{BTreeMap, HashMap};

/// One field of a segment.
#[derive(Clone, Debug)]
pub(super) struct FieldRow {
    pub(super) name: String,
    pub(super) data_type: String,
    pub(super) required: bool,
    pub(super) repeats: bool,
    pub(super) table: String,
}

/// The values of a table.
#[derive(Clone, Debug)]
pub(super) struct Values {
    pub(super) severity: Severity,
    pub(super) values: Vec<String>,
}

impl Values {
    pub(super) fn has(&self, value: &str) -> bool {
        self.values.iter().any(|one| match one.strip_suffix('*') {
            Some(start) if !start.is_empty() => value.starts_with(start),
            _ => one == value,
        })
    }

    /// The values for a text; a long list is cut.
    pub(super) fn listed(&self) -> String {
        let mut text = self.values.iter().take(16).cloned().collect::<Vec<_>>();
        if self.values.len() > text.len() {
            text.push("…".to_owned());
        }
        text.join(" ")
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) structures: HashMap<String, Grammar>,
    /// Message code to trigger to structure.
    pub(super) events: HashMap<String, HashMap<String, String>>,
    pub(super) segments: HashMap<String, BTreeMap<u16, FieldRow>>,
    pub(super) components: HashMap<String, Vec<(usize, String)>>,
    pub(super) values: HashMap<String, Values>,
    pub(super) requirements: Vec<Requirement>,
}

impl Tables {
    /// Puts a layer over what is there; returns the lines that cannot be read.
    pub(super) fn add(&mut self, layer: &Layer<'_>) -> Vec<TableError> {
        let mut errors = Vec::new();
        let mut read = |table, text, row: &mut dyn FnMut(&[&str]) -> Result<(), &'static str>| {
            for (line, columns) in lines(text) {
                if let Err(reason) = row(&columns) {
                    errors.push(TableError {
                        table,
                        line,
                        reason,
                    });
                }
            }
        };
        read("structures", layer.structures, &mut |row| {
            self.structure(row)
        });
        read("events", layer.events, &mut |row| self.event(row));
        read("segments", layer.segments, &mut |row| self.field(row));
        read("components", layer.components, &mut |row| {
            self.component(row)
        });
        read("values", layer.values, &mut |row| self.values(row));
        read("requirements", layer.requirements, &mut |row| {
            self.requirements.push(Requirement::read(row)?);
            Ok(())
        });
        errors
    }

    /// MSH-9.1 and MSH-9.2 to the structure.
    pub(super) fn structure_of(&self, code: &str, trigger: &str) -> Option<&str> {
        let triggers = self.events.get(code)?;
        triggers
            .get(trigger)
            .or_else(|| triggers.get("*"))
            .map(String::as_str)
    }

    fn structure(&mut self, row: &[&str]) -> Result<(), &'static str> {
        let [line] = row else {
            return Err("no tabs in a structure");
        };
        let (id, body) = line.split_once(" = ").ok_or("no = after the name")?;
        let id = id.trim();
        self.structures
            .insert(id.to_owned(), notation::read(id, body)?);
        Ok(())
    }

    fn event(&mut self, row: &[&str]) -> Result<(), &'static str> {
        let &[code, triggers, structure] = row else {
            return Err("three columns are code, triggers, structure");
        };
        let known = self.events.entry(code.to_owned()).or_default();
        known.extend(
            triggers
                .split(' ')
                .map(|one| (one.to_owned(), structure.to_owned())),
        );
        Ok(())
    }

    fn field(&mut self, row: &[&str]) -> Result<(), &'static str> {
        let (&[segment, field, name, data_type, optionality, repetition], table) =
            row.split_first_chunk().ok_or("six or seven columns")?;
        let field = field_number(field)?;
        let row = FieldRow {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            required: one_of(optionality, "R", "O")?,
            repeats: one_of(repetition, "*", "1")?,
            table: table.first().copied().unwrap_or_default().to_owned(),
        };
        self.segments
            .entry(segment.to_owned())
            .or_default()
            .insert(field, row);
        Ok(())
    }

    fn component(&mut self, row: &[&str]) -> Result<(), &'static str> {
        let &[data_type, component, table] = row else {
            return Err("three columns are data type, component, table");
        };
        let component = usize::from(field_number(component)?);
        self.components
            .entry(data_type.to_owned())
            .or_default()
            .push((component, table.to_owned()));
        Ok(())
    }

    fn values(&mut self, row: &[&str]) -> Result<(), &'static str> {
        let &[table, severity, values] = row else {
            return Err("three columns are table, severity, values");
        };
        let severity = Severity::parse(severity).ok_or("a severity is E, W or I")?;
        let (adds, values) = match values.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, values),
        };
        let mut all: Vec<String> = values.split('|').map(str::to_owned).collect();
        if adds && let Some(earlier) = self.values.get(table) {
            all.splice(0..0, earlier.values.iter().cloned());
        }
        self.values.insert(
            table.to_owned(),
            Values {
                severity,
                values: all,
            },
        );
        Ok(())
    }
}

/// Fields beyond this are no message's; bounds the work per segment.
const MOST_FIELDS: u16 = 500;

pub(super) fn field_number(text: &str) -> Result<u16, &'static str> {
    text.parse()
        .ok()
        .filter(|number| (1..=MOST_FIELDS).contains(number))
        .ok_or("a field number is 1 to 500")
}

fn one_of(text: &str, yes: &str, no: &str) -> Result<bool, &'static str> {
    match text {
        _ if text == yes => Ok(true),
        _ if text == no => Ok(false),
        _ => Err("optionality is R or O, repetition is * or 1"),
    }
}
