//! The accept loop: bounds, time, stop.

mod common;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{Domain, Kept};
use ihe_atna::{Limits, SecureNode, ServeLimits, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Served {
    domain: Domain,
    kept: Kept,
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<usize>,
    live: Arc<AtomicUsize>,
}

/// A server that sends back what it reads, until `stop` if it is `polite`.
async fn served(limits: ServeLimits, handshake: Duration, polite: bool) -> Served {
    let domain = Domain::new("domain");
    let (node, kept) = domain.node("server");
    let node = node.with_limits(Limits {
        handshake,
        ..Limits::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address");
    let (stop, live) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let (stopping, counted) = (stop.clone(), live.clone());
    let running = tokio::spawn(async move {
        let (stop, live) = (stopping.clone(), counted);
        let session = move |stream: Stream, peer: ihe_atna::Peer| {
            let (stop, live) = (stop.clone(), live.clone());
            async move {
                assert!(peer.certificate.is_some());
                live.fetch_add(1, Ordering::SeqCst);
                let echo = echo(stream);
                tokio::select! {
                    () = echo => {}
                    () = stop.cancelled(), if polite => {}
                }
                live.fetch_sub(1, Ordering::SeqCst);
            }
        };
        node.serve(listener, &limits, &stopping, session).await
    });
    Served {
        domain,
        kept,
        address,
        stop,
        running,
        live,
    }
}

async fn echo(mut stream: Stream) {
    let mut bytes = [0; 64];
    while let Ok(length @ 1..) = stream.read(&mut bytes).await {
        if stream.write_all(&bytes[..length]).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

impl Served {
    fn client(&self) -> SecureNode {
        self.domain.node("client").0
    }

    /// A connection that was answered.
    async fn answered(&self) -> std::io::Result<Stream> {
        let (mut stream, _) = self
            .client()
            .connect("127.0.0.1", self.address.port())
            .await?;
        stream.write_all(b"ping").await?;
        stream.flush().await?;
        stream.read_exact(&mut [0; 4]).await?;
        Ok(stream)
    }
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn atna_r_010_silent_connections_make_room_for_one_that_speaks() {
    let limits = ServeLimits {
        pending: 50,
        ..ServeLimits::default()
    };
    let served = served(limits, LONG, true).await;
    let mut silent = Vec::new();
    for _ in 0..400 {
        silent.push(TcpStream::connect(served.address).await.expect("connected"));
    }
    let asked = std::time::Instant::now();
    served.answered().await.expect("let in at once");
    assert!(asked.elapsed() < Duration::from_secs(10));
    let mut closed = 0;
    for stream in &mut silent {
        let read = tokio::time::timeout(Duration::from_millis(5), stream.read(&mut [0])).await;
        closed += usize::from(read.is_ok());
    }
    assert!((345..=352).contains(&closed), "{closed}");
    let messages = served.kept.messages();
    let reason = messages[0].event.outcome_description.as_deref();
    assert!(reason.expect("reason").contains("has waited longest"));
    assert!(messages.len() <= 60, "rate-limited");
}

#[tokio::test]
async fn atna_r_010_who_is_silent_is_cut_off_in_time() {
    let served = served(ServeLimits::default(), Duration::from_millis(200), true).await;
    let mut silent = TcpStream::connect(served.address).await.expect("connected");
    let read = tokio::time::timeout(LONG, silent.read(&mut [0])).await;
    assert_eq!(read.expect("cut off").expect("closed"), 0);
    let message = served.kept.messages().pop().expect("recorded");
    let reason = message.event.outcome_description.expect("reason");
    assert_eq!(reason, "the handshake was not finished in time");
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_another_gets_the_place_of_one_that_ends() {
    let limits = ServeLimits {
        connections: 2,
        ..ServeLimits::default()
    };
    let served = served(limits, LONG, true).await;
    let first = served.answered().await.expect("first");
    let _second = served.answered().await.expect("second");
    served.answered().await.expect_err("one too many");
    drop(first);
    while served.live.load(Ordering::SeqCst) > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    served.answered().await.expect("the place is free");
}

#[tokio::test]
async fn on_stop_the_listener_closes_and_sessions_end_by_themselves_or_are_cut() {
    for (polite, cut) in [(true, 0), (false, 1)] {
        let limits = ServeLimits {
            grace: Duration::from_millis(200),
            ..ServeLimits::default()
        };
        let served = served(limits, LONG, polite).await;
        let _stream = served.answered().await.expect("answered");
        let _silent = TcpStream::connect(served.address).await.expect("connected");
        served.stop.cancel();
        assert_eq!(served.running.await.expect("ended"), cut);
        TcpStream::connect(served.address)
            .await
            .expect_err("closed");
    }
}

/// Memory and time under ten thousand connections that send nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs 10,000 free descriptors for each side (ulimit -n 30000)"]
async fn atna_r_010_ten_thousand_silent_connections_cost_bounded_memory_and_keep_nobody_out() {
    let served = served(ServeLimits::default(), LONG, true).await;
    let before = resident();
    let mut silent = Vec::new();
    for _ in 0..10_000 {
        silent.push(TcpStream::connect(served.address).await.expect("connected"));
    }
    let asked = std::time::Instant::now();
    served.answered().await.expect("let in");
    let (waited, grown) = (asked.elapsed(), resident() - before);
    println!("10,000 silent connections: {grown} kB more, a peer that speaks waits {waited:?}");
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(grown < 64 * 1024, "{grown} kB");
}

/// VmRSS in kB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.expect("VmRSS").parse().expect("number")
}
