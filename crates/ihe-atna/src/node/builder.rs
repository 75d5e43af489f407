//! The ways out: nodes without TLS, without audit, or with another audit sink.

use std::sync::Arc;

use crate::error::Error;
use crate::node::sink::{AuditSink, Sink};
use crate::node::{Identity, SecureNode, TrustAnchors};
use crate::spool::Spool;

/// Builds nodes that leave out what IHE asks for; see `SecureNode::dangerous`.
#[derive(Debug)]
pub struct DangerousBuilder(());

impl DangerousBuilder {
    pub(crate) fn new() -> DangerousBuilder {
        DangerousBuilder(())
    }

    /// Plain listeners and clients; audit still goes through the spool over TLS.
    pub fn plain(
        self,
        identity: Identity,
        anchors: TrustAnchors,
        spool: Spool,
    ) -> Result<SecureNode, Error> {
        SecureNode::spooling(identity, anchors, true, spool)
    }

    /// TLS, but audit records are dropped.
    pub fn without_audit(
        self,
        identity: Identity,
        anchors: TrustAnchors,
    ) -> Result<SecureNode, Error> {
        SecureNode::with_own_sink(identity, anchors, false, Sink::Nowhere)
    }

    /// Audit records go to `sink`: the record repository's own node, and tests.
    pub fn with_sink(
        self,
        identity: Identity,
        anchors: TrustAnchors,
        plain: bool,
        sink: Arc<dyn AuditSink>,
    ) -> Result<SecureNode, Error> {
        SecureNode::with_own_sink(identity, anchors, plain, Sink::Own(sink))
    }
}
