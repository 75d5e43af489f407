//! A patient's archive to ask questions of.

use super::super::super::RegistryStore;
use super::super::build::*;
use crate::metadata::{
    Association, AssociationType, Author, Code, DocumentEntry, Folder, SubmissionSet,
};

pub(super) fn code(code: &str) -> Code {
    Code::new(code, "1.2.3", code)
}

/// Three submissions: `first` and `second` with a folder that holds `first`, `third` in the place of
/// `second`, and `fourth` as an addendum to `first`. `second` is Deprecated.
pub(super) struct Archive {
    pub(super) patient_id: String,
    pub(super) first: DocumentEntry,
    pub(super) second: DocumentEntry,
    pub(super) third: DocumentEntry,
    pub(super) fourth: DocumentEntry,
    pub(super) folder: Folder,
    /// The three SubmissionSets.
    pub(super) sets: Vec<SubmissionSet>,
    /// From the folder to `first`.
    pub(super) held: Association,
}

impl Archive {
    pub(super) async fn register<S: RegistryStore>(store: &S, patient: u32) -> Self {
        let id = feed(store, patient).await;
        let mut first = document(&id);
        first.format_code = code("text");
        first.confidentiality_codes = vec![code("N"), code("R")];
        first.reference_ids = vec!["1^^^^urn:order".into(), "2^^^^urn:accession".into()];
        let mut second = document(&id);
        second.format_code = code("pdf");
        second.confidentiality_codes = vec![code("N")];
        let folder = Folder {
            entry_uuid: uuid(),
            unique_id: unique_id(),
            patient_id: id.clone(),
            codes: vec![code("a"), code("b")],
            ..Folder::default()
        };
        let mut submitted = submission(&id, vec![first.clone(), second.clone()]);
        let set = submitted.submission_set.entry_uuid.clone();
        let has = |source: &str, target: &str| link(AssociationType::HasMember, source, target);
        let held = has(&folder.entry_uuid, &first.entry_uuid);
        let to_folder = has(&set, &folder.entry_uuid);
        let to_held = has(&set, &held.entry_uuid);
        submitted
            .associations
            .extend([to_folder, to_held, held.clone()]);
        submitted.folders.push(folder.clone());
        submitted.submission_set.authors = vec![Author {
            person: Some("^Yamada^Hanako".into()),
            ..Author::default()
        }];
        submitted.submission_set.content_type_code = code("summary");
        submitted.submission_set.submission_time = "20250101".into();
        let (replacing, third) = related(AssociationType::Rplc, &second);
        let (adding, fourth) = related(AssociationType::Apnd, &first);
        let mut sets = Vec::new();
        for one in [submitted, replacing, adding] {
            sets.push(one.submission_set.clone());
            register(store, one).await;
        }
        Self {
            patient_id: id,
            first,
            second,
            third,
            fourth,
            folder,
            sets,
            held,
        }
    }
}

/// entryUUIDs of entries, in order.
pub(super) fn uuids<'a>(entries: impl IntoIterator<Item = &'a DocumentEntry>) -> Vec<&'a str> {
    let mut uuids: Vec<&str> = entries
        .into_iter()
        .map(|one| one.entry_uuid.as_str())
        .collect();
    uuids.sort_unstable();
    uuids
}

/// (source, target) of associations, in order.
pub(super) fn ends(associations: &[Association]) -> Vec<(&str, &str)> {
    let mut ends: Vec<(&str, &str)> = associations
        .iter()
        .map(|one| (one.source.as_str(), one.target.as_str()))
        .collect();
    ends.sort_unstable();
    ends
}

/// How many SubmissionSets, DocumentEntries, Folders and Associations there are.
pub(super) fn counts(found: &crate::metadata::Objects) -> [usize; 4] {
    [
        found.submission_sets.len(),
        found.documents.len(),
        found.folders.len(),
        found.associations.len(),
    ]
}
