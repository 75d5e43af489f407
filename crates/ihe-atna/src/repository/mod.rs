//! ITI-20 Audit Record Repository (ITI TF-2 3.20.4.1.3.2): takes syslog over TLS and UDP, keeps
//! the bytes as they came, drops exact repeats, and audits access to itself (ATNA-R-028).

mod ingest;
mod repeats;
mod tls;
mod udp;

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{
    Action, ActiveParticipant, As, AuditMessage, AuditSource, EventIdentification, Outcome,
    ParticipantObject,
};
use crate::codes;
use crate::error::AuditError;
use crate::node::{AuditSink, BoxedRecord, SecureNode};
use crate::store::{ReceivedRecord, RecordStore, Search, StoreError, StoredRecord};
use crate::syslog;
use ingest::Ingest;

/// Limits of a repository, with safe defaults.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one message over TLS; 1 MiB.
    pub frame: usize,
    /// TLS connections at a time; 256. Further ones wait.
    pub connections: usize,
    /// A connection without a byte for so long is closed; 1 h.
    pub idle: Duration,
    /// Messages remembered to know repeats; 65 536.
    pub window: usize,
    /// Messages stored in one go, per connection; 512.
    pub batch: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            frame: 1 << 20,
            connections: 256,
            idle: Duration::from_secs(3600),
            window: 65_536,
            batch: 512,
        }
    }
}

/// The Audit Record Repository. A clone is the same repository.
pub struct AuditRecordRepository<S: RecordStore> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    node: SecureNode,
    ingest: Ingest<S>,
    limits: Limits,
}

impl<S: RecordStore> Clone for AuditRecordRepository<S> {
    fn clone(&self) -> AuditRecordRepository<S> {
        AuditRecordRepository {
            inner: self.inner.clone(),
        }
    }
}

impl<S: RecordStore> std::fmt::Debug for AuditRecordRepository<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditRecordRepository")
            .finish_non_exhaustive()
    }
}

impl<S: RecordStore> AuditRecordRepository<S> {
    /// A repository. The node must have TLS; its own audit records should go to the same store
    /// (see [`StoreSink`]).
    pub fn new(node: SecureNode, store: S, limits: Limits) -> AuditRecordRepository<S> {
        let ingest = Ingest::new(store, limits.window);
        AuditRecordRepository {
            inner: Arc::new(Inner {
                node,
                ingest,
                limits,
            }),
        }
    }

    /// The store.
    pub fn store(&self) -> &S {
        self.inner.ingest.store()
    }

    /// Searches on somebody's behalf; the access is recorded as Audit Log Used (110101) before
    /// the answer is given.
    pub async fn search(&self, who: &As, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        let found = self.store().search(search).await;
        let message = log_used(
            who,
            if found.is_ok() {
                Outcome::Success
            } else {
                Outcome::SeriousFailure
            },
        );
        self.inner
            .node
            .record(message)
            .await
            .map_err(|error| StoreError(error.to_string()))?;
        found
    }
}

fn log_used(who: &As, outcome: Outcome) -> AuditMessage {
    AuditMessage {
        event: EventIdentification {
            outcome,
            purposes_of_use: who.purpose_of_use.iter().cloned().collect(),
            ..EventIdentification::new(codes::EVENT_AUDIT_LOG_USED, Action::Read)
        },
        participants: vec![ActiveParticipant {
            user_id: who.user.clone(),
            is_requestor: true,
            roles: who.role.iter().cloned().collect(),
            ..ActiveParticipant::default()
        }],
        source: AuditSource::default(),
        objects: vec![ParticipantObject::audit_log("urn:ihe:iti:audit-log")],
    }
}

/// An audit sink that writes into a record store: for the repository's own node.
pub struct StoreSink<S: RecordStore> {
    store: S,
}

impl<S: RecordStore> StoreSink<S> {
    /// A sink into a store.
    pub fn new(store: S) -> StoreSink<S> {
        StoreSink { store }
    }
}

impl<S: RecordStore> std::fmt::Debug for StoreSink<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreSink")
    }
}

impl<S: RecordStore> AuditSink for StoreSink<S> {
    fn record(&self, message: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async move {
            let header = syslog::Header {
                timestamp: chrono::Utc::now(),
                host_name: String::new(),
                app_name: message.source.id.clone(),
                process_id: std::process::id().to_string(),
            };
            let raw = syslog::message(&header, &message.to_xml());
            let record = ReceivedRecord::new("local", raw);
            let kept = self.store.append(vec![record]).await;
            kept.map_err(|error| AuditError::Sink(error.to_string()))
        })
    }
}
