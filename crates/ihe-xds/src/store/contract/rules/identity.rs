//! Patient, uniqueIds, entryUUIDs (ITI TF-2 3.42.4.1.3.3, 3.61.4.1.3).

use super::*;
use crate::store::PatientState;

pub(super) async fn contract<S: RegistryStore>(fresh: &impl AsyncFn() -> S) {
    xds_r_031_an_unknown_patient_is_refused_and_nothing_stays(&fresh().await).await;
    xds_r_032_a_patient_who_was_merged_away_is_refused(&fresh().await).await;
    xds_r_036_a_known_document_has_the_same_hash_and_size(&fresh().await).await;
    xds_r_037_unique_ids_of_sets_and_folders_are_used_by_nothing_else(&fresh().await).await;
    xds_r_037_a_document_does_not_take_the_unique_id_of_a_set_or_folder(&fresh().await).await;
    xds_r_040_entry_uuids_are_new(&fresh().await).await;
    xds_r_041_on_demand_and_stable_entries_share_no_unique_id(&fresh().await).await;
    xds_t_020_all_that_the_state_forbids_is_listed(&fresh().await).await;
}

async fn xds_r_031_an_unknown_patient_is_refused_and_nothing_stays<S: RegistryStore>(store: &S) {
    let id = patient(2);
    let sent = submission(&id, vec![document(&id)]);
    let error = errors(store, sent.clone()).await.remove(0);
    assert_eq!(error.code, ErrorCode::XdsUnknownPatientId);
    assert!(error.context.contains(&id), "the context names the id");
    let place = format!(
        "SubmissionSet[{}]/patientId",
        sent.submission_set.entry_uuid
    );
    assert_eq!(error.location, Some(place));
    let state = store.patient(id.clone()).await.expect("patient");
    assert_eq!(state, PatientState::Unknown);
    feed(store, 2).await;
    assert_eq!(count(store, &id).await, 0, "no trace");
    register(store, sent).await;
}

async fn xds_r_032_a_patient_who_was_merged_away_is_refused<S: RegistryStore>(store: &S) {
    let (old, new) = (feed(store, 1).await, feed(store, 2).await);
    let merge = vec![(new.clone(), old.clone())];
    store.merge_patients(merge).await.expect("merge");
    let codes = refusal(store, submission(&old, vec![document(&old)])).await;
    assert_eq!(codes, [ErrorCode::XdsUnknownPatientId]);
    register(store, submission(&new, vec![document(&new)])).await;
}

async fn xds_r_036_a_known_document_has_the_same_hash_and_size<S: RegistryStore>(store: &S) {
    let id = feed(store, 4).await;
    let entry = registered(store, &id).await;
    let again = |change: fn(&mut DocumentEntry)| {
        let mut again = DocumentEntry {
            entry_uuid: uuid(),
            ..entry.clone()
        };
        change(&mut again);
        again
    };
    let both = again(|entry| (entry.hash, entry.size) = (Some(HASH.replace('a', "b")), Some(4)));
    let found = places(store, submission(&id, vec![both.clone()])).await;
    let expected = [
        at_document(&both, ErrorCode::XdsNonIdenticalHash, "hash"),
        at_document(&both, ErrorCode::XdsNonIdenticalSize, "size"),
    ];
    assert_eq!(found, expected);
    let longer = again(|entry| entry.size = Some(4));
    let error = errors(store, submission(&id, vec![longer])).await.remove(0);
    assert_eq!(error.code, ErrorCode::XdsNonIdenticalSize);
    assert!(
        error.context.contains(&entry.unique_id),
        "the context names the uniqueId"
    );
    let same = again(|entry| entry.hash = Some(HASH.to_uppercase()));
    register(store, submission(&id, vec![same])).await;
    assert_eq!(count(store, &id).await, 2, "two entries of one document");
}

async fn xds_r_037_unique_ids_of_sets_and_folders_are_used_by_nothing_else<S: RegistryStore>(
    store: &S,
) {
    let id = feed(store, 3).await;
    let entry = document(&id);
    let known_folder = folder(&id);
    let mut first = submission(&id, vec![entry.clone()]);
    let known_set = first.submission_set.unique_id.clone();
    let filed_first = filed(&id, &known_folder, &[]);
    first.folders = filed_first.folders;
    let member = link(
        AssociationType::HasMember,
        &first.submission_set.entry_uuid,
        &known_folder.entry_uuid,
    );
    first.associations.push(member);
    register(store, first).await;
    for taken in [&known_set, &entry.unique_id, &known_folder.unique_id] {
        let mut again = submission(&id, vec![document(&id)]);
        again.submission_set.unique_id.clone_from(taken);
        let error = errors(store, again.clone()).await.remove(0);
        assert_eq!(error.code, ErrorCode::XdsDuplicateUniqueIdInRegistry);
        assert!(error.context.contains("SubmissionSet") && error.context.contains(taken));
        let other = Folder {
            unique_id: taken.clone(),
            ..folder(&id)
        };
        let found = places(store, filed(&id, &other, &[])).await;
        let place = format!("Folder[{}]/uniqueId", other.entry_uuid);
        assert_eq!(found, [(ErrorCode::XdsDuplicateUniqueIdInRegistry, place)]);
    }
    assert_eq!(count(store, &id).await, 1);
}

