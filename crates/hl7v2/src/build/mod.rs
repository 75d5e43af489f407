//! Messages and acknowledgements as sent: segments in the bytes of one character set.
//!
//! Values go in unescaped and come out escaped; what is given as *raw* is field text already. Everything is gathered in the
//! recommended delimiters `|` and `^~\&`; [`Builder::separators`] rewrites it at the end.
//!
//! ```
//! use hl7v2::build::{Builder, HeaderFields, SegmentBuilder};
//! use hl7v2::charset::Charset;
//! let header = HeaderFields { charset: Charset::Iso2022Jp, ..HeaderFields::new("ADT^A08^ADT_A01", "2.5") };
//! let pid = SegmentBuilder::new("PID")
//!     .component(3, 1, "9999013").component(3, 5, "PI")
//!     .component(5, 1, "患者").component(5, 2, "太郎").component(5, 7, "L").component(5, 8, "I")
//!     .next_repetition(5)
//!     .component(5, 1, "カンジャ").component(5, 2, "タロウ").component(5, 7, "L").component(5, 8, "P")
//!     .value(8, "M");
//! assert_eq!(pid.build(), "PID|||9999013^^^^PI||患者^太郎^^^^^L^I~カンジャ^タロウ^^^^^L^P|||M");
//! let bytes = Builder::new(header.charset).header(&header).with(&pid).file_separator().finish()?;
//! assert!(bytes.ends_with(b"|M\r\x1c"));
//! # Ok::<(), hl7v2::build::BuildError>(())
//! ```

mod header;
mod identity;
mod reply;
mod rewrite;
mod segment;
#[cfg(test)]
mod tests;

pub use header::HeaderFields;
pub use identity::{Zone, control_id, date_time, now};
#[cfg(feature = "mllp")]
pub(crate) use reply::rejection;
pub use reply::{acknowledgement, rejection_of_unparsable};
pub(crate) use reply::{acknowledgement_type, is_at_least};
pub use segment::SegmentBuilder;

use crate::charset::{Charset, Unencodable};
use crate::{Message, ParseError, ParseOptions, Separators, Tolerance};

/// What ends a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// CR, as the standard says.
    #[default]
    Cr,
    /// LF, for files that people edit.
    Lf,
    /// CR LF.
    CrLf,
}

impl LineEnd {
    fn as_str(self) -> &'static str {
        match self {
            LineEnd::Cr => "\r",
            LineEnd::Lf => "\n",
            LineEnd::CrLf => "\r\n",
        }
    }
}

