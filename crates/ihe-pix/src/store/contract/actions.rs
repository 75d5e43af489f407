//! Every action: what it does to sets, and when it is refused.

use super::{
    act, changes, changing, link, merging, others, person, refusals, registered, short, unlink,
    updated,
};
use crate::PatientRecord;
use crate::identity::{Action, ReviewState};
use crate::store::IdentityStore;

pub(super) async fn check<S: IdentityStore>(fresh: &impl AsyncFn() -> S) {
    an_update_of_an_unknown_id_registers_it(&fresh().await).await;
    actions_are_done_in_the_order_of_the_calls(&fresh().await).await;
    a_lenient_merge_of_an_unknown_id_does_nothing(&fresh().await).await;
    a_merge_to_itself_and_one_both_ways_are_refused(&fresh().await).await;
    an_id_changes_to_one_that_nobody_has(&fresh().await).await;
    a_link_holds_whatever_the_demographics_say(&fresh().await).await;
    an_unlink_is_never_undone_by_matching(&fresh().await).await;
    a_link_of_unknown_ids_waits_for_them(&fresh().await).await;
    a_moved_id_goes_alone_and_for_good(&fresh().await).await;
    an_id_no_longer_in_use_is_unknown(&fresh().await).await;
    a_review_is_accepted_once(&fresh().await).await;
    a_review_that_a_source_answered_is_nobodys_work(&fresh().await).await;
    a_review_that_is_rejected_is_never_opened_again(&fresh().await).await;
    odd_ids_are_kept_as_they_are(&fresh().await).await;
}

async fn an_update_of_an_unknown_id_registers_it<S: IdentityStore>(store: &S) {
    updated(store, "1@E", "花子").await;
    assert_eq!(others(store, "1@E").await, "");
}

async fn actions_are_done_in_the_order_of_the_calls<S: IdentityStore>(store: &S) {
    for round in 0..8 {
        let one = format!("{round}@E");
        let given = format!("花{round}");
        let patient = person(&format!("{round}@E {round}@W"), &given);
        let at_once = [
            Action::Register { patient },
            merging(&format!("new{round}@E"), &one, false),
            Action::Deactivate {
                id: short(&format!("new{round}@E")),
            },
        ];
        let [first, second, third] = at_once.map(|action| store.apply(action, super::by("7")));
        let (first, second, third) = tokio::join!(first, second, third);
        first.expect("registered");
        second.expect("merged after it was registered");
        third.expect("deactivated after it appeared");
        assert_eq!(others(store, &one).await, "-");
        assert_eq!(others(store, &format!("{round}@W")).await, "");
    }
}

async fn a_lenient_merge_of_an_unknown_id_does_nothing<S: IdentityStore>(store: &S) {
    registered(store, "1@E", "花子").await;
    let before = changes(store, 0, 10).await;
    act(store, merging("1@E", "2@E", true)).await;
    act(store, merging("3@E", "2@E", true)).await;
    assert_eq!(changes(store, 0, 10).await, before);
    assert_eq!(others(store, "3@E").await, "-");
    act(store, merging("3@E", "1@E", true)).await;
    assert_eq!(
        others(store, "1@E").await,
        "-",
        "to an unknown id: a change of id"
    );
    assert_eq!(others(store, "3@E").await, "");
}

async fn a_merge_to_itself_and_one_both_ways_are_refused<S: IdentityStore>(store: &S) {
    registered(store, "1@E", "花子").await;
    registered(store, "2@E", "雪子").await;
    let itself = refusals(store, merging("1@E", "1@E", false)).await;
    assert_eq!(itself, ["205 at MRG^1^1^1^1"]);
    let both = Action::Merge {
        patient: PatientRecord::identified(short("1@E")),
        merges: vec![super::merge_of("1@E", "2@E"), super::merge_of("2@E", "1@E")],
        lenient: false,
    };
    assert_eq!(refusals(store, both).await.len(), 2);
}