async fn xds_r_037_a_document_does_not_take_the_unique_id_of_a_set_or_folder<S: RegistryStore>(
    store: &S,
) {
    let id = feed(store, 3).await;
    let known = folder(&id);
    let first = filed(&id, &known, &[]);
    register(store, first.clone()).await;
    for taken in [&first.submission_set.unique_id, &known.unique_id] {
        let entry = DocumentEntry {
            unique_id: taken.clone(),
            ..document(&id)
        };
        let expected = [at_document(
            &entry,
            ErrorCode::XdsRegistryMetadataError,
            "uniqueId",
        )];
        assert_eq!(places(store, submission(&id, vec![entry])).await, expected);
    }
}

async fn xds_r_040_entry_uuids_are_new<S: RegistryStore>(store: &S) {
    let id = feed(store, 3).await;
    let first = submission(&id, vec![document(&id)]);
    register(store, first.clone()).await;
    let mut second = submission(&id, vec![document(&id)]);
    let known = &first.associations[0].entry_uuid;
    second.associations[0].entry_uuid.clone_from(known);
    let place = format!("Association[{known}]/entryUUID");
    let expected = [(ErrorCode::XdsRegistryMetadataError, place)];
    assert_eq!(places(store, second).await, expected);
    let mut third = submission(&id, vec![document(&id)]);
    let known = &first.documents[0].entry_uuid;
    third.documents[0].entry_uuid.clone_from(known);
    third.associations[0].target.clone_from(known);
    let expected = at_document(
        &third.documents[0],
        ErrorCode::XdsRegistryMetadataError,
        "entryUUID",
    );
    assert_eq!(places(store, third).await, [expected]);
}

async fn xds_r_041_on_demand_and_stable_entries_share_no_unique_id<S: RegistryStore>(store: &S) {
    let id = feed(store, 5).await;
    let stable = registered(store, &id).await;
    let like_stable = DocumentEntry {
        unique_id: stable.unique_id.clone(),
        ..on_demand(&id)
    };
    let expected = at_document(
        &like_stable,
        ErrorCode::XdsRegistryMetadataError,
        "uniqueId",
    );
    let found = places(store, submission(&id, vec![like_stable])).await;
    assert_eq!(found, [expected]);
    let first = on_demand(&id);
    register(store, submission(&id, vec![first.clone()])).await;
    let second = DocumentEntry {
        unique_id: first.unique_id.clone(),
        ..on_demand(&id)
    };
    register(store, submission(&id, vec![second.clone()])).await;
    status_of(store, &second).await;
    let like_on_demand = DocumentEntry {
        unique_id: first.unique_id,
        ..document(&id)
    };
    let expected = at_document(&like_on_demand, ErrorCode::XdsNonIdenticalHash, "hash");
    let found = places(store, submission(&id, vec![like_on_demand])).await;
    assert_eq!(found, [expected]);
}

async fn xds_t_020_all_that_the_state_forbids_is_listed<S: RegistryStore>(store: &S) {
    let (id, other) = (feed(store, 6).await, feed(store, 7).await);
    let theirs = registered(store, &other).await;
    let mine = registered(store, &id).await;
    let new = DocumentEntry {
        unique_id: mine.unique_id.clone(),
        size: Some(4),
        ..document(&id)
    };
    let mut bad = submission(&id, vec![new.clone()]);
    bad.submission_set.unique_id.clone_from(&mine.unique_id);
    let links = [&theirs.entry_uuid, &uuid()];
    for target in links {
        let relation = link(AssociationType::Signs, &new.entry_uuid, target);
        bad.associations.push(relation);
    }
    let expected = [
        ErrorCode::XdsDuplicateUniqueIdInRegistry,
        ErrorCode::XdsNonIdenticalSize,
        ErrorCode::XdsPatientIdDoesNotMatch,
        ErrorCode::UnresolvedReferenceException,
    ];
    assert_eq!(refusal(store, bad).await, expected);
    assert_eq!(count(store, &id).await, 1, "nothing was changed");
}
