use super::EditError;
use crate::charset::Charset;
use crate::message::index;
use crate::path::Path;
use crate::{Message, NULL, ParseOptions, Presence, Terminators};
use proptest::prelude::*;

const TEXT: &str = "MSH|^~\\&|HIS||||2026||ADT^A08|1|P|2.5\rPID|1||42^^^A&1.2&ISO~43||DOE^J\rOBX|1||a\rOBX|2||b~~c\r";

fn message() -> Message {
    Message::parse(TEXT.as_bytes()).unwrap()
}

/// The index is what parsing the text anew gives.
fn assert_in_step(message: &Message) {
    let again = Message::parse_with(
        message.text().as_bytes(),
        &ParseOptions {
            default_charset: Some(Charset::Utf8),
            ..ParseOptions::default()
        },
    )
    .unwrap();
    assert!(again.index.segments == message.index.segments);
    assert_eq!(again.index.marks, message.index.marks);
    let fresh = index::scan(
        message.text.as_bytes(),
        &index::delimiters(&message.separators),
    );
    assert_eq!(fresh.marks, message.index.marks);
    for (one, other) in again.segments().zip(message.segments()) {
        assert_eq!((one.raw(), one.sequence()), (other.raw(), other.sequence()));
    }
}

/// One segment after a series of edits.
fn after(name: &str, edit: impl FnOnce(&mut Message) -> Result<(), EditError>) -> String {
    let mut message = message();
    edit(&mut message).unwrap();
    assert_in_step(&message);
    message.segment(name).unwrap().raw().to_owned()
}

#[test]
fn set_creates_what_is_missing_before_it() {
    for (path, expected) in [
        ("PID-1", "PID|x||42^^^A&1.2&ISO~43||DOE^J"),
        ("PID-2", "PID|1|x|42^^^A&1.2&ISO~43||DOE^J"),
        ("PID-3", "PID|1||x||DOE^J"),
        ("PID-3(2).4.2", "PID|1||42^^^A&1.2&ISO~43^^^&x||DOE^J"),
        ("PID-3.4.5", "PID|1||42^^^A&1.2&ISO&&x~43||DOE^J"),
        ("PID-3(4).2", "PID|1||42^^^A&1.2&ISO~43~~^x||DOE^J"),
        ("PID-4(2)", "PID|1||42^^^A&1.2&ISO~43|~x|DOE^J"),
        ("PID-8.1.2", "PID|1||42^^^A&1.2&ISO~43||DOE^J|||&x"),
    ] {
        assert_eq!(after("PID", |m| m.set(path, "x")), expected, "{path}");
    }
    assert_eq!(
        after("MSH", |m| m.set("MSH-14", "x")),
        "MSH|^~\\&|HIS||||2026||ADT^A08|1|P|2.5||x"
    );
}

#[test]
fn an_empty_value_creates_nothing() {
    assert_eq!(
        after("PID", |m| m.set("PID-30(3).2", "")),
        message().segment("PID").unwrap().raw()
    );
    assert_eq!(
        after("PID", |m| m.set("PID-5", "")),
        "PID|1||42^^^A&1.2&ISO~43||"
    );
}

#[test]
fn values_cannot_break_the_structure() {
    let mut message = message();
    message
        .set("PID-5.1", "a|b^c~d&e\\f\rOBX|9\n\u{b}\u{1c}")
        .unwrap();
    assert_in_step(&message);
    assert_eq!(message.segment_count(), 4);
    assert_eq!(
        message.value("PID-5.1").unwrap(),
        "a|b^c~d&e\\f\rOBX|9\n\u{b}\u{1c}"
    );
    assert_eq!(message.raw("PID-5.2"), Some("J"));
}