async fn an_id_changes_to_one_that_nobody_has<S: IdentityStore>(store: &S) {
    registered(store, "1@E 9@W", "花子").await;
    registered(store, "2@E", "雪子").await;
    assert_eq!(
        refusals(store, changing("2@E", "1@E")).await,
        ["205 at PID^1^3"]
    );
    let changed = act(store, changing("5@E", "1@E")).await;
    assert_eq!(others(store, "1@E").await, "-");
    assert_eq!(others(store, "9@W").await, "5@E");
    assert_eq!(
        act(store, changing("5@E", "1@E")).await,
        changed,
        "done before"
    );
    act(store, changing("7@E", "8@E")).await;
    assert_eq!(others(store, "7@E").await, "-", "of an unknown id: nothing");
}

async fn a_link_holds_whatever_the_demographics_say<S: IdentityStore>(store: &S) {
    registered(store, "1@E", "花子").await;
    registered(store, "9@W", "月子").await;
    let linked = act(store, link("1@E", "9@W")).await;
    assert_eq!(others(store, "1@E").await, "9@W");
    assert_eq!(act(store, link("9@W", "1@E")).await, linked, "done before");
    updated(store, "9@W", "雪子").await;
    assert_eq!(others(store, "9@W").await, "1@E");
}

async fn an_unlink_is_never_undone_by_matching<S: IdentityStore>(store: &S) {
    registered(store, "1@E", "花子").await;
    registered(store, "9@W", "花子").await;
    assert_eq!(others(store, "1@E").await, "9@W");
    act(store, unlink("1@E", "9@W")).await;
    updated(store, "9@W", "月子").await;
    updated(store, "9@W", "花子").await;
    assert_eq!(others(store, "1@E").await, "");
    act(store, link("1@E", "9@W")).await;
    assert_eq!(
        others(store, "1@E").await,
        "9@W",
        "an operator may change their mind"
    );
}

async fn a_link_of_unknown_ids_waits_for_them<S: IdentityStore>(store: &S) {
    act(store, link("1@E", "9@W")).await;
    assert_eq!(others(store, "1@E").await, "-");
    assert!(changes(store, 0, 10).await.is_empty(), "nobody to tell of");
    registered(store, "1@E", "花子").await;
    assert_eq!(others(store, "1@E").await, "");
    registered(store, "9@W", "月子").await;
    assert_eq!(others(store, "1@E").await, "9@W");
    act(store, unlink("1@E", "9@W")).await;
    act(store, unlink("7@E", "8@W")).await;
    assert_eq!(others(store, "9@W").await, "");
    assert_eq!(others(store, "7@E").await, "-");
}

async fn a_moved_id_goes_alone_and_for_good<S: IdentityStore>(store: &S) {
    registered(store, "1@E", "花子").await;
    registered(store, "9@W", "花子").await;
    registered(store, "2@E", "雪子").await;
    let to = short("2@E");
    act(
        store,
        Action::Move {
            id: short("9@W"),
            to,
        },
    )
    .await;
    assert_eq!(others(store, "9@W").await, "2@E");
    updated(store, "1@E", "月子").await;
    updated(store, "1@E", "花子").await;
    assert_eq!(others(store, "1@E").await, "");
    let (unknown, to) = (short("7@W"), short("2@E"));
    let refused = refusals(store, Action::Move { id: unknown, to }).await;
    assert_eq!(refused, ["204 at PID^1^3^1^1"]);
}

async fn an_id_no_longer_in_use_is_unknown<S: IdentityStore>(store: &S) {
    registered(store, "1@E 9@W", "花子").await;
    let before = changes(store, 0, 10).await.len();
    act(store, Action::Deactivate { id: short("1@E") }).await;
    assert_eq!(others(store, "1@E").await, "-");
    assert_eq!(others(store, "9@W").await, "");
    let told = changes(store, 0, 10).await;
    let last = told.last().map(|change| change.members.len());
    assert_eq!(
        (told.len(), last),
        (before + 1, Some(1)),
        "those left are told of"
    );
    let again = Action::Deactivate { id: short("1@E") };
    assert_eq!(refusals(store, again).await, ["204 at PID^1^3^1^1"]);
    registered(store, "1@E", "月子").await;
    assert_eq!(
        others(store, "1@E").await,
        "9@W",
        "what was stated still holds"
    );
}

