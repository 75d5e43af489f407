//! What queries show after patients were merged (ITI TF-2 3.18.4.1.2.3.9.1).

use super::super::super::RegistryStore;
use super::super::build::*;
use super::archive::{Archive, counts};
use super::ask;
use super::by_patient::every_query;
use crate::iti18::{GetDocuments, GetSubmissionSetAndContents, Id, Ids};
use crate::metadata::Objects;

pub(super) async fn run<S: RegistryStore>(store: &S) {
    let oldest = Archive::register(store, 50).await;
    let older = Archive::register(store, 51).await;
    let id = feed(store, 52).await;
    let chain = [
        (older.patient_id.clone(), oldest.patient_id.clone()),
        (id.clone(), older.patient_id.clone()),
    ];
    store.merge_patients(chain.to_vec()).await.expect("merge");
    xds_t_038_a_surviving_id_finds_the_whole_chain(store, &id).await;
    for subsumed in [&oldest, &older] {
        for query in every_query(&subsumed.patient_id) {
            assert!(ask(store, query).await.is_empty(), "XDS-T-038");
        }
    }
    xds_t_038_ids_lead_to_the_surviving_patient(store, &oldest, &id).await;
}

fn patients(found: &Objects) -> Vec<&str> {
    let sets = found.submission_sets.iter().map(|one| &one.patient_id);
    let documents = found.documents.iter().map(|one| &one.patient_id);
    let folders = found.folders.iter().map(|one| &one.patient_id);
    let mut all: Vec<&str> = sets
        .chain(documents)
        .chain(folders)
        .map(String::as_str)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

async fn xds_t_038_a_surviving_id_finds_the_whole_chain<S: RegistryStore>(store: &S, id: &str) {
    let expected = [
        [0, 8, 0, 0],
        [0, 8, 0, 0],
        [0, 2, 0, 0],
        [6, 0, 0, 0],
        [0, 0, 2, 0],
        [6, 6, 2, 18],
    ];
    for (query, expected) in every_query(id).into_iter().zip(expected) {
        let found = ask(store, query.clone()).await;
        assert_eq!(counts(&found), expected, "{query:?}");
        assert_eq!(patients(&found), [id], "shown as the surviving patient");
    }
}

/// So that an answer by ids is of one patient as soon as its patients are one.
async fn xds_t_038_ids_lead_to_the_surviving_patient<S: RegistryStore>(
    store: &S,
    archive: &Archive,
    id: &str,
) {
    let new = document(id);
    register(store, submission(id, vec![new.clone()])).await;
    let ids = Ids::EntryUuids(vec![archive.first.entry_uuid.clone(), new.entry_uuid]);
    let found = ask(store, GetDocuments { ids }).await;
    assert_eq!((found.documents.len(), patients(&found)), (2, vec![id]));
    let set = Id::UniqueId(archive.sets[0].unique_id.clone());
    let found = ask(store, GetSubmissionSetAndContents::new(set)).await;
    assert_eq!(patients(&found), [id]);
    let source = &archive.first.source_patient_id;
    assert_eq!(found.documents[0].source_patient_id, *source, "XDS-R-060");
}
