//! Publish, find, retrieve; merges; verification.

use crate::support::{World, adt, codes, cx, entry, me, source_of, submission};
use ihe_xds::error::ErrorCode;
use ihe_xds::iti18::FindDocuments;
use ihe_xds::metadata::SubmissionBuilder;
use ihe_xds::store::{Finding, verify};

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_053_073_a_published_document_is_found_and_retrieved_byte_for_byte() {
    let world = World::start().await;
    world.admit("P1").await;
    let (small, large) = (entry("P1"), entry("P1"));
    let path = world.dir.path().join("large");
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&path, &content).unwrap();
    let documents = vec![
        source_of(&small, b"hello"),
        (large.entry_uuid.clone(), ihe_soap::Source::File(path)),
    ];
    let sent = submission("P1", vec![small.clone(), large.clone()]);
    let warnings = world.source().submit(&me(), sent, documents).await.unwrap();
    assert!(warnings.is_empty());
    let consumer = world.consumer();
    let query = FindDocuments::new(&cx("P1")).approved();
    let found = consumer.query(&me(), query).await.unwrap().documents;
    assert_eq!(found.len(), 2);
    for found in &found {
        let expected: &[u8] = if found.unique_id == small.unique_id {
            b"hello"
        } else {
            &content
        };
        assert_eq!(found.size, Some(expected.len() as u64), "XDS-T-053");
        assert_eq!(consumer.retrieve(&me(), found).await.unwrap(), expected);
    }
    let target = world.dir.path().join("got");
    let big = found
        .iter()
        .find(|one| one.unique_id == large.unique_id)
        .unwrap();
    consumer.retrieve_to(&me(), big, &target).await.unwrap();
    assert_eq!(std::fs::read(target).unwrap(), content);
    assert_eq!(world.audit.count("ITI-8", true), 1);
    assert_eq!(
        world.audit.count("ITI-41", true),
        2,
        "source and repository"
    );
    assert_eq!(
        world.audit.count("ITI-42", true),
        2,
        "repository and registry"
    );
    assert_eq!(
        world.audit.count("ITI-18", true),
        2,
        "consumer and registry"
    );
    assert_eq!(
        world.audit.count("ITI-43", true),
        6,
        "three times consumer and repository"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn v2_r_017_after_a_merge_only_the_survivor_has_documents() {
    let world = World::start().await;
    world.admit("OLD").await;
    world.admit("NEW").await;
    let one = entry("OLD");
    let sent = submission("OLD", vec![one.clone()]);
    world
        .source()
        .submit(&me(), sent, vec![source_of(&one, b"x")])
        .await
        .unwrap();
    assert_eq!(world.feed(&adt("A40", "NEW", Some("OLD"))).await, "AA");
    assert_eq!(
        world.feed(&adt("A40", "NEW", Some("OLD"))).await,
        "AE",
        "V2-R-016"
    );
    assert_eq!(
        world.feed(&adt("A40", "NEW", Some("NOBODY"))).await,
        "AE",
        "V2-R-016"
    );
    let consumer = world.consumer();
    let find = |id: &str| FindDocuments::new(&cx(id)).approved();
    assert!(consumer.query(&me(), find("OLD")).await.unwrap().is_empty());
    let found = consumer.query(&me(), find("NEW")).await.unwrap().documents;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].patient_id, cx("NEW").to_xds());
    let two = entry("OLD");
    let sent = submission("OLD", vec![two.clone()]);
    let refused = world
        .source()
        .submit(&me(), sent, vec![source_of(&two, b"y")])
        .await;
    assert_eq!(codes(refused), [ErrorCode::XdsUnknownPatientId]);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_r_052_a_replacement_deprecates_the_old_document() {
    let world = World::start().await;
    world.admit("P1").await;
    let old = entry("P1");
    let sent = submission("P1", vec![old.clone()]);
    world
        .source()
        .submit(&me(), sent, vec![source_of(&old, b"old")])
        .await
        .unwrap();
    let new = entry("P1");
    let base = submission("P1", vec![]);
    let set = base.submission_set;
    let replacement = SubmissionBuilder::new(
        &set.patient_id,
        &set.source_id,
        set.content_type_code.clone(),
    )
    .author(set.authors[0].clone())
    .replacement(new.clone(), &old.entry_uuid)
    .build();
    world
        .source()
        .submit(&me(), replacement, vec![source_of(&new, b"new")])
        .await
        .unwrap();
    let consumer = world.consumer();
    let approved = FindDocuments::new(&cx("P1")).approved();
    let found = consumer.query(&me(), approved).await.unwrap().documents;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].unique_id, new.unique_id);
    let deprecated = FindDocuments::new(&cx("P1")).deprecated();
    let found = consumer.query(&me(), deprecated).await.unwrap().documents;
    assert_eq!(consumer.retrieve(&me(), &found[0]).await.unwrap(), b"old");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_what_was_changed_on_disk() {
    let world = World::start().await;
    world.admit("P1").await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    world
        .source()
        .submit(&me(), sent, vec![source_of(&one, b"right")])
        .await
        .unwrap();
    let (registry, documents) = (world.registry.store(), world.repository.store());
    let report = verify(registry, documents, crate::support::REPOSITORY, |_| ())
        .await
        .unwrap();
    assert!(report.is_sound());
    assert_eq!((report.entries, report.octets), (1, 5));
    std::fs::write(&world.files("objects")[0], b"wrong").unwrap();
    let report = verify(registry, documents, crate::support::REPOSITORY, |_| ())
        .await
        .unwrap();
    assert_eq!(report.findings, [Finding::OtherHash(one.entry_uuid)]);
    assert!(!report.is_sound());
}
