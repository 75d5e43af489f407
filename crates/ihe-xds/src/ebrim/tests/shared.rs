//! Messages nobody here wrote, and the schemas nobody here wrote over all that is written here.

use super::*;
use crate::error::{DecodeError, ErrorCode, RegistryError};
use crate::iti18::{self, ReturnType};
use crate::registry_response::{self, ResponseStatus};
use crate::{iti41, iti43};
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder(path: &str) -> PathBuf {
    let root = std::env::var_os("RENKEI_SHARED").expect("RENKEI_SHARED names the folder");
    Path::new(&root).join(path)
}

fn vector(name: &str) -> String {
    std::fs::read_to_string(folder("vectors/xds").join(name)).expect(name)
}

/// Codes and what comes after the object's id, sorted.
fn refused<T: std::fmt::Debug>(answer: Result<T, DecodeError>) -> Vec<String> {
    let Err(DecodeError::Refused(refusal)) = answer else {
        panic!("not refused: {answer:?}");
    };
    let errors = refusal.errors.into_iter();
    let mut all: Vec<_> = errors
        .map(|one| format!("{} {}", one.code, one.context))
        .collect();
    all.sort();
    all.dedup();
    all
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_a_submission_with_extra_slots_is_read_and_its_symbolic_ids_resolved() {
    let submission = accepted(&vector("submission-set.xml"));
    assert_eq!(submission.documents.len(), 1);
    assert_eq!(
        submission.documents[0].extra[0].name,
        "urn:nist:extraDESlot"
    );
    let entry = &submission.documents[0].entry_uuid;
    assert!(
        submission
            .associations
            .iter()
            .any(|one| one.target == *entry)
    );
    let xml = iti42::encode(&submission);
    assert_eq!(accepted(&xml), submission);
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_submissions_for_a_repository_lack_at_a_registry_what_the_repository_adds() {
    for name in [
        "SubmitObjectsRequest_ebrs30.xml",
        "SubmitObjectsRequest_ebrs3_extra_metadata.xml",
    ] {
        let errors = refused(iti42::decode(&vector(name), &Rules::default()));
        for missing in [
            "DocumentEntry.hash: is missing",
            "DocumentEntry.size: is missing",
            "DocumentEntry.repositoryUniqueId: is missing",
        ] {
            let is_said = errors.iter().any(|error| error.contains(missing));
            assert!(is_said, "{name}: {errors:?}");
        }
    }
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_a_metadata_update_is_refused_as_a_new_submission_for_its_types_not_for_its_xml() {
    let body = vector("SubmitObjectsRequest_ebrs30_update.xml");
    let packed = submit_objects_request(&body, &Limits::default()).unwrap();
    assert_eq!(packed.objects[0].home, None);
    let errors = refused(iti42::decode(&body, &Rules::default()));
    let unknown =
        |error: &String| error.contains("Association.associationType: is missing, or not one");
    assert!(errors.iter().any(unknown), "{errors:?}");
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_a_provide_and_register_with_inline_base64_is_read() {
    let body = vector("ProvideAndRegisterDocumentSet.xml");
    let packed = match iti41::decode(&body, &Rules::default()) {
        Ok(request) => request.documents.len(),
        Err(error) => refused::<()>(Err(error)).len(),
    };
    assert!(packed > 0);
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_a_patient_id_that_looks_like_sql_is_not_a_patient_id() {
    let errors = refused(iti18::decode(
        &vector("iti18request.xml"),
        &Rules::default(),
    ));
    assert!(
        errors
            .iter()
            .all(|error| error.contains("$XDSDocumentEntryPatientId")),
        "{errors:?}"
    );
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_a_clinical_document_is_not_a_submission() {
    let answer = iti42::decode(&vector("12AB78.xml"), &Rules::default());
    assert!(matches!(answer, Err(DecodeError::Malformed(_))));
}

/// Fails if xmllint is missing, or says that the body does not have the form its schema gives it.
fn valid(schema: &str, body: &str) {
    let schema = folder("checks/nist/schema/v3").join(schema);
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), body).expect("a temporary file");
    let mut command = Command::new("xmllint");
    command.args(["--nonet", "--noout", "--schema"]).arg(schema);
    let output = command
        .arg(file.path())
        .output()
        .expect("xmllint (libxml2-utils)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{body}");
}

fn everything() -> Objects {
    let mut objects = answer_of(sample());
    let code = crate::metadata::Code::new("c", "1.2.3", "");
    let entry = &mut objects.documents[0];
    entry.comments = Some("𠮷 <&>\r\n\"'".into());
    entry.logical_id = Some("urn:uuid:00000000-0000-4000-8000-000000000002".into());
    entry.home_community_id = Some("urn:oid:1.2.3".into());
    entry.reference_ids = vec!["1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession".into()];
    entry.event_codes = vec![code.clone(), code.clone()];
    entry.legal_authenticator = Some("^A".into());
    entry.uri = Some("a.txt".into());
    entry.extra = vec![crate::metadata::Slot {
        name: "urn:x:empty".into(),
        values: Vec::new(),
    }];
    objects.documents[1].object_type = ObjectType::OnDemand;
    objects.documents[1].status = Status::Deprecated;
    objects.submission_sets[0].intended_recipients = vec!["Clinic^^^^^^^^^1.2.3|^A".into()];
    objects.submission_sets[0].comments = Some("c".into());
    objects.folders[0].last_update_time = Some("20260101000000".into());
    objects.folders[0].comments = Some("c".into());
    objects.associations[0].documentation = Some(code);
    objects.associations[0].previous_version = Some("1".into());
    objects.references = vec!["urn:uuid:00000000-0000-4000-8000-000000000001".into()];
    objects
}

fn errors() -> Vec<RegistryError> {
    let warning = RegistryError::warning(ErrorCode::XdsExtraMetadataNotSaved, "a <b> & \"c\"\n");
    vec![
        warning,
        RegistryError::error(ErrorCode::XdsRegistryError, "").at("here & there"),
    ]
}

#[test]
#[ignore = "needs RENKEI_SHARED and xmllint"]
fn shared_submissions_are_valid_by_the_schema() {
    let submission = sample();
    valid("lcm.xsd", &iti42::encode(&submission));
    let id = submission.documents[0].entry_uuid.clone();
    let provided = iti41::encode(&submission, &[(id, "1@x".into())]);
    // The schema knows the text the reference stands for, not the reference.
    let (before, after) = provided.split_once("<xop:Include").unwrap();
    let (_, after) = after.split_once("/>").unwrap();
    valid(
        "XDS.b_DocumentRepository.xsd",
        &format!("{before}QQ=={after}"),
    );
}

#[test]
#[ignore = "needs RENKEI_SHARED and xmllint"]
fn shared_answers_are_valid_by_the_schema() {
    for objects in [everything(), Objects::default()] {
        for return_type in [ReturnType::LeafClass, ReturnType::ObjectRef] {
            for errors in [&[][..], &errors()[..1], &errors()] {
                valid(
                    "query.xsd",
                    &iti18::Response::encode(&objects, return_type, errors),
                );
            }
        }
    }
    valid(
        "rs.xsd",
        &registry_response::encode(&[], ResponseStatus::Success),
    );
    valid(
        "rs.xsd",
        &registry_response::encode(&errors(), ResponseStatus::Failure),
    );
    let ids = iti43::DocumentRequest {
        home_community_id: Some("urn:oid:1.2.3".into()),
        repository_unique_id: "1.2.3.4".into(),
        document_unique_id: "1.2.3.5&<>".into(),
    };
    valid(
        "XDS.b_DocumentRepository.xsd",
        &iti43::Request {
            documents: vec![ids.clone()],
        }
        .encode(),
    );
    let document = iti43::DocumentResponse {
        request: ids,
        new_repository_unique_id: Some("1.2".into()),
        new_document_unique_id: Some("1.3".into()),
        mime_type: "text/plain".into(),
        content: iti43::Content::Inline(b"hello".to_vec()),
    };
    for (documents, errors) in [
        (vec![document.clone()], vec![]),
        (vec![document], errors()),
        (vec![], errors()),
    ] {
        valid(
            "XDS.b_DocumentRepository.xsd",
            &iti43::Response::new(documents, errors).encode(),
        );
    }
}
