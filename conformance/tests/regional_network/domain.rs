//! A `regional-network serve` of our own: started, awaited, killed.

use serde_json::Value;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Two patient domains of our own, and no senders.
const CONFIG: &str = concat!(
    "[patient_domains]\nnorth = \"1.2.3.4.1000\"\nsouth = \"1.2.3.4.2000\"\n",
    "[sources]\n"
);
pub(crate) const NORTH: &str = "1.2.3.4.1000";
pub(crate) const SOUTH: &str = "1.2.3.4.2000";

/// How long a start may take; longer means that it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Domain {
    child: Child,
    folder: tempfile::TempDir,
    endpoints: Value,
}

impl Domain {
    /// Starts `serve` in a fresh directory and waits until `endpoints.json` is there.
    pub(crate) fn start(arguments: &[&str]) -> Domain {
        let folder = tempfile::tempdir().expect("a directory");
        let config = folder.path().join("config.toml");
        fs::write(&config, CONFIG).expect("written");
        let log = fs::File::create(folder.path().join("log")).expect("a log");
        let child = Command::new(program())
            .arg("serve")
            .arg("--data")
            .arg(folder.path().join("data"))
            .args(["--port-base", "0", "--config"])
            .arg(&config)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("regional-network starts");
        let mut domain = Domain {
            child,
            folder,
            endpoints: Value::Null,
        };
        domain.await_endpoints();
        domain
    }

    fn await_endpoints(&mut self) {
        let file = self.folder.path().join("data/endpoints.json");
        let start = Instant::now();
        while self.endpoints.is_null() {
            if let Ok(text) = fs::read_to_string(&file) {
                self.endpoints = serde_json::from_str(&text).expect("endpoints.json is JSON");
                return;
            }
            if let Some(status) = self.child.try_wait().expect("a child") {
                panic!(
                    "serve ended with {status} before it was ready:\n{}",
                    self.log()
                );
            }
            assert!(
                start.elapsed() < PATIENCE,
                "no endpoints.json:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A value of `endpoints.json`.
    pub(crate) fn endpoint(&self, key: &str) -> &str {
        let value = self.endpoints.get(key).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("endpoints.json has no text {key:?}"))
    }

    /// A file of the test authority.
    pub(crate) fn pki(&self, name: &str) -> PathBuf {
        Path::new(self.endpoint("pki")).join(name)
    }

    /// A connection to an endpoint that is `host:port`.
    pub(crate) fn connect(&self, key: &str) -> TcpStream {
        connect(self.endpoint(key))
    }

    /// What `regional-network audit` prints.
    pub(crate) fn audit_trail(&self) -> String {
        let output = Command::new(program())
            .args(["audit", "--limit", "100000", "--data"])
            .arg(self.folder.path().join("data"))
            .output()
            .expect("regional-network starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- what serve said:\n{}---", self.log());
        }
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A blocking connection that does not wait for ever.
pub(crate) fn connect(address: &str) -> TcpStream {
    let stream =
        TcpStream::connect(address).unwrap_or_else(|e| panic!("connecting to {address}: {e}"));
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a timeout");
    stream
        .set_write_timeout(Some(Duration::from_secs(30)))
        .expect("a timeout");
    stream
}

/// A number that no other call of this process returns.
pub(crate) fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match std::env::var_os("REGIONAL_NETWORK_BIN") {
        Some(path) => PathBuf::from(path),
        None => beside_this_test(),
    })
}

/// This test is TARGET/PROFILE/deps/NAME; the program is TARGET/PROFILE/regional-network.
fn beside_this_test() -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("TARGET/PROFILE/deps");
    let program = profile.join(format!("regional-network{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        build(profile);
    }
    assert!(program.exists(), "{} was not built", program.display());
    program
}

fn build(profile: &Path) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        "regional-network",
        "--target-dir",
    ]);
    cargo.arg(profile.parent().expect("TARGET/PROFILE"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(
        cargo.status().expect("cargo starts").success(),
        "regional-network does not build"
    );
}
