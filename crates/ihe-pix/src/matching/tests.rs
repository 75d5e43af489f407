//! The policies as a whole: `tests/pairs.tsv` is the truth of the default one.

use hl7v2::datatype::Xpn;
use proptest::prelude::*;

use super::*;
use crate::PatientRecord;

/// The record of a cell of `pairs.tsv`.
fn record(cell: &str) -> PatientRecord {
    let field = |number: usize| cell.split('|').nth(number).unwrap_or_default();
    let name = |number: usize, script: &str| {
        let (family, given) = field(number).split_once('^').unwrap_or_default();
        let name = Xpn {
            representation: script.into(),
            ..Xpn::new(family, given)
        };
        (!field(number).is_empty()).then_some(name)
    };
    PatientRecord {
        names: [name(0, "I"), name(1, "P"), name(2, "A")]
            .into_iter()
            .flatten()
            .collect(),
        birth_date: field(3).into(),
        sex: field(4).into(),
        phone_home: field(5).into(),
        address: match (field(6), field(7)) {
            ("", "") => String::new(),
            (line, post) => format!("{line}^^^^{post}^JPN^H"),
        },
        ssn: field(8).into(),
        birth_order: field(9).into(),
        ..PatientRecord::default()
    }
}

fn pairs() -> Vec<(&'static str, &'static str, PatientRecord, PatientRecord)> {
    let rows = table::rows(include_str!("tests/pairs.tsv"));
    rows.map(|row| (row[0], row[1], record(row[2]), record(row[3])))
        .collect()
}

fn judge(one: &PatientRecord, other: &PatientRecord) -> Verdict {
    Probabilistic::default().judge(&Features::of(one), &Features::of(other))
}