#[test]
fn raw_values_keep_to_their_level() {
    assert_eq!(
        after("PID", |m| m.set_raw("PID-3", "7^^^B&2&ISO~8")),
        "PID|1||7^^^B&2&ISO~8||DOE^J"
    );
    for (path, raw, error) in [
        ("PID-3", "a|b", EditError::Delimiter),
        ("PID-3(1)", "a~b", EditError::Delimiter),
        ("PID-3.1", "a~b", EditError::Delimiter),
        ("PID-3.1", "a^b", EditError::Delimiter),
        ("PID-3.1.1", "a&b", EditError::Delimiter),
        ("PID-3", "a\rb", EditError::ControlCharacter),
        ("PID-3", "a\nb", EditError::ControlCharacter),
        ("PID-3", "\u{1c}", EditError::ControlCharacter),
        ("PID", "a", EditError::InvalidPath),
        ("PID-3(*)", "a", EditError::InvalidPath),
        ("NK1-3", "a", EditError::NoSegment),
        ("OBX(3)-3", "a", EditError::NoSegment),
        ("MSH-1", "a", EditError::Protected),
        ("MSH-2.1", "a", EditError::Protected),
    ] {
        let mut message = message();
        assert_eq!(message.set_raw(path, raw), Err(error), "{path}");
        assert_eq!(message.text(), TEXT);
    }
    assert_eq!(
        after("PID", |m| m.set_raw("PID-3.4", "a&b")),
        "PID|1||42^^^a&b~43||DOE^J"
    );
}

#[test]
fn removing_empties_or_takes_out_the_last() {
    for (path, expected) in [
        ("PID-1", "PID|||42^^^A&1.2&ISO~43||DOE^J"),
        ("PID-5", "PID|1||42^^^A&1.2&ISO~43|"),
        ("PID-5.1", "PID|1||42^^^A&1.2&ISO~43||^J"),
        ("PID-5.2", "PID|1||42^^^A&1.2&ISO~43||DOE"),
        ("PID-3(1)", "PID|1||43||DOE^J"),
        ("PID-3(2)", "PID|1||42^^^A&1.2&ISO||DOE^J"),
        ("PID-3(2).1", "PID|1||42^^^A&1.2&ISO~||DOE^J"),
        ("PID-3.4.2", "PID|1||42^^^A&&ISO~43||DOE^J"),
        ("PID-3.4.3", "PID|1||42^^^A&1.2~43||DOE^J"),
        ("PID-5(1)", "PID|1||42^^^A&1.2&ISO~43||"),
        ("PID-9", "PID|1||42^^^A&1.2&ISO~43||DOE^J"),
    ] {
        assert_eq!(after("PID", |m| m.remove(path)), expected, "{path}");
    }
    assert_eq!(message().remove("MSH-2"), Err(EditError::Protected));
    assert_eq!(message().remove("NK1-2"), Ok(()));
}

#[test]
fn repetitions_are_inserted_before_or_behind() {
    for (path, expected) in [
        ("PID-3", "PID|1||42^^^A&1.2&ISO~43~7^8||DOE^J"),
        ("PID-3(1)", "PID|1||7^8~42^^^A&1.2&ISO~43||DOE^J"),
        ("PID-3(2)", "PID|1||42^^^A&1.2&ISO~7^8~43||DOE^J"),
        ("PID-3(4)", "PID|1||42^^^A&1.2&ISO~43~~7^8||DOE^J"),
        ("PID-4", "PID|1||42^^^A&1.2&ISO~43|7^8|DOE^J"),
        ("PID-4(2)", "PID|1||42^^^A&1.2&ISO~43|~7^8|DOE^J"),
        ("PID-7", "PID|1||42^^^A&1.2&ISO~43||DOE^J||7^8"),
    ] {
        assert_eq!(
            after("PID", |m| m.insert_repetition(path, "7^8")),
            expected,
            "{path}"
        );
    }
    let mut message = message();
    assert_eq!(
        message.insert_repetition("PID-3", "a~b"),
        Err(EditError::Delimiter)
    );
    assert_eq!(
        message.insert_repetition("PID-3.1", "a"),
        Err(EditError::InvalidPath)
    );
}

#[test]
fn segments_come_and_go() {
    let mut message = message();
    message.insert_segment(2, "NTE|1||x^y").unwrap();
    assert_in_step(&message);
    message.push_segment("OBX|3||d").unwrap();
    assert_in_step(&message);
    assert_eq!(message.raw("OBX(3)-3"), Some("d"));
    assert_eq!(message.raw("NTE-3.2"), Some("y"));
    message.remove_segment(3).unwrap();
    assert_in_step(&message);
    assert_eq!(message.raw("OBX-3(3)"), Some("c"));
    assert_eq!(message.segments_named("OBX").last().unwrap().sequence(), 2);
    for (position, raw, error) in [
        (0, "NTE|1", EditError::Protected),
        (1, "MSH|^~\\&|", EditError::Protected),
        (9, "NTE|1", EditError::NoSegment),
        (1, "NT", EditError::BadSegmentName),
        (1, "NTE^1", EditError::BadSegmentName),
        (1, "NTE|1\rPID|", EditError::ControlCharacter),
    ] {
        assert_eq!(message.insert_segment(position, raw), Err(error));
    }
    assert_eq!(message.remove_segment(0), Err(EditError::Protected));
    assert_eq!(message.remove_segment(9), Err(EditError::NoSegment));
}

