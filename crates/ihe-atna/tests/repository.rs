//! ITI-20 the Audit Record Repository over real loopback sockets.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Domain, Shelf, event};
use ihe_atna::{
    As, AuditRecordRepository, Forward, MemoryStore, Order, RecordFlags, RecordStore,
    RepositoryLimits, RetentionPolicy, Search, SecureNode, Stream, SyslogTls, Trail, TrailLimits,
    TrailSigner, TrailSink, codes, syslog,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_util::sync::CancellationToken;

struct Arr {
    repository: AuditRecordRepository<MemoryStore>,
    shelf: Shelf,
    port: u16,
    stop: CancellationToken,
}

/// A repository whose own node records into its own trail.
async fn arr(domain: &Domain, limits: RepositoryLimits) -> Arr {
    on(domain, Shelf::new(), limits).await
}

async fn on(domain: &Domain, shelf: Shelf, limits: RepositoryLimits) -> Arr {
    let sink = Arc::new(TrailSink::new(shelf.trail.clone()));
    let node = SecureNode::dangerous()
        .with_sink(domain.member("arr.example"), domain.anchors(), false, sink)
        .expect("node")
        .named("arr");
    let repository = shelf.limited(node, limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let stop = CancellationToken::new();
    let (serving, token) = (repository.clone(), stop.clone());
    tokio::spawn(async move { serving.serve_tls(listener, token).await });
    Arr {
        repository,
        shelf,
        port,
        stop,
    }
}

async fn connect(domain: &Domain, port: u16) -> Stream {
    let (client, _) = domain.node("sender.example");
    client
        .connect("127.0.0.1", port)
        .await
        .expect("connected")
        .0
}

async fn send(stream: &mut Stream, messages: &[&[u8]]) {
    for message in messages {
        stream
            .write_all(&syslog::frame(message))
            .await
            .expect("written");
    }
    stream.flush().await.expect("flushed");
}

/// Closes in order and waits for the answer: everything is stored then.
async fn close(mut stream: Stream) {
    stream.shutdown().await.expect("closed");
    assert_eq!(stream.read(&mut [0; 8]).await.expect("close_notify"), 0);
}

#[tokio::test]
async fn atna_r_024_bytes_are_kept_as_they_came_whatever_they_are() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let mut stream = connect(&domain, arr.port).await;
    let messages: [&[u8]; 4] = [
        b"<85>1 - - - - - - <AuditMessage/>",
        b"<34>bsd",
        "漢字".as_bytes(),
        b"\xff\x00\x80",
    ];
    send(&mut stream, &messages).await;
    close(stream).await;
    assert_eq!(arr.shelf.raw().await, messages);
    let flags: Vec<RecordFlags> = arr.shelf.all().await.iter().map(|one| one.flags).collect();
    let (odd, old) = (RecordFlags::MALFORMED, RecordFlags::LEGACY);
    assert_eq!(flags, [RecordFlags::NONE, odd | old, odd, odd]);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_025_a_repeat_from_a_new_connection_is_dropped_and_a_double_on_one_is_kept() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let mut first = connect(&domain, arr.port).await;
    send(&mut first, &[b"<85>one", b"<85>one", b"<85>two"]).await;
    close(first).await;
    let mut second = connect(&domain, arr.port).await;
    send(
        &mut second,
        &[b"<85>one", b"<85>one", b"<85>two", b"<85>three"],
    )
    .await;
    close(second).await;
    let expected: [&[u8]; 4] = [b"<85>one", b"<85>one", b"<85>two", b"<85>three"];
    assert_eq!(arr.shelf.raw().await, expected);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_021_wrong_framing_ends_the_connection_after_storing_what_was_right() {
    let domain = Domain::new("domain");
    let limits = RepositoryLimits {
        frame: 100,
        ..RepositoryLimits::default()
    };
    let arr = arr(&domain, limits).await;
    for wrong in [&b"<85>1 no count"[..], b"0 ", b"101 ", b"67108864 <85>"] {
        let mut stream = connect(&domain, arr.port).await;
        let before = arr.shelf.end();
        let good = format!("<85>{}", String::from_utf8_lossy(wrong));
        send(&mut stream, &[good.as_bytes()]).await;
        stream.write_all(wrong).await.expect("written");
        stream.flush().await.expect("flushed");
        let ended = stream.read(&mut [0; 8]).await;
        assert!(!matches!(ended, Ok(length) if length > 0));
        assert!(ended.is_err(), "no close_notify: nothing is confirmed");
        assert_eq!(arr.shelf.end(), before + 1);
    }
    let mut stream = connect(&domain, arr.port).await;
    send(&mut stream, &[b"<85>the server goes on"]).await;
    close(stream).await;
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_009_a_stranger_is_refused_and_the_repository_records_it_in_its_own_store() {
    let (domain, stranger) = (Domain::new("domain"), Domain::new("stranger"));
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let (client, _) = stranger.node("mallory.example");
    let connected = client.connect("127.0.0.1", arr.port).await;
    assert!(connected.is_err(), "the stranger does not trust us either");
    arr.shelf.wait_for(1).await;
    let alerts = Search {
        event: Some("110126".to_owned()),
        ..Search::default()
    };
    let found = arr.shelf.find(alerts).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].summary.as_ref().map(|one| one.source_id.as_str()),
        Some("arr")
    );
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_023_udp_is_kept_also_when_cut_in_a_character() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let address = socket.local_addr().expect("address");
    let (serving, token) = (arr.repository.clone(), arr.stop.clone());
    let task = tokio::spawn(async move { serving.serve_udp(socket, token).await });
    let mut message = event("7^^^&1.2&ISO").into_message();
    message.source.id = "udp".to_owned();
    let xml = message.to_xml();
    let whole = format!("<85>1 - - - - IHE+RFC-3881 - {xml}").into_bytes();
    let end = whole
        .windows(18)
        .position(|part| part == b"<ParticipantObject")
        .expect("there");
    let mut cut = whole[..end].to_vec();
    cut.extend_from_slice("<ParticipantObjectIdentification ParticipantObjectID=\"漢".as_bytes());
    cut.pop();
    let sender = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    for datagram in [&whole, &whole, &cut] {
        sender.send_to(datagram, address).await.expect("sent");
    }
    arr.shelf.wait_for(3).await;
    assert_eq!(
        arr.shelf.raw().await,
        [whole.clone(), whole, cut],
        "UDP doubles are kept"
    );
    let found = arr.shelf.all().await;
    let summary = |record: &ihe_atna::StoredRecord| record.summary.clone().expect("readable");
    assert_eq!(summary(&found[0]).patients, ["7^^^&1.2&ISO"]);
    assert!(!summary(&found[0]).cut);
    assert!(summary(&found[2]).cut);
    assert!(found[2].flags.contains(RecordFlags::TRUNCATED));
    assert_eq!(summary(&found[2]).event_type, "ITI-9");
    arr.stop.cancel();
    task.await.expect("joined").expect("served");
}

#[tokio::test]
async fn atna_r_028_access_to_the_log_is_itself_recorded() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let found = arr
        .repository
        .search(&As::user("auditor"), &Search::default())
        .await;
    assert_eq!(found.expect("found").len(), 0);
    let kept = arr.shelf.all().await;
    let summary = kept[0].summary.clone().expect("readable");
    assert_eq!(summary.event_id, codes::EVENT_AUDIT_LOG_USED.code);
    assert_eq!((summary.action.as_str(), summary.outcome), ("R", 0));
    assert_eq!(summary.users, ["auditor"]);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_022_a_plain_node_cannot_serve_the_repository() {
    let domain = Domain::new("domain");
    let shelf = Shelf::new();
    let sink = Arc::new(TrailSink::new(shelf.trail.clone()));
    let node = SecureNode::dangerous()
        .with_sink(domain.member("arr"), domain.anchors(), true, sink)
        .expect("node");
    let repository = shelf.repository(node);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let refused = repository
        .serve_tls(listener, CancellationToken::new())
        .await;
    assert_eq!(
        refused.expect_err("refused").kind(),
        std::io::ErrorKind::InvalidInput
    );
}

fn message(text: &str) -> Vec<u8> {
    format!("<85>1 - h a 1 m - <AuditMessage>{text}</AuditMessage>").into_bytes()
}

#[tokio::test]
async fn atna_r_020_plain_tcp_takes_both_framings_when_it_is_asked_for() {
    let arr = arr(&Domain::new("domain"), RepositoryLimits::default()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address");
    let (serving, token) = (arr.repository.clone(), arr.stop.clone());
    let task = tokio::spawn(async move { serving.serve_tcp(listener, token).await });
    let [one, two, three] = ["1", "2", "3"].map(message);
    let lines = [&one[..], b"\n", &two].concat();
    let counted = syslog::frame(&three);
    for bytes in [lines, counted] {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(&bytes).await.expect("written");
        stream.shutdown().await.expect("closed");
        assert_eq!(stream.read(&mut [0; 8]).await.expect("closed in answer"), 0);
    }
    assert_eq!(arr.shelf.raw().await, [one, two, three]);
    arr.stop.cancel();
    task.await.expect("joined");
}

#[tokio::test]
async fn atna_r_021_the_largest_frame_is_taken_and_64_mb_are_not() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let whole = message(&"x".repeat((1 << 20) - 60));
    let mut stream = connect(&domain, arr.port).await;
    send(&mut stream, &[&whole]).await;
    close(stream).await;
    assert_eq!(arr.shelf.raw().await, [whole]);
    let mut stream = connect(&domain, arr.port).await;
    let huge = format!("{} ", 64 << 20).into_bytes();
    let _ = stream.write_all(&huge).await;
    let _ = stream.write_all(&vec![b'x'; 1 << 20]).await;
    assert!(stream.read(&mut [0; 8]).await.is_err(), "no close_notify");
    assert_eq!(arr.shelf.end(), 1, "nothing of it was kept");
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_030_nothing_is_confirmed_that_could_not_be_kept() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    arr.shelf
        .trail
        .close()
        .await
        .expect("closed, as a full disk would refuse");
    let mut stream = connect(&domain, arr.port).await;
    send(&mut stream, &[&message("lost?")]).await;
    let _ = stream.shutdown().await;
    let answer = stream.read(&mut [0; 8]).await;
    assert!(
        answer.is_err(),
        "no close_notify: the sender sends it again"
    );
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_020_silent_connections_keep_nobody_out() {
    let domain = Domain::new("domain");
    let mut limits = RepositoryLimits::default();
    limits.serve.pending = 20;
    let arr = arr(&domain, limits).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(
            TcpStream::connect(("127.0.0.1", arr.port))
                .await
                .expect("connected"),
        );
    }
    let mut stream = connect(&domain, arr.port).await;
    send(&mut stream, &[&message("heard")]).await;
    close(stream).await;
    assert!(arr.shelf.raw().await.contains(&message("heard")));
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_025_repeats_are_known_after_a_restart_from_the_trail() {
    let domain = Domain::new("domain");
    let first = arr(&domain, RepositoryLimits::default()).await;
    let mut stream = connect(&domain, first.port).await;
    send(&mut stream, &[&message("1"), &message("2")]).await;
    close(stream).await;
    first.stop.cancel();
    let second = on(&domain, first.shelf.clone(), RepositoryLimits::default()).await;
    let mut stream = connect(&domain, second.port).await;
    send(&mut stream, &[&message("1"), &message("2"), &message("3")]).await;
    close(stream).await;
    assert_eq!(second.shelf.raw().await, ["1", "2", "3"].map(message));
    second.stop.cancel();
}

#[tokio::test]
async fn atna_r_028_the_index_is_made_again_from_the_trail_and_says_how_far_it_is() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let mut stream = connect(&domain, arr.port).await;
    let messages: Vec<Vec<u8>> = (0..500).map(|one| message(&one.to_string())).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    send(&mut stream, &messages).await;
    close(stream).await;
    assert!(arr.repository.caught_up(Duration::from_secs(10)).await);
    assert_eq!(arr.repository.lag(), ihe_atna::Lag::default());
    let found = arr.shelf.all().await;
    let mut shelf = arr.shelf.clone();
    // An index of another, longer trail, and one that is empty.
    for sequence in [9999, 0] {
        shelf.store = MemoryStore::new();
        let mut other = found[..1].to_vec();
        other[0].sequence = sequence;
        shelf.store.apply(other).await.expect("applied");
        let again = on(&domain, shelf.clone(), RepositoryLimits::default()).await;
        assert!(again.repository.caught_up(Duration::from_secs(10)).await);
        assert_eq!(shelf.all().await, found);
        again.stop.cancel();
    }
    arr.stop.cancel();
}

/// A shelf whose trail has small segments.
fn small() -> Shelf {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("directory");
    let (signer, _) = TrailSigner::generate().expect("key");
    let limits = TrailLimits {
        segment: 4096,
        ..TrailLimits::default()
    };
    let trail = Trail::open(dir.keep(), signer, limits).expect("trail");
    let store = MemoryStore::new();
    Shelf { trail, store }
}

async fn fill(arr: &Arr, domain: &Domain, count: u32) {
    let mut stream = connect(domain, arr.port).await;
    for one in 0..count {
        let xml = event(&format!("{one}^^^&1.2&ISO")).into_message().to_xml();
        send(
            &mut stream,
            &[format!("<85>1 - h a 1 m - {xml}").as_bytes()],
        )
        .await;
        stream.flush().await.expect("flushed");
        arr.shelf.wait_for(u64::from(one) + 1).await;
    }
    close(stream).await;
}

#[tokio::test]
async fn atna_r_028_retention_removes_forgets_and_records_itself() {
    let domain = Domain::new("domain");
    let arr = on(&domain, small(), RepositoryLimits::default()).await;
    fill(&arr, &domain, 40).await;
    assert!(arr.repository.caught_up(Duration::from_secs(10)).await);
    let who = As::system("records office");
    let none = RetentionPolicy::default();
    assert!(
        arr.repository
            .retire(&who, &none)
            .await
            .expect("done")
            .is_none()
    );
    let policy = RetentionPolicy {
        records: Some(10),
        ..RetentionPolicy::default()
    };
    let stub = arr
        .repository
        .retire(&who, &policy)
        .await
        .expect("retired")
        .expect("a stub");
    assert!(
        stub.first == 1 && stub.last <= 30 && stub.last > 20,
        "{}",
        stub.last
    );
    let kept = arr.shelf.all().await;
    assert_eq!(kept.first().map(|one| one.sequence), Some(stub.last + 1));
    let own = kept
        .last()
        .and_then(|one| one.summary.clone())
        .expect("recorded");
    assert_eq!(
        (own.event_id.as_str(), own.action.as_str(), own.outcome),
        ("110101", "D", 0)
    );
    assert_eq!(own.users, ["records office"]);
    let gone = Search {
        patient: Some("3".to_owned()),
        ..Search::default()
    };
    assert_eq!(arr.shelf.find(gone).await.len(), 0);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_026_records_are_forwarded_unchanged_by_a_rule_and_kept_until_then() {
    let domain = Domain::new("domain");
    let (near, far) = (small(), Shelf::new());
    let far = on(&domain, far, RepositoryLimits::default()).await;
    let near = on(&domain, near, RepositoryLimits::default()).await;
    let dir = tempfile::tempdir().expect("directory");
    let closed = free_port().await;
    let to_nobody = Forward {
        to: SyslogTls::to(format!("127.0.0.1:{closed}")),
        only: None,
        cursor: dir.path().join("nobody"),
    };
    let (repository, stop) = (near.repository.clone(), near.stop.clone());
    let waiting = tokio::spawn(async move { repository.forward(to_nobody, stop).await });
    fill(&near, &domain, 30).await;
    let policy = RetentionPolicy {
        records: Some(1),
        ..RetentionPolicy::default()
    };
    let who = As::system("arr");
    let kept = near.repository.retire(&who, &policy).await.expect("done");
    assert!(kept.is_none(), "nothing goes before it was forwarded");
    let forward = Forward {
        to: SyslogTls::to(format!("127.0.0.1:{}", far.port)),
        only: Some(Search {
            patient: Some("7^^^&1.2&ISO".to_owned()),
            ..Search::default()
        }),
        cursor: dir.path().join("far"),
    };
    let (repository, stop) = (near.repository.clone(), near.stop.clone());
    let running = tokio::spawn(async move { repository.forward(forward, stop).await });
    far.shelf.wait_for(1).await;
    assert_eq!(far.shelf.raw().await, near.shelf.raw().await[7..8]);
    for task in [waiting, running] {
        near.stop.cancel();
        task.await.expect("joined").expect("ended in order");
    }
    far.stop.cancel();
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    listener.local_addr().expect("address").port()
}

#[tokio::test]
async fn atna_r_027_a_search_by_any_of_several_patients_finds_the_record() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let mut stream = connect(&domain, arr.port).await;
    let mut two = event("1^^^&1.2&ISO");
    two.objects
        .push(ihe_atna::ParticipantObject::patient("2^^^&1.2&ISO"));
    let xml = two.into_message().to_xml();
    send(
        &mut stream,
        &[format!("<85>1 - h a 1 m - {xml}").as_bytes()],
    )
    .await;
    close(stream).await;
    for patient in ["1^^^&1.2&ISO", "2^^^&1.2&ISO"] {
        let search = Search {
            patient: Some(patient.to_owned()),
            order: Order::NewestFirst,
            ..Search::default()
        };
        assert_eq!(arr.shelf.find(search).await.len(), 1);
    }
    arr.stop.cancel();
}
