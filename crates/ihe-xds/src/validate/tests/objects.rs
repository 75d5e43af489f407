//! What one object must be: XDS-R-001..013, 022, 042, 051, 056..058, XDS-T-063.

use super::*;
use crate::affinity::AffinityDomain;
use crate::ebrim::schemes::{document, submission_set};
use crate::metadata::{LocalizedString, ObjectType, Slot};

#[test]
fn xds_r_001_a_code_without_node_representation_is_refused() {
    found(&["code without nodeRepresentation"]);
}

#[test]
fn xds_r_002_a_code_has_exactly_one_coding_scheme_and_no_other_slot() {
    found(&["code without codingScheme", "code with two codingSchemes"]);
    let mut packed = wire();
    let slots = &mut code(&mut packed, D1, document::CLASS).slots;
    slots.push(Slot {
        name: "urn:x:y".into(),
        values: vec![],
    });
    let place = "DocumentEntry[Document01]/classCode".to_owned();
    let expected = [(ErrorCode::XdsRegistryMetadataError, place)];
    assert_eq!(errors(packed, Receiver::Registry), expected);
}

#[test]
fn xds_r_003_a_code_has_a_display_name_unless_the_domain_says_otherwise() {
    found(&["code without a display name"]);
    let mut packed = wire();
    code(&mut packed, D1, document::FACILITY).name.clear();
    let lenient = Rules {
        display_name_required: false,
        ..rules()
    };
    assert!(submission(packed, Receiver::Registry, &lenient).is_ok());
}

#[test]
fn xds_r_004_parts_belong_to_the_object_that_holds_them() {
    found(&["code of another object", "sourceId of another object"]);
}

#[test]
fn xds_r_005_a_slot_name_occurs_once_and_is_not_empty() {
    found(&["Slot twice", "Slot without a name"]);
}

#[test]
fn xds_r_006_a_value_has_at_most_256_characters() {
    found(&["value of 257 characters"]);
    let fits = format!("PID-5|{}", "あ".repeat(250));
    accepted(|p| *value(p, D1, "sourcePatientInfo") = fits);
}

#[test]
fn xds_r_007_each_required_attribute_is_missed() {
    found(&[
        "classCode missing",
        "confidentialityCode missing",
        "contentTypeCode missing",
        "codeList missing",
        "creationTime missing",
        "hash missing",
        "size missing",
        "repositoryUniqueId missing",
        "sourcePatientId missing",
        "mimeType missing",
        "objectType missing",
        "patientId missing",
        "title of a folder missing",
    ]);
    for attribute in document::CODES.into_iter().filter(|one| one.min > 0) {
        let mut packed = wire();
        drop_code(&mut packed, D1, attribute);
        let place = format!("DocumentEntry[Document01]/{}", attribute.name);
        let code = ErrorCode::XdsRepositoryMetadataError;
        assert_eq!(errors(packed, Receiver::Repository), [(code, place)]);
    }
}

#[test]
fn xds_r_007_a_repository_adds_what_it_is_not_sent() {
    let mut packed = wire();
    for slot in ["hash", "size", "repositoryUniqueId"] {
        drop_slot(&mut packed, D1, slot);
    }
    assert_eq!(errors(packed, Receiver::Repository), []);
}

#[test]
fn xds_r_008_one_value_where_one_is_allowed() {
    found(&[
        "two languageCodes",
        "formatCode twice",
        "author with two persons",
    ]);
    let mut packed = wire();
    let copy = identifier(&mut packed, SET, submission_set::SOURCE_ID).clone();
    object(&mut packed, SET).identifiers.push(copy);
    let place = "SubmissionSet[SubmissionSet01]/sourceId".to_owned();
    let expected = [(ErrorCode::XdsRegistryMetadataError, place)];
    assert_eq!(errors(packed, Receiver::Registry), expected);
}

#[test]
fn xds_r_009_a_source_patient_id_has_the_strict_form() {
    found(&["sourcePatientId with a type"]);
}

#[test]
fn xds_r_010_an_author_is_somebody() {
    found(&["author who is nobody", "author with a nodeRepresentation"]);
}

#[test]
fn xds_r_011_an_unknown_association_type_is_refused() {
    found(&["unknown associationType"]);
}

#[test]
fn xds_r_012_a_submission_has_exactly_one_submission_set() {
    let mut none = wire();
    drop_object(&mut none, SET);
    let errors = errors(none, Receiver::Registry);
    let place = (ErrorCode::XdsRegistryMetadataError, "Submission".to_owned());
    assert!(errors.contains(&place), "{errors:?}");
    let mut two = wire();
    let mut other = object(&mut two, SET).clone();
    other.id = Some("SubmissionSet02".into());
    two.objects.push(other);
    let errors = fixture::errors(two, Receiver::Registry);
    assert!(errors.contains(&place), "{errors:?}");
}

#[test]
fn xds_r_013_every_package_is_labelled_once_inside_or_beside() {
    found(&["package labelled twice", "label of nothing"]);
    let beside = |p: &mut Packed| {
        let all = &mut object(p, SET).classifications;
        let at = all.iter().position(|one| one.node.is_some()).unwrap();
        let label = all.remove(at);
        p.labels.push(label);
    };
    accepted(beside);
    let mut packed = wire();
    beside(&mut packed);
    packed.labels.clear();
    let all = errors(packed, Receiver::Registry);
    let place = "RegistryPackage[SubmissionSet01]".to_owned();
    assert!(
        all.contains(&(ErrorCode::XdsRegistryMetadataError, place)),
        "{all:?}"
    );
}

