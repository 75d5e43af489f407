//! ITI-20 what a node records (ITI TF-2 3.20.4): its actors' events, and their start and stop.

use std::fmt;
use std::time::Duration;

use crate::audit::{AuditMessage, AuditSource, TransactionEvent, triggers};
use crate::codes;
use crate::error::AuditError;
use crate::node::SecureNode;
use crate::node::sink::Sink;
use crate::spool::{Reserved, SpoolStatus};

/// Room for the audit records of one transaction, given back when dropped.
#[must_use]
pub struct Reservation {
    node: SecureNode,
    _room: Option<Reserved>,
}

impl Reservation {
    /// Keeps the events of the transaction, in order.
    pub async fn record_events(
        &self,
        events: impl IntoIterator<Item = TransactionEvent>,
    ) -> Result<(), AuditError> {
        for event in events {
            let message = self.node.signed(event.into_message());
            self.node.inner.sink.record(message, true).await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reservation")
    }
}

impl SecureNode {
    /// Keeps an audit message. `Ok` means: written to the spool's file, and synced as its limits
    /// say. An empty AuditSourceID is filled with this handle's name.
    pub async fn record(&self, message: AuditMessage) -> Result<(), AuditError> {
        let message = self.signed(message);
        self.inner.sink.record(message, false).await
    }

    /// Makes sure of room for so many records, before a transaction changes anything: what is
    /// recorded through the reservation is not refused by the spool's bound nor by a full disk.
    /// Never waits for another task; costs two counters, and a system call only when more disk has
    /// to be set aside.
    ///
    /// # Errors
    /// What recording would answer now: the transaction has to be refused.
    pub fn reserve(&self, records: usize) -> Result<Reservation, AuditError> {
        let room = self.inner.sink.reserve(records)?;
        let node = self.clone();
        Ok(Reservation { node, _room: room })
    }

    fn signed(&self, mut message: AuditMessage) -> AuditMessage {
        if message.source.id.is_empty() {
            message.source = AuditSource {
                id: self.source_id().to_string(),
                types: vec![codes::SOURCE_APPLICATION_SERVER.to_coded()],
                ..message.source
            };
        }
        message
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
