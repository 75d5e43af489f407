use super::{InvalidPath, Path, Pattern};
use proptest::prelude::*;

#[test]
fn the_occurrence_may_stand_with_the_segment() {
    let path = Path::parse("PID(2)-3").unwrap();
    assert_eq!(
        (path.segment, path.occurrence, path.field, path.repetition),
        ("PID", 2, 3, None)
    );
}

#[test]
fn what_is_not_an_address_is_refused() {
    for text in [
        "",
        "PID",
        "PID-",
        "PID-0",
        "PID-3(0)",
        "PID-3(",
        "PID-3.",
        "PID-3.1.2.3",
        "pid-3",
        "PIDX-3",
        "PID-3.x",
        "-3",
        "PID(-3",
        "PID-123456",
        "PID-3(1)2",
        "PID-3 ",
        "骨-3",
        "P骨-3",
    ] {
        assert_eq!(Path::parse(text), Err(InvalidPath), "{text}");
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_star_is_a_pattern_and_no_address() {
    for text in [
        "OBX(*)-5",
        "OBX-*",
        "OBX-5(*)",
        "OBX-5.*",
        "OBX-5.1.*",
        "OBX(*)-*(*).*.*",
    ] {
        assert!(Pattern::parse(text).is_ok(), "{text}");
        assert_eq!(Path::parse(text), Err(InvalidPath), "{text}");
    }
    for text in ["***-1", "OBX-**", "OBX-1*", "OBX(*-1"] {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn display_and_parse_round_trip(
        occurrence in 1_usize..=99_999, field in 1_usize..=99_999,
        repetition in proptest::option::of(1_usize..=99_999), component in proptest::option::of(1_usize..99), sub in 1_usize..99,
    ) {
        let path = Path { segment: "ZZ9", occurrence, field, repetition, component, subcomponent: component.map(|_| sub) };
        let text = path.to_string();
        prop_assert_eq!(Path::parse(&text), Ok(path));
    }

    #[test]
    fn parse_never_panics(text in r"[A-Z0-9().\-*é]{0,16}") {
        let _ = (Path::parse(&text), Pattern::parse(&text));
    }
}
