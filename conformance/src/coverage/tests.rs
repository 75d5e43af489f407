use super::rules::parse;
use super::source::masked;
use super::*;

fn scanned(path: &str, source: &str) -> Scan {
    Scan::of_sources(&[(path.to_owned(), masked(source))])
}

fn coverage(rules: &str, cases: &[(&str, &[&str])], scan: Scan) -> Coverage {
    let cases: Vec<(String, Vec<String>)> = cases
        .iter()
        .map(|(name, ids)| {
            (
                (*name).to_owned(),
                ids.iter().map(ToString::to_string).collect(),
            )
        })
        .collect();
    Coverage::new(parse(rules).expect("rules"), &cases, scan)
}

/// Rules of the given ids, each with further keys.
fn listed(entries: &[(&str, &str)]) -> String {
    let entry = |(id, more): &(&str, &str)| {
        format!(
            "[[rule]]\nid = \"{id}\"\nsection = \"S\"\nsays = \"It is so.\"\nmark = \"C\"\n{more}\n"
        )
    };
    entries.iter().map(entry).collect()
}

fn told(coverage: &Coverage) -> Vec<String> {
    coverage.faults.iter().map(ToString::to_string).collect()
}

const ONE: &str = "#[test]\nfn ct_r_001_the_clock_is_good() { assert!(true); }";

#[test]
fn a_test_that_asserts_is_evidence() {
    for body in [
        "assert_eq!(1, 1);",
        "let Some(x) = y else { panic!(\"no\") };",
        "read(b\"\").expect_err(\"nothing\");",
        "self::assert_refused(|| None);",
        "proptest::prop_assert!(true);",
    ] {
        let source = format!(
            "#[tokio::test(flavor = \"multi_thread\")]\nasync fn ct_r_001_good() {{ {body} }}"
        );
        let scan = scanned("crates/a/tests/b.rs", &source);
        assert_eq!(scan.tests.len(), 1, "{body}");
        assert_eq!(scan.tests[0].ids, ["CT-R-001"]);
        assert!(scan.faults.is_empty());
    }
}

#[test]
fn a_test_without_an_assertion_is_none() {
    for body in [
        "let x = read(b\"\").unwrap();",
        "// assert!(true);",
        "/* /* assert!(a) */ assert!(b); */",
        "let x = \"assert!(true)\";",
        "let x = r#\"a \" assert!(true)\"#;",
        "let x = ('\"', '\\'', \"}assert!(true)\");",
        "my_assert!(true); debug_assert!(true);",
        "let assert_good = 1;",
        "store.register(one).await;",
    ] {
        let source =
            format!("#[test]\nfn ct_r_001_good() {{ {body}\n }}\nfn other() {{ assert!(true) }}");
        let scan = scanned("crates/ihe-xds/src/store/contract/races.rs", &source);
        assert!(scan.tests.is_empty(), "{body}");
        let [Fault::AssertsNothing(place)] = &scan.faults[..] else {
            panic!("{body}: {:?}", scan.faults);
        };
        assert_eq!(
            place,
            "crates/ihe-xds/src/store/contract/races.rs ct_r_001_good"
        );
    }
}

#[test]
fn a_lifetime_and_quotes_do_not_hide_what_follows() {
    let source = "#[test]\nfn ct_r_001_good<'a>() where F: Fn(&'a [u8; 2]) -> u8 { \
                  let _ = (b'\"', '{', \"\\\"{\"); assert!(true); }\n#[test]\nfn ct_r_002_bad() {}";
    let scan = scanned("crates/a/src/b.rs", source);
    assert_eq!(scan.tests.len(), 1);
    assert_eq!(scan.faults.len(), 1);
}

#[test]
fn a_function_that_asserts_counts_only_where_it_is_known() {
    let source = "fn x() {}\n#[test]\nfn ct_r_001_good() { found(&[\"a\"]); }";
    assert_eq!(
        scanned("crates/ihe-xds/src/validate/tests/links.rs", source)
            .tests
            .len(),
        1
    );
    assert!(
        scanned("crates/ihe-xds/src/ebrim/tests.rs", source)
            .tests
            .is_empty()
    );
    let tried = "#[test]\nfn atna_r_004_taken() { judged(a).expect(\"taken\"); }";
    let only_called = "#[test]\nfn atna_r_004_taken() { b.expect(\"b\"); judged(a); }";
    assert_eq!(
        scanned("crates/ihe-atna/tests/trust.rs", tried).tests.len(),
        1
    );
    assert!(
        scanned("crates/ihe-atna/tests/trust.rs", only_called)
            .tests
            .is_empty()
    );
}

#[test]
fn an_ignored_test_needs_a_peer() {
    let source = format!("/// Says so.\n#[ignore = \"needs chronyd\"]\n{ONE}");
    let scan = scanned("crates/a/tests/b.rs", &source);
    assert!(scan.tests[0].needs_a_peer);
    let coverage = coverage(&listed(&[("CT-R-001", "")]), &[], scan);
    assert!(table(&coverage).contains("1 by test only need a peer"));
    assert!(
        listing(&coverage)
            .contains("ct_r_001_the_clock_is_good in crates/a/tests/b.rs (needs a peer)")
    );
}

