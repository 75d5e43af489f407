//! ITI-19 what is refused and recorded (ITI TF-2 3.19.5, 3.20.4.1.1.1): bytes that are not TLS,
//! peers that give up, peers that refuse us.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Domain, Kept, first_of, in_2026, meet, node_at, self_signed};
use ihe_atna::{
    AcceptError, ConnectError, Hello, Limits, Outcome, SecureNode, TrustAnchors, Untrusted, codes,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the node makes of a client that sends these bytes and then, if told to, hangs up.
async fn sent(node: &SecureNode, bytes: &[u8], hang_up: bool) -> (AcceptError, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address");
    let mut client = TcpStream::connect(address).await.expect("connected");
    client.write_all(bytes).await.expect("written");
    if hang_up {
        client.shutdown().await.expect("closed");
    }
    let (stream, _) = listener.accept().await.expect("accepted");
    (node.accept(stream).await.expect_err("refused"), client)
}

fn recorded(kept: &Kept, error: &AcceptError) {
    let message = kept.messages().pop().expect("recorded");
    assert_eq!(codes::EVENT_SECURITY_ALERT, message.event.id);
    assert_eq!(codes::TYPE_NODE_AUTHENTICATION, message.event.types[0]);
    assert_eq!(message.event.outcome, Outcome::MinorFailure);
    assert_eq!(message.event.outcome_description, Some(error.to_string()));
    assert!(message.participants[1].is_requestor);
    let details = &message.objects[0].details;
    let texts: Vec<_> = details.iter().map(|one| one.value.as_slice()).collect();
    assert!(texts.contains(&error.remedy().as_bytes()), "{details:?}");
    assert!(!error.remedy().ends_with('.') && !error.to_string().ends_with('.'));
}

/// A ClientHello of this version with nothing in it but one cipher suite.
fn client_hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0, 0x2f, 1, 0]);
    let length = u8::try_from(body.len()).expect("short");
    let mut handshake = vec![1, 0, 0, length];
    handshake.extend(body);
    let length = u8::try_from(handshake.len()).expect("short");
    let mut record = vec![0x16, 3, 1.min(minor), 0, length];
    record.extend(handshake);
    record
}

