//! Acknowledgements: what went wrong, where, and who must act (HL7 v2.5 section 2.9, ITI TF-2 C.2.3).

mod location;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use location::Location;
pub use read::parse_refusal;
pub use write::err_segments;

use std::fmt;

/// MSA-1 in original mode (table 0008).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AckCode {
    /// Accepted.
    Aa,
    /// An error in the content; sending the same again will not help.
    Ae,
    /// Rejected; the message may be right.
    Ar,
}

impl AckCode {
    /// As written in MSA-1.
    pub fn as_str(&self) -> &'static str {
        match self {
            AckCode::Aa => "AA",
            AckCode::Ae => "AE",
            AckCode::Ar => "AR",
        }
    }

    /// Reads MSA-1; the enhanced mode's `CA`, `CE` and `CR` count as their original counterparts.
    pub fn parse(text: &str) -> Option<AckCode> {
        match text {
            "AA" | "CA" => Some(AckCode::Aa),
            "AE" | "CE" => Some(AckCode::Ae),
            "AR" | "CR" => Some(AckCode::Ar),
            _ => None,
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

impl ErrorCode {
    /// 100
    pub const SEGMENT_SEQUENCE: ErrorCode = ErrorCode { number: 100 };
    /// 101
    pub const REQUIRED_FIELD_MISSING: ErrorCode = ErrorCode { number: 101 };
    /// 102
    pub const DATA_TYPE: ErrorCode = ErrorCode { number: 102 };
    /// 103
    pub const TABLE_VALUE: ErrorCode = ErrorCode { number: 103 };
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

    /// The text of the table; `Unknown error` for a number outside it.
    pub const fn text(&self) -> &'static str {
        match self.number {
            0 => "Message accepted",
            100 => "Segment sequence error",
            101 => "Required field missing",
            102 => "Data type error",
            103 => "Table value not found",
            200 => "Unsupported message type",
            201 => "Unsupported event code",
            202 => "Unsupported processing id",
            203 => "Unsupported version id",
            204 => "Unknown key identifier",
            205 => "Duplicate key identifier",
            206 => "Application record locked",
            207 => "Application internal error",
            _ => "Unknown error",
        }
    }
}

/// One ERR segment.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// ERR-3.
    pub code: ErrorCode,
    /// ERR-2; absent if the problem is not tied to a place.
    pub location: Option<Location>,
    /// ERR-4.
    pub severity: Severity,
    /// ERR-7. What we write here never holds patient data; what a peer wrote may.
    pub diagnostic: String,
}

impl Problem {
    /// A problem of severity E.
    pub fn error(
        code: ErrorCode,
        location: impl Into<Option<Location>>,
        diagnostic: impl Into<String>,
    ) -> Problem {
        Problem {
            code,
            location: location.into(),
            severity: Severity::Error,
            diagnostic: diagnostic.into(),
        }
    }

    /// A problem of severity W.
    pub fn warning(
        code: ErrorCode,
        location: impl Into<Option<Location>>,
        diagnostic: impl Into<String>,
    ) -> Problem {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(code, location, diagnostic)
        }
    }
}

impl fmt::Display for Problem {
    /// Number and place: `204 at PID^1^3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.number)?;
        self.location
            .as_ref()
            .map_or(Ok(()), |location| write!(f, " at {location}"))
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Problem({self}, {}, diagnostic of {} bytes)",
            self.severity.as_str(),
            self.diagnostic.len()
        )
    }
}

/// A message not accepted: what a server encodes and a client decodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// MSA-1: AE or AR.
    pub code: AckCode,
    /// All the reasons; a peer may give none.
    pub problems: Vec<Problem>,
}

impl Refusal {
    /// AE for one problem.
    pub fn error(problem: Problem) -> Refusal {
        Refusal {
            code: AckCode::Ae,
            problems: vec![problem],
        }
    }

    /// AR for one problem.
    pub fn reject(problem: Problem) -> Refusal {
        Refusal {
            code: AckCode::Ar,
            problems: vec![problem],
        }
    }
}

impl fmt::Display for Refusal {
    /// Codes and places only: `AE: 204 at PID^1^3^1^4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        for (n, problem) in self.problems.iter().enumerate() {
            write!(f, "{} {problem}", if n == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
