//! A domain for tests: certificate authority, identities, nodes; all made at run time.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use ihe_atna::{
    AcceptError, Action, AuditMessage, AuditSink, BoxedRecord, Identity, Outcome, Participant,
    ParticipantObject, Peer, SecureNode, Stream, TransactionEvent, TrustAnchors, Untrusted, codes,
};
use tokio::net::TcpListener;

#[cfg(feature = "server")]
pub(crate) mod arr;
mod pki;
#[cfg(feature = "server")]
mod shelf;

#[allow(unused_imports)]
pub(crate) use pki::{Domain, Member, first_of, in_2026, self_signed};
#[cfg(feature = "server")]
#[allow(unused_imports)]
pub(crate) use shelf::Shelf;

impl Domain {
    /// A node with TLS that keeps its audit messages in memory.
    #[allow(dead_code)]
    pub(crate) fn node(&self, name: &str) -> (SecureNode, Kept) {
        let kept = Kept::default();
        let sink = Arc::new(kept.clone());
        let node = SecureNode::dangerous()
            .with_sink(self.member(name), self.anchors(), false, sink)
            .expect("node");
        (node.named(name), kept)
    }
}

/// A node at some moment that keeps its audit messages in memory.
#[allow(dead_code)]
pub(crate) fn node_at(
    identity: Identity,
    anchors: TrustAnchors,
    now: SystemTime,
) -> (SecureNode, Kept) {
    let kept = Kept::default();
    let sink = Arc::new(kept.clone());
    let node = SecureNode::dangerous()
        .at(move || now)
        .with_sink(identity, anchors, false, sink);
    (node.expect("node").named("node"), kept)
}

/// What the server makes of the client, over loopback, and the client of the server.
#[allow(dead_code)]
pub(crate) async fn meet(
    server: &SecureNode,
    client: &SecureNode,
    host: &str,
) -> (
    Result<(Stream, Peer), AcceptError>,
    std::io::Result<(Stream, Peer)>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let port = listener.local_addr().expect("address").port();
    let accepting = async {
        let (stream, _) = listener.accept().await.expect("accepted");
        server.accept(stream).await
    };
    tokio::join!(accepting, client.connect(host, port))
}

/// An audit sink in memory.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<AuditMessage>>>);

impl Kept {
    /// What was recorded.
    #[allow(dead_code)]
    pub(crate) fn messages(&self) -> Vec<AuditMessage> {
        self.0.lock().expect("not poisoned").clone()
    }
}

impl AuditSink for Kept {
    fn record(&self, message: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async move {
            self.0.lock().expect("not poisoned").push(message);
            Ok(())
        })
    }
}

/// A PIX query about an invented patient.
#[allow(dead_code)]
pub(crate) fn event(id: &str) -> TransactionEvent {
    TransactionEvent {
        event_id: codes::EVENT_QUERY,
        action: Action::Execute,
        transaction: ("ITI-9", "PIX Query"),
        outcome: Outcome::Success,
        outcome_description: None,
        initiator_is_us: true,
        source: Participant::new("FACILITY|APPLICATION", "127.0.0.1", true),
        destination: Participant::new("HOSPITAL|MANAGER", "pix.example", false),
        human: None,
        purpose_of_use: None,
        objects: vec![
            ParticipantObject::patient(id),
            ParticipantObject::query("ITI-9", "PIX Query", "Q1", b"QPD|..."),
        ],
    }
}

/// A client of the raw library: resumption on, as it is by default.
#[allow(dead_code)]
pub(crate) fn raw_config(
    domain: &Domain,
    client: &Member,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> rustls::ClientConfig {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).expect("pem");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate(&domain.pem)).expect("added");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![certificate(&client.pem)],
            PrivateKeyDer::from_pem_slice(client.key.as_bytes()).expect("key"),
        )
        .expect("identity")
}

/// What a server that trusts `anchors` makes of the client, in May 2026.
#[allow(dead_code)]
pub(crate) async fn judged(anchors: TrustAnchors, client: &Member) -> Result<(), AcceptError> {
    judged_in(anchors, client, 2026, 5).await
}

#[allow(dead_code)]
pub(crate) async fn judged_in(
    anchors: TrustAnchors,
    client: &Member,
    year: i32,
    month: u8,
) -> Result<(), AcceptError> {
    let servers = Domain::new("servers");
    let now = first_of(year, month);
    let (server, kept) = node_at(servers.member("server.example"), anchors, now);
    let (client, _) = node_at(client.identity(), servers.anchors(), now);
    let (accepted, _) = meet(&server, &client, "127.0.0.1").await;
    let refused = accepted.is_err();
    assert_eq!(kept.messages().len(), usize::from(refused));
    accepted.map(|_| ())
}

/// Why the certificate was refused.
#[allow(dead_code)]
pub(crate) fn reason(judged: Result<(), AcceptError>) -> Untrusted {
    match judged {
        Err(AcceptError::Untrusted(reason)) => {
            assert!(!reason.remedy().is_empty());
            reason
        }
        other => panic!("{other:?}"),
    }
}
