//! The client over real sockets, against our server and against raw bytes.
use std::time::Duration;

use crate::support::{Tcp, start};
use bytes::Bytes;
use ihe_soap::{
    Attachment, Client, Error, FaultCode, Incoming, Limits, Outgoing, Packaging, Source,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn client() -> Client<Tcp> {
    Client::new(
        Tcp,
        Limits {
            idle: Duration::from_secs(5),
            ..Limits::default()
        },
    )
}

async fn octets(reply: &mut Incoming) -> Vec<(String, String, Vec<u8>)> {
    let mut seen = Vec::new();
    while let Some(mut part) = reply.parts.next().await.expect("part") {
        let mut octets = Vec::new();
        while let Some(chunk) = part.chunk().await.expect("chunk") {
            octets.extend_from_slice(&chunk);
        }
        seen.push((
            part.content_id().to_owned(),
            part.content_type().to_owned(),
            octets,
        ));
    }
    seen
}

#[tokio::test]
async fn a_simple_round_trip_reuses_its_connection() {
    let server = start(Limits::default()).await;
    let client = client();
    for _ in 0..3 {
        let message = Outgoing::request("urn:echo", server.url(), "<q xmlns=\"urn:q\">山田</q>");
        let id = message.envelope.message_id.clone();
        let reply = client.call(&server.url(), message).await.expect("reply");
        assert_eq!(reply.packaging, Packaging::Simple);
        assert_eq!(reply.envelope.action, "urn:echoResponse");
        assert_eq!(reply.envelope.relates_to, id);
        assert!(reply.envelope.body.ends_with(">山田</q>"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(*server.accepted.lock().expect("lock"), 1);
}

#[tokio::test]
async fn attachments_from_memory_and_file_come_back_byte_for_byte() {
    let server = start(Limits::default()).await;
    let dir = tempfile::tempdir().expect("directory");
    let path = dir.path().join("scan");
    let big: Vec<u8> = (0..3_000_001u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    std::fs::write(&path, &big).expect("write");
    let empty = dir.path().join("empty");
    std::fs::write(&empty, b"").expect("write");
    let message = Outgoing::request("urn:back", server.url(), "<q/>")
        .attach(Attachment {
            content_id: "a@x".into(),
            content_type: "text/plain; charset=utf-8".into(),
            source: Source::Bytes(Bytes::from_static(b"\r\n--\r\n")),
        })
        .attach(Attachment {
            content_id: "b@x".into(),
            content_type: "bad\r\nX: y".into(),
            source: Source::File(path),
        })
        .attach(Attachment {
            content_id: "c@x".into(),
            content_type: "x/y".into(),
            source: Source::File(empty),
        });
    let mut reply = client().call(&server.url(), message).await.expect("reply");
    assert_eq!(reply.packaging, Packaging::Mtom);
    let seen = octets(&mut reply).await;
    assert_eq!(seen.len(), 3);
    assert_eq!(
        seen[0],
        (
            "a@x".into(),
            "text/plain; charset=utf-8".into(),
            b"\r\n--\r\n".to_vec()
        )
    );
    assert_eq!(
        (seen[1].0.as_str(), seen[1].1.as_str()),
        ("b@x", "application/octet-stream")
    );
    assert!(seen[1].2 == big);
    assert_eq!(seen[2], ("c@x".into(), "x/y".into(), Vec::new()));
}

#[tokio::test]
async fn faults_are_told_with_code_subcode_and_reason() {
    let server = start(Limits::default()).await;
    for message in [
        Outgoing::request("urn:no", "u", "<q/>"),
        Outgoing::request("urn:no", "u", "<q/>").mtom(),
    ] {
        match client().call(&server.url(), message).await {
            Err(Error::Fault(fault)) => {
                assert_eq!(fault.code, FaultCode::Sender);
                assert_eq!(fault.subcode.as_deref(), Some("wsa:ActionNotSupported"));
                assert!(fault.reason.contains("urn:no"));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn xds_t_002_006_replies_to_another_message_or_in_another_packaging_are_malformed() {
    let server = start(Limits::default()).await;
    let other = client()
        .call(
            &server.url(),
            Outgoing::request("urn:other-id", "u", "<q/>"),
        )
        .await;
    assert!(matches!(other, Err(Error::Malformed(what)) if what.contains("RelatesTo")));
    let simple = client()
        .call(
            &server.url(),
            Outgoing::request("urn:simple", "u", "<q/>").mtom(),
        )
        .await;
    assert!(matches!(simple, Err(Error::Malformed(what)) if what.contains("MTOM")));
}

#[tokio::test]
async fn what_cannot_be_sent_is_misuse_or_transport() {
    let server = start(Limits::default()).await;
    let client = client();
    let message = || Outgoing::request("urn:echo", "u", "<q/>");
    for url in ["", "ftp://h/", "/path", "http://user@h/", "http://"] {
        assert!(
            matches!(client.call(url, message()).await, Err(Error::Misuse(_))),
            "{url}"
        );
    }
    let nowhere = message().attach(Attachment::new("a/b", Source::File("/nowhere/file".into())));
    assert!(matches!(
        client.call(&server.url(), nowhere).await,
        Err(Error::Misuse(_))
    ));
    assert!(matches!(
        client
            .call(&server.url(), Outgoing::request("", "u", "<q/>"))
            .await,
        Err(Error::Misuse(_))
    ));
    assert!(matches!(
        client.call("http://127.0.0.1:1/", message()).await,
        Err(Error::Transport(_))
    ));
    let elsewhere = server.url().replace("/service", "/other");
    assert!(
        matches!(client.call(&elsewhere, message()).await, Err(Error::Transport(what)) if what.contains("404"))
    );
    assert!(client.call(&server.url(), message()).await.is_ok());
}

/// Gives each connection one answer and closes it.
async fn raw_server(answers: Vec<String>) -> String {
    raw_connections(answers.into_iter().map(|answer| vec![answer]).collect()).await
}

/// Answers each accepted connection, one request after the other, and closes it after the last.
/// A request is read whole before its answer is written; an empty answer is none.
async fn raw_connections(connections: Vec<Vec<String>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}/s", listener.local_addr().expect("address"));
    tokio::spawn(async move {
        for answers in connections {
            let (mut stream, _) = listener.accept().await.expect("accept");
            for answer in answers {
                let id = message_id_of_request(&mut stream).await;
                let answer = answer.replace("{id}", &id);
                stream.write_all(answer.as_bytes()).await.expect("write");
            }
        }
        std::future::pending::<()>().await;
    });
    url
}

async fn message_id_of_request(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(b"Envelope>") {
        if stream.read_buf(&mut seen).await.expect("read") == 0 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&seen).into_owned();
    let rest = text.split("<wsa:MessageID>").nth(1).unwrap_or_default();
    rest.split('<').next().unwrap_or_default().to_owned()
}

fn http(head: &str, body: &str) -> String {
    // {id} becomes a URN of 45 characters
    let length = body.len() + body.matches("{id}").count() * 41;
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn good() -> String {
    let xml = crate::support::envelope("urn:r", "<wsa:RelatesTo>{id}</wsa:RelatesTo>", "<r/>");
    http("200 OK\r\nContent-Type: application/soap+xml", &xml)
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced_once() {
    let url = raw_server(vec![good(), good()]).await;
    let client = client();
    client
        .call(&url, Outgoing::request("urn:q", "u", "<q/>"))
        .await
        .expect("first");
    client
        .call(&url, Outgoing::request("urn:q", "u", "<q/>"))
        .await
        .expect("second, on a new connection");
}

#[tokio::test]
async fn a_kept_connection_that_closes_on_the_request_is_replaced_once() {
    let url = raw_connections(vec![vec![good(), String::new()], vec![good()]]).await;
    let client = client();
    for _ in 0..2 {
        client
            .call(&url, Outgoing::request("urn:q", "u", "<q/>"))
            .await
            .expect("reply");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_request_is_not_sent_again_once_a_reply_has_begun() {
    let begun = "HTTP/1.1 200 OK\r\nContent-".to_owned();
    let url = raw_connections(vec![vec![good(), begun], vec![good()]]).await;
    let client = client();
    let message = || Outgoing::request("urn:q", "u", "<q/>");
    client.call(&url, message()).await.expect("first");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = client.call(&url, message()).await;
    assert!(matches!(second, Err(Error::Transport(_))), "{second:?}");
}

#[tokio::test]
async fn a_new_connection_that_closes_without_reply_is_not_tried_again() {
    let url = raw_server(vec![String::new(), good()]).await;
    let first = client()
        .call(&url, Outgoing::request("urn:q", "u", "<q/>"))
        .await;
    assert!(matches!(first, Err(Error::Transport(_))), "{first:?}");
}

#[tokio::test]
async fn replies_that_are_no_messages_are_told_apart() {
    let html = http("200 OK\r\nContent-Type: text/html", "<html/>");
    let gateway = http("502 Bad Gateway\r\nContent-Type: text/html", "<html/>");
    let accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".to_owned();
    let dtd = http(
        "200 OK\r\nContent-Type: application/soap+xml",
        "<!DOCTYPE x []><x/>",
    );
    let short =
        "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: 999\r\n\r\n<x"
            .to_owned();
    let mut kinds = Vec::new();
    for answer in [html, gateway, accepted, dtd, short] {
        let url = raw_server(vec![answer]).await;
        kinds.push(
            match client()
                .call(&url, Outgoing::request("urn:q", "u", "<q/>"))
                .await
            {
                Err(Error::Malformed(_)) => "malformed",
                Err(Error::Transport(_)) => "transport",
                other => panic!("{other:?}"),
            },
        );
    }
    assert_eq!(
        kinds,
        [
            "malformed",
            "transport",
            "malformed",
            "malformed",
            "transport"
        ]
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}/s", listener.local_addr().expect("address"));
    let client = Client::new(
        Tcp,
        Limits {
            idle: Duration::from_millis(200),
            ..Limits::default()
        },
    );
    let reply = client
        .call(&url, Outgoing::request("urn:q", "u", "<q/>"))
        .await;
    assert!(matches!(reply, Err(Error::Timeout(_))), "{reply:?}");
}

#[tokio::test]
async fn many_calls_at_once() {
    let server = start(Limits::default()).await;
    let client = std::sync::Arc::new(client());
    let calls: Vec<_> = (0..50)
        .map(|n| {
            let (client, url) = (client.clone(), server.url());
            tokio::spawn(async move {
                let body = format!("<q>{n}</q>");
                let reply = client
                    .call(&url, Outgoing::request("urn:echo", "u", body))
                    .await
                    .expect("reply");
                assert!(reply.envelope.body.ends_with(&format!(">{n}</q>")));
            })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic");
    }
}
