//! ITI-20 what a node records (ITI TF-2 3.20.4): its actors' events, and their start and stop.

use std::time::Duration;

use crate::audit::{AuditMessage, AuditSource, TransactionEvent, triggers};
use crate::codes;
use crate::error::AuditError;
use crate::node::SecureNode;
use crate::node::sink::Sink;
use crate::spool::SpoolStatus;

impl SecureNode {
    /// Keeps an audit message. `Ok` means: written to the spool's file, fsync within 100 ms. An
    /// empty AuditSourceID is filled with this handle's name.
    pub async fn record(&self, mut message: AuditMessage) -> Result<(), AuditError> {
        if message.source.id.is_empty() {
            message.source = AuditSource {
                id: self.source_id().to_string(),
                types: vec![codes::SOURCE_APPLICATION_SERVER.to_coded()],
                ..message.source
            };
        }
        self.inner.sink.record(message).await
    }

    /// Keeps the events of a transaction, in order; stops at the first that is not kept.
    pub async fn record_events(
        &self,
        events: impl IntoIterator<Item = TransactionEvent>,
    ) -> Result<(), AuditError> {
        for event in events {
            self.record(event.into_message()).await?;
        }
        Ok(())
    }

    /// Actor-start audit event (ITI TF-2 3.20.4.1.1.1, 110100 with 110120).
    pub async fn record_start(&self, name: &str) -> Result<(), AuditError> {
        self.record(triggers::application_started(name)).await
    }

    /// Actor-stop audit event (ITI TF-2 3.20.4.1.1.1, 110100 with 110121).
    pub async fn record_stop(&self, name: &str) -> Result<(), AuditError> {
        self.record(triggers::application_stopped(name)).await
    }

    /// Depth and age of the spool; all zero on a node without one.
    pub fn spool_status(&self) -> SpoolStatus {
        match &self.inner.sink {
            Sink::Spool(spool) => spool.status(),
            _ => SpoolStatus::default(),
        }
    }

    /// Waits until everything recorded so far was sent to every repository and each connection
    /// was closed in order. At once on a node without a spool.
    pub async fn drain(&self, timeout: Duration) -> Result<(), AuditError> {
        match &self.inner.sink {
            Sink::Spool(spool) => spool.drain(timeout).await,
            _ => Ok(()),
        }
    }
}

/// Records that an application started; [`SecureNode::record_start`] under the node's own name.
pub async fn application_start(node: &SecureNode) -> Result<(), AuditError> {
    node.record_start(node.source_id()).await
}

/// Records that an application stops; [`SecureNode::record_stop`] under the node's own name.
pub async fn application_stop(node: &SecureNode) -> Result<(), AuditError> {
    node.record_stop(node.source_id()).await
}
