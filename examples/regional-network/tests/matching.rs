//! `match-report`: matching measured on people who do not exist.

use std::process::{Command, Output};

fn match_report(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_regional-network"))
        .arg("match-report")
        .args(words)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// `precision 0.99 (..` to 0.99.
fn share(report: &str, what: &str) -> f64 {
    let line = report.lines().find(|line| line.starts_with(what)).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn the_report_counts_what_it_exports_and_thresholds_are_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("city.csv");
    let city = ["--people", "500", "--seed", "5"];
    let usual = said(&match_report(
        &[&city[..], &["--csv", csv.to_str().unwrap()]].concat(),
    ));
    let records = std::fs::read_to_string(&csv).unwrap().lines().count() - 1;
    assert!(
        usual.contains(&format!("records {records}, people 500")),
        "{usual}"
    );
    assert!(share(&usual, "precision") > 0.99 && share(&usual, "recall") > 0.9);
    assert!(usual.contains("kana"), "no kinds of noise in\n{usual}");

    let weights = folder.path().join("weights.tsv");
    std::fs::write(&weights, "threshold\tlink\t99\n").unwrap();
    let config = folder.path().join("config.toml");
    let text = format!("[identity]\nweights = '{}'\n", weights.display());
    std::fs::write(&config, text).unwrap();
    let with_config = [&city[..], &["--config", config.to_str().unwrap()]].concat();
    let strict = said(&match_report(&with_config));
    assert!(
        share(&strict, "recall") < share(&usual, "recall"),
        "{strict}"
    );
    std::fs::write(&weights, "threshold\tlink\tmuch\n").unwrap();
    let output = match_report(&with_config);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.lines().count() == 1 && error.contains("weights.tsv: weights: line 1"),
        "{error}"
    );
}
