//! HD, hierarchic designator (HL7 v2.5 section 2A.36): an assigning authority, an application or a facility.

use super::composite::{self, Level, composite, in_component};
use super::{NULL, is_oid, is_uuid};
use crate::Separators;
use std::fmt;

composite! {
    /// A name that is local, universal, or both. `Display` is the subcomponent form `ns&oid&ISO`.
    Hd shows [namespace_id, universal_id, universal_id_type, rest] {
        /// HD.1, the local name; empty if absent.
        namespace_id: String,
        /// HD.2, usually an OID without `urn:oid:`; empty if absent.
        universal_id: String,
        /// HD.3 (table 0301), `ISO` for an OID; empty if absent.
        universal_id_type: String,
    }
}
in_component!(Hd);

impl Hd {
    /// An authority known by its OID.
    ///
    /// ```
    /// assert_eq!(hl7v2::datatype::Hd::oid("1.2.3").to_string(), "&1.2.3&ISO");
    /// ```
    pub fn oid(oid: &str) -> Hd {
        Hd {
            universal_id: oid.to_owned(),
            universal_id_type: "ISO".to_owned(),
            ..Hd::default()
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
        composite::parse(raw, Level::Component, separators)
    }

    /// Reads an HD that is a whole field (as MSH-3): its parts are components.
    pub fn parse_field(raw: &str, separators: &Separators) -> Hd {
        composite::parse(raw, Level::Field, separators)
    }

    /// The subcomponent form with these delimiters.
    pub fn format(&self, separators: &Separators) -> String {
        composite::format(self, Level::Component, separators)
    }

    /// The field form with these delimiters.
    pub fn format_field(&self, separators: &Separators) -> String {
        composite::format(self, Level::Field, separators)
    }

    /// The field form `ns^oid^ISO`, as in MSH-3.
    pub fn to_field(&self) -> String {
        self.format_field(&Separators::DEFAULT)
    }

    /// Neither a local nor a universal name.
    pub fn is_empty(&self) -> bool {
        self.namespace_id.is_empty() && self.universal_id.is_empty()
    }

    /// Whether both name the same authority: the universal id decides when both have one, else the namespace. Nothing
    /// equals an authority without a name; the null `""` is no name.
    pub fn same_authority(&self, other: &Hd) -> bool {
        let [ours, theirs] = [name(&self.universal_id), name(&other.universal_id)];
        if ours.is_some() && theirs.is_some() {
            return ours == theirs
                && do_not_differ(&self.universal_id_type, &other.universal_id_type);
        }
        let namespace = name(&self.namespace_id);
        namespace.is_some() && namespace == name(&other.namespace_id)
    }

    /// Whether `said` names this known authority: by namespace only, by universal id only, or by all three, which must
    /// then agree (ITI TF-2 3.9.4.1.2.2). A type or a namespace that one of them leaves out does not differ.
    ///
    /// ```
    /// use hl7v2::datatype::Hd;
    /// let known = Hd { namespace_id: "EAST".into(), ..Hd::oid("1.2.3") };
    /// assert!(known.is_named_by(&Hd::namespace("EAST")) && known.is_named_by(&Hd::oid("1.2.3")));
    /// let contradiction = Hd { namespace_id: "WEST".into(), ..Hd::oid("1.2.3") };
    /// assert!(!known.is_named_by(&contradiction));
    /// ```
    pub fn is_named_by(&self, said: &Hd) -> bool {
        match name(&said.universal_id) {
            None => {
                let namespace = name(&said.namespace_id);
                namespace.is_some() && namespace == name(&self.namespace_id)
            }
            Some(universal) => {
                name(&self.universal_id) == Some(universal)
                    && do_not_differ(&self.universal_id_type, &said.universal_id_type)
                    && do_not_differ(&self.namespace_id, &said.namespace_id)
            }
        }
    }

    /// Whether the universal id has the form its type asks for: an OID for `ISO`, a UUID for `UUID` and `GUID`. Other
    /// types, and an absent id, are taken as they are.
    ///
    /// ```
    /// use hl7v2::datatype::Hd;
    /// assert!(Hd::oid("1.2.392.100495").is_well_formed());
    /// assert!(!Hd::oid("urn:oid:1.2").is_well_formed());
    /// ```
    pub fn is_well_formed(&self) -> bool {
        universal_id_is_well_formed(&self.universal_id, &self.universal_id_type)
    }
}

/// HD.2 under HD.3, or EI.3 under EI.4.
pub(super) fn universal_id_is_well_formed(id: &str, id_type: &str) -> bool {
    match (name(id), id_type) {
        (None, _) => true,
        (Some(id), "ISO") => is_oid(id),
        (Some(id), "UUID" | "GUID") => is_uuid(id),
        _ => true,
    }
}

/// The text if it says something.
fn name(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty() && *text != NULL)
}

fn do_not_differ(a: &str, b: &str) -> bool {
    match (name(a), name(b)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

impl fmt::Display for Hd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format(&Separators::DEFAULT))
    }
}
