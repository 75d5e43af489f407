//! What a submission may do to the state it meets (ITI TF-2 3.42.4.1.3).

use super::super::{PatientState, RegistryStore};
use super::build::*;
use crate::error::ErrorCode;
use crate::iti18::{GetAssociations, GetSubmissionSetAndContents, Id};
use crate::metadata::{AssociationType, DocumentEntry, Folder, Status};

/// XDS-R-031, XDS-T-037.
pub(super) async fn refuses_unknown_patients<S: RegistryStore>(store: &S) {
    let id = patient(2);
    let codes = refusal(store, submission(&id, vec![document(&id)])).await;
    assert_eq!(codes, [ErrorCode::XdsUnknownPatientId]);
    assert_eq!(
        store.patient(id.clone()).await.expect("patient"),
        PatientState::Unknown
    );
    feed(store, 2).await;
    assert_eq!(
        count(store, &id).await,
        0,
        "a refused submission leaves no trace"
    );
}

/// XDS-R-037, 040.
pub(super) async fn refuses_known_unique_ids<S: RegistryStore>(store: &S) {
    let id = feed(store, 3).await;
    let first = submission(&id, vec![document(&id)]);
    register(store, first.clone()).await;
    let mut second = submission(&id, vec![document(&id)]);
    second
        .submission_set
        .unique_id
        .clone_from(&first.submission_set.unique_id);
    assert_eq!(
        refusal(store, second).await,
        [ErrorCode::XdsDuplicateUniqueIdInRegistry]
    );
    let mut third = submission(&id, vec![document(&id)]);
    third
        .submission_set
        .unique_id
        .clone_from(&first.documents[0].unique_id);
    assert_eq!(
        refusal(store, third).await,
        [ErrorCode::XdsDuplicateUniqueIdInRegistry]
    );
    let codes = refusal(store, first).await;
    assert!(
        codes.contains(&ErrorCode::XdsRegistryMetadataError),
        "known entryUUID"
    );
    assert_eq!(count(store, &id).await, 1);
}

/// XDS-R-036.
pub(super) async fn refuses_other_content_of_a_known_document<S: RegistryStore>(store: &S) {
    let id = feed(store, 4).await;
    let entry = document(&id);
    register(store, submission(&id, vec![entry.clone()])).await;
    let again = DocumentEntry {
        entry_uuid: uuid(),
        ..entry.clone()
    };
    let hash = Some(HASH.replace('a', "b"));
    let other = DocumentEntry {
        entry_uuid: uuid(),
        hash,
        ..entry.clone()
    };
    let codes = refusal(store, submission(&id, vec![other])).await;
    assert_eq!(codes, [ErrorCode::XdsNonIdenticalHash]);
    let longer = DocumentEntry {
        entry_uuid: uuid(),
        size: Some(4),
        ..entry
    };
    let codes = refusal(store, submission(&id, vec![longer])).await;
    assert_eq!(codes, [ErrorCode::XdsNonIdenticalSize]);
    let upper = again.hash.as_ref().map(|hash| hash.to_uppercase());
    register(
        store,
        submission(
            &id,
            vec![DocumentEntry {
                hash: upper,
                ..again
            }],
        ),
    )
    .await;
    assert_eq!(count(store, &id).await, 2);
}

/// XDS-R-052.
pub(super) async fn deprecates_what_is_replaced<S: RegistryStore>(store: &S) {
    let id = feed(store, 5).await;
    let old = document(&id);
    register(store, submission(&id, vec![old.clone()])).await;
    let (addendum_set, addendum) = related(AssociationType::Apnd, &old);
    register(store, addendum_set).await;
    let (replacement_set, new) = related(AssociationType::Rplc, &old);
    register(store, replacement_set).await;
    assert_eq!(status_of(store, &old).await, Status::Deprecated);
    assert_eq!(status_of(store, &addendum).await, Status::Deprecated);
    assert_eq!(status_of(store, &new).await, Status::Approved);
    assert_eq!(count(store, &id).await, 1);
}

/// XDS-R-014, 016, 034, 059.
pub(super) async fn refuses_relations_to_deprecated_or_unknown_documents<S: RegistryStore>(
    store: &S,
) {
    let id = feed(store, 6).await;
    let old = document(&id);
    register(store, submission(&id, vec![old.clone()])).await;
    let (transformed_set, transformed) = related(AssociationType::Xfrm, &old);
    register(store, transformed_set).await;
    let (appended, _) = related(AssociationType::Apnd, &transformed);
    assert_eq!(
        refusal(store, appended).await,
        [ErrorCode::XdsRegistryMetadataError]
    );
    register(store, related(AssociationType::Rplc, &old).0).await;
    let (again, _) = related(AssociationType::Rplc, &old);
    assert_eq!(
        refusal(store, again).await,
        [ErrorCode::XdsRegistryDeprecatedDocumentError]
    );
    let (lost, _) = related(AssociationType::Rplc, &document(&id));
    assert_eq!(
        refusal(store, lost).await,
        [ErrorCode::UnresolvedReferenceException]
    );
    let other = feed(store, 7).await;
    let entry = document(&other);
    register(store, submission(&other, vec![entry.clone()])).await;
    let new = document(&id);
    let mut crossed = submission(&id, vec![new.clone()]);
    crossed.associations.push(link(
        AssociationType::Rplc,
        &new.entry_uuid,
        &entry.entry_uuid,
    ));
    assert_eq!(
        refusal(store, crossed).await,
        [ErrorCode::XdsPatientIdDoesNotMatch]
    );
}

/// XDS-R-053, 054.
pub(super) async fn follows_folders<S: RegistryStore>(store: &S) {
    let id = feed(store, 8).await;
    let old = document(&id);
    let folder = Folder {
        entry_uuid: uuid(),
        unique_id: unique_id(),
        patient_id: id.clone(),
        ..Folder::default()
    };
    let mut first = submission(&id, vec![old.clone()]);
    let set = first.submission_set.entry_uuid.clone();
    let member = link(
        AssociationType::HasMember,
        &folder.entry_uuid,
        &old.entry_uuid,
    );
    first
        .associations
        .push(link(AssociationType::HasMember, &set, &folder.entry_uuid));
    first
        .associations
        .push(link(AssociationType::HasMember, &set, &member.entry_uuid));
    first.associations.push(member);
    first.folders.push(folder.clone());
    register(store, first).await;
    let (replacement, new) = related(AssociationType::Rplc, &old);
    let later = now() + chrono::TimeDelta::seconds(60);
    let new_set = replacement.submission_set.entry_uuid.clone();
    store
        .register(replacement, later)
        .await
        .expect("replacement");
    let touching = |uuid: &str| GetAssociations {
        uuids: vec![uuid.to_owned()],
    };
    let found = store
        .query(touching(&new.entry_uuid).into(), MANY)
        .await
        .expect("query");
    let joined = found
        .associations
        .iter()
        .find(|one| one.source == folder.entry_uuid);
    let joined = joined.expect("the new entry joined the folder");
    let found = store
        .query(touching(&joined.entry_uuid).into(), MANY)
        .await
        .expect("query");
    assert!(
        found.associations.iter().any(|one| one.source == new_set),
        "SS-HM"
    );
    let query = GetSubmissionSetAndContents::new(Id::EntryUuid(set));
    let found = store.query(query.into(), MANY).await.expect("query");
    let updated = found
        .folders
        .first()
        .and_then(|folder| folder.last_update_time.clone());
    assert_eq!(updated, Some(later.format("%Y%m%d%H%M%S").to_string()));
}
