//! The source of the affinity domain over TLS: a PIX Manager, and a second one in the registry's
//! place that knows the affinity domain only.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use hl7v2::ack::AckCode;
use hl7v2::datatype::{Cx, Hd};
use hl7v2::{Message, build, mllp};
use ihe_atna::As;
use ihe_pix::iti8::Feed;
use ihe_pix::{AffinityDomainSource, IdentityStore, MemoryStore, PixSource};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

struct Scene {
    manager: Running<MemoryStore>,
    registry: Running<MemoryStore>,
    source: PixSource,
    domain: Domain,
    journal: PathBuf,
    _folder: tempfile::TempDir,
}

async fn scene() -> Scene {
    let domain = Domain::new();
    let folder = tempfile::tempdir().expect("a folder");
    let manager = start(&domain, MemoryStore::new()).await;
    let registry = start(&domain, MemoryStore::new()).await;
    let source = PixSource::new(domain.node().0, &manager.address);
    let journal = folder.path().join("journal");
    Scene {
        manager,
        registry,
        source,
        domain,
        journal,
        _folder: folder,
    }
}

impl Scene {
    fn run(&self) -> CancellationToken {
        let stop = CancellationToken::new();
        let source = AffinityDomainSource::new(
            self.domain.node().0,
            &self.manager.address,
            &self.registry.address,
            Hd::oid(AFFINITY),
            self.manager.manager.store().clone(),
            self.manager.manager.changes(),
            &self.journal,
        );
        tokio::spawn(source.run(stop.clone()));
        stop
    }

    async fn feed(&self, feed: Feed) {
        self.source
            .feed(&As::system("test"), &feed)
            .await
            .expect("accepted");
    }

