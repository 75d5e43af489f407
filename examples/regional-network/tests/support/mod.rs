//! A running `serve` and its client commands, as processes.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_regional-network");
/// A patient id in the domain of the first hospital.
pub(crate) const PATIENT: &str = "D0001^^^&1.2.392.100495.20.3.51.11319999999&ISO";

/// One `serve` process; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Its data directory.
    pub(crate) data: PathBuf,
}

impl Server {
    /// Starts `serve --plain` on `data` and waits for its endpoints; `wrapper` is put before the command (strace).
    pub(crate) fn start(data: &Path, wrapper: &[&OsStr]) -> Server {
        let mut words = wrapper.to_vec();
        words.extend([PROGRAM, "serve", "--plain", "--port-base", "0", "--data"].map(OsStr::new));
        words.push(data.as_os_str());
        // A killed server leaves its endpoints behind: they must not be taken for the new one's.
        let _ = std::fs::remove_file(data.join("endpoints.json"));
        let child = Command::new(words[0])
            .args(&words[1..])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server can be started");
        let server = Server {
            child,
            data: data.to_path_buf(),
        };
        let started = Instant::now();
        while !data.join("endpoints.json").exists() {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "serve wrote no endpoints.json"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// SIGKILL, at once.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("pkill").args(["-TERM", "-P", &pid]).status();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }

    /// Runs a client command against this server.
    pub(crate) fn client(&self, command: &str, words: &[&str]) -> Output {
        client(&self.data, command, words)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a client command on the data directory of a server.
pub(crate) fn client(data: &Path, command: &str, words: &[&str]) -> Output {
    Command::new(PROGRAM)
        .arg(command)
        .arg("--data")
        .arg(data)
        .args(words)
        .output()
        .expect("the client command can be started")
}

/// What a command wrote, when it ended well.
pub(crate) fn succeeded(output: &Output) -> String {
    assert!(
        output.status.success(),
        "exit {:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Feeds the patient [`PATIENT`].
pub(crate) fn feed_patient(server: &Server) {
    let file = server.data.join("a04.hl7");
    let message = format!(
        "MSH|^~\\&|HIS|A|PIX|RHIO|20261121120000||ADT^A04^ADT_A01|D1|P|2.3.1\rEVN|A04|20261121120000\r\
         PID|||{PATIENT}||DURABLE^TEST||19700101|M\rPV1||O\r"
    );
    std::fs::write(&file, message).expect("a file can be written");
    let answer = succeeded(&server.client("feed", &[file.to_str().expect("a plain path")]));
    assert!(answer.contains("MSA|AA"), "{answer}");
}
