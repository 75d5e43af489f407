//! The answer to a query (ITI TF-2 3.18.4.1.2.6).

use super::ReturnType;
use crate::ebrim::xml::{self, Writer};
use crate::ebrim::{Limits, ns, read, unpack, write};
use crate::error::{Malformed, RegistryError};
use crate::metadata::Objects;
use crate::transaction::registry_response::{self, ResponseStatus};

/// What a Registry answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// status, 1..1.
    pub status: ResponseStatus,
    /// Errors and warnings, 0..n.
    pub errors: Vec<RegistryError>,
    /// What was found.
    pub objects: Objects,
}

impl Response {
    /// Writes an answer. With errors there are no results: the status is Failure (XDS-T-022).
    pub fn encode(objects: &Objects, return_type: ReturnType, errors: &[RegistryError]) -> String {
        let status = ResponseStatus::of(errors);
        let mut out = Writer::new();
        let namespaces = [
            ("xmlns:query", ns::QUERY),
            ("xmlns:rs", ns::RS),
            ("status", status.urn()),
        ];
        out.open("query:AdhocQueryResponse", &namespaces);
        registry_response::write_errors(&mut out, errors);
        match (status, return_type) {
            (ResponseStatus::Failure, _) => write::write_objects(&mut out, &Objects::default()),
            (_, ReturnType::LeafClass) => write::write_objects(&mut out, objects),
            (_, ReturnType::ObjectRef) => {
                let references = objects.entry_uuids().map(str::to_owned).collect();
                let only = Objects {
                    references,
                    ..Objects::default()
                };
                write::write_objects(&mut out, &only);
            }
        }
        out.close("query:AdhocQueryResponse");
        out.finish()
    }

    /// Reads an answer; the order of its parts does not matter.
    pub fn decode(body: &str) -> Result<Self, Malformed> {
        let limits = Limits::default();
        let mut reader = xml::reader(body, &limits)?;
        let root = reader.root(ns::QUERY, "AdhocQueryResponse")?;
        let status = registry_response::status_of(root.attribute("status"))?;
        let (mut errors, mut objects) = (Vec::new(), Objects::default());
        while let Some(child) = reader.child()? {
            if child.is(ns::RS, "RegistryErrorList") {
                errors = registry_response::read_errors(&mut reader)?;
            } else if child.is(ns::RIM, "RegistryObjectList") {
                objects = unpack::objects(read::object_list(&mut reader, &limits)?);
            } else {
                reader.skip()?;
            }
        }
        reader.end()?;
        Ok(Self {
            status,
            errors,
            objects,
        })
    }
}

#[cfg(test)]
mod tests;
