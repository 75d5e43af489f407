//! ERR segments as sent (HL7 v2.5 section 2.15.5).

use super::Problem;
use crate::{Separators, escape::escape};

/// One CR-terminated ERR segment per problem: ERR-2, 3, 4 and 7.
///
/// ```
/// use hl7v2::ack::{ErrorCode, Location, Problem, err_segments};
/// let problem = Problem::error(ErrorCode::UNKNOWN_KEY, Location::field("PID", 1, 3).component(4), "unknown domain");
/// assert_eq!(err_segments(&[problem]), "ERR||PID^1^3^1^4|204^Unknown key identifier^HL70357|E|||unknown domain\r");
/// ```
pub fn err_segments(problems: &[Problem]) -> String {
    problems.iter().map(segment).collect()
}

fn segment(problem: &Problem) -> String {
    let place = problem
        .location
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let (code, severity) = (problem.code, problem.severity.as_str());
    let mut line = format!(
        "ERR||{place}|{}^{}^HL70357|{severity}",
        code.number(),
        code.text()
    );
    if !problem.diagnostic.is_empty() {
        line.push_str("|||");
        line.push_str(&escape(&problem.diagnostic, &Separators::DEFAULT));
    }
    line.push('\r');
    line
}
