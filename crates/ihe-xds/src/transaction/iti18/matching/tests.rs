use super::*;
use crate::metadata::tests::sample;
use crate::metadata::{AssociationType, Status};

fn entry() -> DocumentEntry {
    sample().documents.swap_remove(0)
}

fn query() -> FindDocuments {
    FindDocuments {
        statuses: vec![Status::Approved],
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

fn code(code: &str) -> Code {
    Code::new(code, "s", "")
}

#[test]
fn like_knows_percent_and_underscore_and_no_escape() {
    for (pattern, text, expected) in [
        ("%", "", true),
        ("", "", true),
        ("", "a", false),
        ("a", "", false),
        ("a%", "abc", true),
        ("%c", "abc", true),
        ("a_c", "abc", true),
        ("a_c", "abbc", false),
        ("_%_", "a", false),
        ("_%_", "ab", true),
        ("%b%", "abc", true),
        ("%山%", "^山田", true),
        ("a%b%c", "aXbYbZc", true),
        ("a%b%c", "aXbYbZ", false),
        ("%ab", "aab", true),
        ("_", "あ", true),
        ("Smith", "smith", false),
        ("a\\%", "a\\b", true),
        ("[a-z]", "b", false),
    ] {
        assert_eq!(like(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_hostile_pattern_is_answered_in_time() {
    let (pattern, text) = ("%_a".repeat(85) + "b", "a".repeat(200_000));
    let start = std::time::Instant::now();
    assert!(!like(&pattern, &text));
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn xds_t_046_characters_are_compared_composed_and_with_their_case() {
    let (composed, decomposed) = ("が", "\u{304b}\u{3099}");
    assert!(same(composed, decomposed) && same("a", "a") && !same("a", "A"));
    assert!(!same(composed, "か"));
    assert!(like("_", decomposed) && like(&format!("%{decomposed}%"), "^ながい"));
    let mut found = entry();
    found.event_codes = vec![code(composed)];
    let mut wanted = query();
    wanted.event_codes = vec![vec![code(decomposed)]];
    assert!(wanted.matches(&found));
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
fn xds_t_041_lists_of_one_slot_are_alternatives_and_slots_are_all_met() {
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
        (range("20200102000000", ""), true),
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
    found.service_stop_time = None;
    wanted = query();
    wanted.service_start_time = range("2099", "");
    wanted.service_stop_time = range("", "1999");
    assert!(wanted.matches(&found));
}

#[test]
fn a_time_of_low_precision_stands_for_its_first_second() {
    let year = Some("2004");
    assert!(range("20040101", "").holds(year) && range("200401", "2005").holds(year));
    assert!(!range("20040102", "").holds(year) && !range("", "20040101").holds(year));
}

#[test]
fn xds_t_036_stable_is_the_default_and_creation_times_of_on_demand_entries_are_ignored() {
    let mut found = entry();
    found.object_type = ObjectType::OnDemand;
    assert!(!query().matches(&found) && !Contents::default().matches(&found));
    let mut wanted = query();
    wanted.object_types = vec![ObjectType::OnDemand];
    wanted.creation_time = range("2099", "");
    assert!(wanted.matches(&found) && !wanted.matches(&entry()));
}

#[test]
fn statuses_are_compared() {
    let mut found = entry();
    found.status = Status::Deprecated;
    assert!(!query().matches(&found));
}

#[test]
fn authors_are_found_by_any_pattern() {
    let mut wanted = query();
    wanted.author_persons = vec!["nobody".into(), "%Yamada%".into()];
    assert!(wanted.matches(&entry()));
    wanted.author_persons.pop();
    assert!(!wanted.matches(&entry()));
}

#[test]
fn reference_ids_are_and_of_or_patterns() {
    let mut found = entry();
    found.reference_ids = vec!["1^^^^urn:order".into(), "2^^^^urn:accession".into()];
    let mut wanted = FindDocumentsByReferenceId::new(query(), "1^^^^urn:order");
    assert!(wanted.matches(&found));
    wanted.reference_ids.push(vec!["9".into(), "2^%".into()]);
    assert!(wanted.matches(&found));
    wanted.reference_ids.push(vec!["9".into()]);
    assert!(!wanted.matches(&found));
}

#[test]
fn what_a_twin_would_find_is_excluded() {
    type Twin = fn(&mut Exclusions);
    let class = |other: &str| vec![Code::new(other, "1.2.3.4.9", "")];
    let mut found = entry();
    found.event_codes = vec![code("a"), code("b")];
    found.reference_ids = vec!["1^^^^urn:order".into()];
    assert!(FindDocumentsExclude::new(query(), Exclusions::default()).matches(&found));
    let twins: [Twin; 10] = [
        |one| one.object_types = vec![ObjectType::Stable],
        |one| one.class_codes = vec![Code::new("class", "1.2.3.4.9", "")],
        |one| one.type_codes = vec![Code::new("type", "1.2.3.4.9", "")],
        |one| one.practice_setting_codes = vec![Code::new("practice", "1.2.3.4.9", "")],
        |one| one.healthcare_facility_type_codes = vec![Code::new("facility", "1.2.3.4.9", "")],
        |one| one.format_codes = vec![Code::new("format", "1.2.3.4.9", "")],
        |one| one.event_codes = vec![vec![code("a")], vec![code("b")]],
        |one| one.confidentiality_codes = vec![vec![Code::new("N", "1.2.3.4.9", "")]],
        |one| one.author_persons = vec!["%Yamada%".into()],
        |one| one.reference_ids = vec![vec!["1^%".into()]],
    ];
    for (at, twin) in twins.iter().enumerate() {
        let mut exclude = Exclusions::default();
        twin(&mut exclude);
        let wanted = FindDocumentsExclude::new(query(), exclude);
        assert!(!wanted.matches(&found), "twin {at}");
    }
    let spared: [Twin; 3] = [
        |one| one.event_codes = vec![vec![code("a")], vec![code("x")]],
        |one| one.author_persons = vec!["nobody".into()],
        |one| one.object_types = vec![ObjectType::OnDemand],
    ];
    for (at, twin) in spared.iter().enumerate() {
        let mut exclude = Exclusions {
            class_codes: class("other"),
            ..Exclusions::default()
        };
        twin(&mut exclude);
        let wanted = FindDocumentsExclude::new(query(), exclude);
        assert!(wanted.matches(&found), "spared {at}");
    }
}

#[test]
fn sets_and_folders_are_compared_too() {
    let submission = sample();
    let sets = FindSubmissionSets {
        statuses: vec![Status::Approved],
        source_ids: vec!["9".into(), submission.submission_set.source_id.clone()],
        content_types: vec![Code::new("content", "1.2.3.4.9", "")],
        ..FindSubmissionSets::default()
    };
    assert!(sets.matches(&submission.submission_set));
    let named = FindSubmissionSets {
        author_person: Some("%".into()),
        ..sets.clone()
    };
    assert!(
        !named.matches(&submission.submission_set),
        "an institution is no person"
    );
    let mut folder = submission.folders[0].clone();
    folder.last_update_time = Some("20260101000000".into());
    let folders = FindFolders {
        statuses: vec![Status::Approved],
        codes: vec![vec![Code::new("folder", "1.2.3.4.9", "")]],
        last_update_time: range("2026", "20260101000001"),
        ..FindFolders::default()
    };
    assert!(folders.matches(&folder));
    folder.last_update_time = Some("20260101000001".into());
    assert!(!folders.matches(&folder));
}

#[test]
fn related_documents_are_of_the_types_asked_for() {
    let kinds = [AssociationType::IsSnapshotOf];
    let mut wanted = GetRelatedDocuments::new(super::super::Id::UniqueId("1".into()), kinds);
    let found = entry();
    assert!(wanted.matches(&found));
    wanted.object_types = vec![ObjectType::OnDemand];
    assert!(!wanted.matches(&found));
}
