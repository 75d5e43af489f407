//! ITI-19 against OpenSSL: a peer that speaks TLS 1.2 only, certificates that other tools make, and
//! sslscan's view of both presets. Not run without the programs, and then they fail.

mod common;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Domain, Member};
use ihe_atna::{
    AcceptError, ConnectError, Identity, SecureNode, ServeLimits, TrustAnchors, Untrusted,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A folder with the certificates of a domain, for programs that want files.
struct Folder {
    dir: tempfile::TempDir,
    domain: Domain,
}

impl Folder {
    fn new() -> Folder {
        let folder = Folder {
            dir: tempfile::tempdir().expect("folder"),
            domain: Domain::new("domain"),
        };
        folder.write("ca.pem", &folder.domain.pem);
        folder.member("peer", &folder.domain.issue("peer.example", |_| {}));
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    fn member(&self, name: &str, member: &Member) {
        self.write(&format!("{name}.pem"), &member.pem);
        self.write(&format!("{name}.key"), &member.key);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn node(&self) -> SecureNode {
        let made = SecureNode::dangerous()
            .without_audit(self.domain.member("localhost"), self.domain.anchors());
        made.expect("node")
    }

    /// Runs `openssl` with these arguments in the folder.
    fn openssl(&self, arguments: &str) -> String {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.dir.path())
            .output()
            .expect("openssl is installed");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments}: {text}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// A node behind the accept loop; each client gets a line.
struct Server {
    address: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serving(node: SecureNode) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address");
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    tokio::spawn(async move {
        let greet = |mut stream: ihe_atna::Stream, _| async move {
            let _ = stream.write_all(b"welcome, node\n").await;
            let _ = stream.flush().await;
            let _ = stream.read(&mut [0; 16]).await;
        };
        node.serve(listener, &ServeLimits::default(), &stopping, greet)
            .await
    });
    Server { address, stop }
}

/// What `openssl s_client` prints of the server, itself and errors.
async fn s_client(folder: &Folder, server: &Server, arguments: &str) -> String {
    let line = format!(
        "s_client -connect {} -CAfile ca.pem -ign_eof -nocommands {arguments}",
        server.address
    );
    let mut command = tokio::process::Command::new("openssl");
    command
        .args(line.split_whitespace())
        .current_dir(folder.dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().expect("openssl is installed");
    // It hangs up when it has seen the line, or was refused.
    let mut stdin = child.stdin.take().expect("stdin");
    tokio::time::sleep(Duration::from_millis(700)).await;
    let _ = stdin.write_all(b"bye\n").await;
    drop(stdin);
    let output = tokio::time::timeout(Duration::from_secs(10), child.wait_with_output());
    let output = output.await.expect("ends").expect("output");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

const MUTUAL: &str = "-cert peer.pem -key peer.key";

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_007_openssl_clients_are_taken_by_their_version() {
    let folder = Folder::new();
    let (high, floor) = (folder.node(), folder.node().tls12_floor());
    for (node, version, taken) in [
        (&high, "-tls1_3", true),
        (&high, "-tls1_2", false),
        (&high, "-tls1_1", false),
        (&floor, "-tls1_3", true),
        (&floor, "-tls1_2", true),
        (&floor, "-tls1_1", false),
        (&floor, "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256", false),
        (
            &floor,
            "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384",
            true,
        ),
    ] {
        let server = serving(node.clone()).await;
        let seen = s_client(&folder, &server, &format!("{MUTUAL} {version}")).await;
        assert_eq!(seen.contains("welcome, node"), taken, "{version}\n{seen}");
        if taken {
            assert!(seen.contains("Verify return code: 0 (ok)"), "{seen}");
        }
    }
}

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_007_with_an_rsa_certificate_the_two_suites_of_the_framework_are_spoken() {
    let folder = Folder::new();
    folder.openssl("genrsa -out rsa.key 2048");
    let key = fs::read_to_string(folder.path("rsa.key")).expect("read");
    let key = rcgen::KeyPair::from_pem(&key).expect("key");
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let node = folder.domain.sign(&params, &key);
    let node = SecureNode::dangerous().without_audit(node.identity(), folder.domain.anchors());
    let server = serving(node.expect("node").tls12_floor()).await;
    for (suite, spoken) in [
        ("ECDHE-RSA-AES128-GCM-SHA256", true),
        ("ECDHE-RSA-AES256-GCM-SHA384", true),
        ("DHE-RSA-AES128-GCM-SHA256", false),
        ("DHE-RSA-AES256-GCM-SHA384", false),
        ("AES128-SHA", false),
    ] {
        let arguments = format!("{MUTUAL} -tls1_2 -cipher {suite}");
        let seen = s_client(&folder, &server, &arguments).await;
        assert_eq!(seen.contains("welcome, node"), spoken, "{suite}\n{seen}");
    }
}

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_009_openssl_clients_are_refused_with_the_alert_that_says_why() {
    let folder = Folder::new();
    let stranger = Domain::new("stranger").issue("stranger.example", |_| {});
    folder.member("stranger", &stranger);
    let past = folder.domain.issue("past.example", |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    });
    folder.member("past", &past);
    let server = serving(folder.node()).await;
    for (arguments, alert) in [
        ("", "certificate required"),
        ("-cert stranger.pem -key stranger.key", "unknown ca"),
        ("-cert past.pem -key past.key", "certificate expired"),
    ] {
        let seen = s_client(&folder, &server, arguments).await;
        assert!(!seen.contains("welcome, node"), "{seen}");
        assert!(seen.contains(&format!("alert {alert}")), "{alert}\n{seen}");
    }
}

/// `openssl s_server` until dropped.
struct SServer(Child);

impl Drop for SServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn s_server(folder: &Folder, arguments: &str) -> (SServer, u16) {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = free.local_addr().expect("address").port();
    drop(free);
    let line = format!("s_server -accept 127.0.0.1:{port} -CAfile ca.pem -quiet -rev {arguments}");
    let child = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(folder.dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    let child = SServer(child);
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_ok()
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (child, port)
}

/// Whether the server answers a line, reversed as `-rev` does.
async fn answers(node: &SecureNode, port: u16) -> std::io::Result<bool> {
    let (mut stream, _) = node.connect("127.0.0.1", port).await?;
    stream.write_all(b"ping\n").await?;
    stream.flush().await?;
    let mut bytes = [0; 5];
    stream.read_exact(&mut bytes).await?;
    Ok(&bytes == b"gnip\n")
}

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_007_openssl_servers_of_tls_1_2_are_reached_only_with_the_floor_preset() {
    let folder = Folder::new();
    let mutual = "-cert peer.pem -key peer.key -Verify 2 -verify_return_error";
    let (_old, port) = s_server(&folder, &format!("{mutual} -tls1_2")).await;
    assert!(
        answers(&folder.node().tls12_floor(), port)
            .await
            .expect("reached")
    );
    let error = answers(&folder.node(), port).await.expect_err("refused");
    let reason = ConnectError::of(&error);
    assert!(
        matches!(
            reason,
            Some(ConnectError::NotAuthenticated(AcceptError::OldVersion(_)))
        ),
        "{error:?}"
    );
    let (_new, port) = s_server(&folder, &format!("{mutual} -tls1_3")).await;
    assert!(answers(&folder.node(), port).await.expect("reached"));
    assert!(
        answers(&folder.node().tls12_floor(), port)
            .await
            .expect("reached")
    );
}

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_009_an_openssl_server_that_does_not_trust_us_is_understood() {
    let folder = Folder::new();
    let stranger = Domain::new("stranger");
    let identity = stranger.member("stranger.example");
    let made = SecureNode::dangerous().without_audit(identity, folder.domain.anchors());
    let node = made.expect("node").tls12_floor();
    let mutual = "-cert peer.pem -key peer.key -Verify 2 -verify_return_error";
    for version in ["-tls1_2", "-tls1_3"] {
        let (_server, port) = s_server(&folder, &format!("{mutual} {version}")).await;
        let error = answers(&node, port).await.expect_err("refused");
        let reason = ConnectError::of(&error).expect("typed");
        assert!(
            matches!(
                reason,
                ConnectError::NotAuthenticated(AcceptError::OursRefused(_))
            ),
            "{version} {error:?}"
        );
    }
}

/// Makes a certificate with openssl alone: `request` are further arguments of `req`.
fn foreign(folder: &Folder, name: &str, request: &str, sign: &str) -> Identity {
    folder.openssl(&format!(
        "req -new -nodes -keyout {name}.key -out {name}.csr -subj /CN={name} {request}"
    ));
    folder.openssl(&format!(
        "x509 -req -in {name}.csr -out {name}.pem -days 30 {sign}"
    ));
    let identity = Identity::from_pem_files(
        folder.path(&format!("{name}.pem")),
        folder.path(&format!("{name}.key")),
    );
    identity.expect("identity")
}

fn authority(folder: &Folder, request: &str) -> TrustAnchors {
    folder.openssl(&format!(
        "req -x509 -nodes -days 30 -keyout root.key -out root.pem -subj /CN=root {request}"
    ));
    TrustAnchors::from_pem_file(folder.path("root.pem")).expect("anchors")
}

const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
const BY_ROOT: &str = "-CA root.pem -CAkey root.key -CAcreateserial";

async fn accepted(anchors: TrustAnchors, client: Identity) -> Result<(), AcceptError> {
    let servers = Domain::new("servers");
    let server = SecureNode::dangerous().without_audit(servers.member("server"), anchors);
    let client = SecureNode::dangerous().without_audit(client, servers.anchors());
    let (server, client) = (server.expect("node"), client.expect("node"));
    let (accepted, _) = common::meet(&server, &client, "127.0.0.1").await;
    accepted.map(|_| ())
}

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_005_version_1_certificates_of_openssl_are_taken() {
    let folder = Folder::new();
    let anchors = authority(&folder, P256);
    let client = foreign(&folder, "plain", P256, BY_ROOT);
    let text = folder.openssl("x509 -in plain.pem -noout -text");
    assert!(text.contains("Version: 1"), "{text}");
    accepted(anchors.clone(), client.clone())
        .await
        .expect("by chain");
    let pem = fs::read_to_string(folder.path("plain.pem")).expect("read");
    let listed = TrustAnchors::certificates_only(&pem).expect("anchors");
    accepted(listed, client).await.expect("from the list");
}

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_006_rsa_of_1024_bits_is_the_deviation_and_4096_is_taken() {
    let folder = Folder::new();
    let anchors = authority(&folder, P256);
    let large = foreign(&folder, "large", "-newkey rsa:4096", BY_ROOT);
    accepted(anchors.clone(), large).await.expect("taken");
    folder.openssl(
        "req -new -nodes -keyout small.key -out small.csr -subj /CN=small -newkey rsa:1024",
    );
    folder.openssl(&format!(
        "x509 -req -in small.csr -out small.pem -days 30 {BY_ROOT}"
    ));
    // Our own library will not even sign with it, so openssl is the client.
    fs::copy(folder.path("root.pem"), folder.path("ca.pem")).expect("copied");
    let seen = Arc::new(Mutex::new(None));
    let made = SecureNode::dangerous().without_audit(folder.domain.member("server"), anchors);
    let node = made.expect("node");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let server = Server {
        address: listener.local_addr().expect("address"),
        stop: CancellationToken::new(),
    };
    let slot = seen.clone();
    let accepting = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("accepted");
        let refused = node.accept(stream).await.expect_err("refused");
        *slot.lock().expect("slot") = Some(refused);
    });
    let arguments = "-cert small.pem -key small.key -cipher ALL:@SECLEVEL=0";
    s_client(&folder, &server, arguments).await;
    accepting.await.expect("done");
    let refused = seen.lock().expect("slot").take().expect("refused");
    assert!(
        matches!(
            &refused,
            AcceptError::Untrusted(Untrusted::WeakKey { bits: 1024, .. })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
#[ignore = "needs openssl"]
async fn atna_r_006_signatures_with_sha_1_are_refused_by_name() {
    let folder = Folder::new();
    let anchors = authority(&folder, P256);
    let client = foreign(&folder, "old", P256, &format!("-sha1 {BY_ROOT}"));
    let refused = accepted(anchors, client).await.expect_err("refused");
    let AcceptError::Untrusted(Untrusted::Algorithm { algorithm, .. }) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(algorithm, "1.2.840.10045.4.1");
}

/// What sslscan says, without colours.
async fn sslscan(folder: &Folder, node: SecureNode) -> String {
    let server = serving(node).await;
    let certificate = folder.path("peer.pem");
    let key = folder.path("peer.key");
    let arguments = |path: &Path| path.display().to_string();
    let output = tokio::process::Command::new("sslscan")
        .arg("--no-colour")
        .arg("--show-client-cas")
        .arg(format!("--certs={}", arguments(&certificate)))
        .arg(format!("--pk={}", arguments(&key)))
        .arg(server.address.to_string())
        .output()
        .await
        .expect("sslscan is installed");
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{report}");
    report
}

fn state(report: &str, protocol: &str) -> Option<String> {
    let line = report.lines().find(|line| line.starts_with(protocol))?;
    line.split_whitespace().last().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs sslscan"]
async fn atna_r_007_sslscan_finds_tls_1_3_alone_and_with_the_floor_preset_tls_1_2() {
    let folder = Folder::new();
    let high = sslscan(&folder, folder.node()).await;
    let floor = sslscan(&folder, folder.node().tls12_floor()).await;
    for report in [&high, &floor] {
        for old in ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"] {
            assert_eq!(
                state(report, old).as_deref(),
                Some("disabled"),
                "{old}\n{report}"
            );
        }
        assert_eq!(
            state(report, "TLSv1.3").as_deref(),
            Some("enabled"),
            "{report}"
        );
        let bleeding = report.matches("vulnerable to heartbleed").count();
        assert_eq!(
            report.matches("not vulnerable to heartbleed").count(),
            bleeding
        );
        for weak in ["CBC", "RC4", "3DES", "NULL", "MD5", "DHE 1024"] {
            assert!(!report.contains(weak), "{weak}\n{report}");
        }
        assert!(report.contains("Session renegotiation not supported"));
    }
    assert_eq!(state(&high, "TLSv1.2").as_deref(), Some("disabled"));
    assert_eq!(state(&floor, "TLSv1.2").as_deref(), Some("enabled"));
}
