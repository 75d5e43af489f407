//! The server over real sockets, spoken to in raw bytes (spec XDS-T-001..010).
use std::sync::Arc;
use std::time::Duration;

use crate::support::{Echo, SOAP, Server, envelope, post, raw, start};
use ihe_soap::{Limits, serve_stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

async fn soap(server: &Server, xml: &str) -> (u16, String, String) {
    raw(server, &post("/service", SOAP, xml.as_bytes())).await
}

async fn still_works(server: &Server) {
    let (status, head, body) = soap(server, &envelope("urn:echo", "", "<q>hi</q>")).await;
    assert_eq!(status, 200, "{body}");
    assert!(
        head.to_lowercase()
            .contains("content-type: application/soap+xml"),
        "{head}"
    );
    assert!(body.contains(">hi</q></soap:Body>"), "{body}");
}

fn refusals(server: &Server) -> Vec<String> {
    server.service.refused.lock().expect("lock").clone()
}

#[tokio::test]
async fn xds_t_002_reply_relates_to_the_request_and_names_its_action() {
    let server = start(Limits::default()).await;
    let (status, _, body) = soap(&server, &envelope("urn:echo", "", "<q/>")).await;
    assert_eq!(status, 200);
    assert!(
        body.contains("<wsa:RelatesTo>urn:uuid:42</wsa:RelatesTo>"),
        "{body}"
    );
    assert!(
        body.contains("soap:mustUnderstand=\"1\">urn:echoResponse</wsa:Action>"),
        "{body}"
    );
    assert!(body.contains("<wsa:MessageID>urn:uuid:"), "{body}");
}

#[tokio::test]
async fn xds_t_004_unknown_action_is_action_not_supported() {
    let server = start(Limits::default()).await;
    let (status, head, body) = soap(&server, &envelope("urn:nothing", "", "<q/>")).await;
    assert_eq!(status, 400);
    assert!(
        body.contains("wsa:ActionNotSupported") && body.contains("soap:Sender"),
        "{body}"
    );
    assert!(
        body.contains("http://www.w3.org/2005/08/addressing/fault</wsa:Action>"),
        "{body}"
    );
    assert!(body.contains("<wsa:RelatesTo>urn:uuid:42<"), "{body}");
    assert!(
        head.to_lowercase().contains("application/soap+xml"),
        "{head}"
    );
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_004_soap_1_1_gets_version_mismatch_in_soap_1_1() {
    let server = start(Limits::default()).await;
    let xml = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><q/></e:Body></e:Envelope>";
    for content_type in ["text/xml; charset=utf-8", SOAP] {
        let (status, head, body) =
            raw(&server, &post("/service", content_type, xml.as_bytes())).await;
        assert_eq!(status, 500);
        assert!(
            head.to_lowercase().contains("content-type: text/xml"),
            "{head}"
        );
        assert!(
            body.contains("<faultcode>soap11:VersionMismatch</faultcode>"),
            "{body}"
        );
        assert!(body.contains("SupportedEnvelope"), "{body}");
    }
    let (status, _, body) = soap(&server, "<html xmlns='urn:h'/>").await;
    assert_eq!(status, 500);
    assert!(
        body.contains("<soap:Value>soap:VersionMismatch</soap:Value>"),
        "{body}"
    );
    assert_eq!(refusals(&server), ["VersionMismatch"; 3]);
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_004_unknown_mandatory_header_is_must_understand() {
    let server = start(Limits::default()).await;
    let header = "<t:Tx xmlns:t='urn:tx' env:mustUnderstand='true'>1</t:Tx>";
    let (status, _, body) = soap(&server, &envelope("urn:echo", header, "<q/>")).await;
    assert_eq!(status, 500);
    assert!(body.contains("soap:MustUnderstand"), "{body}");
    assert!(
        body.contains("<soap:NotUnderstood xmlns:n=\"urn:tx\" qname=\"n:Tx\"/>"),
        "{body}"
    );
    assert_eq!(*server.service.handled.lock().expect("lock"), 0);
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_005_what_is_no_message_is_a_sender_fault_and_http_400() {
    let server = start(Limits::default()).await;
    let cases = [
        "".to_owned(),
        "not xml at all".to_owned(),
        envelope("urn:echo", "", "<q>"),
        envelope("urn:echo", "", ""),
        envelope("urn:echo", "", "<q/><q/>"),
        format!(
            "<!DOCTYPE x [<!ENTITY e 'boom'>]>{}",
            envelope("urn:echo", "", "<q>&e;</q>")
        ),
        envelope("urn:echo", "", "<q>&e;</q>"),
        envelope("", "", "<q/>"),
    ];
    for xml in &cases {
        let (status, head, body) = soap(&server, xml).await;
        assert_eq!(status, 400, "{xml}");
        assert!(
            head.to_lowercase().contains("application/soap+xml"),
            "{head}"
        );
        assert!(
            body.contains("<soap:Value>soap:Sender</soap:Value>"),
            "{body}"
        );
        assert!(!body.contains("boom"));
    }
    let (_, _, body) = soap(&server, &envelope("", "", "<q/>")).await;
    assert!(
        body.contains("wsa:MessageAddressingHeaderRequired") && body.contains("RelatesTo"),
        "{body}"
    );
    assert_eq!(refusals(&server).len(), cases.len() + 1);
    assert_eq!(*server.service.handled.lock().expect("lock"), 0);
    still_works(&server).await;
}

#[tokio::test]
async fn other_paths_are_404_and_other_methods_405() {
    let server = start(Limits::default()).await;
    let xml = envelope("urn:echo", "", "<q/>");
    assert_eq!(raw(&server, &post("/", SOAP, xml.as_bytes())).await.0, 404);
    assert_eq!(
        raw(&server, &post("/service/x", SOAP, xml.as_bytes()))
            .await
            .0,
        404
    );
    let (status, head, _) = raw(
        &server,
        b"GET /service?wsdl HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(status, 405);
    assert!(head.to_lowercase().contains("allow: post"), "{head}");
    assert_eq!(
        raw(&server, &post("/service?x=1", SOAP, xml.as_bytes()))
            .await
            .0,
        200
    );
    still_works(&server).await;
}

#[tokio::test]
async fn other_media_types_charsets_and_codings_are_refused() {
    let server = start(Limits::default()).await;
    let xml = envelope("urn:echo", "", "<q/>");
    assert_eq!(
        raw(
            &server,
            &post("/service", "application/json", xml.as_bytes())
        )
        .await
        .0,
        415
    );
    assert_eq!(
        raw(
            &server,
            &post(
                "/service",
                "application/soap+xml; charset=utf-16",
                xml.as_bytes()
            )
        )
        .await
        .0,
        400
    );
    assert_eq!(
        raw(
            &server,
            &post(
                "/service",
                "application/soap+xml\r\nContent-Encoding: gzip",
                xml.as_bytes()
            )
        )
        .await
        .0,
        415
    );
    assert_eq!(
        raw(&server, &post("/service", "text/xml", xml.as_bytes()))
            .await
            .0,
        400
    );
    assert_eq!(
        raw(
            &server,
            &post(
                "/service",
                "multipart/related; boundary=b; type=\"text/xml\"",
                b"--b--"
            )
        )
        .await
        .0,
        400
    );
    assert_eq!(refusals(&server).len(), 5);
    still_works(&server).await;
}

#[tokio::test]
async fn only_anonymous_reply_addresses_are_accepted() {
    let server = start(Limits::default()).await;
    let reply_to =
        |address: &str| format!("<wsa:ReplyTo><wsa:Address>{address}</wsa:Address></wsa:ReplyTo>");
    let xml = envelope("urn:echo", &reply_to("http://attacker.example/"), "<q/>");
    let (status, _, body) = soap(&server, &xml).await;
    assert_eq!(status, 400);
    assert!(body.contains("wsa:OnlyAnonymousAddressSupported"), "{body}");
    assert_eq!(
        soap(
            &server,
            &envelope("urn:echo", &reply_to(ihe_soap::ANONYMOUS), "<q/>")
        )
        .await
        .0,
        200
    );
}

const MTOM: &str = "multipart/related; boundary=\"MB\"; type=\"application/xop+xml\"; start=\"<root@x>\"; start-info=\"application/soap+xml\"; action=\"urn:count\"";

fn multipart(action: &str, parts: &[&[u8]]) -> Vec<u8> {
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
async fn mtom_parts_sent_in_odd_http_chunks_arrive_whole() {
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
async fn a_connection_that_breaks_in_the_body_is_told_to_the_service() {
    let server = start(Limits::default()).await;
    let request = post(
        "/service",
        SOAP,
        envelope("urn:echo", "", "<q/>").as_bytes(),
    );
    let mut stream = TcpStream::connect(server.address).await.expect("connect");
    stream
        .write_all(&request[..request.len() - 9])
        .await
        .expect("write");
    stream.shutdown().await.expect("shutdown");
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    for _ in 0..50 {
        if refusals(&server) == ["Sender"] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(refusals(&server), ["Sender"]);
    still_works(&server).await;
}

#[tokio::test]
async fn limits_are_sender_faults_and_the_service_goes_on() {
    let server = start(Limits {
        root: 2000,
        part: 1000,
        parts: 2,
        depth: 10,
        ..Limits::default()
    })
    .await;
    let (status, _, body) = soap(
        &server,
        &envelope("urn:echo", "", &format!("<q>{}</q>", "x".repeat(3000))),
    )
    .await;
    assert_eq!(status, 400);
    assert!(body.contains("limit passed: envelope size"), "{body}");
    let deep = format!("{}{}", "<q>".repeat(20), "</q>".repeat(20));
    assert!(
        soap(&server, &envelope("urn:echo", "", &deep))
            .await
            .2
            .contains("limit passed: XML depth")
    );
    let (status, _, body) = raw(
        &server,
        &post("/service", MTOM, &multipart("urn:count", &[&[0; 1001]])),
    )
    .await;
    assert_eq!(status, 400);
    assert!(body.contains("limit passed: attachment size"), "{body}");
    let (_, _, body) = raw(
        &server,
        &post(
            "/service",
            MTOM,
            &multipart("urn:count", &[b"1", b"2", b"3"]),
        ),
    )
    .await;
    assert!(
        body.contains("limit passed: number of attachments"),
        "{body}"
    );
    still_works(&server).await;
}

#[tokio::test]
async fn a_silent_peer_is_given_up() {
    let limits = Limits {
        idle: Duration::from_millis(200),
        header_read: Duration::from_millis(200),
        ..Limits::default()
    };
    let server = start(limits).await;
    for part in [
        "POST /service HTTP/1.1\r\nHo",
        "POST /service HTTP/1.1\r\nHost: h\r\nContent-Type: application/soap+xml\r\nContent-Length: 50\r\n\r\n<",
    ] {
        let mut stream = TcpStream::connect(server.address).await.expect("connect");
        stream.write_all(part.as_bytes()).await.expect("write");
        let mut rest = Vec::new();
        let closed =
            tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "still open after {part}");
    }
    still_works(&server).await;
}

#[tokio::test]
async fn attachments_nobody_reads_do_not_break_the_connection() {
    let server = start(Limits::default()).await;
    let big = vec![5; 3 << 20];
    let request = post("/service", MTOM, &multipart("urn:unread", &[&big]));
    let (status, _, body) = raw(&server, &request).await;
    assert_eq!(status, 200);
    assert!(body.contains("<unread/>"), "{body}");
}

#[tokio::test]
async fn a_reply_that_cannot_be_written_is_a_receiver_fault() {
    let server = start(Limits::default()).await;
    for action in ["urn:missing-file", "urn:bad-action"] {
        let (status, head, body) = soap(&server, &envelope(action, "", "<q/>")).await;
        assert_eq!(status, 500);
        assert!(
            body.contains("soap:Receiver") && !body.contains("/nowhere"),
            "{body}"
        );
        assert!(!head.contains("Injected"), "{head}");
    }
    still_works(&server).await;
}

#[tokio::test]
async fn two_requests_on_one_connection_over_a_duplex_and_stop_ends_it() {
    let (mut near, far) = tokio::io::duplex(1024);
    let (service, stop) = (Arc::new(Echo::default()), CancellationToken::new());
    let serving = {
        let (service, stop) = (service.clone(), stop.clone());
        tokio::spawn(async move {
            serve_stream(far, "/service", service, &Limits::default(), &stop).await
        })
    };
    let xml = envelope("urn:echo", "", "<q/>");
    let head = format!(
        "POST /service HTTP/1.1\r\nHost: h\r\nContent-Type: {SOAP}\r\nContent-Length: {}\r\n\r\n",
        xml.len()
    );
    for _ in 0..2 {
        near.write_all(head.as_bytes()).await.expect("write");
        near.write_all(xml.as_bytes()).await.expect("write");
        let mut seen = Vec::new();
        while !seen.ends_with(b"</soap:Envelope>") {
            assert_ne!(near.read_buf(&mut seen).await.expect("read"), 0);
        }
        assert!(seen.starts_with(b"HTTP/1.1 200 OK"));
    }
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), serving)
        .await
        .expect("ends")
        .expect("no panic");
    assert!(ended.is_ok());
    assert_eq!(*service.handled.lock().expect("lock"), 2);
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
    tokio::spawn(
        async move { serve_stream(far, "/service", serving, &Limits::default(), &stop).await },
    );
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
