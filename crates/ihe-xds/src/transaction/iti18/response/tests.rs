use super::*;
use crate::error::ErrorCode;
use crate::metadata::tests::sample;

fn objects() -> Objects {
    let submission = sample();
    Objects {
        submission_sets: vec![submission.submission_set],
        documents: submission.documents,
        associations: submission.associations,
        ..Objects::default()
    }
}

#[test]
fn leaf_class_answers_read_back_equal() {
    let objects = objects();
    let back = Response::decode(&Response::encode(&objects, ReturnType::LeafClass, &[])).unwrap();
    assert_eq!(
        back,
        Response {
            status: ResponseStatus::Success,
            errors: Vec::new(),
            objects
        }
    );
}

#[test]
fn xds_t_039_object_ref_answers_hold_ids_only() {
    let objects = objects();
    let xml = Response::encode(&objects, ReturnType::ObjectRef, &[]);
    assert!(!xml.contains("ExtrinsicObject") && !xml.contains("P1^^^"));
    let back = Response::decode(&xml).unwrap();
    let ids: Vec<&str> = objects.entry_uuids().collect();
    assert_eq!(back.objects.references, ids);
}

#[test]
fn xds_r_074_nothing_found_is_success_with_an_empty_list() {
    let xml = Response::encode(&Objects::default(), ReturnType::LeafClass, &[]);
    assert!(xml.contains("<rim:RegistryObjectList ") && xml.contains("/></query:"));
    let back = Response::decode(&xml).unwrap();
    assert_eq!(back.status, ResponseStatus::Success);
    assert!(back.objects.is_empty());
}

#[test]
fn xds_t_022_errors_stand_before_an_empty_list() {
    let errors = [RegistryError::error(
        ErrorCode::XdsResultNotSinglePatient,
        "two patients",
    )];
    let xml = Response::encode(&objects(), ReturnType::LeafClass, &errors);
    assert!(xml.find("RegistryErrorList").unwrap() < xml.find("RegistryObjectList").unwrap());
    let back = Response::decode(&xml).unwrap();
    assert_eq!(back.status, ResponseStatus::Failure);
    assert_eq!(back.errors, errors);
    assert!(back.objects.is_empty());
}

#[test]
fn xds_t_021_warnings_go_with_success_and_with_the_results() {
    let warnings = [RegistryError::warning(ErrorCode::XdsRegistryError, "slow")];
    let objects = objects();
    let xml = Response::encode(&objects, ReturnType::LeafClass, &warnings);
    let back = Response::decode(&xml).unwrap();
    assert_eq!(back.status, ResponseStatus::Success);
    assert_eq!((back.errors.len(), back.objects), (1, objects));
}
