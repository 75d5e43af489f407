//! General acknowledgements (ACK, HL7 v2.5 section 2.13; ITI TF-2 C.2.3).

use super::{Builder, HeaderFields, SegmentBuilder, control_id};
use crate::ack::{AckCode, Problem, err_segments};
use crate::charset::Charset;
use crate::{Message, ParseError};

/// The answer to a request: sender and receiver swapped, MSH-12 echoed, MSA-2 the request's control id, one ERR per problem.
/// MSH-9 is `ACK^A01` up to version 2.4 and `ACK^A01^ACK` from 2.5 on.
///
/// ```
/// use hl7v2::{Message, ack::AckCode, build};
/// let request = Message::parse(b"MSH|^~\\&|HIS|A|PIX|B|2026||ADT^A01|77|P|2.3.1\r")?;
/// let reply = Message::parse(&build::acknowledgement(&request, AckCode::Aa, &[]))?;
/// assert_eq!(reply.raw("MSH-9"), Some("ACK^A01"));
/// assert_eq!(reply.segment("MSA").map(|msa| msa.raw()), Some("MSA|AA|77"));
/// # Ok::<(), hl7v2::ParseError>(())
/// ```
pub fn acknowledgement(request: &Message, code: AckCode, problems: &[Problem]) -> Vec<u8> {
    let trigger = request
        .raw("MSH-9.2")
        .map(|raw| request.separators().to_default(raw))
        .unwrap_or_default();
    let mut header = HeaderFields::answer(request, String::new());
    header.message_type = match (trigger.as_str(), has_structure(&header.version)) {
        ("", _) => "ACK".to_owned(),
        (trigger, false) => format!("ACK^{trigger}"),
        (trigger, true) => format!("ACK^{trigger}^ACK"),
    };
    let answered = request
        .raw("MSH-10")
        .map(|raw| request.separators().to_default(raw))
        .unwrap_or_default();
    answer(&header, code, &answered, problems)
}

/// V2-R-003: the answer to bytes that are no message. Nothing of them can be trusted, so MSH is our own and MSA-2 empty.
pub fn rejection_of_unparsable(reason: &ParseError) -> Vec<u8> {
    rejection(reason.problem())
}

/// AR without a request.
pub(crate) fn rejection(problem: Problem) -> Vec<u8> {
    let header = HeaderFields {
        message_type: "ACK".to_owned(),
        control_id: control_id(),
        processing_id: "P".to_owned(),
        version: "2.5".to_owned(),
        charset: Charset::Ascii,
        ..HeaderFields::default()
    };
    answer(&header, AckCode::Ar, "", &[problem])
}

fn answer(header: &HeaderFields, code: AckCode, answered: &str, problems: &[Problem]) -> Vec<u8> {
    Builder::new(header.charset)
        .header(header)
        .segment(
            &SegmentBuilder::new("MSA")
                .raw(1, code.as_str())
                .raw(2, answered)
                .build(),
        )
        .segment(&err_segments(problems))
        .bytes_lossy()
}

/// Whether acknowledgements of this version carry a message structure: 2.5 and later, and anything that is no version.
fn has_structure(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u16>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), minor) => (major, minor.unwrap_or(0)) >= (2, 5),
        (None, _) => true,
    }
}
