//! The clock of a running domain: watched, alarmed about, served corrected; and what `time` says of Time Servers.

use ihe_ct::{ServerState, TimeServer};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const PROGRAM: &str = env!("CARGO_BIN_EXE_regional-network");

/// Killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A Time Server on loopback whose clock is wrong by so many nanoseconds.
fn time_server(runtime: &tokio::runtime::Runtime, wrong: i64) -> String {
    runtime.block_on(async {
        let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("address").to_string();
        let mut state = ServerState::local_clock(2);
        if let ServerState::Clock { offset, .. } = &mut state {
            *offset = wrong;
        }
        tokio::spawn(TimeServer::new(state).serve(socket, CancellationToken::new()));
        address
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).output().expect("started")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn ct_r_001_time_shows_a_line_for_each_server_and_rejects_the_liar() {
    let runtime = runtime();
    let servers = [0, 30_000_000_000, 0].map(|wrong| time_server(&runtime, wrong));
    let mut arguments = vec!["time"];
    servers
        .iter()
        .for_each(|server| arguments.extend(["--server", server]));
    let table = program(&arguments);
    let text = out(&table);
    println!("{text}");
    let line = |server: &str| {
        text.lines()
            .find(|line| line.contains(server))
            .expect("a line")
    };
    assert!(line(&servers[1]).ends_with("falseticker"), "{text}");
    let thirty = |said: &str| said.contains("+30.0") || said.contains("+29.9");
    assert!(thirty(line(&servers[1])), "{text}");
    assert!(
        text.contains("selected") && text.contains("clock: good"),
        "{text}"
    );
    assert_eq!(table.status.code(), Some(0));

    arguments.push("--json");
    let json = program(&arguments);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(value["servers"][1]["verdict"], "falseticker");
    assert_eq!(value["health"]["verdict"], "good");
    assert_eq!(value["health"]["agreeing"], 2);
    assert!(value["health"]["bound_seconds"].as_f64().expect("a number") < 1.0);
}

#[test]
fn ct_r_010_a_time_zone_is_a_matter_of_display_and_not_of_time() {
    let runtime = runtime();
    let server = time_server(&runtime, 0);
    for zone in ["Asia/Tokyo", "America/St_Johns"] {
        let mut command = Command::new(PROGRAM);
        let command = command
            .env("TZ", zone)
            .args(["time", "--json", "--server", &server]);
        let output = command.output().expect("started");
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let offset = value["health"]["offset_seconds"]
            .as_f64()
            .expect("a number");
        assert!(offset.abs() < 0.05, "{zone}: {offset}");
    }
}

#[test]
fn ct_r_001_a_clock_that_is_wrong_makes_time_fail() {
    let runtime = runtime();
    let server = time_server(&runtime, 2_000_000_000);
    let output = program(&["time", "--server", &server]);
    assert!(out(&output).contains("clock: wrong"), "{}", out(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn ct_r_009_and_011_a_wrong_clock_becomes_a_security_alert_and_is_served_corrected() {
    let (runtime, folder) = (runtime(), tempfile::tempdir().expect("a folder"));
    let server = time_server(&runtime, 5_000_000_000);
    let (config, data) = (
        folder.path().join("config.toml"),
        folder.path().join("data"),
    );
    std::fs::write(&config, format!("[time]\nservers = [\"{server}\"]\n")).expect("written");
    let child = Command::new(PROGRAM)
        .args(["serve", "--plain", "--port-base", "0", "--config"])
        .arg(&config)
        .arg("--data")
        .arg(&data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let _running = Running(child);
    let trail = until(Duration::from_secs(60), || alerts(&data));
    assert!(trail.contains("serious failure"), "{trail}");
    assert!(trail.contains("time-client"), "{trail}");
    let output = program(&["time", "--data", data.to_str().expect("UTF-8"), "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let line = &value["servers"][0];
    assert_eq!(line["stratum"], 3, "one more than its source: {line}");
    let offset = line["offset_seconds"].as_f64().expect("a number");
    assert!(
        (offset - 5.0).abs() < 0.05,
        "clock and estimated offset: {offset}"
    );
}

/// The audit trail's lines about security alerts, when there is one of the clock.
fn alerts(data: &Path) -> Option<String> {
    let data = data.to_str()?;
    let trail = out(&program(&["audit", "--data", data]));
    let alert = trail
        .lines()
        .find(|line| line.contains("time-client") && line.contains("110113"));
    alert.map(str::to_owned)
}

fn until<T>(patience: Duration, mut found: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < patience, "not in time");
        std::thread::sleep(Duration::from_millis(500));
    }
}
