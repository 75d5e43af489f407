//! The rules of `rules.toml` against the suite's cases and the tests of this workspace.

use ihe_conformance::case;
use ihe_conformance::coverage::{Change, Coverage, LOCK, Scan, changes, listing, rules};
use std::path::Path;

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn coverage() -> Coverage {
    let scan = Scan::of(workspace()).expect("the workspace can be read");
    let cases: Vec<(String, Vec<String>)> = case::all()
        .expect("the cases are read")
        .into_iter()
        .map(|case| (case.name, case.rules))
        .collect();
    Coverage::new(rules(), &cases, scan)
}

fn lines(what: &[impl ToString]) -> String {
    let lines: Vec<String> = what.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn every_rule_is_shown_or_has_a_reason() {
    let coverage = coverage();
    assert!(coverage.faults.is_empty(), "{}", lines(&coverage.faults));
    assert!(listing(&coverage).contains("V2-R-030 "));
}

#[test]
fn nothing_that_was_shown_is_lost() {
    let lock = std::fs::read_to_string(workspace().join(LOCK)).expect("coverage.lock");
    let lost: Vec<Change> = changes(&lock, &coverage())
        .into_iter()
        .filter(Change::is_loss)
        .collect();
    assert!(lost.is_empty(), "{}", lines(&lost));
}
