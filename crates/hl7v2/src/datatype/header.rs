//! The types of the header: MSG (HL7 v2.5 section 2A.43), PT (section 2A.57) and VID (section 2A.80).

use super::Ce;
use super::composite::{composite, in_field};

composite! {
    /// The type of a message. Senders of version 2.3.1 leave the structure out.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Msg};
    /// let old = Msg::parse("ADT^A08", &Separators::DEFAULT);
    /// assert_eq!((old.message_code.as_str(), old.trigger_event.as_str()), ("ADT", "A08"));
    /// assert!(old.message_structure.is_empty());
    /// ```
    Msg shows [message_code, trigger_event, message_structure] {
        /// MSG.1 (table 0076).
        message_code: String,
        /// MSG.2 (table 0003); an `ACK` may leave it out.
        trigger_event: String,
        /// MSG.3 (table 0354).
        message_structure: String,
    }
}

composite! {
    /// How a message is to be processed.
    Pt shows [processing_id, processing_mode] {
        /// PT.1 (table 0103): `P` production, `T` training, `D` debugging.
        processing_id: String,
        /// PT.2 (table 0207); empty: not present.
        processing_mode: String,
    }
}

composite! {
    /// The version of HL7 that a message follows.
    Vid shows [version_id] {
        /// VID.1 (table 0104), `2.5`.
        version_id: String,
        /// VID.2 (ISO 3166 alpha-3).
        internationalization_code: Option<Box<Ce>>,
        /// VID.3.
        international_version_id: Option<Box<Ce>>,
    }
}
in_field!(Msg, Pt, Vid);
