//! TLS 1.3 mutual handshakes of our acceptor against bare rustls with its own verifier, in one run.
//!
//! `cargo bench -p ihe-atna --bench handshake [-- ROUNDS]`. Both servers run on one thread, in turn,
//! with the same P-256 certificates and the same clients on other threads; what counts is the
//! processor time of the server's thread (Linux: /proc/thread-self/schedstat).

use std::sync::Arc;
use std::time::Instant;

use ihe_atna::{Identity, SecureNode, TrustAnchors};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const PER_ROUND: u32 = 400;
const GOAL: f64 = 0.8;

struct Pki {
    root: CertificateDer<'static>,
    root_pem: String,
    certificate_pem: String,
    key_pem: String,
}

fn pki() -> Pki {
    let mut params = CertificateParams::new(vec![]).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("key");
    let root = CertifiedIssuer::self_signed(params, key).expect("root");
    let key = KeyPair::generate().expect("key");
    let node = CertificateParams::new(vec!["localhost".to_owned()])
        .and_then(|params| params.signed_by(&key, &root))
        .expect("certificate");
    Pki {
        root: root.der().clone(),
        root_pem: root.pem(),
        certificate_pem: node.pem(),
        key_pem: key.serialize_pem(),
    }
}

impl Pki {
    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![CertificateDer::from_pem_slice(self.certificate_pem.as_bytes()).expect("pem")]
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).expect("key")
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).expect("root");
        roots
    }

    fn node(&self) -> SecureNode {
        let identity = Identity::from_pem(&self.certificate_pem, &self.key_pem);
        let anchors = TrustAnchors::from_pem(&self.root_pem);
        SecureNode::dangerous()
            .without_audit(identity.expect("identity"), anchors.expect("anchors"))
            .expect("node")
    }

    /// rustls as its manual shows it, but as sessionless as we are.
    fn bare(&self) -> TlsAcceptor {
        let provider = Arc::new(default_provider());
        let roots = Arc::new(self.roots());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("versions")
            .with_client_cert_verifier(verifier.build().expect("verifier"))
            .with_single_cert(self.chain(), self.key())
            .expect("certificate");
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        TlsAcceptor::from(Arc::new(config))
    }

    fn client(&self) -> TlsConnector {
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("versions")
            .with_root_certificates(self.roots())
            .with_client_auth_cert(self.chain(), self.key())
            .expect("certificate");
        TlsConnector::from(Arc::new(config))
    }
}

/// Nanoseconds this thread was on a processor.
fn on_processor() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let first = text.split_whitespace().next().expect("number");
    first.parse().expect("number")
}

/// Clients that connect one after the other until the port is closed.
fn clients(pki: &Pki, port: u16) -> std::thread::JoinHandle<()> {
    let connector = pki.client();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("runtime").block_on(async move {
            let name = ServerName::try_from("localhost").expect("name");
            while let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await {
                let _ = stream.set_nodelay(true);
                if let Ok(mut stream) = connector.connect(name.clone(), stream).await {
                    let _ = stream.read(&mut [0]).await;
                }
            }
        });
    })
}

/// Handshakes per second of processor time.
async fn round(listener: &TcpListener, node: Option<&SecureNode>, bare: &TlsAcceptor) -> f64 {
    let before = on_processor();
    for _ in 0..PER_ROUND {
        let (stream, _) = listener.accept().await.expect("accepted");
        match node {
            Some(node) => drop(node.accept(stream).await.expect("handshake")),
            None => {
                let _ = stream.set_nodelay(true);
                drop(bare.accept(stream).await.expect("handshake"));
            }
        }
    }
    f64::from(PER_ROUND) * 1e9 / (on_processor() - before) as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let rounds = std::env::args().filter_map(|one| one.parse().ok()).next();
    let rounds: usize = rounds.unwrap_or(11);
    let pki = pki();
    let (node, bare) = (pki.node(), pki.bare());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let started = Instant::now();
    runtime.expect("runtime").block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let port = listener.local_addr().expect("address").port();
        let _clients = [clients(&pki, port), clients(&pki, port)];
        round(&listener, Some(&node), &bare).await;
        for _ in 0..rounds {
            ours.push(round(&listener, Some(&node), &bare).await);
            theirs.push(round(&listener, None, &bare).await);
        }
    });
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let ratio = ours / theirs;
    println!(
        "TLS 1.3 mutual, P-256, per second of the server's processor time (medians of {rounds}):\n\
         SecureNode::accept {ours:.0}\n\
         bare rustls        {theirs:.0}\n\
         ratio              {ratio:.2} (goal {GOAL})\n\
         {:.1} s in all",
        started.elapsed().as_secs_f64()
    );
    assert!(ratio >= GOAL, "below the goal");
}
