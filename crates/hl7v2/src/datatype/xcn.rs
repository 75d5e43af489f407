//! XCN, extended composite id number and name of a person (HL7 v2.5 section 2A.86): who did something, mostly staff.

use super::composite::{composite, in_field};
use super::{Ce, Cwe, Dr, FamilyParts, Hd, Xpn, check_digit_agrees};

composite! {
    /// A person by number, by name or both. `Debug` shows authorities and codes.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xcn};
    /// let doctor = Xcn::parse("110^医師^一郎^^^^^^^L^^^^^I", &Separators::DEFAULT);
    /// assert_eq!((doctor.id_number.as_str(), doctor.family.as_str()), ("110", "医師"));
    /// assert_eq!((doctor.name_type_code.as_str(), doctor.representation.as_str()), ("L", "I"));
    /// ```
    Xcn shows [assigning_authority, name_type_code, representation, identifier_type_code] {
        /// XCN.1.
        id_number: String,
        /// XCN.2.2 to 5, the parts of the surname.
        family_parts: Option<Box<FamilyParts>>,
        /// XCN.2.1, the surname as a whole.
        family: String,
        /// XCN.3.
        given: String,
        /// XCN.4, second and further given names.
        further: String,
        /// XCN.5.
        suffix: String,
        /// XCN.6.
        prefix: String,
        /// XCN.7 (table 0360).
        degree: String,
        /// XCN.8 (table 0297).
        source_table: String,
        /// XCN.9, who gave the number; empty if absent.
        assigning_authority: Hd,
        /// XCN.10 (table 0200), `L` for the legal name.
        name_type_code: String,
        /// XCN.11.
        check_digit: String,
        /// XCN.12 (table 0061).
        check_digit_scheme: String,
        /// XCN.13 (table 0203).
        identifier_type_code: String,
        /// XCN.14; empty if absent.
        assigning_facility: Hd,
        /// XCN.15 (table 0465): `I` ideographic, `P` phonetic, `A` alphabetic.
        representation: String,
        /// XCN.16 (table 0448).
        name_context: Option<Box<Ce>>,
        /// XCN.17; kept for older versions, see XCN.19 and 20.
        validity_range: Option<Box<Dr>>,
        /// XCN.18 (table 0444).
        name_assembly_order: String,
        /// XCN.19, a time stamp.
        effective_date: String,
        /// XCN.20, a time stamp.
        expiration_date: String,
        /// XCN.21.
        professional_suffix: String,
        /// XCN.22.
        assigning_jurisdiction: Option<Box<Cwe>>,
        /// XCN.23.
        assigning_agency_or_department: Option<Box<Cwe>>,
    }
}
in_field!(Xcn);

impl Xcn {
    /// A person by number and name.
    pub fn new(id_number: impl Into<String>, family: impl Into<String>) -> Xcn {
        Xcn {
            id_number: id_number.into(),
            family: family.into(),
            ..Xcn::default()
        }
    }

    /// The name alone, with all that XPN can say of it.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xcn};
    /// let doctor = Xcn::parse("110^医師^一郎^^^^^^^L^^^^^I", &Separators::DEFAULT);
    /// assert_eq!(doctor.name().to_string(), "医師^一郎^^^^^L^I");
    /// ```
    pub fn name(&self) -> Xpn {
        Xpn {
            family_parts: self.family_parts.clone(),
            family: self.family.clone(),
            given: self.given.clone(),
            further: self.further.clone(),
            suffix: self.suffix.clone(),
            prefix: self.prefix.clone(),
            degree: self.degree.clone(),
            name_type_code: self.name_type_code.clone(),
            representation: self.representation.clone(),
            name_context: self.name_context.clone(),
            validity_range: self.validity_range.clone(),
            name_assembly_order: self.name_assembly_order.clone(),
            effective_date: self.effective_date.clone(),
            expiration_date: self.expiration_date.clone(),
            professional_suffix: self.professional_suffix.clone(),
            ..Xpn::default()
        }
    }

    /// Whether XCN.11 is the check digit of XCN.1 by the scheme of XCN.12; see [`check_digit_agrees`].
    pub fn check_digit_agrees(&self) -> Option<bool> {
        check_digit_agrees(&self.check_digit_scheme, &self.id_number, &self.check_digit)
    }
}
