//! What every identity store must do, as test bodies: ours run them, and a vendor's store should. The stores they are
//! given must have the policy [`Deterministic`](crate::Deterministic).
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use ihe_pix::{Deterministic, MemoryStore};
//! ihe_pix::store::contract::check(async || MemoryStore::with_policy(Deterministic)).await;
//! # }
//! ```

mod actions;
mod durable;
mod history;
mod races;
mod sets;
mod shelf;

use hl7v2::datatype::{Cx, Hd, Xpn};

use super::{ApplyError, Change, IdentityStore, Shelf};
use crate::PatientRecord;
use crate::identity::{Action, By, Merge};
use crate::iti8::Feed;

const EAST: &str = "1.2.3.4.1000";
const WEST: &str = "1.2.3.4.2000";
const AFFINITY: &str = "1.2.3.4.3000";

/// Runs every check on a fresh, empty store each.
///
/// # Panics
/// If the store does not keep the contract.
pub async fn check<S: IdentityStore>(fresh: impl AsyncFn() -> S) {
    sets::check(&fresh).await;
    actions::check(&fresh).await;
    history::check(&fresh).await;
    races::check(&fresh).await;
}

/// Runs every check of durable notes on a fresh, empty store each.
///
/// # Panics
/// If the store does not keep the contract.
pub async fn check_shelf<S: Shelf>(fresh: impl AsyncFn() -> S) {
    shelf::check(&fresh).await;
}

/// Checks that everything is there when a store is opened again; `open` opens the same one each time, empty at first.
///
/// # Panics
/// If the store does not keep the contract.
pub async fn check_durable<S: IdentityStore + Shelf>(open: impl AsyncFn() -> S) {
    durable::check(&open).await;
}

fn id(value: &str, domain: &str) -> Cx {
    Cx::new(value, Hd::oid(domain))
}

fn patient(ids: &[(&str, &str)], given: &str) -> PatientRecord {
    let name = Xpn {
        family: "山田".into(),
        given: given.into(),
        ..Xpn::default()
    };
    PatientRecord {
        ids: ids
            .iter()
            .map(|(value, domain)| id(value, domain))
            .collect(),
        names: vec![name],
        birth_date: "19580312".into(),
        sex: "F".into(),
        ..PatientRecord::default()
    }
}

async fn feed<S: IdentityStore>(store: &S, feed: Feed) -> u64 {
    let applied = store.apply(feed.into(), by("1")).await;
    applied.expect("the feed is taken").last_change
}

async fn register<S: IdentityStore>(store: &S, ids: &[(&str, &str)], given: &str) -> u64 {
    feed(store, Feed::register(patient(ids, given))).await
}

async fn refused<S: IdentityStore>(store: &S, feed: Feed) -> Vec<String> {
    match store.apply(feed.into(), by("1")).await {
        Err(ApplyError::Refused(refusal)) => {
            refusal.problems.iter().map(ToString::to_string).collect()
        }
        other => panic!("not refused: {other:?}"),
    }
}

/// The ids cross-referenced, as `value@domain`.
async fn known<S: IdentityStore>(store: &S, value: &str, domain: &str) -> Option<Vec<String>> {
    let text = |id: Cx| format!("{}@{}", id.id, id.assigning_authority.universal_id);
    let found = store
        .cross_references(&id(value, domain), &[])
        .await
        .expect("the store answers");
    found.map(|ids| ids.into_iter().map(text).collect())
}

fn some(ids: &[&str]) -> Option<Vec<String>> {
    Some(ids.iter().map(ToString::to_string).collect())
}

async fn changes<S: IdentityStore>(store: &S, after: u64, limit: usize) -> Vec<Change> {
    store
        .changes_since(after, limit)
        .await
        .expect("the store answers")
}

fn by(why: &str) -> By {
    By::new("HIS|EAST", why)
}

/// `value@E`, `value@W` or `value@A`.
fn short(text: &str) -> Cx {
    let (value, domain) = text.split_once('@').expect("value@domain");
    let domain = match domain {
        "E" => EAST,
        "W" => WEST,
        _ => AFFINITY,
    };
    id(value, domain)
}

fn person(ids: &str, given: &str) -> PatientRecord {
    let ids = ids.split(' ').map(short).collect();
    PatientRecord {
        ids,
        ..patient(&[], given)
    }
}

async fn act<S: IdentityStore>(store: &S, action: Action) -> u64 {
    let applied = store.apply(action, by("7")).await;
    applied.expect("the action is taken").last_change
}

/// Registers a person of these ids; the given name tells persons apart.
async fn registered<S: IdentityStore>(store: &S, ids: &str, given: &str) -> u64 {
    let patient = person(ids, given);
    act(store, Action::Register { patient }).await
}

async fn updated<S: IdentityStore>(store: &S, ids: &str, given: &str) -> u64 {
    let patient = person(ids, given);
    act(store, Action::Update { patient }).await
}

/// Where an action is refused, as `code place`.
async fn refusals<S: IdentityStore>(store: &S, action: Action) -> Vec<String> {
    let before = changes(store, 0, 1000).await;
    let Err(ApplyError::Refused(refusal)) = store.apply(action, by("7")).await else {
        panic!("not refused");
    };
    assert_eq!(changes(store, 0, 1000).await, before, "nothing is stored");
    refusal.problems.iter().map(ToString::to_string).collect()
}

/// The others of this id's person, as `value@E`; `-`: the id is not in use.
async fn others<S: IdentityStore>(store: &S, one: &str) -> String {
    let found = store.cross_references(&short(one), &[]).await;
    let Some(found) = found.expect("the store answers") else {
        return "-".into();
    };
    found.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn text(id: &Cx) -> String {
    let domain = match id.assigning_authority.universal_id.as_str() {
        EAST => "E",
        WEST => "W",
        _ => "A",
    };
    format!("{}@{domain}", id.id)
}

fn merge_of(survivor: &str, subsumed: &str) -> Merge {
    Merge {
        survivor: short(survivor),
        subsumed: short(subsumed),
        repetition: 1,
    }
}

fn merging(survivor: &str, subsumed: &str, lenient: bool) -> Action {
    Action::Merge {
        patient: PatientRecord::identified(short(survivor)),
        merges: vec![merge_of(survivor, subsumed)],
        lenient,
    }
}

fn changing(to: &str, from: &str) -> Action {
    let pairs = vec![merge_of(to, from)];
    Action::ChangeId { pairs }
}

fn link(a: &str, b: &str) -> Action {
    let (a, b) = (short(a), short(b));
    Action::Link { a, b }
}

fn unlink(a: &str, b: &str) -> Action {
    let (a, b) = (short(a), short(b));
    Action::Unlink { a, b }
}
