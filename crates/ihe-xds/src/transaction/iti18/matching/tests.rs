use super::*;
use crate::metadata::Status;
use crate::metadata::tests::sample;

fn entry() -> DocumentEntry {
    sample().documents.swap_remove(0)
}

fn query() -> FindDocuments {
    FindDocuments {
        statuses: vec![Status::Approved],
        object_types: vec![ObjectType::Stable],
        ..FindDocuments::default()
    }
}

fn range(from: &str, to: &str) -> TimeRange {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    TimeRange {
        from: some(from),
        to: some(to),
    }
}

#[test]
fn like_knows_percent_and_underscore() {
    for (pattern, text, expected) in [
        ("%", "", true),
        ("", "", true),
        ("", "a", false),
        ("a%", "abc", true),
        ("%c", "abc", true),
        ("a_c", "abc", true),
        ("a_c", "abbc", false),
        ("%b%", "abc", true),
        ("%山%", "^山田", true),
        ("a%b%c", "aXbYbZc", true),
        ("a%b%c", "aXbYbZ", false),
        ("_", "あ", true),
        ("Smith", "smith", false),
    ] {
        assert_eq!(like(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_hostile_pattern_is_answered_in_time() {
    let (pattern, text) = ("%a".repeat(100) + "b", "a".repeat(20_000));
    let start = std::time::Instant::now();
    assert!(!like(&pattern, &text));
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn xds_t_041_every_parameter_must_be_met() {
    let mut wanted = query();
    assert!(wanted.matches(&entry()));
    wanted.class_codes = vec![Code::new("class", "1.2.3.4.9", "")];
    assert!(wanted.matches(&entry()));
    wanted.format_codes = vec![Code::new("other", "1.2.3.4.9", "")];
    assert!(!wanted.matches(&entry()));
}

#[test]
fn xds_t_042_a_code_of_another_scheme_is_another_code() {
    let mut wanted = query();
    wanted.class_codes = vec![Code::new("class", "9.9", "")];
    assert!(!wanted.matches(&entry()));
}

#[test]
fn lists_of_one_slot_are_alternatives_and_slots_are_all_met() {
    let code = |code: &str| Code::new(code, "s", "");
    let mut found = entry();
    found.event_codes = vec![code("a"), code("b")];
    let mut wanted = query();
    wanted.event_codes = vec![vec![code("a"), code("x")], vec![code("b")]];
    assert!(wanted.matches(&found));
    wanted.event_codes.push(vec![code("x")]);
    assert!(!wanted.matches(&found));
}

#[test]
fn times_are_half_open_and_absent_ones_are_not_compared() {
    let mut wanted = query();
    for (times, expected) in [
        (range("20200102", ""), true),
        (range("20200103", ""), false),
        (range("", "20200102"), false),
        (range("", "20200103"), true),
        (range("2020", "2021"), true),
        (range("20200102000001", ""), false),
    ] {
        wanted.creation_time = times;
        assert_eq!(
            wanted.matches(&entry()),
            expected,
            "{:?}",
            wanted.creation_time
        );
    }
    let mut found = entry();
    found.service_start_time = None;
    wanted = query();
    wanted.service_start_time = range("2099", "");
    assert!(wanted.matches(&found));
}

#[test]
fn xds_t_036_and_statuses_are_compared() {
    let mut found = entry();
    found.object_type = ObjectType::OnDemand;
    assert!(!query().matches(&found));
    found.object_type = ObjectType::Stable;
    found.status = Status::Deprecated;
    assert!(!query().matches(&found));
}
