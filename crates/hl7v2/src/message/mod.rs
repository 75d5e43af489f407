//! The message: decoded text and one flat index of its delimiters (HL7 v2.5 section 2.3).

mod edit;
mod error;
mod header;
mod index;
mod locate;
mod occurrences;
mod presence;
mod read;
mod select;
mod span;
#[cfg(test)]
mod tests;
mod view;
mod write;

pub use edit::EditError;
pub use error::{Limits, ParseError, ParseOptions, Terminators};
pub use header::Header;
pub use presence::{NULL, Presence};
pub use view::{Component, Field, Repetition, Segment};

use crate::charset::Charset;
use crate::{Separators, Tolerance};
use index::Index;
use occurrences::Occurrences;
use std::fmt;
use std::sync::OnceLock;
use write::Framing;

/// A parsed message: the text as received (decoded to UTF-8) and where its delimiters are. Cheap to address; editing
/// ([`Message::set`] and its neighbours) keeps text and index in step.
#[derive(Clone)]
pub struct Message {
    text: String,
    index: Index,
    separators: Separators,
    charset: Charset,
    tolerated: Vec<Tolerance>,
    occurrences: OnceLock<Occurrences>,
    framing: Framing,
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

    /// Reads one message with the given limits, default character set, terminators and strictness.
    ///
    /// ```
    /// use hl7v2::{Message, ParseError, ParseOptions, Terminators};
    /// let only_cr = ParseOptions { terminators: Terminators::Cr, ..ParseOptions::default() };
    /// let refused = Message::parse_with(b"MSH|^~\\&|A\nPID|||7\n", &only_cr).err();
    /// assert_eq!(refused, Some(ParseError::WrongTerminator { number: 1 }));
    /// ```
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
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment<'_>> {
        (0..self.index.segments.len()).filter_map(|at| Segment::at(self, at))
    }

    /// How many segments there are; at least one.
    pub fn segment_count(&self) -> usize {
        self.index.segments.len()
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

    /// The fields of MSH that say who, what and when; absent ones are empty.
    pub fn header(&self) -> Header {
        Header::of(self)
    }

    fn occurrences(&self) -> &Occurrences {
        self.occurrences.get_or_init(|| Occurrences::of(self))
    }

    /// The three bytes at the start of a segment.
    fn name_at(&self, start: u32) -> [u8; 3] {
        let rest = self.text.as_bytes().get(start as usize..);
        rest.and_then(|rest| rest.first_chunk())
            .copied()
            .unwrap_or_default()
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
