use super::{Limits, Message, ParseError, ParseOptions, index};
use crate::charset::Charset;
use crate::{Separators, Tolerance};
use proptest::prelude::*;

const ADT: &str = "MSH|^~\\&|HIS&1.2&ISO|WARD|PIX|HUB|20260315093012||ADT^A04^ADT_A01|PIX1|P^T|2.3.1\r\
EVN|A04|20260315093000\r\
PID|||42^^^A&1.2.3&ISO~43^^^B&1.2.4&ISO||SMITH^J\\T\\J||\"\"|F\r\
PV1||O\r\
ZZZ|x\r\
OBX|1||a\r\
OBX|2||b~~c";

fn adt() -> Message {
    Message::parse(ADT.as_bytes()).unwrap()
}

fn strict() -> ParseOptions {
    ParseOptions {
        strict: true,
        ..ParseOptions::default()
    }
}

/// A message whose MSH-18 is `charset` and whose PID-5 is `name`.
fn with_charset(charset: &str, name: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("MSH|^~\\&|A|B|C|D|2026||ADT^A08|1|P|2.5||||||{charset}||ISO 2022-1994\rPID|||1||")
            .into_bytes();
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(b"|||M\r");
    bytes
}

#[test]
fn msh_counts_its_separator_as_field_one() {
    let message = adt();
    let msh = message.segment("MSH").unwrap();
    assert_eq!(
        (msh.field(1).raw(), msh.field(2).raw(), msh.field(3).raw()),
        ("|", "^~\\&", "HIS&1.2&ISO")
    );
    assert_eq!(
        (msh.field(12).raw(), msh.field(13).raw(), msh.field(0).raw()),
        ("2.3.1", "", "")
    );
    assert_eq!(msh.field_count(), 12);
    assert_eq!(msh.field(2).repetitions().count(), 1);
    assert_eq!(message.value("MSH-2").unwrap(), "^~\\&");
}

#[test]
fn paths_reach_every_level() {
    let message = adt();
    for (path, raw) in [
        ("PID-3", Some("42^^^A&1.2.3&ISO~43^^^B&1.2.4&ISO")),
        ("PID-3.1", Some("42")),
        ("PID-3(2)", Some("43^^^B&1.2.4&ISO")),
        ("PID-3(2).4.2", Some("1.2.4")),
        ("PID-3(3).1", None),
        ("PID-5.2", Some("J\\T\\J")),
        ("PID-7", Some("\"\"")),
        ("PID-99", None),
        ("PID-6", None),
        ("OBX(2)-3", Some("b~~c")),
        ("OBX(2)-3(2)", None),
        ("OBX(2)-3(3)", Some("c")),
        ("OBX(3)-1", None),
        ("MSH-9.3", Some("ADT_A01")),
        ("MSH-3.1.2", Some("1.2")),
        ("nonsense", None),
    ] {
        assert_eq!(message.raw(path), raw, "{path}");
    }
    assert_eq!(message.value("PID-5.2").unwrap(), "J&J");
    assert_eq!(message.value("PID-7").unwrap(), "\"\"");
}

#[test]
fn absent_parts_are_empty_and_empty_fields_do_not_repeat() {
    let message = adt();
    let pid = message.segment("PID").unwrap();
    assert!(pid.field(4).is_empty());
    assert_eq!(pid.field(4).repetitions().count(), 0);
    assert!(pid.field(4).repetition(1).is_none());
    assert!(pid.field(3).repetition(0).is_none());
    let first = pid.field(3).repetition(1).unwrap();
    assert_eq!(
        (
            first.component(9).raw(),
            first.component(0).raw(),
            first.component(4).subcomponent(4)
        ),
        ("", "", "")
    );
    assert_eq!(first.component_count(), 4);
    let last = message.segments().last().unwrap();
    assert_eq!(
        last.field(3)
            .repetitions()
            .map(|one| one.raw())
            .collect::<Vec<_>>(),
        ["b", "", "c"]
    );
}

