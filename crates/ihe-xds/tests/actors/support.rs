//! A small affinity domain: registry (SQLite), repository (files), source, consumer, and everything they audit.

use hl7v2::datatype::{Cx, Hd};
use ihe_atna::{
    As, AuditError, AuditMessage, AuditSink, BoxedRecord, Identity, Outcome, SecureNode,
    TrustAnchors,
};
use ihe_soap::{Client, Limits, Outgoing, Source};
use ihe_xds::error::ErrorCode;
use ihe_xds::metadata::{
    Author, Code, DocumentBuilder, DocumentEntry, Submission, SubmissionBuilder,
};
use ihe_xds::store::{DocumentStore, FileStore, SqliteStore, State};
use ihe_xds::{
    DocumentConsumer, DocumentRegistry, DocumentRepository, DocumentSource, Error, NodeConnector,
    Retries, iti43,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) const DOMAIN: &str = "1.2.392.200.1";
pub(crate) const REPOSITORY: &str = "1.2.392.200.5";

/// Keeps audit messages; can be told to fail.
#[derive(Default)]
pub(crate) struct Audit {
    messages: Mutex<Vec<AuditMessage>>,
    pub(crate) broken: AtomicBool,
}

impl AuditSink for Audit {
    fn record(&self, message: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async move {
            if self.broken.load(Ordering::SeqCst) {
                return Err(AuditError::Closed);
            }
            self.messages.lock().unwrap().push(message);
            Ok(())
        })
    }
}

impl Audit {
    /// (transaction, success) of all records so far.
    pub(crate) fn all(&self) -> Vec<(String, bool)> {
        let messages = self.messages.lock().unwrap();
        let mut all: Vec<_> = messages
            .iter()
            .map(|one| {
                (
                    one.event.types[0].code.clone(),
                    one.event.outcome == Outcome::Success,
                )
            })
            .collect();
        all.sort();
        all
    }

    /// EventOutcomeDescription of the failures of this transaction so far.
    pub(crate) fn reasons(&self, transaction: &str) -> Vec<String> {
        let messages = self.messages.lock().unwrap();
        let failures = messages.iter().filter(|one| {
            one.event.types[0].code == transaction && one.event.outcome != Outcome::Success
        });
        failures
            .filter_map(|one| one.event.outcome_description.clone())
            .collect()
    }

    /// ParticipantObjectIDs of all records so far.
    pub(crate) fn object_ids(&self) -> Vec<String> {
        let messages = self.messages.lock().unwrap();
        messages
            .iter()
            .flat_map(|one| &one.objects)
            .filter_map(|one| one.id.clone())
            .collect()
    }

    pub(crate) fn count(&self, transaction: &str, success: bool) -> usize {
        self.all()
            .iter()
            .filter(|one| one.0 == transaction && one.1 == success)
            .count()
    }
}

pub(crate) struct World {
    pub(crate) audit: Arc<Audit>,
    pub(crate) node: SecureNode,
    pub(crate) registry: Arc<DocumentRegistry<SqliteStore>>,
    pub(crate) repository: Arc<DocumentRepository<FileStore>>,
    pub(crate) registry_url: String,
    pub(crate) repository_url: String,
    pub(crate) feed: u16,
    pub(crate) stop: CancellationToken,
    pub(crate) registry_stop: CancellationToken,
    pub(crate) dir: tempfile::TempDir,
}

