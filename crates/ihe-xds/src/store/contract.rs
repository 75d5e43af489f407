//! What every [`RegistryStore`] must do: one test body for each backend, and for a vendor's own.

use super::{MergeError, MergeProblem, PatientState, RegisterError, RegistryStore};
use crate::error::ErrorCode;
use crate::iti18::{
    FindDocuments, GetAssociations, GetDocuments, GetSubmissionSetAndContents, Id, Ids,
};
use crate::metadata::{
    Association, AssociationType, DocumentEntry, Folder, Objects, Status, Submission,
    SubmissionSet, SubmissionSetStatus,
};
use chrono::{DateTime, Utc};

const HASH: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

/// Runs the whole contract; `fresh` makes an empty store each time.
///
/// # Panics
/// When the store breaks the contract.
pub async fn registry_store<S: RegistryStore>(fresh: impl Fn() -> S) {
    registers_and_finds(&fresh()).await;
    refuses_unknown_patients(&fresh()).await;
    refuses_known_unique_ids(&fresh()).await;
    refuses_other_content_of_a_known_document(&fresh()).await;
    deprecates_what_is_replaced(&fresh()).await;
    refuses_relations_to_deprecated_or_unknown_documents(&fresh()).await;
    follows_folders(&fresh()).await;
    merges_patients(&fresh()).await;
    merges_all_or_nothing(&fresh()).await;
    answers_by_association_and_set(&fresh()).await;
    pages_through_all_documents(&fresh()).await;
}

fn patient(number: u32) -> String {
    format!("P{number}^^^&1.2.3.4&ISO")
}

fn uuid() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}

fn unique_id() -> String {
    format!("2.25.{}", uuid::Uuid::new_v4().as_u128())
}

fn document(patient_id: &str) -> DocumentEntry {
    DocumentEntry {
        entry_uuid: uuid(),
        unique_id: unique_id(),
        patient_id: patient_id.to_owned(),
        mime_type: "text/plain".into(),
        hash: Some(HASH.into()),
        size: Some(3),
        creation_time: Some("20260101".into()),
        language_code: "ja-JP".into(),
        repository_unique_id: Some("1.2.3.4.5".into()),
        source_patient_id: Some(patient_id.to_owned()),
        ..DocumentEntry::default()
    }
}

fn link(kind: AssociationType, source: &str, target: &str) -> Association {
    Association {
        entry_uuid: uuid(),
        association_type: kind,
        source: source.to_owned(),
        target: target.to_owned(),
        ..Association::default()
    }
}

fn submission(patient_id: &str, documents: Vec<DocumentEntry>) -> Submission {
    let submission_set = SubmissionSet {
        entry_uuid: uuid(),
        unique_id: unique_id(),
        patient_id: patient_id.to_owned(),
        source_id: "1.2.3.4.6".into(),
        submission_time: "20260101120000".into(),
        ..SubmissionSet::default()
    };
    let original = |entry: &DocumentEntry| Association {
        submission_set_status: Some(SubmissionSetStatus::Original),
        ..link(
            AssociationType::HasMember,
            &submission_set.entry_uuid,
            &entry.entry_uuid,
        )
    };
    let associations = documents.iter().map(original).collect();
    Submission {
        submission_set,
        documents,
        folders: Vec::new(),
        associations,
    }
}

fn related(kind: AssociationType, old: &DocumentEntry) -> (Submission, DocumentEntry) {
    let new = document(&old.patient_id);
    let mut submission = submission(&old.patient_id, vec![new.clone()]);
    submission
        .associations
        .push(link(kind, &new.entry_uuid, &old.entry_uuid));
    (submission, new)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap_or_default()
}

async fn register<S: RegistryStore>(store: &S, submission: Submission) {
    let result = store.register(submission, now()).await;
    assert!(result.is_ok(), "a good submission was refused: {result:?}");
}

async fn refusal<S: RegistryStore>(store: &S, submission: Submission) -> Vec<ErrorCode> {
    match store.register(submission, now()).await {
        Err(RegisterError::Refused(refusal)) => {
            refusal.errors.into_iter().map(|error| error.code).collect()
        }
        other => panic!("not refused: {other:?}"),
    }
}