#[test]
fn sequence_counts_segments_of_the_same_name() {
    let message = adt();
    let found: Vec<_> = message
        .segments_named("OBX")
        .map(|obx| (obx.sequence(), obx.field(3).raw()))
        .collect();
    assert_eq!(found, [(1, "a"), (2, "b~~c")]);
    assert_eq!(message.segment("PV1").unwrap().sequence(), 1);
}

#[test]
fn the_header_is_owned_and_keeps_raw_designators() {
    let header = adt().header();
    assert_eq!(header.sending_application, "HIS&1.2&ISO");
    assert_eq!(
        (
            header.message_code.as_str(),
            header.trigger_event.as_str(),
            header.structure.as_str()
        ),
        ("ADT", "A04", "ADT_A01")
    );
    assert_eq!(
        (
            header.control_id.as_str(),
            header.processing_id.as_str(),
            header.version.as_str()
        ),
        ("PIX1", "P", "2.3.1")
    );
    assert!(header.character_sets.is_empty());
}

#[test]
fn line_ends_of_all_kinds_give_the_same_segments() {
    let expected: Vec<_> = adt()
        .segments()
        .map(|segment| segment.raw().to_owned())
        .collect();
    for end in ["\n", "\r\n"] {
        let text = ADT.replace('\r', end);
        let message = Message::parse(text.as_bytes()).unwrap();
        assert_eq!(
            message
                .segments()
                .map(|segment| segment.raw())
                .collect::<Vec<_>>(),
            expected
        );
        assert_eq!(message.tolerated(), [Tolerance::LineFeed]);
        assert_eq!(
            Message::parse_with(text.as_bytes(), &strict()).unwrap_err(),
            ParseError::NotTolerated(Tolerance::LineFeed)
        );
    }
    assert!(Message::parse_with(ADT.as_bytes(), &strict()).is_ok());
}

#[test]
fn a_line_feed_inside_free_text_of_a_cr_message_stays_text() {
    let message = Message::parse(b"MSH|^~\\&|A\rNTE|1||one\ntwo\nPID|1\r").unwrap();
    assert_eq!(message.raw("NTE-3"), Some("one\ntwo"));
    assert_eq!(message.raw("PID-1"), Some("1"));
}

#[test]
fn framing_left_by_files_is_forgiven_and_listed() {
    let message = Message::parse(b"\xEF\xBB\xBF\r\n\x0bMSH|^~\\&|A\r\rPID|1\r\x1c\r").unwrap();
    assert_eq!(
        message.tolerated(),
        [
            Tolerance::ByteOrderMark,
            Tolerance::LeadingBlank,
            Tolerance::BlankLine,
            Tolerance::TrailingFileSeparator
        ]
    );
    assert_eq!(message.text(), "MSH|^~\\&|A\r\rPID|1\r");
    assert_eq!(message.segments().count(), 2);
}

#[test]
fn other_delimiters_are_read_from_the_header() {
    let message = Message::parse(b"MSH#*@!%#A\rPID###1***x%y!H\x21@2\r").unwrap();
    assert_eq!(
        message.separators(),
        Separators {
            field: b'#',
            component: b'*',
            repetition: b'@',
            escape: b'!',
            subcomponent: b'%'
        }
    );
    assert_eq!(message.raw("PID-3(1).4.2"), Some("y!H!"));
    assert_eq!(message.raw("PID-3(2)"), Some("2"));
}

#[test]
fn what_is_no_message_is_refused_with_its_reason() {
    for (bytes, error) in [
        (&b""[..], ParseError::Empty),
        (b"\r\n\x1c\r", ParseError::Empty),
        (b"PID|1", ParseError::NoHeader),
        (b"FHS|^~\\&|", ParseError::NoHeader),
        (b"MSH", ParseError::BadSeparators),
        (b"MSH|", ParseError::BadSeparators),
        (b"MSHA^~\\&A", ParseError::BadSeparators),
        (b"MSH|^^\\&|", ParseError::BadSeparators),
        (
            b"MSH|^~\\&\rpid|1",
            ParseError::BadSegmentName { number: 2 },
        ),
        (
            b"MSH|^~\\&\rPIDX|1",
            ParseError::BadSegmentName { number: 2 },
        ),
        (
            b"MSH|^~\\&||||||||||||||||CNS 11643-1992\r",
            ParseError::UnsupportedCharset,
        ),
    ] {
        assert_eq!(
            Message::parse(bytes).err(),
            Some(error),
            "{}",
            bytes.escape_ascii()
        );
    }
    assert!(
        Message::parse(b"MSH|^~\\&|||||||||||||||BIG-5\r").is_ok(),
        "MSH-17 is no character set"
    );
    let found = Message::parse(&with_charset("CNS 11643-1992", b"")).unwrap_err();
    assert_eq!(found, ParseError::UnsupportedCharset);
}

