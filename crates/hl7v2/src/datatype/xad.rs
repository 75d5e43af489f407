//! XAD, extended address (HL7 v2.5 section 2A.84), with SAD, street address (section 2A.64).

use super::Dr;
use super::composite::{composite, in_component, in_field};

composite! {
    /// A street address. `Debug` hides all.
    Sad shows [] {
        /// SAD.1, the whole line in the form for mailing.
        street_or_mailing_address: String,
        /// SAD.2.
        street_name: String,
        /// SAD.3, the number of the house.
        dwelling_number: String,
    }
}
in_component!(Sad);

composite! {
    /// One address. `Debug` hides everything but the codes.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xad};
    /// let home = Xad::parse("1-2-3 Main&Main&1-2-3^Apt 4^Osaka^^540-0001^JPN^H", &Separators::DEFAULT);
    /// assert_eq!((home.street_address.street_name.as_str(), home.country.as_str()), ("Main", "JPN"));
    /// assert_eq!(home.address_type, "H");
    /// ```
    Xad shows [address_type, address_representation_code] {
        /// XAD.1.
        street_address: Sad,
        /// XAD.2, the second line.
        other_designation: String,
        /// XAD.3.
        city: String,
        /// XAD.4.
        state_or_province: String,
        /// XAD.5.
        zip_or_postal_code: String,
        /// XAD.6 (ISO 3166 alpha-3).
        country: String,
        /// XAD.7 (table 0190), `H` for home.
        address_type: String,
        /// XAD.8.
        other_geographic_designation: String,
        /// XAD.9 (table 0289).
        county_parish_code: String,
        /// XAD.10 (table 0288).
        census_tract: String,
        /// XAD.11 (table 0465): `I` ideographic, `P` phonetic, `A` alphabetic.
        address_representation_code: String,
        /// XAD.12; kept for older versions, see XAD.13 and 14.
        address_validity_range: Option<Box<Dr>>,
        /// XAD.13, a time stamp.
        effective_date: String,
        /// XAD.14, a time stamp.
        expiration_date: String,
    }
}
in_field!(Xad);
