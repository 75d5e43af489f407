//! Objects as they lie in the `xml` columns: an `rim:RegistryObjectList` of one (ITI TF-3 4.2.3).

use super::super::StoreError;
use crate::ebrim::{Limits, objects_from_xml, objects_to_xml};
use crate::metadata::{Association, DocumentEntry, Folder, Objects, SubmissionSet};

pub(crate) fn encode_document(entry: &DocumentEntry) -> String {
    objects_to_xml(&Objects {
        documents: vec![entry.clone()],
        ..Objects::default()
    })
}

pub(crate) fn encode_set(set: &SubmissionSet) -> String {
    objects_to_xml(&Objects {
        submission_sets: vec![set.clone()],
        ..Objects::default()
    })
}

pub(crate) fn encode_folder(folder: &Folder) -> String {
    objects_to_xml(&Objects {
        folders: vec![folder.clone()],
        ..Objects::default()
    })
}

pub(crate) fn encode_association(association: &Association) -> String {
    objects_to_xml(&Objects {
        associations: vec![association.clone()],
        ..Objects::default()
    })
}

pub(crate) fn decode_document(xml: &str) -> Result<DocumentEntry, StoreError> {
    only(read(xml)?.documents)
}

pub(crate) fn decode_set(xml: &str) -> Result<SubmissionSet, StoreError> {
    only(read(xml)?.submission_sets)
}

pub(crate) fn decode_folder(xml: &str) -> Result<Folder, StoreError> {
    only(read(xml)?.folders)
}

pub(crate) fn decode_association(xml: &str) -> Result<Association, StoreError> {
    only(read(xml)?.associations)
}

fn read(xml: &str) -> Result<Objects, StoreError> {
    objects_from_xml(xml, &Limits::default())
        .map_err(|_| StoreError::Damaged("an object's XML".into()))
}

fn only<T>(mut objects: Vec<T>) -> Result<T, StoreError> {
    match (objects.pop(), objects.is_empty()) {
        (Some(object), true) => Ok(object),
        _ => Err(StoreError::Damaged("not one object in a row".into())),
    }
}
