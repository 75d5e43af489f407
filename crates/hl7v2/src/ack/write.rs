//! ERR segments as sent (HL7 v2.5 section 2.15.5).

use super::{Location, Problem};
use crate::build::{SegmentBuilder, is_at_least};
use crate::{Separators, escape::escape};

/// Which fields of ERR say what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrForm {
    /// v2.5 and later: one ERR per problem, ERR-2 the place, ERR-3 the code, ERR-4 the severity.
    Located,
    /// Before v2.5: one ERR, ERR-1 repeats `PID^1^3^204&Unknown key identifier&HL70357`. There is no room for repetition and
    /// component, severity and texts.
    CodeAndLocation,
    /// One ERR per problem with both, as v2.5 allows for receivers that know only ERR-1.
    Both,
}

impl ErrForm {
    /// The form of a version (MSH-12): `CodeAndLocation` before 2.5, else `Located`. IHE asks for `Located` in v2.3.1 too.
    ///
    /// ```
    /// use hl7v2::ack::ErrForm;
    /// assert_eq!(ErrForm::of_version("2.3.1"), ErrForm::CodeAndLocation);
    /// assert_eq!(ErrForm::of_version("2.5.1"), ErrForm::Located);
    /// ```
    pub fn of_version(version: &str) -> ErrForm {
        match is_at_least(version, (2, 5)) {
            true => ErrForm::Located,
            false => ErrForm::CodeAndLocation,
        }
    }
}

/// One CR-terminated ERR segment per problem: ERR-2 to 12 as far as they are filled.
///
/// ```
/// use hl7v2::ack::{ErrorCode, Location, Problem, err_segments};
/// let problem = Problem::error(ErrorCode::UNKNOWN_KEY, Location::field("PID", 1, 3).component(4), "unknown domain");
/// assert_eq!(err_segments(&[problem]), "ERR||PID^1^3^1^4|204^Unknown key identifier^HL70357|E|||unknown domain\r");
/// ```
pub fn err_segments(problems: &[Problem]) -> String {
    err_segments_in(problems, ErrForm::Located)
}

/// ERR segments in the form of a version.
pub fn err_segments_in(problems: &[Problem], form: ErrForm) -> String {
    match form {
        ErrForm::CodeAndLocation if problems.is_empty() => String::new(),
        ErrForm::CodeAndLocation => {
            let all = SegmentBuilder::new("ERR").repeated(1, problems.iter().map(old_form));
            all.build() + "\r"
        }
        ErrForm::Located => problems
            .iter()
            .map(|one| located(one).build() + "\r")
            .collect(),
        ErrForm::Both => problems
            .iter()
            .map(|one| located(one).raw(1, old_form(one)).build() + "\r")
            .collect(),
    }
}

fn located(problem: &Problem) -> SegmentBuilder {
    let place = problem.location.as_ref().map(Location::to_string);
    let code = problem.code;
    let segment = SegmentBuilder::new("ERR")
        .raw(2, place.unwrap_or_default())
        .raw(3, format!("{}^{}^HL70357", code.number(), code.text()))
        .raw(4, problem.severity.as_str())
        .value(7, &problem.diagnostic)
        .value(8, &problem.user_message);
    match &problem.details {
        None => segment,
        Some(details) => segment
            .raw(5, &details.application_code)
            .raw(6, &details.parameters)
            .raw(9, &details.inform)
            .raw(10, &details.override_type)
            .raw(11, &details.override_reason)
            .raw(12, &details.help_desk),
    }
}

fn old_form(problem: &Problem) -> String {
    let code = problem.code;
    let code = format!("{}&{}&HL70357", code.number(), code.text());
    match &problem.location {
        None => format!("^^^{code}"),
        Some(place) => {
            let number = |n: u16| if n == 0 { String::new() } else { n.to_string() };
            let segment = escape(&place.segment, &Separators::DEFAULT);
            format!(
                "{segment}^{}^{}^{code}",
                number(place.sequence),
                number(place.field)
            )
        }
    }
}
