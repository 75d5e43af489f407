//! Which ids are one person, and what is told of it.

use hl7v2::datatype::Hd;

use super::{AFFINITY, EAST, WEST, changes, feed, id, known, patient, refused, register, some};
use crate::PatientRecord;
use crate::identity::{NamePattern, Page, PatientQuery};
use crate::iti8::{Event, Feed};
use crate::store::IdentityStore;

pub(super) async fn check<S: IdentityStore>(fresh: &impl AsyncFn() -> S) {
    an_id_nobody_fed_is_unknown(&fresh().await).await;
    equal_demographics_join_two_domains(&fresh().await).await;
    twins_stay_apart(&fresh().await).await;
    ids_of_one_feed_are_one_person(&fresh().await).await;
    an_update_that_matches_no_more_splits(&fresh().await).await;
    an_update_leaves_what_it_does_not_say(&fresh().await).await;
    a_repeated_feed_changes_nothing(&fresh().await).await;
    a_merge_replaces_the_id_and_its_links(&fresh().await).await;
    a_merge_of_an_unknown_id_is_refused_and_stores_nothing(&fresh().await).await;
    a_merged_id_takes_no_update_but_may_be_registered_again(&fresh().await).await;
    a_chain_of_merges_keeps_the_last(&fresh().await).await;
    changes_come_in_order_and_in_portions(&fresh().await).await;
    people_are_found_by_what_is_known_of_them(&fresh().await).await;
    people_come_in_portions(&fresh().await).await;
}

async fn an_id_nobody_fed_is_unknown<S: IdentityStore>(store: &S) {
    assert_eq!(known(store, "1", EAST).await, None);
    assert!(changes(store, 0, 10).await.is_empty());
    register(store, &[("1", EAST)], "花子").await;
    assert_eq!(
        known(store, "1", EAST).await,
        some(&[]),
        "known, and nowhere else"
    );
    assert_eq!(
        known(store, "1", WEST).await,
        None,
        "the domain is part of the id"
    );
}

async fn equal_demographics_join_two_domains<S: IdentityStore>(store: &S) {
    register(store, &[("1", EAST)], "花子").await;
    register(store, &[("9", WEST)], "花子").await;
    assert_eq!(known(store, "1", EAST).await, some(&["9@1.2.3.4.2000"]));
    assert_eq!(known(store, "9", WEST).await, some(&["1@1.2.3.4.1000"]));
    let only = [Hd::oid(EAST)];
    let found = store
        .cross_references(&id("1", EAST), &only)
        .await
        .expect("the store answers");
    assert_eq!(found, Some(vec![]), "only the domains asked for");
}

async fn twins_stay_apart<S: IdentityStore>(store: &S) {
    register(store, &[("1", EAST)], "花子").await;
    register(store, &[("9", WEST)], "月子").await;
    assert_eq!(known(store, "1", EAST).await, some(&[]));
}

async fn ids_of_one_feed_are_one_person<S: IdentityStore>(store: &S) {
    let ids = [("1", EAST), ("9", WEST), ("2", EAST)];
    let nameless = PatientRecord {
        names: Vec::new(),
        ..patient(&ids, "")
    };
    feed(store, Feed::register(nameless)).await;
    assert_eq!(
        known(store, "9", WEST).await,
        some(&["1@1.2.3.4.1000", "2@1.2.3.4.1000"])
    );
    assert_eq!(
        known(store, "1", EAST).await,
        some(&["2@1.2.3.4.1000", "9@1.2.3.4.2000"])
    );
}

async fn an_update_that_matches_no_more_splits<S: IdentityStore>(store: &S) {
    register(store, &[("1", EAST)], "花子").await;
    let before = register(store, &[("9", WEST)], "花子").await;
    let after = feed(store, Feed::update(patient(&[("9", WEST)], "月子"))).await;
    assert_eq!(known(store, "1", EAST).await, some(&[]));
    assert_eq!(known(store, "9", WEST).await, some(&[]));
    assert!(after > before);
    let sets: Vec<usize> = changes(store, before, 10)
        .await
        .iter()
        .map(|c| c.members.len())
        .collect();
    assert_eq!(sets, [1, 1], "one change for each resulting set");
    feed(store, Feed::update(patient(&[("9", WEST)], "花子"))).await;
    assert_eq!(
        known(store, "1", EAST).await,
        some(&["9@1.2.3.4.2000"]),
        "and joins again"
    );
}

async fn an_update_leaves_what_it_does_not_say<S: IdentityStore>(store: &S) {
    register(store, &[("1", EAST)], "花子").await;
    let bare = PatientRecord {
        ids: vec![id("1", EAST)],
        ..PatientRecord::default()
    };
    feed(store, Feed::update(bare)).await;
    register(store, &[("9", WEST)], "花子").await;
    assert_eq!(known(store, "1", EAST).await, some(&["9@1.2.3.4.2000"]));
    let member = changes(store, 0, 10)
        .await
        .pop()
        .expect("a change")
        .members
        .remove(0);
    assert_eq!(
        (member.ids, member.birth_date),
        (vec![id("1", EAST)], "19580312".to_owned())
    );
    assert_eq!(member.names, patient(&[], "花子").names);
}

async fn a_repeated_feed_changes_nothing<S: IdentityStore>(store: &S) {
    let first = register(store, &[("1", EAST), ("9", WEST)], "花子").await;
    let second = register(store, &[("1", EAST), ("9", WEST)], "花子").await;
    assert_eq!(first, second);
}

fn merge(survivor: &str, subsumed: &str, domain: &str) -> Feed {
    Feed::merge(
        PatientRecord::identified(id(survivor, domain)),
        id(subsumed, domain),
    )
}

