//! The Audit Record Repository under load: durable records over TLS, UDP with its losses, the lag of
//! the index, searches by patient.
//!
//! `cargo bench -p ihe-atna --bench repository`. RECORDS (100000) are sent in each round, SEARCH
//! (200000) records are searched. The repository is a process of its own, whose processor time counts
//! (Linux: /proc/PID/stat); the bare trail is measured in the same run, with the same records.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use ihe_atna::{
    AuditRecordRepository, Identity, KeptRecord, Order, ReceivedRecord, RecordStore,
    RepositoryLimits, Search, SecureNode, SqliteStore, StoredRecord, Trail, TrailLimits,
    TrailSigner, TrustAnchors, syslog,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;

const SERVER: &str = "IHE_ATNA_BENCH_REPOSITORY";
/// Clock ticks of /proc/PID/stat in a second.
const TICKS: f64 = 100.0;
const DATAGRAMS_PER_SECOND: u64 = 40_000;

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

fn message(one: u64) -> Vec<u8> {
    let patient = one % 5000;
    format!(
        "<85>1 2026-11-21T10:00:00.{one:09}Z node.example pix-manager 42 IHE+RFC-3881 - \
         <?xml version=\"1.0\" encoding=\"UTF-8\"?><AuditMessage><EventIdentification \
         EventActionCode=\"E\" EventDateTime=\"2026-01-21T10:{:02}:00.000Z\" \
         EventOutcomeIndicator=\"0\"><EventID csd-code=\"110112\" codeSystemName=\"DCM\" \
         originalText=\"Query\"/><EventTypeCode csd-code=\"ITI-9\" codeSystemName=\"IHE Transactions\" \
         originalText=\"PIX Query\"/></EventIdentification><ActiveParticipant \
         UserID=\"HOSPITAL|SYSTEM\" AlternativeUserID=\"1234\" UserIsRequestor=\"true\" \
         NetworkAccessPointID=\"10.1.2.3\" NetworkAccessPointTypeCode=\"2\"><RoleIDCode \
         csd-code=\"110153\" codeSystemName=\"DCM\" originalText=\"Source Role ID\"/>\
         </ActiveParticipant><ActiveParticipant UserID=\"REGION|PIX\" UserIsRequestor=\"false\" \
         NetworkAccessPointID=\"10.1.2.4\" NetworkAccessPointTypeCode=\"2\"><RoleIDCode \
         csd-code=\"110152\" codeSystemName=\"DCM\" originalText=\"Destination Role ID\"/>\
         </ActiveParticipant><AuditSourceIdentification AuditSourceID=\"pix-manager\"/>\
         <ParticipantObjectIdentification ParticipantObjectID=\"{patient}^^^&amp;1.2.392.1&amp;ISO\" \
         ParticipantObjectTypeCode=\"1\" ParticipantObjectTypeCodeRole=\"1\">\
         <ParticipantObjectIDTypeCode csd-code=\"2\" codeSystemName=\"RFC-3881\" \
         originalText=\"Patient Number\"/></ParticipantObjectIdentification></AuditMessage>",
        one % 60
    )
    .into_bytes()
}

fn certificates(dir: &Path) {
    let mut params = CertificateParams::new(vec![]).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("key"));
    let root = root.expect("root");
    let key = KeyPair::generate().expect("key");
    let node = CertificateParams::new(vec!["localhost".to_owned()]);
    let node = node
        .and_then(|params| params.signed_by(&key, &root))
        .expect("certificate");
    let (_, signing) = TrailSigner::generate().expect("key");
    let files = [
        ("ca.pem", root.pem()),
        ("node.pem", node.pem()),
        ("node.key", key.serialize_pem()),
        ("trail.key", signing),
    ];
    for (name, text) in files {
        std::fs::write(dir.join(name), text).expect("written");
    }
}

fn node(dir: &Path) -> SecureNode {
    let identity = Identity::from_pem_files(dir.join("node.pem"), dir.join("node.key"));
    let anchors = TrustAnchors::from_pem_file(dir.join("ca.pem")).expect("anchors");
    SecureNode::dangerous()
        .without_audit(identity.expect("identity"), anchors)
        .expect("node")
}

fn trail(dir: &Path, name: &str) -> Trail {
    let signer = TrailSigner::from_pem_file(dir.join("trail.key")).expect("key");
    Trail::open(dir.join(name), signer, TrailLimits::default()).expect("trail")
}