async fn feed<S: RegistryStore>(store: &S, number: u32) -> String {
    let id = patient(number);
    store.add_patient(id.clone()).await.expect("feed");
    id
}

async fn find<S: RegistryStore>(store: &S, patient_id: &str, statuses: &[Status]) -> Objects {
    let query = FindDocuments {
        patient_id: patient_id.to_owned(),
        statuses: statuses.to_vec(),
        object_types: vec![crate::metadata::ObjectType::Stable],
        ..FindDocuments::default()
    };
    store.query(query.into()).await.expect("query")
}

async fn count<S: RegistryStore>(store: &S, patient_id: &str) -> usize {
    find(store, patient_id, &[Status::Approved])
        .await
        .documents
        .len()
}

async fn status_of<S: RegistryStore>(store: &S, entry: &DocumentEntry) -> Status {
    let ids = Ids::EntryUuids(vec![entry.entry_uuid.clone()]);
    let found = store
        .query(GetDocuments { ids }.into())
        .await
        .expect("query");
    found.documents.first().expect("the entry").status
}

/// XDS-R-050, 051, 058.
async fn registers_and_finds<S: RegistryStore>(store: &S) {
    let id = feed(store, 1).await;
    let mut entry = document(&id);
    entry.status = Status::Deprecated;
    entry.title = Some("検査 <報告> & \"x\"".into());
    entry.source_patient_info = vec!["PID-5|山田^太郎".into()];
    register(store, submission(&id, vec![entry.clone()])).await;
    let found = find(store, &id, &[Status::Approved]).await;
    let expected = DocumentEntry {
        status: Status::Approved,
        logical_id: Some(entry.entry_uuid.clone()),
        ..entry
    };
    assert!(
        found.documents == [expected],
        "attributes come back unchanged and Approved"
    );
    assert!(find(store, &id, &[Status::Deprecated]).await.is_empty());
}