#[tokio::test]
async fn atna_r_010_bytes_that_are_not_tls_are_refused_named_and_recorded() {
    let (node, kept) = Domain::new("domain").node("server.example");
    for (bytes, hello) in [
        (&b"\x0bMSH|^~\\&|plain"[..], Hello::Hl7),
        (b"POST /registry HTTP/1.1\r\n", Hello::Http),
        (
            b"<85>1 2026-01-01T00:00:00Z host app - - - -",
            Hello::Syslog,
        ),
        (b"180 <85>1 2026-01-01T00:00:00Z host", Hello::Syslog),
        (b"\x01\x00\x00\x00\x00\xcd\x00\x01", Hello::Dicom),
        (b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", Hello::Ssl2),
        (b"\x00\x00\x00\x00", Hello::Unknown),
    ] {
        let (error, mut client) = sent(&node, bytes, false).await;
        assert!(
            matches!(error, AcceptError::NotTls(found) if found == hello),
            "{error:?}"
        );
        recorded(&kept, &error);
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        assert!(answer.is_empty(), "nothing is said in the clear");
    }
}

#[tokio::test]
async fn atna_r_007_greetings_of_ssl_3_tls_1_0_and_1_1_are_refused_by_both_presets() {
    let domain = Domain::new("domain");
    for floor in [false, true] {
        let (mut node, kept) = domain.node("server.example");
        if floor {
            node = node.tls12_floor();
        }
        for (minor, version) in [(0, "SSL 3"), (1, "TLS 1.0"), (2, "TLS 1.1")] {
            let (error, _client) = sent(&node, &client_hello(minor), false).await;
            let AcceptError::OldVersion(Some(found)) = &error else {
                panic!("{error:?}");
            };
            assert_eq!(found, version);
            recorded(&kept, &error);
        }
    }
}

#[tokio::test]
async fn atna_r_009_a_client_that_stops_in_its_handshake_is_recorded() {
    let (node, kept) = Domain::new("domain").node("server.example");
    let hello = client_hello(3);
    for bytes in [&b""[..], &hello[..1], &hello[..20]] {
        let (error, _client) = sent(&node, bytes, true).await;
        assert!(matches!(error, AcceptError::Closed), "{error:?}");
        recorded(&kept, &error);
    }
    let limits = Limits {
        handshake: Duration::from_millis(100),
        ..Limits::default()
    };
    let node = node.with_limits(limits);
    for bytes in [&b""[..], &hello[..1], &hello[..20]] {
        let (error, _client) = sent(&node, bytes, false).await;
        assert!(matches!(error, AcceptError::Timeout), "{error:?}");
        recorded(&kept, &error);
    }
}

#[tokio::test]
async fn atna_r_009_a_server_that_refuses_us_is_recorded_by_us() {
    let (domain, other) = (Domain::new("domain"), Domain::new("other"));
    let now = first_of(2026, 5);
    let (server, _) = node_at(domain.member("server"), domain.anchors(), now);
    for (identity, said) in [
        (other.member("client"), "unknown_ca"),
        (
            domain
                .issue("client", |p| {
                    in_2026(p);
                    p.not_after = rcgen::date_time_ymd(2026, 2, 1);
                })
                .identity(),
            "certificate_expired",
        ),
    ] {
        let (client, kept) = node_at(identity, domain.anchors(), now);
        let (accepted, connected) = meet(&server, &client, "127.0.0.1").await;
        assert!(matches!(accepted, Err(AcceptError::Untrusted(_))));
        let (mut stream, _) = connected.expect("in TLS 1.3 we are done first");
        let error = stream.read(&mut [0; 8]).await.expect_err("refused");
        let reason = ConnectError::of(&error).expect("typed");
        assert!(reason.to_string().contains(said), "{reason}");
        assert!(
            reason
                .remedy()
                .contains("trust the issuer of our certificate")
        );
        for _ in 0..50 {
            if kept.messages().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        let message = kept.messages().pop().expect("recorded");
        let text = message.event.outcome_description.expect("reason");
        assert!(
            text.starts_with("not authenticated at the server: "),
            "{text}"
        );
    }
}

#[tokio::test]
async fn atna_r_009_as_a_client_every_reason_is_typed_and_recorded() {
    let domain = Domain::new("domain");
    let (client, kept) = domain.node("client.example");
    let error = client
        .connect("no-such-host.invalid", 1)
        .await
        .expect_err("no name");
    assert!(
        matches!(ConnectError::of(&error), Some(ConnectError::Lookup { .. })),
        "{error:?}"
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    drop(listener);
    let error = client.connect("127.0.0.1", port).await.expect_err("nobody");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(matches!(
        ConnectError::of(&error),
        Some(ConnectError::Unreachable(_))
    ));
    assert!(
        kept.messages().is_empty(),
        "nobody was there to be authenticated"
    );

    let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.expect("bound"));
    let port = listener.local_addr().expect("address").port();
    let plain = async {
        let (mut stream, _) = listener.accept().await.expect("accepted");
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .expect("written");
        stream
    };
    let (connected, _plain) = tokio::join!(client.connect("127.0.0.1", port), plain);
    let error = connected.expect_err("not TLS");
    let reason = ConnectError::of(&error);
    assert!(
        matches!(
            reason,
            Some(ConnectError::NotAuthenticated(AcceptError::NotTls(_)))
        ),
        "{error:?}"
    );
    assert_eq!(kept.messages().len(), 1);

    let alone = self_signed("alone", |_| {});
    let anchors = TrustAnchors::certificates_only(&alone.pem).expect("anchors");
    let (server, _) = node_at(alone.identity(), anchors, first_of(2026, 5));
    let (_, connected) = meet(&server, &client, "127.0.0.1").await;
    let error = connected.expect_err("self-signed");
    let reason = ConnectError::of(&error);
    assert!(
        matches!(
            reason,
            Some(ConnectError::NotAuthenticated(AcceptError::Untrusted(
                Untrusted::SelfSigned { .. }
            )))
        ),
        "{error:?}"
    );
    assert_eq!(kept.messages().len(), 2);
}

#[tokio::test]
async fn atna_r_009_a_flood_of_refusals_leaves_few_records_and_the_count() {
    let (node, kept) = Domain::new("domain").node("server.example");
    let limits = Limits {
        failure_records_per_minute: 3,
        ..Limits::default()
    };
    let node = node.with_limits(limits);
    for _ in 0..20 {
        sent(&node, b"GET / HTTP/1.1\r\n", false).await;
    }
    assert_eq!(kept.messages().len(), 3);
}

#[tokio::test]
async fn atna_r_001_no_session_is_resumed_so_every_connection_shows_its_certificate() {
    let domain = Domain::new("domain");
    let client = domain.issue("client", |_| {});
    let (server, _) = domain.node("server.example");
    for versions in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let server = server.clone().tls12_floor();
        let config = Arc::new(common::raw_config(&domain, &client, &[versions]));
        for _ in 0..3 {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
            let address = listener.local_addr().expect("address");
            let accepting = async {
                let (stream, _) = listener.accept().await.expect("accepted");
                let (mut stream, _) = server.accept(stream).await.expect("authenticated");
                stream.write_all(b"x").await.expect("written");
                stream.flush().await.expect("written");
                stream
            };
            let connecting = async {
                let tcp = TcpStream::connect(address).await.expect("connected");
                let name = "server.example".try_into().expect("name");
                let connector = tokio_rustls::TlsConnector::from(config.clone());
                let mut stream = connector.connect(name, tcp).await.expect("handshake");
                stream.read_exact(&mut [0]).await.expect("read");
                assert_eq!(
                    stream.get_ref().1.handshake_kind(),
                    Some(rustls::HandshakeKind::Full)
                );
                assert_eq!(stream.get_ref().1.tls13_tickets_received(), 0);
            };
            tokio::join!(accepting, connecting);
        }
    }
}

#[tokio::test]
async fn atna_r_009_a_try_says_which_step_fails_and_how_to_mend_it() {
    let patience = Duration::from_millis(300);
    let domain = Domain::new("domain");
    let now = first_of(2026, 5);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let (server, _) = node_at(
        domain.issue("127.0.0.1", |_| {}).identity(),
        domain.anchors(),
        now,
    );
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("accepted");
            let accepted = server.accept(stream).await;
            tokio::spawn(async move {
                let Ok((mut stream, _)) = accepted else {
                    return;
                };
                let _ = stream.read(&mut [0]).await;
            });
        }
    });
    let good = node_at(domain.member("client"), domain.anchors(), now).0;
    let findings = good.probe("127.0.0.1", port, patience).await;
    let steps: Vec<_> = findings.iter().map(|one| one.step).collect();
    assert_eq!(
        steps,
        [
            "our certificate",
            "name",
            "connection",
            "TLS",
            "their certificate",
            "our certificate there"
        ]
    );
    assert!(
        findings.iter().all(|one| one.remedy.is_none()),
        "{findings:?}"
    );

    let brief = domain.issue("brief", in_2026).identity();
    let late = node_at(brief, domain.anchors(), first_of(2028, 1)).0;
    let findings = late.probe("127.0.0.1", port, patience).await;
    let first = &findings[0];
    assert!(
        first.said.contains("the clock here says 2028-01-01"),
        "{first:?}"
    );
    assert!(first.remedy.as_deref().expect("remedy").contains("clock"));

    let stranger = node_at(Domain::new("x").member("x"), domain.anchors(), now).0;
    let findings = stranger.probe("127.0.0.1", port, patience).await;
    let last = findings.last().expect("findings");
    assert_eq!(last.step, "our certificate there");
    assert!(last.said.contains("unknown_ca"), "{last:?}");
    assert!(last.remedy.is_some());
}
