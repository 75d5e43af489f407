use super::*;

const APPROVED: &str = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')";
const PATIENT: &str = "'P1^^^&1.2.3&ISO'";

/// A request with parameters, as another product would write it.
fn body(id: &str, slots: &[(&str, &[&str])]) -> String {
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

fn find(slots: &[(&str, &[&str])]) -> Result<FindDocuments, Refusal> {
    let mut all: Vec<(&str, &[&str])> = vec![(p::PATIENT_ID, &[PATIENT]), (p::STATUS, &[APPROVED])];
    all.retain(|(name, _)| !slots.iter().any(|(other, _)| other == name));
    all.extend_from_slice(slots);
    match decode(&body(p::FIND_DOCUMENTS.id, &all), &Rules::default()) {
        Ok(Request {
            query: StoredQuery::FindDocuments(query),
            ..
        }) => Ok(*query),
        Err(DecodeError::Refused(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

fn refused(id: &str, slots: &[(&str, &[&str])]) -> Vec<ErrorCode> {
    match decode(&body(id, slots), &Rules::default()) {
        Err(DecodeError::Refused(refusal)) => refusal.errors.into_iter().map(|e| e.code).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn xds_t_030_an_unknown_query_is_refused() {
    let other = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9";
    assert_eq!(refused(other, &[]), [ErrorCode::XdsUnknownStoredQuery]);
}

#[test]
fn xds_t_031_every_missing_parameter_is_named() {
    let body = body(p::FIND_DOCUMENTS.id, &[]);
    let Err(DecodeError::Refused(refusal)) = decode(&body, &Rules::default()) else {
        panic!("not refused");
    };
    let contexts: Vec<&str> = refusal.errors.iter().map(|e| e.context.as_str()).collect();
    assert_eq!(
        contexts,
        [
            "$XDSDocumentEntryPatientId is required",
            "$XDSDocumentEntryStatus is required"
        ]
    );
    assert!(
        refusal
            .errors
            .iter()
            .all(|e| e.code == ErrorCode::XdsStoredQueryMissingParam)
    );
}

#[test]
fn xds_t_032_one_of_two_alternatives_is_given() {
    let uuid: (&str, &[&str]) = (p::ENTRY_UUID, &["('urn:uuid:1')"]);
    let unique: (&str, &[&str]) = (p::UNIQUE_ID, &["('1.2')"]);
    let id = p::GET_DOCUMENTS.id;
    assert_eq!(
        refused(id, &[uuid, unique]),
        [ErrorCode::XdsStoredQueryParamNumber]
    );
    assert_eq!(refused(id, &[]), [ErrorCode::XdsStoredQueryMissingParam]);
    assert_eq!(
        refused(id, &[(p::UNIQUE_ID, &[])]),
        [ErrorCode::XdsStoredQueryMissingParam]
    );
}

#[test]
fn xds_t_033_a_single_value_parameter_has_one_value() {
    let two = "('P1^^^&1.2.3&ISO','P2^^^&1.2.3&ISO')";
    let refusal = find(&[(p::PATIENT_ID, &[two])]).unwrap_err();
    assert_eq!(refusal.errors[0].code, ErrorCode::XdsStoredQueryParamNumber);
    let refusal = find(&[(p::CLASS, &["('a^^b')"]), (p::CLASS, &["('c^^b')"])]).unwrap_err();
    assert_eq!(refusal.errors[0].code, ErrorCode::XdsStoredQueryParamNumber);
}

#[test]
fn xds_t_034_and_036_unknown_parameters_are_ignored_and_stable_is_the_default() {
    let query = find(&[("$Other", &["'"])]).unwrap();
    assert_eq!(query.object_types, [ObjectType::Stable]);
    assert_eq!(query.patient_id, "P1^^^&1.2.3&ISO");
    let both = format!(
        "('{}','{}')",
        ObjectType::Stable.urn(),
        ObjectType::OnDemand.urn()
    );
    let query = find(&[(p::TYPE, &[&both])]).unwrap();
    assert_eq!(
        query.object_types,
        [ObjectType::Stable, ObjectType::OnDemand]
    );
}

#[test]
fn xds_t_035_unknown_statuses_are_dropped_but_one_must_remain() {
    let some = "('urn:x','urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')";
    assert_eq!(
        find(&[(p::STATUS, &[some])]).unwrap().statuses,
        [Status::Deprecated]
    );
    let refusal = find(&[(p::STATUS, &["('urn:x')"])]).unwrap_err();
    assert_eq!(
        refusal.errors[0].code,
        ErrorCode::XdsStoredQueryMissingParam
    );
}

#[test]
fn xds_t_041_slots_are_and_values_are_or() {
    let query = find(&[
        (p::EVENT, &["('a^^s','b^^s')", "('c^^s')"]),
        (p::EVENT, &["('d^^s')"]),
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
fn xds_t_042_a_code_without_scheme_and_an_open_quote_are_malformed() {
    for (name, value) in [
        (p::CLASS, "('a')"),
        (p::CLASS, "a^^b"),
        (p::PATIENT_ID, "'P1^^^&1.2.3&ISO''%20or%201=1"),
    ] {
        let refusal = find(&[(name, &[value])]).unwrap_err();
        assert!(refusal.has(&ErrorCode::XdsRegistryError), "{value}");
    }
}

#[test]
fn a_patient_id_without_quotes_and_a_time_in_quotes_are_tolerated() {
    let query = find(&[
        (p::PATIENT_ID, &["P1^^^&1.2.3&ISO"]),
        (p::CREATION[0], &["'2004'"]),
    ])
    .unwrap();
    assert_eq!(query.patient_id, "P1^^^&1.2.3&ISO");
    assert_eq!(query.creation_time.from.as_deref(), Some("2004"));
}

#[test]
fn a_return_type_that_is_neither_is_refused() {
    let body = body(p::GET_ASSOCIATIONS.id, &[(p::UUID, &["('urn:uuid:1')"])]);
    let other = body.replace("LeafClass", "LeafClassWithRepositoryItem");
    assert!(matches!(
        decode(&other, &Rules::default()),
        Err(DecodeError::Refused(_))
    ));
    let refs = decode(&body.replace("LeafClass", "ObjectRef"), &Rules::default()).unwrap();
    assert_eq!(refs.return_type, ReturnType::ObjectRef);
}

#[test]
fn what_is_not_a_query_or_has_too_many_values_is_malformed() {
    assert!(matches!(
        decode("<a/>", &Rules::default()),
        Err(DecodeError::Malformed(_))
    ));
    let mut rules = Rules::default();
    rules.limits.query_values = 1;
    let many = body(p::GET_ASSOCIATIONS.id, &[(p::UUID, &["('a')", "('b')"])]);
    assert!(matches!(
        decode(&many, &rules),
        Err(DecodeError::Malformed(_))
    ));
    let long = body(p::GET_ASSOCIATIONS.id, &[(p::UUID, &["('a','b')"])]);
    assert!(matches!(
        decode(&long, &rules),
        Err(DecodeError::Refused(_))
    ));
}

#[test]
fn every_query_that_is_written_is_read_back() {
    let code = |code: &str| Code::new(code, "1.2.3", "");
    let range = TimeRange {
        from: Some("2004".into()),
        to: Some("20050101".into()),
    };
    let find = FindDocuments {
        patient_id: "P'1^^^&1.2.3&ISO".into(),
        statuses: vec![Status::Approved, Status::Deprecated],
        object_types: vec![ObjectType::OnDemand],
        class_codes: vec![code("a"), code("b'c")],
        type_codes: vec![code("t")],
        practice_setting_codes: vec![code("p")],
        healthcare_facility_type_codes: vec![code("h")],
        format_codes: vec![code("urn:f")],
        event_codes: vec![vec![code("e"), code("f")], vec![code("g")]],
        confidentiality_codes: vec![vec![code("N")], vec![code("R")]],
        author_persons: vec!["%山田%".into()],
        creation_time: range.clone(),
        service_start_time: range.clone(),
        service_stop_time: range,
    };
    let uuid = "urn:uuid:00000000-0000-4000-8000-000000000001".to_owned();
    let mut contents = GetSubmissionSetAndContents::new(Id::UniqueId("1.2.3".into()));
    contents.format_codes = vec![code("f")];
    contents.confidentiality_codes = vec![vec![code("N")]];
    let queries: [StoredQuery; 6] = [
        find.into(),
        GetDocuments {
            ids: Ids::EntryUuids(vec![uuid.clone(); 3]),
        }
        .into(),
        GetDocuments {
            ids: Ids::UniqueIds(vec!["1.2^x".into()]),
        }
        .into(),
        GetAssociations {
            uuids: vec![uuid.clone()],
        }
        .into(),
        contents.into(),
        GetSubmissionSetAndContents::new(Id::EntryUuid(uuid)).into(),
    ];
    for query in queries {
        let mut request = Request::from(query);
        request.home = Some("urn:oid:1.2.3".into());
        assert_eq!(
            decode(&encode(&request), &Rules::default()).unwrap(),
            request
        );
    }
}

#[test]
fn the_query_id_of_a_refused_request_is_found_for_its_audit_record() {
    let other = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9";
    assert_eq!(query_id(&body(other, &[])).as_deref(), Some(other));
    assert_eq!(query_id("<a/>"), None);
}
