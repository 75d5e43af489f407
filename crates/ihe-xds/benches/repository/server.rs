//! The servers: this program again, as a process that only serves.

use ihe_atna::{
    AuditError, AuditMessage, AuditSink, BoxedRecord, Identity, SecureNode, TrustAnchors,
};
use ihe_xds::store::{FileStore, MemoryStore, RegistryStore, SqliteStore};
use ihe_xds::{DocumentRegistry, DocumentRepository};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Names the folder in the environment of the serving process.
pub(crate) const FOLDER: &str = "RENKEI_BENCH_SERVE";
const INLINE: &str = "RENKEI_BENCH_INLINE";
pub(crate) const REPOSITORY: &str = "1.2.392.200.5";
pub(crate) const PATIENT: &str = "P1^^^&1.2.392.200.1&ISO";

/// The serving process; killed when dropped.
pub(crate) struct Server {
    process: Child,
    /// Of the repository.
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn start(folder: &Path, inline: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"));
        process
            .env(FOLDER, folder)
            .env(INLINE, inline)
            .stdout(Stdio::piped());
        let mut process = process.spawn().expect("a process");
        let mut line = String::new();
        let told = process.stdout.as_mut().expect("its output");
        BufReader::new(told).read_line(&mut line).expect("a line");
        let port = line.trim().parse().expect("a port");
        Self { process, port }
    }

    fn kernel(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.process.id());
        std::fs::read_to_string(path).expect("Linux")
    }

    /// VmHWM.
    pub(crate) fn resident_mib(&self) -> u64 {
        let status = self.kernel("status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line
            .and_then(|line| line.split_whitespace().nth(1))
            .expect("VmHWM");
        kib.parse::<u64>().expect("a number") / 1024
    }

    /// User and system time, in the kernel's hundredths.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = self.kernel("stat");
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .expect("fields")
            .split_whitespace()
            .collect();
        let ticks: u64 = [11, 12]
            .iter()
            .map(|at| fields[*at].parse::<u64>().expect("ticks"))
            .sum();
        ticks as f64 / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Audit records go nowhere: what they cost is measured with the audit.
struct Nowhere;

impl AuditSink for Nowhere {
    fn record(&self, _message: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async { Ok::<(), AuditError>(()) })
    }
}

fn node() -> SecureNode {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let identity = Identity::from_pem(&certificate, &key.serialize_pem()).expect("an identity");
    let anchors = TrustAnchors::from_pem(&certificate).expect("anchors");
    let node = SecureNode::dangerous().with_sink(identity, anchors, true, Arc::new(Nowhere));
    node.expect("a node")
}

/// Serves until killed.
pub(crate) fn run(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let node = node();
        let registry = match std::env::var("RENKEI_BENCH_REGISTRY").as_deref() {
            Ok("memory") => registry(node.clone(), MemoryStore::new()).await,
            _ => {
                let store = SqliteStore::open(folder.join("registry.db")).await;
                registry(node.clone(), store.expect("opens")).await
            }
        };
        let inline = std::env::var(INLINE)
            .expect("set")
            .parse()
            .expect("a number");
        let store = FileStore::open(folder.join("documents")).expect("opens");
        let url = format!("http://127.0.0.1:{registry}/registry");
        let store = store.with_inline(inline);
        let repository = Arc::new(DocumentRepository::new(node, store, REPOSITORY, &url));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address").port());
        let served = repository.serve_on(listener, "/repository", CancellationToken::new());
        served.await.expect("serves");
    });
}

async fn registry<R: RegistryStore>(node: SecureNode, store: R) -> u16 {
    store.add_patient(PATIENT.to_owned()).await.expect("added");
    let registry = Arc::new(DocumentRegistry::new(node, store));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(registry.serve_on(listener, "/registry", CancellationToken::new()));
    port
}
