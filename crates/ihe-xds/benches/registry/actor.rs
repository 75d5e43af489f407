//! A Document Registry as it is used: its store a file, its audit records on the disk and on to nobody.

use std::path::Path;

use hl7v2::datatype::Hd;
use ihe_atna::{Identity, SecureNode, Spool, SpoolLimits, SyslogTls, TrustAnchors};
use ihe_soap::{Envelope, Incoming, Outgoing, Packaging, Parts, Reply};
use ihe_xds::DocumentRegistry;
use ihe_xds::iti18::{self, Request, StoredQuery};
use ihe_xds::store::SqliteStore;

pub(crate) type Registry = DocumentRegistry<SqliteStore>;

pub(crate) fn node(folder: &Path) -> SecureNode {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let identity = Identity::from_pem(&certificate, &key.serialize_pem()).expect("an identity");
    let anchors = TrustAnchors::from_pem(&certificate).expect("anchors");
    let limits = SpoolLimits {
        total: 8 << 30,
        ..SpoolLimits::default()
    };
    let spool = Spool::open(folder.join("spool"), [SyslogTls::to("127.0.0.1:9")]).expect("a spool");
    let node = SecureNode::dangerous().plain(identity, anchors, spool.with_limits(limits));
    node.expect("a node")
}

pub(crate) async fn registry(file: &Path, folder: &Path) -> Registry {
    let store = SqliteStore::open(file).await.expect("opens");
    let registry = DocumentRegistry::new(node(folder), store);
    registry.with_affinity_domain(Hd::oid("1.2.392.200119.6.102.11310000"))
}

pub(crate) fn question(query: StoredQuery) -> Outgoing {
    let body = iti18::encode(&Request::from(query));
    Outgoing::request(iti18::REQUEST_ACTION, "http://registry", body)
}

pub(crate) fn incoming(message: Outgoing) -> Incoming {
    Incoming {
        envelope: message.envelope,
        packaging: Packaging::Simple,
        parts: Parts::empty(),
    }
}

/// The body of an answer.
pub(crate) fn answered(reply: Reply) -> Envelope {
    match reply {
        Reply::Message(message) => message.envelope,
        Reply::Fault(fault) => panic!("a fault: {fault}"),
        Reply::Accepted => panic!("answered later"),
    }
}

/// How many entries an answer holds.
pub(crate) fn entries(body: &str) -> usize {
    body.matches("<rim:ExtrinsicObject").count()
}
