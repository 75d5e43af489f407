//! General acknowledgements (ACK, HL7 v2.5 section 2.13; ITI TF-2 C.2.3).

use super::{Builder, HeaderFields, control_id};
use crate::ack::{AckCode, Acknowledgement, ErrForm, Problem};
use crate::charset::Charset;
use crate::{Message, ParseError};

/// The answer to a request as IHE asks for it: sender and receiver swapped, MSH-12 echoed, MSA-2 the request's control id, one
/// ERR per problem in the form of v2.5 whatever the version. MSH-9 is `ACK^A01` up to version 2.4 and `ACK^A01^ACK` from 2.5
/// on. [`Acknowledgement::to_bytes`] chooses the form of ERR by the version.
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
    let answer = Acknowledgement {
        problems: problems.to_vec(),
        ..Acknowledgement::answer(request, code)
    };
    answer.to_bytes_in(request, ErrForm::Located)
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
    let answer = Acknowledgement {
        code: AckCode::Ar,
        control_id: String::new(),
        text: String::new(),
        expected_sequence: String::new(),
        problems: vec![problem],
    };
    Builder::new(header.charset)
        .header(&header)
        .segment(&answer.segments_in(ErrForm::Located))
        .bytes_lossy()
}

/// MSH-9 of an acknowledgement: `ACK^A01` up to version 2.4, `ACK^A01^ACK` from 2.5 on.
pub(crate) fn acknowledgement_type(request: &Message, version: &str) -> String {
    let trigger = request
        .raw("MSH-9.2")
        .map(|raw| request.separators().to_default(raw))
        .unwrap_or_default();
    match (trigger.as_str(), is_at_least(version, (2, 5))) {
        ("", _) => "ACK".to_owned(),
        (trigger, false) => format!("ACK^{trigger}"),
        (trigger, true) => format!("ACK^{trigger}^ACK"),
    }
}

/// Whether MSH-12 is this version or a later one; what is no version counts as the newest.
pub(crate) fn is_at_least(version: &str, least: (u16, u16)) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u16>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), minor) => (major, minor.unwrap_or(0)) >= least,
        (None, _) => true,
    }
}
