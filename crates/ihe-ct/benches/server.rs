//! Answers per second of the Time Server on one core, beside the limit: a UDP echo of the same 48 bytes.
//!
//! `cargo bench -p ihe-ct --bench server`. Server and client are processes of their own, pinned to different cores
//! where taskset is; the rate is given by the wall clock and per second of the server's CPU.

use ihe_ct::{NtpTimestamp, Packet, ServerLimits, ServerState, TimeServer};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(1500);
/// Questions on their way at one time.
const WINDOW: usize = 48;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve-echo") => echo(),
        Some("serve-ntp") => ntp(),
        _ => measure(),
    }
}

fn announce(address: SocketAddr) {
    println!("{address}");
}

fn echo() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    announce(socket.local_addr().expect("address"));
    let mut buffer = [0; 1024];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).expect("received");
        socket.send_to(&buffer[..length], from).expect("sent");
    }
}

fn ntp() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
        announce(socket.local_addr().expect("address"));
        let limits = ServerLimits {
            burst: u32::MAX,
            per_second: u32::MAX,
            ..ServerLimits::default()
        };
        let server = TimeServer::new(ServerState::local_clock(10)).with_limits(limits);
        server
            .serve(socket, Default::default())
            .await
            .expect("served");
    });
}

struct Server(Child, SocketAddr);

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Where taskset and a second core are, a process can be kept on one core.
fn pins() -> bool {
    let tried = Command::new("taskset").args(["-c", "1", "true"]).status();
    tried.is_ok_and(|status| status.success())
}

fn start(what: &str) -> Server {
    let own = std::env::current_exe().expect("this program");
    let mut command = match pins() {
        true => {
            let mut command = Command::new("taskset");
            command.args(["-c", "1"]).arg(own);
            command
        }
        false => Command::new(own),
    };
    let mut child = command
        .arg(what)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut line = String::new();
    let mut told = BufReader::new(child.stdout.take().expect("its output"));
    told.read_line(&mut line).expect("an address");
    let address = line.trim().parse().expect("an address");
    Server(child, address)
}

/// User and system seconds of a process, from /proc.
fn cpu_seconds(child: &Child) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Answers per second of the wall clock and of the server's CPU.
fn round(server: &Server) -> (f64, f64) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.connect(server.1).expect("an address");
    let patience = Some(Duration::from_millis(200));
    socket.set_read_timeout(patience).expect("a timeout");
    let question = Packet::question(4, NtpTimestamp::from_bits(7)).encode();
    let (begin, before) = (Instant::now(), cpu_seconds(&server.0));
    let (mut answers, mut buffer) = (0_u32, [0; 64]);
    (0..WINDOW).for_each(|_| _ = socket.send(&question));
    while begin.elapsed() < ROUND {
        match socket.recv(&mut buffer) {
            Ok(length) => {
                assert_eq!(length, 48);
                answers += 1;
                _ = socket.send(&question);
            }
            // Lost on the way: fill the window again.
            Err(_) => (0..WINDOW).for_each(|_| _ = socket.send(&question)),
        }
    }
    let wall = f64::from(answers) / begin.elapsed().as_secs_f64();
    let used = before.zip(cpu_seconds(&server.0)).map(|(a, b)| b - a);
    (wall, f64::from(answers) / used.unwrap_or(f64::NAN))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure() {
    let (echo, ntp) = (start("serve-echo"), start("serve-ntp"));
    let pinned = pins();
    if pinned {
        let own = std::process::id().to_string();
        let done = Command::new("taskset").args(["-cp", "0", &own]).output();
        done.expect("taskset");
    }
    let mut rates = [const { (Vec::new(), Vec::new()) }; 2];
    for _ in 0..ROUNDS {
        for (server, (wall, cpu)) in [&echo, &ntp].into_iter().zip(&mut rates) {
            let (by_wall, by_cpu) = round(server);
            wall.push(by_wall);
            cpu.push(by_cpu);
        }
    }
    println!(
        "{ROUNDS} rounds of {ROUND:?}, interleaved, medians; 48 bytes there and back; pinned: {}",
        pins()
    );
    let mut shown = Vec::new();
    for (name, (wall, cpu)) in ["UDP echo (the limit)", "Time Server"]
        .into_iter()
        .zip(rates)
    {
        let (wall, cpu) = (median(wall), median(cpu));
        println!("{name:<22} {wall:>9.0} answers/s {cpu:>9.0} answers/CPU s");
        shown.push((wall, cpu));
    }
    println!(
        "Time Server / echo: {:.2} by the wall clock, {:.2} per CPU second; asked: >= 40000 answers/s",
        shown[1].0 / shown[0].0,
        shown[1].1 / shown[0].1
    );
}
