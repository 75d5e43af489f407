//! What every store must do.

use super::{made, stored, time};
use crate::audit::Outcome;
use crate::store::{Order, ReceivedRecord, RecordStore, Search, StoredRecord};

async fn found<S: RecordStore>(store: &S, search: Search) -> Vec<StoredRecord> {
    store.search(&search).await.expect("found")
}

async fn find<S: RecordStore>(store: &S, search: Search) -> Vec<u64> {
    let found = found(store, search).await;
    found.iter().map(|record| record.sequence).collect()
}

fn by(change: impl FnOnce(&mut Search)) -> Search {
    let mut search = Search::default();
    change(&mut search);
    search
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Five records: 1 to 3 in the order of time, 4 unreadable, 5 of before all others.
async fn fill<S: RecordStore>(store: &S) -> Vec<StoredRecord> {
    let unreadable = ReceivedRecord {
        received: time(4),
        ..ReceivedRecord::new("[::1]:6", b"<34>no audit \xff\x00 message".to_vec())
    };
    let mut failed = made(2, "1^^^&9.9&ISO", "ITI-9");
    failed.outcome = Outcome::SeriousFailure;
    let mut late = made(0, "2^^^&1.2&ISO", "ITI-18");
    (late.user, late.peer) = ("Dr. 山田", "10.0.0.2:7");
    let records = vec![
        made(1, "1^^^A&1.2&ISO^PI", "ITI-8").stored(1),
        failed.stored(2),
        made(3, "2^^^&1.2&ISO", "ITI-9").stored(3),
        stored(4, unreadable),
        late.stored(5),
    ];
    store.apply(records[..2].to_vec()).await.expect("applied");
    assert_eq!(store.applied().await.expect("read"), 2);
    store
        .apply(records.clone())
        .await
        .expect("what is known is passed over");
    store.apply(Vec::new()).await.expect("nothing");
    records
}

/// The contract, on an empty store.
pub(crate) async fn check<S: RecordStore>(store: S) {
    assert_eq!(store.applied().await.expect("read"), 0);
    let records = fill(&store).await;
    assert_eq!(store.count().await.expect("counted"), 5);
    assert_eq!(store.applied().await.expect("read"), 5);
    let all = found(&store, by(|search| search.order = Order::Arrival)).await;
    assert_eq!(all, records, "everything comes back as it was");
    check_criteria(&store).await;
    check_pages(&store).await;
    check_forgetting(&store).await;
}

async fn check_criteria<S: RecordStore>(store: &S) {
    let patient = |id: &str| by(|search| search.patient = some(id));
    assert_eq!(
        find(store, patient("1^^^&1.2&ISO")).await,
        [1],
        "namespace does not matter"
    );
    assert_eq!(
        find(store, patient("1")).await,
        [1, 2],
        "a bare id is of any authority"
    );
    assert_eq!(find(store, patient("1^^^&7.7&ISO")).await, [0; 0]);
    assert_eq!(
        find(store, by(|one| one.user = some("Dr. 山田"))).await,
        [5]
    );
    assert_eq!(
        find(store, by(|one| one.event = some("ITI-9"))).await,
        [2, 3]
    );
    assert_eq!(
        find(store, by(|one| one.event = some("110112"))).await,
        [5, 1, 2, 3]
    );
    assert_eq!(find(store, by(|one| one.outcome = Some(8))).await, [2]);
    assert_eq!(
        find(store, by(|one| one.object = some("Q7"))).await,
        [5, 1, 2, 3]
    );
    assert_eq!(
        find(store, by(|one| one.object = some("1^^^&9.9&ISO"))).await,
        [0; 0]
    );
    assert_eq!(
        find(store, by(|one| one.peer = some("10.0.0.2"))).await,
        [5]
    );
    assert_eq!(find(store, by(|one| one.peer = some("::1"))).await, [4]);
    assert_eq!(
        find(store, by(|one| one.peer = some("[::1]:99"))).await,
        [4]
    );
    assert_eq!(
        find(store, by(|one| one.source = some("pix-manager"))).await,
        [5, 1, 2, 3]
    );
    let when = by(|one| (one.since, one.until) = (Some(time(2)), Some(time(3))));
    assert_eq!(
        find(store, when).await,
        [2],
        "from (inclusive) to (exclusive)"
    );
    let never = by(|one| (one.since, one.until) = (Some(time(3)), Some(time(2))));
    assert_eq!(find(store, never).await, [0; 0]);
    let both = by(|one| (one.patient, one.event) = (some("2^^^&1.2&ISO"), some("ITI-9")));
    assert_eq!(find(store, both).await, [3]);
    let all = by(|one| {
        (one.patient, one.event, one.user) = (some("2"), some("ITI-18"), some("Dr. 山田"));
        (one.object, one.peer, one.outcome) = (some("Q7"), some("10.0.0.2"), Some(0));
        (one.since, one.until) = (Some(time(0)), Some(time(1)));
    });
    assert_eq!(find(store, all).await, [5]);
    let contrary = by(|one| (one.event, one.outcome) = (some("ITI-8"), Some(8)));
    assert_eq!(find(store, contrary).await, [0; 0]);
}

async fn check_pages<S: RecordStore>(store: &S) {
    let orders = [
        (Order::OldestFirst, [5, 1, 2, 3, 4]),
        (Order::NewestFirst, [4, 3, 2, 1, 5]),
        (Order::Arrival, [1, 2, 3, 4, 5]),
    ];
    for (order, expected) in orders {
        for limit in 1..=5 {
            let mut search = by(|one| (one.order, one.limit) = (order, limit));
            let mut seen = Vec::new();
            loop {
                let page = found(store, search.clone()).await;
                assert!(page.len() <= limit);
                let Some(last) = page.last() else { break };
                search.after = Some(last.cursor());
                seen.extend(page.iter().map(|one| one.sequence));
            }
            assert_eq!(seen, expected, "{order:?} by {limit}");
        }
    }
}

async fn check_forgetting<S: RecordStore>(store: &S) {
    assert_eq!(store.forget(3).await.expect("forgotten"), 2);
    assert_eq!(store.forget(3).await.expect("again"), 0);
    assert_eq!(store.count().await.expect("counted"), 3);
    assert_eq!(find(store, by(|one| one.event = some("ITI-9"))).await, [3]);
    assert_eq!(find(store, by(|one| one.patient = some("1"))).await, [0; 0]);
    assert_eq!(
        store.applied().await.expect("read"),
        5,
        "forgetting is not going back"
    );
    store.clear().await.expect("cleared");
    assert_eq!(store.applied().await.expect("read"), 0);
    assert_eq!(find(store, Search::default()).await, [0; 0]);
    fill(store).await;
    assert_eq!(
        find(store, by(|one| one.event = some("ITI-9"))).await,
        [2, 3]
    );
}