/// XDS-R-031, XDS-T-037.
async fn refuses_unknown_patients<S: RegistryStore>(store: &S) {
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
async fn refuses_known_unique_ids<S: RegistryStore>(store: &S) {
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
async fn refuses_other_content_of_a_known_document<S: RegistryStore>(store: &S) {
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
async fn deprecates_what_is_replaced<S: RegistryStore>(store: &S) {
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
async fn refuses_relations_to_deprecated_or_unknown_documents<S: RegistryStore>(store: &S) {
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
async fn follows_folders<S: RegistryStore>(store: &S) {
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
        .query(touching(&new.entry_uuid).into())
        .await
        .expect("query");
    let joined = found
        .associations
        .iter()
        .find(|one| one.source == folder.entry_uuid);
    let joined = joined.expect("the new entry joined the folder");
    let found = store
        .query(touching(&joined.entry_uuid).into())
        .await
        .expect("query");
    assert!(
        found.associations.iter().any(|one| one.source == new_set),
        "SS-HM"
    );
    let query = GetSubmissionSetAndContents::new(Id::EntryUuid(set));
    let found = store.query(query.into()).await.expect("query");
    let updated = found
        .folders
        .first()
        .and_then(|folder| folder.last_update_time.clone());
    assert_eq!(updated, Some(later.format("%Y%m%d%H%M%S").to_string()));
}

/// XDS-R-032, XDS-T-038, V2-R-016, V2-R-017.
async fn merges_patients<S: RegistryStore>(store: &S) {
    let (a, b, c) = (
        feed(store, 10).await,
        feed(store, 11).await,
        feed(store, 12).await,
    );
    register(store, submission(&a, vec![document(&a)])).await;
    register(store, submission(&b, vec![document(&b)])).await;
    register(store, submission(&c, vec![document(&c)])).await;
    store
        .merge_patients(vec![(b.clone(), a.clone())])
        .await
        .expect("A into B");
    store
        .merge_patients(vec![(c.clone(), b.clone())])
        .await
        .expect("B into C");
    assert_eq!(count(store, &a).await, 0, "subsumed: nothing");
    assert_eq!(count(store, &b).await, 0, "subsumed: nothing");
    let found = find(store, &c, &[Status::Approved]).await.documents;
    assert_eq!(found.len(), 3, "survivor: the whole chain");
    assert!(
        found.iter().all(|entry| entry.patient_id == c),
        "shown as the survivor"
    );
    assert!(
        found
            .iter()
            .any(|entry| entry.source_patient_id.as_ref() == Some(&a)),
        "XDS-R-060: source patient id stays"
    );
    let codes = refusal(store, submission(&a, vec![document(&a)])).await;
    assert_eq!(codes, [ErrorCode::XdsUnknownPatientId]);
    assert_eq!(
        store.add_patient(a.clone()).await.expect("feed"),
        PatientState::Subsumed
    );
    assert_eq!(
        store.patient(a.clone()).await.expect("patient"),
        PatientState::Subsumed
    );
    let (replacement, _) = {
        let old = found
            .iter()
            .find(|one| one.source_patient_id.as_ref() == Some(&a));
        related(AssociationType::Rplc, old.expect("A's document"))
    };
    register(store, replacement).await;
}

/// V2-R-016.
async fn merges_all_or_nothing<S: RegistryStore>(store: &S) {
    let (a, b, c) = (
        feed(store, 20).await,
        feed(store, 21).await,
        feed(store, 22).await,
    );
    let unknown = patient(29);
    let cases = [
        (vec![(a.clone(), a.clone())], 0, MergeProblem::SameId),
        (
            vec![(a.clone(), unknown.clone())],
            0,
            MergeProblem::SubsumedUnknown,
        ),
        (vec![(unknown, a.clone())], 0, MergeProblem::SurvivorUnknown),
        (
            vec![(a.clone(), b.clone()), (c.clone(), b.clone())],
            1,
            MergeProblem::SubsumedAlreadyMerged,
        ),
        (
            vec![(a.clone(), b.clone()), (b.clone(), c.clone())],
            1,
            MergeProblem::SurvivorAlreadyMerged,
        ),
    ];
    for (merges, at, expected) in cases {
        match store.merge_patients(merges).await {
            Err(MergeError::Refused { index, problem }) => {
                assert_eq!((index, problem), (at, expected));
            }
            other => panic!("{expected:?} not found: {other:?}"),
        }
        for id in [&a, &b, &c] {
            let state = store.patient(id.clone()).await.expect("patient");
            assert_eq!(
                state,
                PatientState::Active,
                "{expected:?} changed something"
            );
        }
    }
}

/// ITI TF-2 3.18.4.1.2.3.7.5, .7 and .10.
async fn answers_by_association_and_set<S: RegistryStore>(store: &S) {
    let id = feed(store, 30).await;
    let sent = submission(&id, vec![document(&id), document(&id)]);
    register(store, sent.clone()).await;
    let query =
        GetSubmissionSetAndContents::new(Id::UniqueId(sent.submission_set.unique_id.clone()));
    let found = store.query(query.into()).await.expect("query");
    assert_eq!(found.submission_sets.len(), 1);
    assert_eq!((found.documents.len(), found.associations.len()), (2, 2));
    let ids = Ids::UniqueIds(vec![sent.documents[1].unique_id.clone(), "9.9.9".into()]);
    let found = store
        .query(GetDocuments { ids }.into())
        .await
        .expect("query");
    assert_eq!(
        found.documents.len(),
        1,
        "XDS-T-043: what is not there is left out"
    );
    let uuids = vec![sent.documents[0].entry_uuid.clone()];
    let found = store
        .query(GetAssociations { uuids }.into())
        .await
        .expect("query");
    assert_eq!(found.associations.len(), 1);
    assert_eq!(
        found.associations[0].submission_set_status,
        Some(SubmissionSetStatus::Original)
    );
}

async fn pages_through_all_documents<S: RegistryStore>(store: &S) {
    let id = feed(store, 40).await;
    register(
        store,
        submission(&id, (0..5).map(|_| document(&id)).collect()),
    )
    .await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = store.documents_after(after, 2).await.expect("page");
        let Some(last) = page.last() else { break };
        after = Some(last.entry_uuid.clone());
        seen.extend(page.into_iter().map(|entry| entry.entry_uuid));
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted(), "in order of entryUUID");
}
