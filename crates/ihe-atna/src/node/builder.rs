//! The ways out: nodes without TLS, without audit, with another audit sink, at another time.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Error;
use crate::node::keyring::Keyring;
use crate::node::sink::{AuditSink, Sink};
use crate::node::tls::Now;
use crate::node::{Identity, SecureNode, TrustAnchors};
use crate::spool::Spool;

/// Builds nodes that leave out what IHE asks for; see `SecureNode::dangerous`.
pub struct DangerousBuilder {
    now: Now,
}

impl DangerousBuilder {
    pub(crate) fn new() -> DangerousBuilder {
        DangerousBuilder {
            now: Arc::new(SystemTime::now),
        }
    }

    /// Certificates and revocation lists are judged by this clock in place of the system's.
    #[must_use]
    pub fn at(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> DangerousBuilder {
        DangerousBuilder { now: Arc::new(now) }
    }

    /// Plain listeners and clients; audit still goes through the spool over TLS.
    pub fn plain(
        self,
        identity: Identity,
        anchors: TrustAnchors,
        spool: Spool,
    ) -> Result<SecureNode, Error> {
        self.spooling(identity, anchors, true, spool)
    }

    /// TLS, but audit records are dropped.
    pub fn without_audit(
        self,
        identity: Identity,
        anchors: TrustAnchors,
    ) -> Result<SecureNode, Error> {
        let keyring = Keyring::new(identity, anchors, self.now)?;
        SecureNode::assemble(keyring, false, |_| Ok(Sink::Nowhere))
    }

    /// Audit records go to `sink`: the record repository's own node, and tests.
    pub fn with_sink(
        self,
        identity: Identity,
        anchors: TrustAnchors,
        plain: bool,
        sink: Arc<dyn AuditSink>,
    ) -> Result<SecureNode, Error> {
        let keyring = Keyring::new(identity, anchors, self.now)?;
        SecureNode::assemble(keyring, plain, |_| Ok(Sink::Own(sink)))
    }

    pub(crate) fn spooling(
        self,
        identity: Identity,
        anchors: TrustAnchors,
        plain: bool,
        spool: Spool,
    ) -> Result<SecureNode, Error> {
        let keyring = Keyring::new(identity, anchors, self.now)?;
        SecureNode::assemble(keyring, plain, |client| {
            Ok(Sink::Spool(spool.start(client)?))
        })
    }
}

impl fmt::Debug for DangerousBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DangerousBuilder")
    }
}
