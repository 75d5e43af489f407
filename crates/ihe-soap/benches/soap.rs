//! Exchanges per second over loopback, beside the limit: hyper answering the same bytes without looking at them.
//!
//! `cargo bench -p ihe-soap --bench soap`. Servers and load generator are processes of their own, pinned to different
//! cores where taskset is; the rate is given by the wall clock and per second of the server's CPU. Then, in one
//! process: what reading an envelope costs, and the multipart scanner beside memchr over the same bytes.

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ihe_soap::{Endpoint, Incoming, Limits, Outgoing, Reply, Service, serve_stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);

/// A stored query of the usual size; the answer has no result.
const QUERY: &str = r#"<query:AdhocQueryRequest xmlns:query="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><query:ResponseOption returnComposedObjects="true" returnType="LeafClass"/><rim:AdhocQuery id="urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"><rim:Slot name="$XDSDocumentEntryPatientId"><rim:ValueList><rim:Value>'1^^^&amp;1.2.3&amp;ISO'</rim:Value></rim:ValueList></rim:Slot><rim:Slot name="$XDSDocumentEntryStatus"><rim:ValueList><rim:Value>('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')</rim:Value></rim:ValueList></rim:Slot></rim:AdhocQuery></query:AdhocQueryRequest>"#;
const EMPTY: &str = r#"<query:AdhocQueryResponse xmlns:query="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"><rim:RegistryObjectList xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"/></query:AdhocQueryResponse>"#;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve-hello") => serve(hello),
        Some("serve-soap") => serve(soap),
        Some("load") => load(),
        _ => measure(),
    }
}

fn serve<F: Future<Output = ()>>(server: impl Fn(TcpListener) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("address"));
        server(listener).await;
    });
}

/// The limit: the body is read and an answer of the same size as ours goes back.
async fn hello(listener: TcpListener) {
    let answer = Bytes::from(vec![b'x'; 1100]);
    loop {
        let (stream, _) = listener.accept().await.expect("accepted");
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let answer = answer.clone();
                async move {
                    let _ = request.into_body().collect().await;
                    Ok::<_, Infallible>(hyper::Response::new(Full::new(answer)))
                }
            });
            hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await
        });
    }
}

struct Registry;

impl Service for Registry {
    async fn handle(&self, request: Incoming) -> Reply {
        Reply::Message(Outgoing::reply(
            &request.envelope,
            "urn:ihe:iti:2007:RegistryStoredQueryResponse",
            EMPTY,
        ))
    }
}

async fn soap(listener: TcpListener) {
    let door = Endpoint::new(Limits::default())
        .at("/")
        .door(Arc::new(Registry));
    loop {
        let (stream, _) = listener.accept().await.expect("accepted");
        let _ = stream.set_nodelay(true);
        let door = door.clone();
        tokio::spawn(async move { serve_stream(stream, door, &Default::default()).await });
    }
}

fn envelope() -> String {
    format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
         <soap:Header><wsa:To soap:mustUnderstand=\"1\">http://127.0.0.1/</wsa:To>\
         <wsa:Action soap:mustUnderstand=\"1\">urn:ihe:iti:2007:RegistryStoredQuery</wsa:Action>\
         <wsa:MessageID>urn:uuid:6f2a2a9e-1c1c-4b0e-9d3c-3f3f3f3f3f3f</wsa:MessageID>\
         <wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>\
         </soap:Header><soap:Body>{QUERY}</soap:Body></soap:Envelope>"
    )
}

/// Arguments: address, connections, milliseconds. Prints the number of answers.
fn load() {
    let argument = |n| std::env::args().nth(n).expect("an argument");
    let address: SocketAddr = argument(2).parse().expect("address");
    let connections: usize = argument(3).parse().expect("a number");
    let time = Duration::from_millis(argument(4).parse().expect("a number"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let answers: u64 = runtime.block_on(async {
        let end = Instant::now() + time;
        let callers = (0..connections).map(|_| tokio::spawn(caller(address, end)));
        let counts = futures_util::future::join_all(callers).await;
        counts
            .into_iter()
            .map(|count| count.expect("no panic"))
            .sum()
    });
    println!("{answers}");
}

/// Asks and waits for the whole answer, by Content-Length, until the end.
async fn caller(address: SocketAddr, end: Instant) -> u64 {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("nodelay");
    let xml = envelope();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/soap+xml; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{xml}",
        xml.len()
    );
    let (mut count, mut buffer) = (0, Vec::with_capacity(8192));
    while Instant::now() < end {
        stream.write_all(request.as_bytes()).await.expect("sent");
        buffer.clear();
        let mut whole = usize::MAX;
        while buffer.len() < whole {
            assert_ne!(stream.read_buf(&mut buffer).await.expect("read"), 0);
            if whole == usize::MAX {
                whole = length(&buffer).unwrap_or(usize::MAX);
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"));
        count += 1;
    }
    count
}

fn length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(buffer.get(..head)?)
        .ok()?
        .to_ascii_lowercase();
    let (_, rest) = text.split_once("content-length: ")?;
    let digits = rest.split("\r\n").next()?;
    digits.parse::<usize>().ok().map(|body| head + body)
}

struct Server(Child, SocketAddr);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn pinned(core: &str, arguments: &[&str]) -> Command {
    let own = std::env::current_exe().expect("own path");
    let taskset = Command::new("taskset").arg("--version").output().is_ok();
    let mut command = if taskset {
        let mut command = Command::new("taskset");
        command.args(["-c", core]).arg(own);
        command
    } else {
        Command::new(own)
    };
    command.args(arguments).stdout(Stdio::piped());
    command
}

fn start(role: &str) -> Server {
    let mut child = pinned("0", &[role]).spawn().expect("started");
    let mut line = String::new();
    let output = child.stdout.take().expect("output");
    BufReader::new(output)
        .read_line(&mut line)
        .expect("address");
    Server(child, line.trim().parse().expect("address"))
}

/// Seconds of CPU a process has used (proc(5), fields 14 and 15 in ticks of 10 ms).
fn cpu(server: &Server) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.0.id())).expect("stat");
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .expect("fields")
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) / 100.0
}

