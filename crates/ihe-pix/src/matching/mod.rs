//! When are two records one person? (ITI TF-1 5.1: the cross-referencing itself is not defined
//! by IHE.) The default is deterministic and would rather miss a person than join two.

mod normalise;
#[cfg(test)]
mod tests;

use hl7v2::datatype::Xpn;

use crate::PatientRecord;

pub use normalise::normalise;

/// What a policy says about two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// One person: link them.
    Same,
    /// Two persons.
    Different,
    /// Too little is known to say; they are not linked.
    Unsure,
}

/// When two records belong to one person.
pub trait MatchPolicy: Send + Sync + 'static {
    /// The keys a record is found by. Records without a common key are never compared, and a
    /// record without keys never matches.
    fn keys(&self, record: &PatientRecord) -> Vec<String>;

    /// Compares two records that share a key.
    fn decide(&self, one: &PatientRecord, other: &PatientRecord) -> Decision;
}

/// Same full birth date, same sex, same name: in ideographs, in kana or in the alphabet, and in
/// none of these a different name. Twins differ in the given name, or in birth order (PID-25),
/// and are never linked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deterministic;

/// XPN-8, how a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Ideographic,
    Phonetic,
    Alphabetic,
}

const SCRIPTS: [(Script, &str); 3] = [
    (Script::Ideographic, "I"),
    (Script::Phonetic, "P"),
    (Script::Alphabetic, "A"),
];

impl MatchPolicy for Deterministic {
    fn keys(&self, record: &PatientRecord) -> Vec<String> {
        let Some(birth) = birth(record) else {
            return Vec::new();
        };
        let name = |(script, letter): &(Script, &str)| {
            let name = full_name(record, *script)?;
            Some(format!("{birth}|{letter}|{}|{}", name.family, name.given))
        };
        SCRIPTS.iter().filter_map(name).collect()
    }

    fn decide(&self, one: &PatientRecord, other: &PatientRecord) -> Decision {
        let (Some(a), Some(b)) = (birth(one), birth(other)) else {
            return Decision::Unsure;
        };
        if a != b || differ(&one.birth_order, &other.birth_order) {
            return Decision::Different;
        }
        let mut agreed = false;
        for (script, _) in SCRIPTS {
            let (Some(a), Some(b)) = (full_name(one, script), full_name(other, script)) else {
                continue;
            };
            if a.family != b.family || a.given != b.given || differ(&a.further, &b.further) {
                return Decision::Different;
            }
            agreed = true;
        }
        if agreed {
            Decision::Same
        } else {
            Decision::Unsure
        }
    }
}

/// Birth date and sex, both fully known.
fn birth(record: &PatientRecord) -> Option<String> {
    let day = record.birth_date.get(..8)?;
    let sex = record.sex.split('^').next().unwrap_or_default();
    let known = day.bytes().all(|b| b.is_ascii_digit()) && matches!(sex, "F" | "M" | "O");
    known.then(|| format!("{day}|{sex}"))
}

/// Both said, and not the same.
fn differ(a: &str, b: &str) -> bool {
    !a.is_empty() && !b.is_empty() && a != b
}

#[derive(PartialEq, Eq)]
struct FullName {
    family: String,
    given: String,
    further: String,
}

/// The legal name in this script, with family and given name; the first if none is marked legal.
fn full_name(record: &PatientRecord, script: Script) -> Option<FullName> {
    let full = |name: &&Xpn| !name.family.is_empty() && !name.given.is_empty();
    let mut names = record
        .names
        .iter()
        .filter(full)
        .filter(|name| script_of(name) == script);
    let first = names.clone().next()?;
    let legal = names.find(|name| matches!(name.name_type_code.as_str(), "L" | ""));
    let name = legal.unwrap_or(first);
    let full = FullName {
        family: normalise(&name.family),
        given: normalise(&name.given),
        further: normalise(&name.further),
    };
    (!full.family.is_empty() && !full.given.is_empty()).then_some(full)
}

/// XPN-8, or judged by the letters when it is not said.
fn script_of(name: &Xpn) -> Script {
    match name.representation.as_str() {
        "I" => Script::Ideographic,
        "P" => Script::Phonetic,
        "A" => Script::Alphabetic,
        _ => normalise::script(&name.family, &name.given),
    }
}

impl Script {
    fn of_letters(text: &str) -> Script {
        let ascii = text.chars().all(|c| u32::from(c) < 0x0250);
        let kana = text.chars().all(|c| matches!(c, '\u{3041}'..='\u{30FF}'));
        match (ascii, kana) {
            (true, _) => Script::Alphabetic,
            (_, true) => Script::Phonetic,
            _ => Script::Ideographic,
        }
    }
}
