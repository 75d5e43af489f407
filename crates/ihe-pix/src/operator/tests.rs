use hl7v2::datatype::{Cx, Hd};

use super::*;
use crate::identity::{By, What};
use crate::store::IdentityStore;
use crate::{Deterministic, FeedPolicy, MemoryStore, PatientRecord, iti8};

const EAST: &str = "1.2.3.4.1000";
const WEST: &str = "1.2.3.4.2000";

fn id(value: &str, domain: &str) -> Cx {
    Cx::new(value, Hd::oid(domain))
}

async fn city(ids: &[(&str, &str)]) -> MemoryStore {
    let store = MemoryStore::with_policy(Deterministic);
    for (value, domain) in ids {
        let feed = iti8::Feed::register(PatientRecord::identified(id(value, domain)));
        store
            .apply(feed.into(), By::new("HIS|A", "1"))
            .await
            .unwrap();
    }
    store
}

async fn ask(store: &MemoryStore, request: Request) -> Handled {
    let policy = FeedPolicy::new([Hd::oid(EAST), Hd::oid(WEST)]);
    handle(store, &policy, &By::new("sato", "seen by eye"), request).await
}

async fn denied(store: &MemoryStore, request: Request) -> String {
    ask(store, request).await.outcome.unwrap_err().to_string()
}

#[tokio::test]
async fn a_correction_is_in_the_history_with_who_and_why() {
    let store = city(&[("1", EAST), ("2", WEST)]).await;
    let (a, b) = (id("1", EAST), id("2", WEST));
    let link = Request::Link {
        a: a.clone(),
        b: b.clone(),
    };
    assert!(ask(&store, link).await.outcome.is_ok());
    let unlink = Request::Unlink {
        a: a.clone(),
        b: b.clone(),
    };
    assert!(ask(&store, unlink).await.outcome.is_ok());
    let handled = ask(&store, Request::History { id: a, limit: 2 }).await;
    let Ok(Answer::History(events)) = handled.outcome else {
        panic!("no history");
    };
    assert_eq!(events[0].what, What::Unlinked { with: b.clone() });
    assert_eq!(events[1].what, What::Linked { with: b });
    assert!(
        events
            .iter()
            .all(|event| event.who == "sato" && event.why == "seen by eye")
    );
}

#[tokio::test]
async fn what_cannot_be_done_is_denied_with_the_id_counted_and_not_named() {
    let store = city(&[("1", EAST), ("2", EAST), ("3", WEST)]).await;
    let (a, b, c) = (id("1", EAST), id("2", EAST), id("3", WEST));
    let unknown = id("SECRET", EAST);
    let link = |b: &Cx| Request::Link {
        a: a.clone(),
        b: b.clone(),
    };
    let text = denied(&store, link(&unknown)).await;
    assert!(
        text.contains("second id is not known") && !text.contains("SECRET"),
        "{text}"
    );
    assert!(
        denied(&store, link(&id("3", "9.9")))
            .await
            .contains("second id is of no domain")
    );
    assert!(denied(&store, link(&a)).await.contains("same"));
    let unlink = Request::Unlink {
        a: a.clone(),
        b: c.clone(),
    };
    assert!(denied(&store, unlink).await.contains("not linked"));
    let merge = Request::Merge {
        survivor: a.clone(),
        subsumed: c,
    };
    assert!(denied(&store, merge).await.contains("two domains"));
    for review in [0, 7] {
        assert!(
            denied(&store, Request::Accept { review })
                .await
                .contains("open reviews")
        );
    }
    let merge = Request::Merge {
        survivor: a.clone(),
        subsumed: b.clone(),
    };
    assert!(ask(&store, merge).await.outcome.is_ok());
    assert!(denied(&store, link(&b)).await.contains("no longer in use"));
    assert!(
        store.history(&unknown, 1).await.unwrap().is_none(),
        "a typing error was stored"
    );
}

#[tokio::test]
async fn the_audit_names_the_operator_the_patients_and_what_was_done() {
    let store = city(&[("1", EAST), ("2", EAST)]).await;
    let by = By::new("sato", "seen by eye");
    let merge = Request::Merge {
        survivor: id("1", EAST),
        subsumed: id("2", EAST),
    };
    let name = merge.name();
    let handled = ask(&store, merge.clone()).await;
    let records = audit(&by, name, &handled);
    let actions: Vec<_> = records.iter().map(|record| record.event.action).collect();
    assert_eq!(
        actions,
        [
            Some(ihe_atna::Action::Delete),
            Some(ihe_atna::Action::Update)
        ]
    );
    assert_eq!(records[0].participants[0].user_id, "sato");
    assert!(records[0].participants[0].is_requestor);
    assert_eq!(
        records[0].objects[0].id.as_deref(),
        Some(&*id("2", EAST).to_string())
    );
    assert_eq!(records[0].objects[0].details[0].value, b"seen by eye");

    let again = ask(&store, merge).await;
    let records = audit(&by, name, &again);
    assert!(
        records
            .iter()
            .all(|r| r.event.outcome == ihe_atna::Outcome::MinorFailure)
    );
}
