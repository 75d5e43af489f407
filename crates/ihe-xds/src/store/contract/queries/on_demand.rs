//! On-Demand entries: how they are registered and found (ITI TF-2 3.61.4.1.3, 3.18.4.1.2.3.6.2).

use super::super::super::RegistryStore;
use super::super::build::*;
use super::archive::{counts, uuids};
use super::ask;
use crate::error::ErrorCode;
use crate::iti18::{FindDocuments, GetRelatedDocuments, GetSubmissionSetAndContents, Id};
use crate::metadata::{AssociationType, DocumentEntry, ObjectType, Status};

pub(super) async fn run<S: RegistryStore>(store: &S) {
    let id = feed(store, 60).await;
    let entry = on_demand(&id);
    let sent = submission(&id, vec![entry.clone()]);
    let set = Id::UniqueId(sent.submission_set.unique_id.clone());
    register(store, sent).await;
    xds_t_036_only_a_query_that_names_the_type_finds_it(store, &entry, set).await;
    xds_r_041_a_unique_id_that_names_bytes_is_refused(store, &id).await;
    xds_r_041_two_on_demand_entries_share_a_unique_id(store, &id).await;
    od_r_011_a_snapshot_is_shown_to_those_who_ask_for_both_types(store, &entry).await;
    od_r_003_an_on_demand_entry_takes_the_place_of_a_stable_one(store, &id).await;
}

fn on_demand(patient_id: &str) -> DocumentEntry {
    DocumentEntry {
        object_type: ObjectType::OnDemand,
        creation_time: None,
        hash: None,
        size: None,
        ..document(patient_id)
    }
}

fn find(patient_id: &str, object_types: &[ObjectType]) -> FindDocuments {
    FindDocuments {
        patient_id: patient_id.to_owned(),
        statuses: vec![Status::Approved],
        object_types: object_types.to_vec(),
        ..FindDocuments::default()
    }
}

async fn xds_t_036_only_a_query_that_names_the_type_finds_it<S: RegistryStore>(
    store: &S,
    entry: &DocumentEntry,
    set: Id,
) {
    let id = &entry.patient_id;
    assert!(ask(store, find(id, &[])).await.is_empty());
    let found = ask(store, find(id, &[ObjectType::OnDemand])).await;
    assert_eq!(uuids(&found.documents), uuids([entry]));
    let attributes = &found.documents[0];
    assert!(
        attributes.creation_time.is_none() && attributes.hash.is_none(),
        "XDS-R-071"
    );
    let mut query = GetSubmissionSetAndContents::new(set);
    assert_eq!(counts(&ask(store, query.clone()).await), [1, 0, 0, 0]);
    query.contents.object_types = vec![ObjectType::Stable, ObjectType::OnDemand];
    assert_eq!(counts(&ask(store, query).await), [1, 1, 0, 1]);
}

async fn xds_r_041_a_unique_id_that_names_bytes_is_refused<S: RegistryStore>(store: &S, id: &str) {
    let stable = document(id);
    register(store, submission(id, vec![stable.clone()])).await;
    let mut entry = on_demand(id);
    entry.unique_id.clone_from(&stable.unique_id);
    let codes = refusal(store, submission(id, vec![entry])).await;
    assert_eq!(codes, [ErrorCode::XdsRegistryMetadataError]);
}

async fn xds_r_041_two_on_demand_entries_share_a_unique_id<S: RegistryStore>(store: &S, id: &str) {
    let one = on_demand(id);
    let mut other = on_demand(id);
    other.unique_id.clone_from(&one.unique_id);
    register(store, submission(id, vec![one])).await;
    register(store, submission(id, vec![other])).await;
}

async fn od_r_011_a_snapshot_is_shown_to_those_who_ask_for_both_types<S: RegistryStore>(
    store: &S,
    entry: &DocumentEntry,
) {
    let (sent, snapshot) = related(AssociationType::IsSnapshotOf, entry);
    register(store, sent).await;
    let id = Id::EntryUuid(snapshot.entry_uuid.clone());
    let mut query = GetRelatedDocuments::new(id, [AssociationType::IsSnapshotOf]);
    assert!(ask(store, query.clone()).await.is_empty());
    query.object_types = vec![ObjectType::Stable, ObjectType::OnDemand];
    let found = ask(store, query).await;
    assert_eq!(uuids(&found.documents), uuids([entry, &snapshot]));
    assert_eq!(found.associations.len(), 1);
}

async fn od_r_003_an_on_demand_entry_takes_the_place_of_a_stable_one<S: RegistryStore>(
    store: &S,
    id: &str,
) {
    let stable = document(id);
    register(store, submission(id, vec![stable.clone()])).await;
    let entry = on_demand(id);
    let mut sent = submission(id, vec![entry.clone()]);
    let replaces = link(AssociationType::Rplc, &entry.entry_uuid, &stable.entry_uuid);
    sent.associations.push(replaces);
    register(store, sent).await;
    assert_eq!(status_of(store, &stable).await, Status::Deprecated);
    assert_eq!(status_of(store, &entry).await, Status::Approved);
}
