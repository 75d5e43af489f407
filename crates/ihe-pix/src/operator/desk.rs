//! A request done on a store.

use hl7v2::datatype::Cx;

use super::{Answer, Denied, Handled, MOST, Request};
use crate::identity::{Action, By, Merge, Review, ReviewState};
use crate::store::{Applied, ApplyError, IdentityStore};
use crate::{FeedPolicy, PatientRecord};

/// Does what an operator asks, whole or not at all. `by` is kept in the history of every identity touched.
///
/// Stricter than a feed: an id must be in use, so that a mistyped one is an error and not an announcement.
pub async fn handle<S: IdentityStore>(
    store: &S,
    policy: &FeedPolicy,
    by: &By,
    mut request: Request,
) -> Handled {
    let named = complete(policy, &mut request);
    let mut subjects: Vec<Cx> = request.ids_mut().into_iter().map(|id| id.clone()).collect();
    let outcome = match named {
        Ok(()) => decide(store, by, request, &mut subjects).await,
        Err(denied) => Err(denied),
    };
    Handled { outcome, subjects }
}

/// Gives every id the full authority of its domain.
fn complete(policy: &FeedPolicy, request: &mut Request) -> Result<(), Denied> {
    for (which, id) in request.ids_mut().into_iter().enumerate() {
        let domain = policy.resolve(&id.assigning_authority);
        let domain = domain.ok_or(Denied::UnknownDomain { which })?;
        id.assigning_authority = domain.authority.clone();
    }
    Ok(())
}

async fn decide<S: IdentityStore>(
    store: &S,
    by: &By,
    request: Request,
    subjects: &mut Vec<Cx>,
) -> Result<Answer, Denied> {
    match request {
        Request::Reviews {
            state,
            after,
            limit,
            demographics,
        } => {
            let mut reviews = store.reviews(state, after, limit.min(MOST)).await?;
            subjects.extend(reviews.iter().flat_map(pair));
            if !demographics {
                reviews.iter_mut().for_each(strip);
            }
            Ok(Answer::Reviews(reviews))
        }
        Request::History { id, limit } => {
            let events = store.history(&id, limit.min(MOST)).await?;
            events
                .map(Answer::History)
                .ok_or(Denied::UnknownId { which: 0 })
        }
        Request::Accept { review } => {
            subjects.extend(open_pair(store, review).await?);
            apply(store, by, Action::Accept { review }).await
        }
        Request::Reject { review } => {
            subjects.extend(open_pair(store, review).await?);
            apply(store, by, Action::Reject { review }).await
        }
        Request::Link { a, b } => {
            two_in_use(store, &a, &b).await?;
            apply(store, by, Action::Link { a, b }).await
        }
        Request::Unlink { a, b } => {
            two_in_use(store, &a, &b).await?;
            linked(store, &a, &b).await?;
            apply(store, by, Action::Unlink { a, b }).await
        }
        Request::Move { id, to } => {
            two_in_use(store, &id, &to).await?;
            apply(store, by, Action::Move { id, to }).await
        }
        Request::Merge { survivor, subsumed } => {
            two_in_use(store, &survivor, &subsumed).await?;
            apply(store, by, merge(survivor, subsumed)?).await
        }
        Request::Deactivate { id } => {
            in_use(store, 0, &id).await?;
            apply(store, by, Action::Deactivate { id }).await
        }
    }
}

/// The two ids of a review, the oldest first.
fn pair(review: &Review) -> impl Iterator<Item = Cx> + use<> {
    let ids: Vec<Cx> = [&review.a, &review.b]
        .into_iter()
        .flat_map(|side| side.ids.iter().cloned())
        .collect();
    ids.into_iter()
}

/// Nothing but the ids, and how the terms come out, which weights say as well.
fn strip(review: &mut Review) {
    for side in [&mut review.a, &mut review.b] {
        let ids = std::mem::take(&mut side.ids);
        *side = PatientRecord {
            ids,
            ..PatientRecord::default()
        };
    }
}

async fn open_pair<S: IdentityStore>(store: &S, number: u64) -> Result<Vec<Cx>, Denied> {
    let before = number.checked_sub(1).ok_or(Denied::NoOpenReview)?;
    let found = store.reviews(ReviewState::Open, before, 1).await?;
    let review = found.iter().find(|review| review.number == number);
    Ok(pair(review.ok_or(Denied::NoOpenReview)?).collect())
}

async fn two_in_use<S: IdentityStore>(store: &S, a: &Cx, b: &Cx) -> Result<(), Denied> {
    if a == b {
        return Err(Denied::SameId);
    }
    in_use(store, 0, a).await?;
    in_use(store, 1, b).await
}

async fn linked<S: IdentityStore>(store: &S, a: &Cx, b: &Cx) -> Result<(), Denied> {
    let others = store.cross_references(a, &[]).await?;
    let linked = others.is_some_and(|others| others.contains(b));
    linked.then_some(()).ok_or(Denied::NotLinked)
}

async fn in_use<S: IdentityStore>(store: &S, which: usize, id: &Cx) -> Result<(), Denied> {
    if store.cross_references(id, &[]).await?.is_some() {
        return Ok(());
    }
    let known = store.history(id, 1).await?;
    match known.is_some_and(|events| !events.is_empty()) {
        true => Err(Denied::NotInUse { which }),
        false => Err(Denied::UnknownId { which }),
    }
}

fn merge(survivor: Cx, subsumed: Cx) -> Result<Action, Denied> {
    if survivor.assigning_authority != subsumed.assigning_authority {
        return Err(Denied::TwoDomains);
    }
    Ok(Action::Merge {
        patient: PatientRecord::identified(survivor.clone()),
        merges: vec![Merge {
            survivor,
            subsumed,
            repetition: 1,
        }],
        lenient: false,
    })
}

async fn apply<S: IdentityStore>(store: &S, by: &By, action: Action) -> Result<Answer, Denied> {
    let applied: Applied = store
        .apply(action, by.clone())
        .await
        .map_err(|error| match error {
            ApplyError::Refused(refusal) => Denied::Refused(refusal),
            ApplyError::Store(error) => Denied::Store(error),
        })?;
    Ok(Answer::Done(applied))
}
