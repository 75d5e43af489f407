//! Requests as other products write them: what is understood and what is refused.

mod hostile;

use super::super::names::*;
use super::super::tables::{
    FIND_DOCUMENTS, FIND_DOCUMENTS_EXCLUDE, FIND_SUBMISSION_SETS, GET_ASSOCIATIONS, GET_DOCUMENTS,
    GET_RELATED_DOCUMENTS,
};
use super::super::{Definition, FindDocuments, Ids, StoredQuery, queries};
use super::*;
use crate::error::Refusal;
use crate::metadata::{AssociationType, Status};

const APPROVED: &str = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')";
const PATIENT: &str = "'P1^^^&1.2.3&ISO'";

type Slots<'a> = Vec<(&'a str, Vec<String>)>;

/// A request with parameters, as another product would write it.
fn body(id: &str, slots: &[(&str, Vec<String>)]) -> String {
    let mut text = String::new();
    for (name, values) in slots {
        let values: String = values
            .iter()
            .map(|v| format!("<t:Value>{}</t:Value>", v.replace('&', "&amp;")))
            .collect();
        text += &format!("<t:Slot name=\"{name}\"><t:ValueList>{values}</t:ValueList></t:Slot>");
    }
    format!(
        "<AdhocQueryRequest xmlns=\"{}\"><ResponseOption returnType=\"LeafClass\" returnComposedObjects=\"true\"/>\
         <t:AdhocQuery xmlns:t=\"{}\" id=\"{id}\">{text}</t:AdhocQuery></AdhocQueryRequest>",
        ns::QUERY,
        ns::RIM
    )
}

fn slot_of<'a>(name: &'a str, values: &[&str]) -> (&'a str, Vec<String>) {
    (name, values.iter().map(|one| (*one).to_owned()).collect())
}

/// A good value of a parameter, as it is written.
fn good(parameter: &Parameter) -> &'static str {
    match (parameter.form, parameter.number) {
        (Form::Patient, _) => PATIENT,
        (Form::Time, _) => "2026",
        (Form::Status, _) => APPROVED,
        (Form::Code, _) => "('a^^b')",
        (Form::ObjectType, _) => "('urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1')",
        (Form::AssociationType, _) => "('urn:ihe:iti:2007:AssociationType:RPLC')",
        (_, Number::One) => "'a'",
        _ => "('a')",
    }
}

