//! Back to bytes (HL7 v2.5 section 2.6).

use super::Message;
use crate::charset::{Charset, Unencodable};
use std::borrow::Cow;

/// What stood around the text, and what the text came from.
#[derive(Clone, Default)]
pub(super) struct Framing {
    pub(super) before: Box<[u8]>,
    pub(super) after: Box<[u8]>,
    pub(super) body: Body,
}

/// The bytes of the text.
#[derive(Clone, Default)]
pub(super) enum Body {
    /// Encoding the text gives them back.
    #[default]
    Text,
    /// These; the same text can be written in other bytes too.
    Received(Box<[u8]>),
    /// None: the text was edited.
    Edited,
}

impl Body {
    pub(super) fn of(bytes: &[u8], charset: Charset) -> Body {
        match charset {
            Charset::Ascii | Charset::Latin1 | Charset::Utf8 => Body::Text,
            _ => Body::Received(bytes.into()),
        }
    }
}

impl Message {
    /// The message as bytes in its character set, with what stood around it.
    ///
    /// A message that was not edited gives back the received bytes exactly: byte order mark, leading blanks, line ends, blank
    /// lines, trailing 0x1C and redundant escape sequences of ISO-2022-JP as they were. The one exception: where the
    /// *text* had to be repaired to be read ([`crate::Tolerance::is_repair`]: `ESC ( J`, a missing return to ASCII, half a
    /// character), the repaired text is written in its canonical form; [`Message::received`] still has the original.
    /// After an edit the text is encoded anew; what surrounds it stays.
    ///
    /// # Errors
    /// The offset of the first character that the character set does not have: set by an edit, or repaired to U+FFFD.
    ///
    /// ```
    /// let bytes = b"\xEF\xBB\xBFMSH|^~\\&|A||||2026||ADT^A08|7|P|2.5\r\nPID|||7\r\n\x1c";
    /// let mut message = hl7v2::Message::parse(bytes)?;
    /// assert_eq!(message.to_bytes()?, bytes);
    /// message.set("PID-3", "8")?;
    /// assert!(message.to_bytes()?.ends_with(b"\r\nPID|||8\r\n\x1c"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_bytes(&self) -> Result<Vec<u8>, Unencodable> {
        let repaired = self.tolerated.iter().any(|note| note.is_repair());
        let body = match &self.framing.body {
            Body::Received(bytes) if !repaired => Cow::Borrowed(&**bytes),
            _ => Cow::Owned(self.charset.encode(&self.text)?),
        };
        Ok(self.framed(&body))
    }

    /// The bytes exactly as they were received, repaired or not; `None` once the message was edited.
    pub fn received(&self) -> Option<Vec<u8>> {
        match &self.framing.body {
            Body::Edited => None,
            Body::Received(bytes) => Some(self.framed(bytes)),
            Body::Text => self.to_bytes().ok(),
        }
    }

    fn framed(&self, body: &[u8]) -> Vec<u8> {
        [&self.framing.before, body, &self.framing.after].concat()
    }
}
