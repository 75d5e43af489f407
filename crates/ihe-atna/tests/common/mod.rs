//! A domain for tests: certificate authority, identities, nodes; all made at run time.

use std::sync::{Arc, Mutex};

use ihe_atna::{
    Action, AuditMessage, AuditSink, BoxedRecord, Identity, Outcome, Participant,
    ParticipantObject, SecureNode, TransactionEvent, TrustAnchors, codes,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// A certificate authority.
pub(crate) struct Domain {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub(crate) pem: String,
}

impl Domain {
    /// A new authority.
    pub(crate) fn new(name: &str) -> Domain {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("key");
        let pem = params.self_signed(&key).expect("certificate").pem();
        Domain {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Certificate and key of a member, as PEM.
    pub(crate) fn member_pem(&self, name: &str) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("key");
        let certificate = params.signed_by(&key, &self.issuer).expect("certificate");
        (certificate.pem(), key.serialize_pem())
    }

    /// A member's identity.
    pub(crate) fn member(&self, name: &str) -> Identity {
        let (certificate, key) = self.member_pem(name);
        Identity::from_pem(&certificate, &key).expect("identity")
    }

    /// Trust in this authority.
    pub(crate) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_pem(&self.pem).expect("anchors")
    }

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