#[test]
fn every_pair_is_decided_as_it_must_be() {
    assert!(pairs().len() > 80);
    let mut wrong = Vec::new();
    for (expected, why, one, other) in pairs() {
        let Verdict { decision, score } = judge(&one, &other);
        let met = match expected {
            "link" => decision == Decision::Link,
            "review" => decision == Decision::Review,
            "nothing" => decision == Decision::Nothing,
            "conflict" => decision == Decision::Conflict,
            "apart" => decision != Decision::Link,
            other => panic!("{other}"),
        };
        if !met {
            let terms = Probabilistic::default().explain(&one, &other);
            wrong.push(format!(
                "{expected}, {why}: {decision:?} {score}\n  {terms:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_order_of_two_records_does_not_count() {
    for (_, why, one, other) in pairs() {
        assert_eq!(judge(&one, &other), judge(&other, &one), "{why}");
        let (one, other) = (Features::of(&one), Features::of(&other));
        assert_eq!(
            Deterministic.judge(&one, &other),
            Deterministic.judge(&other, &one),
            "{why}"
        );
    }
}

#[test]
fn the_terms_add_up_to_the_score() {
    for (_, why, one, other) in pairs() {
        let terms = Probabilistic::default().explain(&one, &other);
        let sum: f32 = terms.iter().map(|term| term.weight).sum();
        assert!((sum - judge(&one, &other).score).abs() < 1e-3, "{why}");
        assert!(
            terms.last().is_some_and(|term| term.what == "rule"),
            "{why}"
        );
    }
}

#[test]
fn whoever_is_linked_shares_a_block() {
    use crate::index::Blocked;
    for (_, why, one, other) in pairs()
        .into_iter()
        .filter(|(expected, ..)| *expected == "link")
    {
        let (one, other) = (Features::of(&one), Features::of(&other));
        let shared = (0..Features::MATCHING)
            .any(|kind| one.block(kind).is_some() && one.block(kind) == other.block(kind));
        assert!(shared, "{why}");
    }
}

#[test]
fn weights_and_thresholds_are_configuration() {
    let (_, _, one, other) = pairs().remove(0);
    let (one, other) = (Features::of(&one), Features::of(&other));
    let strict = Probabilistic::new(Weights::default().with_thresholds(90.0, 80.0));
    assert_eq!(strict.judge(&one, &other).decision, Decision::Nothing);
    let asking = Probabilistic::new(Weights::default().with_thresholds(90.0, 0.0));
    assert_eq!(asking.judge(&one, &other).decision, Decision::Review);
}

#[test]
fn features_are_small_and_say_nothing() {
    assert_eq!(size_of::<Features>(), 48);
    let shown = format!("{:?}", Features::of(&pairs().remove(0).2));
    assert_eq!(shown, "Features");
}

#[test]
fn long_texts_take_no_longer() {
    let long = "ヤマダ髙一丁目".repeat(20_000);
    let record = PatientRecord {
        names: vec![Xpn::new(long.clone(), long.clone()); 200],
        birth_date: "9".repeat(100_000),
        address: long.clone(),
        phone_home: "0".repeat(100_000),
        ssn: long,
        ..PatientRecord::default()
    };
    let start = std::time::Instant::now();
    let _ = Features::of(&record);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

/// Text of the letters that names, dates, addresses and numbers are made of.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[ァ-ヾー]{0,9}",
        "[A-Z '-]{0,9}",
        "[0-9^~&-]{0,12}",
        "[山田花子髙々一二十ヤマ　 ]{0,5}"
    ]
}

fn any_record() -> impl Strategy<Value = PatientRecord> {
    let names = proptest::collection::vec((text(), text(), "[IPA]?"), 0..4);
    (names, text(), "[MFU]?", text(), text(), text(), "[0-3]?").prop_map(
        |(names, birth_date, sex, address, phone_home, ssn, birth_order)| PatientRecord {
            names: names
                .into_iter()
                .map(|(family, given, representation)| Xpn {
                    representation,
                    ..Xpn::new(family, given)
                })
                .collect(),
            birth_date,
            sex,
            address,
            phone_home,
            ssn,
            birth_order,
            ..PatientRecord::default()
        },
    )
}

proptest! {
    #[test]
    fn any_two_records_are_judged_and_in_any_order_alike(one in any_record(), other in any_record()) {
        prop_assert_eq!(judge(&one, &other), judge(&other, &one));
        prop_assert!(judge(&one, &other).score.is_finite());
        prop_assert_ne!(judge(&one, &one).decision, Decision::Conflict);
    }

    #[test]
    fn features_survive_bytes(one in any_record()) {
        let features = Features::of(&one);
        let bytes = features.to_bytes();
        prop_assert_eq!(bytes.len(), 48);
        prop_assert!(Features::from_bytes(&bytes) == Some(features));
        prop_assert!(Features::from_bytes(&bytes[1..]).is_none());
    }
}

#[path = "tests/population.rs"]
mod population;

mod linkage {
    use std::sync::Arc;

    use super::population::{Dice, people};
    use super::*;

    #[test]
    fn families_with_twins_and_slips_are_linked_and_nobody_else() {
        let records = people(&mut Dice(7), 1000);
        let found = report(Arc::new(Probabilistic::default()), records).unwrap();
        assert!(found.precision() > 0.999, "{found}");
        assert!(found.recall() > 0.9, "{found}");
    }

    #[test]
    fn estimated_weights_converge_are_the_same_every_time_and_link_no_worse() {
        let people = || people(&mut Dice(9), 1000);
        let sample = || people().into_iter().map(|one| one.record);
        let found = estimate(sample(), &Weights::default());
        assert!(found.matches > 500.0 && found.rounds < 500, "{found:?}");
        assert_eq!(found, estimate(sample(), &Weights::default()));
        let policy = Arc::new(Probabilistic::new(found.weights));
        let (learnt, shipped) = (
            report(policy, people()).unwrap(),
            report(Arc::new(Probabilistic::default()), people()).unwrap(),
        );
        assert!(
            learnt.precision() >= shipped.precision() - 0.001,
            "{learnt}{shipped}"
        );
        assert!(
            learnt.recall() >= shipped.recall() - 0.01,
            "{learnt}{shipped}"
        );
    }

    #[test]
    fn nothing_to_learn_from_leaves_the_weights() {
        let found = estimate([], &Weights::default());
        assert_eq!(found.weights, Weights::default());
        let one = record("山田^花子|ヤマダ^ハナコ||19580312|F");
        assert_eq!(
            estimate([one], &Weights::default()).weights,
            Weights::default()
        );
    }
}
