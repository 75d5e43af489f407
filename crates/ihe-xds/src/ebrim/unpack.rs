//! From ebRIM to metadata: each attribute is taken from its carrier and judged on the way (ITI TF-3 4.2.3).

mod coded;
mod objects;

use super::read::{Kind, Object, Packed};
use super::schemes;
use crate::affinity::Rules;
use crate::metadata::{EntryUuid, Objects};
use crate::validate::findings::{Findings, Place};
use std::collections::HashMap;

/// Symbolic ids and the UUIDs that take their place (XDS-R-039).
#[derive(Debug, Default)]
pub(crate) struct Ids {
    assigned: HashMap<String, String>,
    keep: bool,
}

impl Ids {
    /// Gives every object with a symbolic id a fresh UUID.
    pub(crate) fn assign(packed: &Packed) -> Self {
        let mut assigned = HashMap::new();
        for id in packed
            .objects
            .iter()
            .filter(|o| o.kind != Kind::ObjectRef)
            .filter_map(|o| o.id.as_ref())
        {
            if !id.starts_with("urn:uuid:") && !assigned.contains_key(id) {
                assigned.insert(id.clone(), EntryUuid::random().into());
            }
        }
        Self {
            assigned,
            keep: false,
        }
    }

    /// Leaves every id as it is.
    pub(crate) fn kept() -> Self {
        Self {
            assigned: HashMap::new(),
            keep: true,
        }
    }

    /// The entryUUID for an id: itself in lower case, or the one assigned; None if it is neither.
    pub(crate) fn resolve(&self, id: &str) -> Option<String> {
        if self.keep {
            return Some(id.to_owned());
        }
        match EntryUuid::parse(id) {
            Ok(uuid) => Some(uuid.into()),
            Err(_) => self.assigned.get(id).cloned(),
        }
    }
}

/// Turns objects as on the wire into metadata.
pub(crate) struct Unpacker<'a> {
    pub(crate) findings: &'a mut Findings,
    pub(crate) rules: &'a Rules,
    pub(crate) ids: &'a Ids,
}

/// What a RegistryPackage is, by its label (ITI TF-3 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackageKind {
    SubmissionSet,
    Folder,
}

/// The labels of packages, wherever they stand.
pub(crate) struct Labels<'a> {
    beside: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Labels<'a> {
    pub(crate) fn new(packed: &'a Packed) -> Self {
        let mut beside: HashMap<&str, Vec<&str>> = HashMap::new();
        for label in &packed.labels {
            if let (Some(object), Some(node)) = (&label.classified_object, &label.node) {
                beside.entry(object).or_default().push(node);
            }
        }
        Self { beside }
    }

    fn nodes(&self, object: &'a Object) -> impl Iterator<Item = &'a str> {
        let id = object.id.as_deref().unwrap_or_default();
        let beside = self.beside.get(id).cloned().unwrap_or_default();
        object
            .classifications
            .iter()
            .filter_map(|one| one.node.as_deref())
            .chain(beside)
    }

    /// The one kind a package is labelled with (XDS-R-013).
    pub(crate) fn kind(&self, object: &'a Object) -> Option<PackageKind> {
        let mut kinds = self.nodes(object).filter_map(|node| match node {
            schemes::submission_set::NODE => Some(PackageKind::SubmissionSet),
            schemes::folder::NODE => Some(PackageKind::Folder),
            _ => None,
        });
        let first = kinds.next()?;
        kinds.all(|other| other == first).then_some(first)
    }

    /// Whether it is labelled as limited metadata (XDS-T-063).
    pub(crate) fn is_limited(&self, object: &'a Object) -> bool {
        use schemes::{document, folder, submission_set};
        self.nodes(object).any(|node| {
            [document::LIMITED, submission_set::LIMITED, folder::LIMITED].contains(&node)
        })
    }
}

/// Unpacks an answer: nothing is refused, what is missing stays empty.
pub(crate) fn objects(packed: Packed) -> Objects {
    let (mut findings, rules, ids) = (Findings::silent(), Rules::default(), Ids::kept());
    let kinds: Vec<Option<PackageKind>> = {
        let labels = Labels::new(&packed);
        packed
            .objects
            .iter()
            .map(|object| labels.kind(object))
            .collect()
    };
    let mut unpacker = Unpacker {
        findings: &mut findings,
        rules: &rules,
        ids: &ids,
    };
    let mut found = Objects::default();
    for (object, kind) in packed.objects.into_iter().zip(kinds) {
        match (object.kind, kind) {
            (Kind::ExtrinsicObject, _) => found.documents.push(unpacker.document_entry(object)),
            (Kind::RegistryPackage, Some(PackageKind::SubmissionSet)) => {
                found.submission_sets.push(unpacker.submission_set(object));
            }
            (Kind::RegistryPackage, Some(PackageKind::Folder)) => {
                found.folders.push(unpacker.folder(object));
            }
            (Kind::RegistryPackage, None) => {}
            (Kind::Association, _) => found.associations.extend(unpacker.association(object)),
            (Kind::ObjectRef, _) => found.references.extend(object.id),
        }
    }
    found
}

impl Unpacker<'_> {
    /// The entryUUID of an object; a malformed or absent one is an error but for associations.
    fn entry_uuid(&mut self, place: &Place, object: &Object) -> String {
        let id = object.id.as_deref().unwrap_or_default();
        if id.is_empty() && object.kind != Kind::Association {
            self.findings.metadata(place, "id is missing");
        }
        match self.ids.resolve(id) {
            Some(uuid) => uuid,
            None if id.is_empty() => EntryUuid::random().into(),
            None => {
                self.findings.metadata(place, "id is not a UUID URN");
                id.to_owned()
            }
        }
    }

    fn logical_id(&mut self, place: &Place, lid: Option<String>) -> Option<String> {
        let lid = lid?;
        match EntryUuid::parse(&lid) {
            Ok(uuid) => Some(uuid.into()),
            Err(_) => {
                self.findings.metadata(place, "lid is not a UUID URN");
                Some(lid)
            }
        }
    }
}
