//! The queries that name a patient (ITI TF-2 3.18.4.1.2.3.7.1 to .4 and .14; CP-ITI-1323).

use super::super::super::{QueryError, RegistryStore};
use super::super::build::*;
use super::archive::{Archive, code, counts, uuids};
use super::ask;
use crate::iti18::{
    Contents, Exclusions, FindDocuments, FindDocumentsByReferenceId, FindDocumentsExclude,
    FindFolders, FindSubmissionSets, GetAll, StoredQuery, TimeRange,
};
use crate::metadata::Status;

const APPROVED: [Status; 1] = [Status::Approved];
const DEPRECATED: [Status; 1] = [Status::Deprecated];

pub(super) async fn run<S: RegistryStore>(store: &S) {
    let other = Archive::register(store, 31).await;
    let archive = Archive::register(store, 30).await;
    finds_documents(store, &archive).await;
    finds_documents_by_reference_id(store, &archive).await;
    finds_documents_less_what_is_excluded(store, &archive).await;
    finds_submission_sets(store, &archive).await;
    finds_folders(store, &archive).await;
    gets_all(store, &archive).await;
    xds_t_037_an_unknown_patient_has_nothing(store).await;
    for archive in [&archive, &other] {
        for query in every_query(&archive.patient_id) {
            xds_t_045_stops_at_the_first_object_too_many(store, query).await;
        }
    }
}

fn documents(patient_id: &str, statuses: &[Status]) -> FindDocuments {
    FindDocuments {
        patient_id: patient_id.to_owned(),
        statuses: statuses.to_vec(),
        ..FindDocuments::default()
    }
}

fn sets(patient_id: &str, statuses: &[Status]) -> FindSubmissionSets {
    FindSubmissionSets {
        patient_id: patient_id.to_owned(),
        statuses: statuses.to_vec(),
        ..FindSubmissionSets::default()
    }
}

fn folders(patient_id: &str, statuses: &[Status]) -> FindFolders {
    FindFolders {
        patient_id: patient_id.to_owned(),
        statuses: statuses.to_vec(),
        ..FindFolders::default()
    }
}

fn all(patient_id: &str) -> GetAll {
    GetAll {
        patient_id: patient_id.to_owned(),
        document_statuses: APPROVED.to_vec(),
        submission_set_statuses: APPROVED.to_vec(),
        folder_statuses: APPROVED.to_vec(),
        contents: Contents::default(),
    }
}

/// Each query of this file, asking for all it can find.
pub(super) fn every_query(patient_id: &str) -> Vec<StoredQuery> {
    let both = [Status::Approved, Status::Deprecated];
    let find = documents(patient_id, &both);
    let referred = FindDocumentsByReferenceId::new(find.clone(), "%order");
    vec![
        FindDocumentsExclude::new(find.clone(), Exclusions::default()).into(),
        find.into(),
        referred.into(),
        sets(patient_id, &both).into(),
        folders(patient_id, &both).into(),
        all(patient_id).into(),
    ]
}

async fn finds_documents<S: RegistryStore>(store: &S, archive: &Archive) {
    let id = &archive.patient_id;
    let found = ask(store, documents(id, &APPROVED)).await;
    let expected = [&archive.first, &archive.third, &archive.fourth];
    assert_eq!(uuids(&found.documents), uuids(expected));
    assert_eq!(counts(&found), [0, 3, 0, 0]);
    let found = ask(store, documents(id, &DEPRECATED)).await;
    assert_eq!(uuids(&found.documents), uuids([&archive.second]));
    let mut narrow = documents(id, &[Status::Approved, Status::Deprecated]);
    narrow.confidentiality_codes = vec![vec![code("N")]];
    narrow.format_codes = vec![code("pdf"), code("text")];
    assert_eq!(ask(store, narrow.clone()).await.documents.len(), 2);
    narrow.confidentiality_codes.push(vec![code("R")]);
    let found = ask(store, narrow).await;
    assert_eq!(uuids(&found.documents), uuids([&archive.first]));
}

async fn finds_documents_by_reference_id<S: RegistryStore>(store: &S, archive: &Archive) {
    let asked = documents(&archive.patient_id, &APPROVED);
    let mut query = FindDocumentsByReferenceId::new(asked, "1^^^^urn:order");
    query.reference_ids.push(vec!["2^^^^urn:%".into()]);
    let found = ask(store, query.clone()).await;
    assert_eq!(uuids(&found.documents), uuids([&archive.first]));
    query.reference_ids.push(vec!["3%".into()]);
    assert!(ask(store, query).await.is_empty());
}

