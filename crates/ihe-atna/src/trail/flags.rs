//! What was odd about a received message, kept beside it in the trail.

use std::ops::BitOr;

/// Oddities of a received message: a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecordFlags(u8);

impl RecordFlags {
    /// Nothing odd.
    pub const NONE: RecordFlags = RecordFlags(0);
    /// Not a syslog message, or what it carries is not XML in UTF-8.
    pub const MALFORMED: RecordFlags = RecordFlags(1);
    /// A BSD syslog message (RFC 3164).
    pub const LEGACY: RecordFlags = RecordFlags(2);
    /// Longer than what was kept of it.
    pub const TRUNCATED: RecordFlags = RecordFlags(4);

    /// The set as a byte, as it lies on disk.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set of a byte; bits without a meaning are kept.
    pub const fn from_bits(bits: u8) -> RecordFlags {
        RecordFlags(bits)
    }

    /// Whether all of `other` is in the set.
    pub const fn contains(self, other: RecordFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for RecordFlags {
    type Output = RecordFlags;

    fn bitor(self, other: RecordFlags) -> RecordFlags {
        RecordFlags(self.0 | other.0)
    }
}
