use super::super::{Definition, Form, Request, ReturnType, decode, encode, queries, query};
use super::*;
use crate::affinity::Rules;
use crate::metadata::{AssociationType, Status};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::collections::HashSet;

fn text() -> impl Strategy<Value = String> {
    "[a-z0-9'%_山\u{304b}\u{3099}<&>\", ()]{1,20}"
}

fn patient() -> impl Strategy<Value = String> {
    "[A-Z0-9']{1,10}".prop_map(|id| format!("{id}^^^&1.2.3&ISO"))
}

fn code() -> impl Strategy<Value = Code> {
    ("[a-z' ]{1,8}", "[0-9.]{1,8}").prop_map(|(code, scheme)| Code::new(code, scheme, ""))
}

fn codes() -> impl Strategy<Value = Vec<Code>> {
    vec(code(), 0..3)
}

fn code_lists() -> impl Strategy<Value = Vec<Vec<Code>>> {
    vec(vec(code(), 1..3), 0..3)
}

fn id_lists() -> impl Strategy<Value = Vec<Vec<String>>> {
    vec(vec(text(), 1..3), 1..3)
}

fn statuses() -> impl Strategy<Value = Vec<Status>> {
    vec(
        prop_oneof![Just(Status::Approved), Just(Status::Deprecated)],
        1..3,
    )
}

fn types() -> impl Strategy<Value = Vec<ObjectType>> {
    vec(
        prop_oneof![Just(ObjectType::Stable), Just(ObjectType::OnDemand)],
        0..3,
    )
}

fn range() -> impl Strategy<Value = TimeRange> {
    let time = || option::of("20[0-9]{2}(0[1-9](1[0-9]([01][0-9]([0-5][0-9]([0-5][0-9])?)?)?)?)?");
    (time(), time()).prop_map(|(from, to)| TimeRange { from, to })
}

fn uuids() -> impl Strategy<Value = Vec<String>> {
    vec("urn:uuid:[0-9a-f]{4}", 1..4)
}

fn ids() -> impl Strategy<Value = Ids> {
    prop_oneof![
        uuids().prop_map(Ids::EntryUuids),
        vec(text(), 1..3).prop_map(Ids::UniqueIds)
    ]
}

fn id() -> impl Strategy<Value = Id> {
    prop_oneof![
        "urn:uuid:[0-9a-f]{4}".prop_map(Id::EntryUuid),
        text().prop_map(Id::UniqueId)
    ]
}

fn contents() -> impl Strategy<Value = Contents> {
    (codes(), code_lists(), types()).prop_map(
        |(format_codes, confidentiality_codes, object_types)| Contents {
            format_codes,
            confidentiality_codes,
            object_types,
        },
    )
}

fn find_documents() -> impl Strategy<Value = FindDocuments> {
    let whole = (patient(), statuses(), types(), vec(text(), 0..3));
    let lists = (
        codes(),
        codes(),
        codes(),
        codes(),
        codes(),
        code_lists(),
        code_lists(),
    );
    let times = (range(), range(), range());
    (whole, lists, times).prop_map(|(whole, lists, times)| FindDocuments {
        patient_id: whole.0,
        statuses: whole.1,
        object_types: whole.2,
        author_persons: whole.3,
        class_codes: lists.0,
        type_codes: lists.1,
        practice_setting_codes: lists.2,
        healthcare_facility_type_codes: lists.3,
        format_codes: lists.4,
        event_codes: lists.5,
        confidentiality_codes: lists.6,
        creation_time: times.0,
        service_start_time: times.1,
        service_stop_time: times.2,
    })
}

