//! The strict policy: equal or not.

use super::compare::{Birth, Pattern, Phone, Same};
use super::features::{Features, KANJI_JOINED, ROMAN, SOUNDS_JOINED};
use super::policy::{Decision, MatchPolicy, Term, Verdict};
use crate::PatientRecord;

/// Same full birth date, same sex, same name: in ideographs, in kana or in the alphabet, and in none of these a different
/// name. Twins differ in the given name, or in birth order (PID-25), and are never linked. No further identifier is asked
/// for. Where only the birth date differs and a phone number agrees, it asks for a review.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deterministic;

impl MatchPolicy for Deterministic {
    fn judge(&self, one: &Features, other: &Features) -> Verdict {
        let decision = decide(one, other, &Pattern::of(one, other));
        let score = if decision == Decision::Link { 1.0 } else { 0.0 };
        Verdict { decision, score }
    }

    fn explain(&self, one: &PatientRecord, other: &PatientRecord) -> Vec<Term> {
        let verdict = self.judge(&Features::of(one), &Features::of(other));
        let outcome = match verdict.decision {
            Decision::Link => "birth date, sex and names are the same",
            Decision::Review => "names and phone are the same, the birth date is not",
            Decision::Conflict => "same birth date and sex, other name or birth order",
            Decision::Nothing => "too little is the same",
        };
        vec![Term {
            what: "rule",
            outcome,
            weight: verdict.score,
        }]
    }
}

fn decide(one: &Features, other: &Features, pattern: &Pattern) -> Decision {
    let Some(named) = same_names(one, other).filter(|_| pattern.sex == Same::Equal) else {
        return Decision::Nothing;
    };
    match pattern.birth {
        Birth::Equal if !named || pattern.order == Same::Differs => Decision::Conflict,
        Birth::Equal => Decision::Link,
        Birth::Missing | Birth::Partial => Decision::Nothing,
        _ if named && pattern.phone == Phone::Equal => Decision::Review,
        _ => Decision::Nothing,
    }
}

/// Whether names agree in every script that both are known in; `None`: there is none.
fn same_names(one: &Features, other: &Features) -> Option<bool> {
    let whole = |features: &Features| {
        let read = features.flags & (ROMAN | SOUNDS_JOINED) != 0;
        let spoken = !read && features.family[0] != 0 && features.given[0] != 0;
        let written =
            features.flags & KANJI_JOINED == 0 && features.kanji[0] != 0 && features.kanji[2] != 0;
        [spoken, written, features.roman != 0]
    };
    let same = [
        (one.family, one.given) == (other.family, other.given),
        one.kanji == other.kanji,
        one.roman == other.roman,
    ];
    let known = whole(one)
        .into_iter()
        .zip(whole(other))
        .map(|(a, b)| a && b);
    let mut compared = known.zip(same).filter(|(known, _)| *known).peekable();
    compared.peek()?;
    Some(compared.all(|(_, same)| same))
}

#[cfg(test)]
mod tests {
    use hl7v2::datatype::Xpn;

    use super::*;

    fn record(names: &[(&str, &str, &str)]) -> PatientRecord {
        let name = |(family, given, representation): &(&str, &str, &str)| Xpn {
            name_type_code: "L".into(),
            representation: (*representation).into(),
            ..Xpn::new(*family, *given)
        };
        PatientRecord {
            names: names.iter().map(name).collect(),
            birth_date: "19580312".into(),
            sex: "F".into(),
            ..PatientRecord::default()
        }
    }

    fn decision(one: &PatientRecord, other: &PatientRecord) -> Decision {
        let (one, other) = (Features::of(one), Features::of(other));
        Deterministic.judge(&one, &other).decision
    }

    #[test]
    fn the_same_kanji_name_with_an_old_form_and_spaces_is_one_person() {
        let one = record(&[("髙橋", "花子", "I"), ("タカハシ", "ハナコ", "P")]);
        let other = record(&[("高橋", " 花子", "I")]);
        assert_eq!(decision(&one, &other), Decision::Link);
    }

    #[test]
    fn half_width_kana_hiragana_and_katakana_are_one_name() {
        let one = record(&[("ﾔﾏﾀﾞ", "ﾊﾅｺ", "P")]);
        for other in [
            record(&[("ヤマダ", "ハナコ", "P")]),
            record(&[("やまだ", "はなこ", "P")]),
        ] {
            assert_eq!(decision(&one, &other), Decision::Link);
        }
    }

    #[test]
    fn the_same_kanji_read_differently_are_two_persons() {
        let one = record(&[("東", "洋子", "I"), ("アズマ", "ヨウコ", "P")]);
        let other = record(&[("東", "洋子", "I"), ("ヒガシ", "ヨウコ", "P")]);
        assert_eq!(decision(&one, &other), Decision::Conflict);
    }

    #[test]
    fn twins_are_never_linked() {
        let one = record(&[("山田", "花子", "I")]);
        assert_eq!(
            decision(&one, &record(&[("山田", "月子", "I")])),
            Decision::Conflict
        );
        let mut first = one.clone();
        let mut second = one;
        first.birth_order = "1".into();
        second.birth_order = "2".into();
        assert_eq!(decision(&first, &second), Decision::Conflict);
    }

    #[test]
    fn another_birth_date_or_sex_is_another_person() {
        let one = record(&[("YAMADA", "HANAKO", "A")]);
        let mut other = one.clone();
        assert_eq!(decision(&one, &other), Decision::Link);
        other.birth_date = "19580313".into();
        assert_eq!(decision(&one, &other), Decision::Nothing);
        other = PatientRecord {
            sex: "M".into(),
            ..one.clone()
        };
        assert_eq!(decision(&one, &other), Decision::Nothing);
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
            assert_eq!(decision(&one, &other), Decision::Nothing);
        }
    }
}