/// The least a query needs.
fn least(definition: &'static Definition) -> Slots<'static> {
    let required = definition.parameters.iter().filter(|one| one.required);
    let chosen = definition.choices.iter().filter(|one| one.required);
    let chosen = chosen.filter_map(|one| definition.parameter(one.names[0]));
    let all = required.chain(chosen);
    all.map(|one| slot_of(one.name, &[good(one)])).collect()
}

fn refusal(id: &str, slots: &[(&str, Vec<String>)]) -> Refusal {
    match decode(&body(id, slots), &Rules::default()) {
        Err(DecodeError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn refused(id: &str, slots: &[(&str, Vec<String>)]) -> Vec<(ErrorCode, String)> {
    let errors = refusal(id, slots).errors.into_iter();
    errors.map(|one| (one.code, one.context)).collect()
}

fn decoded(id: &str, slots: &[(&str, Vec<String>)]) -> StoredQuery {
    decode(&body(id, slots), &Rules::default()).unwrap().query
}

/// FindDocuments with the least it needs, and these Slots in their place.
fn find(slots: &[(&str, &[&str])]) -> Result<FindDocuments, Refusal> {
    let mut all = least(&FIND_DOCUMENTS);
    all.retain(|(name, _)| !slots.iter().any(|(other, _)| other == name));
    all.extend(slots.iter().map(|(name, values)| slot_of(name, values)));
    match decode(&body(FIND_DOCUMENTS.id, &all), &Rules::default()) {
        Ok(request) => match request.query {
            StoredQuery::FindDocuments(query) => Ok(*query),
            other => panic!("{other:?}"),
        },
        Err(DecodeError::Refused(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn xds_t_030_an_unknown_query_is_refused() {
    // FindDocumentsForMultiplePatients belongs to ITI-51.
    for other in [
        "urn:uuid:3d1bdb10-39a2-11de-89c2-2f44d94eaa9f",
        "",
        "FindDocuments",
    ] {
        let errors = refused(other, &[]);
        assert_eq!(errors[0].0, ErrorCode::XdsUnknownStoredQuery, "{other}");
    }
    let upper = FIND_DOCUMENTS.id.to_uppercase();
    let query = decoded(&upper, &least(&FIND_DOCUMENTS));
    assert_eq!(query.id(), FIND_DOCUMENTS.id);
}

#[test]
fn xds_t_020_and_031_every_missing_parameter_of_every_query_is_named() {
    for definition in queries() {
        let expected: Vec<String> = {
            let required = definition.parameters.iter().filter(|one| one.required);
            let choices = definition.choices.iter().filter(|one| one.required);
            required
                .map(|one| format!("{} is required", one.name))
                .chain(choices.map(|one| one.names.join(" or ")))
                .collect()
        };
        let errors = refused(definition.id, &[]);
        let contexts: Vec<&str> = errors.iter().map(|one| one.1.as_str()).collect();
        assert_eq!(contexts, expected, "{}", definition.name);
        assert!(
            errors
                .iter()
                .all(|one| one.0 == ErrorCode::XdsStoredQueryMissingParam)
        );
    }
}

#[test]
fn xds_t_032_one_of_two_alternatives_is_given_in_every_query_by_id() {
    for definition in queries() {
        for choice in definition.choices {
            let both = choice
                .names
                .iter()
                .filter_map(|name| definition.parameter(name));
            let mut slots = least(definition);
            slots.retain(|(name, _)| !choice.names.contains(name));
            slots.extend(both.map(|one| slot_of(one.name, &[good(one)])));
            let errors = refused(definition.id, &slots);
            let expected = (
                ErrorCode::XdsStoredQueryParamNumber,
                choice.names.join(" or "),
            );
            assert_eq!(errors, [expected], "{}", definition.name);
        }
    }
    let empty = refused(GET_DOCUMENTS.id, &[slot_of(UNIQUE_ID, &[])]);
    assert_eq!(empty[0].0, ErrorCode::XdsStoredQueryMissingParam);
}

#[test]
fn xds_t_032_a_parameter_and_its_exclude_twin_are_not_given_together() {
    let mut slots = least(&FIND_DOCUMENTS_EXCLUDE);
    slots.push(slot_of(NOT_CLASS, &["('a^^s')"]));
    slots.push(slot_of(TYPE_CODE, &["('a^^s')"]));
    decoded(FIND_DOCUMENTS_EXCLUDE.id, &slots);
    slots.push(slot_of(CLASS, &["('a^^s')"]));
    let errors = refused(FIND_DOCUMENTS_EXCLUDE.id, &slots);
    assert_eq!(errors[0].0, ErrorCode::XdsStoredQueryParamNumber);
    assert!(errors[0].1.contains(NOT_CLASS));
}

#[test]
fn xds_t_033_a_single_value_parameter_of_any_query_has_one_value() {
    for definition in queries() {
        let one = |one: &&Parameter| one.number == Number::One;
        for parameter in definition.parameters.iter().filter(one) {
            let mut slots = least(definition);
            let alternatives = definition.choices.iter();
            let other = alternatives
                .filter(|choice| choice.names.contains(&parameter.name))
                .flat_map(|choice| choice.names);
            let gone: Vec<&str> = other.copied().chain([parameter.name]).collect();
            slots.retain(|(name, _)| !gone.contains(name));
            slots.push(slot_of(parameter.name, &[good(parameter), good(parameter)]));
            let errors = refused(definition.id, &slots);
            assert_eq!(errors[0].0, ErrorCode::XdsStoredQueryParamNumber);
            assert!(errors[0].1.starts_with(parameter.name), "{}", errors[0].1);
        }
    }
}

#[test]
fn xds_t_033_a_slot_is_repeated_only_for_and_of_or() {
    for definition in queries() {
        for parameter in definition.parameters {
            let mut slots = least(definition);
            let rival = definition
                .choices
                .iter()
                .filter(|c| c.names.contains(&parameter.name));
            let gone: Vec<&str> = rival.flat_map(|c| c.names).copied().collect();
            slots.retain(|(name, _)| *name != parameter.name && !gone.contains(name));
            slots.push(slot_of(parameter.name, &[good(parameter)]));
            slots.push(slot_of(parameter.name, &[good(parameter)]));
            let answer = decode(&body(definition.id, &slots), &Rules::default());
            match (parameter.number, answer) {
                (Number::AndOr, Ok(_)) => {}
                (Number::One | Number::Or, Err(DecodeError::Refused(refusal))) => {
                    assert!(refusal.has(&ErrorCode::XdsStoredQueryParamNumber));
                }
                (_, other) => panic!("{} {}: {other:?}", definition.name, parameter.name),
            }
        }
    }
}

#[test]
fn xds_t_034_unknown_parameters_are_ignored() {
    let query = find(&[
        ("$Other", &["'"]),
        ("$MetadataLevel", &["2"]),
        ("$XDSDocumentEntryClassCodeScheme", &["('1.2')"]),
        ("$XDSFolderStatus", &[APPROVED]),
    ]);
    assert_eq!(query, find(&[]));
}

#[test]
fn xds_t_035_unknown_statuses_are_dropped_but_one_must_remain() {
    let some = "('urn:x','urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";
    assert_eq!(
        find(&[(STATUS, &[some])]).unwrap().statuses,
        [Status::Deprecated]
    );
    for definition in queries() {
        let status = |one: &&Parameter| one.form == Form::Status;
        for parameter in definition.parameters.iter().filter(status) {
            let mut slots = least(definition);
            slots.retain(|(name, _)| *name != parameter.name);
            slots.push(slot_of(parameter.name, &["('urn:x')"]));
            let expected = format!("{} is required", parameter.name);
            let errors = refused(definition.id, &slots);
            assert_eq!(errors, [(ErrorCode::XdsStoredQueryMissingParam, expected)]);
        }
    }
}

#[test]
fn xds_t_036_types_are_named_one_by_one() {
    let both = "('urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1','urn:uuid:34268E47-fdf5-41a6-ba33-82133c465248')";
    assert_eq!(find(&[(TYPE, &[both])]).unwrap().object_types.len(), 2);
    assert!(find(&[(TYPE, &["('urn:uuid:other')"])]).is_err());
}

#[test]
fn xds_t_040_any_home_is_accepted_and_a_broken_one_refused() {
    let text = body(GET_ASSOCIATIONS.id, &least(&GET_ASSOCIATIONS));
    let with = |home: &str| text.replace(" id=\"urn", &format!(" home=\"{home}\" id=\"urn"));
    let request = decode(&with("urn:oid:1.2.3"), &Rules::default()).unwrap();
    assert_eq!(request.home.as_deref(), Some("urn:oid:1.2.3"));
    for bad in ["1.2.3", "urn:oid:", "urn:uuid:1"] {
        assert!(decode(&with(bad), &Rules::default()).is_err(), "{bad}");
    }
}

#[test]
fn xds_t_041_slots_are_and_and_values_are_or_however_they_are_split() {
    let query = find(&[
        (EVENT, &["('a^^s','b^^s')", "('c^^s')"]),
        (EVENT, &["('d^^s')"]),
    ])
    .unwrap();
    let codes: Vec<Vec<&str>> = query
        .event_codes
        .iter()
        .map(|list| list.iter().map(|c| c.code.as_str()).collect())
        .collect();
    assert_eq!(codes, [vec!["a", "b", "c"], vec!["d"]]);
}

#[test]
fn xds_t_042_a_code_has_a_scheme() {
    for value in ["('a')", "('a^^')", "('a^b^c')", "('^^b')", "('a^^b','c')"] {
        let refusal = find(&[(CLASS, &[value])]).unwrap_err();
        assert!(refusal.has(&ErrorCode::XdsRegistryError), "{value}");
        assert_eq!(refusal.errors.len(), 1);
        assert!(refusal.errors[0].context.starts_with(CLASS));
    }
}

#[test]
fn a_patient_id_without_quotes_and_a_time_in_quotes_are_tolerated() {
    let query = find(&[
        (PATIENT_ID, &["P1^^^&1.2.3&ISO"]),
        (CREATION_FROM, &["'2004'"]),
    ])
    .unwrap();
    assert_eq!(query.patient_id, "P1^^^&1.2.3&ISO");
    assert_eq!(query.creation_time.from.as_deref(), Some("2004"));
}

#[test]
fn uuids_are_compared_in_lower_case() {
    let query = decoded(
        GET_DOCUMENTS.id,
        &[slot_of(ENTRY_UUID, &["('urn:uuid:AB')"])],
    );
    let StoredQuery::GetDocuments(query) = query else {
        panic!("{query:?}");
    };
    assert_eq!(query.ids, Ids::EntryUuids(vec!["urn:uuid:ab".into()]));
}

#[test]
fn association_types_that_are_not_known_are_dropped_but_one_must_remain() {
    let types = "('urn:x','urn:ihe:iti:2007:AssociationType:APND')";
    let slots = [
        slot_of(UNIQUE_ID, &["'1.2'"]),
        slot_of(ASSOCIATION_TYPES, &[types]),
    ];
    let StoredQuery::GetRelatedDocuments(query) = decoded(GET_RELATED_DOCUMENTS.id, &slots) else {
        panic!("another query");
    };
    assert_eq!(query.association_types, [AssociationType::Apnd]);
    let none = slot_of(ASSOCIATION_TYPES, &["('RPLC')"]);
    let errors = refused(GET_RELATED_DOCUMENTS.id, &[slots[0].clone(), none]);
    assert_eq!(errors[0].0, ErrorCode::XdsStoredQueryMissingParam);
}

#[test]
fn a_return_type_that_is_neither_is_refused_and_object_ref_is_the_default() {
    let text = body(FIND_SUBMISSION_SETS.id, &least(&FIND_SUBMISSION_SETS));
    let with = |other: &str| {
        let option = text.replace(" returnType=\"LeafClass\"", other);
        decode(&option, &Rules::default()).map(|request| request.return_type)
    };
    assert!(with(" returnType=\"LeafClassWithRepositoryItem\"").is_err());
    assert_eq!(
        with(" returnType=\"ObjectRef\"").unwrap(),
        ReturnType::ObjectRef
    );
    assert_eq!(with("").unwrap(), ReturnType::ObjectRef);
}

#[test]
fn the_query_id_of_a_refused_request_is_found_for_its_audit_record() {
    let other = "urn:uuid:3d1bdb10-39a2-11de-89c2-2f44d94eaa9f";
    assert_eq!(query_id(&body(other, &[])).as_deref(), Some(other));
    assert_eq!(query_id("<a/>"), None);
}
