use super::*;
use crate::metadata::tests::sample;

fn attached(submission: &Submission) -> Vec<(String, String)> {
    let ids = submission.documents.iter().enumerate();
    ids.map(|(n, entry)| (entry.entry_uuid.clone(), format!("doc {n}%@x")))
        .collect()
}

fn refusal(xml: &str) -> Refusal {
    match decode(xml, &Rules::default()) {
        Err(DecodeError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_reads_back_with_its_includes() {
    let submission = sample();
    let xml = encode(&submission, &attached(&submission));
    let back = decode(&xml, &Rules::default()).unwrap();
    assert_eq!(back.submission, submission);
    assert_eq!(
        back.documents[0].document_id,
        submission.documents[0].entry_uuid
    );
    assert_eq!(
        back.documents[1].content,
        Content::Include {
            content_id: "doc 1%@x".into()
        }
    );
    assert!(xml.contains("href=\"cid:doc%201%25@x\""));
}

#[test]
fn xds_t_008_inline_and_optimised_documents_may_be_mixed() {
    let submission = sample();
    let mut xml = encode(&submission, &attached(&submission));
    let start = xml.find("<xop:Include").unwrap();
    let end = start + xml[start..].find("/>").unwrap() + 2;
    xml.replace_range(start..end, "aGVs\n bG8=");
    let back = decode(&xml, &Rules::default()).unwrap();
    assert_eq!(
        back.documents[0].content,
        Content::Inline(b"hello".to_vec())
    );
    assert!(matches!(back.documents[1].content, Content::Include { .. }));
    for bad in ["aGVsbG8", "?", "<a/>"] {
        let broken = xml.replace("aGVs\n bG8=", bad);
        assert!(
            matches!(
                decode(&broken, &Rules::default()),
                Err(DecodeError::Malformed(_))
            ),
            "{bad}"
        );
    }
}

#[test]
fn xds_t_050_every_entry_has_a_document_and_the_reverse() {
    let submission = sample();
    let mut documents = attached(&submission);
    documents.truncate(1);
    let missing = refusal(&encode(&submission, &documents));
    assert_eq!(missing.errors.len(), 1);
    assert_eq!(missing.errors[0].code, ErrorCode::XdsMissingDocument);
    let mut documents = attached(&submission);
    documents.push(("other".into(), "x".into()));
    let extra = refusal(&encode(&submission, &documents));
    assert_eq!(extra.errors.len(), 1);
    assert_eq!(extra.errors[0].code, ErrorCode::XdsMissingDocumentMetadata);
}

#[test]
fn xds_t_051_and_063_the_repository_uses_its_own_code() {
    let mut submission = sample();
    submission.documents[0].object_type = crate::metadata::ObjectType::OnDemand;
    let refusal = refusal(&encode(&submission, &attached(&submission)));
    assert!(
        refusal
            .errors
            .iter()
            .all(|e| e.code == ErrorCode::XdsRepositoryMetadataError)
    );
    assert!(
        refusal
            .errors
            .iter()
            .any(|e| e.context.contains("On-Demand"))
    );
}

#[test]
fn xds_t_053_hash_size_and_repository_are_the_repositorys_to_add() {
    let mut submission = sample();
    for entry in &mut submission.documents {
        (entry.hash, entry.size, entry.repository_unique_id) = (None, None, None);
    }
    let back = decode(
        &encode(&submission, &attached(&submission)),
        &Rules::default(),
    )
    .unwrap();
    assert_eq!(back.submission, submission);
}

#[test]
fn xds_t_057_a_submission_without_documents_is_accepted() {
    let mut submission = sample();
    submission.documents.clear();
    submission.folders.clear();
    submission.associations.clear();
    let back = decode(&encode(&submission, &[]), &Rules::default()).unwrap();
    assert!(back.documents.is_empty());
}

#[test]
fn symbolic_document_ids_follow_their_entries() {
    let submission = sample();
    let id = submission.documents[0].entry_uuid.clone();
    let xml = encode(&submission, &attached(&submission)).replace(&id, "Document01");
    let back = decode(&xml, &Rules::default()).unwrap();
    assert_eq!(
        back.documents[0].document_id,
        back.submission.documents[0].entry_uuid
    );
    assert!(back.documents[0].document_id.starts_with("urn:uuid:"));
}
