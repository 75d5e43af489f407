//! Reads `rim:RegistryObjectList` as it stands, without judging it.

use super::xml::{self, Element, Reader};
use super::{Limits, ns};
use crate::error::Malformed;
use crate::metadata::{LocalizedString, Slot};

/// The kinds of registry objects IHE uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// DocumentEntry
    ExtrinsicObject,
    /// SubmissionSet or Folder
    RegistryPackage,
    /// Association
    Association,
    /// A reference to an object that is not here
    ObjectRef,
}

/// A `rim:Classification`.
#[derive(Clone, Debug, Default)]
pub struct Classification {
    /// classificationScheme
    pub scheme: Option<String>,
    /// classificationNode
    pub node: Option<String>,
    /// classifiedObject
    pub classified_object: Option<String>,
    /// nodeRepresentation
    pub node_representation: Option<String>,
    /// objectType
    pub object_type: Option<String>,
    /// Slots in wire order
    pub slots: Vec<Slot>,
    /// Name
    pub name: Vec<LocalizedString>,
    /// Whether it holds a Classification, ExternalIdentifier or Description with text
    pub holds_others: bool,
}

/// A `rim:ExternalIdentifier`.
#[derive(Clone, Debug, Default)]
pub struct ExternalIdentifier {
    /// identificationScheme
    pub scheme: Option<String>,
    /// registryObject
    pub registry_object: Option<String>,
    /// value
    pub value: Option<String>,
    /// objectType
    pub object_type: Option<String>,
    /// Name
    pub name: Vec<LocalizedString>,
    /// Whether it holds a Slot, Classification, ExternalIdentifier or Description with text
    pub holds_others: bool,
}

/// One registry object as on the wire.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is
    pub kind: Kind,
    /// id
    pub id: Option<String>,
    /// lid
    pub logical_id: Option<String>,
    /// home
    pub home: Option<String>,
    /// objectType
    pub object_type: Option<String>,
    /// status
    pub status: Option<String>,
    /// mimeType
    pub mime_type: Option<String>,
    /// associationType
    pub association_type: Option<String>,
    /// sourceObject
    pub source_object: Option<String>,
    /// targetObject
    pub target_object: Option<String>,
    /// Slots in wire order
    pub slots: Vec<Slot>,
    /// Name
    pub name: Vec<LocalizedString>,
    /// Description
    pub description: Vec<LocalizedString>,
    /// Classifications in wire order
    pub classifications: Vec<Classification>,
    /// ExternalIdentifiers in wire order
    pub identifiers: Vec<ExternalIdentifier>,
}

/// A list of registry objects as on the wire.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    /// The objects in wire order
    pub objects: Vec<Object>,
    /// Classifications that stand beside the objects they label
    pub labels: Vec<Classification>,
}

/// Reads an `lcm:SubmitObjectsRequest`.
pub fn submit_objects_request(body: &str, limits: &Limits) -> Result<Packed, Malformed> {
    let mut reader = xml::reader(body, limits)?;
    reader.root(ns::LCM, "SubmitObjectsRequest")?;
    let packed = submit_objects(&mut reader, limits)?;
    reader.end()?;
    Ok(packed)
}

/// The content of an `lcm:SubmitObjectsRequest` whose start was just read.
pub(crate) fn submit_objects(
    reader: &mut Reader<'_>,
    limits: &Limits,
) -> Result<Packed, Malformed> {
    let mut found = None;
    while let Some(child) = reader.child()? {
        if child.first() != "RegistryObjectList" {
            reader.skip()?;
            continue;
        }
        if found.is_some() {
            return Err(Malformed("more than one RegistryObjectList".into()));
        }
        found = Some(object_list(reader, limits)?);
    }
    found.ok_or_else(|| Malformed("no RegistryObjectList".into()))
}

/// The content of a `rim:RegistryObjectList` whose start was just read.
pub(crate) fn object_list(reader: &mut Reader<'_>, limits: &Limits) -> Result<Packed, Malformed> {
    let mut packed = Packed::default();
    while let Some(child) = reader.child()? {
        if packed.objects.len() + packed.labels.len() >= limits.objects {
            return Err(Malformed("more registry objects than the limit".into()));
        }
        match (child.first(), kind(child.first())) {
            ("Classification", _) => packed.labels.push(classification(reader, &child)?),
            (_, Some(kind)) => packed.objects.push(object(reader, &child, kind)?),
            (_, None) => reader.skip()?,
        }
    }
    Ok(packed)
}

