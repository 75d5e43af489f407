//! Who did what, when and why: told from both sides, and along chains of merges.

use chrono::Utc;

use super::{act, link, merging, person, registered, short, text, unlink, updated};
use crate::identity::{Action, By, Event, What};
use crate::store::IdentityStore;

pub(super) async fn check<S: IdentityStore>(fresh: &impl AsyncFn() -> S) {
    history_says_who_when_and_why(&fresh().await).await;
    matching_is_told_on_both_sides(&fresh().await).await;
    what_operators_do_is_told_on_both_sides(&fresh().await).await;
    a_chain_of_merges_is_told_from_each_link(&fresh().await).await;
    history_comes_newest_first_and_no_more_than_asked(&fresh().await).await;
}

async fn history<S: IdentityStore>(store: &S, one: &str, limit: usize) -> Option<Vec<Event>> {
    let found = store.history(&short(one), limit).await;
    found.expect("the store answers")
}

/// What happened to this id, the oldest first, in few words.
pub(super) async fn words<S: IdentityStore>(store: &S, one: &str) -> String {
    let events = history(store, one, 100).await.expect("known");
    assert!(
        events
            .windows(2)
            .all(|pair| pair[0].number > pair[1].number)
    );
    let words: Vec<String> = events.iter().rev().map(word).collect();
    words.join(", ")
}

fn word(event: &Event) -> String {
    match &event.what {
        What::Registered => "registered".into(),
        What::Updated => "updated".into(),
        What::Matched { with, .. } => format!("matched {}", text(with)),
        What::Parted => "parted".into(),
        What::Linked { with } => format!("linked {}", text(with)),
        What::Unlinked { with } => format!("unlinked {}", text(with)),
        What::Took { subsumed } => format!("took {}", text(subsumed)),
        What::Became { survivor } => format!("became {}", text(survivor)),
        What::Deactivated => "deactivated".into(),
    }
}

async fn history_says_who_when_and_why<S: IdentityStore>(store: &S) {
    assert_eq!(history(store, "1@E", 10).await, None);
    let start = Utc::now().timestamp_millis();
    let patient = person("1@E", "花子");
    let by = By::new("HIS|EAST", "MSG-0001");
    let applied = store.apply(Action::Register { patient }, by).await;
    applied.expect("applied");
    let end = Utc::now().timestamp_millis();
    let events = history(store, "1@E", 10).await.expect("known");
    let [event] = events.as_slice() else {
        panic!("{} events", events.len());
    };
    assert_eq!(
        (event.who.as_str(), event.why.as_str()),
        ("HIS|EAST", "MSG-0001")
    );
    assert_eq!(event.what, What::Registered);
    assert!((start..=end).contains(&event.at.timestamp_millis()));
}

async fn matching_is_told_on_both_sides<S: IdentityStore>(store: &S) {
    registered(store, "1@E", "花子").await;
    registered(store, "9@W", "花子").await;
    assert_eq!(words(store, "1@E").await, "registered, matched 9@W");
    assert_eq!(words(store, "9@W").await, "registered, matched 1@E");
    let events = history(store, "9@W", 1).await.expect("known");
    let score = |event: &Event| matches!(event.what, What::Matched { score, .. } if score > 0.0);
    assert!(score(&events[0]), "with the score");
    updated(store, "9@W", "月子").await;
    let told = "registered, matched 1@E, updated, parted";
    assert_eq!(words(store, "9@W").await, told);
}

async fn what_operators_do_is_told_on_both_sides<S: IdentityStore>(store: &S) {
    registered(store, "1@E", "花子").await;
    registered(store, "9@W", "月子").await;
    act(store, link("1@E", "9@W")).await;
    act(store, unlink("9@W", "1@E")).await;
    act(store, Action::Deactivate { id: short("9@W") }).await;
    assert_eq!(
        words(store, "1@E").await,
        "registered, linked 9@W, unlinked 9@W"
    );
    let told = "registered, linked 1@E, unlinked 1@E, deactivated";
    assert_eq!(words(store, "9@W").await, told);
}

async fn a_chain_of_merges_is_told_from_each_link<S: IdentityStore>(store: &S) {
    for (one, given) in [("1@E", "花子"), ("2@E", "月子"), ("3@E", "雪子")] {
        registered(store, one, given).await;
    }
    act(store, merging("2@E", "1@E", false)).await;
    act(store, merging("3@E", "2@E", false)).await;
    assert_eq!(words(store, "1@E").await, "registered, became 2@E");
    assert_eq!(
        words(store, "2@E").await,
        "registered, took 1@E, became 3@E"
    );
    assert_eq!(words(store, "3@E").await, "registered, took 2@E");
    registered(store, "1@E", "花子").await;
    assert_eq!(
        words(store, "1@E").await,
        "registered, became 2@E, registered"
    );
}

async fn history_comes_newest_first_and_no_more_than_asked<S: IdentityStore>(store: &S) {
    for given in ["一", "二", "三", "四"] {
        updated(store, "1@E", given).await;
    }
    let two = history(store, "1@E", 2).await.expect("known");
    assert_eq!(two.len(), 2);
    let all = history(store, "1@E", 100).await.expect("known");
    assert_eq!((all.len(), &all[..2]), (4, two.as_slice()));
    assert_eq!(all.last().map(|event| &event.what), Some(&What::Registered));
    assert!(all.windows(2).all(|pair| pair[0].at >= pair[1].at));
}
