//! Members of submission sets and folders (ITI TF-3 4.2.2.1, ITI TF-2 3.42.4.1.3.4, 3.42.4.1.3.6).

use super::*;
use crate::metadata::{Status, SubmissionSetStatus};

pub(super) async fn contract<S: RegistryStore>(fresh: &impl AsyncFn() -> S) {
    xds_r_018_original_is_here_and_reference_is_in_the_registry(&fresh().await).await;
    xds_r_019_a_folders_member_is_a_member_of_the_submission_set_too(&fresh().await).await;
    xds_r_033_a_folder_and_its_entries_are_of_one_patient(&fresh().await).await;
    xds_r_035_an_entry_of_another_patient_may_be_referred_to(&fresh().await).await;
    xds_r_053_a_replacement_joins_the_folders_of_what_it_replaces(&fresh().await).await;
    xds_r_054_a_folder_that_gains_an_entry_is_updated_now(&fresh().await).await;
    xds_r_055_entry_and_folder_of_a_membership_are_approved(&fresh().await).await;
}

/// A submission that refers to an entry.
fn referring(patient_id: &str, target: &str, status: SubmissionSetStatus) -> Submission {
    let mut sent = submission(patient_id, Vec::new());
    let set = sent.submission_set.entry_uuid.clone();
    sent.associations.push(Association {
        submission_set_status: Some(status),
        ..link(AssociationType::HasMember, &set, target)
    });
    sent
}

async fn xds_r_018_original_is_here_and_reference_is_in_the_registry<S: RegistryStore>(store: &S) {
    use SubmissionSetStatus::{Original, Reference};
    let id = feed(store, 1).await;
    let known = registered(store, &id).await;
    let held = folder(&id);
    register(store, filed(&id, &held, &[])).await;
    let cases = [
        (
            known.entry_uuid.clone(),
            Original,
            ErrorCode::XdsRegistryMetadataError,
            "SubmissionSetStatus",
        ),
        (
            uuid(),
            Original,
            ErrorCode::XdsRegistryMetadataError,
            "SubmissionSetStatus",
        ),
        (
            uuid(),
            Reference,
            ErrorCode::UnresolvedReferenceException,
            "targetObject",
        ),
        (
            held.entry_uuid.clone(),
            Reference,
            ErrorCode::XdsRegistryMetadataError,
            "targetObject",
        ),
    ];
    for (target, status, code, attribute) in cases {
        let sent = referring(&id, &target, status);
        let expected = at_last(&sent, code, attribute);
        assert_eq!(places(store, sent).await, expected);
    }
    let mut wrong = submission(&id, vec![document(&id)]);
    wrong.associations[0].submission_set_status = Some(Reference);
    let expected = at_last(
        &wrong,
        ErrorCode::XdsRegistryMetadataError,
        "SubmissionSetStatus",
    );
    assert_eq!(places(store, wrong).await, expected);
    register(store, referring(&id, &known.entry_uuid, Reference)).await;
}

async fn xds_r_019_a_folders_member_is_a_member_of_the_submission_set_too<S: RegistryStore>(
    store: &S,
) {
    let id = feed(store, 1).await;
    let (entry, held) = (registered(store, &id).await, folder(&id));
    let mut sent = filed(&id, &held, &[&entry]);
    let inner = sent.associations.pop().expect("FD-DE");
    sent.associations.pop();
    let place = format!("Association[{}]", inner.entry_uuid);
    sent.associations.push(inner);
    let expected = [(ErrorCode::XdsRegistryMetadataError, place)];
    assert_eq!(places(store, sent).await, expected);
}

async fn xds_r_033_a_folder_and_its_entries_are_of_one_patient<S: RegistryStore>(store: &S) {
    let (mine, theirs) = (feed(store, 1).await, feed(store, 2).await);
    let (entry, held) = (registered(store, &theirs).await, folder(&theirs));
    register(store, filed(&theirs, &held, &[])).await;
    let new = filed(&mine, &folder(&mine), &[&entry]);
    let expected = at_last(&new, ErrorCode::XdsPatientIdDoesNotMatch, "targetObject");
    assert_eq!(places(store, new).await, expected);
    let own = document(&mine);
    let mut into_theirs = submission(&mine, vec![own.clone()]);
    let kind = AssociationType::HasMember;
    put(&mut into_theirs, kind, &held.entry_uuid, &own.entry_uuid);
    let expected = at_last(
        &into_theirs,
        ErrorCode::XdsPatientIdDoesNotMatch,
        "sourceObject",
    );
    assert_eq!(places(store, into_theirs.clone()).await, expected);
    let merge = vec![(mine.clone(), theirs)];
    store.merge_patients(merge).await.expect("merge");
    register(store, into_theirs).await;
    register(store, filed(&mine, &folder(&mine), &[&entry])).await;
}

