use super::{
    BuildError, Builder, HeaderFields, LineEnd, SegmentBuilder, acknowledgement, control_id,
    message, now, rejection_of_unparsable,
};
use crate::ack::{AckCode, ErrorCode, Problem};
use crate::charset::Charset;
use crate::{Message, ParseError, Separators};
use proptest::prelude::*;
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
    // The sender's own delimiter was in its id; in the recommended ones it is a plain character.
    assert_eq!(reply.raw("MSA-2"), Some("x!y"));
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
    assert_eq!(segment, "NTE||x\\X0D\\|a PID\\F\\1|1~2");
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

#[test]
fn raw_text_cannot_end_its_field_either() {
    let segment = SegmentBuilder::new("NTE").raw(3, "a|b").raw(4, "1~2^3&4~");
    assert_eq!(segment.build(), r"NTE|||a\F\b|1~2^3&4~");
    assert_eq!(
        segment.component(4, 2, "x").build(),
        r"NTE|||a\F\b|1~2^3&4~^x"
    );
}

#[test]
fn what_a_reader_would_refuse_is_not_made() {
    let builder = Builder::new(Charset::Ascii).header(&header(Charset::Ascii));
    assert!(builder.finish().is_ok());
    for segment in ["pid|1", "PID1|1", "PI"] {
        let made = builder.clone().segment(segment).finish();
        assert!(matches!(made, Err(BuildError::Unreadable(_))), "{segment}");
    }
    let headless = Builder::new(Charset::Ascii).segment("PID|1");
    assert_eq!(
        headless.finish(),
        Err(BuildError::Unreadable(ParseError::NoHeader))
    );
    for (field, component) in [(b'!', b'!'), (b'A', b'^'), (b'!', b'\r')] {
        let unsound = Separators {
            field,
            component,
            ..Separators::DEFAULT
        };
        assert!(builder.clone().separators(unsound).finish().is_err());
    }
}

#[test]
fn values_and_commands_survive_other_delimiters() {
    let own = Separators {
        field: b'#',
        component: b'@',
        repetition: b'*',
        escape: b'%',
        subcomponent: b'$',
    };
    let bytes = Builder::new(Charset::Ascii)
        .separators(own)
        .header(&header(Charset::Ascii))
        .segment(r"NTE|1||a\T\b\.br\c\X0D\d#50%\dir")
        .finish()
        .unwrap();
    assert!(
        bytes
            .trim_ascii_end()
            .ends_with(br"NTE#1##a&b%.br%c%X0D%d%F%50%E%\dir")
    );
}

#[test]
fn line_ends_and_the_file_separator_are_a_choice() {
    let builder = Builder::new(Charset::Ascii)
        .header(&header(Charset::Ascii))
        .segment("PID|1\rPV1|1");
    for (line_end, end) in [
        (LineEnd::Cr, "\rPID|1\rPV1|1\r"),
        (LineEnd::Lf, "\nPID|1\nPV1|1\n"),
        (LineEnd::CrLf, "\r\nPID|1\r\nPV1|1\r\n"),
    ] {
        let bytes = builder.clone().line_end(line_end).finish().unwrap();
        assert!(bytes.ends_with(end.as_bytes()));
        let bytes = builder
            .clone()
            .line_end(line_end)
            .file_separator()
            .finish()
            .unwrap();
        assert!(bytes.ends_with(format!("{end}\u{1c}").as_bytes()));
    }
}

#[test]
fn an_ss_mix2_header_is_written_whole() {
    let header = HeaderFields {
        sending_application: "HIS".into(),
        receiving_application: "GW".into(),
        date_time: "20111220224447.3399".into(),
        control_id: "20111220000001".into(),
        charset: Charset::Iso2022Jp,
        profile: "SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO".into(),
        ..HeaderFields::new("ADT^A08^ADT_A01", "2.5")
    };
    assert_eq!(
        Builder::new(Charset::Iso2022Jp).header(&header).text(),
        "MSH|^~\\&|HIS||GW||20111220224447.3399||ADT^A08^ADT_A01|20111220000001|P|2.5||||||~ISO IR87||ISO 2022-1994|\
SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO\r"
    );
}

/// Field, repetitions of it, components of these, subcomponents of these.
type Values = Vec<Vec<Vec<Vec<String>>>>;

fn values() -> impl Strategy<Value = Values> {
    use proptest::collection::vec;
    vec(vec(vec(vec(any::<String>(), 1..3), 1..3), 1..3), 1..4)
}

fn segment_of(values: &Values) -> SegmentBuilder {
    let mut segment = SegmentBuilder::new("ZZ1");
    for (field, repetitions) in values.iter().enumerate() {
        for (at, components) in repetitions.iter().enumerate() {
            if at > 0 {
                segment = segment.next_repetition(field + 1);
            }
            for (component, parts) in components.iter().enumerate() {
                for (part, value) in parts.iter().enumerate() {
                    segment = segment.subcomponent(field + 1, component + 1, part + 1, value);
                }
            }
        }
    }
    segment
}

proptest! {
    #[test]
    fn a_message_read_again_has_the_values_it_was_built_from(values in values(), own in any::<bool>(), end in 0_usize..3) {
        let separators = match own {
            true => Separators { field: b'#', component: b'@', repetition: b'*', escape: b'%', subcomponent: b'$' },
            false => Separators::DEFAULT,
        };
        let line_end = [LineEnd::Cr, LineEnd::Lf, LineEnd::CrLf][end];
        let bytes = Builder::new(Charset::Utf8)
            .separators(separators)
            .line_end(line_end)
            .header(&header(Charset::Utf8))
            .with(&segment_of(&values))
            .finish()
            .unwrap();
        let read = parsed(&bytes);
        let segment = read.segment("ZZ1").unwrap();
        for (field, repetitions) in values.iter().enumerate() {
            for (at, components) in repetitions.iter().enumerate() {
                for (component, parts) in components.iter().enumerate() {
                    for (part, value) in parts.iter().enumerate() {
                        let raw = segment
                            .field(field + 1)
                            .repetition(at + 1)
                            .map_or("", |one| one.component(component + 1).subcomponent(part + 1));
                        let found = crate::escape::unescape(raw, &separators);
                        prop_assert_eq!(&found, value);
                    }
                }
            }
        }
    }
}
