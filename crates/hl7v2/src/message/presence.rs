//! Absent, empty, null, valued (HL7 v2.5 section 2.5.3.1 and 2.10): four things a receiver must tell apart.

/// How a place of a message is filled.
///
/// ```
/// use hl7v2::{Message, Presence};
/// let message = Message::parse(b"MSH|^~\\&|A|B|C|D|2026||ADT^A08|7|P|2.5\rPID|||7||DOE||\"\"\r")?;
/// assert_eq!(message.presence("PID-5"), Presence::Valued);
/// assert_eq!(message.presence("PID-6"), Presence::Empty);
/// assert_eq!(message.presence("PID-7"), Presence::Null);
/// assert_eq!(message.presence("PID-8"), Presence::Absent);
/// # Ok::<(), hl7v2::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// Not written: the segment, field or component ends before it.
    Absent,
    /// Written with nothing between its delimiters. In an update it says the same as absent: leave what is known.
    Empty,
    /// The two characters `""`: what is known shall be deleted.
    Null,
    /// Anything else.
    Valued,
}

/// The HL7 null `""` as written on the wire; pass it to [`crate::Message::set`] to ask for deletion.
pub const NULL: &str = "\"\"";

impl Presence {
    pub(super) fn of(raw: &str, written: bool) -> Presence {
        match raw {
            _ if !written => Presence::Absent,
            "" => Presence::Empty,
            NULL => Presence::Null,
            _ => Presence::Valued,
        }
    }
}
