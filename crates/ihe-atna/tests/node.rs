//! ITI-19 over real loopback sockets: who may connect, and what is recorded when one may not.

mod common;

use std::sync::Arc;

use common::{Domain, Kept};
use ihe_atna::{AcceptError, AuditMessage, Outcome, Peer, SecureNode, Stream, TrustAnchors, codes};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

static TLS13: [&rustls::SupportedProtocolVersion; 1] = [&rustls::version::TLS13];

type Accepted = Result<(Stream, Peer), AcceptError>;

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    (listener, port)
}

async fn accept(node: &SecureNode, listener: &TcpListener) -> Accepted {
    let (stream, _) = listener.accept().await.expect("accepted");
    node.accept(stream).await
}

fn assert_alert(kept: &Kept, outcome: Outcome) -> AuditMessage {
    let messages = kept.messages();
    assert_eq!(messages.len(), 1);
    let message = messages[0].clone();
    assert_eq!(codes::EVENT_SECURITY_ALERT, message.event.id);
    assert_eq!(codes::TYPE_NODE_AUTHENTICATION, message.event.types[0]);
    assert_eq!(message.event.outcome, outcome);
    assert_eq!(message.participants.len(), 2);
    assert_eq!(
        message.participants[1].network_access_point.as_deref(),
        Some("127.0.0.1")
    );
    message
}

/// A client of the raw library with the given trust, and with or without a certificate.
async fn raw_client(
    domain: &Domain,
    port: u16,
    identity: Option<(&str, &str)>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(domain.pem.as_bytes()).expect("certificate");
    roots.add(authority).expect("added");
    let builder =
        rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("pem")],
                rustls::pki_types::PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("pem"),
            )
            .expect("identity"),
    };
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from("server.example").expect("name");
    tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[tokio::test]
async fn atna_r_001_both_sides_authenticate_and_know_each_other() {
    let domain = Domain::new("domain");
    let (server, kept) = domain.node("server.example");
    let (client, _) = domain.node("client.example");
    let (listener, port) = listen().await;
    let (accepted, connected) = tokio::join!(
        accept(&server, &listener),
        client.connect("127.0.0.1", port)
    );
    let (mut theirs, peer) = accepted.expect("accepted");
    let (mut ours, _) = connected.expect("connected");
    assert!(
        peer.certificate
            .expect("certificate")
            .subject()
            .contains("CN=client.example")
    );
    ours.write_all(b"hello").await.expect("written");
    ours.flush().await.expect("flushed");
    let mut bytes = [0; 5];
    theirs.read_exact(&mut bytes).await.expect("read");
    assert_eq!(&bytes, b"hello");
    assert!(kept.messages().is_empty());
}

#[tokio::test]
async fn atna_r_005_the_server_name_is_not_checked() {
    let domain = Domain::new("domain");
    let (server, _) = domain.node("another.name.example");
    let (client, _) = domain.node("client.example");
    let (listener, port) = listen().await;
    let (accepted, connected) = tokio::join!(
        accept(&server, &listener),
        client.connect("127.0.0.1", port)
    );
    accepted.expect("accepted");
    let (_, peer) = connected.expect("connected");
    assert!(
        peer.certificate
            .expect("certificate")
            .subject()
            .contains("another.name.example")
    );
}

#[tokio::test]
async fn atna_r_008_with_the_fqdn_option_a_wrong_server_name_is_refused_and_recorded() {
    let domain = Domain::new("domain");
    let (server, _) = domain.node("another.name.example");
    let (client, kept) = domain.node("client.example");
    let client = client.fqdn_validation();
    let (listener, port) = listen().await;
    let (accepted, connected) = tokio::join!(
        accept(&server, &listener),
        client.connect("localhost", port)
    );
    assert!(accepted.is_err());
    assert!(connected.is_err());
    assert_eq!(kept.messages().len(), 1);
    let (server, _) = domain.node("localhost");
    let (accepted, connected) = tokio::join!(
        accept(&server, &listener),
        client.connect("localhost", port)
    );
    accepted.expect("accepted");
    connected.expect("the right name is taken");
}

#[tokio::test]
async fn atna_r_009_a_client_without_certificate_is_refused_and_recorded_and_learns_on_first_read()
{
    let domain = Domain::new("domain");
    let (server, kept) = domain.node("server.example");
    let (listener, port) = listen().await;
    let (accepted, connected) = tokio::join!(
        accept(&server, &listener),
        raw_client(&domain, port, None, &TLS13)
    );
    assert!(
        matches!(accepted, Err(AcceptError::NoCertificate)),
        "{accepted:?}"
    );
    let mut stream = connected.expect("in TLS 1.3 the client's handshake ends first");
    let refused = stream
        .read(&mut [0; 16])
        .await
        .expect_err("refused on first read");
    let alert = refused
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let expected = rustls::AlertDescription::CertificateRequired;
    assert_eq!(alert, Some(&rustls::Error::AlertReceived(expected)));
    let message = assert_alert(&kept, Outcome::MinorFailure);
    assert_eq!(message.source.id, "server.example");
}

