//! One reason, and all the reasons of one refusal.

use super::{AckCode, ErrorCode, Location, Severity};
use std::fmt;

/// One ERR segment (HL7 v2.5 section 2.15.5).
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    /// ERR-3.
    pub code: ErrorCode,
    /// ERR-2; absent if the problem is not tied to a place.
    pub location: Option<Location>,
    /// ERR-4.
    pub severity: Severity,
    /// ERR-7, for whoever looks for the cause. What we write here never holds patient data; what a peer wrote may.
    pub diagnostic: String,
    /// ERR-8, for the user of the application that sent the message. The same holds for patient data.
    pub user_message: String,
    /// The fields of ERR that hardly anyone fills.
    pub details: Option<Box<ErrDetails>>,
}

/// ERR-5, 6, and 9 to 12. All of it is raw field text: escaped, with its own `^` and `~`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ErrDetails {
    /// ERR-5, the application's own error code (CWE).
    pub application_code: String,
    /// ERR-6, parameters of that code, up to 10.
    pub parameters: String,
    /// ERR-9, who is to be told (table 0517).
    pub inform: String,
    /// ERR-10, kind of override (table 0518).
    pub override_type: String,
    /// ERR-11, reasons for an override (table 0519).
    pub override_reason: String,
    /// ERR-12, whom to call (XTN).
    pub help_desk: String,
}

impl fmt::Debug for ErrDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrDetails").finish_non_exhaustive()
    }
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
            user_message: String::new(),
            details: None,
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

    /// With a text for the user (ERR-8).
    pub fn with_user_message(self, text: impl Into<String>) -> Problem {
        Problem {
            user_message: text.into(),
            ..self
        }
    }
}

impl fmt::Display for Problem {
    /// Number and place: `204 at PID^1^3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.number())?;
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
