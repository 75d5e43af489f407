use super::{
    Builder, HeaderFields, SegmentBuilder, acknowledgement, control_id, message, now,
    rejection_of_unparsable,
};
use crate::ack::{AckCode, ErrorCode, Problem};
use crate::charset::Charset;
use crate::{Message, ParseError};
use std::collections::HashSet;

fn header(charset: Charset) -> HeaderFields {
    HeaderFields {
        sending_application: "HIS^1.2^ISO".into(),
        message_type: "ADT^A08^ADT_A01".into(),
        control_id: "7".into(),
        processing_id: "P".into(),
        version: "2.5".into(),
        charset,
        ..HeaderFields::default()
    }
}

fn parsed(text: &[u8]) -> Message {
    Message::parse(text).unwrap()
}

fn reply_to(text: &[u8]) -> Message {
    parsed(&acknowledgement(&parsed(text), AckCode::Aa, &[]))
}

#[test]
fn a_japanese_message_declares_its_character_set() {
    let bytes = message(
        &header(Charset::Iso2022Jp),
        &[
            "PID|||1||骨袋".to_owned(),
            "PV1||O\r".to_owned(),
            String::new(),
        ],
    )
    .unwrap();
    assert!(bytes.is_ascii());
    let read = parsed(&bytes);
    assert_eq!(
        (read.raw("MSH-18"), read.raw("MSH-20"), read.raw("PID-5")),
        (Some("~ISO IR87"), Some("ISO 2022-1994"), Some("骨袋"))
    );
    assert_eq!(read.segments().count(), 3);
    assert!(read.tolerated().is_empty());
    assert!(bytes.ends_with(b"PV1||O\r"));
}

#[test]
fn an_ascii_header_ends_with_the_version() {
    let bytes = message(&header(Charset::Ascii), &[]).unwrap();
    assert!(bytes.starts_with(b"MSH|^~\\&|HIS^1.2^ISO||||20"));
    assert!(bytes.ends_with(b"+0000||ADT^A08^ADT_A01|7|P|2.5\r"));
    assert!(message(&header(Charset::Ascii), &["NTE|1||é".to_owned()]).is_err());
}

#[test]
fn an_answer_swaps_the_parties_and_echoes_the_version() {
    let reply = reply_to(b"MSH|^~\\&|A^1&2|B|C|D|2026||ADT^A01|id\\T\\7|T|2.3.1\r");
    let header = reply.header();
    assert_eq!(
        (
            header.sending_application.as_str(),
            header.sending_facility.as_str()
        ),
        ("C", "D")
    );
    assert_eq!(
        (
            header.receiving_application.as_str(),
            header.receiving_facility.as_str()
        ),
        ("A^1&2", "B")
    );
    assert_eq!(
        (header.processing_id.as_str(), header.version.as_str()),
        ("T", "2.3.1")
    );
    assert_eq!(reply.raw("MSA-2"), Some("id\\T\\7"));
    assert!(!header.control_id.is_empty() && header.control_id != "id&7");
}

#[test]
fn the_acknowledgement_type_follows_the_version() {
    for (version, kind) in [
        ("2.3.1", "ACK^A31"),
        ("2.4", "ACK^A31"),
        ("2.5", "ACK^A31^ACK"),
        ("2.5.1", "ACK^A31^ACK"),
        ("2.10", "ACK^A31^ACK"),
        ("", "ACK^A31^ACK"),
    ] {
        let reply = reply_to(format!("MSH|^~\\&|A|B|C|D|2026||ADT^A31|1|P|{version}\r").as_bytes());
        assert_eq!(reply.raw("MSH-9"), Some(kind), "{version}");
    }
    assert_eq!(
        reply_to(b"MSH|^~\\&|A|B|C|D|2026||ADT|1|P|2.5\r").raw("MSH-9"),
        Some("ACK")
    );
    assert_eq!(reply_to(b"MSH|^~\\&\r").raw("MSH-12"), Some("2.5"));
}

#[test]
fn a_request_in_other_delimiters_is_answered_in_the_recommended_ones() {
    let reply = reply_to(b"MSH!@*%$!A@1@ISO!B|^!C!D!2026!!ADT@A01!x%F%y!P!2.5\r");
    assert_eq!(reply.raw("MSH-5"), Some("A^1^ISO"));
    assert_eq!(reply.value("MSH-6").unwrap(), "B|^");
    assert_eq!(reply.raw("MSH-9"), Some("ACK^A01^ACK"));
    assert_eq!(reply.raw("MSA-2"), Some("x\\F\\y"));
}

#[test]
fn an_answer_is_possible_even_if_its_text_is_not_in_the_character_set() {
    let request = parsed(b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||~ISO IR87\r");
    let problem = Problem::error(ErrorCode::INTERNAL, None, "①");
    let reply = parsed(&acknowledgement(&request, AckCode::Ae, &[problem]));
    assert_eq!(reply.raw("ERR-7"), Some("(1)"));
    assert_eq!(reply.charset(), Charset::Iso2022Jp);
}

#[test]
fn v2_r_003_an_unparsable_message_is_rejected_with_a_generated_header() {
    let reply = parsed(&rejection_of_unparsable(&ParseError::NoHeader));
    assert_eq!(reply.raw("MSA-1"), Some("AR"));
    assert_eq!(reply.raw("MSA-2"), None);
    assert_eq!(reply.raw("ERR-2"), Some("MSH^1"));
    assert_eq!(reply.raw("ERR-3.1"), Some("100"));
    assert!(reply.header().control_id.len() == 20 && reply.header().message_code == "ACK");
}

#[test]
fn fields_cannot_end_a_segment() {
    let segment = SegmentBuilder::new("NTE")
        .raw(3, "a\rPID|1")
        .value(2, "x\r")
        .repeated(4, ["1", "2"])
        .raw(0, "no")
        .raw(9999, "no")
        .build();
    assert_eq!(segment, "NTE||x\\X0D\\|a PID|1|1~2");
}

#[test]
fn control_ids_are_unique_and_short() {
    let ids: HashSet<String> = (0..10_000).map(|_| control_id()).collect();
    assert_eq!(ids.len(), 10_000);
    assert!(
        ids.iter()
            .all(|id| id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    );
}

#[test]
fn times_are_utc_to_seconds() {
    let now = now();
    assert_eq!((now.len(), &now[14..]), (19, "+0000"));
    assert!(now[..14].bytes().all(|byte| byte.is_ascii_digit()));
}

#[test]
fn debug_of_builders_holds_no_text() {
    let segment = SegmentBuilder::new("PID").value(5, "SECRET");
    let builder = Builder::new(Charset::Ascii).segment(&segment.build());
    assert!(!format!("{segment:?} {builder:?}").contains("SECRET"));
}
