//! QCN^J01: no further portion of an answer is wanted (ITI TF-2 3.21.4.3).

use hl7v2::Message;
use hl7v2::ack::{Location, Refusal};
use hl7v2::build;
use hl7v2::charset::Charset;

use super::query::{absent, missing, wrong};
use super::{QUERY_NAME, TAG_LENGTH};
use crate::error::Error;
use crate::iti8::Ends;
use crate::transaction::{Problems, canonical};

/// Which query ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    /// QID-1: QPD-2 of the query.
    pub tag: String,
    /// QID-2: QPD-1 of the query.
    pub name: String,
}

impl Cancel {
    /// The end of the query with this tag.
    pub fn of(tag: impl Into<String>) -> Cancel {
        Cancel {
            tag: tag.into(),
            name: QUERY_NAME.into(),
        }
    }
}

/// Which query ends, or every reason to refuse the message (AE).
pub fn decode_cancel(message: &Message) -> Result<Cancel, Refusal> {
    let mut found = Problems::up_to(10);
    let Some(qid) = message.segment("QID") else {
        found.push(absent("QID"));
        return Err(found.into_refusal());
    };
    let text = |field: usize| canonical(qid.field(field).raw(), message.separators());
    let (tag, name) = (text(1), text(2));
    if tag.is_empty() {
        found.push(missing(Location::field("QID", 1, 1)));
    } else if tag.chars().count() > TAG_LENGTH {
        found.push(wrong(Location::field("QID", 1, 1), "the tag is too long"));
    }
    if name.is_empty() {
        found.push(missing(Location::field("QID", 1, 2)));
    }
    found.into_result(Cancel { tag, name })
}

/// The message, with a fresh MSH-10, in version 2.5.
pub fn encode_cancel(cancel: &Cancel, ends: &Ends, charset: Charset) -> Result<Vec<u8>, Error> {
    let header = ends.header("QCN^J01^QCN_J01".into(), charset, "2.5");
    build::message(&header, &[format!("QID|{}|{}", cancel.tag, cancel.name)])
        .map_err(|_| Error::Misuse("the text does not fit the character set".into()))
}
