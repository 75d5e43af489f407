//! ITI-20 our sender and foreign receivers: rsyslog over TLS (gtls, certificates on both sides),
//! plain TCP and UDP, whole and killed under load; openssl s_server.

mod common;

use std::collections::HashMap;
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Domain, event};
use ihe_atna::syslog::FrameDecoder;
use ihe_atna::{SecureNode, Spool, SpoolLimits, SpoolStatus, SyslogTcp, SyslogTls, SyslogUdp};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// rsyslogd with three doors and a file behind each.
struct Rsyslog {
    dir: tempfile::TempDir,
    domain: Domain,
    ports: [u16; 3],
}

/// Three ports nobody has, for TCP and UDP.
fn free_ports() -> [u16; 3] {
    let sockets = [(); 3].map(|()| UdpSocket::bind("127.0.0.1:0").expect("bound"));
    sockets.map(|socket| socket.local_addr().expect("address").port())
}

impl Rsyslog {
    fn new() -> Rsyslog {
        let (dir, domain) = (
            tempfile::tempdir().expect("directory"),
            Domain::new("domain"),
        );
        let write = |name: &str, text: &str| {
            std::fs::write(dir.path().join(name), text).expect("written");
        };
        let (certificate, key) = domain.member_pem("arr.example");
        write("ca.pem", &domain.pem);
        write("arr.pem", &certificate);
        write("arr.key", &key);
        let ports = free_ports();
        let [tls, tcp, udp] = ports;
        let at = dir.path().display();
        write(
            "conf",
            &format!(
                r#"global(workDirectory="{at}" maxMessageSize="256k"
    defaultNetstreamDriverCAFile="{at}/ca.pem" defaultNetstreamDriverCertFile="{at}/arr.pem"
    defaultNetstreamDriverKeyFile="{at}/arr.key")
template(name="raw" type="string" string="%rawmsg%\n")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
module(load="imptcp")
module(load="imudp")
ruleset(name="tls") {{ action(type="omfile" file="{at}/tls" template="raw") }}
ruleset(name="tcp") {{ action(type="omfile" file="{at}/tcp" template="raw") }}
ruleset(name="udp") {{ action(type="omfile" file="{at}/udp" template="raw") }}
input(type="imtcp" port="{tls}" ruleset="tls")
input(type="imptcp" port="{tcp}" ruleset="tcp")
input(type="imudp" address="127.0.0.1" port="{udp}" ruleset="udp" rcvbufSize="4m")
"#
            ),
        );
        Rsyslog { dir, domain, ports }
    }

    fn start(&self) -> Running {
        let _ = std::fs::remove_file(self.dir.path().join("pid"));
        let mut rsyslogd = Command::new("rsyslogd");
        rsyslogd
            .arg("-n")
            .arg("-f")
            .arg(self.dir.path().join("conf"));
        rsyslogd.arg("-i").arg(self.dir.path().join("pid"));
        let child = rsyslogd.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let running = Running(child.expect("NOT TESTED: rsyslogd is not installed"));
        for port in &self.ports[..2] {
            wait_for(*port);
        }
        running
    }

    fn node(&self, spool: Spool) -> SecureNode {
        let limits = SpoolLimits {
            retry_first: Duration::from_millis(50),
            retry_longest: Duration::from_millis(200),
            ..SpoolLimits::default()
        };
        let spool = spool.with_limits(limits);
        let identity = self.domain.member("node.example");
        SecureNode::new(identity, self.domain.anchors(), spool).expect("node")
    }

    fn tls(&self) -> Spool {
        let to = SyslogTls::to(format!("127.0.0.1:{}", self.ports[0]));
        Spool::open(self.dir.path().join("spool"), [to]).expect("spool")
    }

    /// How often each record stands in a file.
    fn received(&self, file: &str) -> HashMap<u32, u32> {
        let bytes = std::fs::read(self.dir.path().join(file)).unwrap_or_default();
        let mut found = HashMap::new();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let id = line
                .split("ObjectID=\"P")
                .nth(1)
                .and_then(|rest| rest.split('.').next());
            if let Some(id) = id.and_then(|id| id.parse().ok()) {
                *found.entry(id).or_default() += 1;
            }
        }
        found
    }

    /// Waits until the file has so many different records, or no more come for two seconds.
    async fn settled(&self, file: &str, count: usize) -> HashMap<u32, u32> {
        let (mut before, mut since) = (0, Instant::now());
        loop {
            let found = self.received(file);
            if found.len() != before {
                (before, since) = (found.len(), Instant::now());
            }
            if found.len() >= count || since.elapsed() > Duration::from_secs(2) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn wait_for(port: u16) {
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("nobody listens on {port}");
}

async fn record(node: &SecureNode, ids: std::ops::Range<u32>) {
    for id in ids {
        let kept = node.record(event(&format!("P{id}.")).into_message()).await;
        kept.expect("recorded");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs rsyslog"]
async fn atna_r_020_and_021_rsyslog_receives_over_tls_tcp_and_udp_at_once() {
    let rsyslog = Rsyslog::new();
    let running = rsyslog.start();
    let [_, tcp, udp] = rsyslog.ports;
    let spool = rsyslog.tls();
    let spool = spool.with_dangerous_tcp(SyslogTcp::to(format!("127.0.0.1:{tcp}")));
    let spool = spool.expect("address");
    let spool = spool.with_dangerous_udp(SyslogUdp::to(format!("127.0.0.1:{udp}")));
    let node = rsyslog.node(spool.expect("address"));
    record(&node, 0..3000).await;
    node.drain(Duration::from_secs(60)).await.expect("drained");
    for way in ["tls", "tcp", "udp"] {
        let found = rsyslog.settled(way, 3000).await;
        let lines: u32 = found.values().sum();
        println!("{way}: sent 3000, received {}, lines {lines}", found.len());
        assert_eq!(found.len(), 3000, "{way}");
    }
    println!("{:?}", node.spool_status());
    drop(running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs rsyslog"]
async fn atna_r_025_and_030_rsyslog_killed_under_load_loses_no_more_than_the_window_covers() {
    let rsyslog = Rsyslog::new();
    let mut running = rsyslog.start();
    let node = rsyslog.node(rsyslog.tls());
    let writer = tokio::spawn({
        let node = node.clone();
        async move {
            for id in 0..20_000 {
                record(&node, id..id + 1).await;
                if id % 20 == 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    });
    let mut kills = 0;
    while !writer.is_finished() {
        tokio::time::sleep(Duration::from_millis(700)).await;
        drop(running);
        kills += 1;
        tokio::time::sleep(Duration::from_millis(300)).await;
        running = rsyslog.start();
    }
    writer.await.expect("written");
    node.drain(Duration::from_secs(60)).await.expect("drained");
    let found = rsyslog.settled("tls", 20_000).await;
    let lines: u32 = found.values().sum();
    let SpoolStatus { resent, .. } = node.spool_status();
    let missing = 20_000 - found.len();
    println!("{kills} kills, 20000 sent, {missing} missing, {lines} lines, {resent} sent again");
    assert_eq!(missing, 0);
    drop(running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs openssl"]
async fn atna_r_021_and_022_openssl_s_server_receives_frames_over_mutual_tls_1_3() {
    let rsyslog = Rsyslog::new();
    let port = rsyslog.ports[0];
    let line = format!(
        "s_server -accept 127.0.0.1:{port} -cert arr.pem -key arr.key -CAfile ca.pem -Verify 2 \
         -verify_return_error -tls1_3 -quiet"
    );
    let out = std::fs::File::create(rsyslog.dir.path().join("out")).expect("file");
    let child = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(rsyslog.dir.path())
        .stdin(Stdio::piped())
        .stdout(out)
        .stderr(Stdio::null())
        .spawn();
    let mut running = Running(child.expect("NOT TESTED: openssl is not installed"));
    let node = rsyslog.node(rsyslog.tls());
    record(&node, 0..500).await;
    let drained = node.drain(Duration::from_secs(20)).await;
    drained.expect("drained");
    let _ = running.0.kill();
    let bytes = std::fs::read(rsyslog.dir.path().join("out")).expect("read");
    let mut decoder = FrameDecoder::new(1 << 20);
    decoder.push(&bytes);
    let mut count = 0;
    while decoder.next_message().expect("octet counting").is_some() {
        count += 1;
    }
    assert_eq!(count, 500);
    assert!(!decoder.is_partial());
}
