//! Associations between documents (ITI TF-3 4.2.2.2, ITI TF-2 3.42.4.1.3.5).

use super::*;
use crate::metadata::Status;

const REPLACING: [AssociationType; 2] = [AssociationType::Rplc, AssociationType::XfrmRplc];
const KEEPING: [AssociationType; 3] = [
    AssociationType::Xfrm,
    AssociationType::Apnd,
    AssociationType::Signs,
];

pub(super) async fn contract<S: RegistryStore>(fresh: &impl AsyncFn() -> S) {
    xds_r_014_nothing_relates_to_a_deprecated_entry(&fresh().await).await;
    xds_r_015_the_source_of_a_relationship_is_submitted_with_it(&fresh().await).await;
    xds_r_016_the_target_of_a_relationship_exists(&fresh().await).await;
    xds_r_017_a_snapshot_links_a_stable_entry_to_an_on_demand_entry(&fresh().await).await;
    xds_r_034_related_entries_are_of_one_patient_merges_considered(&fresh().await).await;
    xds_r_059_nothing_is_appended_to_a_transformation(&fresh().await).await;
}

async fn xds_r_014_nothing_relates_to_a_deprecated_entry<S: RegistryStore>(store: &S) {
    let id = feed(store, 6).await;
    let old = registered(store, &id).await;
    register(store, related(AssociationType::Rplc, &old).0).await;
    let code = ErrorCode::XdsRegistryDeprecatedDocumentError;
    for kind in REPLACING.into_iter().chain(KEEPING) {
        let (sent, _) = related(kind, &old);
        let expected = at_last(&sent, code.clone(), "targetObject");
        assert_eq!(places(store, sent).await, expected, "{kind:?}");
    }
    let ours = on_demand(&id);
    register(store, submission(&id, vec![ours.clone()])).await;
    register(store, related(AssociationType::Rplc, &ours).0).await;
    let (snapshot, _) = related(AssociationType::IsSnapshotOf, &ours);
    assert_eq!(
        refusal(store, snapshot).await,
        [code],
        "a Stable entry replaced it"
    );
}

async fn xds_r_015_the_source_of_a_relationship_is_submitted_with_it<S: RegistryStore>(store: &S) {
    let id = feed(store, 7).await;
    let (one, two) = (registered(store, &id).await, registered(store, &id).await);
    for kind in REPLACING.into_iter().chain(KEEPING) {
        let mut sent = submission(&id, vec![document(&id)]);
        let relation = link(kind, &one.entry_uuid, &two.entry_uuid);
        sent.associations.push(relation);
        let expected = at_last(
            &sent,
            ErrorCode::UnresolvedReferenceException,
            "sourceObject",
        );
        assert_eq!(places(store, sent).await, expected, "{kind:?}");
    }
    assert_eq!(status_of(store, &two).await, Status::Approved);
}

async fn xds_r_016_the_target_of_a_relationship_exists<S: RegistryStore>(store: &S) {
    let id = feed(store, 8).await;
    let unresolved = ErrorCode::UnresolvedReferenceException;
    let nowhere = document(&id);
    for kind in REPLACING.into_iter().chain(KEEPING) {
        let (sent, _) = related(kind, &nowhere);
        let expected = at_last(&sent, unresolved.clone(), "targetObject");
        assert_eq!(places(store, sent).await, expected, "{kind:?}");
        let (new, target) = (document(&id), document(&id));
        let mut both = submission(&id, vec![new.clone(), target.clone()]);
        both.associations
            .push(link(kind, &new.entry_uuid, &target.entry_uuid));
        if kind.replaces() {
            let expected = at_last(&both, unresolved.clone(), "targetObject");
            assert_eq!(places(store, both).await, expected, "{kind:?}");
        } else {
            register(store, both).await;
        }
    }
    let held = folder(&id);
    register(store, filed(&id, &held, &[])).await;
    let new = document(&id);
    let mut to_folder = submission(&id, vec![new.clone()]);
    let relation = link(AssociationType::Signs, &new.entry_uuid, &held.entry_uuid);
    to_folder.associations.push(relation);
    assert_eq!(refusal(store, to_folder).await, [unresolved]);
}

async fn xds_r_017_a_snapshot_links_a_stable_entry_to_an_on_demand_entry<S: RegistryStore>(
    store: &S,
) {
    let id = feed(store, 9).await;
    let (stable, dynamic) = (document(&id), on_demand(&id));
    register(
        store,
        submission(&id, vec![stable.clone(), dynamic.clone()]),
    )
    .await;
    let kind = AssociationType::IsSnapshotOf;
    let wrong = ErrorCode::XdsRegistryMetadataError;
    let (of_stable, _) = related(kind, &stable);
    let expected = at_last(&of_stable, wrong.clone(), "targetObject");
    assert_eq!(places(store, of_stable).await, expected);
    let mut of_dynamic = submission(&id, vec![on_demand(&id)]);
    let source = of_dynamic.documents[0].entry_uuid.clone();
    of_dynamic
        .associations
        .push(link(kind, &source, &dynamic.entry_uuid));
    let expected = at_last(&of_dynamic, wrong, "sourceObject");
    assert_eq!(places(store, of_dynamic).await, expected);
    let (snapshot, new) = related(kind, &dynamic);
    register(store, snapshot).await;
    for entry in [&dynamic, &new] {
        assert_eq!(status_of(store, entry).await, Status::Approved);
    }
}

async fn xds_r_034_related_entries_are_of_one_patient_merges_considered<S: RegistryStore>(
    store: &S,
) {
    let (mine, theirs) = (feed(store, 1).await, feed(store, 2).await);
    let old = registered(store, &theirs).await;
    for kind in REPLACING.into_iter().chain(KEEPING) {
        let new = document(&mine);
        let mut sent = submission(&mine, vec![new.clone()]);
        sent.associations
            .push(link(kind, &new.entry_uuid, &old.entry_uuid));
        let error = errors(store, sent).await.remove(0);
        assert_eq!(error.code, ErrorCode::XdsPatientIdDoesNotMatch, "{kind:?}");
        assert!(error.context.contains(&theirs), "the context names the id");
    }
    let merge = vec![(mine.clone(), theirs)];
    store.merge_patients(merge).await.expect("merge");
    let new = document(&mine);
    let mut sent = submission(&mine, vec![new.clone()]);
    let relation = link(AssociationType::Rplc, &new.entry_uuid, &old.entry_uuid);
    sent.associations.push(relation);
    register(store, sent).await;
    assert_eq!(status_of(store, &old).await, Status::Deprecated);
}

async fn xds_r_059_nothing_is_appended_to_a_transformation<S: RegistryStore>(store: &S) {
    let id = feed(store, 3).await;
    let old = registered(store, &id).await;
    let (sent, transformed) = related(AssociationType::Xfrm, &old);
    register(store, sent).await;
    let (appended, _) = related(AssociationType::Apnd, &transformed);
    let expected = at_last(
        &appended,
        ErrorCode::XdsRegistryMetadataError,
        "targetObject",
    );
    assert_eq!(places(store, appended).await, expected);
    let (sent, replacing) = related(AssociationType::XfrmRplc, &old);
    register(store, sent).await;
    let (appended, _) = related(AssociationType::Apnd, &replacing);
    register(store, appended).await;
}
