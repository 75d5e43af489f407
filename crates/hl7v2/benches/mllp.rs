//! Acknowledged messages per second over loopback TCP on one connection, beside the limit: the same bytes echoed by tokio
//! without a look at them. Server and client are two processes of one thread each, pinned to two cores if `taskset` is there.
//! Rounds are interleaved; medians are printed. The server parses each message whole and builds its acknowledgement.

use hl7v2::ack::AckCode;
use hl7v2::mllp::{Client, Limits, Matching, Pipeline, Server};
use hl7v2::{Message, build};
use std::collections::VecDeque;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const WINDOW: usize = 32;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1500);
const IDLE: usize = 1000;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// An ADT^A01 of 1 KB.
fn message() -> Vec<u8> {
    let mut text = String::from(
        "MSH|^~\\&|HIS^1.2.3.4.5^ISO|WARD|PIX^1.2.3.4.6^ISO|HUB|20260315093012||ADT^A01^ADT_A01|PIX20260315000001|P|2.3.1\r\
         EVN|A01|20260315093000|||0001^CLERK^ANN\r\
         PID|1||0000123456^^^HOSP&1.2.3.4.1000&ISO^PI~99887766^^^REGION&1.2.3.4.2000&ISO^PI||DOE^JANE^Q^^^^L||19580312|F|||\
         12 LONG STREET^APT 3^SPRINGFIELD^IL^62701^USA^H||(217)555-0100^PRN^PH|(217)555-0102|EN|M|CHR\r\
         PV1|1|I|W2^204^1^HOSP^^^^3||||D001^DOCTOR^DAN^^^DR^MD||SUR||||1|||D001^DOCTOR^DAN|IN|V100200\r",
    );
    while text.len() < 900 {
        text.push_str("NK1|1|DOE^JOHN^^^^^L|SPO^SPOUSE^HL70063|12 LONG STREET^^SPRINGFIELD^IL^62701|(217)555-0103\r");
    }
    text.into_bytes()
}

fn acknowledge(bytes: &[u8]) -> Vec<u8> {
    match Message::parse(bytes) {
        Ok(message) => build::acknowledgement(&message, AckCode::Aa, &[]),
        Err(reason) => build::rejection_of_unparsable(&reason),
    }
}

fn limits(in_flight: usize) -> Limits {
    Limits {
        in_flight,
        connections: 2 * IDLE,
        ..Limits::default()
    }
}

/// Prints the two ports, and serves until it is killed.
async fn serve() -> Outcome<()> {
    let (ours, echo) = (listener().await?, listener().await?);
    println!(
        "{} {}",
        ours.local_addr()?.port(),
        echo.local_addr()?.port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = echo.accept().await {
            tokio::spawn(echo_all(stream));
        }
    });
    let (server, stop) = (Server::new(limits(WINDOW)), CancellationToken::new());
    let answer = |_, bytes: Vec<u8>| async move { acknowledge(&bytes) };
    server.serve(ours, &stop, answer).await;
    Ok(())
}

async fn listener() -> std::io::Result<TcpListener> {
    TcpListener::bind("127.0.0.1:0").await
}

async fn echo_all(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            count => stream.write_all(&buffer[..count]).await?,
        }
    }
}

/// What one round gave.
#[derive(Clone, Copy)]
struct Figures {
    rate: f64,
    p50: Duration,
    p99: Duration,
    /// Server CPU for one message.
    cpu: f64,
}

