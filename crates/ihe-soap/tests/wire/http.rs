//! HTTP/1.1 in raw bytes: connections, expectations, framing, lies and slowness (RFC 9110, 9112; XDS-T-010).

use std::sync::Arc;
use std::time::{Duration, Instant};

use ihe_soap::{Endpoint, Incoming, Limits, Outgoing, Reply, Service, serve_stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::support::{
    SOAP, Server, envelope, listen, post, raw, refusals, soap, start, still_works,
};

/// Writes the bytes and reads until the server closes.
async fn talk(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.expect("connect");
    stream.write_all(bytes).await.expect("write");
    read_all(&mut stream).await
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let closed = tokio::time::timeout(Duration::from_secs(10), reading).await;
    let _ = closed.expect("the server closes");
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(fields: &str) -> String {
    format!("POST /service HTTP/1.1\r\nHost: h\r\nContent-Type: {SOAP}\r\n{fields}\r\n")
}

fn request(fields: &str, id: &str, body: &str) -> String {
    let xml = envelope("urn:echo", "", body).replace("urn:uuid:42", id);
    head(&format!("{fields}Content-Length: {}\r\n", xml.len())) + &xml
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order_and_a_fault_keeps_the_connection() {
    let server = start(Limits::default()).await;
    let bad = "<x/>";
    let wire = [
        request("", "urn:1", "<q>one</q>"),
        head(&format!("Content-Length: {}\r\n", bad.len())) + bad,
        request("", "urn:2", "<q/><q/>"),
        request("Connection: close\r\n", "urn:3", "<q>three</q>"),
    ];
    let answer = talk(&server, wire.concat().as_bytes()).await;
    let statuses: Vec<&str> = answer
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|one| &one[..3])
        .collect();
    assert_eq!(statuses, ["200", "500", "400", "200"], "{answer}");
    let at = |text: &str| {
        answer
            .find(text)
            .unwrap_or_else(|| panic!("no {text} in {answer}"))
    };
    assert!(at(">one</q>") < at("VersionMismatch") && at("VersionMismatch") < at(">three</q>"));
    assert_eq!(*server.accepted.lock().expect("lock"), 1);
}

#[tokio::test]
async fn a_client_that_expects_100_continue_is_told_to_go_on() {
    let server = start(Limits::default()).await;
    let xml = envelope("urn:echo", "", "<q/>");
    let head = head(&format!(
        "Expect: 100-Continue\r\nConnection: close\r\nContent-Length: {}\r\n",
        xml.len()
    ));
    let mut stream = TcpStream::connect(server.address).await.expect("connect");
    stream.write_all(head.as_bytes()).await.expect("write");
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.expect("read");
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(xml.as_bytes()).await.expect("write");
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn what_the_head_condemns_is_refused_before_the_body_is_sent() {
    let server = start(Limits {
        root: 1000,
        message: 5000,
        ..Limits::default()
    })
    .await;
    let mtom = "multipart/related; boundary=b; type=\"application/xop+xml\"";
    for (status, fields) in [
        (
            413,
            format!("Content-Type: {SOAP}\r\nContent-Length: 1001\r\n"),
        ),
        (
            413,
            format!("Content-Type: {mtom}\r\nContent-Length: 5001\r\n"),
        ),
        (
            415,
            "Content-Type: text/plain\r\nContent-Length: 10\r\n".into(),
        ),
        (415, "Content-Length: 10\r\n".into()),
        (
            415,
            format!("Content-Type: {SOAP}\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n"),
        ),
        (
            400,
            format!("Content-Type: {SOAP}\r\nContent-Type: {SOAP}\r\nContent-Length: 10\r\n"),
        ),
        (
            417,
            format!("Content-Type: {SOAP}\r\nExpect: a-miracle\r\nContent-Length: 10\r\n"),
        ),
    ] {
        let expect = if status == 417 {
            ""
        } else {
            "Expect: 100-continue\r\n"
        };
        let head = format!("POST /service HTTP/1.1\r\nHost: h\r\n{expect}{fields}\r\n");
        let answer = talk(&server, head.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{fields}: {answer}"
        );
        assert!(answer.contains("soap:Sender"), "{answer}");
        assert!(!answer.contains("100 Continue"), "{answer}");
    }
    assert_eq!(refusals(&server), ["Sender"; 7]);
    still_works(&server).await;
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed_and_other_methods_refused() {
    let server = start(Limits::default()).await;
    let xml = envelope("urn:echo", "", "<q/>");
    let old = format!(
        "POST /service HTTP/1.0\r\nContent-Type: {SOAP}\r\nContent-Length: {}\r\n\r\n{xml}",
        xml.len()
    );
    let answer = talk(&server, old.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.0 200 OK") || answer.starts_with("HTTP/1.1 200 OK"));
    assert!(
        answer.to_lowercase().contains("content-length:"),
        "{answer}"
    );
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let wire = format!("{method} /service HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        let answer = talk(&server, wire.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 405 "), "{method}: {answer}");
        assert!(answer.to_lowercase().contains("allow: post"), "{answer}");
    }
    assert_eq!(*server.service.handled.lock().expect("lock"), 1);
}

#[tokio::test]
async fn heads_that_are_too_large_or_no_http_are_refused() {
    let server = start(Limits {
        head: 10_000,
        ..Limits::default()
    })
    .await;
    let xml = envelope("urn:echo", "", "<q/>");
    let long = format!("X-Long: {}\r\n", "x".repeat(20_000));
    let many = (0..200)
        .map(|n| format!("X-{n}: y\r\n"))
        .collect::<String>();
    for fields in [long, many] {
        let wire = head(&format!("{fields}Content-Length: {}\r\n", xml.len())) + &xml;
        let answer = talk(&server, wire.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    for wire in [
        "hello\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
        "POST  HTTP/9.9\r\n\r\n",
    ] {
        let answer = talk(&server, wire.as_bytes()).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
    assert_eq!(*server.service.handled.lock().expect("lock"), 0);
    still_works(&server).await;
}

#[tokio::test]
async fn lies_about_the_length_hurt_their_teller_only() {
    let server = start(Limits {
        idle: Duration::from_millis(300),
        header_read: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let xml = envelope("urn:echo", "", "<q/>");
    let with = |fields: &str| head(fields) + &xml;
    // too short: the rest is read as the next request, and is none
    let short = with(&format!("Content-Length: {}\r\n", xml.len() - 9));
    let short = talk(&server, short.as_bytes()).await;
    assert!(
        short.starts_with("HTTP/1.1 400 ") && short.contains("soap:Sender"),
        "{short}"
    );
    // too long: waited for, then given up
    let long = talk(&server, with("Content-Length: 5000\r\n").as_bytes()).await;
    assert!(
        long.starts_with("HTTP/1.1 400 ") && long.contains("timed out"),
        "{long}"
    );
    for fields in [
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 0x10\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
    ] {
        let answer = talk(&server, with(fields).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{fields}: {answer}");
    }
    assert_eq!(*server.service.handled.lock().expect("lock"), 0);
    still_works(&server).await;
}

#[tokio::test]
async fn a_body_framed_twice_is_read_by_its_chunks_and_the_connection_closed() {
    let server = start(Limits::default()).await;
    let xml = envelope("urn:echo", "", "<q/>");
    let chunked = format!(
        "{:x};extension=1\r\n{xml}\r\n0\r\nX-Trailer: 1\r\n\r\n",
        xml.len()
    );
    let smuggled = request("", "urn:smuggled", "<q>smuggled</q>");
    let wire = head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") + &chunked + &smuggled;
    let answer = talk(&server, wire.as_bytes()).await;
    assert!(!answer.contains("smuggled"), "{answer}");
    for chunks in [
        "zz\r\n",
        "fffffffffffffffff\r\nx",
        "5\r\nabcdefgh\r\n0\r\n\r\n",
    ] {
        let wire = head("Transfer-Encoding: chunked\r\n") + chunks;
        let answer = talk(&server, wire.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{chunks}: {answer}");
    }
    still_works(&server).await;
}

/// Sends `head` at once and `rest` a byte every 20 ms; how long the server let that go on, and its answer.
async fn trickle(server: &Server, head: &str, rest: &str) -> (Duration, String) {
    let mut stream = TcpStream::connect(server.address).await.expect("connect");
    stream.write_all(head.as_bytes()).await.expect("write");
    let (mut reader, mut writer) = stream.into_split();
    let (rest, began) = (rest.to_owned(), Instant::now());
    let writing = tokio::spawn(async move {
        for byte in rest.as_bytes().chunks(1) {
            if writer.write_all(byte).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut answer = Vec::new();
    let reading = reader.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(20), reading).await;
    writing.abort();
    (
        began.elapsed(),
        String::from_utf8_lossy(&answer).into_owned(),
    )
}

#[tokio::test]
async fn one_byte_at_a_time_is_too_slow_for_head_body_and_part() {
    let package = crate::mtom::multipart("urn:count", &[&[b'x'; 500]]);
    let package = String::from_utf8(package).expect("text");
    let part = format!(
        "POST /service HTTP/1.1\r\nHost: h\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{package}",
        crate::mtom::MTOM,
        package.len()
    );
    let simple = request("", "urn:1", "<q/>");
    let enough = Duration::from_secs(5);
    for (pace, total) in [(100_000, 3_600_000), (0, 300)] {
        let server = start(Limits {
            idle: Duration::from_millis(300),
            header_read: Duration::from_millis(300),
            total: Duration::from_millis(total),
            pace,
            ..Limits::default()
        })
        .await;
        let (took, _) = trickle(&server, "", &simple).await;
        assert!(took < enough, "head: {took:?}");
        // in the body of a simple message, in its multipart header, in the attachment
        for (whole, fast) in [
            (&simple, simple.find("\r\n\r\n")),
            (&part, part.find("--MB\r\nContent-Type: image/x")),
            (&part, part.find("xxxx")),
        ] {
            let (fast, slow) = whole.split_at(fast.expect("found") + 4);
            let (took, answer) = trickle(&server, fast, slow).await;
            assert!(took < enough, "{took:?}");
            assert!(answer.contains("timed out"), "{answer}");
        }
        still_works(&server).await;
    }
}

#[tokio::test]
async fn a_peer_that_takes_the_answer_one_byte_at_a_time_is_given_up() {
    struct Large;
    impl Service for Large {
        async fn handle(&self, request: Incoming) -> Reply {
            let body = format!("<q>{}</q>", "x".repeat(200_000));
            Reply::Message(Outgoing::reply(&request.envelope, "urn:r", body))
        }
    }
    let (mut near, far) = tokio::io::duplex(1024);
    let limits = Limits {
        idle: Duration::from_millis(500),
        pace: 1 << 20,
        ..Limits::default()
    };
    let door = Endpoint::new(limits).door(Arc::new(Large));
    let serving =
        tokio::spawn(async move { serve_stream(far, door, &CancellationToken::new()).await });
    let request = post("/", SOAP, envelope("urn:x", "", "<q/>").as_bytes());
    near.write_all(&request).await.expect("write");
    let began = Instant::now();
    let mut buffer = [0; 64];
    while !serving.is_finished() && began.elapsed() < Duration::from_secs(10) {
        let _ = tokio::time::timeout(Duration::from_millis(20), near.read(&mut buffer)).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(serving.await.expect("no panic").is_err());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn one_exchange_too_many_is_503() {
    struct Slow(tokio::sync::Notify);
    impl Service for Slow {
        async fn handle(&self, request: Incoming) -> Reply {
            self.0.notified().await;
            Reply::Message(Outgoing::reply(&request.envelope, "urn:r", "<r/>"))
        }
    }
    let limits = Limits {
        exchanges: 1,
        ..Limits::default()
    };
    let service = Arc::new(Slow(tokio::sync::Notify::new()));
    let (address, accepted) = listen(Endpoint::new(limits).door(service.clone())).await;
    let server = Server {
        address,
        service: Arc::default(),
        accepted,
    };
    let first = {
        let request = post("/", SOAP, envelope("urn:x", "", "<q/>").as_bytes());
        let mut stream = TcpStream::connect(address).await.expect("connect");
        stream.write_all(&request).await.expect("write");
        stream
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (status, head, body) = soap(&server, &envelope("urn:x", "", "<q/>")).await;
    assert_eq!(status, 503);
    assert!(head.to_lowercase().contains("retry-after"), "{head}");
    assert!(body.contains("soap:Receiver"), "{body}");
    service.0.notify_one();
    let mut first = first;
    assert!(read_all(&mut first).await.starts_with("HTTP/1.1 200 "));
    // one that nobody waits for is in hand as well
    let none = format!(
        "<wsa:ReplyTo><wsa:Address>{}</wsa:Address></wsa:ReplyTo>",
        ihe_soap::NONE
    );
    assert_eq!(
        soap(&server, &envelope("urn:x", &none, "<q/>")).await.0,
        202
    );
    assert_eq!(
        soap(&server, &envelope("urn:x", &none, "<q/>")).await.0,
        503
    );
}

#[tokio::test]
async fn every_byte_flipped_in_a_request_leaves_the_server_up() {
    let server = start(Limits {
        idle: Duration::from_millis(200),
        header_read: Duration::from_millis(200),
        ..Limits::default()
    })
    .await;
    let wire = request("Connection: close\r\n", "urn:1", "<q/>").into_bytes();
    let flipped = (0..wire.len()).map(|at| {
        let (mut wire, server) = (wire.clone(), &server);
        wire[at] ^= 0x15;
        async move {
            let mut stream = TcpStream::connect(server.address).await.expect("connect");
            let _ = stream.write_all(&wire).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
        }
    });
    futures_util::future::join_all(flipped).await;
    assert_eq!(raw(&server, &wire).await.0, 200);
    still_works(&server).await;
}
