//! The whole story, told by the built program.

use std::process::{Command, Output};
use std::time::Instant;

fn regional_network(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_regional-network"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_demo_links_publishes_finds_and_audits_in_under_a_minute() {
    let begun = Instant::now();
    let output = regional_network(&["demo"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    for line in [
        "registrations of 30 people accepted",
        "30 people, one affinity id each, twins kept apart",
        "6 documents",
        "3 documents found by the clinic's id, hash and size equal",
        "unknown domain, unknown patient, connection without TLS",
        "Everything held",
    ] {
        assert!(out.contains(line), "{line:?} is missing in\n{out}");
    }
    assert!(
        begun.elapsed().as_secs() < 60,
        "the demo took {} s",
        begun.elapsed().as_secs()
    );
}

#[test]
fn a_directory_in_use_is_refused_and_the_failed_step_is_named() {
    let data = tempfile::tempdir().unwrap();
    let lock = std::fs::File::create(data.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let output = regional_network(&["demo", "--data", data.path().to_str().unwrap()]);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err.contains("step 1, start") && err.contains("in use"),
        "{err}"
    );
}

#[test]
fn a_configuration_with_an_unknown_key_stops_serve_with_one_line() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("region.toml");
    std::fs::write(&file, "[limits]\nhl7_mesage_bytes = 1\n").unwrap();
    let folder = data.path().join("data");
    let arguments = [
        "serve",
        "--data",
        folder.to_str().unwrap(),
        "--config",
        file.to_str().unwrap(),
    ];
    let output = regional_network(&arguments);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err.contains("hl7_mesage_bytes") && err.trim_end().lines().count() == 1,
        "{err}"
    );
}

#[test]
fn a_client_without_a_running_domain_says_so() {
    let data = tempfile::tempdir().unwrap();
    let output = regional_network(&["time", "--data", data.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("endpoints.json"));
}
