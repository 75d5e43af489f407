//! Telling others what changed, once they take it: PIX Update Notifications (ITI-10) and link changes (ITI-64).
//!
//! Nothing is queued beside the store: each listener has a cursor into the store's changes, kept durably with what it was
//! told. A change is told as the set is when its turn comes. After a crash between sending and keeping the cursor the same
//! is told again, which does no harm.

mod consumer;
mod delivery;
mod registry;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::FeedPolicy;
use crate::store::{Change, IdentityStore, Note, Shelf, StoreError};

pub(crate) use consumer::Consumer;
pub use delivery::Retry;
pub(crate) use registry::Registry;

/// Changes read at once.
const BATCH: usize = 64;
/// Changes that others made in the same store are looked for this often.
const LOOK: Duration = Duration::from_secs(10);
/// The pause after the store has failed.
const STORE_DOWN: Duration = Duration::from_secs(2);
/// Change numbers remembered as given up, per listener.
const GIVEN_UP: usize = 100;

/// Everybody who is told.
#[derive(Default)]
pub(crate) struct Tellers {
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) registries: Vec<Registry>,
    pub(crate) retry: Retry,
}

/// The manager as seen from here.
pub(crate) trait Told: Send + Sync + 'static {
    type Store: IdentityStore + Shelf;
    fn store(&self) -> &Self::Store;
    fn policy(&self) -> &FeedPolicy;
    fn changes(&self) -> watch::Receiver<u64>;
    fn tellers(&self) -> &Tellers;
}

