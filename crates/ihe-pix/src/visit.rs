//! What is kept of a visit: the fields of PV1 that ITI-22 asks for (ITI TF-2 Tables 3.22-4 and 3.22-9), and what tells
//! one visit from another.
//!
//! Kept as one text: the fields of [`FIELDS`] in this order as HL7 text with the default separators, a CR after each but
//! the last; empty ones at the end are left out.

use hl7v2::{Segment, Separators};

use crate::transaction::canonical;
use hl7v2::datatype::NULL;

/// PV1-2 class, 3 location, 7 attending, 8 referring and 9 consulting doctor, 10 service, 17 admitting doctor, 18 patient
/// type, 19 visit number, 44 admission and 45 discharge time.
pub const FIELDS: [usize; 11] = [2, 3, 7, 8, 9, 10, 17, 18, 19, 44, 45];

/// No field of a segment and of a message holds one.
const BETWEEN: char = '\r';

/// The visit of a PV1. Empty when PV1 says nothing, or only that there is none (PV1-2 `N`).
///
/// ```
/// let text = b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\rPV1||I|3N^12^B||||77^SATO|||MED\r";
/// let message = hl7v2::Message::parse(text).expect("a message");
/// let visit = ihe_pix::visit::read(message.segment("PV1").expect("PV1"), message.separators());
/// assert_eq!(ihe_pix::visit::field(&visit, 3), "3N^12^B");
/// assert_eq!(ihe_pix::visit::segment(&visit), "PV1||I|3N^12^B||||77^SATO|||MED");
/// ```
pub fn read(pv1: Segment<'_>, separators: Separators) -> String {
    let said = |number: usize| match canonical(pv1.field(number).raw(), separators) {
        text if text == NULL => String::new(),
        text => text.replace(BETWEEN, " "),
    };
    let fields = FIELDS.map(said).join("\r");
    match fields.trim_end_matches(BETWEEN) {
        "N" => String::new(),
        visit => visit.to_owned(),
    }
}

/// A field of the visit as HL7 text; empty if it is not kept or was not said.
pub fn field(visit: &str, number: usize) -> &str {
    let place = FIELDS.iter().position(|field| *field == number);
    place
        .and_then(|place| visit.split(BETWEEN).nth(place))
        .unwrap_or_default()
}

/// PV1 with the default separators. A visit nobody told of has the patient class `N`, not applicable (table 0004).
pub fn segment(visit: &str) -> String {
    if visit.is_empty() {
        return "PV1||N".into();
    }
    let mut fields = [const { String::new() }; 45];
    for (number, text) in FIELDS.into_iter().zip(visit.split(BETWEEN)) {
        if let Some(field) = fields.get_mut(number - 1) {
            text.clone_into(field);
        }
    }
    format!("PV1|{}", fields.join("|"))
        .trim_end_matches('|')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use hl7v2::Message;

    use super::*;

    fn visit(pv1: &str) -> String {
        let text = format!("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\r{pv1}\r");
        let message = Message::parse(text.as_bytes()).expect("parses");
        read(message.segment("PV1").expect("PV1"), message.separators())
    }

    #[test]
    fn what_is_read_is_written_and_read_again() {
        let pv1 = format!(
            "PV1||I|3N^389^2||||1^A~2^B|3^C|4^D|MED|||||||5^E|P|V1^^^&1.2&ISO{}20260301|20260305",
            "|".repeat(25)
        );
        let kept = visit(&pv1);
        assert_eq!(segment(&kept), pv1);
        assert_eq!(visit(&segment(&kept)), kept);
        assert_eq!(
            (field(&kept, 44), field(&kept, 45)),
            ("20260301", "20260305")
        );
        assert_eq!(field(&kept, 4), "", "not kept");
    }

    #[test]
    fn a_dummy_pv1_is_no_visit() {
        assert_eq!(visit("PV1||N"), "");
        assert_eq!(visit("PV1|1"), "");
        assert_eq!(visit("PV1||\"\""), "");
        assert_eq!(segment(""), "PV1||N");
        assert_eq!(visit("PV1||O"), "O");
    }
}