/// Only exclusions, so that none meets its twin.
fn find_documents_exclude() -> impl Strategy<Value = FindDocumentsExclude> {
    let base = (patient(), statuses(), range());
    let lists = (
        codes(),
        codes(),
        codes(),
        codes(),
        codes(),
        code_lists(),
        code_lists(),
    );
    (base, lists, types(), vec(text(), 0..3), id_lists()).prop_map(
        |(base, lists, object_types, author_persons, reference_ids)| {
            let documents = FindDocuments {
                patient_id: base.0,
                statuses: base.1,
                service_start_time: base.2,
                ..FindDocuments::default()
            };
            let exclude = Exclusions {
                object_types,
                class_codes: lists.0,
                type_codes: lists.1,
                practice_setting_codes: lists.2,
                healthcare_facility_type_codes: lists.3,
                format_codes: lists.4,
                event_codes: lists.5,
                confidentiality_codes: lists.6,
                author_persons,
                reference_ids,
            };
            FindDocumentsExclude::new(documents, exclude)
        },
    )
}

fn by_patient() -> impl Strategy<Value = StoredQuery> {
    let sets = (
        patient(),
        vec(text(), 0..3),
        range(),
        option::of(text()),
        codes(),
        statuses(),
    );
    let folders = (patient(), range(), code_lists(), statuses());
    let all = (patient(), statuses(), statuses(), statuses(), contents());
    prop_oneof![
        find_documents().prop_map(StoredQuery::from),
        find_documents_exclude().prop_map(StoredQuery::from),
        (find_documents(), id_lists()).prop_map(|(documents, reference_ids)| {
            FindDocumentsByReferenceId {
                documents,
                reference_ids,
            }
            .into()
        }),
        sets.prop_map(|sets| {
            FindSubmissionSets {
                patient_id: sets.0,
                source_ids: sets.1,
                submission_time: sets.2,
                author_person: sets.3,
                content_types: sets.4,
                statuses: sets.5,
            }
            .into()
        }),
        folders.prop_map(|(patient_id, last_update_time, codes, statuses)| {
            FindFolders {
                patient_id,
                last_update_time,
                codes,
                statuses,
            }
            .into()
        }),
        all.prop_map(|(patient_id, documents, sets, folders, contents)| {
            GetAll {
                patient_id,
                document_statuses: documents,
                submission_set_statuses: sets,
                folder_statuses: folders,
                contents,
            }
            .into()
        }),
    ]
}

