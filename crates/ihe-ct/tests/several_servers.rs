//! The Time Client over real sockets: a liar among three, names, IPv6, a server that was moved, bad datagrams.
#![cfg(feature = "server")]

use ihe_ct::client::{ClientOptions, ServerReport, Standing, Steer};
use ihe_ct::*;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A server whose clock is wrong by so many nanoseconds; stops with the test.
async fn server_at(address: &str, wrong: i64) -> SocketAddr {
    let socket = TimeServer::bind(address).await.expect("a port");
    let address = socket.local_addr().expect("address");
    let mut state = ServerState::local_clock(2);
    if let ServerState::Clock { offset, .. } = &mut state {
        *offset = wrong;
    }
    tokio::spawn(TimeServer::new(state).serve(socket, CancellationToken::new()));
    address
}

async fn server(wrong: i64) -> SocketAddr {
    server_at("127.0.0.1:0", wrong).await
}

fn quick() -> ClientOptions {
    ClientOptions {
        burst: 6,
        burst_gap: Duration::from_millis(50),
        ..ClientOptions::default()
    }
}

fn start(servers: &[String], health: &Arc<TimeHealth>) -> watch::Receiver<Vec<ServerReport>> {
    let client = TimeClient::new(servers, health.clone()).with_options(quick());
    let reports = client.reports();
    tokio::spawn(client.run(CancellationToken::new()));
    reports
}

/// Waits until the report is so, twenty seconds at most.
async fn until(
    reports: &mut watch::Receiver<Vec<ServerReport>>,
    so: impl FnMut(&Vec<ServerReport>) -> bool,
) -> Vec<ServerReport> {
    let waited = tokio::time::timeout(Duration::from_secs(20), reports.wait_for(so)).await;
    let found = waited.map(|report| report.expect("the client runs").clone());
    found.unwrap_or_else(|_| panic!("not in time: {:?}", reports.borrow()))
}

fn selected(report: &[ServerReport]) -> bool {
    report
        .iter()
        .any(|line| line.standing == Standing::Selected)
}

fn names(addresses: &[SocketAddr]) -> Vec<String> {
    addresses.iter().map(SocketAddr::to_string).collect()
}

#[tokio::test]
async fn ct_r_001_a_liar_among_three_is_rejected_over_real_sockets() {
    let liar = server(30_000_000_000).await;
    let servers = names(&[server(0).await, liar, server(1_000_000).await]);
    let health = Arc::new(TimeHealth::default());
    let mut reports = start(&servers, &health);
    let report = until(&mut reports, |report| selected(report)).await;
    for line in &report {
        println!("{} {:?} {:?}", line.name, line.standing, line.offset);
    }
    assert_eq!(report[1].standing, Standing::Falseticker);
    assert!(report[1].offset.expect("measured") > 29_000_000_000);
    let known = health.now();
    assert!(known.is_good(), "{known:?}");
    assert!(known.offset.expect("known").abs() < 50_000_000, "{known:?}");
    let source = known.source.expect("a source");
    assert_eq!((source.agreeing, source.servers), (2, 3));
    assert_ne!(source.address, Some(liar));
}

#[tokio::test]
async fn ct_r_003_and_007_servers_are_named_by_the_operator_in_ipv4_ipv6_or_by_name() {
    let four = server(0).await;
    let six = server_at("[::1]:0", 0).await;
    let named = server(0).await;
    let servers = [
        four.to_string(),
        six.to_string(),
        format!("localhost:{}", named.port()),
        "no-such-name.invalid:123".to_owned(),
    ];
    let health = Arc::new(TimeHealth::default());
    let mut reports = start(&servers, &health);
    let heard = |report: &Vec<ServerReport>| {
        selected(report) && report[..3].iter().all(|line| line.reach != 0)
    };
    let report = until(&mut reports, heard).await;
    assert!(report[1].address.expect("IPv6").is_ipv6());
    assert!(report[3].address.is_none() && report[3].reach == 0);
}

#[tokio::test]
async fn ct_r_002_004_and_008_our_server_serves_clock_and_offset_one_stratum_lower() {
    let upstream = server(2_000_000_000).await;
    let health = Arc::new(TimeHealth::default());
    let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
    let ours = socket.local_addr().expect("address");
    tokio::spawn(TimeServer::of(health.clone()).serve(socket, CancellationToken::new()));
    let before = sntp::query(ours, &sntp::Options::default()).await;
    assert!(
        matches!(
            before,
            Err(sntp::Error::Rejected(Rejection::Unsynchronised))
        ),
        "LI=3 until the client knows: {before:?}"
    );
    let mut reports = start(&names(&[upstream]), &health);
    until(&mut reports, |report| selected(report)).await;
    assert_eq!(health.now().verdict, Verdict::Wrong, "two seconds");
    let measured = sntp::query(ours, &sntp::Options::default())
        .await
        .expect("an answer");
    assert_eq!(measured.stratum, 3);
    assert_eq!(measured.reference_id, ReferenceId([127, 0, 0, 1]));
    let wrong = measured.offset - 2_000_000_000;
    assert!(wrong.unsigned_abs() < 20_000_000, "{measured:?}");
    let truth = Duration::from_nanos(wrong.unsigned_abs());
    assert!(truth <= measured.error_bound(), "{measured:?}");
}

