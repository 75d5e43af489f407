//! `audit` beside a running `serve` and without one.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::{PATIENT, PROGRAM, Server, client, feed_patient, succeeded};

/// A subcommand of `audit`.
fn audit(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("audit").args(arguments).arg("--data").arg(data);
    command.output().unwrap()
}

fn said(data: &Path, arguments: &[&str]) -> String {
    succeeded(&audit(data, arguments))
}

#[test]
fn atna_r_028_the_trail_is_shown_exported_verified_and_proven_with_and_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data, &[]);
    let shown = said(
        &data,
        &["--event", "110120", "--outcome", "success", "--limit", "3"],
    );
    assert!(
        shown.contains("3 records") && shown.contains("--after "),
        "{shown}"
    );
    let cursor = shown.trim_end().rsplit(' ').next().unwrap();
    let more = said(&data, &["--event", "110120", "--after", cursor]);
    assert!(
        !more.contains(" 0 records") && more.contains("records"),
        "{more}"
    );
    let none = said(
        &data,
        &[
            "--user",
            "nobody",
            "--since",
            "2020-01-01",
            "--until",
            "2020-01-02",
        ],
    );
    assert!(none.contains("\n0 records"), "{none}");
    let json = said(&data, &["--json", "--source", "audit-record-repository"]);
    assert!(json.lines().count() >= 1);
    for line in json.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["source"], "audit-record-repository");
    }
    assert!(said(&data, &["--csv"]).starts_with("sequence,time,received,peer,"));
    assert!(said(&data, &["verify"]).contains("sound"));
    feed_patient(&server);
    let begun = std::time::Instant::now();
    while !succeeded(&server.client("audit", &["--patient", PATIENT])).contains("ITI-8") {
        assert!(begun.elapsed().as_secs() < 20, "the feed was not recorded");
    }
    assert_eq!(server.data, data);
    server.stop();

    let used = succeeded(&client(&data, "audit", &["--event", "110101", "--json"]));
    assert!(used.lines().count() >= 4, "each look was recorded: {used}");
    let checkpoint = said(&data, &["checkpoint"]);
    let filed = folder.path().join("filed");
    std::fs::write(&filed, &checkpoint).unwrap();
    let filed = filed.to_str().unwrap();
    assert!(said(&data, &["verify", "--checkpoint", filed]).contains("sound"));
    let output = folder.path().join("proof");
    let proven = said(&data, &["prove", "2", "-o", output.to_str().unwrap()]);
    assert!(proven.contains("proven: it was in the trail"), "{proven}");
    assert!(output.join("record").exists() && output.join("proof").exists());
    let trail = data.join("audit/trail");
    let segment = std::fs::read_dir(&trail)
        .unwrap()
        .map(|one| one.unwrap().path());
    let segment = segment
        .into_iter()
        .find(|path| path.extension().is_some_and(|one| one == "seg"));
    let segment = segment.unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let changed = audit(&data, &["verify", "--checkpoint", filed]);
    assert_eq!(changed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&changed.stdout).contains("NOT SOUND"));
}
