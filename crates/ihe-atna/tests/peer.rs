//! ITI-19 who the peer is: handed to the actor, and into the audit record of its transactions.

mod common;

use std::sync::Arc;

use common::{Domain, Member, first_of, meet, node_at};
use ihe_atna::{
    Certificate, HealthcareRole, Outcome, Participant, Peer, SecureNode, SubjectName,
    TransactionEvent, TrustAnchors, codes,
};
use rcgen::{CustomExtension, SanType};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::net::{TcpListener, TcpStream};

async fn peer_of(client: &Member, domain: &Domain) -> Peer {
    let now = first_of(2026, 5);
    let (server, _) = node_at(domain.member("server"), domain.anchors(), now);
    let (client, _) = node_at(client.identity(), domain.anchors(), now);
    let (accepted, connected) = meet(&server, &client, "127.0.0.1").await;
    connected.expect("connected");
    accepted.expect("accepted").1
}

fn pharmacist(domain: &Domain) -> Member {
    domain.issue("pharmacy.example", |params| {
        params.serial_number = Some(0x1234.into());
        params
            .subject_alt_names
            .push(SanType::IpAddress([192, 0, 2, 9].into()));
        let role = HealthcareRole::japanese("Pharmacist").to_extension();
        let role = CustomExtension::from_oid_content(&[2, 5, 29, 9], role.expect("DER"));
        params.custom_extensions = vec![role];
    })
}

#[tokio::test]
async fn atna_r_001_the_actor_is_told_who_the_peer_is() {
    let domain = Domain::new("domain");
    let client = pharmacist(&domain);
    let peer = peer_of(&client, &domain).await;
    let certificate = peer.certificate.expect("certificate");
    assert_eq!(certificate.subject(), "CN=pharmacy.example");
    assert_eq!(certificate.issuer(), "CN=domain");
    assert_eq!(certificate.serial(), "12:34");
    let names = [
        SubjectName::Dns("pharmacy.example".to_owned()),
        SubjectName::Ip([192, 0, 2, 9].into()),
    ];
    assert_eq!(certificate.names(), names);
    assert_eq!(certificate.roles()[0].name.as_deref(), Some("Pharmacist"));
    assert_eq!(
        certificate.roles()[0].coding_scheme,
        "1.2.392.100495.1.6.1.1"
    );
    let der = CertificateDer::from_pem_slice(client.pem.as_bytes()).expect("pem");
    assert_eq!(certificate.der(), &der);
    assert_eq!(certificate.fingerprint().len(), 64);
}

#[tokio::test]
async fn atna_r_001_the_audit_record_of_a_transaction_names_the_peers_certificate() {
    let domain = Domain::new("domain");
    let peer = peer_of(&pharmacist(&domain), &domain).await;
    let event = TransactionEvent {
        source: peer.participant("FACILITY|APPLICATION", true),
        destination: Participant::new("HOSPITAL|MANAGER", "pix.example", false),
        initiator_is_us: false,
        outcome: Outcome::Success,
        ..common::event("1")
    };
    let message = event.to_message();
    let source = &message.participants[0];
    assert_eq!(codes::ROLE_SOURCE, source.roles[0]);
    let fingerprint = peer
        .certificate
        .as_ref()
        .expect("certificate")
        .fingerprint();
    let expected =
        format!("CN=pharmacy.example; serial=12:34; sha256={fingerprint}; role=Pharmacist");
    assert_eq!(source.alternative_user_id.as_ref(), Some(&expected));
    let process = std::process::id().to_string();
    assert_eq!(message.participants[1].alternative_user_id, Some(process));
    assert_eq!(Peer::unknown(peer.address).identity(), None);
}

/// The same certificate in BER: indefinite lengths outside, and around what was signed.
fn in_ber(der: &[u8], deep: bool) -> Vec<u8> {
    let (body, _) = opened(der);
    let mut inside = body.to_vec();
    if deep {
        let (signed, rest) = opened(body);
        inside = [&[0x30, 0x80], signed, &[0, 0], rest].concat();
    }
    [&[0x30, 0x80], inside.as_slice(), &[0, 0]].concat()
}

/// The content of a SEQUENCE, and what follows it.
fn opened(der: &[u8]) -> (&[u8], &[u8]) {
    assert_eq!(der[0], 0x30);
    let bytes = usize::from(der[1] - 0x80);
    let length = der[2..2 + bytes].iter();
    let length = length.fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    der[2 + bytes..].split_at(length)
}

/// A client that presents these bytes as its certificate.
async fn presenting(server: &SecureNode, domain: &Domain, member: &Member, bytes: Vec<u8>) -> Peer {
    let key = PrivateKeyDer::from_pem_slice(member.key.as_bytes()).expect("key");
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).expect("key");
    let certified = CertifiedKey::new(vec![CertificateDer::from(bytes)], key);
    let mut config = common::raw_config(
        domain,
        member,
        &[&rustls::version::TLS13, &rustls::version::TLS12],
    );
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certified));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address");
    let connecting = async {
        let tcp = TcpStream::connect(address).await.expect("connected");
        let name = "server.example".try_into().expect("name");
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        connector.connect(name, tcp).await
    };
    let accepting = async {
        let (stream, _) = listener.accept().await.expect("accepted");
        server.accept(stream).await
    };
    let (accepted, _connected) = tokio::join!(accepting, connecting);
    accepted.expect("taken").1
}

#[tokio::test]
async fn atna_r_002_certificates_in_ber_are_taken_by_chain_and_from_the_list() {
    let domain = Domain::new("domain");
    let client = domain.issue("client", |_| {});
    let der = CertificateDer::from_pem_slice(client.pem.as_bytes()).expect("pem");
    let listed = TrustAnchors::certificates_only(&client.pem).expect("anchors");
    for deep in [false, true] {
        let ber = in_ber(&der, deep);
        let read = Certificate::read(&ber).expect("read");
        assert_eq!(read.der(), &der);
        for anchors in [domain.anchors(), listed.clone()] {
            let node =
                SecureNode::dangerous().without_audit(domain.member("server.example"), anchors);
            let peer = presenting(&node.expect("node"), &domain, &client, ber.clone()).await;
            assert_eq!(peer.certificate.expect("certificate").der(), &der);
        }
    }
}

#[test]
fn atna_r_002_trust_is_read_from_der_and_ber_files_too() {
    let domain = Domain::new("domain");
    let der = CertificateDer::from_pem_slice(domain.pem.as_bytes()).expect("pem");
    let folder = tempfile::tempdir().expect("folder");
    for (name, bytes) in [("ca.der", der.to_vec()), ("ca.ber", in_ber(&der, true))] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let anchors = TrustAnchors::from_pem_file(&path).expect("read");
        let made = SecureNode::dangerous().without_audit(domain.member("a"), anchors);
        assert_eq!(made.expect("node").certificate_status().expiring.len(), 2);
    }
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let domain = Domain::new("domain");
    let der = CertificateDer::from_pem_slice(pharmacist(&domain).pem.as_bytes()).expect("pem");
    for at in 0..der.len() {
        for change in [0x00, 0x01, 0x30, 0x7f, 0x80, 0x84, 0xff] {
            let mut changed = der.to_vec();
            changed[at] = change;
            let _ = Certificate::read(&changed);
        }
        let _ = Certificate::read(&der[..at]);
    }
}