#[test]
fn a_new_segment_ends_like_the_others() {
    for end in ["\r", "\n", "\r\n"] {
        for last in [end, ""] {
            let text = format!("MSH|^~\\&|A{end}PID|1{last}");
            let mut message = Message::parse(text.as_bytes()).unwrap();
            message.push_segment("ZZZ|x").unwrap();
            message.insert_segment(1, "EVN|y").unwrap();
            assert_in_step(&message);
            assert_eq!(
                message.text(),
                format!("MSH|^~\\&|A{end}EVN|y{end}PID|1{end}ZZZ|x{last}")
            );
            message.remove_segment(3).unwrap();
            message.remove_segment(1).unwrap();
            assert_in_step(&message);
            assert_eq!(message.text(), format!("MSH|^~\\&|A{end}PID|1{end}"));
        }
    }
}

#[test]
fn an_edit_that_turns_a_line_feed_into_a_segment_end_is_refused() {
    let text = "MSH|^~\\&|A\rNTE|1||one\nTWO\rPID|1\r";
    let mut message = Message::parse(text.as_bytes()).unwrap();
    assert_eq!(message.set("NTE-4", "x"), Err(EditError::AmbiguousLineFeed));
    assert_eq!(message.text(), text);
    message.set("NTE-1", "2").unwrap();
    message.set("PID-3", "y").unwrap();
    assert_in_step(&message);
    assert_eq!(message.raw("NTE-3"), Some("one\nTWO"));
}

#[test]
fn the_null_is_not_the_empty_value() {
    let mut message = message();
    message.set("PID-7", NULL).unwrap();
    assert_eq!(message.presence("PID-7"), Presence::Null);
    assert!(message.segment("PID").unwrap().field(7).is_null());
    assert_eq!(message.presence("PID-6"), Presence::Empty);
    message.set("PID-7", "").unwrap();
    assert_eq!(message.presence("PID-7"), Presence::Empty);
    message.remove("PID-7").unwrap();
    assert_eq!(message.presence("PID-7"), Presence::Absent);
    assert_eq!(message.presence("PID-3(2).4"), Presence::Absent);
    assert_eq!(message.presence("PID-3.2"), Presence::Empty);
    assert_eq!(message.presence("NK1-1"), Presence::Absent);
}

#[test]
fn msh_18_decides_the_character_set() {
    let mut message = message();
    message.set("PID-5", "山田").unwrap();
    assert!(message.to_bytes().is_err());
    message.set_charset(Charset::Iso2022Jp).unwrap();
    assert_in_step(&message);
    let bytes = message.to_bytes().unwrap();
    let again = Message::parse(&bytes).unwrap();
    assert_eq!(
        (again.charset(), again.text()),
        (Charset::Iso2022Jp, message.text())
    );
    assert_eq!(again.raw("MSH-18"), Some("~ISO IR87"));
    message.set("MSH-18", "UNICODE UTF-8").unwrap();
    assert_eq!(message.charset(), Charset::Utf8);
    assert_eq!(
        message.set("MSH-18", "no such set"),
        Err(EditError::UnsupportedCharset)
    );
    assert_eq!(message.raw("MSH-18"), Some("UNICODE UTF-8"));
    message.set_charset(Charset::Ascii).unwrap();
    assert_eq!(message.presence("MSH-18"), Presence::Empty);
}