#[test]
fn limits_are_kept() {
    let options = |bytes, segments| ParseOptions {
        limits: Limits { bytes, segments },
        ..ParseOptions::default()
    };
    assert_eq!(
        Message::parse_with(ADT.as_bytes(), &options(20, 9)).unwrap_err(),
        ParseError::TooLarge { limit: 20 }
    );
    assert_eq!(
        Message::parse_with(ADT.as_bytes(), &options(9999, 6)).unwrap_err(),
        ParseError::TooManySegments { limit: 6 }
    );
    assert!(Message::parse_with(ADT.as_bytes(), &options(ADT.len(), 7)).is_ok());
}

#[test]
fn two_byte_characters_that_look_like_delimiters_do_not_split() {
    let name = b"\x1b$B\x39\x7c\x42\x5e\x1b(B^\x1b$B\x47\x7e\x34\x5c\x1b(B^^^^^L^I~\x1b$B%7%1%s\x1b(B^\x1b$B%8%m%&\x1b(B^^^^^L^P";
    let message = Message::parse(&with_charset("~ISO IR87", name)).unwrap();
    assert_eq!(
        message.raw("PID-5"),
        Some("骨袋^麦舘^^^^^L^I~シケン^ジロウ^^^^^L^P")
    );
    assert_eq!(message.raw("PID-5(2).2"), Some("ジロウ"));
    assert_eq!(message.raw("PID-8"), Some("M"));
    assert_eq!(message.charset(), Charset::Iso2022Jp);
    assert!(message.tolerated().is_empty());
    assert_eq!(message.header().character_sets, ["", "ISO IR87"]);
}

#[test]
fn kanji_before_msh_18_does_not_hide_the_character_set() {
    let bytes =
        b"MSH|^~\\&|\x1b$B\x39\x7c\x7c\x7c\x1b(B|B|C|D|2026||ADT^A08|1|P|2.5||||||~ISOIR87\r";
    assert_eq!(Message::parse(bytes).unwrap().charset(), Charset::Iso2022Jp);
}

#[test]
fn a_missing_return_to_ascii_does_not_swallow_the_next_segment() {
    let message = Message::parse(&with_charset("~ISO IR87", b"\x1b$B\x3b\x33\rNTE|1|")).unwrap();
    assert_eq!(message.raw("PID-5"), Some("山"));
    assert_eq!(message.raw("NTE-1"), Some("1"));
    assert_eq!(message.tolerated(), [Tolerance::MissingReturnToAscii]);
}

#[test]
fn jis_roman_keeps_the_escape_and_repetition_delimiters() {
    let message =
        Message::parse(&with_charset("~ISO IR87", b"\x1b$B\x3b\x33\x1b(JA\\T\\B~C")).unwrap();
    assert_eq!(message.value("PID-5(1).1").unwrap(), "山A&B");
    assert_eq!(message.raw("PID-5(2)"), Some("C"));
    assert_eq!(message.tolerated(), [Tolerance::JisRoman]);
}