async fn xds_r_035_an_entry_of_another_patient_may_be_referred_to<S: RegistryStore>(store: &S) {
    let (child, mother) = (feed(store, 1).await, feed(store, 2).await);
    let of_mother = registered(store, &mother).await;
    let sent = referring(
        &child,
        &of_mother.entry_uuid,
        SubmissionSetStatus::Reference,
    );
    register(store, sent).await;
}

async fn xds_r_053_a_replacement_joins_the_folders_of_what_it_replaces<S: RegistryStore>(
    store: &S,
) {
    let id = feed(store, 8).await;
    for kind in [AssociationType::Rplc, AssociationType::XfrmRplc] {
        let old = registered(store, &id).await;
        let folders = [folder(&id), folder(&id)];
        for one in &folders {
            register(store, filed(&id, one, &[&old])).await;
        }
        let (mut sent, new) = related(kind, &old);
        let set = sent.submission_set.entry_uuid.clone();
        let own = AssociationType::HasMember;
        put(&mut sent, own, &folders[1].entry_uuid, &new.entry_uuid);
        register(store, sent).await;
        for one in &folders {
            let of_new = touching(store, &new.entry_uuid).await;
            let joined: Vec<_> = of_new
                .iter()
                .filter(|a| a.source == one.entry_uuid)
                .collect();
            assert_eq!(
                joined.len(),
                1,
                "{kind:?}: once, though the second was sent too"
            );
            let of_joined = touching(store, &joined[0].entry_uuid).await;
            assert!(of_joined.iter().any(|a| a.source == set), "SS-HM");
            let of_old = touching(store, &old.entry_uuid).await;
            assert!(
                of_old.iter().any(|a| a.source == one.entry_uuid),
                "the old one stays"
            );
        }
    }
}

async fn xds_r_054_a_folder_that_gains_an_entry_is_updated_now<S: RegistryStore>(store: &S) {
    let id = feed(store, 3).await;
    let (old, held, other) = (registered(store, &id).await, folder(&id), folder(&id));
    register(store, filed(&id, &held, &[&old])).await;
    register(store, filed(&id, &other, &[])).await;
    let stamp = |time: chrono::DateTime<chrono::Utc>| Some(time.format("%Y%m%d%H%M%S").to_string());
    assert_eq!(
        folder_now(store, &held).await.last_update_time,
        stamp(now())
    );
    let later = |minutes| now() + chrono::TimeDelta::minutes(minutes);
    let mut added = submission(&id, vec![document(&id)]);
    let new = added.documents[0].entry_uuid.clone();
    put(
        &mut added,
        AssociationType::HasMember,
        &held.entry_uuid,
        &new,
    );
    store.register(added, later(1)).await.expect("an addition");
    assert_eq!(
        folder_now(store, &held).await.last_update_time,
        stamp(later(1))
    );
    let (replacement, _) = related(AssociationType::Rplc, &old);
    store
        .register(replacement, later(2))
        .await
        .expect("a replacement");
    assert_eq!(
        folder_now(store, &held).await.last_update_time,
        stamp(later(2))
    );
    assert_eq!(
        folder_now(store, &other).await.last_update_time,
        stamp(now()),
        "untouched"
    );
}

async fn xds_r_055_entry_and_folder_of_a_membership_are_approved<S: RegistryStore>(store: &S) {
    let id = feed(store, 3).await;
    let old = registered(store, &id).await;
    register(store, related(AssociationType::Rplc, &old).0).await;
    assert_eq!(status_of(store, &old).await, Status::Deprecated);
    let code = ErrorCode::XdsRegistryDeprecatedDocumentError;
    let sent = filed(&id, &folder(&id), &[&old]);
    let expected = at_last(&sent, code.clone(), "targetObject");
    assert_eq!(places(store, sent).await, expected);
    let sent = referring(&id, &old.entry_uuid, SubmissionSetStatus::Reference);
    let expected = at_last(&sent, code, "targetObject");
    assert_eq!(
        places(store, sent).await,
        expected,
        "no association refers to it any more"
    );
}
