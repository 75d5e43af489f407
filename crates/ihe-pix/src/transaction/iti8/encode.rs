//! ITI-8 feed to message (ITI TF-2 3.8.4).

use hl7v2::build::{self, HeaderFields};
use hl7v2::charset::Charset;

use super::{Event, Feed};
use crate::error::Error;
use crate::transaction::writing::{ids, pid, written};
use crate::visit;

/// Who sends to whom: MSH-3 to 6, as HL7 text of the whole field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// MSH-3.
    pub sending_application: String,
    /// MSH-4.
    pub sending_facility: String,
    /// MSH-5.
    pub receiving_application: String,
    /// MSH-6.
    pub receiving_facility: String,
}

impl Default for Ends {
    fn default() -> Self {
        Ends {
            sending_application: "SOURCE".into(),
            sending_facility: "RENKEI".into(),
            receiving_application: "PIX".into(),
            receiving_facility: "RENKEI".into(),
        }
    }
}

impl Ends {
    pub(crate) fn header(
        &self,
        message_type: String,
        charset: Charset,
        version: &str,
    ) -> HeaderFields {
        HeaderFields {
            sending_application: self.sending_application.clone(),
            sending_facility: self.sending_facility.clone(),
            receiving_application: self.receiving_application.clone(),
            receiving_facility: self.receiving_facility.clone(),
            message_type,
            control_id: build::control_id(),
            processing_id: "P".into(),
            version: version.to_owned(),
            charset,
            ..HeaderFields::default()
        }
    }
}

/// The message, with a fresh MSH-10. ITI-8 is written in version 2.3.1.
pub fn encode(feed: &Feed, ends: &Ends, charset: Charset, version: &str) -> Result<Vec<u8>, Error> {
    let event = feed.event;
    let message_type = format!("ADT^{}^{}", event.trigger(), event.structure());
    let header = ends.header(message_type, charset, version);
    let mut segments = vec![
        format!("EVN|{}|{}", event.trigger(), build::now()),
        pid(&feed.patient).build(),
    ];
    if event == Event::Merge {
        let subsumed = ids(feed.merges.iter().map(|merge| &merge.subsumed));
        segments.push(format!("MRG|{subsumed}"));
    } else if feed.patient.visit.is_empty() {
        segments.push(format!("PV1||{}", patient_class(event)));
    } else {
        segments.push(visit::segment(&feed.patient.visit));
    }
    written(&header, &segments)
}

/// PV1-2, HL7 table 0004: we know the event, not the visit.
fn patient_class(event: Event) -> &'static str {
    match event {
        Event::Admit => "I",
        Event::PreAdmit => "P",
        _ => "O",
    }
}
