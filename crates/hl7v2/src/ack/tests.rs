use super::{
    AckCode, ErrorCode, Location, Problem, Refusal, Severity, err_segments, parse_refusal,
};
use crate::{Message, build};
use proptest::prelude::*;

fn request(version: &str) -> Message {
    let text = format!("MSH|^~\\&|HIS|A|PIX|B|2026||ADT^A01^ADT_A01|77|P|{version}\rPID|||1\r");
    Message::parse(text.as_bytes()).unwrap()
}

fn reply(text: &str) -> Option<Refusal> {
    parse_refusal(
        &Message::parse(format!("MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5\r{text}").as_bytes()).unwrap(),
    )
}

#[test]
fn v2_r_001_unknown_message_type_is_placed_at_msh_9_1() {
    let problem = Problem::error(
        ErrorCode::UNSUPPORTED_MESSAGE_TYPE,
        Location::field("MSH", 1, 9).component(1),
        "",
    );
    assert_eq!(
        err_segments(&[problem]),
        "ERR||MSH^1^9^1^1|200^Unsupported message type^HL70357|E\r"
    );
}

#[test]
fn locations_leave_off_what_is_absent() {
    assert_eq!(Location::segment("PID", 2).to_string(), "PID^2");
    assert_eq!(
        Location::field("QPD", 1, 4).repetition(2).to_string(),
        "QPD^1^4^2"
    );
    assert_eq!(
        Location::field("PID", 1, 3)
            .component(4)
            .subcomponent(2)
            .to_string(),
        "PID^1^3^1^4^2"
    );
    assert_eq!(
        Location::field("PID", 1, 3).subcomponent(2).to_string(),
        "PID^1^3^1^1^2"
    );
}

#[test]
fn an_accepting_reply_is_no_refusal() {
    assert_eq!(reply("MSA|AA|1\r"), None);
    assert_eq!(
        reply("MSA|CA|1\rERR||PID^1|0^Message accepted^HL70357|I\r"),
        None
    );
}

#[test]
fn a_reply_without_a_code_is_a_rejection() {
    let found = reply("MSA|XX|1\r").unwrap();
    assert_eq!(found.to_string(), "AR: 101 at MSA^1^1");
    assert!(reply("").is_some());
}

#[test]
fn the_form_of_2_3_1_is_read_too() {
    let found =
        reply("MSA|AE|1\rERR|PID^1^3^204&Unknown key identifier&HL70357~MRG^1^1^101\r").unwrap();
    assert_eq!(found.to_string(), "AE: 204 at PID^1^3, 101 at MRG^1^1");
}

#[test]
fn one_err_with_two_places_is_two_problems() {
    let found = reply("MSA|CE|1\rERR||QPD^1^4^1~QPD^1^4^2|204|W||text|\r").unwrap();
    assert_eq!(found.code, AckCode::Ae);
    assert_eq!(found.to_string(), "AE: 204 at QPD^1^4^1, 204 at QPD^1^4^2");
    assert_eq!(
        (
            found.problems[0].severity,
            found.problems[0].diagnostic.as_str()
        ),
        (Severity::Warning, "text")
    );
}

#[test]
fn codes_that_are_no_numbers_count_as_internal() {
    assert_eq!(
        reply("MSA|AE|1\rERR|||what\r").unwrap().problems[0].code,
        ErrorCode::INTERNAL
    );
    assert_eq!(
        reply("MSA|AE|1\rERR|||999\r").unwrap().problems[0]
            .code
            .number(),
        999
    );
}

#[test]
fn display_and_debug_hold_no_diagnostic() {
    let refusal = Refusal::error(Problem::error(
        ErrorCode::DATA_TYPE,
        Location::field("PID", 1, 7),
        "SECRET",
    ));
    assert!(!format!("{refusal} {refusal:?}").contains("SECRET"));
    assert_eq!(refusal.to_string(), "AE: 102 at PID^1^7");
}

fn problem() -> impl Strategy<Value = Problem> {
    let numbers = proptest::array::uniform5(0_u16..20);
    let place = proptest::option::of(("[A-Z][A-Z0-9]{2}", numbers).prop_map(
        |(segment, [sequence, field, repetition, component, subcomponent])| Location {
            segment,
            sequence,
            field,
            repetition,
            component,
            subcomponent,
        },
    ));
    let severity = prop_oneof![
        Just(Severity::Error),
        Just(Severity::Warning),
        Just(Severity::Information),
        Just(Severity::Fatal)
    ];
    (0_u16..300, place, severity, r"[ -~]{0,30}").prop_map(
        |(number, location, severity, diagnostic)| Problem {
            code: ErrorCode::of(number),
            location,
            severity,
            diagnostic,
        },
    )
}

proptest! {
    #[test]
    fn what_a_server_encodes_a_client_decodes(
        problems in proptest::collection::vec(problem(), 0..5), reject in any::<bool>(), new in any::<bool>(),
    ) {
        let code = if reject { AckCode::Ar } else { AckCode::Ae };
        let bytes = build::acknowledgement(&request(if new { "2.5" } else { "2.3.1" }), code, &problems);
        let found = parse_refusal(&Message::parse(&bytes).unwrap());
        prop_assert_eq!(found, Some(Refusal { code, problems }));
    }
}
