//! Our server judged by chronyd, and our client against chronyd: the other implementation of NTP.
//!
//! Needs Debian's package chrony. Run with `cargo test -p ihe-ct --test chrony -- --ignored`.
#![cfg(feature = "server")]

use ihe_ct::{Moment, ServerState, TimeHealth, TimeServer, sntp};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const PLACES: [&str; 3] = [
    "/usr/sbin/chronyd",
    "/usr/bin/chronyd",
    "/usr/local/sbin/chronyd",
];

/// Where chronyd is; without it the test fails, because it proves nothing.
fn chronyd() -> PathBuf {
    let found = PLACES
        .iter()
        .map(PathBuf::from)
        .find(|place| place.exists());
    found.expect("chronyd is not installed: apt-get install chrony")
}

/// `chronyd -Q`: measures, prints by how much it would set the clock, sets nothing, ends.
async fn one_shot(chronyd: PathBuf, server: String) -> Output {
    tokio::task::spawn_blocking(move || {
        Command::new(chronyd)
            .args(["-Q", "-t", "20", "-f", "/dev/null", &server])
            .stdin(Stdio::null())
            .output()
            .expect("chronyd starts")
    })
    .await
    .expect("no panic")
}

async fn serve(state: ServerState, stop: &CancellationToken) -> u16 {
    let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
    let port = socket.local_addr().expect("address").port();
    tokio::spawn(TimeServer::new(state).serve(socket, stop.clone()));
    port
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// The seconds of "System clock wrong by -0.000012 seconds (ignored)".
fn wrong_by(said: &str) -> Option<f64> {
    let (_, rest) = said.split_once("System clock wrong by ")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[tokio::test]
#[ignore = "needs chronyd"]
async fn ct_r_002_chronyd_believes_our_server_in_version_3_and_4() {
    let chronyd = chronyd();
    let stop = CancellationToken::new();
    let port = serve(ServerState::local_clock(10), &stop).await;
    for version in [3, 4] {
        let server = format!("server 127.0.0.1 port {port} iburst maxsamples 4 version {version}");
        let output = one_shot(chronyd.clone(), server).await;
        let said = text(&output);
        let offset = wrong_by(&said).unwrap_or_else(|| panic!("no measurement in: {said}"));
        println!("chronyd, NTPv{version}: our clock is wrong by {offset} s");
        assert!(output.status.success() && offset.abs() < 1.0, "{said}");
    }
    stop.cancel();
}

#[tokio::test]
#[ignore = "needs chronyd"]
async fn ct_r_008_chronyd_does_not_believe_our_server_when_it_is_unsynchronised() {
    let chronyd = chronyd();
    let stop = CancellationToken::new();
    let port = serve(ServerState::Unsynchronised, &stop).await;
    let output = tokio::task::spawn_blocking(move || {
        let server = format!("server 127.0.0.1 port {port} iburst maxsamples 4");
        Command::new(chronyd)
            .args(["-Q", "-t", "6", "-f", "/dev/null", &server])
            .stdin(Stdio::null())
            .output()
            .expect("chronyd starts")
    })
    .await
    .expect("no panic");
    let said = text(&output);
    assert!(
        !output.status.success() && wrong_by(&said).is_none(),
        "{said}"
    );
    stop.cancel();
}

/// A chronyd that serves its local clock on a loopback port; killed with its directory at the end.
struct Daemon(Child, PathBuf);

impl Drop for Daemon {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
        _ = std::fs::remove_dir_all(&self.1);
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("address").port()
}

fn daemon(chronyd: PathBuf, port: u16) -> Daemon {
    let dir = std::env::temp_dir().join(format!("ihe-ct-chrony-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let config = dir.join("chrony.conf");
    let lines = format!(
        "port {port}\nbindaddress 127.0.0.1\nallow 127.0.0.1\nlocal stratum 5\ncmdport 0\nbindcmdaddress /\npidfile {0}/pid\n",
        dir.display()
    );
    std::fs::write(&config, lines).expect("written");
    // -x: never touches the machine's clock; -d: stays in the foreground.
    let child = Command::new(chronyd)
        .args(["-x", "-d", "-u", "root", "-f"])
        .arg(&config)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("chronyd starts");
    Daemon(child, dir)
}

#[tokio::test]
#[ignore = "needs chronyd"]
async fn ct_r_001_our_client_measures_chronyd_within_a_second() {
    let chronyd = chronyd();
    let port = free_port();
    let _daemon = daemon(chronyd, port);
    let options = sntp::Options {
        timeout: Duration::from_millis(500),
        ..sntp::Options::default()
    };
    let health = TimeHealth::default();
    for _ in 0..40 {
        match sntp::query(("127.0.0.1", port), &options).await {
            Ok(measured) => {
                assert_eq!(measured.stratum, 5);
                println!(
                    "our client: chronyd is off by {} s",
                    measured.offset_seconds()
                );
                health.record(measured, Moment::now());
                break;
            }
            Err(error) => println!("not yet: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert!(health.now().is_good());
}
