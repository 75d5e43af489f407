use super::{
    AckCode, Acknowledgement, Condition, ErrDetails, ErrForm, ErrorCode, Location, Mode, Problem,
    Refusal, Severity, err_segments, err_segments_in, parse_refusal,
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
    let found = reply("MSA|CE|1\rERR||QPD^1^4^1~QPD^1^4^2|204|W|||text|\r").unwrap();
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

fn read(text: &str) -> Acknowledgement {
    Acknowledgement::read(
        &Message::parse(format!("MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5\r{text}").as_bytes()).unwrap(),
    )
    .unwrap()
}

fn asking(accept: &str, application: &str) -> Mode {
    let text = format!("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5|||{accept}|{application}\r");
    Mode::of(&Message::parse(text.as_bytes()).unwrap())
}

#[test]
fn table_0357_is_whole_and_its_constants_are_in_it() {
    let numbers: Vec<u16> = ErrorCode::all().map(|(code, _)| code.number()).collect();
    let v2_5 = [
        0, 100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207,
    ];
    assert!(v2_5.iter().all(|number| numbers.contains(number)));
    assert_eq!(numbers.len(), v2_5.len() + 3);
    assert_eq!(ErrorCode::CARDINALITY.text(), "Non-conformant cardinality");
    assert_eq!(ErrorCode::of(999).text(), "Unknown error");
}

#[test]
fn the_codes_of_both_modes_have_counterparts() {
    for (application, accept) in [
        (AckCode::Aa, AckCode::Ca),
        (AckCode::Ae, AckCode::Ce),
        (AckCode::Ar, AckCode::Cr),
    ] {
        assert_eq!(application.accept(), accept);
        assert_eq!(accept.application(), application);
        assert_eq!(AckCode::parse(accept.as_str()), Some(accept));
        assert_eq!(AckCode::parse(application.as_str()), Some(application));
        assert!(accept.is_accept_acknowledgement() && !application.is_accept_acknowledgement());
    }
    assert_eq!(AckCode::parse("aa"), None);
}

#[test]
fn original_mode_wants_the_application_s_answer_alone() {
    let mode = asking("", "");
    assert_eq!(mode, Mode::Original);
    assert!(mode.wants(AckCode::Aa) && mode.wants(AckCode::Ae) && mode.wants(AckCode::Ar));
    assert!(!mode.wants(AckCode::Ca) && !mode.wants(AckCode::Cr));
}

#[test]
fn enhanced_mode_wants_what_msh_15_and_16_say() {
    for (text, on_success, on_error) in [
        ("AL", true, true),
        ("NE", false, false),
        ("ER", false, true),
        ("SU", true, false),
    ] {
        let accept = asking(text, "NE");
        assert_eq!(accept.wants(AckCode::Ca), on_success, "{text}");
        assert_eq!(accept.wants(AckCode::Ce), on_error, "{text}");
        assert_eq!(accept.wants(AckCode::Cr), on_error, "{text}");
        assert!(!accept.wants(AckCode::Aa) && !accept.wants(AckCode::Ar));
        let application = asking("NE", text);
        assert_eq!(application.wants(AckCode::Aa), on_success, "{text}");
        assert_eq!(application.wants(AckCode::Ae), on_error, "{text}");
    }
    let half = Mode::Enhanced {
        accept: Condition::Never,
        application: Condition::Always,
    };
    assert_eq!(asking("", "AL"), half);
    assert_eq!(asking("", "XX"), half);
}

#[test]
fn old_acknowledgements_of_other_vendors_are_read() {
    // The code as components of ERR-1, and MSA-6, as an immunization registry writes them.
    let found = read("MSA|AR|42|Not logged in|||207^^HL70357\rERR|^^^207^^HL70357|\r");
    assert_eq!(
        (found.code, found.text.as_str()),
        (AckCode::Ar, "Not logged in")
    );
    assert_eq!(
        found.problems,
        [Problem::error(ErrorCode::INTERNAL, None, "")]
    );
    for only_msa in [
        "MSA|AE|42||||204^Unknown key^HL70357\r",
        "MSA|AE|42||||^^^204&x\r",
    ] {
        assert_eq!(read(only_msa).problems.len(), 1);
    }
    assert_eq!(
        read("MSA|CE|42||7\r").into_refusal().unwrap().code,
        AckCode::Ae
    );
    assert_eq!(read("MSA|AA|42||7\r").expected_sequence, "7");
    assert!(read("MSA|AA|42||||0\r").problems.is_empty());
}

#[test]
fn the_form_of_err_follows_the_version_of_the_request() {
    let problem = Problem::error(
        ErrorCode::UNKNOWN_KEY,
        Location::field("PID", 1, 3).component(4),
        "x",
    );
    let reply = |version: &str| {
        let request = request(version);
        let answer = Acknowledgement::answer(&request, AckCode::Ae).with_problem(problem.clone());
        Message::parse(&answer.to_bytes(&request)).unwrap()
    };
    assert_eq!(
        reply("2.3.1").raw("ERR-1"),
        Some("PID^1^3^204&Unknown key identifier&HL70357")
    );
    assert_eq!(reply("2.3.1").raw("ERR-2"), None);
    assert_eq!(reply("2.5").raw("ERR-1"), None);
    assert_eq!(reply("2.5").raw("ERR-2"), Some("PID^1^3^1^4"));
    let both = err_segments_in(std::slice::from_ref(&problem), ErrForm::Both);
    assert!(both.starts_with("ERR|PID^1^3^204&Unknown key identifier&HL70357|PID^1^3^1^4|204^"));
    assert_eq!(err_segments_in(&[], ErrForm::CodeAndLocation), "");
    let two = err_segments_in(&[problem.clone(), problem], ErrForm::CodeAndLocation);
    assert_eq!(two.matches("ERR|").count(), 1);
    assert_eq!(two.matches('~').count(), 1);
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
            user_message: diagnostic.chars().rev().collect(),
            details: (number % 2 == 0).then(|| {
                Box::new(ErrDetails {
                    application_code: "7^own^99L".to_owned(),
                    parameters: "a~b".to_owned(),
                    help_desk: "^^^help@example.org".to_owned(),
                    ..ErrDetails::default()
                })
            }),
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

    #[test]
    fn an_acknowledgement_is_read_as_it_was_written(
        problems in proptest::collection::vec(problem(), 0..4), code in 0_usize..6, text in r"[ -~]{0,30}", both in any::<bool>(),
    ) {
        let code = ["AA", "AE", "AR", "CA", "CE", "CR"][code];
        let request = request("2.5");
        let sent = Acknowledgement { problems, ..Acknowledgement::answer(&request, AckCode::parse(code).unwrap()).with_text(text) };
        let form = if both { ErrForm::Both } else { ErrForm::Located };
        let bytes = sent.to_bytes_in(&request, form);
        prop_assert_eq!(Acknowledgement::read(&Message::parse(&bytes).unwrap()), Some(sent));
    }

    #[test]
    fn the_old_form_keeps_code_segment_and_field(problems in proptest::collection::vec(problem(), 1..4)) {
        let request = request("2.3.1");
        let sent = Acknowledgement { problems, ..Acknowledgement::answer(&request, AckCode::Ae) };
        let read = Acknowledgement::read(&Message::parse(&sent.to_bytes(&request)).unwrap()).unwrap();
        let kept = |problem: &Problem| {
            let place = problem.location.as_ref().map(|at| (at.segment.clone(), at.sequence, at.field));
            (problem.code, place)
        };
        prop_assert_eq!(
            read.problems.iter().map(kept).collect::<Vec<_>>(),
            sent.problems.iter().map(kept).collect::<Vec<_>>()
        );
    }
}
