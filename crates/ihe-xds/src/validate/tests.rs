use crate::affinity::{CodeTables, Rules};
use crate::ebrim;
use crate::error::{DecodeError, ErrorCode, Refusal};
use crate::iti42;
use crate::metadata::tests::sample;
use crate::metadata::{AssociationType, Submission, SubmissionSetStatus};
use crate::validate::{Receiver, submission};

fn refused(xml: &str) -> Refusal {
    match iti42::decode(xml, &Rules::default()) {
        Err(DecodeError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Replaces the first occurrence, which must exist.
fn with(from: &str, to: &str) -> String {
    let xml = iti42::encode(&sample());
    assert!(xml.contains(from), "{from}");
    xml.replacen(from, to, 1)
}

fn changed(change: impl FnOnce(&mut Submission)) -> String {
    let mut submission = sample();
    change(&mut submission);
    iti42::encode(&submission)
}

/// The only error has this code and its context names this.
fn only(refusal: &Refusal, code: &ErrorCode, context: &str) {
    assert_eq!(
        refusal.errors.len(),
        1,
        "{:?}",
        refusal
            .errors
            .iter()
            .map(|e| &e.context)
            .collect::<Vec<_>>()
    );
    assert_eq!(refusal.errors[0].code, *code);
    assert!(
        refusal.errors[0].context.contains(context),
        "{}",
        refusal.errors[0].context
    );
}

fn metadata_error(xml: &str, context: &str) {
    only(&refused(xml), &ErrorCode::XdsRegistryMetadataError, context);
}

#[test]
fn xds_r_001_a_code_without_node_representation_is_refused() {
    metadata_error(
        &with("nodeRepresentation=\"class\"", ""),
        "classCode: nodeRepresentation",
    );
}

#[test]
fn xds_r_002_a_code_has_exactly_one_coding_scheme() {
    let scheme = "<rim:Value>1.2.3.4.9</rim:Value>";
    metadata_error(&with(scheme, ""), "codingScheme is missing");
    metadata_error(
        &with(scheme, &scheme.repeat(2)),
        "codingScheme has more than one value",
    );
}

#[test]
fn xds_r_003_a_code_has_a_display_name_unless_the_domain_says_otherwise() {
    let name = "<rim:Name><rim:LocalizedString value=\"display\"/></rim:Name>";
    let xml = with(name, "");
    metadata_error(&xml, "display name");
    let lenient = Rules {
        display_name_required: false,
        ..Rules::default()
    };
    assert!(iti42::decode(&xml, &lenient).is_ok());
}

#[test]
fn xds_r_004_parts_belong_to_the_object_that_holds_them() {
    let id = sample_id();
    let xml = with_id(
        &id,
        &format!("classifiedObject=\"{id}\""),
        "classifiedObject=\"other\"",
    );
    metadata_error(&xml, "classifiedObject");
    let xml = with_id(
        &id,
        &format!("registryObject=\"{id}\""),
        "registryObject=\"other\"",
    );
    metadata_error(&xml, "registryObject");
}

fn sample_id() -> String {
    "urn:uuid:00000000-0000-4000-8000-000000000001".into()
}

/// The sample whose first document has a known id.
fn with_id(id: &str, from: &str, to: &str) -> String {
    let submission = sample();
    let xml = iti42::encode(&submission).replace(&submission.documents[0].entry_uuid, id);
    assert!(xml.contains(from));
    xml.replacen(from, to, 1)
}

#[test]
fn xds_r_005_a_slot_name_occurs_once() {
    let slot = "<rim:Slot name=\"size\"><rim:ValueList><rim:Value>0</rim:Value></rim:ValueList></rim:Slot>";
    metadata_error(&with(slot, &slot.repeat(2)), "Slot size occurs twice");
}

#[test]
fn xds_r_006_a_value_has_at_most_256_characters() {
    let long = changed(|s| {
        s.documents[0].source_patient_info = vec![format!("PID-5|{}", "あ".repeat(251))]
    });
    metadata_error(&long, "longer than 256");
    let fits = changed(|s| {
        s.documents[0].source_patient_info = vec![format!("PID-5|{}", "あ".repeat(250))]
    });
    assert!(iti42::decode(&fits, &Rules::default()).is_ok());
}

#[test]
fn xds_r_007_each_required_attribute_is_missed() {
    for name in [
        "creationTime",
        "languageCode",
        "sourcePatientId",
        "hash",
        "size",
        "repositoryUniqueId",
        "submissionTime",
    ] {
        let refusal = refused(&with(&format!("name=\"{name}\""), "name=\"urn:x:other\""));
        only(
            &refusal,
            &ErrorCode::XdsRegistryMetadataError,
            &format!("{name} is missing"),
        );
    }
    metadata_error(
        &changed(|s| s.folders[0].codes.clear()),
        "codeList is missing",
    );
    metadata_error(&changed(|s| s.folders[0].title = None), "title is missing");
    metadata_error(&with("mimeType=\"text/plain\"", ""), "mimeType is missing");
}

#[test]
fn xds_r_008_one_value_where_one_is_allowed() {
    let value = "<rim:Value>ja-JP</rim:Value>";
    metadata_error(
        &with(value, &value.repeat(2)),
        "languageCode has more than one value",
    );
}

#[test]
fn xds_r_010_an_author_is_somebody() {
    metadata_error(
        &with("<rim:Value>Clinic</rim:Value>", ""),
        "no person, institution",
    );
}

#[test]
fn xds_r_011_an_unknown_association_type_is_refused() {
    let xml = with(
        AssociationType::Rplc.urn(),
        "urn:ihe:iti:2010:AssociationType:SubmitAssociation",
    );
    metadata_error(&xml, "associationType");
}

#[test]
fn xds_r_012_and_013_one_submission_set_and_every_package_labelled() {
    let set = crate::ebrim::schemes::submission_set::NODE;
    let refusal = refused(&with(set, crate::ebrim::schemes::folder::NODE));
    assert!(
        refusal
            .errors
            .iter()
            .any(|e| e.context.contains("0 SubmissionSets"))
    );
    let refusal = refused(&with(set, "urn:uuid:00000000-0000-4000-8000-00000000000f"));
    assert!(
        refusal
            .errors
            .iter()
            .any(|e| e.context.contains("neither as SubmissionSet"))
    );
}

#[test]
fn xds_r_015_and_016_relationships_go_from_here_to_the_registry() {
    let rplc = |s: &Submission| {
        s.associations
            .iter()
            .position(|a| a.association_type == AssociationType::Rplc)
            .unwrap()
    };
    let outside = changed(|s| {
        let at = rplc(s);
        s.associations[at].source = sample_id();
    });
    only(
        &refused(&outside),
        &ErrorCode::UnresolvedReferenceException,
        "sourceObject",
    );
    let inside = changed(|s| {
        let at = rplc(s);
        s.associations[at].target = s.documents[0].entry_uuid.clone();
    });
    only(
        &refused(&inside),
        &ErrorCode::UnresolvedReferenceException,
        "targetObject",
    );
    let symbol = changed(|s| {
        let at = rplc(s);
        s.associations[at].target = "nothing".into();
    });
    only(
        &refused(&symbol),
        &ErrorCode::UnresolvedReferenceException,
        "targetObject",
    );
}

#[test]
fn xds_r_018_membership_says_original_or_reference_and_means_it() {
    let set_status = |status| changed(move |s| s.associations[0].submission_set_status = status);
    metadata_error(&set_status(None), "SubmissionSetStatus is missing");
    metadata_error(
        &set_status(Some(SubmissionSetStatus::Reference)),
        "Reference, but",
    );
    let refusal = refused(&changed(|s| s.associations[0].target = sample_id()));
    assert!(
        refusal
            .errors
            .iter()
            .any(|e| e.context.contains("Original, but"))
    );
    assert!(
        refusal
            .errors
            .iter()
            .any(|e| e.context.contains("not a member of the SubmissionSet"))
    );
}

#[test]
fn xds_r_019_a_folders_member_is_a_member_of_the_submission_set_too() {
    metadata_error(
        &changed(|s| {
            s.associations.pop();
        }),
        "a Folder's HasMember",
    );
}

#[test]
fn xds_r_021_has_member_carries_no_documentation() {
    let xml =
        changed(|s| s.associations[0].documentation = Some(s.documents[0].class_code.clone()));
    metadata_error(&xml, "no documentation");
}

#[test]
fn xds_r_022_extra_slots_are_kept_if_their_name_is_a_foreign_urn() {
    let slot = |name: &str| crate::metadata::Slot {
        name: name.into(),
        values: vec!["v".into()],
    };
    let good = changed(|s| s.documents[0].extra.push(slot("urn:x:mine")));
    let kept = iti42::decode(&good, &Rules::default()).unwrap();
    assert_eq!(kept.documents[0].extra, [slot("urn:x:mine")]);
    for name in ["mine", "urn:ihe:iti:mine"] {
        metadata_error(&changed(|s| s.documents[0].extra.push(slot(name))), name);
    }
}

#[test]
fn xds_r_030_every_patient_is_the_submission_sets_and_the_context_names_it() {
    let xml = changed(|s| s.documents[0].patient_id = "P2^^^&1.2.3.4.3000&ISO".into());
    only(
        &refused(&xml),
        &ErrorCode::XdsPatientIdDoesNotMatch,
        "P2^^^&1.2.3.4.3000&ISO",
    );
}

#[test]
fn xds_r_038_a_unique_id_occurs_once_and_the_code_is_the_receivers() {
    let xml = changed(|s| s.documents[1].unique_id = s.documents[0].unique_id.clone());
    only(
        &refused(&xml),
        &ErrorCode::XdsRegistryDuplicateUniqueIdInMessage,
        "1.2.3.4.5.1",
    );
    let rules = Rules::default();
    let packed = ebrim::submit_objects_request(&xml, &rules.limits).unwrap();
    let refusal = submission(packed, Receiver::Repository, &rules).unwrap_err();
    only(
        &refusal,
        &ErrorCode::XdsRepositoryDuplicateUniqueIdInMessage,
        "1.2.3.4.5.1",
    );
}

#[test]
fn xds_r_039_symbols_become_the_same_uuid_everywhere() {
    let original = sample();
    let mut xml = iti42::encode(&original);
    xml = xml.replace(&original.documents[0].entry_uuid, "Document01");
    xml = xml.replace(&original.submission_set.entry_uuid, "SubmissionSet01");
    let back = iti42::decode(&xml, &Rules::default()).unwrap();
    let id = &back.documents[0].entry_uuid;
    assert!(crate::validate::value::is_uuid_urn(id));
    assert_eq!(back.associations[0].source, back.submission_set.entry_uuid);
    assert_eq!(back.associations[0].target, *id);
    assert_eq!(
        back.documents[1].entry_uuid,
        original.documents[1].entry_uuid
    );
}

#[test]
fn xds_r_051_a_submitted_status_is_not_believed() {
    let xml = with(
        "mimeType=",
        &format!(
            "status=\"{}\" mimeType=",
            crate::metadata::Status::Deprecated.urn()
        ),
    );
    let back = iti42::decode(&xml, &Rules::default()).unwrap();
    assert_eq!(back.documents[0].status, crate::metadata::Status::Approved);
}

#[test]
fn xds_r_056_a_service_stops_after_it_starts() {
    let xml = changed(|s| s.documents[0].service_start_time = Some("20200103".into()));
    metadata_error(&xml, "serviceStopTime");
}

#[test]
fn xds_r_057_codes_and_mime_types_of_the_domain_only_and_display_names_are_free() {
    let mut tables = CodeTables::default();
    tables.allow(
        "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
        "class",
        "1.2.3.4.9",
    );
    tables.allow_mime_type("text/plain");
    let rules = Rules {
        codes: Some(tables),
        ..Rules::default()
    };
    assert!(
        iti42::decode(
            &changed(|s| s.documents[0].class_code.display = "x".into()),
            &rules
        )
        .is_ok()
    );
    for xml in [
        changed(|s| s.documents[0].class_code.code = "x".into()),
        changed(|s| s.documents[0].mime_type = "text/html".into()),
    ] {
        let Err(DecodeError::Refused(refusal)) = iti42::decode(&xml, &rules) else {
            panic!("not refused");
        };
        only(
            &refusal,
            &ErrorCode::XdsRegistryMetadataError,
            "affinity domain",
        );
    }
}

#[test]
fn xds_t_063_limited_metadata_is_refused() {
    let label = format!(
        "<rim:Classification id=\"x\" classificationNode=\"{}\" classifiedObject=\"",
        crate::ebrim::schemes::document::LIMITED
    );
    let xml = with_id(
        &sample_id(),
        "<rim:ExternalIdentifier",
        &format!("{label}{}\"/><rim:ExternalIdentifier", sample_id()),
    );
    metadata_error(&xml, "limited metadata");
}

#[test]
fn xds_t_020_all_errors_are_listed_up_to_the_limit() {
    let xml = changed(|s| {
        s.documents[0].language_code = "?".into();
        s.documents[0].hash = Some("?".into());
        s.documents[1].patient_id = "P2".into();
        s.submission_set.source_id = "?".into();
    });
    let refusal = refused(&xml);
    let contexts: Vec<&str> = refusal.errors.iter().map(|e| e.context.as_str()).collect();
    for what in ["languageCode", "hash", "patientId", "sourceId"] {
        assert!(
            contexts.iter().any(|context| context.contains(what)),
            "{what}: {contexts:?}"
        );
    }
    assert!(refusal.has(&ErrorCode::XdsPatientIdDoesNotMatch));
    let mut rules = Rules::default();
    rules.limits.errors = 2;
    let Err(DecodeError::Refused(short)) = iti42::decode(&xml, &rules) else {
        panic!("not refused");
    };
    assert_eq!(short.errors.len(), 2);
}
