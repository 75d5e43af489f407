//! A repository process that is killed between storing and registering.

use crate::reconcile::soon;
use crate::scripted::{Act, Script};
use crate::support::{Audit, REPOSITORY, World, entry, listener, me, node, source_of, submission};
use ihe_xds::store::{DocumentStore, FileStore, State};
use ihe_xds::{DocumentRepository, DocumentSource};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Name, folder and registry of the process that is killed.
const PROCESS: &str = "crash::the_process_that_is_killed";
const FOLDER: &str = "RENKEI_TEST_CRASH_FOLDER";
const REGISTRY: &str = "RENKEI_TEST_CRASH_REGISTRY";

/// Not a test of its own: the other one starts it as a process, which submits a document to its own repository.
#[tokio::test(flavor = "multi_thread")]
async fn the_process_that_is_killed() {
    let (Ok(folder), Ok(registry)) = (std::env::var(FOLDER), std::env::var(REGISTRY)) else {
        return;
    };
    let node = node(&Arc::new(Audit::default()), true);
    let store = FileStore::open(folder).unwrap();
    let repository = DocumentRepository::new(node.clone(), store, REPOSITORY, &registry);
    let (port, url) = listener().await;
    let url = format!("http://localhost:{url}/repository");
    let stop = CancellationToken::new();
    tokio::spawn(Arc::new(repository).serve_on(port, "/repository", stop));
    let (small, large) = (entry("P1"), entry("P1"));
    let content = ihe_soap::Source::Bytes(vec![7; 100_000].into());
    let documents = vec![
        source_of(&small, b"hello"),
        (large.entry_uuid.clone(), content),
    ];
    let sent = submission("P1", vec![small, large]);
    let source = DocumentSource::new(node, &url);
    let _ = source.submit(&me(), sent, documents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_054_a_kill_between_storing_and_registering_is_reconciled_at_the_next_start() {
    let world = World::start_with(true, |url| url, |repository| repository).await;
    world.admit("P1").await;
    let folder = world.dir.path().join("killed");
    let script = Script::new(vec![Act::Lose], vec![]);
    let registry = script.stand_before(&world.registry_url);
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args([PROCESS, "--exact"]).stdout(Stdio::null());
    let process = process.env(FOLDER, &folder).env(REGISTRY, &registry);
    let mut process = process.spawn().unwrap();
    let arrived = tokio::time::timeout(Duration::from_secs(60), script.arrived.notified());
    arrived.await.expect("the registration comes");
    process.kill().unwrap(); // SIGKILL
    process.wait().unwrap();

    let store = FileStore::open(&folder).unwrap();
    let pending = store.pending(None, 9).await.unwrap();
    assert_eq!(pending.len(), 1);
    let unique_ids = pending[0].documents.iter().map(|one| one.unique_id.clone());
    let unique_ids: Vec<String> = unique_ids.collect();
    assert_eq!(unique_ids.len(), 2);
    let repository = DocumentRepository::new(world.node.clone(), store, REPOSITORY, &registry);
    let repository = Arc::new(repository.with_reconciliation(soon()));
    tokio::spawn(Arc::clone(&repository).reconcile(world.stop.clone()));
    for unique_id in unique_ids {
        let mut state = State::Pending;
        for _ in 0..1500 {
            let found = repository.store().open(&unique_id).await.unwrap();
            state = found.expect("it is there").held.state;
            if state == State::Kept {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(state, State::Kept);
    }
    assert!(
        repository
            .store()
            .pending(None, 9)
            .await
            .unwrap()
            .is_empty()
    );
}