#[test]
fn a_part_of_a_contract_is_evidence_when_the_crate_runs_it() {
    let part = "async fn xds_r_014_no_relation(store: &S) { assert!(true) }";
    let alone = scanned("crates/a/src/store/contract/rules.rs", part);
    assert_eq!(alone.faults.len(), 1);
    assert!(matches!(&alone.faults[0], Fault::NeverRun(_)));
    let run = (
        "crates/a/src/x.rs".to_owned(),
        "fn all() { xds_r_014_no_relation(s) }".to_owned(),
    );
    let elsewhere = ("crates/b/src/x.rs".to_owned(), run.1.clone());
    let part = (
        "crates/a/src/store/contract/rules.rs".to_owned(),
        part.to_owned(),
    );
    assert_eq!(Scan::of_sources(&[run, part.clone()]).tests.len(), 1);
    assert!(Scan::of_sources(&[elsewhere, part]).tests.is_empty());
}

#[test]
fn case_before_test_before_reason_before_nothing() {
    let rules = listed(&[
        ("CT-R-001", ""),
        ("CT-R-002", ""),
        ("CT-R-003", "untestable = \"nobody sees it\""),
        ("V2-R-001", "planned = \"ITI-99\""),
        ("V2-R-002", ""),
        ("V2-R-003", "same_as = \"CT-R-001\""),
    ]);
    let scan = scanned("crates/a/src/b.rs", &ONE.replace("001", "001_and_002"));
    let coverage = coverage(&rules, &[("the_clock_is_good", &["CT-R-001"])], scan);
    let standings: Vec<&str> = coverage
        .rules
        .iter()
        .map(|one| one.standing().word())
        .collect();
    assert_eq!(
        standings,
        ["case", "test", "untestable", "planned", "uncovered", "case"]
    );
    assert_eq!(coverage.faults, [Fault::Uncovered("V2-R-002".into())]);
    let expected = "\
sheet     rules  by case  by test only  untestable  planned  uncovered
CT-R          3        1             1           1        0          0
V2-R          3        1             0           0        1          1
all           6        2             1           1        1          1
";
    assert_eq!(table(&coverage), expected);
}

#[test]
fn what_is_wrong_with_lists_cases_and_tests_is_told() {
    let rules = listed(&[
        ("CT-R-001", "untestable = \"nobody sees it\""),
        ("CT-R-002", "untestable = \"a\"\nplanned = \"b\""),
        ("CT-R-003", "planned = \" \""),
        ("CT-R-004", "planned = \"x\"\nsame_as = \"CT-R-044\""),
        ("CT-R-003", "planned = \"x\""),
    ]);
    let scan = scanned("crates/a/src/b.rs", &ONE.replace("001", "001_and_009"));
    let coverage = coverage(&rules, &[("good", &["CT-R-008", "CT-R-003"])], scan);
    let expected = [
        "CT-R-003: listed twice in rules.toml",
        "CT-R-002: both untestable and planned in rules.toml",
        "CT-R-003: without words in rules.toml",
        "CT-R-004: the same as a rule that is not in rules.toml",
        "CT-R-008: borne by case good, not listed in rules.toml",
        "CT-R-009: borne by crates/a/src/b.rs ct_r_001_and_009_the_clock_is_good, not listed in rules.toml",
        "CT-R-001: called untestable, but shown by ct_r_001_and_009_the_clock_is_good",
    ];
    assert_eq!(told(&coverage), expected);
}

#[test]
fn what_was_shown_and_is_not_any_more_is_a_loss() {
    let rules = listed(&[("CT-R-001", ""), ("CT-R-002", ""), ("CT-R-003", "")]);
    let of = |ids: &[&str], test: &str| {
        coverage(
            &rules,
            &[("a", ids)],
            scanned("crates/a/src/b.rs", &ONE.replace("001", test)),
        )
    };
    let before = of(&["CT-R-001", "CT-R-002"], "003");
    let lock = locked(&before);
    assert!(lock.ends_with("CT-R-001 case\nCT-R-002 case\nCT-R-003 test\n"));
    assert_eq!(changes(&lock, &before), []);
    let lost = changes(&format!("{lock}CT-R-004 case\n"), &of(&["CT-R-003"], "001"));
    let told: Vec<String> = lost
        .iter()
        .filter(|one| one.is_loss())
        .map(ToString::to_string)
        .collect();
    let mend = "mend the case, or accept it with `ihe-conformance coverage --write`";
    assert_eq!(
        told,
        [
            format!("CT-R-001: was shown by case, now test; {mend}"),
            format!("CT-R-002: was shown by case, now uncovered; {mend}"),
            format!("CT-R-004: not in rules.toml any more; {mend}"),
        ]
    );
    assert_eq!(
        lost.last(),
        Some(&Change::Grown("CT-R-003".into(), Standing::Case))
    );
}

#[test]
fn a_lock_that_cannot_be_read_is_a_loss_and_a_new_rule_is_none() {
    let coverage = coverage(
        &listed(&[("CT-R-001", "planned = \"x\"")]),
        &[],
        Scan::default(),
    );
    let found = changes("# words\n\nCT-R-001\nCT-R-001 cse\n", &coverage);
    let grown = Change::Grown("CT-R-001".into(), Standing::Planned);
    assert_eq!(found, [Change::Unreadable(3), Change::Unreadable(4), grown]);
}