#[test]
fn the_required_terminator_is_kept_to() {
    let parse = |text: &str, terminators| {
        let options = ParseOptions {
            terminators,
            strict: true,
            ..ParseOptions::default()
        };
        Message::parse_with(text.as_bytes(), &options).map(|message| message.segment_count())
    };
    for (end, terminators) in [
        ("\r", Terminators::Cr),
        ("\n", Terminators::Lf),
        ("\r\n", Terminators::CrLf),
    ] {
        let text = format!("MSH|^~\\&|A{end}PID|1{end}");
        for required in [Terminators::Cr, Terminators::Lf, Terminators::CrLf] {
            assert_eq!(
                parse(&text, required).is_ok(),
                required == terminators,
                "{end:?}"
            );
        }
        assert_eq!(parse(&text, Terminators::Any).is_ok(), end == "\r");
    }
    assert!(parse("MSH|^~\\&|A\rNTE|1||a\nb\r", Terminators::Cr).is_ok());
}

#[test]
fn unchanged_messages_give_back_their_bytes() {
    let japanese = b"MSH|^~\\&|A|||||||||||||||~ISO IR87\rPID|||\x1b$@\x3b\x33\x1b$B\x45\x44\x1b(B\x1b(B^\x1b$B-!\x1b(B\r";
    for bytes in [
        &b"\xEF\xBB\xBF\r\n\x0b MSH|^~\\&|A\r\n\r\nPID|1\r\n\x1c\r\n"[..],
        b"MSH|^~\\&|A\nPID|\xE5\xB1\xB1\n\n\x1c\x1c\r",
        b"MSH|^~\\&|A|||||||||||||||8859/1\rPID|J\xf6rg",
        japanese,
    ] {
        let message = Message::parse(bytes).unwrap();
        assert_eq!(message.to_bytes().unwrap(), bytes);
        assert_eq!(message.received().unwrap(), bytes);
    }
}

#[test]
fn repaired_text_is_written_in_its_canonical_form() {
    let head = "MSH|^~\\&|A|||||||||||||||~ISO IR87\rPID|||";
    let bytes = format!("{head}\x1b$B\x3b\x33\x1b(J\rNTE|\x1b$B\x3b\x33\r\x1c");
    let mut message = Message::parse(bytes.as_bytes()).unwrap();
    let canonical = format!("{head}\x1b$B\x3b\x33\x1b(B\rNTE|\x1b$B\x3b\x33\x1b(B\r\x1c");
    assert_eq!(message.to_bytes().unwrap(), canonical.as_bytes());
    assert_eq!(message.received().unwrap(), bytes.as_bytes());
    message.set("NTE-2", "x").unwrap();
    assert!(message.received().is_none());
}

/// Every written place of the lowest level with its raw text.
fn leaves(message: &Message) -> Vec<(String, String)> {
    let mut names: Vec<&str> = message.segments().map(|segment| segment.name()).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &str| {
        let found = message.select(&format!("{name}(*)-*(*).*.*")).unwrap();
        found
            .map(|(path, raw)| (path.to_string(), raw.to_owned()))
            .collect::<Vec<_>>()
    };
    names.into_iter().flat_map(of).collect()
}

fn message_text() -> impl Strategy<Value = String> {
    let line = r"(PID|OBX|ZZ1)(\|[a骨^~&]{0,9}){0,5}";
    (proptest::collection::vec(line, 0..6), r"\r|\n|\r\n").prop_map(|(lines, end)| {
        let mut text = format!("MSH|^~\\&|A|B||||||||||||||UNICODE UTF-8{end}");
        text.extend(lines.iter().flat_map(|line| [line.as_str(), &end]));
        text
    })
}

fn path_text() -> impl Strategy<Value = String> {
    r"(PID|OBX|ZZ1|MSH)(\([1-3]\))?-[3-9](\([1-4]\))?(\.[1-4](\.[1-4])?)?"
}

