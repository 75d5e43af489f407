//! Foreign judge: hl7apy (Python, MIT). Needs `python3` and `pip install hl7apy`; fails without.

mod datatypes;
mod structures;

use std::io::Write;
use std::process::{Command, Stdio};

/// Lets a script of this folder judge; its own words are the failure.
fn judged(script: &str, arguments: &[&str], input: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hl7apy");
    let mut child = Command::new("python3")
        .arg(format!("{folder}/{script}"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut stdin = child.stdin.take().expect("stdin");
    stdin.write_all(input.as_bytes()).expect("input is read");
    drop(stdin);
    let output = child.wait_with_output().expect("python3 ends");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
