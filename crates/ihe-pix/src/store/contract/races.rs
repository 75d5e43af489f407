//! Two who do the same at the same time.

use super::history::words;
use super::{act, by, changes, merging, others, person, registered, short};
use crate::identity::Action;
use crate::store::{ApplyError, IdentityStore};

pub(super) async fn check<S: IdentityStore>(fresh: &impl AsyncFn() -> S) {
    two_registrations_of_one_id_are_one_identity(&fresh().await).await;
    two_registrations_of_one_person_are_linked(&fresh().await).await;
    of_two_merges_of_one_id_one_is_done(&fresh().await).await;
    a_refused_action_does_not_harm_its_neighbours(&fresh().await).await;
}

fn register(ids: &str, given: &str) -> Action {
    let patient = person(ids, given);
    Action::Register { patient }
}

async fn two_registrations_of_one_id_are_one_identity<S: IdentityStore>(store: &S) {
    for round in 0..8 {
        let one = format!("{round}@E");
        let given = format!("花{round}");
        let (a, b) = tokio::join!(
            store.apply(register(&one, &given), by("1")),
            store.apply(register(&one, &given), by("2")),
        );
        a.and(b).expect("both are taken");
        assert_eq!(words(store, &one).await, "registered");
    }
    assert_eq!(changes(store, 0, 100).await.len(), 8);
}

async fn two_registrations_of_one_person_are_linked<S: IdentityStore>(store: &S) {
    for round in 0..8 {
        let given = format!("花{round}");
        let (east, west) = (format!("{round}@E"), format!("{round}@W"));
        let (a, b) = tokio::join!(
            store.apply(register(&east, &given), by("1")),
            store.apply(register(&west, &given), by("2")),
        );
        a.and(b).expect("both are taken");
        assert_eq!(others(store, &east).await, west);
    }
}

async fn of_two_merges_of_one_id_one_is_done<S: IdentityStore>(store: &S) {
    for (one, given) in [("1@E", "花子"), ("2@E", "月子"), ("3@E", "雪子")] {
        registered(store, one, given).await;
    }
    let (a, b) = tokio::join!(
        store.apply(merging("2@E", "1@E", false), by("1")),
        store.apply(merging("3@E", "1@E", false), by("2")),
    );
    let refused = [a, b].map(|one| matches!(one, Err(ApplyError::Refused(_))));
    assert_eq!(refused.iter().filter(|one| **one).count(), 1);
}

async fn a_refused_action_does_not_harm_its_neighbours<S: IdentityStore>(store: &S) {
    let (unknown, other) = (short("0@E"), short("00@E"));
    let (a, b, c) = tokio::join!(
        store.apply(register("1@E", "花子"), by("1")),
        store.apply(
            Action::Move {
                id: unknown,
                to: other
            },
            by("2")
        ),
        store.apply(register("2@E", "月子"), by("3")),
    );
    a.and(c).expect("both are taken");
    assert!(matches!(b, Err(ApplyError::Refused(_))));
    act(store, merging("2@E", "1@E", false)).await;
    assert_eq!(others(store, "2@E").await, "");
}