fn kind(local: &str) -> Option<Kind> {
    match local {
        "ExtrinsicObject" => Some(Kind::ExtrinsicObject),
        "RegistryPackage" => Some(Kind::RegistryPackage),
        "Association" => Some(Kind::Association),
        "ObjectRef" => Some(Kind::ObjectRef),
        _ => None,
    }
}

/// An attribute that may be absent: some senders write it empty instead.
fn optional(start: &Element<'_>, name: &str) -> Option<String> {
    start.owned(name).filter(|value| !value.is_empty())
}

fn object(reader: &mut Reader<'_>, start: &Element<'_>, kind: Kind) -> Result<Object, Malformed> {
    let mut object = Object {
        kind,
        id: start.owned("id"),
        logical_id: optional(start, "lid"),
        home: optional(start, "home"),
        object_type: optional(start, "objectType"),
        status: optional(start, "status"),
        mime_type: start.owned("mimeType"),
        association_type: start.owned("associationType"),
        source_object: start.owned("sourceObject"),
        target_object: start.owned("targetObject"),
        slots: Vec::new(),
        name: Vec::new(),
        description: Vec::new(),
        classifications: Vec::new(),
        identifiers: Vec::new(),
    };
    while let Some(child) = reader.child()? {
        match child.first() {
            "Slot" => object.slots.push(slot(reader, &child)?),
            "Name" => object.name.extend(localized(reader)?),
            "Description" => object.description.extend(localized(reader)?),
            "Classification" => {
                object.classifications.push(classification(reader, &child)?);
            }
            "ExternalIdentifier" => {
                object.identifiers.push(identifier(reader, &child)?);
            }
            _ => reader.skip()?,
        }
    }
    Ok(object)
}

/// The Slot whose start was just read.
pub(crate) fn slot(reader: &mut Reader<'_>, start: &Element<'_>) -> Result<Slot, Malformed> {
    let mut slot = Slot {
        name: start.owned("name").unwrap_or_default(),
        values: Vec::new(),
    };
    while let Some(child) = reader.child()? {
        if child.first() != "ValueList" {
            reader.skip()?;
            continue;
        }
        while let Some(value) = reader.child()? {
            match value.first() == "Value" {
                true => slot.values.push(reader.text()?),
                false => reader.skip()?,
            }
        }
    }
    Ok(slot)
}

fn localized(reader: &mut Reader<'_>) -> Result<Vec<LocalizedString>, Malformed> {
    let mut all = Vec::new();
    while let Some(child) = reader.child()? {
        if child.first() == "LocalizedString" {
            all.push(LocalizedString {
                value: child.owned("value").unwrap_or_default(),
                language: child.owned("xml:lang"),
                charset: child.owned("charset"),
                ..LocalizedString::default()
            });
        }
        reader.skip()?;
    }
    Ok(all)
}

fn classification(
    reader: &mut Reader<'_>,
    start: &Element<'_>,
) -> Result<Classification, Malformed> {
    let mut found = Classification {
        scheme: start
            .attribute("classificationScheme")
            .map(str::to_ascii_lowercase),
        node: start
            .attribute("classificationNode")
            .map(str::to_ascii_lowercase),
        classified_object: start.owned("classifiedObject"),
        node_representation: start.owned("nodeRepresentation"),
        object_type: optional(start, "objectType"),
        ..Classification::default()
    };
    while let Some(child) = reader.child()? {
        match child.first() {
            "Slot" => found.slots.push(slot(reader, &child)?),
            "Name" => found.name.extend(localized(reader)?),
            "Description" => found.holds_others |= !localized(reader)?.is_empty(),
            other => {
                found.holds_others |= matches!(other, "Classification" | "ExternalIdentifier");
                reader.skip()?;
            }
        }
    }
    Ok(found)
}

fn identifier(
    reader: &mut Reader<'_>,
    start: &Element<'_>,
) -> Result<ExternalIdentifier, Malformed> {
    let mut found = ExternalIdentifier {
        scheme: start
            .attribute("identificationScheme")
            .map(str::to_ascii_lowercase),
        registry_object: start.owned("registryObject"),
        value: start.owned("value"),
        object_type: optional(start, "objectType"),
        ..ExternalIdentifier::default()
    };
    while let Some(child) = reader.child()? {
        match child.first() {
            "Name" => found.name.extend(localized(reader)?),
            "Description" => found.holds_others |= !localized(reader)?.is_empty(),
            other => {
                found.holds_others |=
                    matches!(other, "Slot" | "Classification" | "ExternalIdentifier");
                reader.skip()?;
            }
        }
    }
    Ok(found)
}