pub(crate) fn node(audit: &Arc<Audit>, plain: bool) -> SecureNode {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(params, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let identity = Identity::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap();
    let anchors = TrustAnchors::from_pem(&ca.pem()).unwrap();
    let sink: Arc<dyn AuditSink> = audit.clone();
    SecureNode::dangerous()
        .with_sink(identity, anchors, plain, sink)
        .unwrap()
}

impl World {
    pub(crate) async fn start() -> World {
        World::start_with(false, |url| url, |repository| repository).await
    }

    /// With plain connections, a registry that the repository reaches by another URL, and a repository set up by `set_up`.
    pub(crate) async fn start_with(
        plain: bool,
        by_way_of: impl FnOnce(String) -> String,
        set_up: impl FnOnce(DocumentRepository<FileStore>) -> DocumentRepository<FileStore>,
    ) -> World {
        let audit = Arc::new(Audit::default());
        let node = node(&audit, plain);
        let scheme = if plain { "http" } else { "https" };
        let dir = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let registry_stop = stop.child_token();
        let store = SqliteStore::open(dir.path().join("registry.db"))
            .await
            .unwrap();
        let registry = DocumentRegistry::new(node.clone(), store);
        let registry = Arc::new(registry.with_affinity_domain(Hd::oid(DOMAIN)));
        let (soap, port) = listener().await;
        let (mllp, feed) = listener().await;
        let registry_url = format!("{scheme}://localhost:{port}/registry");
        let serving = Arc::clone(&registry).serve_on(soap, "/registry", registry_stop.clone());
        tokio::spawn(serving);
        tokio::spawn(Arc::clone(&registry).feed_on(mllp, registry_stop.clone()));
        let store = FileStore::open(dir.path().join("documents")).unwrap();
        // Every document is a file, so that tests see what is there.
        let store = store.with_inline(0);
        let by_way_of = by_way_of(registry_url.clone());
        let repository = DocumentRepository::new(node.clone(), store, REPOSITORY, &by_way_of);
        let repository = Arc::new(set_up(repository));
        let (soap, port) = listener().await;
        let repository_url = format!("{scheme}://localhost:{port}/repository");
        tokio::spawn(Arc::clone(&repository).serve_on(soap, "/repository", stop.clone()));
        World {
            audit,
            node,
            registry,
            repository,
            registry_url,
            repository_url,
            feed,
            stop,
            registry_stop,
            dir,
        }
    }

    /// A node without TLS, with the same audit.
    pub(crate) fn plain_node(&self) -> SecureNode {
        node(&self.audit, true)
    }

    /// A source that tries once: what the repository says is what a test wants to hear.
    pub(crate) fn source(&self) -> DocumentSource {
        let source = DocumentSource::new(self.node.clone(), &self.repository_url);
        source.with_retries(Retries::none())
    }

    pub(crate) fn consumer(&self) -> DocumentConsumer {
        DocumentConsumer::new(self.node.clone(), &self.registry_url)
            .with_repository(REPOSITORY, &self.repository_url)
    }

    pub(crate) fn client(&self) -> Client<NodeConnector> {
        Client::new(NodeConnector::new(self.node.clone()), Limits::default())
    }

    /// Sends one HL7 v2 message to the registry's feed and returns MSA-1.
    pub(crate) async fn feed(&self, text: &str) -> String {
        let (stream, _) = self.node.connect("localhost", self.feed).await.unwrap();
        let mut client = hl7v2::mllp::Client::new(stream, hl7v2::mllp::Limits::default());
        let reply = client.exchange(text.as_bytes()).await.unwrap();
        let reply = hl7v2::Message::parse(&reply).unwrap();
        reply.value("MSA-1").unwrap().into_owned()
    }

    /// Asks the repository for documents.
    pub(crate) async fn retrieve(
        &self,
        documents: Vec<iti43::DocumentRequest>,
    ) -> Result<ihe_soap::Incoming, ihe_soap::Error> {
        let body = iti43::Request { documents }.encode();
        let message = Outgoing::request(iti43::REQUEST_ACTION, &self.repository_url, body);
        self.client()
            .call(&self.repository_url, message.mtom())
            .await
    }

    /// Where the store has a document.
    pub(crate) async fn state(&self, entry: &DocumentEntry) -> Option<State> {
        let found = self.repository.store().open(&entry.unique_id).await;
        found.unwrap().map(|document| document.held.state)
    }

    /// Waits until the store has a document in this state.
    pub(crate) async fn comes_to(&self, entry: &DocumentEntry, state: Option<State>) {
        for _ in 0..1500 {
            if self.state(entry).await == state {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it stays {:?}", self.state(entry).await);
    }

    pub(crate) async fn admit(&self, id: &str) {
        assert_eq!(self.feed(&adt("A04", id, None)).await, "AA");
    }

    /// Files in a folder of the document store.
    pub(crate) fn files(&self, folder: &str) -> Vec<PathBuf> {
        fn list(path: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => list(&path, found),
                    false => found.push(path),
                }
            }
        }
        let mut found = Vec::new();
        list(&self.dir.path().join("documents").join(folder), &mut found);
        found
    }

    /// True when no document and no file is left; a file may go a moment after its document.
    pub(crate) async fn is_empty(&self) -> bool {
        let documents = self.repository.store().documents_after(None, 9);
        for _ in 0..200 {
            if self.files("objects").is_empty() {
                return documents.await.unwrap().is_empty();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

pub(crate) fn adt(event: &str, id: &str, merged: Option<&str>) -> String {
    let structure = if event == "A40" { "ADT_A39" } else { "ADT_A01" };
    let last = match merged {
        Some(old) => format!("MRG|{old}^^^&{DOMAIN}&ISO\r"),
        None => "PV1||O\r".to_owned(),
    };
    format!(
        "MSH|^~\\&|HIS|H|REG|R|20260101120000||ADT^{event}^{structure}|{event}{id}|P|2.3.1\r\
         EVN||20260101120000\rPID|||{id}^^^&{DOMAIN}&ISO||TEST^PATIENT||19800101|F\r{last}"
    )
}

pub(crate) fn cx(id: &str) -> Cx {
    Cx::new(id, Hd::oid(DOMAIN))
}

pub(crate) fn me() -> As {
    As::system("tester")
}

pub(crate) fn wanted(repository: &str, document: &str) -> iti43::DocumentRequest {
    iti43::DocumentRequest {
        home_community_id: None,
        repository_unique_id: repository.into(),
        document_unique_id: document.into(),
    }
}

fn code(code: &str) -> Code {
    Code::new(code, "1.2.392.200.9", code)
}

pub(crate) fn entry(patient: &str) -> DocumentEntry {
    DocumentBuilder::new("text/plain", "ja-JP")
        .kind(code("class"), code("type"), code("format"))
        .place(code("hospital"), code("practice"))
        .confidentiality(code("N"))
        .source_patient_id(cx(patient).to_xds())
        .build()
}

pub(crate) fn submission(patient: &str, entries: Vec<DocumentEntry>) -> Submission {
    let author = Author {
        person: Some("^TEST^DOCTOR".into()),
        ..Author::default()
    };
    let start = SubmissionBuilder::new(&cx(patient).to_xds(), "1.2.392.200.6", code("content"));
    entries
        .into_iter()
        .fold(start.author(author), SubmissionBuilder::document)
        .build()
}

pub(crate) fn source_of(entry: &DocumentEntry, text: &'static [u8]) -> (String, Source) {
    (
        entry.entry_uuid.clone(),
        Source::Bytes(bytes::Bytes::from_static(text)),
    )
}

pub(crate) fn codes<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<ErrorCode> {
    match result {
        Err(Error::Refused(refusal)) => refusal.errors.into_iter().map(|one| one.code).collect(),
        other => panic!("not refused: {other:?}"),
    }
}
