//! What happens when several submissions want the same thing at the same time.

use super::super::{MergeError, PatientState, RegisterError, RegistryStore};
use super::build::*;
use crate::error::ErrorCode;
use crate::metadata::{AssociationType, Status, Submission};
use futures_util::future::join_all;

/// Submissions at the same time; more than one writer commits together.
const MANY_AT_ONCE: usize = 40;

async fn all_at_once<S: RegistryStore>(
    store: &S,
    submissions: Vec<Submission>,
) -> Vec<Result<(), RegisterError>> {
    let under_way = submissions
        .into_iter()
        .map(|submission| store.register(submission, now()));
    join_all(under_way).await
}

/// One of them was registered; every other was refused with this code, whatever else it was refused for.
fn one_won(results: &[Result<(), RegisterError>], code: &ErrorCode) {
    let won = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(won, 1, "winners of {}", results.len());
    let refused = |result: &Result<(), RegisterError>| match result {
        Err(RegisterError::Refused(refusal)) => {
            refusal.errors.iter().any(|error| error.code == *code)
        }
        _ => false,
    };
    let lost = results.iter().filter(|result| refused(result)).count();
    assert_eq!(lost, results.len() - 1, "refused with {code:?}");
}

/// XDS-R-037: of many SubmissionSets with one uniqueId one is registered.
pub(super) async fn xds_r_037_one_of_many_with_one_unique_id_wins<S: RegistryStore>(store: &S) {
    let id = feed(store, 50).await;
    let unique_id = unique_id();
    let one = |_| {
        let mut one = submission(&id, vec![document(&id)]);
        one.submission_set.unique_id.clone_from(&unique_id);
        one
    };
    let results = all_at_once(store, (0..MANY_AT_ONCE).map(one).collect()).await;
    one_won(&results, &ErrorCode::XdsDuplicateUniqueIdInRegistry);
    assert_eq!(count(store, &id).await, 1, "nothing of the others is left");
}

/// XDS-R-040: of many entries with one entryUUID one is registered.
pub(super) async fn xds_r_040_one_of_many_with_one_entry_uuid_wins<S: RegistryStore>(store: &S) {
    let id = feed(store, 51).await;
    let entry = document(&id);
    let one = |_| submission(&id, vec![entry.clone()]);
    let results = all_at_once(store, (0..MANY_AT_ONCE).map(one).collect()).await;
    one_won(&results, &ErrorCode::XdsRegistryMetadataError);
    assert_eq!(count(store, &id).await, 1);
}

/// XDS-R-034, 052: of many replacements of one entry one is registered.
pub(super) async fn xds_r_052_one_of_many_replacements_wins<S: RegistryStore>(store: &S) {
    let id = feed(store, 52).await;
    let old = document(&id);
    register(store, submission(&id, vec![old.clone()])).await;
    let one = |_| related(AssociationType::Rplc, &old).0;
    let results = all_at_once(store, (0..MANY_AT_ONCE).map(one).collect()).await;
    one_won(&results, &ErrorCode::XdsRegistryDeprecatedDocumentError);
    assert_eq!(status_of(store, &old).await, Status::Deprecated);
    assert_eq!(count(store, &id).await, 1);
}

/// Refusals among them do not touch the others, and all of these are there afterwards.
pub(super) async fn neighbours_of_refused_submissions_are_registered<S: RegistryStore>(store: &S) {
    let (known, unknown) = (feed(store, 53).await, patient(54));
    let one = |number: usize| match number % 3 {
        0 => submission(&unknown, vec![document(&unknown)]),
        _ => submission(&known, vec![document(&known), document(&known)]),
    };
    let results = all_at_once(store, (0..MANY_AT_ONCE).map(one).collect()).await;
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), number % 3 != 0, "submission {number}");
    }
    let good = (0..MANY_AT_ONCE).filter(|number| number % 3 != 0).count();
    assert_eq!(count(store, &known).await, 2 * good);
    let state = store.patient(unknown).await.expect("patient");
    assert_eq!(state, PatientState::Unknown);
}

/// V2-R-016: of many merges of one id one is done.
pub(super) async fn v2_r_016_one_of_many_merges_wins<S: RegistryStore>(store: &S) {
    let (a, b, c) = (
        feed(store, 55).await,
        feed(store, 56).await,
        feed(store, 57).await,
    );
    let merges = (0..MANY_AT_ONCE).map(|number| {
        let survivor = [&b, &c][number % 2];
        store.merge_patients(vec![(survivor.clone(), a.clone())])
    });
    let results = join_all(merges).await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    let refused = |result: &&Result<(), MergeError>| {
        matches!(result, Err(MergeError::Refused { index: 0, .. }))
    };
    assert_eq!(
        (won, results.iter().filter(refused).count()),
        (1, MANY_AT_ONCE - 1)
    );
}
