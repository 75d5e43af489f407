//! Opened again, a store knows what it knew.

use super::history::words;
use super::shelf::{note, value};
use super::{act, changes, changing, link, merging, others, refusals, registered, unlink, updated};
use super::{changes as told, short};
use crate::identity::{Action, ReviewState};
use crate::store::{Change, IdentityStore, Shelf};

const IDS: [&str; 12] = [
    "1@E", "2@E", "3@E", "4@E", "5@E", "6@E", "1@W", "2@W", "3@W", "4@W", "5@W", "7@A",
];

pub(super) async fn check<S: IdentityStore + Shelf>(open: &impl AsyncFn() -> S) {
    let store = open().await;
    fill(&store).await;
    let before = everything(&store).await;
    assert_eq!(before.sets[0], "1@E: 1@W");
    drop(store);
    let store = open().await;
    assert_eq!(everything(&store).await, before);
    what_was_stated_still_holds(&store).await;
    numbers_go_on(&store, &before.changes).await;
    let before = everything(&store).await;
    drop(store);
    assert_eq!(everything(&open().await).await, before, "and once more");
}

/// All that can be asked.
#[derive(Debug, PartialEq)]
struct Everything {
    sets: Vec<String>,
    histories: Vec<String>,
    changes: Vec<Change>,
    reviews: Vec<(u64, String)>,
    notes: [Option<Vec<u8>>; 3],
}

async fn everything<S: IdentityStore + Shelf>(store: &S) -> Everything {
    let (mut sets, mut histories) = (Vec::new(), Vec::new());
    for one in IDS {
        sets.push(format!("{one}: {}", others(store, one).await));
        if store
            .history(&short(one), 1)
            .await
            .expect("answers")
            .is_some()
        {
            histories.push(format!("{one}: {}", words(store, one).await));
        }
    }
    let mut reviews = Vec::new();
    for state in [
        ReviewState::Open,
        ReviewState::Accepted,
        ReviewState::Rejected,
    ] {
        let found = store.reviews(state, 0, 10).await.expect("answers");
        let one = |review: &crate::identity::Review| {
            let text = format!("{:?} {} {}", review.state, review.score, review.opened_at);
            (review.number, text)
        };
        reviews.extend(found.iter().map(one));
    }
    let notes = [
        value(store, "kept").await,
        value(store, "removed").await,
        value(store, "expired").await,
    ];
    let changes = told(store, 0, 1000).await;
    Everything {
        sets,
        histories,
        changes,
        reviews,
        notes,
    }
}

/// One of each: matched, linked, unlinked, announced, merged, changed, moved, deactivated, reviewed.
async fn fill<S: IdentityStore + Shelf>(store: &S) {
    registered(store, "1@E", "花子").await;
    registered(store, "1@W", "花子").await;
    registered(store, "2@E", "月子").await;
    registered(store, "2@W", "月子").await;
    act(store, unlink("2@E", "2@W")).await;
    registered(store, "3@E", "雪子").await;
    act(store, link("3@E", "7@A")).await;
    registered(store, "4@E", "春子").await;
    act(store, merging("3@E", "4@E", false)).await;
    registered(store, "3@W", "夏子").await;
    act(store, changing("4@W", "3@W")).await;
    registered(store, "5@E", "秋子").await;
    act(store, Action::Deactivate { id: short("5@E") }).await;
    registered(store, "6@E", "冬子").await;
    act(store, link("6@E", "4@W")).await;
    registered(store, "5@W", "冬子").await;
    updated(store, "5@W", "冬子").await;
    for note in [
        note("kept", b"value", None),
        note("removed", b"value", None),
        note("expired", b"value", Some(-1)),
    ] {
        store.put(note).await.expect("kept");
    }
    store.remove("contract", "removed").await.expect("removed");
}

async fn what_was_stated_still_holds<S: IdentityStore>(store: &S) {
    let open = store.reviews(ReviewState::Open, 0, 10).await;
    let open = open.expect("the store answers");
    assert_eq!(open.len(), 1);
    let review = open[0].number;
    act(store, Action::Accept { review }).await;
    assert_eq!(others(store, "5@W").await, "6@E 4@W");
    updated(store, "2@W", "花").await;
    updated(store, "2@W", "月子").await;
    assert_eq!(others(store, "2@E").await, "", "a ban");
    registered(store, "7@A", "誰か").await;
    assert_eq!(others(store, "7@A").await, "3@E", "an announced link");
    let again = merging("3@E", "4@E", false);
    let last = told(store, 0, 1000)
        .await
        .last()
        .map(|change| change.number);
    assert_eq!(
        Some(act(store, again).await),
        last,
        "merged before: nothing"
    );
    let of_merged = merging("6@E", "4@E", false);
    assert_eq!(refusals(store, of_merged).await, ["204 at MRG^1^1^1^1"]);
}

async fn numbers_go_on<S: IdentityStore>(store: &S, before: &[Change]) {
    let last = before.last().expect("changes").number;
    let later = changes(store, last, 100).await;
    assert!(!later.is_empty() && later.iter().all(|change| change.number > last));
}