    /// The affinity ids of a local id, once there are as many as wanted and the registry knows
    /// all of them.
    async fn affinity_ids(&self, local: &Cx, wanted: usize) -> Vec<Cx> {
        for _ in 0..200 {
            let store = self.manager.manager.store();
            let found = store
                .cross_references(local, &[Hd::oid(AFFINITY)])
                .await
                .expect("answers");
            let ids = found.unwrap_or_default();
            if ids.len() == wanted && self.registry_knows_all(&ids).await {
                return ids;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("not settled");
    }

    async fn registry_knows(&self, id: &Cx) -> bool {
        let store = self.registry.manager.store();
        store
            .cross_references(id, &[])
            .await
            .expect("answers")
            .is_some()
    }

    async fn registry_knows_all(&self, ids: &[Cx]) -> bool {
        for id in ids {
            if !self.registry_knows(id).await {
                return false;
            }
        }
        true
    }
}

#[tokio::test]
async fn every_person_gets_one_affinity_id_that_the_registry_knows() {
    let scene = scene().await;
    let _stop = scene.run().drop_guard();
    scene.feed(Feed::register(patient("1", EAST, "花子"))).await;
    scene.feed(Feed::register(patient("5", EAST, "月子"))).await;
    let first = scene.affinity_ids(&id("1", EAST), 1).await;
    scene.feed(Feed::register(patient("9", WEST, "花子"))).await;
    assert_eq!(
        scene.affinity_ids(&id("9", WEST), 1).await,
        first,
        "the same person"
    );
    assert_ne!(
        scene.affinity_ids(&id("5", EAST), 1).await,
        first,
        "another person"
    );
}

#[tokio::test]
async fn two_persons_that_become_one_keep_the_older_affinity_id_in_manager_and_registry() {
    let scene = scene().await;
    let _stop = scene.run().drop_guard();
    scene.feed(Feed::register(patient("1", EAST, "花子"))).await;
    let older = scene.affinity_ids(&id("1", EAST), 1).await;
    scene.feed(Feed::register(patient("9", WEST, "華子"))).await;
    let younger = scene.affinity_ids(&id("9", WEST), 1).await;
    assert_ne!(older, younger);
    scene.feed(Feed::update(patient("9", WEST, "花子"))).await;
    for _ in 0..200 {
        let store = scene.manager.manager.store();
        let gone = store
            .cross_references(&younger[0], &[])
            .await
            .expect("answers")
            .is_none();
        if gone {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(scene.affinity_ids(&id("9", WEST), 1).await, older);
    assert!(
        !scene.registry_knows(&younger[0]).await,
        "merged at the registry too"
    );
}

#[tokio::test]
async fn a_restart_goes_on_where_it_stood_and_allots_nothing_twice() {
    let scene = scene().await;
    let stop = scene.run();
    scene.feed(Feed::register(patient("1", EAST, "花子"))).await;
    let before = scene.affinity_ids(&id("1", EAST), 1).await;
    stop.cancel();
    scene.feed(Feed::register(patient("5", EAST, "月子"))).await;
    // A lost journal is the worst crash: every change is seen again.
    let _ = std::fs::remove_file(&scene.journal);
    let _stop = scene.run().drop_guard();
    scene.affinity_ids(&id("5", EAST), 1).await;
    assert_eq!(scene.affinity_ids(&id("1", EAST), 1).await, before);
}

#[tokio::test]
async fn a_split_gives_the_part_that_leaves_an_id_of_its_own() {
    let scene = scene().await;
    let _stop = scene.run().drop_guard();
    scene.feed(Feed::register(patient("1", EAST, "花子"))).await;
    let kept = scene.affinity_ids(&id("1", EAST), 1).await;
    scene.feed(Feed::register(patient("9", WEST, "花子"))).await;
    assert_eq!(scene.affinity_ids(&id("9", WEST), 1).await, kept);
    scene.feed(Feed::update(patient("9", WEST, "月子"))).await;
    let own = scene.affinity_ids(&id("9", WEST), 1).await;
    assert_ne!(own, kept);
    assert_eq!(scene.affinity_ids(&id("1", EAST), 1).await, kept);
}

/// A registry that says AR, then AE, then AA for good; and PID of what it was fed.
async fn moody_registry(domain: &Domain) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (node, fed) = (domain.node().0, Arc::<Mutex<Vec<String>>>::default());
    let kept = fed.clone();
    tokio::spawn(async move {
        let open = move |stream, _| {
            let node = node.clone();
            async move { node.accept(stream).await }
        };
        let handle = move |_, bytes: Vec<u8>| {
            let message = Message::parse(&bytes).expect("parses");
            let mut fed = kept.lock().expect("not poisoned");
            fed.push(message.segment("PID").expect("PID").raw().to_owned());
            let code = match fed.len() {
                1 => AckCode::Ar,
                2 => AckCode::Ae,
                _ => AckCode::Aa,
            };
            std::future::ready(build::acknowledgement(&message, code, &[]))
        };
        let stop = CancellationToken::new();
        let server = mllp::Server::new(mllp::Limits::default());
        server.serve_with(listener, &stop, open, handle).await
    });
    (address, fed)
}

#[tokio::test]
async fn what_the_registry_rejects_is_sent_again_and_what_it_finds_at_fault_is_not() {
    let domain = Domain::new();
    let folder = tempfile::tempdir().expect("a folder");
    let manager = start(&domain, MemoryStore::new()).await;
    let (registry, fed) = moody_registry(&domain).await;
    let source = AffinityDomainSource::new(
        domain.node().0,
        &manager.address,
        &registry,
        Hd::oid(AFFINITY),
        manager.manager.store().clone(),
        manager.manager.changes(),
        folder.path().join("journal"),
    );
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    tokio::spawn(source.run(stop));
    let clinic = PixSource::new(domain.node().0, &manager.address);
    let fed = || fed.lock().expect("not poisoned").clone();
    let feed = async |patient| {
        let done = clinic.feed(&me(), &Feed::register(patient)).await;
        done.expect("accepted");
    };
    feed(patient("1", EAST, "花子")).await;
    until("AR is answered by the same again", async || {
        fed().len() == 2
    })
    .await;
    feed(patient("5", EAST, "月子")).await;
    until("AE by the next patient", async || fed().len() == 3).await;
    let fed = fed();
    assert_eq!(fed[0], fed[1]);
    assert!(fed[1].ends_with("||山田^花子||19580312|F"), "{}", fed[1]);
    assert!(fed[2].ends_with("||山田^月子||19580312|F"), "{}", fed[2]);
}
