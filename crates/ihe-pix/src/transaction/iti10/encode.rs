//! ITI-10 notification to message (ITI TF-2 3.10.4.1.2).

use hl7v2::build::{self, HeaderFields, SegmentBuilder};
use hl7v2::charset::Charset;

use super::Notification;
use crate::error::Error;
use crate::iti8::Ends;
use crate::transaction::writing::{identified, written};

/// The message in version 2.5, with a fresh MSH-10: PID-5 is a single space and PV1 a dummy.
pub fn encode(told: &Notification, ends: &Ends, charset: Charset) -> Result<Vec<u8>, Error> {
    if told.ids.is_empty() {
        return Err(Error::Misuse("a notification without an id".into()));
    }
    let header = HeaderFields {
        profile: "ITI-10^IHE".into(),
        ..ends.header("ADT^A31^ADT_A05".into(), charset, "2.5")
    };
    let segments = [
        SegmentBuilder::new("EVN").raw(2, build::now()).build(),
        identified(&told.ids, "").build(),
        "PV1||N".into(),
    ];
    written(&header, &segments)
}