/// Why telling ends for now.
pub(super) enum Stopped {
    /// The `stop` token.
    Asked,
    /// The store failed: try again.
    Store(StoreError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Stopped {
        Stopped::Store(error)
    }
}

/// How one change was told.
pub(super) enum Outcome {
    /// It does not concern this listener, or it knows already.
    Nothing,
    /// Taken; keep these notes.
    Taken(Vec<Note>),
    /// Refused until it was given up; forget these (kind, key), so that the next change is told whatever it is.
    GivenUp(Vec<(&'static str, String)>),
}

/// One who is told.
pub(super) trait Listener: Send + Sync + 'static {
    /// The name its cursor is kept under.
    fn name(&self) -> String;

    /// Tells one change, and waits until it is taken or given up.
    fn tell<M: Told>(
        &self,
        manager: &M,
        change: &Change,
        stop: &CancellationToken,
    ) -> impl Future<Output = Result<Outcome, Stopped>> + Send;
}

/// The tasks that tell.
pub(crate) struct Telling(JoinSet<()>);

impl Telling {
    /// Waits for them; they end on `stop`.
    pub(crate) async fn finish(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

/// Starts one task for each listener.
pub(crate) fn start<M: Told>(manager: &Arc<M>, stop: &CancellationToken) -> Telling {
    let mut tasks = JoinSet::new();
    for n in 0..manager.tellers().consumers.len() {
        let (manager, stop) = (manager.clone(), stop.clone());
        tasks.spawn(async move {
            if let Some(consumer) = manager.tellers().consumers.get(n) {
                follow(&*manager, consumer, &stop).await;
            }
        });
    }
    for n in 0..manager.tellers().registries.len() {
        let (manager, stop) = (manager.clone(), stop.clone());
        tasks.spawn(async move {
            if let Some(registry) = manager.tellers().registries.get(n) {
                follow(&*manager, registry, &stop).await;
            }
        });
    }
    Telling(tasks)
}

async fn follow<M: Told>(manager: &M, listener: &impl Listener, stop: &CancellationToken) {
    loop {
        match follow_until_trouble(manager, listener, stop).await {
            Stopped::Asked => return,
            Stopped::Store(error) => tracing::error!(%error, "changes not read, trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(STORE_DOWN) => {}
        }
    }
}

async fn follow_until_trouble<M: Told>(
    manager: &M,
    listener: &impl Listener,
    stop: &CancellationToken,
) -> Stopped {
    let Err(stopped) = try_follow(manager, listener, stop).await;
    stopped
}

async fn try_follow<M: Told>(
    manager: &M,
    listener: &impl Listener,
    stop: &CancellationToken,
) -> Result<std::convert::Infallible, Stopped> {
    let (store, name) = (manager.store(), listener.name());
    let mut announced = manager.changes();
    let mut done = cursor(store, &name).await?;
    loop {
        // Seen before reading, so that a change made meanwhile wakes us again.
        announced.borrow_and_update();
        let changes = store.changes_since(done, BATCH).await?;
        let (first, empty) = (done, changes.is_empty());
        let mut kept = done;
        for change in changes {
            done = change.number;
            match listener.tell(manager, &change, stop).await? {
                Outcome::Nothing => continue,
                Outcome::Taken(notes) => keep(store, &name, done, notes).await?,
                Outcome::GivenUp(notes) => give_up(store, &name, done, notes).await?,
            }
            kept = done;
        }
        if kept != done && done != first {
            keep(store, &name, done, Vec::new()).await?;
        }
        if empty {
            wait(&mut announced, stop).await?;
        }
    }
}

async fn wait(
    announced: &mut watch::Receiver<u64>,
    stop: &CancellationToken,
) -> Result<(), Stopped> {
    tokio::select! {
        () = stop.cancelled() => Err(Stopped::Asked),
        () = tokio::time::sleep(LOOK) => Ok(()),
        more = announced.changed() => more.map_err(|_| Stopped::Asked),
    }
}

const CURSOR: &str = "told-until";
const UNTAKEN: &str = "told-in-vain";

fn note(kind: &'static str, key: &str, value: impl Into<Vec<u8>>) -> Note {
    Note {
        kind,
        key: key.to_owned(),
        value: value.into(),
        expires: None,
    }
}

/// The last change told.
async fn cursor(store: &impl Shelf, name: &str) -> Result<u64, StoreError> {
    let text = store.note(CURSOR, name).await?;
    Ok(text.and_then(|text| number(&text)).unwrap_or(0))
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Cursor and notes together: they wait for one commit.
async fn keep(
    store: &impl Shelf,
    name: &str,
    done: u64,
    notes: Vec<Note>,
) -> Result<(), StoreError> {
    let cursor = note(CURSOR, name, done.to_string());
    let all = notes.into_iter().chain([cursor]);
    join_all(all.map(|note| store.put(note)))
        .await
        .into_iter()
        .collect()
}

async fn give_up(
    store: &impl Shelf,
    name: &str,
    done: u64,
    forget: Vec<(&'static str, String)>,
) -> Result<(), StoreError> {
    let forgotten = forget.iter().map(|(kind, key)| store.remove(kind, key));
    join_all(forgotten)
        .await
        .into_iter()
        .collect::<Result<(), _>>()?;
    let mut numbers = untaken(store, name).await?;
    numbers.push(done);
    let last = numbers.iter().rev().take(GIVEN_UP).rev();
    let text: Vec<String> = last.map(u64::to_string).collect();
    keep(store, name, done, vec![note(UNTAKEN, name, text.join(" "))]).await
}

async fn untaken(store: &impl Shelf, name: &str) -> Result<Vec<u64>, StoreError> {
    let text = store.note(UNTAKEN, name).await?.unwrap_or_default();
    Ok(text
        .split(|byte| *byte == b' ')
        .filter_map(number)
        .collect())
}

/// What a consumer or a registry at this address never took.
pub(crate) async fn given_up(store: &impl Shelf, address: &str) -> Result<Vec<u64>, StoreError> {
    let (notified, linked) = (consumer::name(address), registry::name(address));
    let mut numbers = untaken(store, &notified).await?;
    numbers.extend(untaken(store, &linked).await?);
    Ok(numbers)
}
