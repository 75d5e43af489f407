//! ITI-20 Audit Record Repository (ITI TF-2 3.20.4.1.3.2): takes syslog over TLS, UDP and TCP, keeps
//! the bytes as they came in a trail, drops exact repeats, finds records by an index behind the
//! trail, and audits access to itself (ATNA-R-028).

mod access;
mod forward;
mod framing;
mod index;
mod ingest;
mod limits;
mod repeats;
mod retain;
mod sink;
mod stream;
mod udp;

pub use access::AuditReader;
pub use forward::Forward;
pub use index::Lag;
pub use limits::Limits;
pub use sink::TrailSink;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::audit::As;
use crate::node::SecureNode;
use crate::store::{RecordStore, Search, StoreError, StoredRecord};
use crate::trail::Trail;
use index::{Indexed, Indexer};
use ingest::Ingest;

/// The Audit Record Repository. A clone is the same repository.
///
/// What is received is durable in the trail before it counts; a task brings it into the store, where
/// it is found, and starts where the store is. Everything there is can be served at the same time:
/// `serve_tls`, `serve_udp`, `serve_tcp`, `forward`, `keep`.
pub struct AuditRecordRepository<S: RecordStore> {
    inner: Arc<Inner<S>>,
}

struct Inner<S> {
    node: SecureNode,
    ingest: Ingest,
    store: Arc<S>,
    limits: Limits,
    indexed: Arc<Indexed>,
    forwards: Mutex<Vec<Arc<AtomicU64>>>,
    /// When it goes, the indexing task ends.
    _running: watch::Sender<()>,
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
    /// A repository. The node's own audit records should go to the same trail (see [`TrailSink`]).
    /// Starts the indexing task, so it needs a tokio runtime; the task ends with the last clone.
    pub fn new(
        node: SecureNode,
        trail: Trail,
        store: S,
        limits: Limits,
    ) -> AuditRecordRepository<S> {
        let (store, indexed) = (Arc::new(store), Arc::new(Indexed::new()));
        let (running, stop) = watch::channel(());
        let indexer = Indexer {
            trail: trail.clone(),
            store: store.clone(),
            indexed: Arc::downgrade(&indexed),
            batch: limits.index.max(1),
        };
        tokio::spawn(indexer.run(stop));
        let frame = limits.frame.min(trail.longest_record());
        AuditRecordRepository {
            inner: Arc::new(Inner {
                node,
                ingest: Ingest::new(trail, limits.window),
                store,
                limits: Limits { frame, ..limits },
                indexed,
                forwards: Mutex::default(),
                _running: running,
            }),
        }
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.inner.store
    }

    /// The trail.
    pub fn trail(&self) -> &Trail {
        self.inner.ingest.trail()
    }

    /// Searches on somebody's behalf; the access is recorded as Audit Log Used (110101) before
    /// the answer is given. Records of the last moment may be missing, see `lag`.
    pub async fn search(&self, who: &As, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        access::recorded_search(self.node(), self.store(), who, search).await
    }

    /// How far searching is behind.
    pub fn lag(&self) -> Lag {
        self.inner.indexed.lag(self.trail())
    }

    /// Waits until everything durable by now can be found; false: not within this time.
    pub async fn caught_up(&self, within: Duration) -> bool {
        self.inner.indexed.caught_up(self.trail(), within).await
    }

    fn node(&self) -> &SecureNode {
        &self.inner.node
    }

    fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    fn ingest(&self) -> &Ingest {
        &self.inner.ingest
    }

    /// How far each destination has come.
    fn forwards(&self) -> MutexGuard<'_, Vec<Arc<AtomicU64>>> {
        let forwards = self.inner.forwards.lock();
        forwards.unwrap_or_else(PoisonError::into_inner)
    }
}
