//! What holds between the objects of a message: XDS-R-015..021, 030, 031, 038, 039, 059.

use super::*;
use crate::metadata::SubmissionSetStatus;

#[test]
fn xds_r_015_the_source_of_a_relationship_is_a_document_entry_of_the_submission() {
    found(&["sourceObject outside the submission"]);
}

#[test]
fn xds_r_016_what_is_replaced_is_in_the_registry_and_what_is_transformed_may_be_here() {
    found(&[
        "replacement of what is just submitted",
        "relationship to a folder",
        "targetObject that is a lost symbol",
    ]);
    accepted(|p| {
        let one = object(p, "Replaces");
        one.association_type = Some(AssociationType::Xfrm.urn().into());
        one.target_object = Some(D1.into());
    });
}

#[test]
fn xds_r_017_a_snapshot_is_stable() {
    let mut packed = on_demand();
    object(&mut packed, "Replaces").association_type =
        Some(AssociationType::IsSnapshotOf.urn().into());
    let place = "Association[Replaces]/sourceObject".to_owned();
    let expected = [(ErrorCode::XdsRegistryMetadataError, place)];
    assert_eq!(errors(packed, Receiver::RegistryOnDemand), expected);
}

#[test]
fn xds_r_018_membership_says_original_or_reference_and_means_it() {
    found(&[
        "SubmissionSetStatus missing",
        "SubmissionSetStatus of another value",
        "Reference to what is here",
    ]);
    let mut packed = wire();
    object(&mut packed, "Member1").target_object = Some(OLD.into());
    let all = errors(packed, Receiver::Registry);
    let metadata = |place: &str| (ErrorCode::XdsRegistryMetadataError, place.to_owned());
    assert!(
        all.contains(&metadata("Association[Member1]/SubmissionSetStatus")),
        "{all:?}"
    );
    let old = accepted(|p| {
        let mut one = object(p, "Member1").clone();
        one.id = Some("Reference1".into());
        one.target_object = Some(OLD.into());
        one.slots[0].values = vec!["Reference".into()];
        p.objects.push(one);
    });
    let status = old.associations.last().unwrap().submission_set_status;
    assert_eq!(status, Some(SubmissionSetStatus::Reference));
}

#[test]
fn xds_r_019_a_folders_member_is_a_member_of_the_submission_set_too() {
    found(&[
        "folder's member unknown to the SubmissionSet",
        "folder in a folder",
        "member of a document",
    ]);
}

#[test]
fn xds_r_020_every_entry_and_folder_is_a_member_of_the_submission_set() {
    found(&["entry unknown to the SubmissionSet"]);
    let mut packed = wire();
    drop_object(&mut packed, "Folder");
    let expected = [(
        ErrorCode::XdsRegistryMetadataError,
        "Folder[Folder01]".to_owned(),
    )];
    assert_eq!(errors(packed, Receiver::Registry), expected);
}

#[test]
fn xds_r_021_has_member_carries_no_documentation() {
    found(&["documentation of a HasMember"]);
}

#[test]
fn xds_r_030_every_patient_is_the_submission_sets_and_the_context_names_it() {
    found(&["patientId of another patient", "folder of another patient"]);
    let mut packed = wire();
    (fault("patientId of another patient").inject)(&mut packed);
    let refusal = judge(packed, Receiver::Registry).unwrap_err();
    assert!(refusal.errors[0].context.contains("P2^^^&1.2.3.4.3000&ISO"));
}

#[test]
fn xds_r_031_a_patient_of_a_foreign_authority_is_unknown_and_the_context_names_the_id() {
    found(&["patientId of a foreign authority"]);
    let mut packed = wire();
    (fault("patientId of a foreign authority").inject)(&mut packed);
    let refusal = judge(packed.clone(), Receiver::Registry).unwrap_err();
    assert!(refusal.errors[0].context.contains("P1^^^&1.9&ISO"));
    let open = Rules::default();
    assert!(
        submission(packed, Receiver::Registry, &open).is_ok(),
        "no list takes any"
    );
}

#[test]
fn xds_r_038_a_unique_id_occurs_once_and_the_code_is_the_receivers() {
    found(&["uniqueId twice in the message"]);
    let mut packed = wire();
    (fault("uniqueId twice in the message").inject)(&mut packed);
    let refusal = judge(packed, Receiver::Repository).unwrap_err();
    let code = ErrorCode::XdsRepositoryDuplicateUniqueIdInMessage;
    assert_eq!(refusal.errors[0].code, code);
    let context = &refusal.errors[0].context;
    assert!(context.contains(" 2.25.") && context.contains("SubmissionSet[SubmissionSet01]"));
}

#[test]
fn xds_r_039_symbols_become_the_same_uuid_everywhere() {
    let back = accepted(|p| {
        object(p, "Replaces").target_object =
            Some(OLD.to_uppercase().replace("URN:UUID", "urn:uuid"))
    });
    let id = &back.documents[0].entry_uuid;
    assert!(value::is_uuid_urn(id));
    assert!(
        back.associations[..2]
            .iter()
            .all(|one| one.source == back.submission_set.entry_uuid)
    );
    assert_eq!(
        (&back.associations[0].target, &back.associations[4].target),
        (id, id)
    );
    assert_eq!(back.associations[5].target, back.associations[4].entry_uuid);
    assert_eq!(
        back.associations[2].target, OLD,
        "a UUID stays, in lower case"
    );
}

#[test]
fn xds_r_039_later_errors_are_located_by_the_ids_as_sent() {
    let accepted = judge(wire(), Receiver::Registry).unwrap();
    let uuid = accepted.entry_uuid(D2).unwrap();
    let error =
        |place: Location| RegistryError::error(ErrorCode::XdsNonIdenticalHash, "x").at(place);
    let known = Location::of("DocumentEntry", OLD).attribute("hash");
    let mut errors = [
        error(Location::of("DocumentEntry", &uuid).attribute("hash")),
        error(known.clone()),
        RegistryError::error(ErrorCode::XdsRegistryError, "no place"),
    ];
    accepted.locate_as_sent(&mut errors);
    let places: Vec<_> = errors.iter().map(|one| one.location.clone()).collect();
    let expected = Some("DocumentEntry[Document02]/hash".to_owned());
    assert_eq!(places, [expected, Some(known.to_string()), None]);
}

#[test]
fn xds_r_059_a_transformation_of_this_submission_is_not_appended_to() {
    let mut packed = wire();
    let mut other = object(&mut packed, "Replaces").clone();
    other.association_type = Some(AssociationType::Apnd.urn().into());
    (other.id, other.source_object) = (Some("Appends".into()), Some(D1.into()));
    other.target_object = Some(D2.into());
    packed.objects.push(other);
    assert_eq!(errors(packed.clone(), Receiver::Registry), []);
    object(&mut packed, "Replaces").association_type = Some(AssociationType::Xfrm.urn().into());
    let place = "Association[Appends]/targetObject".to_owned();
    let expected = [(ErrorCode::XdsRegistryMetadataError, place)];
    assert_eq!(errors(packed, Receiver::Registry), expected);
}
