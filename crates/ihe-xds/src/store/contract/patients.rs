//! Merges of patients (ITI TF-2 3.8.4.2.4).

use super::super::{MergeError, MergeProblem, PatientState, RegistryStore};
use super::build::*;
use crate::error::ErrorCode;
use crate::metadata::{AssociationType, Status};

/// XDS-R-032, XDS-T-038, V2-R-016, V2-R-017.
pub(super) async fn v2_r_016_017_xds_r_032_merges_patients<S: RegistryStore>(store: &S) {
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
pub(super) async fn v2_r_016_merges_all_or_nothing<S: RegistryStore>(store: &S) {
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
