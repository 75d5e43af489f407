//! Whether an entry meets a query, whatever store it comes from (ITI TF-2 3.18.4.1.2.3.5, XDS-T-041).

use super::{FindDocuments, GetSubmissionSetAndContents, TimeRange};
use crate::metadata::{Code, DocumentEntry, ObjectType};
use crate::validate::value::padded;

impl FindDocuments {
    /// Whether an entry meets every parameter but the patient, whose merges only the Registry knows.
    pub fn matches(&self, entry: &DocumentEntry) -> bool {
        let stable = entry.object_type == ObjectType::Stable;
        self.statuses.contains(&entry.status)
            && self.object_types.contains(&entry.object_type)
            && one_of(&self.class_codes, &entry.class_code)
            && one_of(&self.type_codes, &entry.type_code)
            && one_of(&self.practice_setting_codes, &entry.practice_setting_code)
            && one_of(
                &self.healthcare_facility_type_codes,
                &entry.healthcare_facility_type_code,
            )
            && one_of(&self.format_codes, &entry.format_code)
            && all_of(&self.event_codes, &entry.event_codes)
            && all_of(&self.confidentiality_codes, &entry.confidentiality_codes)
            && self.authors_match(entry)
            && (!stable || self.creation_time.holds(entry.creation_time.as_deref()))
            && self
                .service_start_time
                .holds(entry.service_start_time.as_deref())
            && self
                .service_stop_time
                .holds(entry.service_stop_time.as_deref())
    }

    fn authors_match(&self, entry: &DocumentEntry) -> bool {
        let mut people = entry
            .authors
            .iter()
            .filter_map(|author| author.person.as_deref());
        self.author_persons.is_empty()
            || people.any(|person| {
                self.author_persons
                    .iter()
                    .any(|pattern| like(pattern, person))
            })
    }
}

impl GetSubmissionSetAndContents {
    /// Whether a member entry passes the filters.
    pub fn matches(&self, entry: &DocumentEntry) -> bool {
        self.object_types.contains(&entry.object_type)
            && one_of(&self.format_codes, &entry.format_code)
            && all_of(&self.confidentiality_codes, &entry.confidentiality_codes)
    }
}

impl TimeRange {
    /// `from <= value < to`; an absent value is not compared. Missing digits are zeros.
    fn holds(&self, value: Option<&str>) -> bool {
        let Some(value) = value.map(|dtm| padded(dtm, '0')) else {
            return true;
        };
        self.from
            .as_deref()
            .is_none_or(|from| padded(from, '0') <= value)
            && self.to.as_deref().is_none_or(|to| value < padded(to, '0'))
    }
}

/// The display name is never compared (XDS-T-042).
fn same(one: &Code, other: &Code) -> bool {
    one.code == other.code && one.scheme == other.scheme
}

fn one_of(asked: &[Code], code: &Code) -> bool {
    asked.is_empty() || asked.iter().any(|one| same(one, code))
}

fn all_of(asked: &[Vec<Code>], codes: &[Code]) -> bool {
    asked
        .iter()
        .all(|list| codes.iter().any(|code| one_of(list, code)))
}

/// SQL LIKE: `%` any text, `_` any character. Greedy with one point of return: at worst the product of both lengths.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == '_' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests;
