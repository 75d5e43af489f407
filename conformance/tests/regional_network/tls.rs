//! ITI-19: without `--plain` nobody talks to an actor without a certificate of the domain.
//!
//! In TLS 1.3 the client has finished its handshake before the server has seen its (missing) certificate:
//! the refusal shows on the first read, and must be looked for there.

use crate::domain::{Domain, NORTH};
use crate::hl7::{feed, id};
use conformance::{hl7, mllp};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Error, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn from_files(certificate: &Path, key: &Path) -> Identity {
    let chain = CertificateDer::pem_file_iter(certificate).expect("a file");
    let chain = chain.collect::<Result<_, _>>().expect("certificates");
    (chain, PrivateKeyDer::from_pem_file(key).expect("a key"))
}

/// A certificate like a real one, by an authority of which the domain knows nothing.
fn of_a_stranger() -> Identity {
    let made = rcgen::generate_simple_self_signed(["stranger.example".to_owned()]).expect("made");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    (vec![made.cert.der().clone()], key)
}

fn connect(
    domain: &Domain,
    key: &str,
    identity: Option<Identity>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_file_iter(domain.pki("ca.pem")).expect("a file") {
        roots
            .add(authority.expect("a certificate"))
            .expect("an authority");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = match identity {
        Some((chain, key)) => config
            .with_client_auth_cert(chain, key)
            .expect("an identity"),
        None => config.with_no_client_auth(),
    };
    let address = domain
        .endpoint(key)
        .trim_start_matches("https://")
        .split('/')
        .next();
    let address = address.unwrap_or_default();
    let host = address.rsplit_once(':').expect("host:port").0.to_owned();
    let name = ServerName::try_from(host).expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    StreamOwned::new(connection, crate::domain::connect(address))
}

/// The first read after a request: what a refused client gets instead of an answer.
fn first_read(
    mut stream: StreamOwned<ClientConnection, TcpStream>,
    request: &[u8],
) -> Result<usize, Error> {
    stream.write_all(request).and_then(|()| stream.flush())?;
    stream.read(&mut [0; 100])
}

pub(crate) const TLS_LISTENERS: [&str; 5] = [
    "pix_v2",
    "registry_feed",
    "registry",
    "repository",
    "audit_tls",
];

/// Asks every TLS listener without a certificate.
pub(crate) fn iti_19_nobody_without_certificate_is_answered(domain: &Domain) {
    assert_each_refuses(domain, || None);
}

fn assert_refused(identity: impl Fn() -> Option<Identity>) {
    let domain = Domain::start(&[]);
    assert_each_refuses(&domain, identity);
    assert_known_client_is_answered(&domain);
}

fn assert_each_refuses(domain: &Domain, identity: impl Fn() -> Option<Identity>) {
    for key in TLS_LISTENERS {
        let (_, message) = feed(&[id(NORTH)]);
        match first_read(connect(domain, key, identity()), &message) {
            Ok(0) | Err(_) => {}
            Ok(length) => panic!("{key} sent {length} bytes to a client it does not know"),
        }
    }
}

fn assert_known_client_is_answered(domain: &Domain) {
    let identity = from_files(&domain.pki("client.pem"), &domain.pki("client.key"));
    let mut stream = connect(domain, "pix_v2", Some(identity));
    let answer = mllp::exchange(&mut stream, &feed(&[id(NORTH)]).1).expect("an answer");
    assert_eq!(hl7::verdict(&answer), "AA");
    let version = stream.conn.protocol_version();
    assert_eq!(version, Some(rustls::ProtocolVersion::TLSv1_3));
}

#[test]
fn atna_r_011_web_services_too_refuse_a_client_without_certificate_on_the_first_read() {
    assert_refused(|| None);
}

#[test]
fn iti_19_a_client_with_a_strangers_certificate_is_refused_on_the_first_read() {
    assert_refused(|| Some(of_a_stranger()));
}

#[test]
fn iti_19_a_client_that_speaks_no_tls_is_not_answered_in_its_own_words() {
    let domain = Domain::start(&[]);
    let mut stream = domain.connect("pix_v2");
    let answer = mllp::exchange(&mut stream, &feed(&[id(NORTH)]).1);
    assert!(
        answer.is_err(),
        "a plain feed was answered on a TLS listener"
    );
    assert_known_client_is_answered(&domain);
}
