//! ITI-20 the Audit Record Repository over real loopback sockets: what it takes and keeps.

mod common;

use std::sync::Arc;

use common::arr::{arr, close, connect, message, on, send};
use common::{Domain, Shelf, event};
use ihe_atna::{
    As, Order, RecordFlags, RepositoryLimits, Search, SecureNode, TrailSink, codes, syslog,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_util::sync::CancellationToken;

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