#[test]
fn undeclared_character_sets_are_recognized_or_refused() {
    let utf8 = Message::parse(&with_charset("", "山田".as_bytes())).unwrap();
    assert_eq!(
        (utf8.charset(), utf8.tolerated()),
        (Charset::Utf8, &[Tolerance::UndeclaredUtf8][..])
    );
    let jis = Message::parse(&with_charset("", b"\x1b$B\x3b\x33\x1b(B")).unwrap();
    assert_eq!(
        (jis.charset(), jis.raw("PID-5")),
        (Charset::Iso2022Jp, Some("山"))
    );
    assert_eq!(jis.tolerated(), [Tolerance::UndeclaredIso2022Jp]);
    let shift_jis = with_charset("", b"\x8e\x52\x93\x63");
    let offset = shift_jis.iter().position(|&byte| byte == 0x8e).unwrap();
    assert_eq!(
        Message::parse(&shift_jis).unwrap_err(),
        ParseError::Undecodable {
            offset,
            charset: Charset::Ascii
        }
    );
    let latin = ParseOptions {
        default_charset: Some(Charset::Latin1),
        ..ParseOptions::default()
    };
    assert_eq!(
        Message::parse_with(&with_charset("", b"J\xf6rg"), &latin)
            .unwrap()
            .raw("PID-5"),
        Some("Jörg")
    );
}

#[test]
fn a_message_in_two_or_four_bytes_a_character_is_read_by_its_byte_order_mark() {
    let text = "MSH|^~\\&|A||||2026||ADT^A08|7|P|2.5||||||UNICODE UTF-16\rPID|||7||山田\r";
    for charset in [Charset::Utf16, Charset::Utf32] {
        let bytes = charset.encode(text).unwrap();
        let mut message = Message::parse(&bytes).unwrap();
        assert_eq!(message.charset(), charset);
        assert_eq!(message.raw("PID-5"), Some("山田"));
        assert_eq!(message.to_bytes().unwrap(), bytes);
        assert!(message.tolerated().is_empty());
        message.set("PID-3", "8").unwrap();
        let again = Message::parse(&message.to_bytes().unwrap()).unwrap();
        assert_eq!(again.raw("PID-3"), Some("8"));
    }
    let odd = Message::parse(b"\xFF\xFEM\0S\0H");
    assert!(matches!(odd, Err(ParseError::Undecodable { .. })));
    assert_eq!(Message::parse(b"\xFF\xFE").unwrap_err(), ParseError::Empty);
}

#[test]
fn another_name_of_a_character_set_is_noted() {
    let message = Message::parse(&with_charset("Shift_JIS", b"\x8e\x52")).unwrap();
    assert_eq!(message.raw("PID-5"), Some("山"));
    assert_eq!(message.tolerated(), [Tolerance::CharsetName]);
    let named = Message::parse(&with_charset("~ISOIR87", b"A")).unwrap();
    assert_eq!(named.tolerated(), [Tolerance::CharsetName]);
}

#[test]
fn declared_utf8_must_be_utf8() {
    let bytes = with_charset("UNICODE UTF-8", b"\xff");
    assert!(matches!(
        Message::parse(&bytes),
        Err(ParseError::Undecodable {
            charset: Charset::Utf8,
            ..
        })
    ));
}

#[test]
fn debug_shows_segment_names_only() {
    assert_eq!(
        format!("{:?}", adt()),
        r#"Message(["MSH", "EVN", "PID", "PV1", "ZZZ", "OBX", "OBX"])"#
    );
}

/// What a plain split of the text gives, to compare with the index.
fn by_splitting(text: &str, path: (usize, usize, usize, usize, usize)) -> Option<String> {
    let (segment, field, repetition, component, sub) = path;
    let part =
        |text: &str, separator: char, n: usize| text.split(separator).nth(n).map(str::to_owned);
    let segment = text
        .split('\r')
        .filter(|line| !line.is_empty())
        .nth(segment)?;
    let field = part(segment, '|', field).filter(|field| !field.is_empty())?;
    let component = part(&part(&field, '~', repetition)?, '^', component)?;
    part(&component, '&', sub)
}

