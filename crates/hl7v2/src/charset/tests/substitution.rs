use super::JIS;
use crate::charset::{Charset, Policy, Unencodable, widen_katakana};

#[test]
fn the_substitution_rules_make_everything_writable() {
    let changed = |text| {
        JIS.substitute(text, &Policy::NHO)
            .unwrap()
            .text
            .into_owned()
    };
    assert_eq!(changed("ﾀﾞｳﾞﾊﾟｱﾞ｡ﾟｯﾞ"), "ダヴパア゛。゜ッ゛");
    assert_eq!(
        changed("①⑳Ⅲⅳ㍉㎎㈱№℡髙😀é∑㎡"),
        "(1)(20)IIIivミリmg(株)No.Tel■■■Σm*2"
    );
    assert_eq!(JIS.encode_lossy("髙田"), b"\x1b$B\x22\x23\x45\x44\x1b(B");
    assert_eq!(Charset::Ascii.encode_lossy("a山b"), b"a?b");
    assert_eq!(Charset::Latin1.encode_lossy("é山"), b"\xe9?");
}

#[test]
fn every_substitution_is_reported_with_its_place_and_without_its_text() {
    let policy = Policy {
        kanji_variants: true,
        ..Policy::SPELL
    };
    let changed = JIS.substitute("髙ﾀﾞ|﨑\u{FA19}", &policy).unwrap();
    assert_eq!(changed.text, "高ダ|崎神");
    let list: Vec<_> = changed
        .substitutions
        .iter()
        .map(|one| (one.at, one.length, one.from, one.to().into_owned()))
        .collect();
    assert_eq!(
        list,
        [
            (0, 3, '髙', "高".to_owned()),
            (3, 6, 'ﾀ', "ダ".to_owned()),
            (10, 3, '﨑', "崎".to_owned()),
            (13, 3, '\u{FA19}', "神".to_owned()),
        ]
    );
    assert!(!format!("{changed:?}").contains(['髙', 'ﾀ', '高', 'ダ']));
}

#[test]
fn what_a_policy_does_not_cover_is_an_error_at_its_place() {
    let refused = Err(Unencodable {
        offset: 3,
        charset: JIS,
    });
    assert_eq!(JIS.encode_with("(1)髙", &Policy::SPELL), refused);
    assert_eq!(JIS.encode_with("(1)①", &Policy::REFUSE), refused);
    assert!(
        JIS.encode_with("〜～−－¥‾", &Policy::REFUSE)
            .unwrap()
            .substitutions
            .is_empty()
    );
}

#[test]
fn half_width_katakana_is_widened_on_request() {
    assert_eq!(widen_katakana("ﾔﾏﾀﾞx").0, "ヤマダx");
    assert!(matches!(
        widen_katakana("ヤマダ"),
        (std::borrow::Cow::Borrowed(_), 0)
    ));
}
