//! Why an edit was refused.

/// Why an edit was refused; the message is as it was. Says what kind of fault it is, never what the value was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Not an address, or one that this edit cannot have (a component where a repetition is inserted).
    #[error("not a message path such as PID-3(2).4.2")]
    InvalidPath,
    /// The message has no such segment; where it belongs only the caller knows.
    #[error("the message has no such segment")]
    NoSegment,
    /// MSH-1, MSH-2 (also of BHS and FHS), or the MSH segment itself.
    #[error("MSH-1, MSH-2 and the MSH segment cannot be edited")]
    Protected,
    /// A raw value holds a delimiter that would end its own place.
    #[error("the raw value holds a delimiter of a higher level")]
    Delimiter,
    /// A raw value or segment holds a control character other than TAB, such as a segment terminator.
    #[error("the raw value holds a control character")]
    ControlCharacter,
    /// A segment does not begin with a three-character name.
    #[error("the segment has no name")]
    BadSegmentName,
    /// The message has line feeds in its text, and after the edit one of them would be read as the end of a segment.
    #[error("a line feed in the text would end a segment")]
    AmbiguousLineFeed,
    /// MSH-18 would name a character set that is not supported.
    #[error("character set in MSH-18 is not supported")]
    UnsupportedCharset,
    /// The message would be larger than 1 GiB.
    #[error("message too large")]
    TooLarge,
}

impl From<crate::path::InvalidPath> for EditError {
    fn from(_: crate::path::InvalidPath) -> Self {
        EditError::InvalidPath
    }
}
