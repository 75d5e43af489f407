//! gzip on the wire: off by default, bounded when on (RFC 9110 8.4.1.3).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ihe_soap::{Client, Endpoint, Limits, Outgoing};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::mtom::{MTOM, multipart};
use crate::support::{SOAP, Server, Tcp, envelope, post, raw, start, start_at, still_works};

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("deflated");
    encoder.finish().expect("deflated")
}

async fn server() -> Server {
    start_at(Endpoint::new(Limits::default()).at("/service").with_gzip()).await
}

fn coded(content_type: &str, body: &[u8]) -> Vec<u8> {
    let content_type = format!("{content_type}\r\nContent-Encoding: gzip");
    post("/service", &content_type, body)
}

#[tokio::test]
async fn a_server_without_gzip_says_415_and_what_it_takes() {
    let server = start(Limits::default()).await;
    let xml = deflate(envelope("urn:echo", "", "<q/>").as_bytes());
    let (status, head, _) = raw(&server, &coded(SOAP, &xml)).await;
    assert_eq!(status, 415);
    assert!(
        head.to_lowercase().contains("accept-encoding: identity"),
        "{head}"
    );
}

#[tokio::test]
async fn deflated_envelopes_and_packages_are_read_when_gzip_is_on() {
    let server = server().await;
    let xml = deflate(envelope("urn:echo", "", "<q>山</q>").as_bytes());
    let (status, _, body) = raw(&server, &coded(SOAP, &xml)).await;
    assert!(status == 200 && body.contains(">山</q>"), "{body}");
    let package = deflate(&multipart("urn:count", &[&[7; 100_000], b"x"]));
    let (status, _, body) = raw(&server, &coded(MTOM, &package)).await;
    assert!(
        status == 200 && body.contains("bytes=\"100000\" sum=\"700000\""),
        "{body}"
    );
    still_works(&server).await;
}

#[tokio::test]
async fn bombs_and_broken_streams_are_refused() {
    let server = server().await;
    let spaces = " ".repeat(15 << 20);
    let xml = deflate((spaces + &envelope("urn:echo", "", "<q/>")).as_bytes());
    let (status, _, body) = raw(&server, &coded(SOAP, &xml)).await;
    assert!(
        status == 413 && body.contains("inflation"),
        "{status} {body}"
    );
    let package = deflate(&multipart("urn:count", &[&vec![0; 50 << 20]]));
    let (status, _, body) = raw(&server, &coded(MTOM, &package)).await;
    assert!(
        status == 400 && body.contains("inflation"),
        "{status} {body}"
    );
    let whole = deflate(envelope("urn:echo", "", "<q/>").as_bytes());
    for broken in [&whole[..whole.len() - 4], b"no gzip at all", &[]] {
        assert_eq!(raw(&server, &coded(SOAP, broken)).await.0, 400);
    }
    still_works(&server).await;
}

#[tokio::test]
async fn replies_are_deflated_for_those_who_accept_it() {
    let server = server().await;
    let xml = envelope("urn:echo", "", &format!("<q>{}</q>", "x".repeat(100_000)));
    for (accept, expected) in [
        ("gzip", true),
        ("br, GZIP;q=0.5", true),
        ("gzip;q=0", false),
        ("identity", false),
    ] {
        let content_type = format!("{SOAP}\r\nAccept-Encoding: {accept}");
        let request = post("/service", &content_type, xml.as_bytes());
        let mut stream = TcpStream::connect(server.address).await.expect("connect");
        stream.write_all(&request).await.expect("write");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("read");
        let head = String::from_utf8_lossy(&answer[..300]).to_lowercase();
        assert_eq!(
            head.contains("content-encoding: gzip"),
            expected,
            "{accept}: {head}"
        );
        assert!(head.contains("vary: accept-encoding"), "{head}");
        assert_eq!(answer.len() < 10_000, expected);
    }
}

#[tokio::test]
async fn client_and_server_with_gzip_understand_each_other_and_a_plain_server_refuses() {
    let server = server().await;
    let client = || Client::new(Tcp, Limits::default());
    let body = format!("<q>{}</q>", "y".repeat(200_000));
    let message = || Outgoing::request("urn:echo", server.url(), body.clone());
    for client in [client().with_gzip(), client()] {
        let reply = client.call(&server.url(), message()).await.expect("reply");
        assert!(reply.envelope.body.len() > 200_000);
    }
    let plain = start(Limits::default()).await;
    let refused = client().with_gzip().call(&plain.url(), message()).await;
    assert!(
        matches!(refused, Err(ihe_soap::Error::Fault(_))),
        "{refused:?}"
    );
}
