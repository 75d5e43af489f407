//! The suite against our own actors: `.ci/conform` starts `regional-network serve` and judges it, over TLS and plain.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `regional-network` and `examples/` are: `$CONFORMANCE_BIN`, or beside this test in the target directory.
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("CONFORMANCE_BIN") {
        return PathBuf::from(folder);
    }
    let test = std::env::current_exe().expect("a path");
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("TARGET/PROFILE/deps");
    build(profile);
    profile.to_owned()
}

/// Does nothing when they are built already, as after `cargo build --workspace --examples`.
fn build(profile: &Path) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    cargo.args([
        "build",
        "--quiet",
        "-p",
        "regional-network",
        "-p",
        "actors",
        "--bins",
        "--examples",
        "--target-dir",
    ]);
    cargo.arg(profile.parent().expect("TARGET/PROFILE"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(
        cargo.status().expect("cargo starts").success(),
        "our actors do not build"
    );
}

fn judged(security: &str) {
    let output = Command::new("bash")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/conform"))
        .arg(security)
        .arg(programs())
        .env("SUITE", env!("CARGO_BIN_EXE_ihe-conformance"))
        .output()
        .expect("bash starts");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{said}");
    assert!(output.status.success(), "{security}: {said}");
}

/// One after the other: both at once would measure the machine.
#[test]
fn our_actors_are_judged_over_tls_and_plain() {
    judged("tls");
    judged("plain");
}