async fn finds_documents_less_what_is_excluded<S: RegistryStore>(store: &S, archive: &Archive) {
    let exclude = Exclusions {
        format_codes: vec![code("text")],
        ..Exclusions::default()
    };
    let asked = documents(&archive.patient_id, &APPROVED);
    let found = ask(store, FindDocumentsExclude::new(asked, exclude)).await;
    let expected = [&archive.third, &archive.fourth];
    assert_eq!(uuids(&found.documents), uuids(expected));
}

async fn finds_submission_sets<S: RegistryStore>(store: &S, archive: &Archive) {
    let of_patient = sets(&archive.patient_id, &APPROVED);
    let found = ask(store, of_patient.clone()).await;
    assert_eq!(counts(&found), [3, 0, 0, 0]);
    let never = sets(&archive.patient_id, &DEPRECATED);
    assert!(
        ask(store, never).await.is_empty(),
        "a set is not deprecated"
    );
    let narrow = FindSubmissionSets {
        source_ids: vec![archive.sets[0].source_id.clone()],
        submission_time: TimeRange::between("20250101", "20250102"),
        author_person: Some("%Yamada%".into()),
        content_types: vec![code("summary")],
        ..of_patient.clone()
    };
    let found = ask(store, narrow).await.submission_sets;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].unique_id, archive.sets[0].unique_id);
    let later = FindSubmissionSets {
        submission_time: TimeRange::between("20250102", "2026"),
        ..of_patient
    };
    assert!(ask(store, later).await.is_empty());
}

async fn finds_folders<S: RegistryStore>(store: &S, archive: &Archive) {
    let of_patient = folders(&archive.patient_id, &APPROVED);
    let updated = now().format("%Y%m%d%H%M%S").to_string();
    let both = FindFolders {
        codes: vec![vec![code("x"), code("a")], vec![code("b")]],
        last_update_time: TimeRange {
            from: Some(updated.clone()),
            to: None,
        },
        ..of_patient.clone()
    };
    let found = ask(store, both).await;
    assert_eq!(counts(&found), [0, 0, 1, 0]);
    assert_eq!(found.folders[0].entry_uuid, archive.folder.entry_uuid);
    let other = FindFolders {
        codes: vec![vec![code("a")], vec![code("x")]],
        ..of_patient.clone()
    };
    assert!(ask(store, other).await.is_empty());
    let before = FindFolders {
        last_update_time: TimeRange {
            from: None,
            to: Some(updated),
        },
        ..of_patient
    };
    assert!(ask(store, before).await.is_empty(), "To is exclusive");
    let deprecated = folders(&archive.patient_id, &DEPRECATED);
    assert!(ask(store, deprecated).await.is_empty());
}

/// Associations lead out of the answer: to the Deprecated entry.
async fn gets_all<S: RegistryStore>(store: &S, archive: &Archive) {
    let id = &archive.patient_id;
    let found = ask(store, all(id)).await;
    assert_eq!(counts(&found), [3, 3, 1, 9]);
    let old = &archive.second.entry_uuid;
    let to_old = found.associations.iter().filter(|one| one.target == *old);
    assert_eq!(
        to_old.count(),
        2,
        "from its SubmissionSet and its replacement"
    );
    let only_old = GetAll {
        document_statuses: DEPRECATED.to_vec(),
        submission_set_statuses: DEPRECATED.to_vec(),
        folder_statuses: DEPRECATED.to_vec(),
        ..all(id)
    };
    assert_eq!(counts(&ask(store, only_old).await), [0, 1, 0, 2]);
    let narrow = GetAll {
        contents: Contents {
            format_codes: vec![code("text")],
            confidentiality_codes: vec![vec![code("R")]],
            ..Contents::default()
        },
        submission_set_statuses: DEPRECATED.to_vec(),
        folder_statuses: DEPRECATED.to_vec(),
        ..all(id)
    };
    assert_eq!(counts(&ask(store, narrow).await), [0, 1, 0, 3]);
}

async fn xds_t_037_an_unknown_patient_has_nothing<S: RegistryStore>(store: &S) {
    for query in every_query(&patient(999)) {
        assert!(ask(store, query).await.is_empty());
    }
}

/// Neither a part of the result nor all of it in memory.
pub(super) async fn xds_t_045_stops_at_the_first_object_too_many<S: RegistryStore>(
    store: &S,
    query: StoredQuery,
) {
    let found = ask(store, query.clone()).await.entry_uuids().count();
    assert!(found > 0, "{query:?}");
    let enough = store.query(query.clone(), found).await.expect("query");
    assert_eq!(enough.entry_uuids().count(), found);
    let most = found - 1;
    let refused = store.query(query, most).await;
    assert!(matches!(refused, Err(QueryError::TooMany { most: limit }) if limit == most));
}