/// The server process: answers each line on its input with end of the trail, lag in records, longest
/// lag so far in ms.
async fn serve(dir: &Path) {
    let store = SqliteStore::open(dir.join("index.db"))
        .await
        .expect("store");
    let limits = RepositoryLimits::default();
    let repository = AuditRecordRepository::new(node(dir), trail(dir, "trail"), store, limits);
    let tls = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let udp = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let port = |address: std::net::SocketAddr| address.port();
    let ports = [tls.local_addr(), udp.local_addr()].map(|one| one.map(port).expect("address"));
    println!("{} {}", ports[0], ports[1]);
    let stop = CancellationToken::new();
    let (over_tls, over_udp, watched) = (repository.clone(), repository.clone(), repository);
    let (one, two) = (stop.clone(), stop.clone());
    tokio::spawn(async move { over_tls.serve_tls(tls, one).await });
    tokio::spawn(async move { over_udp.serve_udp(udp, two).await });
    let longest = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let (asked, answering) = (watched.clone(), longest.clone());
    std::thread::spawn(move || {
        for _ in std::io::stdin().lines() {
            let end = *asked.trail().end().borrow();
            let longest = answering.load(std::sync::atomic::Ordering::Relaxed);
            println!("{end} {} {longest}", asked.lag().records);
        }
        std::process::exit(0);
    });
    loop {
        let age = watched.lag().age.as_millis() as u64;
        longest.fetch_max(age, std::sync::atomic::Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    ports: [u64; 2],
}

impl Server {
    fn start(dir: &Path) -> Server {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command
            .env(SERVER, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let input = child.stdin.take().expect("piped");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let ports = read(&mut output);
        Server {
            child,
            input,
            output,
            ports: [ports[0], ports[1]],
        }
    }

    /// End of the trail, lag in records, longest lag in ms.
    fn ask(&mut self) -> Vec<u64> {
        writeln!(self.input)
            .and_then(|()| self.input.flush())
            .expect("asked");
        read(&mut self.output)
    }

    /// Seconds on processors.
    fn processor(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let text = text.expect("Linux");
        let fields: Vec<&str> = text
            .rsplit(')')
            .next()
            .expect("there")
            .split_whitespace()
            .collect();
        let ticks = |at: usize| fields[at].parse::<f64>().expect("number");
        (ticks(11) + ticks(12)) / TICKS
    }

    fn indexed(&mut self) -> Duration {
        let began = Instant::now();
        while self.ask()[1] > 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        began.elapsed()
    }
}

fn read(output: &mut BufReader<ChildStdout>) -> Vec<u64> {
    let mut line = String::new();
    output.read_line(&mut line).expect("answered");
    line.split_whitespace()
        .map(|one| one.parse().expect("number"))
        .collect()
}

/// Sends these and waits for the answer to the close: they are durable.
async fn send(node: SecureNode, port: u16, from: u64, to: u64) {
    let (mut stream, _) = node.connect("127.0.0.1", port).await.expect("connected");
    let mut bytes = Vec::new();
    for one in from..to {
        bytes.extend_from_slice(&syslog::frame(&message(one)));
        if bytes.len() > 256 << 10 {
            stream.write_all(&bytes).await.expect("written");
            bytes.clear();
        }
    }
    stream.write_all(&bytes).await.expect("written");
    stream.shutdown().await.expect("closed");
    assert_eq!(stream.read(&mut [0; 8]).await.expect("a receipt"), 0);
}

async fn over_tls(server: &mut Server, dir: &Path, connections: u64, first: u64, count: u64) {
    let (before, processor) = (server.ask()[0], server.processor());
    let (began, share) = (Instant::now(), count / connections);
    let mut tasks = tokio::task::JoinSet::new();
    for one in 0..connections {
        let (from, port) = (first + one * share, server.ports[0] as u16);
        tasks.spawn(send(node(dir), port, from, from + share));
    }
    while let Some(sent) = tasks.join_next().await {
        sent.expect("sent");
    }
    let seconds = began.elapsed().as_secs_f64();
    let (stored, used) = (server.ask()[0] - before, server.processor() - processor);
    assert_eq!(stored, share * connections, "all are durable");
    let behind = server.indexed();
    let all = server.processor() - processor;
    println!(
        "TLS, {connections} connections: {:.0}/s, {:.0} per s of processor while sending; index done \
         {:.1} s later ({:.0} per s of processor in all), longest lag {} ms",
        stored as f64 / seconds,
        stored as f64 / used,
        behind.as_secs_f64(),
        stored as f64 / all,
        server.ask()[2]
    );
}

async fn over_udp(server: &mut Server, first: u64, count: u64) {
    let before = server.ask()[0];
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let to = format!("127.0.0.1:{}", server.ports[1]);
    let messages: Vec<Vec<u8>> = (first..first + count).map(message).collect();
    let began = Instant::now();
    for (at, one) in messages.iter().enumerate() {
        socket.send_to(one, &to).await.expect("sent");
        if at % 50 == 0 {
            let due = Duration::from_secs_f64(at as f64 / DATAGRAMS_PER_SECOND as f64);
            if let Some(early) = due.checked_sub(began.elapsed()) {
                tokio::time::sleep(early).await;
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let stored = server.ask()[0] - before;
    println!(
        "UDP: {:.0}/s sent, {:.2} % lost",
        count as f64 / seconds,
        100.0 * (1.0 - stored as f64 / count as f64)
    );
}

async fn bare_trail(dir: &Path, count: u64) {
    let trail = trail(dir, "bare");
    let mut batches = Vec::new();
    for from in (0..count).step_by(512) {
        let batch = (from..from + 512).map(|one| ReceivedRecord::new("127.0.0.1:1", message(one)));
        batches.push(batch.collect::<Vec<_>>());
    }
    let began = Instant::now();
    for batch in batches {
        trail.append(batch).await.expect("appended");
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "bare trail, batches of 512: {:.0}/s",
        count as f64 / seconds
    );
}

async fn searching(dir: &Path, count: u64) {
    let store = SqliteStore::open(dir.join("search.db"))
        .await
        .expect("store");
    let began = Instant::now();
    for from in (0..count).step_by(2048) {
        let kept = (from..(from + 2048).min(count)).map(|one| KeptRecord {
            sequence: one + 1,
            record: ReceivedRecord::new("127.0.0.1:1", message(one)),
        });
        store
            .apply(kept.map(|one| StoredRecord::of(&one)).collect())
            .await
            .expect("applied");
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    println!("index: {rate:.0} records/s into SQLite, {count} records");
    let with = |change: fn(&mut Search, u64)| {
        move |one: u64| {
            let mut search = Search {
                limit: 50,
                order: Order::NewestFirst,
                ..Search::default()
            };
            change(&mut search, one);
            search
        }
    };
    let patient = |one: u64| format!("{}^^^&1.2.392.1&ISO", one * 7919 % 5000);
    let by_patient = move |one| with(|_, _| {})(one).patient_of(patient(one));
    times("patient", &store, by_patient).await;
    times(
        "event, outcome",
        &store,
        with(|search, _| {
            (search.event, search.outcome) = (Some("ITI-9".to_owned()), Some(0));
        }),
    )
    .await;
    let all = move |one| {
        let search = with(|search, _| search.user = Some("REGION|PIX".to_owned()))(one);
        search.patient_of(patient(one))
    };
    times("user, patient", &store, all).await;
}

trait PatientOf {
    fn patient_of(self, patient: String) -> Search;
}

impl PatientOf for Search {
    fn patient_of(self, patient: String) -> Search {
        Search {
            patient: Some(patient),
            ..self
        }
    }
}

async fn times(name: &str, store: &SqliteStore, search: impl Fn(u64) -> Search) {
    let mut times = Vec::new();
    for one in 0..1000 {
        let began = Instant::now();
        let found = store.search(&search(one)).await.expect("found");
        times.push(began.elapsed());
        assert!(!found.is_empty());
    }
    times.sort_unstable();
    println!(
        "search by {name}: p50 {:?}, p99 {:?}",
        times[499], times[989]
    );
}

#[tokio::main]
async fn main() {
    if let Some(dir) = std::env::var_os(SERVER) {
        return serve(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("directory");
    certificates(dir.path());
    let count = number("RECORDS", 100_000);
    bare_trail(dir.path(), count).await;
    let mut server = Server::start(dir.path());
    over_tls(&mut server, dir.path(), 1, 0, count).await;
    over_tls(&mut server, dir.path(), 8, count, count).await;
    over_udp(&mut server, 3 * count, count).await;
    server.child.kill().expect("killed");
    server.child.wait().expect("ended");
    searching(dir.path(), number("SEARCH", 200_000)).await;
}
