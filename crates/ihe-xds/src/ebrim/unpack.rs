//! From ebRIM to metadata: each attribute is taken from its carrier and judged on the way (ITI TF-3 4.2.3).

mod coded;
mod objects;

use super::read::{Kind, Object, Packed};
use super::schemes;
use crate::affinity::Rules;
use crate::error::Location;
use crate::metadata::{EntryUuid, Objects, Status};
use crate::validate::findings::Findings;
use crate::validate::form;
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

    /// Every symbolic id with the UUID it was given.
    pub(crate) fn assigned(&self) -> impl Iterator<Item = (&str, &str)> {
        self.assigned
            .iter()
            .map(|(symbol, uuid)| (symbol.as_str(), uuid.as_str()))
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

/// What an object is; a RegistryPackage by its label (ITI TF-3 4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    DocumentEntry,
    SubmissionSet,
    Folder,
    Association,
    /// A RegistryPackage that is labelled as neither, or as both
    Package,
    /// An ObjectRef
    Reference,
}

impl Class {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DocumentEntry => "DocumentEntry",
            Self::SubmissionSet => "SubmissionSet",
            Self::Folder => "Folder",
            Self::Association => "Association",
            Self::Package => "RegistryPackage",
            Self::Reference => "ObjectRef",
        }
    }

    /// The place of an object of this class; without an id it is the number in the message, from 1.
    pub(crate) fn place(self, object: &Object, number: usize) -> Location {
        match object.id.as_deref() {
            Some(id) if !id.is_empty() => Location::of(self.name(), id),
            _ => Location::of(self.name(), &format!("#{number}")),
        }
    }
}

/// What the labels of one object say.
#[derive(Clone, Copy, Default)]
struct Marks {
    set: bool,
    folder: bool,
    limited: bool,
}

impl Marks {
    fn add(&mut self, node: &str) {
        use schemes::{document, folder, submission_set};
        self.set |= node == submission_set::NODE;
        self.folder |= node == folder::NODE;
        self.limited |=
            [document::LIMITED, submission_set::LIMITED, folder::LIMITED].contains(&node);
    }
}

/// The labels of packages, wherever they stand.
pub(crate) struct Labels<'a> {
    beside: HashMap<&'a str, Marks>,
}

impl<'a> Labels<'a> {
    pub(crate) fn new(packed: &'a Packed) -> Self {
        let mut beside: HashMap<&str, Marks> = HashMap::new();
        for label in &packed.labels {
            if let (Some(object), Some(node)) = (&label.classified_object, &label.node) {
                beside.entry(object).or_default().add(node);
            }
        }
        Self { beside }
    }

    fn marks(&self, object: &Object) -> Marks {
        let id = object.id.as_deref().unwrap_or_default();
        let mut marks = self.beside.get(id).copied().unwrap_or_default();
        let inside = object.classifications.iter();
        inside
            .filter_map(|one| one.node.as_deref())
            .for_each(|node| marks.add(node));
        marks
    }

    /// The one class of an object (XDS-R-013).
    pub(crate) fn class(&self, object: &Object) -> Class {
        match object.kind {
            Kind::ExtrinsicObject => Class::DocumentEntry,
            Kind::Association => Class::Association,
            Kind::ObjectRef => Class::Reference,
            Kind::RegistryPackage => match self.marks(object) {
                marks if marks.set == marks.folder => Class::Package,
                marks if marks.set => Class::SubmissionSet,
                _ => Class::Folder,
            },
        }
    }

    /// Whether it is labelled as limited metadata (XDS-T-063).
    pub(crate) fn is_limited(&self, object: &Object) -> bool {
        self.marks(object).limited
    }
}

/// The class and the place of every object, in wire order.
pub(crate) fn classes(packed: &Packed) -> Vec<(Class, Location)> {
    let labels = Labels::new(packed);
    let numbered = packed.objects.iter().enumerate();
    numbered
        .map(|(at, object)| {
            let class = labels.class(object);
            (class, class.place(object, at + 1))
        })
        .collect()
}

/// Unpacks an answer: nothing is refused, what is missing stays empty.
pub(crate) fn objects(packed: Packed) -> Objects {
    let (mut findings, rules, ids) = (Findings::silent(), Rules::default(), Ids::kept());
    let classes = classes(&packed);
    let mut unpacker = Unpacker {
        findings: &mut findings,
        rules: &rules,
        ids: &ids,
    };
    let mut found = Objects::default();
    for (object, (class, place)) in packed.objects.into_iter().zip(classes) {
        match class {
            Class::DocumentEntry => {
                found
                    .documents
                    .push(unpacker.document_entry(&place, object));
            }
            Class::SubmissionSet => {
                found
                    .submission_sets
                    .push(unpacker.submission_set(&place, object));
            }
            Class::Folder => found.folders.push(unpacker.folder(&place, object)),
            Class::Package => {}
            Class::Association => {
                found
                    .associations
                    .extend(unpacker.association(&place, object));
            }
            Class::Reference => found.references.extend(object.id),
        }
    }
    found
}

impl Unpacker<'_> {
    /// The entryUUID of an object; a malformed or absent one is an error but for associations.
    fn entry_uuid(&mut self, place: &Location, object: &Object) -> String {
        let id = object.id.as_deref().unwrap_or_default();
        if id.is_empty() && object.kind != Kind::Association {
            self.findings
                .metadata(&place.attribute("entryUUID"), "is missing");
        }
        match self.ids.resolve(id) {
            Some(uuid) => uuid,
            None if id.is_empty() => EntryUuid::random().into(),
            None => {
                self.findings
                    .form(&place.attribute("entryUUID"), form::UUID);
                id.to_owned()
            }
        }
    }

    /// Another logicalID than the entryUUID says that this is a later version, which is sent by Update Document Set.
    fn logical_id(&mut self, place: &Location, object: &mut Object) -> Option<String> {
        let lid = object.logical_id.take()?;
        let place = place.attribute("logicalID");
        let Ok(uuid) = EntryUuid::parse(&lid) else {
            self.findings.form(&place, form::UUID);
            return Some(lid);
        };
        let own = object.id.as_deref().map(EntryUuid::parse);
        if own != Some(Ok(uuid.clone())) {
            let what = "is not the entryUUID; a later version is sent by Update Document Set";
            self.findings.metadata(&place, what);
        }
        Some(uuid.into())
    }

    /// A SubmissionSet and a Folder are always Approved (ITI TF-3 4.2.3.3.2, 4.2.3.4.1).
    fn always_approved(&mut self, place: &Location, urn: Option<&str>) -> Status {
        let status = urn.map(Status::from_urn);
        if status.is_some_and(|status| status != Some(Status::Approved)) {
            let what = format!("is not {}", Status::Approved.urn());
            self.findings
                .metadata(&place.attribute("availabilityStatus"), &what);
        }
        status.flatten().unwrap_or_default()
    }
}
