//! XTN, extended telecommunication number (HL7 v2.5 section 2A.89).

use super::composite::{composite, in_field};
use std::borrow::Cow;

composite! {
    /// A telephone number, an e-mail address or the like, in the old form (XTN.1) or the new one (XTN.5 to 8, or 12).
    /// `Debug` shows the codes of use and equipment.
    Xtn shows [use_code, equipment_type] {
        /// XTN.1, formatted `[NN] [(999)]999-9999[X99999][B99999][C any text]`; kept for older versions.
        telephone_number: String,
        /// XTN.2 (table 0201), `PRN` for the primary residence.
        use_code: String,
        /// XTN.3 (table 0202), `PH` telephone, `CP` mobile, `FX` fax, `Internet`.
        equipment_type: String,
        /// XTN.4.
        email_address: String,
        /// XTN.5, digits.
        country_code: String,
        /// XTN.6, digits.
        area_city_code: String,
        /// XTN.7, digits.
        local_number: String,
        /// XTN.8, digits.
        extension: String,
        /// XTN.9.
        any_text: String,
        /// XTN.10.
        extension_prefix: String,
        /// XTN.11.
        speed_dial_code: String,
        /// XTN.12, a number that cannot be taken apart.
        unformatted_telephone_number: String,
    }
}
in_field!(Xtn);

impl Xtn {
    /// The number as one text, whatever form the sender chose: XTN.12, else XTN.5 to 8 with `+` before the country code
    /// and `X` before the extension, else XTN.1. Empty if there is none, as in an e-mail address.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xtn};
    /// let number = |raw| Xtn::parse(raw, &Separators::DEFAULT).number().into_owned();
    /// assert_eq!(number("(217)555-0100^PRN^PH"), "(217)555-0100");
    /// assert_eq!(number("^PRN^PH^^81^3^55550100^12"), "+81 3 55550100 X12");
    /// assert_eq!(number("^PRN^PH^^^^^^^^^03-5555-0100"), "03-5555-0100");
    /// ```
    pub fn number(&self) -> Cow<'_, str> {
        if !self.unformatted_telephone_number.is_empty() {
            return Cow::Borrowed(&self.unformatted_telephone_number);
        }
        if self.local_number.is_empty() {
            return Cow::Borrowed(&self.telephone_number);
        }
        let parts = [
            ("+", &self.country_code),
            ("", &self.area_city_code),
            ("", &self.local_number),
            ("X", &self.extension),
        ];
        let said = parts.iter().filter(|(_, part)| !part.is_empty());
        let said: Vec<String> = said.map(|(mark, part)| format!("{mark}{part}")).collect();
        Cow::Owned(said.join(" "))
    }
}
