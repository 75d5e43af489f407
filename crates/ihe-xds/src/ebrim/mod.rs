//! ebRIM 3.0 as on the wire (ITI TF-3 4.2.3): a tolerant reader, prefix-independent and limited, and one canonical writer.

pub(crate) mod read;
pub(crate) mod schemes;
pub(crate) mod slots;
pub(crate) mod unpack;
pub(crate) mod write;
pub(crate) mod xml;

pub use read::{Classification, ExternalIdentifier, Kind, Object, Packed, submit_objects_request};
pub use write::{objects_to_xml, submission_to_xml};

use crate::error::Malformed;
use crate::metadata::Objects;

/// Namespaces of the messages (ITI TF-2 table V.2.4-1).
pub mod ns {
    /// ebRIM objects
    pub const RIM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
    /// Registry responses
    pub const RS: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0";
    /// Submissions
    pub const LCM: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0";
    /// Stored queries
    pub const QUERY: &str = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0";
    /// Documents
    pub const XDS: &str = "urn:ihe:iti:xds-b:2007";
    /// xop:Include
    pub const XOP: &str = "http://www.w3.org/2004/08/xop/include";
    /// xml:lang
    pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
    pub(crate) const ALL: &[&str] = &[RIM, RS, LCM, QUERY, XDS, XOP, XML];
}

/// Beyond these a body is refused as malformed, whatever it says.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of the body, default 16 MiB.
    pub bytes: usize,
    /// Depth of elements, default 24.
    pub depth: usize,
    /// Number of elements, default 1 000 000.
    pub elements: usize,
    /// Attributes of one element, default 64.
    pub attributes: usize,
    /// Registry objects in one list, default 20 000.
    pub objects: usize,
    /// Errors listed in one refusal, default 100.
    pub errors: usize,
    /// Values in one stored query, default 10 000.
    pub query_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            depth: 24,
            elements: 1_000_000,
            attributes: 64,
            objects: 20_000,
            errors: 100,
            query_values: 10_000,
        }
    }
}

/// Reads objects written by [`objects_to_xml`], or any `rim:RegistryObjectList` a Registry answers with; missing attributes are left empty.
pub fn objects_from_xml(text: &str, limits: &Limits) -> Result<Objects, Malformed> {
    let mut reader = xml::reader(text, limits)?;
    reader.root(ns::RIM, "RegistryObjectList")?;
    let packed = read::object_list(&mut reader, limits)?;
    reader.end()?;
    Ok(unpack::objects(packed))
}

#[cfg(test)]
mod tests;