fn by_id() -> impl Strategy<Value = StoredQuery> {
    let kinds = vec(prop::sample::select(AssociationType::ALL.to_vec()), 1..4);
    prop_oneof![
        ids().prop_map(|ids| GetDocuments { ids }.into()),
        ids().prop_map(|ids| GetFolders { ids }.into()),
        uuids().prop_map(|uuids| GetAssociations { uuids }.into()),
        ids().prop_map(|ids| GetDocumentsAndAssociations { ids }.into()),
        uuids().prop_map(|uuids| GetSubmissionSets { uuids }.into()),
        (id(), contents())
            .prop_map(|(id, contents)| GetSubmissionSetAndContents { id, contents }.into()),
        (id(), contents()).prop_map(|(id, contents)| GetFolderAndContents { id, contents }.into()),
        id().prop_map(|id| GetFoldersForDocument { id }.into()),
        (id(), kinds, types()).prop_map(|(id, association_types, object_types)| {
            GetRelatedDocuments {
                id,
                association_types,
                object_types,
            }
            .into()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_query_that_is_written_is_read_back(
        query in prop_oneof![by_patient(), by_id()],
        home in option::of("urn:oid:1\\.[1-9]{1,4}"),
        leaf in any::<bool>(),
    ) {
        let return_type = if leaf { ReturnType::LeafClass } else { ReturnType::ObjectRef };
        let request = Request { query, return_type, home };
        let back = decode(&encode(&request), &Rules::default());
        prop_assert_eq!(back, Ok(request));
    }

    /// Audit records name this patient (ITI TF-2 3.18.5.1).
    #[test]
    fn the_patient_of_a_query_is_the_one_its_parameters_name(
        query in prop_oneof![by_patient(), by_id()],
    ) {
        let parameters = query.parameters();
        let mut given = parameters.given();
        let named = given.find(|(parameter, _)| parameter.form() == Form::Patient);
        let named = named.map(|(_, lists)| lists[0][0].as_str());
        prop_assert_eq!(query.patient_id(), named);
    }
}

#[test]
fn xds_t_044_the_table_holds_all_queries_and_each_is_found_by_id_and_name() {
    let ids: HashSet<&str> = queries().iter().map(|one| one.id()).collect();
    assert_eq!(ids.len(), 15);
    for one in queries() {
        let names: HashSet<&str> = one.parameters().iter().map(|p| p.name()).collect();
        assert_eq!(names.len(), one.parameters().len(), "{}", one.name());
        assert!(names.iter().all(|name| name.starts_with('$')));
        let choices = one.choices().iter().flat_map(|choice| choice.names());
        assert!(choices.into_iter().all(|name| names.contains(name)));
        for name in [one.id(), one.name(), &one.name().to_lowercase()] {
            assert_eq!(
                query(name).map(|found| found.id()),
                Some(one.id()),
                "{name}"
            );
        }
    }
    let kebab = query("get-submission-set-and-contents").map(|one| one.name());
    assert_eq!(kebab, Some("GetSubmissionSetAndContents"));
    assert!(query("").is_none());
}

#[test]
fn xds_t_032_the_table_tells_which_queries_have_parameters_that_exclude_each_other() {
    let choosing = |required: bool| -> Vec<&str> {
        let has = |one: &&Definition| one.choices().iter().any(|c| c.is_required() == required);
        let found = queries().iter().filter(has);
        found.map(|one| one.name()).collect()
    };
    assert_eq!(
        choosing(true),
        [
            "GetDocuments",
            "GetFolders",
            "GetDocumentsAndAssociations",
            "GetSubmissionSetAndContents",
            "GetFolderAndContents",
            "GetFoldersForDocument",
            "GetRelatedDocuments",
        ]
    );
    assert_eq!(choosing(false), ["FindDocumentsExclude"]);
}

#[test]
fn a_query_is_built_from_names_and_values() {
    let definition = query("find-documents").unwrap();
    let start =
        || Parameters::of(definition).with("XDSDocumentEntryPatientId", ["P1^^^&1.2.3&ISO"]);
    let built = start()
        .with("$XDSDocumentEntryStatus", [Status::Approved.urn()])
        .with("XDSDocumentEntryEventCodeList", ["a^^s", "b^^s"])
        .with("XDSDocumentEntryEventCodeList", ["c^^s"]);
    let Ok(StoredQuery::FindDocuments(query)) = built.query() else {
        panic!("another query");
    };
    let sizes: Vec<usize> = query.event_codes.iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 1]);
    let wrong = start()
        .with("XDSFolderStatus", ["x"])
        .with("XDSDocumentEntryClassCode", ["a"]);
    let contexts: Vec<String> = wrong
        .query()
        .unwrap_err()
        .errors
        .into_iter()
        .map(|one| one.context)
        .collect();
    assert_eq!(contexts.len(), 3, "{contexts:?}");
}

#[test]
fn no_query_shows_its_patient_in_debug() {
    let patient = hl7v2::datatype::Cx::new("SECRET", hl7v2::datatype::Hd::oid("1.2.3"));
    let documents = FindDocuments::new(&patient).approved();
    let mut named = FindDocumentsByReferenceId::new(documents.clone(), "SECRET");
    named.documents.author_persons = vec!["SECRET".into()];
    let exclude = Exclusions {
        author_persons: vec!["SECRET".into()],
        ..Exclusions::default()
    };
    let all: Vec<StoredQuery> = vec![
        FindSubmissionSets::new(&patient).into(),
        FindFolders::new(&patient).into(),
        GetAll::new(&patient).into(),
        FindDocumentsExclude::new(documents.clone(), exclude).into(),
        documents.into(),
        named.into(),
    ];
    for query in all {
        let shown = format!("{query:?} {:?}", query.parameters());
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}
