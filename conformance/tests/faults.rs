//! The deliberately broken builds: `faults.toml`, the declared names and the places in the source say the same.

use ihe_conformance::case;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Each actor, and how many faults it has at least.
const LEAST: [(&str, usize); 14] = [
    ("pix-manager", 4),
    ("pdq-supplier", 3),
    ("document-registry", 5),
    ("document-repository", 4),
    ("audit-record-repository", 2),
    ("secure-node", 2),
    ("time-server", 2),
    ("pix-source", 1),
    ("pix-consumer", 1),
    ("pdq-consumer", 1),
    ("document-source", 1),
    ("document-consumer", 1),
    ("audit-sender", 1),
    ("time-client", 1),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table(path: &str) -> Table {
    let text = fs::read_to_string(root().join(path)).expect(path);
    text.parse().expect(path)
}

fn faults() -> Vec<Table> {
    let mut file = table("conformance/faults.toml");
    let Some(Value::Array(faults)) = file.remove("fault") else {
        panic!("no [[fault]]")
    };
    let table = |fault| match fault {
        Value::Table(table) => table,
        other => panic!("{other}"),
    };
    faults.into_iter().map(table).collect()
}

fn text<'a>(fault: &'a Table, key: &str) -> &'a str {
    let value = fault.get(key).and_then(Value::as_str).unwrap_or_default();
    assert!(!value.is_empty(), "{key} of {fault}");
    value
}

/// The quoted words that follow `before`.
fn quoted(source: &str, before: &str) -> Vec<String> {
    let after = source.split(before).skip(1);
    after
        .filter_map(|rest| Some(rest.strip_prefix('"')?.split_once('"')?.0.to_owned()))
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|one| one == "rs") {
            found.push(path);
        }
    }
}

/// Each name that a source file asks for, and its crate.
fn built_in() -> BTreeMap<String, String> {
    let mut places = BTreeMap::new();
    for crates in fs::read_dir(root().join("crates")).expect("crates") {
        let folder = crates.expect("a crate").path();
        let mut files = Vec::new();
        sources(&folder.join("src"), &mut files);
        let name = folder.file_name().expect("a name").to_string_lossy();
        for file in files {
            let source = fs::read_to_string(&file).expect("a source file");
            for fault in quoted(&source, "renkei_fault = ") {
                let earlier = places.insert(fault.clone(), name.to_string());
                assert!(earlier.is_none(), "{fault} is built in twice");
            }
        }
    }
    places
}

#[test]
fn every_fault_is_listed_declared_and_built_into_the_crate_it_names() {
    let faults = faults();
    let name = |fault: &Table| text(fault, "name").to_owned();
    let listed: BTreeMap<String, String> = faults
        .iter()
        .map(|fault| (name(fault), text(fault, "crate").to_owned()))
        .collect();
    assert_eq!(listed.len(), faults.len(), "a name is listed twice");
    assert_eq!(listed, built_in());
    let manifest = table("Cargo.toml");
    let declared =
        manifest["workspace"]["lints"]["rust"]["unexpected_cfgs"]["check-cfg"].to_string();
    let declared: BTreeSet<&str> = declared
        .split(|c: char| c != '-' && !c.is_ascii_alphanumeric())
        .filter(|word| word.contains('-'))
        .collect();
    assert_eq!(declared, listed.keys().map(String::as_str).collect());
}

#[test]
fn every_actor_has_faults_and_cases_that_are_to_catch_them() {
    let all = case::all().expect("the suite's cases");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for fault in faults() {
        let actor = text(&fault, "actor");
        assert!(text(&fault, "name").starts_with(&format!("{actor}-")));
        assert!(text(&fault, "breaks").ends_with('.'));
        let cases = fault["caught_by"].as_array().expect("a list of cases");
        assert!(!cases.is_empty(), "{fault}");
        for name in cases {
            let case = all.iter().find(|case| name.as_str() == Some(&case.name));
            let case = case.unwrap_or_else(|| panic!("no case is called {name}"));
            assert_eq!(case.actor.key(), actor, "{name}");
        }
        *counts.entry(actor.to_owned()).or_default() += 1;
    }
    for (actor, least) in LEAST {
        let count = counts.remove(actor).unwrap_or_default();
        assert!(count >= least, "{actor}: {count} of {least} faults");
    }
    assert!(counts.is_empty(), "no such actors: {counts:?}");
}

#[test]
fn a_batch_has_at_most_one_fault_of_an_actor() {
    let mut taken = BTreeSet::new();
    for fault in faults() {
        let batch = fault["batch"].as_integer().expect("a number");
        let place = (batch, text(&fault, "actor").to_owned());
        assert!(taken.insert(place.clone()), "two of {place:?}");
    }
}
