//! The message: decoded text and one flat index of its delimiters (HL7 v2.5 section 2.3).

mod error;
mod header;
mod index;
mod read;
#[cfg(test)]
mod tests;
mod view;

pub use error::{Limits, ParseError, ParseOptions};
pub use header::Header;
pub use view::{Component, Field, Repetition, Segment};

use crate::charset::Charset;
use crate::path::Path;
use crate::{Separators, Tolerance, escape};
use index::Index;
use std::borrow::Cow;
use std::fmt;

/// A parsed message: the text as received (decoded to UTF-8) and where its delimiters are. Cheap to address, never changed.
#[derive(Clone)]
pub struct Message {
    text: String,
    index: Index,
    separators: Separators,
    charset: Charset,
    tolerated: Vec<Tolerance>,
}

impl Message {
    /// Reads one message with the default, lenient options: CR, LF or CR LF between segments, a byte order mark, blank
    /// lines before MSH and a file separator byte at the end are forgiven and listed in [`Message::tolerated`].
    ///
    /// ```
    /// let message = hl7v2::Message::parse(b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.3.1\nPID|||7\n\x1c")?;
    /// assert_eq!(message.tolerated(), [hl7v2::Tolerance::LineFeed, hl7v2::Tolerance::TrailingFileSeparator]);
    /// # Ok::<(), hl7v2::ParseError>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
        Self::parse_with(bytes, &ParseOptions::default())
    }

    /// Reads one message with the given limits, default character set and strictness.
    pub fn parse_with(bytes: &[u8], options: &ParseOptions) -> Result<Message, ParseError> {
        read::message(bytes, options)
    }

    /// The decoded text, segments and their terminators as received; framing around the message removed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The delimiters that MSH-1 and MSH-2 announce.
    pub fn separators(&self) -> Separators {
        self.separators
    }

    /// The character set the text was in: MSH-18, or what was found if MSH-18 was silent.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// What was forgiven, each kind once, in the order of [`Tolerance`].
    pub fn tolerated(&self) -> &[Tolerance] {
        &self.tolerated
    }

    /// All segments in order; the first is MSH.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        (0..self.index.segments.len()).filter_map(|at| Segment::at(self, at))
    }

    /// The first segment of that name.
    pub fn segment(&self, name: &str) -> Option<Segment<'_>> {
        self.segments().find(|segment| segment.name() == name)
    }

    /// All segments of that name, in order.
    pub fn segments_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Segment<'a>> {
        self.segments()
            .filter(move |segment| segment.name() == name)
    }

    /// The text at an address such as `PID-3(2).4.2`, as on the wire (escaped). Without repetition and component it is the
    /// whole field; with a component but no repetition the first repetition counts. `None` if absent or empty, or if
    /// `path` is no address (see [`Path::parse`]).
    pub fn raw(&self, path: &str) -> Option<&str> {
        let path = Path::parse(path).ok()?;
        let segment = self
            .segments()
            .filter(|segment| segment.name() == path.segment)
            .nth(path.occurrence - 1)?;
        let field = segment.field(path.field);
        let raw = match (path.repetition, path.component) {
            (None, None) => field.raw(),
            (repetition, component) => {
                let repetition = field.repetition(repetition.unwrap_or(1))?;
                match (component, path.subcomponent) {
                    (None, _) => repetition.raw(),
                    (Some(component), None) => repetition.component(component).raw(),
                    (Some(component), Some(subcomponent)) => {
                        repetition.component(component).subcomponent(subcomponent)
                    }
                }
            }
        };
        (!raw.is_empty()).then_some(raw)
    }

    /// The value at an address, unescaped. The HL7 null `""` is returned as these two characters. Meant for addresses of
    /// single values; of a composite the delimiters stay in it.
    pub fn value(&self, path: &str) -> Option<Cow<'_, str>> {
        self.raw(path)
            .map(|raw| escape::unescape(raw, &self.separators))
    }

    /// The fields of MSH that say who, what and when; absent ones are empty.
    pub fn header(&self) -> Header {
        Header::of(self)
    }
}

impl fmt::Debug for Message {
    /// Segment names only: no patient data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Message")
            .field(
                &self
                    .segments()
                    .map(|segment| segment.name())
                    .collect::<Vec<_>>(),
            )
            .finish()
    }
}
