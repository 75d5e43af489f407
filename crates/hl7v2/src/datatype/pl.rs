//! PL, person location (HL7 v2.5 section 2A.53): ward, room and bed.

use super::composite::{composite, in_field};
use super::{Ei, Hd};

composite! {
    /// Where a person is. `Debug` shows the facility and the codes of kind and state.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Pl};
    /// let bed = Pl::parse("32^302^1^CITY&1.2.3&ISO^^N", &Separators::DEFAULT);
    /// assert_eq!((bed.point_of_care.as_str(), bed.bed.as_str()), ("32", "1"));
    /// assert_eq!(bed.facility.universal_id, "1.2.3");
    /// ```
    Pl shows [facility, location_status, person_location_type] {
        /// PL.1, the ward.
        point_of_care: String,
        /// PL.2.
        room: String,
        /// PL.3.
        bed: String,
        /// PL.4; empty if absent.
        facility: Hd,
        /// PL.5 (table 0306).
        location_status: String,
        /// PL.6 (table 0305), `N` for a nursing unit.
        person_location_type: String,
        /// PL.7.
        building: String,
        /// PL.8.
        floor: String,
        /// PL.9.
        location_description: String,
        /// PL.10; empty if absent.
        comprehensive_location_identifier: Ei,
        /// PL.11; empty if absent.
        assigning_authority_for_location: Hd,
    }
}
in_field!(Pl);
