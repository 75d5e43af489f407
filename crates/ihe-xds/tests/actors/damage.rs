//! Documents that are not what they were when they are asked for.

use crate::support::{REPOSITORY, World, entry, me, source_of, submission, wanted};
use ihe_soap::Source;
use ihe_xds::error::ErrorCode;
use ihe_xds::iti43;
use ihe_xds::metadata::DocumentEntry;
use ihe_xds::registry_response::ResponseStatus;
use ihe_xds::store::{Finding, Report, State, verify};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

const SIZE: usize = 3_000_000;

/// A world with one large document, and the file it lies in.
async fn world() -> (World, DocumentEntry, PathBuf) {
    let world = World::start().await;
    world.admit("P1").await;
    let one = large(&world).await;
    let file = world.files("objects").remove(0);
    (world, one, file)
}

async fn large(world: &World) -> DocumentEntry {
    let one = entry("P1");
    let content = Source::Bytes(vec![7; SIZE].into());
    let documents = vec![(one.entry_uuid.clone(), content)];
    let sent = submission("P1", vec![one.clone()]);
    world.source().submit(&me(), sent, documents).await.unwrap();
    one
}

async fn verified(world: &World) -> Report {
    let (registry, documents) = (world.registry.store(), world.repository.store());
    verify(registry, documents, REPOSITORY, |_| ())
        .await
        .unwrap()
}

fn open(file: &PathBuf) -> File {
    OpenOptions::new().write(true).open(file).unwrap()
}