/// Why a message was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A character is not in the character set.
    #[error(transparent)]
    Unencodable(#[from] Unencodable),
    /// What was built is no message that a strict reader takes: no MSH first, a segment without a name, delimiters that are
    /// not five different punctuation marks.
    #[error("what was built cannot be read: {0}")]
    Unreadable(#[from] ParseError),
    /// Read again, the text would differ.
    #[error("what was built reads differently")]
    Ambiguous,
}

/// Gathers segments and turns them into the bytes of one character set.
#[derive(Clone)]
pub struct Builder {
    charset: Charset,
    text: String,
    separators: Separators,
    line_end: LineEnd,
    file_separator: bool,
}

impl Builder {
    /// An empty message in a character set. [`Builder::header`] comes next.
    pub fn new(charset: Charset) -> Builder {
        Builder {
            charset,
            text: String::new(),
            separators: Separators::DEFAULT,
            line_end: LineEnd::Cr,
            file_separator: false,
        }
    }

    /// Writes the message in delimiters of your own; segments are given in the recommended ones all the same.
    ///
    /// ```
    /// use hl7v2::{Message, Separators, build::{Builder, HeaderFields, SegmentBuilder}};
    /// let own = Separators { field: b'!', component: b'@', repetition: b'*', escape: b'%', subcomponent: b'$' };
    /// let header = HeaderFields::new("ORU^R01", "2.5");
    /// let note = SegmentBuilder::new("NTE").value(3, "50% | ^");
    /// let bytes = Builder::new(header.charset).separators(own).header(&header).with(&note).finish()?;
    /// assert!(bytes.starts_with(b"MSH!@*%$!") && bytes.ends_with(b"NTE!!!50%E% | ^\r"));
    /// assert_eq!(Message::parse(&bytes).unwrap().value("NTE-3").as_deref(), Some("50% | ^"));
    /// # Ok::<(), hl7v2::build::BuildError>(())
    /// ```
    pub fn separators(self, separators: Separators) -> Builder {
        Builder { separators, ..self }
    }

    /// Ends segments with something else than CR.
    pub fn line_end(self, line_end: LineEnd) -> Builder {
        Builder { line_end, ..self }
    }

    /// Ends the message with a file separator (0x1C), as SS-MIX2 files do.
    pub fn file_separator(self) -> Builder {
        Builder {
            file_separator: true,
            ..self
        }
    }

    /// Writes MSH; the character set is the builder's.
    pub fn header(self, header: &HeaderFields) -> Builder {
        let header = HeaderFields {
            charset: self.charset,
            ..header.clone()
        };
        self.segment(&header.segment())
    }

    /// Writes one segment.
    pub fn with(self, segment: &SegmentBuilder) -> Builder {
        self.segment(&segment.build())
    }

    /// Writes one segment given as text, or several with CR between them; the last CR may be missing. Nothing for an empty
    /// text.
    pub fn segment(mut self, segment: &str) -> Builder {
        let segment = segment.trim_end_matches('\r');
        if !segment.is_empty() {
            self.text.push_str(segment);
            self.text.push('\r');
        }
        self
    }

    /// The text so far, as UTF-8, in the recommended delimiters and with CR.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes; refused if a character is not in the character set.
    pub fn bytes(&self) -> Result<Vec<u8>, Unencodable> {
        self.charset.encode(&self.wire())
    }

    /// The bytes, with substitutes for what the character set does not have.
    pub fn bytes_lossy(&self) -> Vec<u8> {
        self.charset.encode_lossy(&self.wire())
    }

    /// The bytes, after reading them again: what comes out is a message that a strict reader takes, but for the line end and
    /// the file separator that were asked for.
    ///
    /// ```
    /// use hl7v2::build::{BuildError, Builder, HeaderFields};
    /// use hl7v2::charset::Charset;
    /// let builder = Builder::new(Charset::Ascii).header(&HeaderFields::new("ADT^A01", "2.5"));
    /// assert!(matches!(builder.clone().segment("lower|1").finish(), Err(BuildError::Unreadable(_))));
    /// assert!(matches!(builder.segment("PID|||||é").finish(), Err(BuildError::Unencodable(_))));
    /// ```
    pub fn finish(&self) -> Result<Vec<u8>, BuildError> {
        let wire = self.wire();
        let bytes = self.charset.encode(&wire)?;
        let options = ParseOptions {
            default_charset: Some(self.charset),
            limits: crate::Limits {
                bytes: usize::MAX,
                segments: usize::MAX,
            },
            ..ParseOptions::default()
        };
        let message = Message::parse_with(&bytes, &options)?;
        if let Some(&note) = message.tolerated().iter().find(|note| !self.meant(note)) {
            return Err(ParseError::NotTolerated(note).into());
        }
        match message.text() == wire.trim_end_matches(FILE_SEPARATOR)
            && message.separators() == self.separators
        {
            true => Ok(bytes),
            false => Err(BuildError::Ambiguous),
        }
    }

    fn meant(&self, note: &Tolerance) -> bool {
        match note {
            Tolerance::LineFeed => self.line_end != LineEnd::Cr,
            Tolerance::TrailingFileSeparator => self.file_separator,
            _ => false,
        }
    }

    /// The text in the delimiters and with the line ends of the message.
    fn wire(&self) -> String {
        let mut wire = match self.separators == Separators::DEFAULT {
            true => self.text.clone(),
            false => rewrite::message(&self.text, &self.separators),
        };
        if self.line_end != LineEnd::Cr {
            wire = wire.replace('\r', self.line_end.as_str());
        }
        if self.file_separator {
            wire.push(FILE_SEPARATOR);
        }
        wire
    }
}

const FILE_SEPARATOR: char = '\u{1c}';

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("charset", &self.charset)
            .field("bytes", &self.text.len())
            .finish()
    }
}

/// A message: MSH, then the segments (raw text each, terminators optional).
///
/// ```
/// use hl7v2::build::{self, HeaderFields, SegmentBuilder};
/// let header = HeaderFields::new("ADT^A01^ADT_A01", "2.3.1");
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
