//! Time Server and SNTP client over real loopback sockets.
#![cfg(feature = "server")]

use ihe_ct::sntp::{Error, Options};
use ihe_ct::*;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

async fn start(server: TimeServer, stop: &CancellationToken) -> SocketAddr {
    let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("address");
    tokio::spawn(server.serve(socket, stop.clone()));
    address
}

fn generous() -> ServerLimits {
    ServerLimits {
        burst: 100_000,
        ..ServerLimits::default()
    }
}

fn short() -> Options {
    Options {
        timeout: Duration::from_millis(300),
        ..Options::default()
    }
}

/// A server that sends what `make` makes of each question.
async fn liar(make: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("address");
    tokio::spawn(async move {
        let mut buffer = [0; 100];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            for datagram in make(&buffer[..length]) {
                socket.send_to(&datagram, from).await.expect("sent");
            }
        }
    });
    address
}

fn honest(question: &[u8]) -> Packet {
    let question = Packet::parse(question).expect("a question");
    server::reply(&question, ServerState::local_clock(10), NtpTimestamp::now())
}

#[tokio::test]
async fn ct_r_001_and_002_the_median_of_1000_polls_is_below_one_second() {
    let stop = CancellationToken::new();
    let server = TimeServer::new(ServerState::local_clock(10)).with_limits(generous());
    let address = start(server, &stop).await;
    let health = TimeHealth::new(HealthLimits {
        samples: 1000,
        ..HealthLimits::default()
    });
    for poll in 0..1000_u32 {
        let options = Options {
            version: if poll % 2 == 0 { 3 } else { 4 },
            ..Options::default()
        };
        let measured = sntp::query(address, &options).await.expect("an answer");
        health.record(measured, Moment::now());
    }
    let known = health.now();
    let offset = known.offset.expect("measured");
    assert!(
        known.is_good() && offset.abs() < 50_000_000,
        "same machine, same clock: {known:?}"
    );
    stop.cancel();
}

#[tokio::test]
async fn ct_r_003_a_server_is_configured_by_name() {
    let stop = CancellationToken::new();
    let address = start(TimeServer::new(ServerState::local_clock(3)), &stop).await;
    let name = format!("localhost:{}", address.port());
    assert_eq!(
        sntp::query(name, &short())
            .await
            .expect("an answer")
            .stratum,
        3
    );
    stop.cancel();
}

#[tokio::test]
async fn ct_r_006_forged_answers_before_the_true_one_are_ignored() {
    let address = liar(|question| {
        let truth = honest(question);
        let forged = Packet {
            originate: NtpTimestamp::from_bits(9),
            stratum: 0,
            ..truth
        };
        let mirrored = question.to_vec();
        vec![
            vec![0; 3],
            mirrored,
            forged.encode().to_vec(),
            truth.encode().to_vec(),
        ]
    })
    .await;
    assert_eq!(
        sntp::query(address, &short())
            .await
            .expect("the true one")
            .stratum,
        10
    );
}

#[tokio::test]
async fn ct_r_006_only_forged_answers_end_in_a_timeout() {
    let address = liar(|question| vec![question.to_vec()]).await;
    assert!(matches!(
        sntp::query(address, &short()).await,
        Err(Error::Timeout)
    ));
}

#[tokio::test]
async fn ct_r_006_a_kiss_ends_the_watch() {
    let address = liar(|question| {
        let deny = Packet {
            stratum: 0,
            reference_id: ReferenceId(*b"DENY"),
            ..honest(question)
        };
        vec![deny.encode().to_vec()]
    })
    .await;
    let (health, stop) = (TimeHealth::default(), CancellationToken::new());
    let server = address.to_string();
    let ended = sntp::watch(&server, &short(), Schedule::default(), &health, &stop).await;
    assert_eq!(ended, Err(Rejection::Kiss(Kiss::Deny)));
    assert_eq!(health.now().verdict, Verdict::Unknown);
}

#[tokio::test]
async fn ct_r_007_a_watch_asks_once_and_then_waits_and_obeys_stop() {
    let stop = CancellationToken::new();
    let address = start(TimeServer::new(ServerState::local_clock(10)), &stop)
        .await
        .to_string();
    let health = Arc::new(TimeHealth::default());
    let watch = tokio::spawn({
        let (health, stop) = (health.clone(), stop.clone());
        async move { sntp::watch(&address, &short(), Schedule::default(), &health, &stop).await }
    });
    while health.reading().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), watch)
        .await
        .expect("stops at once");
    assert_eq!(ended.expect("no panic"), Ok(()));
    assert!(health.now().is_good());
}

#[tokio::test]
async fn ct_r_008_an_unsynchronised_server_is_refused_and_believed_again_when_it_is_good() {
    let good = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let state = {
        let good = good.clone();
        move || match good.load(std::sync::atomic::Ordering::SeqCst) {
            true => ServerState::local_clock(2),
            false => ServerState::Unsynchronised,
        }
    };
    let stop = CancellationToken::new();
    let address = start(TimeServer::with_state(state), &stop).await;
    let refused = sntp::query(address, &short()).await;
    assert!(
        matches!(refused, Err(Error::Rejected(Rejection::Unsynchronised))),
        "{refused:?}"
    );
    good.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        sntp::query(address, &short())
            .await
            .expect("an answer")
            .stratum,
        2
    );
    stop.cancel();
}

#[tokio::test]
async fn a_restarted_server_on_the_same_port_answers_again() {
    let stop = CancellationToken::new();
    let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("address");
    let first =
        tokio::spawn(TimeServer::new(ServerState::local_clock(4)).serve(socket, stop.clone()));
    assert_eq!(
        sntp::query(address, &short())
            .await
            .expect("an answer")
            .stratum,
        4
    );
    stop.cancel();
    first.await.expect("no panic").expect("a clean end");
    assert!(
        sntp::query(address, &short()).await.is_err(),
        "nobody there"
    );

    let stop = CancellationToken::new();
    let socket = TimeServer::bind(address).await.expect("the port is free");
    tokio::spawn(TimeServer::new(ServerState::local_clock(5)).serve(socket, stop.clone()));
    assert_eq!(
        sntp::query(address, &short())
            .await
            .expect("an answer")
            .stratum,
        5
    );
    stop.cancel();
}

#[tokio::test]
async fn a_client_of_our_server_that_asks_too_often_is_told_rate() {
    let stop = CancellationToken::new();
    let limits = ServerLimits {
        burst: 2,
        per_second: 1,
        ..ServerLimits::default()
    };
    let server = TimeServer::new(ServerState::local_clock(10)).with_limits(limits);
    let address = start(server, &stop).await;
    sntp::query(address, &short()).await.expect("first");
    sntp::query(address, &short()).await.expect("second");
    let third = sntp::query(address, &short()).await;
    assert!(
        matches!(third, Err(Error::Rejected(Rejection::Kiss(Kiss::Rate)))),
        "{third:?}"
    );
    stop.cancel();
}

#[tokio::test]
async fn the_server_lives_on_after_bad_datagrams() {
    let stop = CancellationToken::new();
    let address = start(TimeServer::new(ServerState::local_clock(10)), &stop).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    for datagram in [
        &b""[..],
        b"x",
        &[0x26; 48],
        &[0x27; 1000],
        &[0xff; 48],
        &[0x23; 2000],
    ] {
        socket.send_to(datagram, address).await.expect("sent");
    }
    drop(socket);
    assert_eq!(
        sntp::query(address, &short())
            .await
            .expect("an answer")
            .stratum,
        10
    );
    stop.cancel();
}
