//! XPN, extended person name (HL7 v2.5 section 2A.88).

use super::composite::{composite, in_field};
use super::{Ce, Dr, FamilyParts};

composite! {
    /// One name of a person. `Display` is the HL7 text with the recommended delimiters; `Debug` hides everything but the codes.
    Xpn shows [name_type_code, representation] {
        /// XPN.1.2 to 5, the parts of the surname.
        family_parts: Option<Box<FamilyParts>>,
        /// XPN.1.1, the surname as a whole.
        family: String,
        /// XPN.2.
        given: String,
        /// XPN.3, second and further given names.
        further: String,
        /// XPN.4.
        suffix: String,
        /// XPN.5.
        prefix: String,
        /// XPN.6.
        degree: String,
        /// XPN.7 (table 0200), `L` for the legal name.
        name_type_code: String,
        /// XPN.8 (table 0465): `I` ideographic, `P` phonetic, `A` alphabetic; empty if absent.
        representation: String,
        /// XPN.9 (table 0448).
        name_context: Option<Box<Ce>>,
        /// XPN.10; kept for older versions, see XPN.12 and 13.
        validity_range: Option<Box<Dr>>,
        /// XPN.11 (table 0444): `F` family name first, `G` given name first.
        name_assembly_order: String,
        /// XPN.12, a time stamp.
        effective_date: String,
        /// XPN.13, a time stamp.
        expiration_date: String,
        /// XPN.14.
        professional_suffix: String,
    }
}
in_field!(Xpn);

impl Xpn {
    /// Family and given name, nothing else.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xpn};
    /// assert_eq!(Xpn::new("患者", "太郎").to_string(), "患者^太郎");
    /// let name = Xpn::parse("van Beethoven&van&Beethoven^Ludwig^^^^^L^A", &Separators::DEFAULT);
    /// assert_eq!((name.family.as_str(), name.representation.as_str()), ("van Beethoven", "A"));
    /// assert_eq!(name.family_parts.unwrap().own_surname, "Beethoven");
    /// ```
    pub fn new(family: impl Into<String>, given: impl Into<String>) -> Xpn {
        Xpn {
            family: family.into(),
            given: given.into(),
            ..Xpn::default()
        }
    }

    /// No name at all; codes alone are no name.
    pub fn is_empty(&self) -> bool {
        [
            &self.family,
            &self.given,
            &self.further,
            &self.suffix,
            &self.prefix,
            &self.degree,
        ]
        .iter()
        .all(|part| part.is_empty())
    }
}
