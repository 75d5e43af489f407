//! Rules of the message alone, one test for each id (XDS-R-001..022, 030, 038, 039, 042, 051, 056, 057).

mod faults;
mod fixture;

use super::*;
use crate::affinity::AffinityDomain;
use crate::ebrim::schemes::{document, submission_set};
use crate::metadata::{AssociationType, LocalizedString, ObjectType, Slot, SubmissionSetStatus};
use faults::{Fault, faults};
use fixture::*;
use std::time::{Duration, Instant};

fn fault(name: &str) -> Fault {
    let mut all = faults().into_iter();
    all.find(|one| one.name == name).expect(name)
}

/// Each of these faults gives exactly one error, of its code and at its place.
fn found(names: &[&str]) {
    for name in names {
        let fault = fault(name);
        let mut packed = wire();
        (fault.inject)(&mut packed);
        let expected = [(fault.code, fault.location.to_owned())];
        assert_eq!(errors(packed, Receiver::Registry), expected, "{name}");
    }
}

fn accepted(change: impl FnOnce(&mut Packed)) -> Submission {
    let mut packed = wire();
    change(&mut packed);
    judge(packed, Receiver::Registry)
        .expect("accepted")
        .submission
}

#[test]
fn the_sample_is_valid_for_each_receiver() {
    accepted(|_| {});
    assert_eq!(errors(wire(), Receiver::Repository), []);
    assert_eq!(errors(on_demand(), Receiver::RegistryOnDemand), []);
}

#[test]
fn xds_t_020_every_single_fault_is_found_with_its_code_and_location() {
    for Fault {
        name,
        inject,
        code,
        location,
    } in faults()
    {
        let mut packed = wire();
        inject(&mut packed);
        let all = errors(packed, Receiver::Registry);
        assert!(
            all.contains(&(code, location.to_owned())),
            "{name}: {all:?}"
        );
    }
}

#[test]
fn xds_t_020_any_two_faults_are_both_found() {
    let faults = faults();
    let object = |fault: &Fault| fault.location.split(['/', ']']).next().map(str::to_owned);
    let mut pairs = 0;
    for (at, one) in faults.iter().enumerate() {
        for other in &faults[at + 1..] {
            let touching = one.location.starts_with(other.location)
                || other.location.starts_with(one.location)
                || (object(one) == object(other) && one.location.starts_with("Association"))
                || [one, other]
                    .iter()
                    .any(|fault| REMOVES.contains(&fault.name));
            if touching {
                continue;
            }
            let mut packed = wire();
            (one.inject)(&mut packed);
            (other.inject)(&mut packed);
            let all = errors(packed, Receiver::Registry);
            for fault in [one, other] {
                let expected = (fault.code.clone(), fault.location.to_owned());
                assert!(
                    all.contains(&expected),
                    "{} + {}: {all:?}",
                    one.name,
                    other.name
                );
            }
            pairs += 1;
        }
    }
    assert!(pairs > 3_000, "{pairs}");
}

/// They take away, or change the class or id of, what other faults are put into.
const REMOVES: [&str; 7] = [
    "entryUUID that is half a UUID",
    "package labelled twice",
    "folder's member unknown to the SubmissionSet",
    "entry unknown to the SubmissionSet",
    "one id for two objects",
    "patientId of a foreign authority",
    "folder in a folder",
];

#[test]
fn contexts_say_what_is_wrong_of_what_and_nothing_about_the_patient() {
    let secrets = [
        "P1^^^", "P2^^^", "local1", "山田", "Yamada", "退院", "secret", "Hanako", "PI&",
    ];
    for Fault { name, inject, .. } in faults() {
        let mut packed = wire();
        inject(&mut packed);
        let refusal = judge(packed, Receiver::Registry).unwrap_err();
        for error in refusal.errors {
            let location = error.location.expect(name);
            let class = location.split(['[', '/']).next().unwrap_or_default();
            assert!(
                error.context.starts_with(class),
                "{name}: {}",
                error.context
            );
            assert!(error.context.chars().all(|c| !c.is_control()), "{name}");
            let names_the_patient = [
                ErrorCode::XdsUnknownPatientId,
                ErrorCode::XdsPatientIdDoesNotMatch,
            ];
            if !names_the_patient.contains(&error.code) {
                let leak = secrets
                    .iter()
                    .find(|secret| error.context.contains(**secret));
                assert_eq!(leak, None, "{name}: {}", error.context);
            }
        }
    }
}

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

#[test]
fn xds_t_063_limited_metadata_is_refused() {
    found(&["limited metadata"]);
}

#[test]
fn xds_t_020_all_errors_are_listed_up_to_the_limit() {
    let mut packed = wire();
    for name in [
        "hash missing",
        "patientId of another patient",
        "sourceId that is no OID",
    ] {
        (fault(name).inject)(&mut packed);
    }
    assert_eq!(errors(packed.clone(), Receiver::Registry).len(), 3);
    let mut few = rules();
    few.limits.errors = 2;
    let refusal = submission(packed, Receiver::Registry, &few).unwrap_err();
    assert_eq!(refusal.errors.len(), 2);
}

#[test]
fn an_object_without_an_id_is_located_by_its_number() {
    let mut packed = wire();
    let member = object(&mut packed, "Member2");
    (member.id, member.target_object) = (None, None);
    let all = errors(packed, Receiver::Registry);
    let place = "Association[#6]/targetObject".to_owned();
    assert!(
        all.contains(&(ErrorCode::XdsRegistryMetadataError, place)),
        "{all:?}"
    );
}

#[test]
fn a_submission_of_nothing_but_faults_takes_linear_time() {
    let mut packed = wire();
    for (number, kind) in (0..8_000).zip(AssociationType::ALL.into_iter().cycle()) {
        let mut one = object(&mut packed, "Replaces").clone();
        one.id = Some(format!("A{number}"));
        one.association_type = Some(kind.urn().into());
        one.target_object = Some(format!("A{}", number + 1));
        packed.objects.push(one);
    }
    let start = Instant::now();
    assert_eq!(
        errors(packed, Receiver::Registry).len(),
        rules().limits.errors
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}
