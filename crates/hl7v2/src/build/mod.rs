//! Messages and acknowledgements as sent: CR-terminated segments in the bytes of one character set.
//!
//! What is written always uses the recommended delimiters `|` and `^~\&`.

mod identity;
mod reply;
mod segment;
#[cfg(test)]
mod tests;

pub use identity::{control_id, now};
#[cfg(feature = "mllp")]
pub(crate) use reply::rejection;
pub use reply::{acknowledgement, rejection_of_unparsable};
pub use segment::SegmentBuilder;

use crate::charset::{Charset, Unencodable};
use crate::escape::escape;
use crate::{Message, Separators};

/// What MSH says. The first five are raw field text: escaped, with their own `^`; empty ones are left empty.
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
    /// MSH-9, raw: `ACK^A01^ACK`.
    pub message_type: String,
    /// MSH-10; see [`control_id`].
    pub control_id: String,
    /// MSH-11: `P`, `T` or `D`.
    pub processing_id: String,
    /// MSH-12, e.g. `2.5`.
    pub version: String,
    /// MSH-18, and what the bytes are in.
    pub charset: Charset,
}

impl HeaderFields {
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
            message_type: message_type.into(),
            control_id: control_id(),
            processing_id: or(header.processing_id, "P"),
            version: or(header.version, "2.5"),
            charset: request.charset(),
        }
    }

    fn segment(&self) -> String {
        let plain = |value: &str| escape(value, &Separators::DEFAULT).into_owned();
        SegmentBuilder::new("MSH")
            .raw(2, r"^~\&")
            .raw(3, &self.sending_application)
            .raw(4, &self.sending_facility)
            .raw(5, &self.receiving_application)
            .raw(6, &self.receiving_facility)
            .raw(7, now())
            .raw(9, &self.message_type)
            .raw(10, plain(&self.control_id))
            .raw(11, plain(&self.processing_id))
            .raw(12, plain(&self.version))
            .raw(18, self.charset.msh18())
            .raw(20, self.charset.msh20())
            .build()
    }
}

/// Gathers segments and turns them into the bytes of one character set.
#[derive(Clone)]
pub struct Builder {
    charset: Charset,
    text: String,
}

impl Builder {
    /// An empty message in a character set. [`Builder::header`] comes next.
    pub fn new(charset: Charset) -> Builder {
        Builder {
            charset,
            text: String::new(),
        }
    }

    /// Writes MSH with the present time; the character set is the builder's.
    pub fn header(self, header: &HeaderFields) -> Builder {
        let header = HeaderFields {
            charset: self.charset,
            ..header.clone()
        };
        self.segment(&header.segment())
    }

    /// Writes one segment, or several with CR between them; the last CR may be missing. Nothing for an empty text.
    pub fn segment(mut self, segment: &str) -> Builder {
        let segment = segment.trim_end_matches('\r');
        if !segment.is_empty() {
            self.text.push_str(segment);
            self.text.push('\r');
        }
        self
    }

    /// The text so far, as UTF-8.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes; refused if a character is not in the character set.
    pub fn bytes(&self) -> Result<Vec<u8>, Unencodable> {
        self.charset.encode(&self.text)
    }

    /// The bytes, with substitutes for what the character set does not have.
    pub fn bytes_lossy(&self) -> Vec<u8> {
        self.charset.encode_lossy(&self.text)
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("charset", &self.charset)
            .field("bytes", &self.text.len())
            .finish()
    }
}

/// A message: MSH of now, then the segments (raw text each, terminators optional).
///
/// ```
/// use hl7v2::build::{self, HeaderFields, SegmentBuilder};
/// let header = HeaderFields {
///     message_type: "ADT^A01^ADT_A01".into(),
///     control_id: build::control_id(),
///     version: "2.3.1".into(),
///     ..HeaderFields::default()
/// };
/// let pid = SegmentBuilder::new("PID").raw(3, "42^^^&1.2.3&ISO").value(5, "O'Hara & Sons").build();
/// let bytes = build::message(&header, &[pid])?;
/// assert!(bytes.ends_with(b"PID|||42^^^&1.2.3&ISO||O'Hara \\T\\ Sons\r"));
/// # Ok::<(), hl7v2::charset::Unencodable>(())
/// ```
pub fn message(header: &HeaderFields, segments: &[String]) -> Result<Vec<u8>, Unencodable> {
    let start = Builder::new(header.charset).header(header);
    segments
        .iter()
        .fold(start, |builder, segment| builder.segment(segment))
        .bytes()
}
