//! ITI-20 several ways and several repositories at once, the policies at the bound, reservations.

mod common;

use std::path::Path;
use std::time::Duration;

use common::{Domain, event};
use ihe_atna::syslog::{self, FrameDecoder};
use ihe_atna::{
    AuditError, SecureNode, Spool, SpoolLimits, SpoolStatus, SpoolSync, SyslogTcp, SyslogTls,
    SyslogUdp, WhenFull,
};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

const SOON: Duration = Duration::from_secs(20);

fn quick() -> SpoolLimits {
    SpoolLimits {
        retry_first: Duration::from_millis(20),
        retry_longest: Duration::from_millis(100),
        ..SpoolLimits::default()
    }
}

fn node(spool: Spool, limits: SpoolLimits) -> SecureNode {
    let domain = Domain::new("domain");
    let spool = spool.with_limits(limits);
    SecureNode::new(domain.member("node.example"), domain.anchors(), spool).expect("node")
}

/// A spool that sends to nobody.
fn keeping(dir: &Path, limits: SpoolLimits) -> SecureNode {
    node(Spool::open(dir, []).expect("spool"), limits)
}

fn tcp(dir: &Path, port: u16) -> Spool {
    let to = SyslogTcp::to(format!("127.0.0.1:{port}"));
    let spool = Spool::open(dir, []).expect("spool");
    spool.with_dangerous_tcp(to).expect("address")
}

async fn record(node: &SecureNode, ids: std::ops::Range<u32>) {
    for id in ids {
        record_one(node, &format!("P{id}."))
            .await
            .expect("recorded");
    }
}

async fn record_one(node: &SecureNode, id: &str) -> Result<(), AuditError> {
    node.record(event(id).into_message()).await
}

/// Records until the spool refuses.
async fn fill(node: &SecureNode) -> u32 {
    let mut taken = 0;
    while record_one(node, &format!("P{taken}.")).await.is_ok() {
        taken += 1;
    }
    taken
}

fn has(message: &[u8], id: u32) -> bool {
    let text = String::from_utf8_lossy(message);
    text.contains(&format!("\"P{id}.\""))
}