#[test]
fn views_iterate_as_they_count() {
    let message = adt();
    for segment in message.segments() {
        let by_number: Vec<_> = (1..=segment.field_count())
            .map(|n| segment.field(n).raw())
            .collect();
        assert_eq!(
            segment
                .fields()
                .map(|field| field.raw())
                .collect::<Vec<_>>(),
            by_number
        );
    }
    let id = message
        .segment("PID")
        .unwrap()
        .field(3)
        .repetition(2)
        .unwrap();
    let components: Vec<_> = id.components().map(|one| one.raw()).collect();
    assert_eq!(components, ["43", "", "", "B&1.2.4&ISO"]);
    assert_eq!(id.component_count(), 4);
    let authority: Vec<_> = id.component(4).subcomponents().collect();
    assert_eq!(authority, ["B", "1.2.4", "ISO"]);
    assert_eq!(id.component(9).subcomponents().count(), 0);
    assert_eq!(id.component(2).subcomponents().collect::<Vec<_>>(), [""]);
}

#[test]
fn occurrences_beyond_the_first_few_are_looked_up() {
    let mut text = String::from("MSH|^~\\&|A\r");
    text.extend((1..=40).map(|n| format!("OBX|{n}\rNTE|{}\r", n * 2)));
    let message = Message::parse(text.as_bytes()).unwrap();
    for n in 1..=40_usize {
        assert_eq!(
            message.raw(&format!("OBX({n})-1")),
            Some(n.to_string().as_str())
        );
        assert_eq!(
            message.raw(&format!("NTE({n})-1")),
            Some((n * 2).to_string().as_str())
        );
    }
    assert_eq!(message.raw("OBX(41)-1"), None);
    assert_eq!(message.raw("ZZZ(9)-1"), None);
}

proptest! {
    #[test]
    fn the_block_scan_finds_what_a_plain_scan_finds(text in r"([|^~&\r\n]{0,9}|[a-z]{0,40}|[骨é\x00\x7f]{0,3}){0,20}") {
        let plain: Vec<(u32, u8)> = (0..).zip(text.bytes()).filter(|(_, byte)| b"|^~&\r\n".contains(byte)).collect();
        let ends: Vec<u32> = (0..).zip(&plain).filter(|(_, (_, byte))| matches!(byte, b'\r' | b'\n')).map(|(at, _)| at).collect();
        let found = index::scan(text.as_bytes(), &index::delimiters(&Separators::DEFAULT));
        prop_assert_eq!(found.marks, plain.into_iter().map(|(at, _)| at).collect::<Vec<_>>());
        prop_assert_eq!(found.ends, ends);
    }

    #[test]
    fn the_index_agrees_with_plain_splitting(
        body in proptest::collection::vec(r"[a骨|^~&]{0,90}", 1..6),
        segment in 1_usize..6, field in 1_usize..12, repetition in 0_usize..4, component in 0_usize..4, sub in 0_usize..4,
    ) {
        let text = format!("MSH|^~\\&|A\r{}", body.iter().map(|line| format!("ZZ1|{line}\r")).collect::<String>());
        let message = Message::parse_with(text.as_bytes(), &ParseOptions { default_charset: Some(Charset::Utf8), ..strict() }).unwrap();
        prop_assert_eq!(message.text(), &text);
        let found = message.segments().nth(segment).and_then(|segment| segment.field(field).repetition(repetition + 1));
        let found = found.map(|one| one.component(component + 1).subcomponent(sub + 1).to_owned()).unwrap_or_default();
        let expected = by_splitting(&text, (segment, field, repetition, component, sub)).unwrap_or_default();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), seed in any::<bool>()) {
        let mut input = if seed { b"MSH|^~\\&|A|B||||||||||||||~ISO IR87\rPID|".to_vec() } else { Vec::new() };
        input.extend(bytes);
        if let Ok(message) = Message::parse(&input) {
            for segment in message.segments() {
                for n in 0..segment.field_count() + 2 {
                    let _ = segment.field(n).repetitions().map(|one| one.component(1).value().len()).sum::<usize>();
                }
            }
        }
    }

    #[test]
    fn japanese_bytes_never_panic(bytes in r"(\x1b\$B|\x1b\(B|\x1b\(I|\x1b\$\(D|\x1b\(J|[!-~]{1,5}|\r|\n|\x1b){0,30}") {
        if let Ok(message) = Message::parse(&with_charset("~ISO IR87", bytes.as_bytes())) {
            prop_assert!(message.segments().count() >= 1);
        }
    }
}