struct Peer {
    child: Child,
    ours: u16,
    echo: u16,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Peer {
    /// A server process, on this core if we can say so.
    fn start(core: Option<&str>) -> Outcome<Peer> {
        let program = std::env::current_exe()?;
        let mut command = match core {
            Some(_) => Command::new("taskset"),
            None => Command::new(&program),
        };
        if let Some(core) = core {
            command.args(["-c", core]).arg(&program);
        }
        let mut child = command.arg("serve").stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let (ours, echo) = line.trim().split_once(' ').ok_or("no ports")?;
        let (ours, echo) = (ours.parse()?, echo.parse()?);
        Ok(Peer { child, ours, echo })
    }

    fn file(&self, name: &str) -> Outcome<String> {
        Ok(std::fs::read_to_string(format!(
            "/proc/{}/{name}",
            self.child.id()
        ))?)
    }

    /// User and system time in seconds (100 ticks each).
    fn cpu(&self) -> Outcome<f64> {
        let stat = self.file("stat")?;
        let after_name = stat.rsplit(") ").next().ok_or("stat")?;
        let fields: Vec<&str> = after_name.split(' ').collect();
        Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
    }

    fn resident_bytes(&self) -> Outcome<usize> {
        let pages = self.file("statm")?;
        Ok(pages.split(' ').nth(1).ok_or("statm")?.parse::<usize>()? * 4096)
    }

    async fn connect(&self, port: u16) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// How long each message took, until the round is over.
struct Round {
    begun: Instant,
    times: Vec<Duration>,
    cpu: f64,
}

impl Round {
    fn begin(peer: &Peer) -> Outcome<Round> {
        Ok(Round {
            cpu: peer.cpu()?,
            begun: Instant::now(),
            times: Vec::with_capacity(1 << 18),
        })
    }

    fn goes_on(&self) -> bool {
        self.begun.elapsed() < ROUND
    }

    fn end(mut self, peer: &Peer) -> Outcome<Figures> {
        let (took, count) = (self.begun.elapsed(), self.times.len());
        self.times.sort_unstable();
        Ok(Figures {
            rate: count as f64 / took.as_secs_f64(),
            p50: self.times[count / 2],
            p99: self.times[count * 99 / 100],
            cpu: (peer.cpu()? - self.cpu) / count as f64,
        })
    }
}

async fn ping_pong_limit(peer: &Peer) -> Outcome<Figures> {
    let (mut stream, mut bytes) = (peer.connect(peer.echo).await?, vec![b'x'; 1024]);
    let mut round = Round::begin(peer)?;
    while round.goes_on() {
        let sent = Instant::now();
        stream.write_all(&bytes).await?;
        stream.read_exact(&mut bytes).await?;
        round.times.push(sent.elapsed());
    }
    round.end(peer)
}

async fn ping_pong(peer: &Peer) -> Outcome<Figures> {
    let (mut client, bytes) = (
        Client::new(peer.connect(peer.ours).await?, limits(1)),
        message(),
    );
    let mut round = Round::begin(peer)?;
    while round.goes_on() {
        let sent = Instant::now();
        client.exchange(&bytes).await?;
        round.times.push(sent.elapsed());
    }
    round.end(peer)
}

/// As many bytes are written as came back, so the window stays full.
async fn pipelined_limit(peer: &Peer) -> Outcome<Figures> {
    let mut stream = peer.connect(peer.echo).await?;
    let mut buffer = vec![b'x'; WINDOW * 1024];
    let mut round = Round::begin(peer)?;
    let mut sent = VecDeque::from(vec![Instant::now(); WINDOW]);
    stream.write_all(&buffer).await?;
    let mut pending = 0;
    while round.goes_on() {
        let count = stream.read(&mut buffer).await?;
        pending += count;
        let (whole, now) = (pending / 1024, Instant::now());
        pending %= 1024;
        for then in sent.drain(..whole) {
            round.times.push(now - then);
        }
        sent.extend(vec![now; whole]);
        stream.write_all(&buffer[..count]).await?;
    }
    round.end(peer)
}

async fn pipelined(peer: &Peer) -> Outcome<Figures> {
    let pipeline = Pipeline::open(
        peer.connect(peer.ours).await?,
        limits(WINDOW),
        Matching::Order,
    );
    let bytes = message();
    let mut round = Round::begin(peer)?;
    let mut under_way = VecDeque::with_capacity(WINDOW);
    while round.goes_on() {
        while under_way.len() < WINDOW {
            let sent = Instant::now();
            under_way.push_back((sent, pipeline.send(bytes.clone()).await?));
        }
        if let Some((sent, answer)) = under_way.pop_front() {
            answer.await?;
            round.times.push(sent.elapsed());
        }
    }
    let figures = round.end(peer);
    pipeline.close().await;
    figures
}

fn median(rounds: &[Figures]) -> Figures {
    let middle = |of: fn(&Figures) -> f64| {
        let mut all: Vec<f64> = rounds.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Figures {
        rate: middle(|one| one.rate),
        p50: Duration::from_secs_f64(middle(|one| one.p50.as_secs_f64())),
        p99: Duration::from_secs_f64(middle(|one| one.p99.as_secs_f64())),
        cpu: middle(|one| one.cpu),
    }
}

fn show(name: &str, rounds: &[Figures], limit: Option<&[Figures]>) {
    let figures = median(rounds);
    let ratio = limit.map_or(String::new(), |limit| {
        format!("{:.0} %", 100.0 * figures.rate / median(limit).rate)
    });
    println!(
        "| {name} | {:.0} | {ratio} | {:.0} | {:.0} | {:.1} |",
        figures.rate,
        figures.p50.as_secs_f64() * 1e6,
        figures.p99.as_secs_f64() * 1e6,
        figures.cpu * 1e6
    );
}

/// Resident memory of the server for each of many connections: before they spoke, and after.
async fn memory(peer: &Peer) -> Outcome<()> {
    let before = peer.resident_bytes()?;
    let mut clients = Vec::new();
    for _ in 0..IDLE {
        clients.push(Client::new(peer.connect(peer.ours).await?, limits(1)));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let silent = peer.resident_bytes()?;
    let bytes = message();
    for client in &mut clients {
        client.exchange(&bytes).await?;
    }
    let spoken = peer.resident_bytes()?;
    let each = |now: usize| now.saturating_sub(before) as f64 / IDLE as f64 / 1024.0;
    println!(
        "\nserver memory for each of {IDLE} connections: {:.1} KiB silent, {:.1} KiB after one message of 1 KB",
        each(silent),
        each(spoken)
    );
    Ok(())
}

async fn measure() -> Outcome<()> {
    let own = std::process::id().to_string();
    let pinned = Command::new("taskset")
        .args(["-c", "-p", "0", &own])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let peer = Peer::start(pinned.then_some("1"))?;
    let beside = Peer::start(pinned.then_some("0"))?;
    memory(&peer).await?;
    let mut all: [Vec<Figures>; 6] = Default::default();
    for _ in 0..ROUNDS {
        all[0].push(ping_pong_limit(&peer).await?);
        all[1].push(ping_pong(&peer).await?);
        all[2].push(ping_pong_limit(&beside).await?);
        all[3].push(ping_pong(&beside).await?);
        all[4].push(pipelined_limit(&peer).await?);
        all[5].push(pipelined(&peer).await?);
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("pinned: {pinned}; load {}", load.trim());
    println!(
        "| one connection, messages of 1 KB | per second | of the limit | p50 µs | p99 µs | server CPU µs |"
    );
    println!("|---|---|---|---|---|---|");
    show("limit: tokio echo, ping-pong, two cores", &all[0], None);
    show("acknowledged, ping-pong, two cores", &all[1], Some(&all[0]));
    show("limit: tokio echo, ping-pong, one core", &all[2], None);
    show("acknowledged, ping-pong, one core", &all[3], Some(&all[2]));
    show(
        "limit: tokio echo, 32 KB under way, two cores",
        &all[4],
        None,
    );
    show(
        "acknowledged, 32 in flight, two cores",
        &all[5],
        Some(&all[4]),
    );
    Ok(())
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match arguments.get(1).map(String::as_str) {
        Some("serve") => runtime.block_on(serve()),
        Some("--test") => Ok(()),
        _ => runtime.block_on(measure()),
    }
}
