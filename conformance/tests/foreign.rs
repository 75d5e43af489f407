//! The suite against servers that nobody here wrote. Without the server these tests fail, they do not pass.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A server that ends with its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// The endpoint file `name` with another address, and what the suite says of what is there.
fn judged(folder: &Path, name: &str, address: (&str, &str)) -> Output {
    let file = format!("{}/endpoints/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file).expect("an endpoint file");
    assert!(text.contains(address.0), "{name} has another address");
    let here = folder.join("endpoint.toml");
    std::fs::write(&here, text.replace(address.0, address.1)).expect("written");
    let mut suite = Command::new(env!("CARGO_BIN_EXE_ihe-conformance"));
    suite.args(["run", "--verbose", "--endpoint"]).arg(here);
    suite.output().expect("the suite starts")
}

#[test]
#[ignore = "needs chronyd"]
fn chronyd_is_a_time_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = UdpSocket::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("a free port")
        .port();
    let config = folder.path().join("chrony.conf");
    let pid = folder.path().join("pid");
    let text = format!(
        "port {port}\nbindaddress 127.0.0.1\ncmdport 0\nlocal stratum 10\nallow 127.0.0.1\npidfile {}\n",
        pid.display()
    );
    std::fs::write(&config, text).expect("written");
    let chronyd = Command::new("chronyd")
        .args(["-d", "-x", "-u", "root", "-f"])
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _chronyd = Server(chronyd.expect("NOT TESTED: chronyd is not installed"));
    std::thread::sleep(std::time::Duration::from_secs(2));
    let address = format!("127.0.0.1:{port}");
    let output = judged(folder.path(), "chrony", ("127.0.0.1:13123", &address));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("pass         time-server/"), "{said}");
}

#[test]
#[ignore = "needs python3 with hl7apy"]
fn a_server_that_acknowledges_everything_is_no_pix_manager() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut hl7apy = Command::new("python3")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/foreign/hl7apy_manager.py"
        ))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("NOT TESTED: python3 is not installed");
    let mut address = String::new();
    let output = hl7apy.stdout.take().expect("piped");
    let _hl7apy = Server(hl7apy);
    BufReader::new(output)
        .read_line(&mut address)
        .expect("a line");
    assert!(!address.is_empty(), "NOT TESTED: python3 has no hl7apy");
    let output = judged(folder.path(), "hl7apy", ("127.0.0.1:26111", address.trim()));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for line in [
        "pass         pix-manager/feed/what-is-wrong-is-refused-and-stores-nothing/unbroken-it-is-taken",
        "fail         pix-manager/query/an-unknown-id-is-ae-204",
        "fail         pix-manager/merge/after-a-merge-the-subsumed-id-is-unknown",
    ] {
        assert!(said.contains(line), "no {line} in {said}");
    }
}
