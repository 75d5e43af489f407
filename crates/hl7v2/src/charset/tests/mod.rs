mod names;
mod substitution;

use super::{Charset, Policy, Undecodable, Unencodable};
use crate::Tolerance;
use proptest::prelude::*;

const JIS: Charset = Charset::Iso2022Jp;

fn decoded(bytes: &[u8]) -> (String, Vec<Tolerance>) {
    let decoded = JIS.decode(bytes).unwrap();
    (decoded.text, decoded.tolerated)
}

#[test]
fn alternates_are_called_by_escape_sequences_and_end_with_the_line() {
    let mixed = Charset::from_msh18("8859/1~8859/5~ISO IR87").unwrap();
    let decoded = mixed
        .decode(b"\xe9\x1b-L\xb0|\xb1\r\xe9\x1b$B;3\x1b(B\xe9")
        .unwrap();
    assert_eq!(
        (decoded.text.as_str(), decoded.tolerated),
        ("éА|Б\ré山é", vec![])
    );
    let text = "naïve Жук 山田\rÿЯ|";
    assert_eq!(
        mixed.decode(&mixed.encode(text).unwrap()).unwrap().text,
        text
    );
    assert_eq!(
        mixed.decode(b"\xe9\x1b-F\xe1"),
        Err(Undecodable { offset: 1 }),
        "Greek is not named"
    );
}

#[test]
fn alternates_called_the_hl7_way_stay_in_the_text_as_escape_sequences() {
    let mixed = Charset::from_msh18("8859/1~8859/5").unwrap();
    let text = mixed
        .decode(b"\xe9\\C2D4C\\\xb0\\C2D41\\\xe9")
        .unwrap()
        .text;
    assert_eq!(text, r"é\C2D4C\А\C2D41\é");
    assert_eq!(
        mixed.encode(&text).unwrap(),
        b"\xe9\\C2D4C\\\xb0\\C2D41\\\xe9"
    );
    assert_eq!(
        crate::escape::unescape(&text, &crate::Separators::DEFAULT),
        "éАé"
    );
    // 39 7C is no field separator here.
    let text = JIS.decode(b"\\M2442\\\x39\x7c\\C2842\\|").unwrap().text;
    assert_eq!(text, r"\M2442\骨\C2842\|");
    assert_eq!(
        crate::escape::unescape(&text, &crate::Separators::DEFAULT),
        "骨|"
    );
}

#[test]
fn a_single_eight_bit_alternate_needs_no_escape_sequence() {
    for (field, bytes, text) in [
        ("ASCII~8859/7", &b"\xe1"[..], "α"),
        ("~KS X 1001", b"\xb0\xa1", "가"),
        ("~ISO IR14", b"\xb1", "ｱ"),
        ("ISO IR14~ISO IR87", b"\xb1\x1b$B;3\x1b(B", "ｱ山"),
    ] {
        let charset = Charset::from_msh18(field).unwrap();
        assert_eq!(charset.decode(bytes).unwrap().text, text, "{field}");
        assert_eq!(charset.encode(text).unwrap(), bytes, "{field}");
    }
    let korean = Charset::from_msh18("~KS X 1001").unwrap();
    assert_eq!(
        korean
            .decode(b"\x1b$)C\xb0\xa1\r\x1b$(C\x30\x21\x1b(B")
            .unwrap()
            .text,
        "가\r가"
    );
}

#[test]
fn a_mixture_is_named_by_its_default() {
    let Charset::Mixture(mixture) = Charset::from_msh18("8859/2~8859/5").unwrap() else {
        panic!("a mixture");
    };
    assert_eq!(Charset::Mixture(mixture).name(), "8859/2");
}

#[test]
fn one_character_of_every_set() {
    for (charset, bytes, text) in [
        (Charset::Latin1, &b"\xe9"[..], "é"),
        (Charset::Latin2, b"\xb1", "ą"),
        (Charset::Latin3, b"\xe6", "ĉ"),
        (Charset::Latin4, b"\xe0", "ā"),
        (Charset::Cyrillic, b"\xb6", "Ж"),
        (Charset::Arabic, b"\xc7", "ا"),
        (Charset::Greek, b"\xe1", "α"),
        (Charset::Hebrew, b"\xe0", "א"),
        (Charset::Latin5, b"\xfd\xd0\x80", "ıĞ\u{80}"),
        (Charset::Latin9, b"\xa4", "€"),
        (Charset::Windows1250, b"\x9c", "ś"),
        (Charset::Windows1251, b"\xc6", "Ж"),
        (Charset::Windows1252, b"\x80", "€"),
        (Charset::JisX0201, b"\\\xb1", "\\ｱ"),
        (Charset::ShiftJis, b"\x87\x40\x8e\x52", "①山"),
        (Charset::EucJp, b"\xbb\xb3", "山"),
        (Charset::Gb18030, b"\xc9\xbd\x81\x39\xef\x30", "山㐁"),
        (Charset::KsX1001, b"\xb0\xa1", "가"),
        (Charset::Big5, b"\xa4\x73", "山"),
        (Charset::Utf16, b"\xfe\xff\x5c\x71\xd8\x42\xdf\xb7", "山𠮷"),
        (Charset::Utf32, b"\0\0\xfe\xff\0\x02\x0b\xb7", "𠮷"),
    ] {
        assert_eq!(charset.decode(bytes).unwrap().text, text, "{charset}");
        assert_eq!(charset.encode(text).unwrap(), bytes, "{charset}");
    }
}