/// Reads all parts of an answer: their sizes, or why it ended.
async fn read_all(answer: &mut ihe_soap::Incoming) -> Result<Vec<usize>, ihe_soap::Error> {
    let mut sizes = Vec::new();
    while let Some(mut part) = answer.parts.next().await? {
        let mut size = 0;
        while let Some(chunk) = part.chunk().await? {
            size += chunk.len();
        }
        sizes.push(size);
    }
    Ok(sizes)
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_073_a_changed_document_is_cut_off_audited_and_set_aside() {
    let (world, one, file) = world().await;
    open(&file).write_all_at(b"x", SIZE as u64 / 2).unwrap();
    let asked = vec![wanted(REPOSITORY, &one.unique_id)];
    let mut answer = world.retrieve(asked.clone()).await.unwrap();
    let read = read_all(&mut answer).await;
    assert!(
        matches!(
            read,
            Err(ihe_soap::Error::Transport(_) | ihe_soap::Error::Malformed(_))
        ),
        "the final boundary never comes: {read:?}"
    );
    let reasons = world.audit.reasons("ITI-43");
    assert_eq!(reasons, ["stored document damaged: hash"]);
    assert_eq!(world.state(&one).await, Some(State::Quarantined));
    assert_eq!(world.files("quarantine").len(), 1);
    assert!(!file.exists());
    let again = world.retrieve(asked).await.unwrap();
    let again = iti43::Response::decode(&again.envelope.body).unwrap();
    assert_eq!(again.status, ResponseStatus::Failure);
    assert_eq!(again.errors[0].code, ErrorCode::XdsDocumentUniqueIdError);
    let report = verified(&world).await;
    assert_eq!(report.findings, [Finding::Quarantined(one.entry_uuid)]);
    assert!(!report.is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_072_a_document_of_another_size_is_an_error_beside_the_others() {
    let (world, one, file) = world().await;
    let two = large(&world).await;
    open(&file).set_len(SIZE as u64 - 1).unwrap();
    let asked = [&one, &two].map(|one| wanted(REPOSITORY, &one.unique_id));
    let mut answer = world.retrieve(asked.to_vec()).await.unwrap();
    let response = iti43::Response::decode(&answer.envelope.body).unwrap();
    assert_eq!(response.status, ResponseStatus::PartialSuccess);
    assert_eq!(response.errors[0].code, ErrorCode::XdsRepositoryError);
    assert_eq!(
        response.documents[0].request.document_unique_id,
        two.unique_id
    );
    assert_eq!(read_all(&mut answer).await.unwrap(), [SIZE]);
    assert_eq!(world.state(&one).await, Some(State::Quarantined));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_whose_file_is_gone_is_an_error_and_found_by_verify() {
    let (world, one, file) = world().await;
    std::fs::remove_file(file).unwrap();
    let answer = world
        .retrieve(vec![wanted(REPOSITORY, &one.unique_id)])
        .await
        .unwrap();
    let response = iti43::Response::decode(&answer.envelope.body).unwrap();
    assert_eq!(response.status, ResponseStatus::Failure);
    assert_eq!(response.errors[0].code, ErrorCode::XdsRepositoryError);
    let report = verified(&world).await;
    assert_eq!(report.findings, [Finding::Unreadable(one.entry_uuid)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_tells_its_progress_and_what_is_missing_or_unregistered() {
    use ihe_xds::store::{Arrival, DocumentStore, DocumentWriter, Fate, MemoryDocuments, SetId};
    let (world, one, _) = world().await;
    let empty = MemoryDocuments::new();
    let registry = world.registry.store();
    let report = verify(registry, &empty, REPOSITORY, |_| ()).await.unwrap();
    assert_eq!(report.findings, [Finding::Missing(one.entry_uuid)]);
    let documents = world.repository.store();
    for (unique_id, settled) in [("1.2.1", true), ("1.2.2", false)] {
        let arrival = Arrival {
            entry_uuid: "urn:uuid:1".into(),
            unique_id: unique_id.into(),
            mime_type: "text/plain".into(),
            staged: documents.begin().await.unwrap().finish().await.unwrap(),
        };
        let set = SetId {
            entry_uuid: "urn:uuid:2".into(),
            unique_id: "1.2".into(),
        };
        let ticket = documents.put(set, vec![arrival]).await.unwrap();
        if settled {
            documents.settle(ticket, Fate::Keep).await.unwrap();
        }
    }
    let mut told = Vec::new();
    let tell = |report: &Report| told.push((report.entries, report.documents));
    let report = verify(registry, documents, REPOSITORY, tell).await.unwrap();
    let expected = [
        Finding::Unregistered("1.2.1".into()),
        Finding::Pending("1.2.2".into()),
    ];
    assert_eq!(report.findings, expected);
    assert!(report.is_sound(), "nothing is damaged");
    assert_eq!((report.octets, told), (SIZE as u64, vec![(1, 0), (1, 3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_documents_for_one_answer_are_refused_and_busy_is_said() {
    let few = ihe_soap::Limits {
        parts: 2,
        ..ihe_soap::Limits::default()
    };
    let set_up = |repository: ihe_xds::DocumentRepository<_>| {
        repository.with_limits(few).with_open_documents(1)
    };
    let world = World::start_with(false, |url| url, set_up).await;
    world.admit("P1").await;
    let (one, two) = (large(&world).await, large(&world).await);
    let ask = async |ids: &[&str]| {
        let asked = ids.iter().map(|id| wanted(REPOSITORY, id)).collect();
        let answer = world.retrieve(asked).await.unwrap();
        iti43::Response::decode(&answer.envelope.body).unwrap()
    };
    let response = ask(&["1", "2", "3"]).await;
    assert_eq!(response.status, ResponseStatus::Failure);
    assert_eq!(
        response.errors[0].code,
        ErrorCode::XdsRepositoryOutOfResources
    );
    let response = ask(&[&one.unique_id, &two.unique_id]).await;
    assert_eq!(response.status, ResponseStatus::PartialSuccess);
    assert_eq!(response.errors[0].code, ErrorCode::XdsRepositoryBusy);
    // The answer above was dropped unread: its place comes back.
    let response = ask(&[&two.unique_id]).await;
    assert_eq!(response.status, ResponseStatus::Success);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_070_074_077_the_ids_come_back_as_asked_twice_if_asked_twice_without_the_registry() {
    let world = World::start().await;
    world.admit("P1").await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let documents = vec![source_of(&one, b"hello")];
    world.source().submit(&me(), sent, documents).await.unwrap();
    world.registry_stop.cancel();
    let at_home = iti43::DocumentRequest {
        home_community_id: Some("urn:oid:1.2.3".into()),
        ..wanted(REPOSITORY, &one.unique_id)
    };
    let asked = vec![at_home, wanted(REPOSITORY, &one.unique_id)];
    let mut answer = world.retrieve(asked.clone()).await.unwrap();
    let response = iti43::Response::decode(&answer.envelope.body).unwrap();
    assert_eq!(response.status, ResponseStatus::Success);
    let back: Vec<_> = response
        .documents
        .into_iter()
        .map(|one| one.request)
        .collect();
    assert_eq!(back, asked);
    assert_eq!(read_all(&mut answer).await.unwrap(), [5, 5]);
    assert!(matches!(
        world.retrieve(Vec::new()).await,
        Err(ihe_soap::Error::Fault(_))
    ));
}
