//! Network Time Security with chrony: its client against our server, our client against its server.
//!
//! Needs Debian's package chrony. Run with `cargo test -p ihe-ct --features nts --test nts_chrony -- --ignored`.
#![cfg(all(feature = "nts", feature = "server", unix))]

use ihe_ct::client::{ClientOptions, ServerReport, Standing};
use ihe_ct::nts::{self, Keyring, Session};
use ihe_ct::{Rejection, ServerState, TimeClient, TimeHealth, TimeServer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

const PLACES: [&str; 3] = [
    "/usr/sbin/chronyd",
    "/usr/bin/chronyd",
    "/usr/local/sbin/chronyd",
];

fn chronyd() -> PathBuf {
    let found = PLACES
        .iter()
        .map(PathBuf::from)
        .find(|place| place.exists());
    found.expect("chronyd is not installed: apt-get install chrony")
}

/// An authority and a certificate for localhost, made for this test.
struct Paper {
    ca: CertificateDer<'static>,
    ca_pem: String,
    node_pem: String,
    node: CertificateDer<'static>,
    key: KeyPair,
}

fn paper() -> Paper {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key"))
        .expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let node = CertificateParams::new(vec!["localhost".to_owned()])
        .expect("a name")
        .signed_by(&key, &authority)
        .expect("signed");
    Paper {
        ca: authority.der().clone(),
        ca_pem: authority.pem(),
        node_pem: node.pem(),
        node: node.der().clone(),
        key,
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn acceptor(paper: &Paper) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(paper.key.serialize_der()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![paper.node.clone()], key)
        .expect("a certificate");
    config.alpn_protocols = vec![nts::ALPN.to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

fn connector(paper: &Paper) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(paper.ca.clone()).expect("an authority");
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![nts::ALPN.to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// Our server with key establishment; returns both ports and the ring.
async fn our_server(paper: &Paper) -> (u16, u16, Arc<Keyring>) {
    let keyring = Arc::new(Keyring::new().expect("a ring"));
    let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
    let port = socket.local_addr().expect("address").port();
    let server = TimeServer::new(ServerState::local_clock(4)).with_nts(keyring.clone());
    tokio::spawn(server.serve(socket, CancellationToken::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let establishment = listener.local_addr().expect("address").port();
    let (acceptor, ring) = (acceptor(paper), keyring.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let connection = stream.get_ref().1;
            let keys = [0, 1].map(|to_client| {
                let context = [0, 0, 0, 15, to_client];
                connection.export_keying_material([0; 32], nts::EXPORTER_LABEL, Some(&context))
            });
            let export = |_: &[u8], context: &[u8]| {
                keys[usize::from(context[4])]
                    .clone()
                    .map_err(std::io::Error::other)
            };
            _ = nts::serve_key_establishment(&mut stream, export, &ring, port).await;
        }
    });
    (port, establishment, keyring)
}

async fn keys(connector: TlsConnector, port: u16) -> Result<Session, nts::NtsError> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = connector.connect(name, stream).await?;
    let connection = stream.get_ref().1;
    let keys = [0, 1].map(|to_client| {
        let context = [0, 0, 0, 15, to_client];
        connection.export_keying_material([0; 32], nts::EXPORTER_LABEL, Some(&context))
    });
    let export = |_: &[u8], context: &[u8]| {
        keys[usize::from(context[4])]
            .clone()
            .map_err(std::io::Error::other)
    };
    nts::establish(&mut stream, export).await
}

fn client(
    paper: &Paper,
    port: u16,
    health: &Arc<TimeHealth>,
) -> watch::Receiver<Vec<ServerReport>> {
    let connector = connector(paper);
    let options = ClientOptions {
        burst: 24,
        burst_gap: Duration::from_millis(100),
        ..ClientOptions::default()
    };
    let client = TimeClient::new(Vec::<String>::new(), health.clone())
        .with_options(options)
        .with_secured("127.0.0.1", move || Box::pin(keys(connector.clone(), port)));
    let reports = client.reports();
    tokio::spawn(client.run(CancellationToken::new()));
    reports
}

async fn selected(mut reports: watch::Receiver<Vec<ServerReport>>) -> ServerReport {
    let so = reports.wait_for(|report| {
        report
            .iter()
            .any(|line| line.standing == Standing::Selected)
    });
    let waited = tokio::time::timeout(Duration::from_secs(30), so).await;
    let report = waited.map(|report| report.expect("it runs").clone());
    report.unwrap_or_else(|_| panic!("not in time: {:?}", reports.borrow()))[0].clone()
}

struct Daemon(Child, PathBuf);

impl Drop for Daemon {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
        _ = std::fs::remove_dir_all(&self.1);
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ihe-ct-nts-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("address").port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_client_believes_our_server_and_survives_forgotten_cookies() {
    let paper = paper();
    let (_, establishment, keyring) = our_server(&paper).await;
    let health = Arc::new(TimeHealth::default());
    let line = selected(client(&paper, establishment, &health)).await;
    assert_eq!(line.stratum, Some(4));
    assert!(health.now().is_good());
    // Cookies of forgotten keys: told NTSN, the client establishes new ones.
    let mut reports = client(&paper, establishment, &health);
    let patience = Duration::from_secs(30);
    let answered = reports.wait_for(|report| report.iter().any(|line| line.reach != 0));
    tokio::time::timeout(patience, answered)
        .await
        .expect("in time")
        .expect("it runs");
    (0..4).for_each(|_| keyring.rotate().expect("a key"));
    let refused = |line: &ServerReport| line.rejection == Some(Rejection::NotAuthentic);
    let unknown = reports.wait_for(|report| report.iter().any(refused));
    tokio::time::timeout(patience, unknown)
        .await
        .expect("the cookie is no longer known")
        .expect("it runs");
    let back = reports.wait_for(|report| report.iter().any(|l| !refused(l) && l.reach & 1 == 1));
    tokio::time::timeout(patience, back)
        .await
        .expect("new keys")
        .expect("it runs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_prove_itself_is_not_believed() {
    let (paper, other) = (paper(), paper());
    let (_, establishment, _) = our_server(&paper).await;
    let health = Arc::new(TimeHealth::default());
    let mut reports = client(&other, establishment, &health);
    for _ in 0..6 {
        let changed = reports.changed();
        if tokio::time::timeout(Duration::from_secs(1), changed)
            .await
            .is_err()
        {
            break;
        }
    }
    assert!(health.reading().is_none() && reports.borrow()[0].reach == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chronyd"]
async fn chrony_believes_our_server_by_nts() {
    let (chronyd, paper, folder) = (chronyd(), paper(), folder("client"));
    let (_, establishment, _) = our_server(&paper).await;
    let ca = write(&folder, "ca.pem", &paper.ca_pem);
    let config = format!(
        "server localhost nts ntsport {establishment} iburst maxsamples 4\nntstrustedcerts {ca}\nnosystemcert\n"
    );
    let config = write(&folder, "chrony.conf", &config);
    let asked = tokio::task::spawn_blocking(move || {
        Command::new(chronyd)
            .args(["-Q", "-t", "20", "-u", "root", "-f", &config])
            .stdin(Stdio::null())
            .output()
            .expect("chronyd starts")
    });
    let output = asked.await.expect("no panic");
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    println!("{said}");
    _ = std::fs::remove_dir_all(folder);
    assert!(
        output.status.success() && said.contains("System clock wrong by"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chronyd"]
async fn our_client_believes_chrony_by_nts() {
    let (chronyd, paper, folder) = (chronyd(), paper(), folder("server"));
    let (port, establishment) = (free_port(), free_port());
    let certificate = write(&folder, "node.pem", &paper.node_pem);
    let key = write(&folder, "node.key", &paper.key.serialize_pem());
    let config = format!(
        "port {port}\nbindaddress 127.0.0.1\nallow 127.0.0.1\nlocal stratum 5\ncmdport 0\nbindcmdaddress /\npidfile {0}/pid\nntsport {establishment}\nntsservercert {certificate}\nntsserverkey {key}\nntsprocesses 0\nntsdumpdir {0}\n",
        folder.display()
    );
    let config = write(&folder, "chrony.conf", &config);
    let child = Command::new(chronyd)
        .args(["-x", "-d", "-u", "root", "-f", &config])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("chronyd starts");
    let _daemon = Daemon(child, folder);
    for _ in 0..80 {
        if TcpStream::connect(("127.0.0.1", establishment))
            .await
            .is_ok()
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let health = Arc::new(TimeHealth::default());
    let line = selected(client(&paper, establishment, &health)).await;
    println!(
        "chrony by NTS: stratum {:?}, offset {:?} ns, delay {:?}",
        line.stratum, line.offset, line.delay
    );
    assert_eq!(line.stratum, Some(5));
    assert!(health.now().is_good());
}
