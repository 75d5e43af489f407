//! EI, entity identifier (HL7 v2.5 section 2A.28): an order, a document, a specimen, and who numbered it.

use super::Hd;
use super::composite::{composite, in_component, in_field};

composite! {
    /// An identifier with its authority, on one level. `Debug` hides the identifier.
    Ei shows [namespace_id, universal_id, universal_id_type] {
        /// EI.1.
        entity_identifier: String,
        /// EI.2 (table 0363); empty if absent.
        namespace_id: String,
        /// EI.3; empty if absent.
        universal_id: String,
        /// EI.4 (table 0301); empty if absent.
        universal_id_type: String,
    }
}
in_component!(Ei);
in_field!(Ei);

impl Ei {
    /// An identifier given by an authority.
    ///
    /// ```
    /// use hl7v2::datatype::{Ei, Hd};
    /// let order = Ei::new("000000011000185", &Hd::oid("1.2.3"));
    /// assert_eq!(order.to_string(), "000000011000185^^1.2.3^ISO");
    /// assert_eq!(order.authority(), Hd::oid("1.2.3"));
    /// ```
    pub fn new(entity_identifier: impl Into<String>, authority: &Hd) -> Ei {
        Ei {
            entity_identifier: entity_identifier.into(),
            namespace_id: authority.namespace_id.clone(),
            universal_id: authority.universal_id.clone(),
            universal_id_type: authority.universal_id_type.clone(),
            ..Ei::default()
        }
    }

    /// EI.2 to 4 as one designator.
    pub fn authority(&self) -> Hd {
        Hd {
            namespace_id: self.namespace_id.clone(),
            universal_id: self.universal_id.clone(),
            universal_id_type: self.universal_id_type.clone(),
            ..Hd::default()
        }
    }
}
