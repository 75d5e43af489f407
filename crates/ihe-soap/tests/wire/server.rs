//! The server over real sockets, spoken to in raw bytes (spec XDS-T-001..010).
use std::sync::Arc;
use std::time::Duration;

use crate::mtom::{MTOM, multipart};
use crate::support::{Echo, SOAP, envelope, post, raw, refusals, soap, start, still_works};
use ihe_soap::{Endpoint, Limits, serve_stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

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
async fn xds_t_010_other_media_types_charsets_and_codings_are_refused() {
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
        415
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
        415
    );
    assert_eq!(refusals(&server).len(), 5);
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_003_the_action_of_the_content_type_is_ignored() {
    let server = start(Limits::default()).await;
    let xml = envelope("urn:echo", "", "<q/>");
    let other = "application/soap+xml; action=\"urn:other\"\r\nSOAPAction: \"urn:third\"";
    let (status, head, body) = raw(&server, &post("/service", other, xml.as_bytes())).await;
    assert_eq!(status, 200);
    assert!(head.contains("action=\"urn:echoResponse\""), "{head}");
    assert!(body.contains("urn:echoResponse"), "{body}");
}

#[tokio::test]
async fn xds_t_010_faults_have_the_status_of_the_binding_and_the_type_of_simple_soap() {
    let server = start(Limits::default()).await;
    let must = "<x:h xmlns:x='urn:x' env:mustUnderstand='1'/>";
    let encoded = "<q env:encodingStyle='http://www.w3.org/2003/05/soap-encoding'/>";
    for (status, code, xml) in [
        (400, "Sender", envelope("urn:echo", "", "<q>")),
        (500, "MustUnderstand", envelope("urn:echo", must, "<q/>")),
        (
            500,
            "DataEncodingUnknown",
            envelope("urn:echo", "", encoded),
        ),
        (500, "VersionMismatch", "<html/>".to_owned()),
        (500, "Receiver", envelope("urn:bad-action", "", "<q/>")),
    ] {
        let (found, head, body) = soap(&server, &xml).await;
        assert_eq!(found, status, "{code}");
        assert!(
            body.contains(&format!("<soap:Value>soap:{code}</soap:Value>")),
            "{body}"
        );
        assert!(
            head.contains("application/soap+xml; charset=UTF-8; action=\""),
            "{head}"
        );
    }
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_005_bombs_depth_attributes_and_wrong_namespaces_leave_the_server_up() {
    let server = start(Limits::default()).await;
    let laughs: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let good = envelope("urn:echo", "", "<q/>");
    let attributes: String = (0..300).map(|n| format!(" a{n}=''")).collect();
    let wide = format!("<q{attributes}/>");
    let cases = [
        format!(
            "<!DOCTYPE x [<!ENTITY l0 'lol'>{laughs}]>{}",
            envelope("urn:echo", "", "<q>&l9;</q>")
        ),
        format!("<!DOCTYPE x SYSTEM 'file:///etc/passwd'>{good}"),
        format!("<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/'> %p;]>{good}"),
        envelope(
            "urn:echo",
            "",
            &format!("{}{}", "<q>".repeat(200), "</q>".repeat(200)),
        ),
        envelope("urn:echo", "", &"<q>".repeat(100_000)),
        envelope("urn:echo", "", &wide),
        envelope("urn:echo", &"<wsa:From/>".repeat(100), "<q/>"),
        good.replace("2005/08/addressing", "2006/08/addressing"),
        good.replace("env:Body", "Body"),
        good.replace("<env:Header>", "<env:Header/><env:Header>"),
        good.replace("xmlns:env=", "xmlns:other="),
        good.replace("<q/>", "<q xmlns:a='' />")
            .replace("xmlns:a=''", "a:b='c'"),
        format!("{good}{good}"),
        good.replace("<q/>", &format!("<q a='{}", "x".repeat(100_000))),
    ];
    for xml in &cases {
        let (status, _, body) = soap(&server, xml).await;
        assert!(
            status == 400 || status == 500,
            "{status} for {}",
            &xml[..xml.len().min(200)]
        );
        assert!(
            body.contains("soap:Fault") && !body.contains("root:"),
            "{body}"
        );
    }
    assert_eq!(*server.service.handled.lock().expect("lock"), 0);
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_011_without_a_list_only_anonymous_reply_addresses_are_accepted() {
    let server = start(Limits::default()).await;
    let reply_to =
        |address: &str| format!("<wsa:ReplyTo><wsa:Address>{address}</wsa:Address></wsa:ReplyTo>");
    let xml = envelope("urn:echo", &reply_to("http://attacker.example/"), "<q/>");
    let (status, _, body) = soap(&server, &xml).await;
    assert_eq!(status, 400);
    assert!(
        body.contains("wsa:OnlyAnonymousAddressSupported")
            && body.contains("wsa:InvalidAddressingHeader")
            && body.contains(">wsa:ReplyTo</wsa:ProblemHeaderQName>"),
        "{body}"
    );
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
async fn xds_t_010_limits_are_sender_faults_and_the_service_goes_on() {
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
    assert_eq!(status, 413);
    assert!(body.contains("limit passed: message size"), "{body}");
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
        "",
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
            let endpoint = Endpoint::new(Limits::default()).at("/service");
            serve_stream(far, endpoint.door(service), &stop).await
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