/// A server that answers each question with what `make` makes of it.
async fn strange(make: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
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
    server::reply(&question, ServerState::local_clock(4), NtpTimestamp::now())
}

#[tokio::test]
async fn ct_r_006_forged_and_doubled_answers_change_nothing() {
    let address = strange(|question| {
        let truth = honest(question);
        let forged = Packet {
            originate: NtpTimestamp::from_bits(9),
            transmit: truth.transmit.moved(60_000_000_000),
            ..truth
        };
        let late = Packet {
            receive: truth.receive.moved(60_000_000_000),
            transmit: truth.transmit.moved(60_000_000_000),
            ..truth
        };
        [question.to_vec(), vec![7; 20]]
            .into_iter()
            .chain([forged, truth, late, truth].map(|packet| packet.encode().to_vec()))
            .collect()
    })
    .await;
    let health = Arc::new(TimeHealth::default());
    let mut reports = start(&names(&[address]), &health);
    let report = until(&mut reports, |report| {
        selected(report) && report[0].reach.count_ones() >= 4
    })
    .await;
    assert!(
        report[0].offset.expect("measured").abs() < 50_000_000,
        "{report:?}"
    );
    assert!(health.now().is_good());
}

#[tokio::test]
async fn ct_r_006_each_kiss_over_real_sockets() {
    let mut servers = Vec::new();
    for code in [*b"DENY", *b"RSTR", *b"RATE"] {
        let answer = move |question: &[u8]| {
            let asked = Packet::parse(question).expect("a question");
            let kiss = server::kiss(&asked, ReferenceId(code), NtpTimestamp::now());
            vec![kiss.encode().to_vec()]
        };
        servers.push(strange(answer).await);
    }
    let health = Arc::new(TimeHealth::default());
    let mut reports = start(&names(&servers), &health);
    let kissed = |report: &Vec<ServerReport>| {
        report.len() == 3 && report.iter().all(|line| line.rejection.is_some())
    };
    let report = until(&mut reports, kissed).await;
    assert_eq!(report[0].kiss, Some(Kiss::Deny));
    assert_eq!(report[1].kiss, Some(Kiss::Restrict));
    assert_eq!(
        (report[2].kiss, report[2].poll),
        (None, 7),
        "asked half as often"
    );
}

#[tokio::test]
async fn ct_r_005_a_steering_clock_is_told_to_make_up_for_the_offset() {
    struct Fake(Arc<AtomicI64>);
    impl Steer for Fake {
        fn run_faster_by(&mut self, rate: f64) -> std::io::Result<()> {
            self.0.store((rate * 1e9) as i64, Ordering::SeqCst);
            Ok(())
        }
    }
    for (wrong, expected) in [(1_000_000_000, 400_000), (-1_000_000_000, -400_000)] {
        let (told, health) = (Arc::new(AtomicI64::new(0)), Arc::new(TimeHealth::default()));
        let client = TimeClient::new([server(wrong).await.to_string()], health)
            .with_options(quick())
            .adjusting(Fake(told.clone()));
        let mut reports = client.reports();
        let stop = CancellationToken::new();
        let running = tokio::spawn(client.run(stop.clone()));
        until(&mut reports, |report| selected(report)).await;
        let told_now = told.load(Ordering::SeqCst);
        assert!(
            (told_now - expected).abs() <= 1,
            "400 ppm, the limit: {told_now}"
        );
        stop.cancel();
        running.await.expect("no panic").expect("a clean end");
        assert!(
            told.load(Ordering::SeqCst).abs() <= 100_000,
            "the slew ends with us"
        );
    }
}

#[tokio::test]
async fn the_alarm_is_raised_and_called_off_while_the_client_runs() {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let pen = notices.clone();
    let limits = HealthLimits {
        offset: Duration::from_millis(500),
        ..HealthLimits::default()
    };
    let health = TimeHealth::new(limits)
        .on_notice(move |notice| pen.lock().expect("not poisoned").push(*notice));
    let health = Arc::new(health);
    let mut reports = start(&names(&[server(700_000_000).await]), &health);
    until(&mut reports, |report| selected(report)).await;
    assert!(
        notices
            .lock()
            .expect("notices")
            .iter()
            .any(Notice::enters_bad)
    );
}
