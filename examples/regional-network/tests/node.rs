//! `node`: certificates are made, shown and withdrawn, and connections tried, as a person does it.

#[allow(dead_code)]
mod support;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use support::{PROGRAM, Server, succeeded};

fn node(folder: &Path, words: &str) -> Output {
    Command::new(PROGRAM)
        .arg("node")
        .args(words.split_whitespace().map(|word| word.replace('+', " ")))
        .current_dir(folder)
        .output()
        .expect("the command can be started")
}

fn said(folder: &Path, words: &str) -> String {
    succeeded(&node(folder, words))
}

/// What a command that exits with 1 wrote.
fn failed(folder: &Path, words: &str) -> String {
    let output = node(folder, words);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn line<'a>(text: &'a str, name: &str) -> &'a str {
    let found = text.lines().find(|line| line.starts_with(name));
    found
        .unwrap_or_else(|| panic!("no {name} in\n{text}"))
        .trim_start_matches(name)
        .trim()
}

#[test]
fn a_certificate_is_made_shown_and_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let made = said(here, "make-ca ca --name Test+Authority");
    assert_eq!(line(&made, "is"), "an authority: it may issue certificates");
    assert!(made.contains("for tests only"));
    let issued = said(
        here,
        "issue ca --name doctor --dns arr.example --dns 192.0.2.7 --days 30 --role Medical+Doctor",
    );
    let shown = said(here, "show ca/doctor.pem");
    assert!(issued.starts_with(&shown));
    assert_eq!(line(&shown, "subject"), "CN=doctor");
    assert_eq!(line(&shown, "names"), "DNS:arr.example, IP:192.0.2.7");
    assert_eq!(
        line(&shown, "healthcare role"),
        "Medical Doctor (list 1.2.392.100495.1.6.1.1)"
    );
    assert_eq!(line(&shown, "issued by"), "CN=Test Authority");
    assert!(
        line(&shown, "valid").ends_with("UTC, 29 days left"),
        "{shown}"
    );
    assert_eq!(line(&shown, "key"), "EC 256 bits");

    assert!(said(here, "revoke ca ca/doctor.pem").starts_with("CN=doctor is withdrawn"));
    assert!(failed(here, "revoke ca ca/doctor.pem").contains("withdrawn already"));
    assert!(
        failed(here, "make-ca ca").contains("ca.key"),
        "what is there stays"
    );
    assert!(failed(here, "issue ca --name ../x").contains("file name"));
    assert!(failed(here, "issue ca --name doctor").contains("doctor.pem"));
    assert!(failed(here, "issue nowhere --name x").contains("node make-ca"));
    said(here, "issue ca --name gone --days 0");
    let output = node(here, "show ca/gone.pem");
    assert!(
        !output.status.success() || String::from_utf8_lossy(&output.stdout).contains("0 days left")
    );
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    said(folder.path(), "make-ca ca");
    said(folder.path(), "issue ca --name a");
    for key in ["ca/ca.key", "ca/a.key"] {
        let mode = std::fs::metadata(folder.path().join(key))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

#[test]
fn a_wrong_command_line_exits_with_2_and_help_shows_examples() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        "test 127.0.0.1:1",
        "test 127.0.0.1:1 --cert a.pem",
        "issue ca",
        "issue ca --name a --days 99999",
    ] {
        assert_eq!(node(folder.path(), words).status.code(), Some(2), "{words}");
    }
    let help = said(folder.path(), "--help");
    assert!(help.contains("regional-network node make-ca ca"), "{help}");
    assert!(help.contains("Exit code"), "{help}");
}

/// Where the Audit Record Repository of a running domain answers; it speaks TLS always.
fn repository(server: &Server) -> String {
    let text = std::fs::read_to_string(server.data.join("endpoints.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    read["audit_tls"].as_str().unwrap().to_owned()
}

#[test]
fn a_good_connection_is_told_step_by_step() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let address = repository(&server);
    let text = said(folder.path(), &format!("test {address} --data data"));
    let steps: Vec<_> = text.lines().collect();
    assert!(
        steps[0].starts_with("ok    our certificate         CN=regional network client, "),
        "{text}"
    );
    assert!(steps[1].starts_with("ok    name "), "{text}");
    assert!(steps[2].starts_with("ok    connection "), "{text}");
    assert!(steps[3].contains("TLSv1_3"), "{text}");
    assert!(
        steps[4].contains("trusted") && steps[4].contains("it names this host"),
        "{text}"
    );
    assert!(steps[5].ends_with("accepted"), "{text}");
    assert_eq!(steps[6], "good");
}

#[test]
fn what_fails_is_named_with_what_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = Server::start(&here.join("data"), &[]);
    let address = repository(&server);
    said(here, "make-ca other --name Other+Authority");
    said(here, "issue other --name stranger");
    let with = |ca: &str| format!("--cert other/stranger.pem --key other/stranger.key --ca {ca}");

    let text = failed(here, &format!("test {address} {}", with("other/ca.pem")));
    assert!(text.contains("FAIL  their certificate"), "{text}");
    assert!(text.contains("whom nobody here trusts"), "{text}");
    assert!(
        text.contains("to mend it:             add that issuer's certificate"),
        "{text}"
    );

    let text = failed(here, &format!("test {address} {}", with("data/pki/ca.pem")));
    assert!(text.contains("FAIL  our certificate there   the peer refused our certificate: it does not trust its issuer"), "{text}");

    let text = failed(here, "test no-such-host.invalid:1 --data data");
    assert!(text.contains("FAIL  name "), "{text}");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let text = failed(here, &format!("test 127.0.0.1:{port} --data data"));
    assert!(
        text.contains("FAIL  connection              not reachable"),
        "{text}"
    );
    assert!(failed(here, "test nonsense --data data").contains("HOST:PORT"));

    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = plain.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        std::thread::sleep(std::time::Duration::from_secs(2));
    });
    let text = failed(here, &format!("test 127.0.0.1:{port} --data data"));
    assert!(
        text.contains("FAIL  TLS                     the peer does not speak TLS here"),
        "{text}"
    );

    let port = address.rsplit(':').next().unwrap();
    let text = failed(
        here,
        &format!("test ip6-localhost.invalid:{port} --data data --fqdn"),
    );
    assert!(text.ends_with("FAILED\n"), "{text}");
}