proptest! {
    #[test]
    fn what_is_set_is_read_back_and_the_rest_stays(text in message_text(), path in path_text(), value in r"[a|^~&\\\r\n骨]{1,8}") {
        let mut message = Message::parse(text.as_bytes()).unwrap();
        let before = leaves(&message);
        match message.set(&path, &value) {
            Err(error) => prop_assert_eq!(error, EditError::NoSegment),
            Ok(()) => {
                assert_in_step(&message);
                prop_assert_eq!(message.value(&path).map(|found| found.into_owned()), Some(value.clone()));
                let path = Path::parse(&path).unwrap();
                let inside = |leaf: &str| within(&Path::parse(leaf).unwrap(), &path);
                let rest = |leaves: Vec<(String, String)>| leaves.into_iter().filter(|(leaf, _)| !inside(leaf)).collect::<Vec<_>>();
                prop_assert_eq!(rest(leaves(&message)), rest(before));
            }
        }
    }

    #[test]
    fn what_is_removed_is_gone_and_the_rest_stays(text in message_text(), path in path_text()) {
        let mut message = Message::parse(text.as_bytes()).unwrap();
        let before = leaves(&message);
        message.remove(&path).unwrap();
        assert_in_step(&message);
        let path = Path::parse(&path).unwrap();
        let repetition = path.repetition.is_some() && path.component.is_none();
        if !repetition {
            prop_assert_eq!(message.raw_at(&path), None);
        }
        // Later repetitions of the same field move up.
        let path = Path { repetition: path.repetition.filter(|_| !repetition), ..path };
        let inside = |leaf: &str| within(&Path::parse(leaf).unwrap(), &path);
        let rest = |leaves: Vec<(String, String)>| leaves.into_iter().filter(|(leaf, _)| !inside(leaf)).collect::<Vec<_>>();
        prop_assert_eq!(rest(leaves(&message)), rest(before));
    }

    #[test]
    fn a_repetition_comes_and_goes_without_a_trace(
        lines in message_text(), pid in r"PID(\|[a^&]{1,2}(~[a^&骨]{0,3}){2}){6}", n in 1_usize..4, field in 1_usize..7,
    ) {
        let text = format!("MSH|^~\\&|A|B||||||||||||||UNICODE UTF-8\r{pid}\r{}", lines.replace("MSH|", "ZZ1|").replace('\n', "\r"));
        let mut message = Message::parse(text.as_bytes()).unwrap();
        let path = format!("PID-{field}({n})");
        message.insert_repetition(&path, "x^y").unwrap();
        assert_in_step(&message);
        prop_assert_eq!(message.raw(&path), Some("x^y"));
        message.remove(&path).unwrap();
        assert_in_step(&message);
        prop_assert_eq!(message.text(), &text);
    }

    #[test]
    fn a_segment_comes_and_goes_without_a_trace(text in message_text(), place in any::<prop::sample::Index>()) {
        let mut message = Message::parse(text.as_bytes()).unwrap();
        let position = 1 + place.index(message.segment_count());
        message.insert_segment(position, "ZZ1|x~y^z&").unwrap();
        assert_in_step(&message);
        prop_assert_eq!(message.segments().nth(position).unwrap().raw(), "ZZ1|x~y^z&");
        message.remove_segment(position).unwrap();
        assert_in_step(&message);
        prop_assert_eq!(message.text(), &text);
    }

    #[test]
    fn edits_among_line_feeds_stay_in_step_or_are_refused(
        body in proptest::collection::vec(r"(NTE|PV1)(\|(a|\n|\nPV1|\nTWO){0,3}){0,3}(\r|\n|\r\n)", 1..4),
        edits in proptest::collection::vec((0_usize..4, 0_usize..5, r"(NTE|PV1)(\([12]\))?-[1-4]"), 1..5),
    ) {
        let text = format!("MSH|^~\\&|A\r{}", body.concat());
        let Ok(mut message) = Message::parse(text.as_bytes()) else { return Ok(()) };
        prop_assert_eq!(message.to_bytes().unwrap(), text.as_bytes());
        for (kind, position, path) in edits {
            let _ = match kind {
                0 => message.set(&path, "x"),
                1 => message.remove(&path),
                2 => message.insert_segment(position, "PV1"),
                _ => message.remove_segment(position),
            };
            assert_in_step(&message);
        }
    }
}

/// Whether a leaf lies at or under a place.
fn within(leaf: &Path<'_>, place: &Path<'_>) -> bool {
    let repetition = place.repetition.or(place.component.and(Some(1)));
    let under = |place: Option<usize>, leaf: Option<usize>| place.is_none() || place == leaf;
    (leaf.segment, leaf.occurrence, leaf.field) == (place.segment, place.occurrence, place.field)
        && under(repetition, leaf.repetition)
        && under(place.component, leaf.component)
        && under(place.subcomponent, leaf.subcomponent)
}
