//! A trail and a store behind it, which outlive repositories.

use std::time::Duration;

use ihe_atna::{
    AuditRecordRepository, MemoryStore, Order, RecordStore, RepositoryLimits, Search, SecureNode,
    StoredRecord, Trail, TrailLimits, TrailSigner,
};

/// What a repository keeps.
#[allow(dead_code)]
#[derive(Clone)]
pub(crate) struct Shelf {
    pub(crate) trail: Trail,
    pub(crate) store: MemoryStore,
}

#[allow(dead_code)]
impl Shelf {
    /// In a directory of cargo's for tests.
    pub(crate) fn new() -> Shelf {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("directory");
        let (signer, _) = TrailSigner::generate().expect("key");
        let trail = Trail::open(dir.keep(), signer, TrailLimits::default()).expect("trail");
        Shelf {
            trail,
            store: MemoryStore::new(),
        }
    }

    pub(crate) fn repository(&self, node: SecureNode) -> AuditRecordRepository<MemoryStore> {
        self.limited(node, RepositoryLimits::default())
    }

    pub(crate) fn limited(
        &self,
        node: SecureNode,
        limits: RepositoryLimits,
    ) -> AuditRecordRepository<MemoryStore> {
        AuditRecordRepository::new(node, self.trail.clone(), self.store.clone(), limits)
    }

    pub(crate) fn end(&self) -> u64 {
        *self.trail.end().borrow()
    }

    /// Waits until so many records are durable.
    pub(crate) async fn wait_for(&self, count: u64) {
        let mut end = self.trail.end();
        let arrived = end.wait_for(|end| *end >= count);
        let arrived = tokio::time::timeout(Duration::from_secs(20), arrived).await;
        assert!(arrived.is_ok(), "{count} records did not arrive");
    }

    /// What is found once all that is durable is indexed.
    pub(crate) async fn find(&self, mut search: Search) -> Vec<StoredRecord> {
        for _ in 0..2000 {
            if self.store.applied().await.expect("read") >= self.end() {
                search.limit = 1_000_000;
                return self.store.search(&search).await.expect("found");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the index is behind");
    }

    /// Everything, as it arrived.
    pub(crate) async fn all(&self) -> Vec<StoredRecord> {
        let order = Order::Arrival;
        self.find(Search {
            order,
            ..Search::default()
        })
        .await
    }

    /// The messages, as they arrived.
    pub(crate) async fn raw(&self) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        loop {
            let next = found.len() as u64 + 1;
            let some = self.trail.read(next, 10_000).await.expect("read");
            if some.is_empty() {
                return found;
            }
            found.extend(some.into_iter().map(|kept| kept.record.raw));
        }
    }
}