/// 5@W is like 9@W, and contradicts 1@E, whom 9@W is linked to: somebody must look.
async fn asked<S: IdentityStore>(store: &S) -> u64 {
    registered(store, "1@E", "花子").await;
    registered(store, "9@W", "月子").await;
    act(store, link("1@E", "9@W")).await;
    registered(store, "5@A", "月子").await;
    assert_eq!(others(store, "5@A").await, "");
    let open = store
        .reviews(ReviewState::Open, 0, 10)
        .await
        .expect("answers");
    assert_eq!(open.len(), 1);
    let (review, mut pair) = (&open[0], [text(&open[0].a), text(&open[0].b)]);
    pair.sort();
    assert_eq!(pair, ["5@A", "9@W"]);
    assert_eq!(review.a.birth_date, "19580312");
    assert_eq!(review.state, ReviewState::Open);
    let after = store.reviews(ReviewState::Open, review.number, 10).await;
    assert!(after.expect("answers").is_empty(), "after this number");
    review.number
}

fn text(record: &PatientRecord) -> String {
    let ids: Vec<String> = record.ids.iter().map(super::text).collect();
    ids.join(" ")
}

async fn numbers<S: IdentityStore>(store: &S, state: ReviewState) -> Vec<u64> {
    let reviews = store.reviews(state, 0, 10).await.expect("answers");
    reviews.iter().map(|review| review.number).collect()
}

async fn a_review_is_accepted_once<S: IdentityStore>(store: &S) {
    let review = asked(store).await;
    act(store, Action::Accept { review }).await;
    assert_eq!(others(store, "5@A").await, "1@E 9@W");
    assert_eq!(numbers(store, ReviewState::Open).await, [0; 0]);
    assert_eq!(numbers(store, ReviewState::Accepted).await, [review]);
    assert_eq!(refusals(store, Action::Accept { review }).await.len(), 1);
    assert_eq!(refusals(store, Action::Reject { review }).await.len(), 1);
    assert_eq!(
        refusals(store, Action::Reject { review: 99 }).await.len(),
        1
    );
}

async fn a_review_that_a_source_answered_is_nobodys_work<S: IdentityStore>(store: &S) {
    let review = asked(store).await;
    act(store, link("5@A", "9@W")).await;
    assert_eq!(others(store, "5@A").await, "1@E 9@W");
    assert_eq!(numbers(store, ReviewState::Open).await, [0; 0]);
    act(store, unlink("5@A", "1@E")).await;
    act(store, unlink("5@A", "9@W")).await;
    assert_eq!(numbers(store, ReviewState::Open).await, [review]);
}

async fn a_review_that_is_rejected_is_never_opened_again<S: IdentityStore>(store: &S) {
    let review = asked(store).await;
    act(store, Action::Reject { review }).await;
    assert_eq!(others(store, "5@A").await, "");
    updated(store, "5@A", "雪子").await;
    updated(store, "5@A", "月子").await;
    assert_eq!(others(store, "5@A").await, "");
    assert_eq!(numbers(store, ReviewState::Open).await, [0; 0]);
    assert_eq!(numbers(store, ReviewState::Rejected).await, [review]);
}

/// What a Source may write into an id or a name: NUL bytes, quotes, 100 KB, letters outside the basic plane.
async fn odd_ids_are_kept_as_they_are<S: IdentityStore>(store: &S) {
    let long = "長".repeat(34_000);
    for odd in [
        "a\0b",
        "a\0",
        "');--",
        "%",
        "\u{FFFD}",
        "𠮷",
        "00042",
        long.as_str(),
    ] {
        let one = format!("{odd}@E");
        registered(store, &format!("{one} {odd}@W"), odd).await;
        assert_eq!(others(store, &one).await, format!("{odd}@W"));
        assert_eq!(others(store, &format!("{odd}x@E")).await, "-");
        let last = changes(store, 0, 1000).await.pop().expect("a change");
        assert_eq!(last.members[0].names[0].given, odd);
    }
}
