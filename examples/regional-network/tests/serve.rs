//! `serve --plain` and the client commands, as two programs.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

const AFFINITY: &str = "1.3.6.1.4.1.21367.2005.13.20.1000";
const KITA: &str = "1.2.392.100495.20.3.51.11319999999";

struct Server {
    child: Child,
    _out: BufReader<ChildStdout>,
}

impl Server {
    fn start(data: &Path) -> Server {
        let mut child = command(data, "serve")
            .args(["--plain", "--port-base", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("ready:") {
            assert_ne!(
                out.read_line(&mut said).unwrap(),
                0,
                "the server ended early:\n{said}"
            );
        }
        assert!(
            said.contains("UNPROTECTED") && said.contains("codes are NOT checked"),
            "{said}"
        );
        Server { child, _out: out }
    }

    /// SIGTERM, and the exit code
    fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }

    /// SIGKILL
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(data: &Path, name: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regional-network"));
    command.args([name, "--data"]).arg(data);
    command
}

fn run(data: &Path, name: &str, arguments: &[&str]) -> Output {
    command(data, name).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

fn succeed(data: &Path, name: &str, arguments: &[&str]) -> String {
    let output = run(data, name, arguments);
    assert!(output.status.success(), "{name}: {}", said(&output));
    said(&output)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::File::create(&path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
    path
}

fn feed_one(data: &Path, id: &str) {
    let message = format!(
        "MSH|^~\\&|HIS001|1319999999|PIX|REGION|20260401120000||ADT^A04|{id}|P|2.3.1\r\
         EVN|A04|20260401120000\rPID|||{id}^^^&{KITA}&ISO||TEST^HANAKO{id}||19580312|F\rPV1||O\r"
    );
    let file = write(data, "a04.hl7", message.as_bytes());
    let answer = succeed(data, "feed", &[file.to_str().unwrap()]);
    assert!(answer.contains("\n  AA\n"), "{answer}");
}

#[test]
fn a_document_goes_in_by_a_local_id_and_comes_out_with_the_same_bytes_also_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    feed_one(&data, "0001");
    let patient = format!("0001^^^&{KITA}&ISO");
    let ids = succeed(&data, "pix", &[&patient]);
    assert!(
        ids.contains(AFFINITY) || ids.contains("no other ids"),
        "{ids}"
    );
    let file = write(
        folder.path(),
        "letter.xml",
        b"<?xml version='1.0'?><ClinicalDocument/>\r\n",
    );
    let receipt = succeed(
        &data,
        "submit",
        &["--patient", &patient, file.to_str().unwrap()],
    );
    let unique_id = receipt.split_whitespace().next().unwrap().to_owned();
    assert!(receipt.contains("text/xml"), "{receipt}");
    server.kill();

    let server = Server::start(&data);
    let listed = succeed(&data, "query", &["--patient", &patient]);
    assert!(listed.starts_with("documents: 1\n"), "{listed}");
    assert!(listed.contains(&unique_id), "{listed}");
    let output = folder.path().join("retrieved");
    succeed(
        &data,
        "retrieve",
        &[&unique_id, "-o", output.to_str().unwrap()],
    );
    assert_eq!(
        std::fs::read(&output).unwrap(),
        std::fs::read(&file).unwrap()
    );
    assert!(succeed(&data, "verify", &[]).contains("0 findings"));
    assert!(succeed(&data, "time", &[]).contains("offset"));
    let trail = succeed(&data, "audit", &["--patient", &patient]);
    assert!(
        trail.contains("ITI-8") && trail.contains("ITI-9"),
        "{trail}"
    );
    assert_eq!(server.stop(), Some(0));
    assert!(
        !data.join("endpoints.json").exists(),
        "endpoints.json outlived the server"
    );
    assert!(succeed(&data, "verify", &[]).contains("0 findings"));
}

#[test]
fn refusals_are_answers_and_feed_fails_only_when_nobody_answers() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let unknown = "MSH|^~\\&|A|B|C|D|20260401120000||ADT^A60|7|P|2.3.1\rEVN|A60|20260401\r";
    let unknown = write(folder.path(), "a60.hl7", unknown.as_bytes());
    let garbage = write(folder.path(), "garbage.hl7", b"\x00\x01 not HL7");
    let ending = "MSH|^~\\&|A|B|C|D|20260401120000||ADT^A60|8|P|2.5\rEVN|A60|20260401\r\x1c";
    let ending = write(folder.path(), "ends-with-1c.hl7", ending.as_bytes());
    let arguments = [&unknown, &garbage, &ending, &unknown].map(|file| file.to_str().unwrap());
    let answers = succeed(&data, "feed", &arguments);
    assert_eq!(answers.matches("\n  AR ").count(), 4, "{answers}");
    assert!(
        answers.contains("AR") && answers.contains("201"),
        "{answers}"
    );
    let nobody = run(&data, "query", &["--patient", &format!("9^^^&{KITA}&ISO")]);
    assert_eq!(nobody.status.code(), Some(1));
    let second = run(&data, "serve", &[]);
    assert!(said(&second).contains("in use"), "{}", said(&second));
    assert_eq!(server.stop(), Some(0));
    assert_eq!(
        run(&data, "feed", &[unknown.to_str().unwrap()])
            .status
            .code(),
        Some(1)
    );
}
