//! Acknowledgements as received.

use super::{AckCode, ErrorCode, Location, Problem, Refusal, Severity};
use crate::{Message, Repetition, Segment};

/// Reasons read from one reply; a reply with more is cut here.
const MOST_PROBLEMS: usize = 1000;

/// Why a reply does not accept: `None` when MSA-1 is AA (or CA). A reply without a usable MSA-1 is a rejection too. Reads
/// ERR in the form of v2.5 (ERR-2 to 8) and of v2.3.1 (ERR-1).
pub fn parse_refusal(reply: &Message) -> Option<Refusal> {
    let code = reply.value("MSA-1").and_then(|code| AckCode::parse(&code));
    match code {
        Some(AckCode::Aa) => None,
        Some(code) => {
            let problems = reply
                .segments_named("ERR")
                .flat_map(problems)
                .take(MOST_PROBLEMS)
                .collect();
            Some(Refusal { code, problems })
        }
        None => Some(Refusal::reject(Problem::error(
            ErrorCode::REQUIRED_FIELD_MISSING,
            Location::field("MSA", 1, 1),
            "the reply has no acknowledgement code",
        ))),
    }
}

fn problems(err: Segment<'_>) -> Vec<Problem> {
    if err.field(3).is_empty() {
        return err
            .field(1)
            .repetitions()
            .filter_map(|old| old_problem(&old))
            .collect();
    }
    let diagnostic = [7, 8, 6]
        .into_iter()
        .map(|n| err.field(n))
        .find(|field| !field.is_empty());
    let code = err
        .field(3)
        .repetition(1)
        .map_or(ErrorCode::INTERNAL, |code| {
            number(&code.component(1).value())
        });
    let problem = Problem {
        code,
        location: None,
        severity: Severity::parse(&err.field(4).value()).unwrap_or(Severity::Error),
        diagnostic: diagnostic.map_or(String::new(), |field| field.value().into_owned()),
    };
    let places: Vec<Location> = err
        .field(2)
        .repetitions()
        .filter_map(|place| location(&place))
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

/// ELD of v2.3.1: `PID^1^3^204&Unknown key identifier&HL70357`.
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
    text.parse().map_or(ErrorCode::INTERNAL, ErrorCode::of)
}
