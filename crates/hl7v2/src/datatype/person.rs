//! What names and addresses of persons are made of: FN (HL7 v2.5 section 2A.30) and DR (section 2A.20).

use super::composite::{composite, in_component, in_field};

composite! {
    /// The parts of a surname, FN.2 to 5. FN.1, the surname as a whole, is `family` of the name itself. `Debug` hides all.
    FamilyParts shows [] {
        /// FN.2, `van`.
        own_surname_prefix: String,
        /// FN.3, the surname of one's own.
        own_surname: String,
        /// FN.4, surname prefix from partner or spouse.
        partner_surname_prefix: String,
        /// FN.5, surname from partner or spouse.
        partner_surname: String,
    }
}

composite! {
    /// DR, a range of time: as a component its ends are plain time stamps.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xpn};
    /// let name = Xpn::parse("DOE^JANE^^^^^M^^^19700101&19991231", &Separators::DEFAULT);
    /// assert_eq!(name.validity_range.unwrap().end, "19991231");
    /// ```
    Dr shows [] {
        /// DR.1, from; open if empty.
        start: String,
        /// DR.2, to; open if empty.
        end: String,
    }
}
in_component!(Dr);
in_field!(Dr);
