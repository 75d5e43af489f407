//! XON, extended composite name and identification number of an organization (HL7 v2.5 section 2A.87).

use super::composite::{composite, in_field};
use super::{Hd, check_digit_agrees};

composite! {
    /// An organization. XDS writes its authors' institutions so (ITI TF-3 4.2.3.2.1). `Debug` hides name and number:
    /// an employer or insurer says who somebody is.
    Xon shows [assigning_authority, identifier_type_code] {
        /// XON.1.
        organization_name: String,
        /// XON.2 (table 0204).
        organization_name_type_code: String,
        /// XON.3, a number; kept for older versions, see XON.10.
        id_number: String,
        /// XON.4.
        check_digit: String,
        /// XON.5 (table 0061).
        check_digit_scheme: String,
        /// XON.6; empty if absent.
        assigning_authority: Hd,
        /// XON.7 (table 0203).
        identifier_type_code: String,
        /// XON.8; empty if absent.
        assigning_facility: Hd,
        /// XON.9 (table 0465).
        name_representation_code: String,
        /// XON.10, not only digits.
        organization_identifier: String,
    }
}
in_field!(Xon);

impl Xon {
    /// An organization known by its name.
    pub fn new(organization_name: impl Into<String>) -> Xon {
        Xon {
            organization_name: organization_name.into(),
            ..Xon::default()
        }
    }

    /// The identifier: XON.10, or XON.3 of older senders.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xon};
    /// let old = Xon::parse("City Hospital^L^4711", &Separators::DEFAULT);
    /// let new = Xon::parse("City Hospital^L^^^^&1.2.3&ISO^XX^^^4711", &Separators::DEFAULT);
    /// assert_eq!((old.identifier(), new.identifier()), ("4711", "4711"));
    /// ```
    pub fn identifier(&self) -> &str {
        match self.organization_identifier.as_str() {
            "" => &self.id_number,
            identifier => identifier,
        }
    }

    /// Whether XON.4 is the check digit of the identifier by the scheme of XON.5; see [`check_digit_agrees`].
    pub fn check_digit_agrees(&self) -> Option<bool> {
        check_digit_agrees(
            &self.check_digit_scheme,
            self.identifier(),
            &self.check_digit,
        )
    }
}
