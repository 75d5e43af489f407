//! The reader of XML as ebRIM uses it: its namespaces, its limits, its error.

mod writer;

pub(crate) use ihe_soap::xml::{Element, Next, Reader};
pub(crate) use writer::Writer;

use super::{Limits, ns};
use crate::error::Malformed;
use ihe_soap::xml;

/// A reader of one body; [`Element::first`] means a name of ebRIM.
pub(crate) fn reader<'a>(body: &'a str, limits: &Limits) -> Result<Reader<'a>, Malformed> {
    if body.len() > limits.bytes {
        return Err(Malformed("larger than the limit".into()));
    }
    let within = xml::Limits {
        depth: limits.depth,
        elements: limits.elements,
        attributes: limits.attributes,
    };
    Ok(Reader::new(body, ns::ALL, &within)?)
}

impl From<xml::Malformed> for Malformed {
    fn from(error: xml::Malformed) -> Self {
        Self(error.to_string())
    }
}
