//! Nodes with certificates made at run time, an audit sink that remembers, a running manager.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hl7v2::datatype::{Cx, Hd, Xpn};
use ihe_atna::{AuditMessage, AuditSink, BoxedRecord, Identity, SecureNode, TrustAnchors};
use ihe_pix::{IdentityStore, PatientRecord, PixManager, Shelf};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const EAST: &str = "1.2.3.4.1000";
pub(crate) const WEST: &str = "1.2.3.4.2000";
pub(crate) const AFFINITY: &str = "1.2.3.4.3000";

/// Keeps every audit message as XML.
#[derive(Default)]
pub(crate) struct Remembered(Mutex<Vec<String>>);

impl AuditSink for Remembered {
    fn record(&self, message: AuditMessage) -> BoxedRecord<'_> {
        let xml = message.to_xml();
        crate::recorded::file(&xml);
        self.0.lock().expect("not poisoned").push(xml);
        Box::pin(async { Ok(()) })
    }
}

impl Remembered {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }
}

/// One certificate authority and the nodes it signs for.
pub(crate) struct Domain {
    authority: rcgen::Issuer<'static, rcgen::KeyPair>,
    anchors: String,
}

impl Domain {
    pub(crate) fn new() -> Domain {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let anchors = params.self_signed(&key).expect("a certificate").pem();
        Domain {
            authority: rcgen::Issuer::new(params, key),
            anchors,
        }
    }

    /// A node of this domain and what it records.
    pub(crate) fn node(&self) -> (SecureNode, Arc<Remembered>) {
        let sink = Arc::new(Remembered::default());
        (self.node_with(sink.clone()), sink)
    }

    /// A node of this domain that records into this sink.
    pub(crate) fn node_with(&self, sink: Arc<dyn AuditSink>) -> SecureNode {
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
        let certificate = params
            .signed_by(&key, &self.authority)
            .expect("a certificate");
        let identity = Identity::from_pem(&certificate.pem(), &key.serialize_pem());
        let anchors = TrustAnchors::from_pem(&self.anchors).expect("anchors");
        let identity = identity.expect("an identity");
        let node = SecureNode::dangerous().with_sink(identity, anchors, false, sink);
        node.expect("a node")
    }
}

/// A manager serving on a loopback port.
pub(crate) struct Running<S: IdentityStore + Shelf> {
    pub(crate) manager: Arc<PixManager<S>>,
    pub(crate) address: String,
    pub(crate) audit: Arc<Remembered>,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<std::io::Result<()>>,
}

pub(crate) async fn start<S: IdentityStore + Shelf>(domain: &Domain, store: S) -> Running<S> {
    start_with(domain, store, |manager, _| manager).await
}

/// A manager with more to do than the usual one.
pub(crate) async fn start_with<S: IdentityStore + Shelf>(
    domain: &Domain,
    store: S,
    more: impl FnOnce(PixManager<S>, &SecureNode) -> PixManager<S>,
) -> Running<S> {
    let (node, audit) = domain.node();
    let manager = PixManager::new(node.clone(), store)
        .with_domain(Hd {
            namespace_id: "EAST".into(),
            ..Hd::oid(EAST)
        })
        .with_domain(Hd::oid(WEST))
        .with_domain(Hd::oid(AFFINITY));
    let manager = more(manager, &node);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address: SocketAddr = listener.local_addr().expect("an address");
    let (manager, stop) = (Arc::new(manager), CancellationToken::new());
    let task = tokio::spawn(manager.clone().serve_on(listener, stop.clone()));
    Running {
        manager,
        address: address.to_string(),
        audit,
        stop,
        task,
    }
}

pub(crate) fn id(value: &str, domain: &str) -> Cx {
    Cx::new(value, Hd::oid(domain))
}

pub(crate) fn patient(value: &str, domain: &str, given: &str) -> PatientRecord {
    let name = Xpn {
        family: "山田".into(),
        given: given.into(),
        ..Xpn::default()
    };
    PatientRecord {
        names: vec![name],
        birth_date: "19580312".into(),
        phone_home: "03-2234-5678".into(),
        sex: "F".into(),
        ..PatientRecord::identified(id(value, domain))
    }
}

pub(crate) fn me() -> ihe_atna::As {
    ihe_atna::As::system("test")
}

/// MSA-1, ERR as `code at place`, and QAK-2 of an answer.
pub(crate) fn judged(reply: &[u8]) -> (String, Vec<String>, Option<String>) {
    let reply = hl7v2::Message::parse(reply).expect("an answer");
    let text = |path| reply.raw(path).map(str::to_owned);
    let refusal = hl7v2::ack::parse_refusal(&reply);
    let problems = refusal
        .iter()
        .flat_map(|r| &r.problems)
        .map(ToString::to_string)
        .collect();
    (text("MSA-1").expect("MSA-1"), problems, text("QAK-2"))
}

/// MSA-1 and the problems in one line.
pub(crate) fn answer(reply: &[u8]) -> String {
    let (code, problems, _) = judged(reply);
    [vec![code], problems].concat().join(" ")
}

pub(crate) fn adt(event: &str, control_id: &str, rest: &str) -> Vec<u8> {
    format!("MSH|^~\\&|HIS|WARD|PIX|REGION|2026||ADT^{event}|{control_id}|P|2.3.1\r{rest}").into()
}

/// A message of ITI-30: `A28^ADT_A05` and everything after EVN.
pub(crate) fn pam(event: &str, rest: &str) -> Vec<u8> {
    let msh = format!("MSH|^~\\&|HIS|WARD|PIX|REGION|2026||ADT^{event}|1|P|2.5");
    format!("{msh}\rEVN||2026\r{rest}").into()
}

/// The ids of the person of this id, without it; `None`: not known.
pub(crate) async fn others<S: IdentityStore>(store: &S, of: &Cx) -> Option<Vec<String>> {
    let found = store.cross_references(of, &[]).await.expect("answers")?;
    Some(found.into_iter().map(|id| id.id).collect())
}

/// Waits until this holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}
