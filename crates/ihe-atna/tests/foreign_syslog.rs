//! ITI-20 foreign senders: rsyslog (gtls and plain TCP) and util-linux `logger`. Each test fails when
//! the program is missing.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Domain, Shelf, event};
use ihe_atna::{AuditRecordRepository, MemoryStore, SecureNode};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;

struct Arr {
    shelf: Shelf,
    tls: u16,
    tcp: u16,
    udp: u16,
    stop: CancellationToken,
}

async fn arr(domain: &Domain) -> Arr {
    let shelf = Shelf::new();
    let (node, _) = domain.node("localhost");
    let node: SecureNode = node.tls12_floor();
    let repository: AuditRecordRepository<MemoryStore> = shelf.repository(node);
    let stop = CancellationToken::new();
    let mut ports = Vec::new();
    for over_tls in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        ports.push(listener.local_addr().expect("address").port());
        let (repository, stop) = (repository.clone(), stop.clone());
        tokio::spawn(async move {
            match over_tls {
                true => repository.serve_tls(listener, stop).await.expect("served"),
                false => repository.serve_tcp(listener, stop).await,
            }
        });
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let udp = socket.local_addr().expect("address").port();
    let token = stop.clone();
    tokio::spawn(async move { repository.serve_udp(socket, token).await });
    Arr {
        shelf,
        tls: ports[0],
        tcp: ports[1],
        udp,
        stop,
    }
}

fn xml(patient: &str) -> String {
    let mut message = event(patient).into_message();
    message.source.id = "foreign".to_owned();
    message.to_xml().replace('\n', "")
}

async fn patients(shelf: &Shelf) -> Vec<String> {
    let all = shelf.all().await;
    let read = all.into_iter().filter_map(|one| one.summary);
    read.flat_map(|one| one.patients).collect()
}

struct Rsyslog(Child);

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// rsyslogd that sends each line of a file to us.
fn rsyslog(dir: &Path, action: &str) -> Rsyslog {
    let config = format!(
        "global(workDirectory=\"{0}\" DefaultNetstreamDriverCAFile=\"{0}/ca.pem\" \
         DefaultNetstreamDriverCertFile=\"{0}/node.pem\" DefaultNetstreamDriverKeyFile=\"{0}/node.key\")\n\
         module(load=\"imfile\")\n\
         input(type=\"imfile\" File=\"{0}/in.log\" Tag=\"ihe\")\n\
         template(name=\"atna\" type=\"string\" string=\"<85>1 %timegenerated:::date-rfc3339% h rsyslog 1 IHE+RFC-3881 - %msg%\")\n\
         action(type=\"omfwd\" target=\"127.0.0.1\" protocol=\"tcp\" template=\"atna\" {action})\n",
        dir.display()
    );
    fs::write(dir.join("rsyslog.conf"), config).expect("written");
    let child = Command::new("rsyslogd")
        .args(["-n", "-i", "NONE", "-f"])
        .arg(dir.join("rsyslog.conf"))
        .stdout(Stdio::null())
        .spawn();
    Rsyslog(child.expect("NOT TESTED: rsyslog is not installed (Debian: rsyslog rsyslog-gnutls)"))
}

fn certificates(domain: &Domain, dir: &Path) {
    let (pem, key) = domain.member_pem("rsyslog.example");
    fs::write(dir.join("ca.pem"), &domain.pem).expect("written");
    fs::write(dir.join("node.pem"), pem).expect("written");
    fs::write(dir.join("node.key"), key).expect("written");
}

async fn sends(action: impl Fn(&Arr) -> String) {
    let (domain, dir) = (
        Domain::new("domain"),
        tempfile::tempdir().expect("directory"),
    );
    certificates(&domain, dir.path());
    let arr = arr(&domain).await;
    let ids: Vec<String> = (0..200).map(|one| format!("{one}^^^&1.2&ISO")).collect();
    let lines: String = ids.iter().map(|id| xml(id) + "\n").collect();
    fs::write(dir.path().join("in.log"), lines).expect("written");
    let sender = rsyslog(dir.path(), &action(&arr));
    arr.shelf.wait_for(200).await;
    drop(sender);
    assert_eq!(patients(&arr.shelf).await, ids);
    arr.stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs rsyslog with gtls"]
async fn atna_r_021_rsyslog_sends_over_tls_with_octet_counting_and_with_lines() {
    for framing in ["octet-counted", "traditional"] {
        sends(|arr| {
            format!(
                "port=\"{}\" TCP_Framing=\"{framing}\" StreamDriver=\"gtls\" StreamDriverMode=\"1\" \
                 StreamDriverAuthMode=\"x509/certvalid\"",
                arr.tls
            )
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs rsyslog"]
async fn atna_r_020_rsyslog_sends_over_plain_tcp_in_both_framings() {
    for framing in ["octet-counted", "traditional"] {
        sends(|arr| format!("port=\"{}\" TCP_Framing=\"{framing}\"", arr.tcp)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs logger of util-linux"]
async fn atna_r_020_logger_sends_over_udp_and_tcp_in_both_formats() {
    let arr = arr(&Domain::new("domain")).await;
    let (udp, tcp) = (arr.udp.to_string(), arr.tcp.to_string());
    let ways: [&[&str]; 4] = [
        &["--udp", "--port", &udp, "--rfc5424"],
        &["--udp", "--port", &udp, "--rfc3164"],
        &["--tcp", "--port", &tcp, "--rfc5424"],
        &["--tcp", "--port", &tcp, "--octet-count"],
    ];
    let mut ids = Vec::new();
    for (number, way) in ways.into_iter().enumerate() {
        let id = format!("{number}^^^&1.2&ISO");
        let status = Command::new("logger")
            .args([
                "--server",
                "127.0.0.1",
                "--size",
                "8KiB",
                "-p",
                "authpriv.notice",
            ])
            .args(way)
            .arg(xml(&id))
            .status();
        assert!(status.expect("NOT TESTED: no logger").success());
        ids.push(id);
        arr.shelf.wait_for(number as u64 + 1).await;
    }
    assert_eq!(patients(&arr.shelf).await, ids);
    arr.stop.cancel();
}
