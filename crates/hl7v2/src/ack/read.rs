//! Acknowledgements as received.

use super::{
    AckCode, Acknowledgement, ErrDetails, ErrorCode, Location, Problem, Refusal, Severity,
};
use crate::{Message, Repetition, Segment, Separators};

/// Reasons read from one reply; a reply with more is cut here.
const MOST_PROBLEMS: usize = 1000;

/// Why a reply does not accept: `None` when MSA-1 is AA or CA. CE and CR count as AE and AR. A reply without a usable MSA-1
/// is a rejection too. Reads what [`Acknowledgement::read`] reads.
pub fn parse_refusal(reply: &Message) -> Option<Refusal> {
    match Acknowledgement::read(reply) {
        Some(found) => found.into_refusal(),
        None => Some(Refusal::reject(Problem::error(
            ErrorCode::REQUIRED_FIELD_MISSING,
            Location::field("MSA", 1, 1),
            "the reply has no acknowledgement code",
        ))),
    }
}

pub(super) fn acknowledgement(reply: &Message) -> Option<Acknowledgement> {
    let msa = reply.segment("MSA")?;
    let code = AckCode::parse(&msa.field(1).value())?;
    let mut problems: Vec<Problem> = reply
        .segments_named("ERR")
        .flat_map(|err| problems_of(err, reply.separators()))
        .take(MOST_PROBLEMS)
        .collect();
    if problems.is_empty() && !code.accepts() {
        problems.extend(error_condition(&msa));
    }
    let text = |field: usize| msa.field(field).value().into_owned();
    Some(Acknowledgement {
        code,
        control_id: text(2),
        text: text(3),
        expected_sequence: text(4),
        problems,
    })
}

/// MSA-6 of versions before 2.4: `207^Application internal error^HL70357`, or with the code in the fourth component.
fn error_condition(msa: &Segment<'_>) -> Option<Problem> {
    let field = msa.field(6).repetition(1)?;
    let code = [1, 4]
        .into_iter()
        .map(|n| field.component(n).raw())
        .find(|raw| !raw.is_empty())?;
    Some(Problem::error(number(code), None, ""))
}

fn problems_of(err: Segment<'_>, separators: Separators) -> Vec<Problem> {
    if err.field(3).is_empty() {
        return err
            .field(1)
            .repetitions()
            .filter_map(|old| old_problem(&old))
            .collect();
    }
    let problem = located(&err, separators);
    let places: Vec<Location> = err
        .field(2)
        .repetitions()
        .filter_map(|place| location(&place))
        .take(MOST_PROBLEMS)
        .collect();
    match places.is_empty() {
        true => vec![problem],
        false => places
            .into_iter()
            .map(|place| Problem {
                location: Some(place),
                ..problem.clone()
            })
            .collect(),
    }
}

/// ERR-3 to 12 of v2.5.
fn located(err: &Segment<'_>, separators: Separators) -> Problem {
    let code = err
        .field(3)
        .repetition(1)
        .map_or(ErrorCode::INTERNAL, |code| {
            number(&code.component(1).value())
        });
    Problem {
        code,
        location: None,
        severity: Severity::parse(&err.field(4).value()).unwrap_or(Severity::Error),
        diagnostic: err.field(7).value().into_owned(),
        user_message: err.field(8).value().into_owned(),
        details: details(err, separators),
    }
}

fn details(err: &Segment<'_>, separators: Separators) -> Option<Box<ErrDetails>> {
    let raw = |field: usize| separators.to_default(err.field(field).raw());
    let found = ErrDetails {
        application_code: raw(5),
        parameters: raw(6),
        inform: raw(9),
        override_type: raw(10),
        override_reason: raw(11),
        help_desk: raw(12),
    };
    (found != ErrDetails::default()).then(|| Box::new(found))
}

/// ELD of v2.3.1: `PID^1^3^204&Unknown key identifier&HL70357`. Some write the parts of the code as components.
fn old_problem(place: &Repetition<'_>) -> Option<Problem> {
    let code = place.component(4);
    if code.is_empty() {
        return None;
    }
    let numbers = location(place).map(|found| Location {
        repetition: 0,
        component: 0,
        subcomponent: 0,
        ..found
    });
    Some(Problem::error(number(code.subcomponent(1)), numbers, ""))
}

fn location(place: &Repetition<'_>) -> Option<Location> {
    let number = |n: usize| place.component(n).raw().parse().unwrap_or(0);
    let segment = place.component(1).value().into_owned();
    (!segment.is_empty()).then(|| Location {
        segment,
        sequence: number(2),
        field: number(3),
        repetition: number(4),
        component: number(5),
        subcomponent: number(6),
    })
}

fn number(text: &str) -> ErrorCode {
    text.trim()
        .parse()
        .map_or(ErrorCode::INTERNAL, ErrorCode::of)
}