#[test]
fn xds_r_022_extra_slots_are_kept_if_their_name_is_a_foreign_urn() {
    found(&[
        "extra metadata that is no URN",
        "extra metadata in IHE's name",
    ]);
    let names = ["urn:x:mine", "URN:x-a1:b:c"];
    for id in [D1, SET, FOLDER, "Replaces"] {
        accepted(|p| names.iter().for_each(|name| add_slot(p, id, name, &["v"])));
    }
    let kept = accepted(|p| {
        names
            .iter()
            .for_each(|name| add_slot(p, D1, name, &["v", "w"]));
        let online = "urn:ihe:iti:2010:DocumentAvailability:Online";
        add_slot(p, D1, "documentAvailability", &[online]);
    });
    let kept: Vec<_> = kept.documents[0]
        .extra
        .iter()
        .map(|slot| slot.name.as_str())
        .collect();
    assert_eq!(kept, ["urn:x:mine", "URN:x-a1:b:c", "documentAvailability"]);
}

#[test]
fn xds_r_042_an_on_demand_entry_has_no_creation_time_hash_or_size() {
    for slot in ["creationTime", "hash", "size"] {
        let mut packed = on_demand();
        let value = match slot {
            "creationTime" => "2020",
            "size" => "0",
            _ => "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        };
        add_slot(&mut packed, D1, slot, &[value]);
        let place = format!("DocumentEntry[Document01]/{slot}");
        let expected = [(ErrorCode::XdsRegistryMetadataError, place)];
        assert_eq!(errors(packed, Receiver::RegistryOnDemand), expected);
    }
}

#[test]
fn xds_r_042_iti_61_takes_on_demand_entries_with_a_repository_and_at_least_one() {
    let mut stable = on_demand();
    object(&mut stable, D1).object_type = Some(ObjectType::Stable.urn().into());
    let metadata = |place: &str| (ErrorCode::XdsRegistryMetadataError, place.to_owned());
    let receiver = Receiver::RegistryOnDemand;
    let expected = [metadata("DocumentEntry[Document01]/objectType")];
    assert_eq!(errors(stable, receiver), expected);
    let mut nowhere = on_demand();
    drop_slot(&mut nowhere, D1, "repositoryUniqueId");
    let expected = [metadata("DocumentEntry[Document01]/repositoryUniqueId")];
    assert_eq!(errors(nowhere, receiver), expected);
    let mut nothing = on_demand();
    nothing.objects.retain(|one| one.id.as_deref() == Some(SET));
    assert_eq!(errors(nothing, receiver), [metadata("Submission")]);
}

#[test]
fn xds_r_051_a_submitted_status_of_an_entry_is_not_believed() {
    let back = accepted(|p| {
        object(p, D1).status = Some(Status::Deprecated.urn().into());
        object(p, "Member1").status = Some(Status::Deprecated.urn().into());
        object(p, SET).status = Some(Status::Approved.urn().into());
    });
    assert_eq!(back.documents[0].status, Status::Approved);
    assert_eq!(back.associations[0].status, Status::Approved);
    found(&["SubmissionSet that is Deprecated"]);
}

#[test]
fn xds_r_056_a_service_stops_after_it_starts_as_far_as_the_precision_tells() {
    found(&["serviceStopTime before the start"]);
    accepted(|p| {
        *value(p, D1, "serviceStartTime") = "20200102235959".into();
        *value(p, D1, "serviceStopTime") = "202001".into();
    });
}

#[test]
fn xds_r_057_codes_and_mime_types_of_the_domain_only_and_display_names_are_free() {
    found(&[
        "code outside the affinity domain",
        "mimeType outside the affinity domain",
    ]);
    accepted(|p| code(p, D1, document::CLASS).name[0].value = "another name".into());
    let mut packed = wire();
    code(&mut packed, D1, document::CLASS).node_representation = Some("x\n".repeat(100));
    object(&mut packed, D2).mime_type = Some("text/html".into());
    let refusal = judge(packed.clone(), Receiver::Registry).unwrap_err();
    let contexts: Vec<_> = refusal
        .errors
        .iter()
        .map(|one| one.context.as_str())
        .collect();
    assert!(contexts[0].ends_with("lists 1 codes, of 1.2.3.4.9") && contexts[0].len() < 700);
    assert!(contexts[1].contains("text/html") && contexts[1].ends_with("lists text/plain"));
    let free = Rules {
        domain: AffinityDomain::default(),
        ..rules()
    };
    assert!(submission(packed, Receiver::Registry, &free).is_ok());
}

#[test]
fn xds_r_058_texts_in_other_languages_are_kept() {
    let texts = vec![
        LocalizedString::new("Summary"),
        LocalizedString::in_language("要約", "ja"),
        LocalizedString::in_language("", "fr"),
    ];
    let back = accepted(|p| {
        object(p, D1).name.clone_from(&texts);
        object(p, SET).description.clone_from(&texts);
        code(p, D1, document::CLASS).name.clone_from(&texts);
    });
    let title = back.documents[0].title.as_ref().unwrap();
    assert_eq!(
        (title.text("ja"), title.translations.len()),
        (Some("要約"), 1)
    );
    assert_eq!(back.submission_set.comments.as_ref(), Some(title));
    assert_eq!(
        back.documents[0].class_code.translations,
        title.translations
    );
    let again = crate::iti42::decode(&crate::iti42::encode(&back), &rules()).unwrap();
    assert_eq!(again, back);
}

#[test]
fn xds_t_063_limited_metadata_is_refused() {
    found(&["limited metadata"]);
}
