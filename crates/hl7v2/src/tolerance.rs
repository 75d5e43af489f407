//! What a lenient parser forgave, so that an operator can tell the sender.

/// One deviation that was repaired while reading. It names the kind and never holds content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Tolerance {
    /// A byte order mark before MSH.
    ByteOrderMark,
    /// Blank lines or an MLLP start byte before MSH.
    LeadingBlank,
    /// A segment ended with LF or CR LF instead of CR.
    LineFeed,
    /// An empty line between segments.
    BlankLine,
    /// A file separator byte (0x1C) after the last segment, as SS-MIX2 files have.
    TrailingFileSeparator,
    /// MSH-2 has fewer than four characters.
    ShortEncodingCharacters,
    /// UTF-8 text although MSH-18 does not say so.
    UndeclaredUtf8,
    /// ISO-2022-JP escape sequences although MSH-18 does not say so.
    UndeclaredIso2022Jp,
    /// `ESC ( J` (JIS X 0201 Roman), read as ASCII.
    JisRoman,
    /// A line or the message ended without the return to ASCII.
    MissingReturnToAscii,
    /// Half-width katakana, which Japanese profiles forbid.
    HalfWidthKatakana,
    /// A two-byte character without a Unicode meaning was read as U+FFFD.
    Replaced,
    /// A character of the rows that NEC and IBM added, which JIS X 0208 does not have.
    VendorCharacter,
    /// MSH-18 names the set otherwise than table 0211 does.
    CharsetName,
}

impl Tolerance {
    /// Whether text had to be repaired to be read: written again, it comes out in its canonical form, not as received.
    pub fn is_repair(self) -> bool {
        matches!(
            self,
            Tolerance::JisRoman | Tolerance::MissingReturnToAscii | Tolerance::Replaced
        )
    }
}
