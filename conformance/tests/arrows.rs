//! Dependency arrows run down only: DESIGN.md's plan, checked against `cargo metadata`.

use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// Each crate and the crates of the workspace it may depend on, in whatever kind of dependency.
const PLAN: [(&str, &[&str]); 7] = [
    ("hl7v2", &[]),
    ("ihe-soap", &[]),
    ("ihe-atna", &[]),
    ("ihe-ct", &[]),
    ("ihe-pix", &["hl7v2", "ihe-atna"]),
    ("ihe-xds", &["hl7v2", "ihe-atna", "ihe-soap", "ihe-pix"]),
    ("conformance", &[]),
];

/// Crates from outside that only some of ours may use, outside of tests and examples.
const RESERVED: [(&str, &[&str]); 5] = [
    ("yaserde", &["ihe-atna", "ihe-xds"]),
    ("yaserde_derive", &["ihe-atna", "ihe-xds"]),
    ("rustls", &["ihe-atna", "conformance"]),
    ("tokio-rustls", &["ihe-atna"]),
    ("hyper", &["ihe-soap"]),
];

fn packages() -> Vec<Value> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter()
}

fn is_example(package: &Value) -> bool {
    text(package, "manifest_path")
        .replace('\\', "/")
        .contains("/examples/")
}

/// What is wrong with these packages, one line each.
fn new_arrows(packages: &[Value]) -> Vec<String> {
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| text(package, "name"))
        .collect();
    let mut wrong = Vec::new();
    for package in packages.iter().filter(|package| !is_example(package)) {
        let name = text(package, "name");
        let Some((_, allowed)) = PLAN.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("{name} is not in the plan"));
            continue;
        };
        for dependency in dependencies(package) {
            let target = text(dependency, "name");
            let ours = ours.contains(target) || !dependency["path"].is_null();
            if ours && target != name && !allowed.contains(&target) {
                wrong.push(format!("{name} -> {target}"));
            }
        }
    }
    wrong
}

/// Who uses a reserved crate and may not.
fn misused(packages: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in packages.iter().filter(|package| !is_example(package)) {
        let name = text(package, "name");
        for dependency in dependencies(package).filter(|d| text(d, "kind") != "dev") {
            let target = text(dependency, "name");
            let reserved = RESERVED.iter().find(|(reserved, _)| *reserved == target);
            if reserved.is_some_and(|(_, users)| !users.contains(&name)) {
                wrong.push(format!("{name} -> {target}"));
            }
        }
    }
    wrong
}

#[test]
fn no_crate_depends_on_a_crate_of_ours_that_the_plan_does_not_name() {
    assert_eq!(new_arrows(&packages()), [""; 0]);
}

#[test]
fn tls_http_and_yaserde_stay_where_they_belong() {
    assert_eq!(misused(&packages()), [""; 0]);
}

#[test]
fn every_crate_of_the_plan_exists() {
    let packages = packages();
    for (name, _) in PLAN {
        assert!(
            packages.iter().any(|package| text(package, "name") == name),
            "{name}"
        );
    }
}

#[test]
fn a_new_arrow_is_noticed() {
    let sample: Value = serde_json::from_str(
        r#"[{"name":"hl7v2","manifest_path":"/w/crates/hl7v2/Cargo.toml","dependencies":[
               {"name":"ihe-pix","kind":"dev","path":"/w/crates/ihe-pix"},
               {"name":"rustls","kind":null}, {"name":"rustls","kind":"dev"}]},
            {"name":"ihe-pix","manifest_path":"/w/crates/ihe-pix/Cargo.toml","dependencies":[
               {"name":"hl7v2","kind":null,"path":"/w/crates/hl7v2"}]},
            {"name":"stray","manifest_path":"/w/crates/stray/Cargo.toml","dependencies":[]},
            {"name":"demo","manifest_path":"/w/examples/demo/Cargo.toml","dependencies":[
               {"name":"ihe-pix","kind":null,"path":"/w/crates/ihe-pix"}, {"name":"rustls","kind":null}]}]"#,
    )
    .expect("JSON");
    let packages = sample.as_array().expect("a list");
    assert_eq!(
        new_arrows(packages),
        ["hl7v2 -> ihe-pix", "stray is not in the plan"]
    );
    assert_eq!(misused(packages), ["hl7v2 -> rustls"]);
}
