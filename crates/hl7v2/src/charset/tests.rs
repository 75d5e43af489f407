use super::iso2022jp::pair;
use super::{Charset, Undecodable, Unencodable, UnknownCharset, substitute};
use crate::Tolerance;
use proptest::prelude::*;

const JIS: Charset = Charset::Iso2022Jp;

fn decoded(bytes: &[u8]) -> (String, Vec<Tolerance>) {
    let decoded = JIS.decode(bytes).unwrap();
    (decoded.text, decoded.tolerated)
}

#[test]
fn msh_18_spellings_of_real_systems_are_known() {
    for (field, charset) in [
        ("~ISO IR87", JIS),
        ("~ISOIR87", JIS),
        ("ASCII~ISO IR87", JIS),
        ("ISO IR6~ISO IR14~ISO IR87~ISO IR159", JIS),
        ("UNICODE UTF-8", Charset::Utf8),
        ("unicode utf-8", Charset::Utf8),
        ("8859/1", Charset::Latin1),
        ("ASCII", Charset::Ascii),
        ("", Charset::Ascii),
    ] {
        assert_eq!(Charset::from_msh18(field), Ok(charset), "{field}");
    }
    for field in ["8859/5", "UNICODE UTF-8~ISO IR87", "UNICODE", "KS X 1001"] {
        assert_eq!(Charset::from_msh18(field), Err(UnknownCharset), "{field}");
    }
    for charset in [Charset::Ascii, Charset::Latin1, Charset::Utf8, JIS] {
        assert_eq!(Charset::from_msh18(charset.msh18()), Ok(charset));
    }
}

#[test]
fn kanji_are_written_between_escape_sequences_and_end_in_ascii() {
    assert_eq!(
        JIS.encode("A骨|麦").unwrap(),
        b"A\x1b$B\x39\x7c\x1b(B|\x1b$B\x47\x7e\x1b(B"
    );
}

#[test]
fn both_unicode_spellings_of_a_jis_character_are_written() {
    for (text, bytes) in [
        ("〜", b"\x21\x41"),
        ("～", b"\x21\x41"),
        ("‖", b"\x21\x42"),
        ("∥", b"\x21\x42"),
        ("−", b"\x21\x5d"),
        ("－", b"\x21\x5d"),
        ("—", b"\x21\x3d"),
        ("¢", b"\x21\x71"),
        ("£", b"\x21\x72"),
        ("¬", b"\x22\x4c"),
        ("¥", b"\x21\x6f"),
        ("‾", b"\x21\x31"),
    ] {
        let wire = [&b"\x1b$B"[..], bytes, b"\x1b(B"].concat();
        assert_eq!(JIS.encode(text).unwrap(), wire, "{text}");
    }
}

#[test]
fn what_is_not_jis_x_0208_is_refused_not_replaced() {
    for text in [
        "髙", "①", "㈱", "ﾀ", "Ⅲ", "纊", "é", "\u{1b}", "\u{e}", "😀",
    ] {
        assert_eq!(
            JIS.encode(&format!("ab{text}")),
            Err(Unencodable {
                offset: 2,
                charset: JIS
            }),
            "{text}"
        );
    }
    assert_eq!(
        Charset::Ascii.encode("aé"),
        Err(Unencodable {
            offset: 1,
            charset: Charset::Ascii
        })
    );
    assert_eq!(
        Charset::Latin1.encode("é山"),
        Err(Unencodable {
            offset: 2,
            charset: Charset::Latin1
        })
    );
    assert_eq!(Charset::Latin1.encode("é").unwrap(), b"\xe9");
}

#[test]
fn the_substitution_rules_make_everything_writable() {
    assert_eq!(substitute("ﾀﾞｳﾞﾊﾟｱﾞ｡ﾟ"), "ダヴパア゛。゜");
    assert_eq!(
        substitute("①⑳Ⅲⅳ㍉㎎㈱№℡髙😀é"),
        "(1)(20)IIIivミリmg(株)No.Tel■■■"
    );
    assert_eq!(JIS.encode_lossy("髙田"), b"\x1b$B\x22\x23\x45\x44\x1b(B");
    assert_eq!(Charset::Ascii.encode_lossy("a山b"), b"a?b");
    assert_eq!(Charset::Latin1.encode_lossy("é山"), b"\xe9?");
}