async fn until(node: &SecureNode, holds: impl Fn(&SpoolStatus) -> bool) -> SpoolStatus {
    let waiting = async {
        loop {
            let status = node.spool_status();
            if holds(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.expect("in time")
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    (listener, port)
}

/// All messages of a stream until the sender ends it.
async fn messages(mut stream: TcpStream) -> Vec<Vec<u8>> {
    let (mut decoder, mut found, mut buffer) = (FrameDecoder::new(1 << 20), Vec::new(), [0; 8192]);
    loop {
        let length = stream.read(&mut buffer).await.expect("read");
        if length == 0 {
            return found;
        }
        decoder.push(&buffer[..length]);
        while let Some(message) = decoder.next_message().expect("octet counting") {
            found.push(message);
        }
    }
}

#[tokio::test]
async fn atna_r_020_and_021_plain_tcp_is_octet_counted_and_in_order() {
    let dir = tempfile::tempdir().expect("directory");
    let (listener, port) = listener().await;
    let node = node(tcp(dir.path(), port), quick());
    record(&node, 0..50).await;
    let receiver = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("accepted");
        messages(stream).await
    });
    node.drain(SOON).await.expect("drained");
    let found = receiver.await.expect("received");
    assert_eq!(found.len(), 50);
    for (id, message) in (0..).zip(&found) {
        assert!(has(message, id), "record {id}");
        assert!(syslog::parse(message).rfc5424);
    }
}

#[tokio::test]
async fn atna_r_020_and_023_udp_carries_one_message_a_datagram_and_cuts_what_is_longer() {
    let dir = tempfile::tempdir().expect("directory");
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let to = SyslogUdp::to(socket.local_addr().expect("address").to_string());
    let spool = Spool::open(dir.path(), []).expect("spool");
    let small = SpoolLimits {
        datagram: 2048,
        ..quick()
    };
    let node = node(spool.with_dangerous_udp(to).expect("address"), small);
    record(&node, 0..10).await;
    record_one(&node, &"患".repeat(2000))
        .await
        .expect("recorded");
    record(&node, 11..12).await;
    node.drain(SOON).await.expect("drained");
    let mut buffer = vec![0; 65_536];
    for id in (0..10).chain([99, 11]) {
        let length = socket.recv(&mut buffer).await.expect("received");
        let message = &buffer[..length];
        if id == 99 {
            assert!((2040..=2048).contains(&length), "{length}");
            assert!(std::str::from_utf8(message).is_ok(), "cut in a character");
        } else {
            assert!(has(message, id), "record {id}");
        }
    }
    assert_eq!(node.spool_status().cut, 1);
}

#[tokio::test]
async fn atna_r_025_udp_to_a_port_nobody_listens_on_is_sent_again_when_somebody_does() {
    let dir = tempfile::tempdir().expect("directory");
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let address = socket.local_addr().expect("address");
    drop(socket);
    let spool = Spool::open(dir.path(), []).expect("spool");
    let to = SyslogUdp::to(address.to_string());
    let node = node(spool.with_dangerous_udp(to).expect("address"), quick());
    record(&node, 0..5).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(node.spool_status().depth, 5);
    let socket = UdpSocket::bind(address).await.expect("bound");
    node.drain(SOON).await.expect("drained");
    let mut buffer = [0; 4096];
    for id in 0..5 {
        let length = socket.recv(&mut buffer).await.expect("received");
        assert!(has(&buffer[..length], id), "record {id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_repository_that_reads_nothing_does_not_hold_up_the_others() {
    let dir = tempfile::tempdir().expect("directory");
    let (silent, silent_port) = listener().await;
    let (listener, port) = listener().await;
    let hold = tokio::spawn(async move {
        let stream = silent.accept().await;
        tokio::time::sleep(SOON).await;
        drop(stream);
    });
    let slow = SyslogTcp::to(format!("127.0.0.1:{silent_port}"));
    let spool = tcp(dir.path(), port);
    let node = node(spool.with_dangerous_tcp(slow).expect("address"), quick());
    let receiver = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("accepted");
        let (mut decoder, mut count, mut buffer) =
            (FrameDecoder::new(1 << 20), 0, vec![0; 1 << 16]);
        while count < 6000 {
            let length = stream.read(&mut buffer).await.expect("read");
            decoder.push(&buffer[..length]);
            while decoder.next_message().expect("framed").is_some() {
                count += 1;
            }
        }
        count
    });
    record(&node, 0..6000).await;
    let arrived = tokio::time::timeout(SOON, receiver).await;
    assert_eq!(arrived.expect("in time").expect("received"), 6000);
    assert!(node.spool_status().depth > 0, "the silent one's are kept");
    hold.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_record_that_a_repository_cannot_bear_is_set_aside_and_the_rest_arrives() {
    let dir = tempfile::tempdir().expect("directory");
    let (listener, port) = listener().await;
    let taken = tokio::spawn(async move {
        let mut taken = Vec::new();
        while !taken.iter().any(|one: &Vec<u8>| has(one, 29)) {
            let (mut stream, _) = listener.accept().await.expect("accepted");
            let (mut decoder, mut buffer) = (FrameDecoder::new(1 << 20), [0; 8192]);
            'connection: while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                decoder.push(&buffer[..length]);
                while let Some(message) = decoder.next_message().expect("framed") {
                    if has(&message, 7) {
                        stream.set_zero_linger().expect("set");
                        break 'connection;
                    }
                    taken.push(message);
                }
            }
        }
        taken
    });
    let node = node(tcp(dir.path(), port), quick());
    record(&node, 0..30).await;
    let taken = tokio::time::timeout(SOON, taken).await.expect("in time");
    let taken = taken.expect("received");
    for id in (0..30).filter(|id| *id != 7) {
        assert!(taken.iter().any(|one| has(one, id)), "record {id}");
    }
    assert_eq!(node.spool_status().quarantined, 1);
    let mut folder = std::fs::read_dir(dir.path().join("quarantine")).expect("folder");
    let file = folder.next().expect("one file").expect("readable").path();
    assert!(has(&std::fs::read(file).expect("read"), 7));
}

#[tokio::test]
async fn atna_r_025_the_alarm_comes_at_80_percent_and_the_block_at_the_bound() {
    let dir = tempfile::tempdir().expect("directory");
    let small = SpoolLimits {
        total: 100_000,
        ..quick()
    };
    let node = keeping(dir.path(), small);
    let mut alarmed_at = None;
    loop {
        let answer = record_one(&node, "1").await;
        let status = node.spool_status();
        if status.alarm && alarmed_at.is_none() {
            alarmed_at = Some(status.bytes);
        }
        if let Err(error) = answer {
            assert!(matches!(error, AuditError::Block), "{error:?}");
            break;
        }
    }
    let alarmed_at = alarmed_at.expect("an alarm");
    assert!((80_000..85_000).contains(&alarmed_at), "{alarmed_at}");
    assert_eq!(node.spool_status().lost, 0);
}

#[tokio::test]
async fn atna_r_025_count_and_alarm_drops_counts_and_says_where_the_gap_is() {
    let dir = tempfile::tempdir().expect("directory");
    let (listener, port) = listener().await;
    let limits = SpoolLimits {
        total: 60_000,
        segment: 10_000,
        when_full: WhenFull::CountAndAlarm,
        ..quick()
    };
    let node = node(tcp(dir.path(), port), limits);
    record(&node, 0..100).await;
    let status = node.spool_status();
    assert!((60..80).contains(&status.lost), "{status:?}");
    let receiver = tokio::spawn(async move {
        let mut found = Vec::new();
        while !found.iter().any(|one: &Vec<u8>| has(one, 200)) {
            let (stream, _) = listener.accept().await.expect("accepted");
            found.extend(messages(stream).await);
        }
        found
    });
    node.drain(SOON).await.expect("drained");
    until(&node, |status| status.bytes < 40_000).await;
    record(&node, 200..201).await;
    node.drain(SOON).await.expect("drained");
    let found = receiver.await.expect("received");
    let place = |what: &str| {
        let what = |one: &Vec<u8>| String::from_utf8_lossy(one).contains(what);
        found.iter().position(what).expect("there")
    };
    let (stopped, started) = (place("\"110133\""), place("\"110134\""));
    assert!(stopped < started);
    assert_eq!(found.len() as u64 + status.lost, 100 + 1 + 2);
    let lost = format!("lost so far: {}", status.lost);
    assert_eq!(place(&lost), started, "the gap's end says how much");
}

#[tokio::test]
async fn atna_r_025_room_that_was_promised_holds_when_the_spool_is_full() {
    let dir = tempfile::tempdir().expect("directory");
    let small = SpoolLimits {
        total: 200_000,
        segment: 50_000,
        ..quick()
    };
    let node = keeping(dir.path(), small);
    let room = node.reserve(2).expect("room");
    let before = fill(&node).await;
    assert!(before > 50, "{before}");
    assert!(matches!(node.reserve(1), Err(AuditError::Block)));
    let two = [event("P901."), event("P902.")];
    room.record_events(two).await.expect("kept");
    drop(room);
    assert!(fill(&node).await > 5, "what was not used is given back");
}

#[tokio::test]
async fn atna_r_025_a_thousand_reservations_at_once_are_kept_or_refused_and_all_given_back() {
    let dir = tempfile::tempdir().expect("directory");
    let small = SpoolLimits {
        total: 4 << 20,
        segment: 1 << 20,
        ..quick()
    };
    let node = keeping(dir.path(), small);
    let all: Vec<_> = (0..1000).map(|_| node.reserve(1)).collect();
    let granted = all.iter().filter(|one| one.is_ok()).count();
    assert_eq!(granted, 256, "4 MiB of 16 KiB each");
    assert!(matches!(
        record_one(&node, "1").await,
        Err(AuditError::Block)
    ));
    for room in all.into_iter().flatten() {
        let kept = room.record_events([event("1")]).await;
        kept.expect("kept");
    }
    drop(node.reserve(1).expect("room again"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_records_synced_at_once_by_many_callers_arrive_in_order_of_their_answers() {
    let dir = tempfile::tempdir().expect("directory");
    let (listener, port) = listener().await;
    let at_once = SpoolLimits {
        sync: SpoolSync::AtOnce,
        segment: 100_000,
        ..quick()
    };
    let node = node(tcp(dir.path(), port), at_once);
    let callers = (0..8).map(|caller| {
        let node = node.clone();
        tokio::spawn(async move { record(&node, caller * 100..caller * 100 + 50).await })
    });
    let receiver = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("accepted");
        messages(stream).await
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("recorded");
    }
    node.drain(SOON).await.expect("drained");
    let found = receiver.await.expect("received");
    assert_eq!(found.len(), 400);
    for caller in 0..8 {
        let places: Vec<_> = (caller * 100..caller * 100 + 50)
            .map(|id| found.iter().position(|one| has(one, id)).expect("there"))
            .collect();
        assert!(places.is_sorted(), "caller {caller}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn atna_r_025_a_damaged_record_in_the_middle_is_set_aside_alive_and_after_a_restart() {
    for alive in [true, false] {
        let dir = tempfile::tempdir().expect("directory");
        let (closed, port) = listener().await;
        drop(closed);
        let mut running = Some(node(tcp(dir.path(), port), quick()));
        record(running.as_ref().expect("running"), 0..10).await;
        if !alive {
            running = None;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        damage(dir.path(), b"\"P4.\"");
        let node = running.unwrap_or_else(|| node(tcp(dir.path(), port), quick()));
        record(&node, 10..12).await;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("bound");
        let receiver = tokio::spawn(async move {
            let mut found = Vec::new();
            while !found.iter().any(|one: &Vec<u8>| has(one, 11)) {
                let (stream, _) = listener.accept().await.expect("accepted");
                found.extend(messages(stream).await);
            }
            found
        });
        node.drain(SOON).await.expect("drained");
        let found = receiver.await.expect("received");
        let ids: Vec<_> = (0..12)
            .filter(|id| found.iter().any(|one| has(one, *id)))
            .collect();
        assert_eq!(ids, [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11], "alive: {alive}");
        assert!(node.spool_status().quarantined >= 1);
        assert_eq!(node.spool_status().depth, 0);
        assert!(dir.path().join("quarantine").exists());
    }
}

/// Changes the first segment in place where this text stands.
fn damage(dir: &Path, text: &[u8]) {
    let file = dir.join(format!("{:020}.log", 1));
    let bytes = std::fs::read(&file).expect("read");
    let at = bytes.windows(text.len()).position(|one| one == text);
    let at = at.expect("found") as u64;
    use std::io::{Seek, SeekFrom, Write};
    let file = std::fs::OpenOptions::new().write(true).open(file);
    let mut file = file.expect("opened");
    file.seek(SeekFrom::Start(at + 1)).expect("sought");
    file.write_all(b"X").expect("damaged");
}

#[tokio::test]
async fn two_ways_to_one_address_are_two_destinations() {
    let dir = tempfile::tempdir().expect("directory");
    let spool = Spool::open(dir.path(), [SyslogTls::to("127.0.0.1:9")]).expect("spool");
    let spool = spool.with_dangerous_tcp(SyslogTcp::to("127.0.0.1:9"));
    let wrong = spool
        .expect("address")
        .with_dangerous_udp(SyslogUdp::to(":x"));
    assert_eq!(
        wrong.expect_err("no address").kind(),
        std::io::ErrorKind::InvalidInput
    );
}