#[test]
fn a_byte_order_mark_is_taken_off_and_says_the_set() {
    let decoded = Charset::Utf8.decode("\u{FEFF}MSH".as_bytes()).unwrap();
    assert_eq!(
        (decoded.text.as_str(), decoded.tolerated),
        ("MSH", vec![Tolerance::ByteOrderMark])
    );
    assert_eq!(
        Charset::by_byte_order_mark(b"\xef\xbb\xbfM"),
        Some(Charset::Utf8)
    );
    assert_eq!(
        Charset::by_byte_order_mark(b"\xff\xfe\0\0M\0\0\0"),
        Some(Charset::Utf32)
    );
    assert_eq!(Charset::by_byte_order_mark(b"MSH"), None);
    for bytes in [&b"M\0S\0H\0"[..], b"\0M\0S\0H", b"\xff\xfeM\0S\0H\0"] {
        assert_eq!(Charset::Utf16.decode(bytes).unwrap().text, "MSH");
    }
    assert_eq!(Charset::Utf32.decode(b"M\0\0\0").unwrap().text, "M");
}

#[test]
fn the_error_says_where_the_byte_is() {
    for (charset, bytes, offset) in [
        (Charset::Ascii, &b"ab\xff"[..], 2),
        (Charset::Greek, b"a\xd2", 1),
        (Charset::JisX0201, b"ab\x81", 2),
        (Charset::ShiftJis, b"\x8e\x52ab\xff", 4),
        (Charset::ShiftJis, b"a\x8e", 1),
        (Charset::EucJp, b"\xbb\xb3\xbb|", 2),
        (Charset::Gb18030, b"\xc9\xbd\x81\x30\xff", 2),
        (Charset::Utf16, b"\xfe\xff\0M\xd8\0\0M", 4),
        (Charset::Utf16, b"\xfe\xff\0M\0", 4),
        (Charset::Utf32, b"\0\0\0M\0\x11\0\0", 4),
    ] {
        assert_eq!(
            charset.decode(bytes),
            Err(Undecodable { offset }),
            "{charset}"
        );
    }
}

#[test]
fn yen_and_overline_never_become_delimiters() {
    for charset in Charset::SINGLE {
        for text in ["¥", "‾", "￥", "￣", "〜", "₩"] {
            if let Ok(bytes) = charset.encode(text) {
                assert!(
                    !bytes.starts_with(b"\\") && !bytes.starts_with(b"~"),
                    "{charset} {text}"
                );
            }
        }
    }
}

#[test]
fn vendor_characters_are_read_and_reported_and_never_written() {
    assert_eq!(
        decoded(b"\x1b$B\x2d\x21\x7c\x62\x30\x21\x1b(B"),
        ("①髙亜".to_owned(), vec![Tolerance::VendorCharacter])
    );
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
        character.prop_filter("in JIS X 0208", |c| JIS.has(*c) && *c != '\\'),
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
        let encoded = JIS.encode_with(&text, &Policy::NHO).unwrap();
        let changed = JIS.substitute(&text, &Policy::NHO).unwrap();
        prop_assert_eq!(decoded(&encoded.bytes).0.chars().count(), changed.text.chars().count());
    }

    #[test]
    fn every_set_round_trips_what_it_has(text in any::<String>(), at in 0..Charset::SINGLE.len()) {
        let charset = Charset::SINGLE[at];
        let text: String = text.chars().filter(|c| *c != '\u{FEFF}' && charset.has(*c)).collect();
        let bytes = charset.encode(&text).unwrap();
        let again = charset.decode(&bytes).unwrap().text;
        prop_assert_eq!(charset.encode(&again).unwrap(), bytes);
        prop_assert_eq!(again.chars().count(), text.chars().count());
    }

    #[test]
    fn upper_halves_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..60), at in 0..Charset::SINGLE.len()) {
        let charset = Charset::SINGLE[at];
        if let Ok(read) = charset.decode(&bytes) {
            prop_assert!(read.text.len() <= 3 * bytes.len());
            if let Ok(written) = charset.encode(&read.text) {
                prop_assert_eq!(charset.decode(&written).unwrap().text, read.text);
            }
        }
    }

    #[test]
    fn mixtures_round_trip(text in "[ -~é-ÿА-яα-ω山田가-각ｱ-ﾝ\r]{0,40}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mixed = Charset::from_msh18("8859/1~8859/5~8859/7~ISO IR14~ISO IR87~KS X 1001").unwrap();
        prop_assert_eq!(&mixed.decode(&mixed.encode(&text).unwrap()).unwrap().text, &text);
        if let Ok(read) = mixed.decode(&bytes)
            && let Ok(written) = mixed.encode(&read.text)
        {
            prop_assert_eq!(mixed.decode(&written).unwrap().text, read.text);
        }
    }
}
