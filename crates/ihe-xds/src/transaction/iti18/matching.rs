//! Whether an object meets a query, whatever store it comes from (ITI TF-2 3.18.4.1.2.3.5, XDS-T-041).

mod text;

use super::{
    Contents, Exclusions, FindDocuments, FindDocumentsByReferenceId, FindDocumentsExclude,
    FindFolders, FindSubmissionSets, GetRelatedDocuments, TimeRange,
};
use crate::metadata::{Author, Code, DocumentEntry, Folder, ObjectType, SubmissionSet};
use text::{like, same};

impl FindDocuments {
    /// Whether an entry meets every parameter but the patient, whose merges only the Registry knows.
    pub fn matches(&self, entry: &DocumentEntry) -> bool {
        typed(&self.object_types, entry) && self.matches_any_type(entry)
    }

    fn matches_any_type(&self, entry: &DocumentEntry) -> bool {
        let stable = entry.object_type == ObjectType::Stable;
        let created = entry.creation_time.as_deref();
        let starts = entry.service_start_time.as_deref();
        let stops = entry.service_stop_time.as_deref();
        self.statuses.contains(&entry.status)
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
            && (self.author_persons.is_empty() || written(&self.author_persons, &entry.authors))
            && (!stable || self.creation_time.holds(created))
            && self.service_start_time.holds(starts)
            && self.service_stop_time.holds(stops)
    }
}

impl FindDocumentsByReferenceId {
    /// Whether an entry meets every parameter but the patient.
    pub fn matches(&self, entry: &DocumentEntry) -> bool {
        self.documents.matches(entry) && referred(&self.reference_ids, entry)
    }
}

impl FindDocumentsExclude {
    /// Whether an entry meets every parameter but the patient.
    pub fn matches(&self, entry: &DocumentEntry) -> bool {
        let kind = match self.exclude.object_types[..] {
            [] => typed(&self.documents.object_types, entry),
            _ => !self.exclude.object_types.contains(&entry.object_type),
        };
        kind && self.documents.matches_any_type(entry)
            && referred(&self.reference_ids, entry)
            && !self.exclude.holds(entry)
    }
}

impl Exclusions {
    /// Whether a twin would find the entry.
    fn holds(&self, entry: &DocumentEntry) -> bool {
        let one = |asked: &[Code], code: &Code| !asked.is_empty() && one_of(asked, code);
        let all = |asked: &[Vec<Code>], codes: &[Code]| !asked.is_empty() && all_of(asked, codes);
        one(&self.class_codes, &entry.class_code)
            || one(&self.type_codes, &entry.type_code)
            || one(&self.practice_setting_codes, &entry.practice_setting_code)
            || one(
                &self.healthcare_facility_type_codes,
                &entry.healthcare_facility_type_code,
            )
            || one(&self.format_codes, &entry.format_code)
            || all(&self.event_codes, &entry.event_codes)
            || all(&self.confidentiality_codes, &entry.confidentiality_codes)
            || written(&self.author_persons, &entry.authors)
            || (!self.reference_ids.is_empty() && referred(&self.reference_ids, entry))
    }
}

impl FindSubmissionSets {
    /// Whether a SubmissionSet meets every parameter but the patient.
    pub fn matches(&self, set: &SubmissionSet) -> bool {
        self.statuses.contains(&set.status)
            && (self.source_ids.is_empty() || self.source_ids.contains(&set.source_id))
            && self.submission_time.holds(Some(&set.submission_time))
            && one_of(&self.content_types, &set.content_type_code)
            && self
                .author_person
                .as_ref()
                .is_none_or(|pattern| written(std::slice::from_ref(pattern), &set.authors))
    }
}

impl FindFolders {
    /// Whether a Folder meets every parameter but the patient.
    pub fn matches(&self, folder: &Folder) -> bool {
        self.statuses.contains(&folder.status)
            && self
                .last_update_time
                .holds(folder.last_update_time.as_deref())
            && all_of(&self.codes, &folder.codes)
    }
}

impl Contents {
    /// Whether a member entry passes the filters.
    pub fn matches(&self, entry: &DocumentEntry) -> bool {
        typed(&self.object_types, entry)
            && one_of(&self.format_codes, &entry.format_code)
            && all_of(&self.confidentiality_codes, &entry.confidentiality_codes)
    }
}

impl GetRelatedDocuments {
    /// Whether an entry is of a type that is asked for.
    pub fn matches(&self, entry: &DocumentEntry) -> bool {
        typed(&self.object_types, entry)
    }
}

impl TimeRange {
    /// `from <= value < to`; an absent value is not compared. A time stands for its first second.
    fn holds(&self, value: Option<&str>) -> bool {
        let Some(value) = value.map(first_second) else {
            return true;
        };
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        from.is_none_or(|from| first_second(from) <= value)
            && to.is_none_or(|to| value < first_second(to))
    }
}

/// A DTM of any precision as 14 digits.
fn first_second(dtm: &str) -> String {
    let rest = "00000101000000".get(dtm.len()..).unwrap_or_default();
    format!("{dtm}{rest}")
}

/// XDS-T-036
fn typed(asked: &[ObjectType], entry: &DocumentEntry) -> bool {
    match asked {
        [] => entry.object_type == ObjectType::Stable,
        _ => asked.contains(&entry.object_type),
    }
}

/// XDS-T-042: code and scheme; the display name is never compared.
fn one_of(asked: &[Code], code: &Code) -> bool {
    let equal = |one: &Code| same(&one.code, &code.code) && same(&one.scheme, &code.scheme);
    asked.is_empty() || asked.iter().any(equal)
}

fn all_of(asked: &[Vec<Code>], codes: &[Code]) -> bool {
    let met = |list: &Vec<Code>| codes.iter().any(|code| one_of(list, code));
    asked.iter().all(met)
}

/// Whether an author's person matches one of the patterns.
fn written(patterns: &[String], authors: &[Author]) -> bool {
    let mut people = authors.iter().filter_map(|one| one.person.as_deref());
    people.any(|person| patterns.iter().any(|pattern| like(pattern, person)))
}

/// Whether, for each list, a reference id matches one of its patterns.
fn referred(asked: &[Vec<String>], entry: &DocumentEntry) -> bool {
    let matched = |pattern: &String| entry.reference_ids.iter().any(|id| like(pattern, id));
    asked.iter().all(|list| list.iter().any(matched))
}

#[cfg(test)]
mod tests;
