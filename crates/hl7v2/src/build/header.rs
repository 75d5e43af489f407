//! MSH as sent (HL7 v2.5 section 2.15.9).

use super::{SegmentBuilder, control_id, now};
use crate::charset::Charset;
use crate::escape::escape;
use crate::{Message, Separators};

/// What MSH says. Fields marked raw are field text: escaped, with their own `^`; empty ones are left empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderFields {
    /// MSH-3, raw.
    pub sending_application: String,
    /// MSH-4, raw.
    pub sending_facility: String,
    /// MSH-5, raw.
    pub receiving_application: String,
    /// MSH-6, raw.
    pub receiving_facility: String,
    /// MSH-7, raw; empty: [`now`]. See [`super::date_time`] for other zones.
    pub date_time: String,
    /// MSH-8, raw.
    pub security: String,
    /// MSH-9, raw: `ACK^A01^ACK`.
    pub message_type: String,
    /// MSH-10; see [`control_id`].
    pub control_id: String,
    /// MSH-11: `P`, `T` or `D`.
    pub processing_id: String,
    /// MSH-12, e.g. `2.5`.
    pub version: String,
    /// MSH-13, a number of the sequence number protocol, or empty.
    pub sequence_number: String,
    /// MSH-15: `AL`, `NE`, `ER`, `SU`, or empty; see [`crate::ack::Mode`].
    pub accept_acknowledgement: String,
    /// MSH-16, likewise.
    pub application_acknowledgement: String,
    /// MSH-17, ISO 3166, e.g. `JPN`.
    pub country: String,
    /// MSH-18 and 20, and what the bytes are in.
    pub charset: Charset,
    /// MSH-19, raw (CE).
    pub language: String,
    /// MSH-21, raw: `SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO`.
    pub profile: String,
}

impl HeaderFields {
    /// A header of now with a new control id, processing id `P`.
    ///
    /// ```
    /// use hl7v2::build::{Builder, HeaderFields};
    /// let header = HeaderFields {
    ///     date_time: "20111220224447".into(),
    ///     control_id: "1".into(),
    ///     ..HeaderFields::new("OUL^R22^OUL_R22", "2.5")
    /// };
    /// assert_eq!(
    ///     Builder::new(header.charset).header(&header).text(),
    ///     "MSH|^~\\&|||||20111220224447||OUL^R22^OUL_R22|1|P|2.5\r"
    /// );
    /// ```
    pub fn new(message_type: impl Into<String>, version: impl Into<String>) -> HeaderFields {
        HeaderFields {
            message_type: message_type.into(),
            version: version.into(),
            control_id: control_id(),
            processing_id: "P".to_owned(),
            ..HeaderFields::default()
        }
    }

    /// The header of an answer: sender and receiver swapped, processing id, version and character set those of the
    /// request, a new control id. A request without a version is answered in 2.5.
    pub fn answer(request: &Message, message_type: impl Into<String>) -> HeaderFields {
        let header = request.header();
        let recommended = |raw: &str| request.separators().to_default(raw);
        let or = |value: String, usual: &str| {
            if value.is_empty() {
                usual.to_owned()
            } else {
                value
            }
        };
        HeaderFields {
            sending_application: recommended(&header.receiving_application),
            sending_facility: recommended(&header.receiving_facility),
            receiving_application: recommended(&header.sending_application),
            receiving_facility: recommended(&header.sending_facility),
            processing_id: or(header.processing_id, "P"),
            charset: request.charset(),
            ..HeaderFields::new(message_type, or(header.version, "2.5"))
        }
    }

    pub(super) fn segment(&self) -> String {
        let plain = |value: &str| escape(value, &Separators::DEFAULT).into_owned();
        let date_time = match self.date_time.as_str() {
            "" => now(),
            given => given.to_owned(),
        };
        SegmentBuilder::new("MSH")
            .raw(2, Separators::DEFAULT.encoding_characters())
            .raw(3, &self.sending_application)
            .raw(4, &self.sending_facility)
            .raw(5, &self.receiving_application)
            .raw(6, &self.receiving_facility)
            .raw(7, date_time)
            .raw(8, &self.security)
            .raw(9, &self.message_type)
            .raw(10, plain(&self.control_id))
            .raw(11, plain(&self.processing_id))
            .raw(12, plain(&self.version))
            .raw(13, plain(&self.sequence_number))
            .raw(15, plain(&self.accept_acknowledgement))
            .raw(16, plain(&self.application_acknowledgement))
            .raw(17, plain(&self.country))
            .raw(18, self.charset.msh18())
            .raw(19, &self.language)
            .raw(20, self.charset.msh20())
            .raw(21, &self.profile)
            .build()
    }
}
