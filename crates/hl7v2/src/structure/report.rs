//! What a check found.

use crate::ack::{self, Location, Problem, Severity};
use std::fmt;

/// The findings of one message, in its order.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) profile: String,
    pub(super) structure: Option<String>,
    pub(super) findings: Vec<Problem>,
    pub(super) capped: bool,
}

impl Report {
    /// The profile's name.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The structure it was matched with, e.g. `ADT_A01`; `None` if the profile knows none for MSH-9.
    pub fn structure(&self) -> Option<&str> {
        self.structure.as_deref()
    }

    /// What was found, in the order of the message; ERR-2, ERR-3, ERR-4 and ERR-7 of each.
    pub fn findings(&self) -> &[Problem] {
        &self.findings
    }

    /// The check stopped because of [`Profile::most_findings`](super::Profile::most_findings): there may be more.
    pub fn is_capped(&self) -> bool {
        self.capped
    }

    /// No error: warnings and information do not count. What was not looked at to the end is not acceptable.
    pub fn is_acceptable(&self) -> bool {
        let stops = |one: &Problem| matches!(one.severity, Severity::Error | Severity::Fatal);
        !self.capped && !self.findings.iter().any(stops)
    }

    /// The findings as ERR segments, each ended by CR.
    pub fn err_segments(&self) -> String {
        ack::err_segments(&self.findings)
    }
}

impl fmt::Display for Report {
    /// One line: structure and counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |severity| {
            let same = |one: &&Problem| one.severity == severity;
            self.findings.iter().filter(same).count()
        };
        write!(
            f,
            "{} ({}): {} errors, {} warnings, {} notes",
            self.structure.as_deref().unwrap_or("unknown structure"),
            self.profile,
            count(Severity::Error),
            count(Severity::Warning),
            count(Severity::Information)
        )?;
        if self.capped {
            f.write_str("; stopped, there may be more")?;
        }
        Ok(())
    }
}

/// Where a finding goes until the message is done.
pub(super) struct Findings {
    /// `None`: taken back.
    list: Vec<Option<(usize, Problem)>>,
    most: usize,
    capped: bool,
}

impl Findings {
    pub(super) fn new(most: usize) -> Findings {
        Findings {
            list: Vec::new(),
            most,
            capped: false,
        }
    }

    /// Nothing more is taken; looking further is useless.
    pub(super) fn is_full(&self) -> bool {
        self.capped
    }

    /// Adds one at the n-th segment of the message; returns its number if there was room.
    pub(super) fn add(&mut self, segment: usize, problem: Problem) -> Option<usize> {
        if self.list.len() >= self.most {
            self.capped = true;
            return None;
        }
        self.list.push(Some((segment, problem)));
        Some(self.list.len() - 1)
    }

    pub(super) fn take_back(&mut self, number: usize) {
        if let Some(place) = self.list.get_mut(number) {
            *place = None;
        }
    }

    pub(super) fn into_sorted(self) -> (Vec<Problem>, bool) {
        let mut list: Vec<_> = self.list.into_iter().flatten().collect();
        list.sort_by_key(|(segment, _)| *segment);
        let problems = list.into_iter().map(|(_, problem)| problem).collect();
        (problems, self.capped)
    }
}

/// Numbers of a location are 16 bits; a place further on is given as the last.
pub(super) fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

pub(super) fn segment(name: &str, sequence: usize) -> Location {
    Location::segment(name, small(sequence))
}