/// Answers per second by the wall and per second of the server's CPU.
fn round(server: &Server, connections: usize) -> (f64, f64) {
    let before = cpu(server);
    let (address, time) = (server.1.to_string(), ROUND.as_millis().to_string());
    let arguments = ["load", &address, &connections.to_string(), &time];
    let output = pinned("1", &arguments).output().expect("load");
    let answers: f64 = String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .expect("a number");
    (
        answers / ROUND.as_secs_f64(),
        answers / (cpu(server) - before),
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure() {
    println!(
        "load {}",
        std::fs::read_to_string("/proc/loadavg")
            .unwrap_or_default()
            .trim()
    );
    println!("request {} bytes, answer about 1.1 KB", envelope().len());
    let (limit, ours) = (start("serve-hello"), start("serve-soap"));
    for connections in [1, 64] {
        let mut rates = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            let ((a, b), (c, d)) = (round(&limit, connections), round(&ours, connections));
            for (kept, rate) in rates.iter_mut().zip([a, b, c, d]) {
                kept.push(rate);
            }
        }
        let [limit_wall, limit_cpu, wall, cpu] = rates.map(median);
        println!(
            "{connections} connections: hyper {limit_wall:.0}/s ({limit_cpu:.0} per CPU second), \
             SOAP {wall:.0}/s ({cpu:.0}); {:.0} % by the wall, {:.0} % by CPU",
            100.0 * wall / limit_wall,
            100.0 * cpu / limit_cpu
        );
    }
    drop((limit, ours));
    in_process();
}

fn now<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("memory is always ready")
}

fn timed(mut work: impl FnMut() -> usize) -> f64 {
    let rates = (0..ROUNDS).map(|_| {
        let (began, mut bytes) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_millis(300) {
            bytes += work();
        }
        bytes as f64 / began.elapsed().as_secs_f64()
    });
    median(rates.collect())
}

fn in_process() {
    let (limits, kind) = (Limits::default(), "application/soap+xml");
    let small: Bytes = envelope().into();
    let large = format!("<a xmlns='urn:a'>{}</a>", QUERY.repeat(30));
    let large: Bytes = envelope().replace(QUERY, &large).into();
    for xml in [small, large] {
        let rate = timed(|| {
            now(ihe_soap::receive(kind, xml.clone(), &limits)).expect("read");
            xml.len()
        });
        let micro = 1e6 * xml.len() as f64 / rate;
        println!(
            "envelope of {} bytes: {micro:.1} us, {:.0} MB/s",
            xml.len(),
            rate / 1e6
        );
    }
    let octets: Vec<u8> = (0..16 << 20_u32)
        .map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let find = memchr::memmem::Finder::new(b"\r\n--MIMEBoundary_0123456789abcdef");
    let limit = timed(|| {
        assert!(find.find(&octets).is_none());
        octets.len()
    });
    let wire = package(&octets);
    let rate = timed(|| now(scan(&wire, &limits)));
    println!(
        "multipart of 16 MiB in chunks of 64 KiB: {:.2} GB/s, memmem alone {:.2} GB/s, {:.0} %",
        rate / 1e9,
        limit / 1e9,
        100.0 * rate / limit
    );
}

fn package(octets: &[u8]) -> Bytes {
    let head = format!(
        "--b\r\nContent-Type: application/xop+xml\r\n\r\n{}\r\n--b\r\nContent-ID: <p>\r\n\r\n",
        envelope()
    );
    [head.as_bytes(), octets, b"\r\n--b--\r\n"].concat().into()
}

async fn scan(wire: &Bytes, limits: &Limits) -> usize {
    let kind = "multipart/related; boundary=b; type=\"application/xop+xml\"";
    let mut message = ihe_soap::receive(kind, wire.clone(), limits)
        .await
        .expect("read");
    let mut part = message.parts.next().await.expect("part").expect("part");
    let mut bytes = 0;
    while let Some(chunk) = part.chunk().await.expect("chunk") {
        bytes += chunk.len();
    }
    bytes
}