#[tokio::test]
async fn atna_r_009_a_client_of_another_domain_is_refused_and_recorded() {
    let domain = Domain::new("domain");
    let stranger = Domain::new("stranger");
    let (server, kept) = domain.node("server.example");
    let (listener, port) = listen().await;
    let (certificate, key) = stranger.member_pem("mallory.example");
    let client = raw_client(&domain, port, Some((&certificate, &key)), &TLS13);
    let (accepted, connected) = tokio::join!(accept(&server, &listener), client);
    assert!(
        matches!(accepted, Err(AcceptError::Untrusted(_))),
        "{accepted:?}"
    );
    let mut stream = connected.expect("in TLS 1.3 the client's handshake ends first");
    stream
        .read(&mut [0; 16])
        .await
        .expect_err("refused on first read");
    assert_alert(&kept, Outcome::SeriousFailure);
}

#[tokio::test]
async fn atna_r_009_a_server_of_another_domain_is_refused_and_recorded_by_the_client() {
    let domain = Domain::new("domain");
    let stranger = Domain::new("stranger");
    let (server, server_kept) = stranger.node("server.example");
    let (client, kept) = domain.node("client.example");
    let (listener, port) = listen().await;
    let (accepted, connected) = tokio::join!(
        accept(&server, &listener),
        client.connect("127.0.0.1", port)
    );
    assert!(
        matches!(accepted, Err(AcceptError::OursRefused(_))),
        "{accepted:?}"
    );
    assert!(connected.is_err());
    assert_alert(&kept, Outcome::SeriousFailure);
    assert_alert(&server_kept, Outcome::MinorFailure);
}

#[tokio::test]
async fn atna_r_007_tls_1_2_is_refused_unless_the_floor_option_is_on() {
    let domain = Domain::new("domain");
    let (certificate, key) = domain.member_pem("client.example");
    let (server, kept) = domain.node("server.example");
    let (listener, port) = listen().await;
    let tls12 = [&rustls::version::TLS12];
    let client = raw_client(&domain, port, Some((&certificate, &key)), &tls12);
    let (accepted, connected) = tokio::join!(accept(&server, &listener), client);
    assert!(
        matches!(accepted, Err(AcceptError::OldVersion(_))),
        "{accepted:?}"
    );
    assert!(connected.is_err());
    assert_alert(&kept, Outcome::MinorFailure);

    let server = server.tls12_floor();
    let client = raw_client(&domain, port, Some((&certificate, &key)), &tls12);
    let (accepted, connected) = tokio::join!(accept(&server, &listener), client);
    accepted.expect("accepted");
    connected.expect("connected");
    let client = raw_client(&domain, port, None, &tls12);
    let (accepted, connected) = tokio::join!(accept(&server, &listener), client);
    assert!(
        matches!(accepted, Err(AcceptError::NoCertificate)),
        "{accepted:?}"
    );
    assert!(connected.is_err(), "in TLS 1.2 the handshake itself fails");
}

#[tokio::test]
async fn atna_r_003_without_trust_anchors_there_is_no_node() {
    let domain = Domain::new("domain");
    let none = TrustAnchors::default();
    let refused = SecureNode::dangerous().without_audit(domain.member("a"), none);
    assert!(matches!(refused, Err(ihe_atna::Error::NoTrustAnchors)));
}

#[tokio::test]
async fn iti_20_actor_start_and_stop_name_the_actor() {
    let domain = Domain::new("domain");
    let (node, kept) = domain.node("pix-manager");
    ihe_atna::application_start(&node).await.expect("recorded");
    node.named("registry")
        .record_stop("Document Registry")
        .await
        .expect("recorded");
    let messages = kept.messages();
    assert_eq!(codes::EVENT_APPLICATION_ACTIVITY, messages[0].event.id);
    assert_eq!(codes::TYPE_APPLICATION_START, messages[0].event.types[0]);
    assert_eq!(messages[0].source.id, "pix-manager");
    assert_eq!(codes::TYPE_APPLICATION_STOP, messages[1].event.types[0]);
    assert_eq!(messages[1].source.id, "registry");
    assert_eq!(messages[1].participants[0].user_id, "Document Registry");
}
