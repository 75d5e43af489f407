//! The codes of acknowledgements: tables 0008, 0357 and 0516.

use std::fmt;

/// MSA-1 (table 0008). The first three are the application's, of both modes; the others are accept acknowledgements of the
/// enhanced mode: they say only whether the message was taken into safe storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AckCode {
    /// Accepted.
    Aa,
    /// An error in the content; sending the same again will not help.
    Ae,
    /// Rejected; the message may be right.
    Ar,
    /// Taken into safe storage; the sender need not send it again.
    Ca,
    /// Cannot be accepted, for what it says.
    Ce,
    /// Rejected: a problem of type, version, processing id, or of the receiver.
    Cr,
}

impl AckCode {
    const ALL: [AckCode; 6] = [
        AckCode::Aa,
        AckCode::Ae,
        AckCode::Ar,
        AckCode::Ca,
        AckCode::Ce,
        AckCode::Cr,
    ];

    /// As written in MSA-1.
    pub fn as_str(&self) -> &'static str {
        match self {
            AckCode::Aa => "AA",
            AckCode::Ae => "AE",
            AckCode::Ar => "AR",
            AckCode::Ca => "CA",
            AckCode::Ce => "CE",
            AckCode::Cr => "CR",
        }
    }

    /// Reads MSA-1.
    pub fn parse(text: &str) -> Option<AckCode> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// AA or CA.
    pub fn accepts(&self) -> bool {
        matches!(self, AckCode::Aa | AckCode::Ca)
    }

    /// An accept acknowledgement of the enhanced mode: CA, CE or CR.
    pub fn is_accept_acknowledgement(&self) -> bool {
        matches!(self, AckCode::Ca | AckCode::Ce | AckCode::Cr)
    }

    /// The application's counterpart: AE for CE.
    pub fn application(&self) -> AckCode {
        match self {
            AckCode::Aa | AckCode::Ca => AckCode::Aa,
            AckCode::Ae | AckCode::Ce => AckCode::Ae,
            AckCode::Ar | AckCode::Cr => AckCode::Ar,
        }
    }

    /// The accept acknowledgement's counterpart: CE for AE.
    pub fn accept(&self) -> AckCode {
        match self.application() {
            AckCode::Aa => AckCode::Ca,
            AckCode::Ae => AckCode::Ce,
            _ => AckCode::Cr,
        }
    }
}

impl fmt::Display for AckCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// ERR-4 (table 0516).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// `E`: the message was not processed.
    Error,
    /// `W`: it was, with a doubt.
    Warning,
    /// `I`: it was, with a note.
    Information,
    /// `F`: the application failed.
    Fatal,
}

impl Severity {
    /// As written in ERR-4.
    pub fn as_str(&self) -> &'static str {
        match self {
            Severity::Error => "E",
            Severity::Warning => "W",
            Severity::Information => "I",
            Severity::Fatal => "F",
        }
    }

    /// Reads ERR-4.
    pub fn parse(text: &str) -> Option<Severity> {
        [
            Severity::Error,
            Severity::Warning,
            Severity::Information,
            Severity::Fatal,
        ]
        .into_iter()
        .find(|one| one.as_str() == text)
    }
}

/// ERR-3 (table 0357).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode {
    number: u16,
}

/// Number and text, one code a line.
const TABLE_0357: &str = include_str!("../../tables/errors_0357.tsv");

impl ErrorCode {
    /// 0
    pub const ACCEPTED: ErrorCode = ErrorCode { number: 0 };
    /// 100
    pub const SEGMENT_SEQUENCE: ErrorCode = ErrorCode { number: 100 };
    /// 101
    pub const REQUIRED_FIELD_MISSING: ErrorCode = ErrorCode { number: 101 };
    /// 102
    pub const DATA_TYPE: ErrorCode = ErrorCode { number: 102 };
    /// 103
    pub const TABLE_VALUE: ErrorCode = ErrorCode { number: 103 };
    /// 104, from v2.7 on
    pub const VALUE_TOO_LONG: ErrorCode = ErrorCode { number: 104 };
    /// 198, from v2.8 on
    pub const CARDINALITY: ErrorCode = ErrorCode { number: 198 };
    /// 199, from v2.8 on
    pub const OTHER: ErrorCode = ErrorCode { number: 199 };
    /// 200
    pub const UNSUPPORTED_MESSAGE_TYPE: ErrorCode = ErrorCode { number: 200 };
    /// 201
    pub const UNSUPPORTED_EVENT: ErrorCode = ErrorCode { number: 201 };
    /// 202
    pub const UNSUPPORTED_PROCESSING_ID: ErrorCode = ErrorCode { number: 202 };
    /// 203
    pub const UNSUPPORTED_VERSION: ErrorCode = ErrorCode { number: 203 };
    /// 204
    pub const UNKNOWN_KEY: ErrorCode = ErrorCode { number: 204 };
    /// 205
    pub const DUPLICATE_KEY: ErrorCode = ErrorCode { number: 205 };
    /// 206
    pub const RECORD_LOCKED: ErrorCode = ErrorCode { number: 206 };
    /// 207
    pub const INTERNAL: ErrorCode = ErrorCode { number: 207 };

    /// A code by its number; numbers outside the table are kept, because a peer may use its own.
    pub const fn of(number: u16) -> ErrorCode {
        ErrorCode { number }
    }

    /// The number.
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// All of the table with their texts: those of v2.5, and 104, 198 and 199 of later versions.
    ///
    /// ```
    /// use hl7v2::ack::ErrorCode;
    /// assert!(ErrorCode::all().any(|(code, text)| code == ErrorCode::UNKNOWN_KEY && text == "Unknown key identifier"));
    /// ```
    pub fn all() -> impl Iterator<Item = (ErrorCode, &'static str)> {
        TABLE_0357.lines().filter_map(|line| {
            let (number, text) = line.split_once('\t')?;
            Some((ErrorCode::of(number.parse().ok()?), text))
        })
    }

    /// The text of the table; `Unknown error` for a number outside it.
    pub fn text(&self) -> &'static str {
        Self::all()
            .find(|(code, _)| code == self)
            .map_or("Unknown error", |(_, text)| text)
    }
}
