//! Document Source and Consumer: retries, several documents, several repositories.

use crate::support::{World, codes, cx, entry, me, source_of, submission};
use ihe_atna::Peer;
use ihe_soap::{Endpoint, Incoming, Limits, Reply, Service, serve_stream};
use ihe_xds::error::ErrorCode;
use ihe_xds::iti18::FindDocuments;
use ihe_xds::metadata::DocumentEntry;
use ihe_xds::store::FileStore;
use ihe_xds::{DocumentRepository, DocumentSource, Error, Retries};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

fn soon() -> Retries {
    Retries {
        attempts: 3,
        first: Duration::from_millis(5),
        longest: Duration::from_millis(20),
    }
}

async fn published(world: &World, contents: &[&'static [u8]]) -> Vec<DocumentEntry> {
    world.admit("P1").await;
    let entries: Vec<_> = contents.iter().map(|_| entry("P1")).collect();
    let sources = entries.iter().zip(contents);
    let sources = sources
        .map(|(entry, text)| source_of(entry, text))
        .collect();
    let sent = submission("P1", entries.clone());
    world.source().submit(&me(), sent, sources).await.unwrap();
    let query = FindDocuments::new(&cx("P1")).approved();
    let found = world
        .consumer()
        .query(&me(), query)
        .await
        .unwrap()
        .documents;
    let named = |one: &DocumentEntry| found.iter().find(|it| it.unique_id == one.unique_id);
    entries
        .iter()
        .map(|one| named(one).unwrap().clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_072_a_set_is_retrieved_and_one_missing_document_costs_no_other() {
    let world = World::start().await;
    let mut entries = published(&world, &[b"one", b"two"]).await;
    let lost = DocumentEntry {
        entry_uuid: entry("P1").entry_uuid,
        unique_id: "1.2.3.404".into(),
        ..entries[0].clone()
    };
    let elsewhere = DocumentEntry {
        repository_unique_id: Some("1.2.3.99".into()),
        ..lost.clone()
    };
    let twin = entries[1].clone();
    entries.extend([lost, elsewhere, twin]);
    let folder = world.dir.path().join("set");
    std::fs::create_dir(&folder).unwrap();
    let consumer = world.consumer();
    let set = consumer
        .retrieve_set(&me(), &entries, &folder)
        .await
        .unwrap();
    let text = |at: usize| std::fs::read(set[at].file.as_ref().unwrap()).unwrap();
    assert_eq!((text(0), text(1)), (b"one".to_vec(), b"two".to_vec()));
    let Err(Error::Refused(refusal)) = &set[2].file else {
        panic!("not refused: {:?}", set[2].file);
    };
    assert!(refusal.has(&ErrorCode::XdsDocumentUniqueIdError));
    assert!(matches!(set[3].file, Err(Error::Misuse(_))), "no URL known");
    assert!(
        matches!(set[4].file, Err(Error::Misuse(_))),
        "asked for twice"
    );
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        2,
        "no halves stay"
    );
    assert_eq!(world.audit.count("ITI-43", true), 2, "both sides");
    assert!(
        world.audit.count("ITI-43", false) >= 2,
        "ATNA-R-040: and the failure"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_other_than_its_entry_says_is_refused_and_leaves_no_file() {
    let world = World::start().await;
    let mut entries = published(&world, &[b"content"]).await;
    entries[0].hash = Some("0".repeat(40));
    let target = world.dir.path().join("out");
    let refused = world
        .consumer()
        .retrieve_to(&me(), &entries[0], &target)
        .await;
    assert!(matches!(refused, Err(Error::Integrity("hash"))));
    assert!(!target.exists());
    let small = world.consumer().in_memory_at_most(3);
    let refused = small.retrieve(&me(), &entries[0]).await;
    assert!(matches!(refused, Err(Error::Misuse(_))));
}

/// A repository that answers its first request too late for the source.
struct Late {
    repository: Arc<DocumentRepository<FileStore>>,
    peer: Peer,
    late: Arc<AtomicBool>,
}

impl Service for Late {
    async fn handle(&self, request: Incoming) -> Reply {
        let reply = self.repository.handle(&self.peer, request).await;
        if self.late.swap(false, Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        reply
    }
}

async fn serve_late(world: &World) -> String {
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (node, repository) = (world.node.clone(), world.repository.clone());
    let late = Arc::new(AtomicBool::new(true));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (stream, peer) = node.accept(stream).await.unwrap();
            let (repository, late) = (repository.clone(), late.clone());
            let service = Arc::new(Late {
                repository,
                peer,
                late,
            });
            tokio::spawn(async move {
                let door = Endpoint::new(Limits::default())
                    .at("/repository")
                    .door(service);
                serve_stream(stream, door, &CancellationToken::new()).await
            });
        }
    });
    format!("https://localhost:{port}/repository")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_whose_answer_was_lost_is_found_registered_by_sending_it_again() {
    let world = World::start().await;
    world.admit("P1").await;
    let url = serve_late(&world).await;
    let limits = Limits {
        idle: Duration::from_millis(500),
        ..Limits::default()
    };
    let impatient = |retries| {
        DocumentSource::with_limits(world.node.clone(), &url, limits.clone()).with_retries(retries)
    };
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let documents = || vec![source_of(&one, b"once")];
    let answer = impatient(soon())
        .submit(&me(), sent.clone(), documents())
        .await;
    assert_eq!(answer.unwrap(), Vec::new());
    let query = FindDocuments::new(&cx("P1")).approved();
    let found = world.consumer().query(&me(), query).await.unwrap();
    assert_eq!(found.documents.len(), 1, "registered once");
    let again = impatient(Retries::none())
        .submit(&me(), sent, documents())
        .await;
    assert!(
        codes(again).contains(&ErrorCode::XdsDuplicateUniqueIdInRegistry),
        "no lost answer, no excuse"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lasting_refusal_is_not_tried_again_and_documents_must_pair() {
    let world = World::start().await;
    let one = entry("P9");
    let source = world.source().with_retries(soon());
    let sent = submission("P9", vec![one.clone()]);
    let documents = vec![source_of(&one, b"x")];
    let refused = source.submit(&me(), sent.clone(), documents).await;
    assert_eq!(codes(refused), [ErrorCode::XdsUnknownPatientId]);
    assert_eq!(
        world.audit.count("ITI-41", false),
        2,
        "one exchange, both sides"
    );
    let unpaired = source.submit(&me(), sent, Vec::new()).await;
    assert!(matches!(unpaired, Err(Error::Misuse(_))), "XDS-T-050");
}