#[test]
fn half_width_katakana_is_read_and_reported() {
    assert_eq!(
        decoded(b"\x1b(I\x40\x5e\x1b(Bx"),
        ("ﾀﾞx".to_owned(), vec![Tolerance::HalfWidthKatakana])
    );
}

#[test]
fn the_supplementary_set_is_read() {
    // JIS X 0212 row 16 cell 1.
    assert_eq!(decoded(b"\x1b$(D\x30\x21\x1b(B"), ("丂".to_owned(), vec![]));
}

#[test]
fn a_character_outside_the_tables_becomes_a_replacement_and_is_reported() {
    assert_eq!(
        decoded(b"\x1b$B\x29\x21\x30\x21\x1b(B"),
        ("\u{fffd}亜".to_owned(), vec![Tolerance::Replaced])
    );
}

#[test]
fn half_a_character_takes_nothing_else_with_it() {
    assert_eq!(
        decoded(b"\x1b$B\x30\x21\x30\x1b(B|x"),
        ("亜\u{fffd}|x".to_owned(), vec![Tolerance::Replaced])
    );
    assert_eq!(decoded(b"\x1b$B\x30\x21\x30\rPID").0, "亜\u{fffd}\rPID");
}

#[test]
fn a_line_end_returns_to_ascii() {
    assert_eq!(
        decoded(b"\x1b$B\x30\x21\rPID|1"),
        (
            "亜\rPID|1".to_owned(),
            vec![Tolerance::MissingReturnToAscii]
        )
    );
}

#[test]
fn foreign_bytes_and_escape_sequences_are_refused() {
    assert_eq!(JIS.decode(b"a\x8e"), Err(Undecodable { offset: 1 }));
    assert_eq!(
        JIS.decode(b"\x1b$B\x30\xa1"),
        Ok(JIS.decode(b"\x1b$B\x30").unwrap()).and(Err(Undecodable { offset: 4 }))
    );
    assert_eq!(JIS.decode(b"ab\x1b%G"), Err(Undecodable { offset: 2 }));
    assert_eq!(JIS.decode(b"ab\x1b"), Err(Undecodable { offset: 2 }));
    assert_eq!(
        Charset::Utf8.decode(b"ab\xff"),
        Err(Undecodable { offset: 2 })
    );
}

fn japanese() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        Just('|'),
        Just('^'),
        proptest::char::range(' ', '~'),
        proptest::char::range('ぁ', 'ん'),
        proptest::char::range('ァ', 'ヶ'),
        proptest::char::range('Α', 'ω'),
        proptest::char::range('\u{4e00}', '\u{9fa0}'),
    ];
    proptest::collection::vec(
        character.prop_filter("in JIS X 0208", |c| c.is_ascii() || pair(*c).is_some()),
        0..60,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #[test]
    fn decode_of_encode_is_the_text(text in japanese()) {
        let bytes = JIS.encode(&text).unwrap();
        prop_assert!(bytes.is_ascii());
        prop_assert_eq!(decoded(&bytes), (text, vec![]));
    }

    #[test]
    fn substituted_text_is_always_writable(text in any::<String>()) {
        let text = substitute(&text);
        prop_assert!(JIS.encode(&text).is_ok());
    }

    #[test]
    fn every_other_set_round_trips(text in any::<String>(), latin in r"[ -~\u{a0}-\u{ff}]{0,40}") {
        prop_assert_eq!(Charset::Utf8.decode(&Charset::Utf8.encode(&text).unwrap()).unwrap().text, text);
        prop_assert_eq!(Charset::Latin1.decode(&Charset::Latin1.encode(&latin).unwrap()).unwrap().text, latin);
    }
}
