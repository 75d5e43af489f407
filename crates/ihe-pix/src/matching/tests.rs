use super::*;

fn record(names: &[(&str, &str, &str)]) -> PatientRecord {
    let name = |(family, given, representation): &(&str, &str, &str)| Xpn {
        family: (*family).into(),
        given: (*given).into(),
        name_type_code: "L".into(),
        representation: (*representation).into(),
        ..Xpn::default()
    };
    PatientRecord {
        names: names.iter().map(name).collect(),
        birth_date: "19580312".into(),
        sex: "F".into(),
        ..PatientRecord::default()
    }
}

fn matches(one: &PatientRecord, other: &PatientRecord) -> Decision {
    let policy = Deterministic;
    let keys = policy.keys(one);
    let shares_a_key = policy.keys(other).iter().any(|key| keys.contains(key));
    let decision = policy.decide(one, other);
    assert!(
        shares_a_key || decision != Decision::Same,
        "a match that is never looked at"
    );
    decision
}

#[test]
fn the_same_kanji_name_with_an_old_form_and_spaces_is_one_person() {
    let one = record(&[("髙橋", "花子", "I"), ("タカハシ", "ハナコ", "P")]);
    let other = record(&[("高橋", " 花子", "I")]);
    assert_eq!(matches(&one, &other), Decision::Same);
}

#[test]
fn half_width_kana_hiragana_and_katakana_are_one_name() {
    let one = record(&[("ﾔﾏﾀﾞ", "ﾊﾅｺ", "P")]);
    for other in [
        record(&[("ヤマダ", "ハナコ", "P")]),
        record(&[("やまだ", "はなこ", "P")]),
    ] {
        assert_eq!(matches(&one, &other), Decision::Same);
    }
}

#[test]
fn the_same_kanji_read_differently_are_two_persons() {
    let one = record(&[("東", "洋子", "I"), ("アズマ", "ヨウコ", "P")]);
    let other = record(&[("東", "洋子", "I"), ("ヒガシ", "ヨウコ", "P")]);
    assert_eq!(matches(&one, &other), Decision::Different);
}

#[test]
fn twins_are_never_linked() {
    let one = record(&[("山田", "花子", "I")]);
    assert_eq!(
        matches(&one, &record(&[("山田", "月子", "I")])),
        Decision::Different
    );
    let mut first = one.clone();
    let mut second = one;
    first.birth_order = "1".into();
    second.birth_order = "2".into();
    assert_eq!(matches(&first, &second), Decision::Different);
}

#[test]
fn another_birth_date_or_sex_is_another_person() {
    let one = record(&[("YAMADA", "HANAKO", "A")]);
    let mut other = one.clone();
    other.birth_date = "19580313".into();
    assert_eq!(matches(&one, &other), Decision::Different);
    other = PatientRecord {
        sex: "M".into(),
        ..one.clone()
    };
    assert_eq!(matches(&one, &other), Decision::Different);
}

#[test]
fn too_little_is_never_a_match() {
    let one = record(&[("YAMADA", "HANAKO", "")]);
    for other in [
        PatientRecord {
            birth_date: "1958".into(),
            ..one.clone()
        },
        PatientRecord {
            sex: "U".into(),
            ..one.clone()
        },
        record(&[("YAMADA", "", "")]),
        record(&[("山田", "花子", "I")]),
        record(&[]),
    ] {
        assert_eq!(matches(&one, &other), Decision::Unsure);
    }
}

#[test]
fn a_name_without_representation_is_judged_by_its_letters() {
    assert_eq!(normalise::script("山田", "花子"), Script::Ideographic);
    assert_eq!(normalise::script("ﾔﾏﾀﾞ", "はなこ"), Script::Phonetic);
    assert_eq!(
        normalise::script("ＹＡＭＡＤＡ", "Hanako"),
        Script::Alphabetic
    );
}

#[test]
fn full_width_latin_is_ascii_and_case_does_not_matter() {
    assert_eq!(normalise("Ｙａｍａｄａ　Ｈ．"), "YAMADAH");
    assert_eq!(normalise("ヴァイオレット"), normalise("ｳﾞｧｲｵﾚｯﾄ"));
}
