//! Looking for patients by demographics (ITI-21, ITI TF-2 3.21).

use hl7v2::datatype::{Cx, Hd};

use crate::PatientRecord;

/// A text to be equal to, or to begin with.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct NamePattern {
    /// The text; compared as names are: width, kana and kanji forms do not matter.
    pub text: String,
    /// It need only begin so.
    pub prefix: bool,
}

impl std::fmt::Debug for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamePattern")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// What is known of the patients looked for. Everything said must hold; what is not said does not matter.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PatientQuery {
    /// One of these ids (PID-3.1 with authority).
    pub ids: Vec<Cx>,
    /// PID-5.1, in any script.
    pub family: Option<NamePattern>,
    /// PID-5.2, in any script.
    pub given: Option<NamePattern>,
    /// PID-7: the birth date begins with these digits, `YYYY[MM[DD]]`.
    pub birth_date: String,
    /// PID-8.
    pub sex: String,
    /// PID-11 by component (number, pattern).
    pub address: Vec<(usize, NamePattern)>,
    /// PID-13, digits only are compared.
    pub phone: String,
    /// PID-18.1.
    pub account_number: String,
    /// Other fields of PID by number and component, compared as written (PID-6, PID-19 ..).
    pub other: Vec<(usize, Option<usize>, String)>,
    /// Only ids of these domains are told, and only patients who have one; empty: all.
    pub domains: Vec<Hd>,
}

impl std::fmt::Debug for PatientQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PatientQuery")
            .field("ids", &self.ids.len())
            .field("family", &self.family)
            .field("given", &self.given)
            .field("domains", &self.domains)
            .finish_non_exhaustive()
    }
}

/// A patient found: all ids, and the demographics fed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Demographics with all the ids asked for, those of one domain next to each other.
    pub record: PatientRecord,
}
