use super::{Piece, escape, from_pieces, pieces, to_plain_text, unescape};
use crate::Separators;
use proptest::prelude::*;
use std::borrow::Cow;

const SEPARATORS: Separators = Separators::DEFAULT;

#[test]
fn plain_text_is_borrowed_both_ways() {
    assert!(matches!(escape("山田", &SEPARATORS), Cow::Borrowed("山田")));
    assert!(matches!(
        unescape("山田", &SEPARATORS),
        Cow::Borrowed("山田")
    ));
}

#[test]
fn every_delimiter_has_its_letter() {
    assert_eq!(escape(r"|^&~\", &SEPARATORS), r"\F\\S\\T\\R\\E\");
    assert_eq!(unescape(r"\F\\S\\T\\R\\E\", &SEPARATORS), r"|^&~\");
}

#[test]
fn formatting_and_unknown_sequences_stay() {
    for raw in [
        r"a\.br\b",
        r"\H\bold\N\",
        r"\Zx\",
        r"\X4\",
        r"\XFF\",
        r"\",
        r"\\",
    ] {
        assert_eq!(unescape(raw, &SEPARATORS), raw);
    }
}

#[test]
fn a_lone_escape_character_does_not_hide_the_next_sequence() {
    assert_eq!(unescape(r"a\b\F\c", &SEPARATORS), r"a\b|c");
}

#[test]
fn hexadecimal_bytes_are_utf8() {
    assert_eq!(unescape(r"\XE5B1B1\", &SEPARATORS), "山");
}

#[test]
fn framing_bytes_never_reach_the_wire() {
    assert_eq!(
        escape("\u{b}\u{1c}\r\n\u{1b}", &SEPARATORS),
        r"\X0B\\X1C\\X0D\\X0A\\X1B\"
    );
}

#[test]
fn a_called_set_is_read_until_the_next_call() {
    for (raw, text) in [
        (r"\M2442\;3ED\C2842\ x", "山田 x"),
        (r"\M2442\;3", "山"),
        (r"\M2442\9\F\B^\C2842\", "骨袋"),
        (r"\M242844\0!\C2842\", "丂"),
        // Katakana of eight-bit bytes: the text has them decoded already.
        (r"\C2949\x", "x"),
        (r"\M2442\;\C2842\x", "\u{FFFD}x"),
        (r"a\C284A\b", "ab"),
        (r"\M2442\山\C2842\", "山"),
        (
            r"\C28\ \M24\ \C2G42\ \C+2+2\",
            r"\C28\ \M24\ \C2G42\ \C+2+2\",
        ),
    ] {
        assert_eq!(unescape(raw, &SEPARATORS), text, "{raw}");
    }
}

#[test]
fn formatting_commands_are_pieces() {
    let raw = r"\.in+4\\.ti-4\1.\.sk 2\a\S\b\.sp3\\.nf\\.fi\\.CE\\.br\\Zab12\x\.sp\\.in999\\.zz\";
    let all: Vec<_> = pieces(raw, &SEPARATORS).collect();
    assert_eq!(
        all,
        [
            Piece::Indent(4),
            Piece::TemporaryIndent(-4),
            Piece::Text("1.".into()),
            Piece::Skip(2),
            Piece::Text("a^b".into()),
            Piece::Space(3),
            Piece::NoFill,
            Piece::Fill,
            Piece::Center,
            Piece::LineBreak,
            Piece::Local("Zab12"),
            Piece::Text("x".into()),
            Piece::Space(1),
            Piece::Indent(100),
            Piece::Text(r"\.zz\".into()),
        ]
    );
    assert!(!format!("{all:?}").contains("1."));
}

#[test]
fn the_old_spelling_of_a_line_break_is_one() {
    let all: Vec<_> = pieces(r"a^\.sp\b\S\\.sp\c", &SEPARATORS).collect();
    let text = |text: &'static str| Piece::Text(text.into());
    assert_eq!(
        all,
        [
            text("a"),
            Piece::LineBreak,
            text("b^"),
            Piece::Space(1),
            text("c")
        ]
    );
}

#[test]
fn plain_text_of_hostile_commands_stays_small() {
    let raw = r"\.in+999999999\\.sp999999999\x".repeat(1000);
    assert!(to_plain_text(&raw, &SEPARATORS).len() <= 25 * raw.len());
    assert_eq!(
        to_plain_text(r"\.sp99999999999\", &SEPARATORS),
        r"\.sp99999999999\"
    );
    assert_eq!(
        to_plain_text(r"\.in+2\a\.br\\.br\b", &SEPARATORS),
        "  a\n\n  b"
    );
}

#[test]
fn many_escape_characters_take_linear_time() {
    let raw = r"\X4".repeat(500_000);
    let start = std::time::Instant::now();
    assert_eq!(unescape(&raw, &SEPARATORS).len(), raw.len());
    assert!(start.elapsed().as_secs() < 10);
}

proptest! {
    #[test]
    fn unescape_of_escape_is_the_value(value in any::<String>()) {
        let wire = escape(&value, &SEPARATORS).into_owned();
        prop_assert!(!wire.contains(['|', '^', '&', '~', '\r', '\n']));
        prop_assert_eq!(unescape(&wire, &SEPARATORS), value);
    }

    #[test]
    fn unescape_never_panics(raw in r"[\\XFEa-f0-9|山.]{0,40}") {
        let _ = unescape(&raw, &SEPARATORS);
    }

    #[test]
    fn pieces_written_are_the_pieces(texts in proptest::collection::vec("[ -~山]{1,9}", 0..9), n in 0u8..=100) {
        let all: Vec<_> = texts
            .iter()
            .flat_map(|text| [Piece::Text(text.into()), Piece::LineBreak, Piece::Space(n), Piece::Local("Z1")])
            .collect();
        let raw = from_pieces(all.clone(), &SEPARATORS);
        prop_assert_eq!(pieces(&raw, &SEPARATORS).collect::<Vec<_>>(), all);
    }

    #[test]
    fn nothing_panics_and_plain_text_is_bounded(raw in r"(\\|\.|[XCMZHNFSTREP^~&|.bfnisptkr+ 0-9山-]|\.sp|\.in9|\.br\\|C2842|M2442){0,40}") {
        let _ = unescape(&raw, &SEPARATORS);
        prop_assert!(to_plain_text(&raw, &SEPARATORS).len() <= 25 * raw.len());
    }
}
