//! What is refused, that nothing is left of it, and that it is audited.

use crate::support::{REPOSITORY, World, codes, entry, me, source_of, submission, wanted};
use ihe_soap::{Outgoing, Packaging};
use ihe_xds::error::ErrorCode;
use ihe_xds::registry_response::ResponseStatus;
use ihe_xds::{Error, iti18, iti41, iti42, iti43, registry_response};
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_052_a_wrong_hash_or_size_is_refused_and_leaves_nothing() {
    let world = World::start().await;
    world.admit("P1").await;
    let mut one = entry("P1");
    one.hash = Some("da39a3ee5e6b4b0d3255bfef95601890afd80709".into());
    one.size = Some(4);
    let sent = submission("P1", vec![one.clone()]);
    let refused = world
        .source()
        .submit(&me(), sent, vec![source_of(&one, b"hello")])
        .await;
    let expected = [
        ErrorCode::XdsRepositoryMetadataError,
        ErrorCode::XdsRepositoryMetadataError,
    ];
    assert_eq!(codes(refused), expected);
    assert!(world.is_empty().await);
    assert_eq!(world.audit.count("ITI-41", false), 2);
    assert_eq!(
        world.audit.count("ITI-42", false) + world.audit.count("ITI-42", true),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_050_a_missing_part_is_xds_missing_document() {
    let world = World::start().await;
    world.admit("P1").await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let body = iti41::encode(&sent, &[(one.entry_uuid.clone(), "nowhere@test".into())]);
    let message = Outgoing::request(iti41::REQUEST_ACTION, &world.repository_url, body).mtom();
    let reply = world
        .client()
        .call(&world.repository_url, message)
        .await
        .unwrap();
    assert_eq!(reply.packaging, Packaging::Mtom, "XDS-T-006");
    let response = registry_response::decode(&reply.envelope.body).unwrap();
    assert_eq!(response.status, ResponseStatus::Failure);
    assert_eq!(response.errors[0].code, ErrorCode::XdsMissingDocument);
    let body = iti41::encode(&submission("P1", vec![one]), &[]);
    let message = Outgoing::request(iti41::REQUEST_ACTION, &world.repository_url, body).mtom();
    let reply = world.client().call(&world.repository_url, message).await;
    let response = registry_response::decode(&reply.unwrap().envelope.body).unwrap();
    assert_eq!(response.errors[0].code, ErrorCode::XdsMissingDocument);
    assert!(world.is_empty().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_a_refusal_of_the_registry_is_passed_on_and_leaves_nothing() {
    let world = World::start().await;
    let one = entry("NOBODY");
    let sent = submission("NOBODY", vec![one.clone()]);
    let refused = world
        .source()
        .submit(&me(), sent, vec![source_of(&one, b"hello")])
        .await;
    assert_eq!(codes(refused), [ErrorCode::XdsUnknownPatientId]);
    assert!(world.is_empty().await);
    assert_eq!(world.audit.count("ITI-41", false), 2);
    assert_eq!(world.audit.count("ITI-42", false), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_an_unreachable_registry_is_xds_registry_not_available() {
    let world = World::start().await;
    world.registry_stop.cancel();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let refused = world
        .source()
        .submit(&me(), sent, vec![source_of(&one, b"hello")])
        .await;
    assert_eq!(codes(refused), [ErrorCode::XdsRegistryNotAvailable]);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_071_072_unknown_documents_and_repositories() {
    let world = World::start().await;
    world.admit("P1").await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    world
        .source()
        .submit(&me(), sent, vec![source_of(&one, b"hello")])
        .await
        .unwrap();
    let ask = async |documents| {
        let reply = world.retrieve(documents).await.unwrap();
        iti43::Response::decode(&reply.envelope.body).unwrap()
    };
    let some = vec![
        wanted(REPOSITORY, &one.unique_id),
        wanted(REPOSITORY, "1.2.3"),
        wanted("1.9", "1.2"),
    ];
    let response = ask(some).await;
    assert_eq!(response.status, ResponseStatus::PartialSuccess);
    assert_eq!(response.documents.len(), 1);
    let found: Vec<_> = response.errors.iter().map(|one| one.code.clone()).collect();
    assert_eq!(
        found,
        [
            ErrorCode::XdsDocumentUniqueIdError,
            ErrorCode::XdsUnknownRepositoryId
        ]
    );
    let response = ask(vec![wanted(REPOSITORY, "1.2.3")]).await;
    assert_eq!(
        (response.status, response.documents.len()),
        (ResponseStatus::Failure, 0)
    );
    assert_eq!(response.errors[0].context, "1.2.3");
    assert_eq!(
        (
            world.audit.count("ITI-43", true),
            world.audit.count("ITI-43", false)
        ),
        (1, 2)
    );
}

async fn fault(world: &World, url: &str, message: Outgoing) -> ihe_soap::Fault {
    match world.client().call(url, message).await {
        Err(ihe_soap::Error::Fault(fault)) => fault,
        other => panic!("no fault: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_004_005_009_wrong_action_body_and_packaging_are_faults_and_audited() {
    let world = World::start().await;
    let (registry, repository) = (world.registry_url.clone(), world.repository_url.clone());
    let message = Outgoing::request("urn:ihe:iti:2007:Nothing", &registry, "<a/>");
    let refused = fault(&world, &registry, message).await;
    assert!(
        refused
            .subcode
            .unwrap_or_default()
            .contains("ActionNotSupported")
    );
    assert_eq!(world.audit.all(), [("ITI-42".to_owned(), false)]);
    let message = Outgoing::request(iti42::REQUEST_ACTION, &registry, "<a/>").mtom();
    fault(&world, &registry, message).await;
    let message = Outgoing::request(iti18::REQUEST_ACTION, &registry, "<a/>");
    fault(&world, &registry, message).await;
    let message = Outgoing::request(iti41::REQUEST_ACTION, &repository, "<a/>");
    fault(&world, &repository, message).await;
    let message = Outgoing::request(iti43::REQUEST_ACTION, &repository, "<a/>").mtom();
    fault(&world, &repository, message).await;
    let expected = ["ITI-18", "ITI-41", "ITI-42", "ITI-42", "ITI-43"];
    assert_eq!(
        world.audit.all(),
        expected.map(|one| (one.to_owned(), false))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_r_037_of_concurrent_submissions_with_one_unique_id_one_wins() {
    let world = World::start().await;
    world.admit("P1").await;
    let first = submission("P1", vec![]);
    let source = world.source();
    let attempts = (0..8).map(|_| {
        let one = entry("P1");
        let mut sent = submission("P1", vec![one.clone()]);
        sent.submission_set
            .unique_id
            .clone_from(&first.submission_set.unique_id);
        let source = &source;
        async move {
            source
                .submit(&me(), sent, vec![source_of(&one, b"same")])
                .await
        }
    });
    let results = futures_util::future::join_all(attempts).await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for refused in lost {
        assert_eq!(codes(refused), [ErrorCode::XdsDuplicateUniqueIdInRegistry]);
    }
    assert_eq!(world.files("objects").len(), 1, "one document");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_cannot_be_audited_fails() {
    let world = World::start().await;
    world.admit("P1").await;
    world.audit.broken.store(true, Ordering::SeqCst);
    let body = iti42::encode(&submission("P1", vec![]));
    let message = Outgoing::request(iti42::REQUEST_ACTION, &world.registry_url, body);
    let reply = world
        .client()
        .call(&world.registry_url, message)
        .await
        .unwrap();
    let response = registry_response::decode(&reply.envelope.body).unwrap();
    assert_eq!(response.status, ResponseStatus::Failure);
    assert!(
        response
            .errors
            .iter()
            .any(|one| one.code == ErrorCode::XdsRegistryError)
    );
    assert_eq!(
        world.feed(&crate::support::adt("A04", "P2", None)).await,
        "AE"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retrieved_document_that_is_not_the_described_one_is_not_given_out() {
    let world = World::start().await;
    world.admit("P1").await;
    let mut one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    world
        .source()
        .submit(&me(), sent, vec![source_of(&one, b"hello")])
        .await
        .unwrap();
    one.repository_unique_id = Some(REPOSITORY.into());
    one.patient_id = "P1^^^&1.2.392.200.1&ISO".into();
    one.hash = Some("da39a3ee5e6b4b0d3255bfef95601890afd80709".into());
    let target = world.dir.path().join("got");
    let received = world.consumer().retrieve_to(&me(), &one, &target).await;
    assert!(
        matches!(received, Err(Error::Integrity("hash"))),
        "{received:?}"
    );
    assert_eq!(
        std::fs::read_dir(world.dir.path())
            .unwrap()
            .filter(|entry| {
                entry
                    .as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .starts_with("got")
            })
            .count(),
        0,
        "no partial file"
    );
    assert_eq!(
        world.audit.count("ITI-43", false),
        1,
        "the consumer says so"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn atna_r_043_the_audit_of_a_refused_submission_names_patient_and_submission_set() {
    let world = World::start().await;
    let sent = submission("P1", vec![entry("P1")]);
    let body = iti41::encode(&sent, &[]);
    let message = Outgoing::request(iti41::REQUEST_ACTION, &world.repository_url, body).mtom();
    world
        .client()
        .call(&world.repository_url, message)
        .await
        .unwrap();
    let named = world.audit.object_ids();
    assert!(named.contains(&sent.submission_set.patient_id));
    assert!(named.contains(&sent.submission_set.unique_id));
}
