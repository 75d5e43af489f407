//! Our server judged by chronyd, and our client against chronyd: the other implementation of NTP.
//!
//! Needs Debian's package chrony. Run with `cargo test -p ihe-ct --test chrony -- --ignored`.
#![cfg(all(feature = "server", unix))]

use ihe_ct::client::{ClientOptions, Standing};
use ihe_ct::{Moment, ServerState, TimeClient, TimeHealth, TimeServer, sntp};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
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

/// Serves its local clock at stratum 5.
fn daemon(chronyd: PathBuf, address: &str, port: u16) -> Daemon {
    let config = format!(
        "port {port}\nbindaddress {address}\nallow 127.0.0.0/8\nlocal stratum 5\ncmdport 0\nbindcmdaddress /\n"
    );
    configured(chronyd, &format!("at-{address}-{port}"), &config)
}

fn configured(chronyd: PathBuf, name: &str, config: &str) -> Daemon {
    let dir = std::env::temp_dir().join(format!("ihe-ct-chrony-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let lines = format!("{config}pidfile {}/pid\n", dir.display());
    let config = dir.join("chrony.conf");
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
    let _daemon = daemon(chronyd, "127.0.0.1", port);
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

/// Waits until chronyd at this address gives time.
async fn gives_time(address: (&str, u16)) {
    let options = sntp::Options {
        timeout: Duration::from_millis(500),
        ..sntp::Options::default()
    };
    for _ in 0..80 {
        if sntp::query(address, &options).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("chronyd gives no time");
}

/// Fields of `chronyc -c tracking` of the chronyd whose command socket this is.
async fn tracking(socket: PathBuf) -> Vec<String> {
    let asked = tokio::task::spawn_blocking(move || {
        Command::new("chronyc")
            .arg("-h")
            .arg(&socket)
            .args(["-c", "tracking"])
            .output()
            .expect("chronyc is not installed: apt-get install chrony")
    });
    let said = text(&asked.await.expect("no panic"));
    said.trim().split(',').map(str::to_owned).collect()
}

/// Our client of this server; returns when it has selected it.
async fn our_client(server: String, health: &Arc<TimeHealth>, stop: &CancellationToken) {
    let client = TimeClient::new([server], health.clone()).with_options(ClientOptions {
        burst_gap: Duration::from_millis(250),
        ..ClientOptions::default()
    });
    let mut reports = client.reports();
    tokio::spawn(client.run(stop.clone()));
    let selected =
        reports.wait_for(|report| report.iter().any(|l| l.standing == Standing::Selected));
    let line = tokio::time::timeout(Duration::from_secs(20), selected)
        .await
        .expect("our client selects chrony A")
        .expect("it runs")[0]
        .clone();
    let known = health.now();
    println!(
        "chrony A (stratum 5) -> our client: offset {:+.6} s, delay {:?}, bound {:?}, {}",
        known.offset.expect("known") as f64 / 1e9,
        line.delay.expect("measured"),
        known.bound.expect("known"),
        known.verdict
    );
    assert!(known.is_good() && line.stratum == Some(5));
}

/// What our server says of itself.
async fn our_server(port: u16) {
    let served = sntp::query(("127.0.0.3", port), &sntp::Options::default()).await;
    let served = served.expect("our server answers");
    println!(
        "our server: stratum {}, reference {}, root delay {:?}, root dispersion {:?}",
        served.stratum,
        served.reference_id,
        served.root_delay.to_duration(),
        served.root_dispersion.to_duration()
    );
    assert_eq!((served.stratum, served.reference_id.0), (6, [127, 0, 0, 2]));
}

/// What a chronyd that is our client says of its tracking, once it has selected us.
async fn chrony_after_us(chronyd: PathBuf, port: u16) -> Vec<String> {
    let command = std::env::temp_dir().join(format!("ihe-ct-chronyc-{}", std::process::id()));
    // chronyd wants the folder of its socket for itself.
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
        .create(&command)
        .expect("a directory");
    let socket = command.join("chronyd.sock");
    let config = format!(
        "port 0\ncmdport 0\nbindcmdaddress {}\nserver 127.0.0.3 port {port} iburst minpoll 4 maxpoll 4\n",
        socket.display()
    );
    let last = configured(chronyd, "last", &config);
    let mut fields = Vec::new();
    for _ in 0..120 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        fields = tracking(socket.clone()).await;
        if fields.get(1).is_some_and(|source| source == "127.0.0.3") {
            break;
        }
    }
    drop(last);
    _ = std::fs::remove_dir_all(command);
    fields
}

/// chrony A (local stratum 5) -> our client -> our server -> chrony B, each on a loopback address of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chronyd"]
async fn ct_r_002_time_passes_from_chrony_through_us_to_chrony() {
    let chronyd = chronyd();
    let port = free_port();
    let _first = daemon(chronyd.clone(), "127.0.0.2", port);
    gives_time(("127.0.0.2", port)).await;

    let (health, stop) = (Arc::new(TimeHealth::default()), CancellationToken::new());
    let socket = TimeServer::bind("127.0.0.3:0").await.expect("a port");
    let ours = socket.local_addr().expect("address").port();
    tokio::spawn(TimeServer::of(health.clone()).serve(socket, stop.clone()));
    our_client(format!("127.0.0.2:{port}"), &health, &stop).await;
    our_server(ours).await;
    let fields = chrony_after_us(chronyd, ours).await;
    stop.cancel();
    let source = fields.get(1).map(String::as_str);
    assert_eq!(source, Some("127.0.0.3"), "chrony B selects us: {fields:?}");
    let number = |at: usize| fields[at].parse::<f64>().expect("a number");
    println!(
        "chrony B: stratum {}, system time off by {:+.6} s, last offset {:+.6} s, root delay {:.6} s, root dispersion {:.6} s, leap {}",
        fields[2],
        number(4),
        number(5),
        number(10),
        number(11),
        fields[13]
    );
    assert_eq!(fields[2], "7", "one more than ours");
    assert!(number(5).abs() < 0.05, "within milliseconds on one machine");
}