async fn a_merge_replaces_the_id_and_its_links<S: IdentityStore>(store: &S) {
    register(store, &[("1", EAST), ("9", WEST)], "花子").await;
    register(store, &[("2", EAST)], "月子").await;
    let merged = feed(store, merge("2", "1", EAST)).await;
    assert_eq!(known(store, "1", EAST).await, None);
    assert_eq!(
        known(store, "2", EAST).await,
        some(&["9@1.2.3.4.2000"]),
        "explicit links move"
    );
    assert_eq!(
        feed(store, merge("2", "1", EAST)).await,
        merged,
        "done before: nothing"
    );
    feed(store, merge("3", "2", EAST)).await;
    assert_eq!(
        known(store, "3", EAST).await,
        some(&["9@1.2.3.4.2000"]),
        "unknown survivor: made"
    );
}

async fn a_merge_of_an_unknown_id_is_refused_and_stores_nothing<S: IdentityStore>(store: &S) {
    let problems = refused(store, merge("2", "1", EAST)).await;
    assert_eq!(problems, ["204 at MRG^1^1^1^1"]);
    assert_eq!(known(store, "2", EAST).await, None);
}

async fn a_merged_id_takes_no_update_but_may_be_registered_again<S: IdentityStore>(store: &S) {
    register(store, &[("1", EAST)], "花子").await;
    register(store, &[("2", EAST)], "月子").await;
    feed(store, merge("1", "2", EAST)).await;
    let update = Feed {
        event: Event::Update,
        ..Feed::register(patient(&[("2", EAST)], "月子"))
    };
    assert_eq!(refused(store, update).await, ["204 at PID^1^3"]);
    let linked = Feed::register(patient(&[("5", AFFINITY), ("2", EAST)], "月子"));
    assert_eq!(
        refused(store, linked).await,
        ["204 at PID^1^3"],
        "linking does not bring it back"
    );
    assert_eq!(
        known(store, "5", AFFINITY).await,
        None,
        "nothing of the refused feed is stored"
    );
    register(store, &[("2", EAST)], "月子").await;
    assert_eq!(known(store, "2", EAST).await, some(&[]));
}

async fn a_chain_of_merges_keeps_the_last<S: IdentityStore>(store: &S) {
    for value in ["1", "2", "3"] {
        register(store, &[(value, AFFINITY)], value).await;
    }
    register(store, &[("1", AFFINITY), ("9", WEST)], "1").await;
    feed(store, merge("2", "1", AFFINITY)).await;
    feed(store, merge("3", "2", AFFINITY)).await;
    assert_eq!(known(store, "9", WEST).await, some(&["3@1.2.3.4.3000"]));
    assert_eq!(
        refused(store, merge("1", "3", AFFINITY)).await,
        ["204 at PID^1^3"]
    );
}

async fn changes_come_in_order_and_in_portions<S: IdentityStore>(store: &S) {
    for value in ["1", "2", "3"] {
        register(store, &[(value, EAST)], value).await;
    }
    let all = changes(store, 0, 10).await;
    assert_eq!(all.len(), 3);
    assert!(all.windows(2).all(|pair| pair[0].number < pair[1].number));
    let rest = changes(store, all[0].number, 1).await;
    assert_eq!(rest, all[1..2]);
}

/// The ids of those found, as `value+value` for each person.
async fn found<S: IdentityStore>(store: &S, query: PatientQuery) -> Vec<String> {
    let found = store.find(&query, Page::first(100)).await;
    let people = found.expect("the store answers").people.into_iter();
    let ids = people.map(|person| {
        let ids = person.record.ids.into_iter().map(|id| id.id);
        ids.collect::<Vec<_>>().join("+")
    });
    ids.collect()
}

fn named(family: &str) -> PatientQuery {
    PatientQuery {
        family: Some(NamePattern::typed(family)),
        ..PatientQuery::default()
    }
}

async fn people_are_found_by_what_is_known_of_them<S: IdentityStore>(store: &S) {
    register(store, &[("1", EAST), ("9", WEST)], "花子").await;
    register(store, &[("2", EAST)], "月子").await;
    assert_eq!(found(store, named("山田")).await, ["1+9", "2"]);
    assert_eq!(found(store, named("山*")).await, ["1+9", "2"]);
    assert!(found(store, named("田")).await.is_empty());
    let narrower = [
        PatientQuery {
            given: Some(NamePattern::exact("月子")),
            ..named("山田")
        },
        PatientQuery {
            ids: vec![id("2", EAST)],
            ..PatientQuery::default()
        },
    ];
    for query in narrower {
        assert_eq!(found(store, query).await, ["2"]);
    }
    let born = PatientQuery {
        birth_date: "19580312".into(),
        domains: vec![Hd::oid(WEST)],
        ..PatientQuery::default()
    };
    assert_eq!(
        found(store, born).await,
        ["9"],
        "only ids of the domains asked"
    );
    feed(store, merge("2", "1", EAST)).await;
    let merged = PatientQuery {
        ids: vec![id("1", EAST)],
        ..PatientQuery::default()
    };
    assert!(found(store, merged).await.is_empty(), "no longer in use");
}

async fn people_come_in_portions<S: IdentityStore>(store: &S) {
    for value in ["1", "2", "3", "4", "5"] {
        register(store, &[(value, EAST)], value).await;
    }
    let (mut after, mut portions) = (Some(0), Vec::new());
    while let Some(number) = after {
        let page = Page {
            after: number,
            ..Page::first(2)
        };
        let portion = store.find(&named("山田"), page).await;
        let portion = portion.expect("the store answers");
        portions.push(portion.people.len());
        after = portion.next;
    }
    assert_eq!(portions, [2, 2, 1]);
}
