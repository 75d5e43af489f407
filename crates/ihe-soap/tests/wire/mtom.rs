//! MTOM on the wire, in raw bytes (spec XDS-T-006..008).

use std::sync::Arc;
use std::time::Duration;

use ihe_soap::{Endpoint, Limits, serve_stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use crate::support::{envelope, post, raw, refusals, start, still_works};

pub(crate) const MTOM: &str = "multipart/related; boundary=\"MB\"; type=\"application/xop+xml\"; start=\"<root@x>\"; start-info=\"application/soap+xml\"; action=\"urn:count\"";

pub(crate) fn multipart(action: &str, parts: &[&[u8]]) -> Vec<u8> {
    let root = "--MB\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <root@x>\r\n\r\n";
    let mut wire = root.as_bytes().to_vec();
    wire.extend_from_slice(envelope(action, "", "<q/>").as_bytes());
    for (n, part) in parts.iter().enumerate() {
        let head = format!(
            "\r\n--MB\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <p{n}@x>\r\n\r\n"
        );
        wire.extend_from_slice(head.as_bytes());
        wire.extend_from_slice(part);
    }
    wire.extend_from_slice(b"\r\n--MB--\r\n");
    wire
}

#[tokio::test]
async fn xds_t_007_mtom_parts_sent_in_odd_http_chunks_arrive_whole() {
    let server = start(Limits::default()).await;
    let wire = multipart("urn:count", &[b"\r\n--M\r\n--MBx", b"", &[7; 1000]]);
    for size in [1, 2, 3, 7, 64, 333, 5000] {
        let mut request = format!("POST /service HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: {MTOM}\r\nTransfer-Encoding: chunked\r\n\r\n").into_bytes();
        for chunk in wire.chunks(size) {
            request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        let (status, head, body) = raw(&server, &request).await;
        assert_eq!(status, 200, "{body}");
        assert!(
            body.contains("id=\"p0@x\" type=\"image/x\" bytes=\"12\""),
            "{body}"
        );
        assert!(
            body.contains("id=\"p1@x\" type=\"image/x\" bytes=\"0\" sum=\"0\""),
            "{body}"
        );
        assert!(
            body.contains("id=\"p2@x\" type=\"image/x\" bytes=\"1000\" sum=\"7000\""),
            "{body}"
        );
        let head = head.to_lowercase();
        for piece in [
            "multipart/related",
            "type=\"application/xop+xml\"",
            "start=\"<root.",
            "start-info=\"application/soap+xml\"",
            "content-length:",
        ] {
            assert!(head.contains(piece), "{piece} in {head}");
        }
    }
}

#[tokio::test]
async fn xds_t_006_a_fault_has_the_packaging_of_the_request() {
    let server = start(Limits::default()).await;
    let (status, head, body) = raw(
        &server,
        &post("/service", MTOM, &multipart("urn:nothing", &[])),
    )
    .await;
    assert_eq!(status, 400);
    assert!(head.to_lowercase().contains("multipart/related"), "{head}");
    assert!(
        body.contains("wsa:ActionNotSupported") && body.trim_end().ends_with("--"),
        "{body}"
    );
}

#[tokio::test]
async fn truncated_mtom_is_refused_at_the_envelope_and_in_a_part() {
    let server = start(Limits::default()).await;
    let wire = multipart("urn:count", &[&[1; 500]]);
    let (status, _, body) = raw(&server, &post("/service", MTOM, &wire[..300])).await;
    assert_eq!(status, 400);
    assert!(body.contains("soap:Sender"), "{body}");
    assert_eq!(refusals(&server), ["Sender"]);
    for cut in [4, 8, 100] {
        let (status, _, body) =
            raw(&server, &post("/service", MTOM, &wire[..wire.len() - cut])).await;
        assert_eq!(status, 400, "{cut}");
        assert!(body.contains("soap:Sender"), "{body}");
    }
    still_works(&server).await;
}

#[tokio::test]
async fn attachments_nobody_reads_do_not_break_the_connection() {
    let server = start(Limits::default()).await;
    // more than the socket buffers of a loopback hold
    let big = vec![5; 40 << 20];
    let request = post("/service", MTOM, &multipart("urn:unread", &[&big]));
    let (status, _, body) = raw(&server, &request).await;
    assert_eq!(status, 200);
    assert!(body.contains("<unread/>"), "{body}");
}

#[tokio::test]
async fn the_sender_waits_while_the_service_does_not_read() {
    struct Slow(tokio::sync::Notify);
    impl ihe_soap::Service for Slow {
        async fn handle(&self, mut request: ihe_soap::Incoming) -> ihe_soap::Reply {
            self.0.notified().await;
            while let Ok(Some(mut part)) = request.parts.next().await {
                while let Ok(Some(_)) = part.chunk().await {}
            }
            ihe_soap::Reply::Message(
                ihe_soap::Outgoing::reply(&request.envelope, "urn:done", "<done/>").mtom(),
            )
        }
    }
    let (mut near, far) = tokio::io::duplex(4096);
    let (service, stop) = (
        Arc::new(Slow(tokio::sync::Notify::new())),
        CancellationToken::new(),
    );
    let serving = service.clone();
    tokio::spawn(async move {
        serve_stream(far, Endpoint::new(Limits::default()).door(serving), &stop).await
    });
    let request = post(
        "/service",
        MTOM,
        &multipart("urn:count", &[&vec![9; 8 << 20]]),
    );
    let mut sent = 0;
    while let Ok(written) =
        tokio::time::timeout(Duration::from_millis(300), near.write(&request[sent..])).await
    {
        sent += written.expect("write");
    }
    assert!(sent < 2 << 20, "{sent} bytes were taken without a reader");
    service.0.notify_one();
    near.write_all(&request[sent..]).await.expect("write");
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).await.expect("read");
    assert!(String::from_utf8_lossy(&answer).contains("<done/>"));
}
