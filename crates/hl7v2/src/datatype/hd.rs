//! HD, hierarchic designator (HL7 v2.5 section 2A.36): an assigning authority, an application or a facility.

use super::{escaped, joined, parts};
use crate::Separators;
use std::fmt;

/// A name that is local, universal, or both. `Display` is the subcomponent form `ns&oid&ISO`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hd {
    /// HD.1, the local name; empty if absent.
    pub namespace_id: String,
    /// HD.2, usually an OID without `urn:oid:`; empty if absent.
    pub universal_id: String,
    /// HD.3, `ISO` for an OID; empty if absent.
    pub universal_id_type: String,
}

impl Hd {
    /// An authority known by its OID.
    ///
    /// ```
    /// assert_eq!(hl7v2::datatype::Hd::oid("1.2.3").to_string(), "&1.2.3&ISO");
    /// ```
    pub fn oid(oid: &str) -> Hd {
        Hd {
            namespace_id: String::new(),
            universal_id: oid.to_owned(),
            universal_id_type: "ISO".to_owned(),
        }
    }

    /// An authority known by its local name only.
    pub fn namespace(name: &str) -> Hd {
        Hd {
            namespace_id: name.to_owned(),
            ..Hd::default()
        }
    }

    /// Reads an HD that is one component (as in CX-4): its parts are subcomponents.
    pub fn parse(raw: &str, separators: &Separators) -> Hd {
        Self::split(raw, separators.subcomponent, separators)
    }

    /// Reads an HD that is a whole field (as MSH-3): its parts are components.
    pub fn parse_field(raw: &str, separators: &Separators) -> Hd {
        Self::split(raw, separators.component, separators)
    }

    fn split(raw: &str, separator: u8, separators: &Separators) -> Hd {
        let [namespace_id, universal_id, universal_id_type] = parts(raw, separator, separators);
        Hd {
            namespace_id,
            universal_id,
            universal_id_type,
        }
    }

    /// Neither a local nor a universal name.
    pub fn is_empty(&self) -> bool {
        self.namespace_id.is_empty() && self.universal_id.is_empty()
    }

    /// Whether both name the same authority: the universal id decides when both have one, else the namespace. Nothing
    /// equals an authority without a name.
    pub fn same_authority(&self, other: &Hd) -> bool {
        if !self.universal_id.is_empty() && !other.universal_id.is_empty() {
            let types = [&self.universal_id_type, &other.universal_id_type];
            let types_agree = types.iter().any(|name| name.is_empty()) || types[0] == types[1];
            return self.universal_id == other.universal_id && types_agree;
        }
        !self.namespace_id.is_empty() && self.namespace_id == other.namespace_id
    }

    /// The field form `ns^oid^ISO`, as in MSH-3.
    pub fn to_field(&self) -> String {
        self.joined('^')
    }

    fn joined(&self, separator: char) -> String {
        let parts = [
            &self.namespace_id,
            &self.universal_id,
            &self.universal_id_type,
        ]
        .map(|part| escaped(part));
        joined(&[&parts[0], &parts[1], &parts[2]], separator)
    }
}

impl fmt::Display for Hd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined('&'))
    }
}
