//! One implementation of the store's verbs over any backend: a writer thread that owns the order, the engine in memory,
//! and group commit. Nothing is answered before it is committed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hl7v2::datatype::{Cx, Hd};
use tokio::sync::{mpsc, oneshot};

use super::engine::{Engine, Entry, Happened, Pair, Records, Stored, Write};
use super::{Applied, ApplyError, Change, Note, StoreError, grouped};
use crate::PatientRecord;
use crate::identity::{Action, By, Event, Review, ReviewState, What};
use crate::matching::MatchPolicy;

/// Actions waiting for the writer; more wait for room.
const QUEUE: usize = 1024;
/// Actions in one commit.
const GROUP: usize = 256;
/// What part of the time a commit takes may be spent on waiting for more to commit with it.
const WAIT_SHARE: u32 = 8;
/// The longest such wait.
const WAIT: Duration = Duration::from_micros(500);

type Result<T, E = StoreError> = std::result::Result<T, E>;
type Answer = Result<Applied, ApplyError>;

/// What the writer needs of a backend; called from the writer's own thread.
pub(super) trait Backend: Records + Send + 'static {
    /// Gives everything remembered, in the order that [`Stored`] says.
    fn load(&mut self, take: &mut dyn FnMut(Stored) -> Result<()>) -> Result<()>;

    /// Remembers all of these or none, durably. Whether it did is seen by loading again.
    fn commit(&mut self, writes: Vec<Write>) -> Result<()>;
}

/// What everybody else needs of a backend.
pub(super) trait Reader: Send + Sync + 'static {
    /// The demographics of these rows, in their order, without ids.
    fn records(&self, rows: Vec<u32>) -> impl Future<Output = Result<Vec<PatientRecord>>> + Send;

    /// Changes after this number: number and row.
    fn changes(
        &self,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, u32)>>> + Send;

    /// The history of a row back from this entry, the newest first.
    fn entries(
        &self,
        row: u32,
        last: u32,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry>>> + Send;

    /// Reviews in this state after this number.
    fn reviews(
        &self,
        state: ReviewState,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<StoredReview>>> + Send;

    /// The note of this name, unless it expired before now.
    fn note(
        &self,
        kind: &'static str,
        key: String,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;
}

/// A review as it is kept.
#[derive(Clone, Debug)]
pub(super) struct StoredReview {
    pub(super) number: u64,
    pub(super) pair: Pair,
    pub(super) score: f32,
    pub(super) at: DateTime<Utc>,
    pub(super) state: ReviewState,
}

/// One thing to do and who waits for it.
struct Job {
    task: Task,
    reply: oneshot::Sender<Answer>,
}

enum Task {
    Act(Box<Action>, By),
    Put(Note),
    Remove { kind: &'static str, key: String },
}

/// The verbs of a store.
pub(super) struct Identities<R> {
    engine: Arc<RwLock<Engine>>,
    jobs: mpsc::Sender<Job>,
    reader: R,
}

impl<R: Reader> Identities<R> {
    /// Loads everything and starts the writer; it ends when this is dropped. Blocks: call it off the reactor.
    pub(super) fn open<B: Backend>(
        mut backend: B,
        reader: R,
        policy: Arc<dyn MatchPolicy>,
    ) -> Result<Identities<R>> {
        let engine = Arc::new(RwLock::new(loaded(&mut backend, policy)?));
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer {
            engine: engine.clone(),
            backend,
            stale: false,
            answered: 0,
            took: Duration::ZERO,
        };
        let thread = std::thread::Builder::new().name("identities".into());
        thread
            .spawn(move || writer.work(queue))
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        Ok(Identities {
            engine,
            jobs,
            reader,
        })
    }

    pub(super) fn engine(&self) -> RwLockReadGuard<'_, Engine> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn apply(&self, action: Action, by: By) -> Answer {
        self.ask(Task::Act(Box::new(action), by)).await
    }

    pub(super) async fn put(&self, note: Note) -> Result<()> {
        self.ask(Task::Put(note))
            .await
            .map(drop)
            .map_err(no_refusal)
    }

    pub(super) async fn remove(&self, kind: &'static str, key: &str) -> Result<()> {
        let key = key.to_owned();
        let removed = self.ask(Task::Remove { kind, key }).await;
        removed.map(drop).map_err(no_refusal)
    }

    pub(super) async fn note(&self, kind: &'static str, key: &str) -> Result<Option<Vec<u8>>> {
        self.reader.note(kind, key.to_owned(), Utc::now()).await
    }

    async fn ask(&self, task: Task) -> Answer {
        let (reply, answer) = oneshot::channel();
        let job = Job { task, reply };
        let closed = |_| StoreError::Closed;
        // The order is that of the calls: a task out of its budget must not be overtaken.
        let queued = tokio::task::unconstrained(self.jobs.send(job)).await;
        queued.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(closed)?
    }

    pub(super) fn cross_references(&self, id: &Cx, domains: &[Hd]) -> Option<Vec<Cx>> {
        let engine = self.engine();
        let row = engine.active(id)?;
        let others = engine.set(row).into_iter().filter(|other| *other != row);
        Some(grouped(others.map(|row| engine.id(row)).collect(), domains))
    }

    pub(super) async fn changes_since(&self, number: u64, limit: usize) -> Result<Vec<Change>> {
        let changes = self.reader.changes(number, limit).await?;
        let mut told = Vec::with_capacity(changes.len());
        for (number, row) in changes {
            let members = self.members(row).await?;
            told.push(Change { number, members });
        }
        Ok(told)
    }

    /// The demographics of these rows as committed last, without ids.
    pub(super) async fn records(&self, rows: Vec<u32>) -> Result<Vec<PatientRecord>> {
        self.reader.records(rows).await
    }

    /// The identities of a row's set, each with its one id; nobody if the row is not in use.
    async fn members(&self, row: u32) -> Result<Vec<PatientRecord>> {
        let rows = {
            let engine = self.engine();
            match engine.is_active(row) {
                true => engine.set(row),
                false => Vec::new(),
            }
        };
        self.identities(rows).await
    }

    /// These rows as records, each with its one id.
    async fn identities(&self, rows: Vec<u32>) -> Result<Vec<PatientRecord>> {
        let mut records = self.reader.records(rows.clone()).await?;
        let engine = self.engine();
        for (record, row) in records.iter_mut().zip(rows) {
            record.ids = vec![engine.id(row)];
        }
        Ok(records)
    }

    pub(super) async fn history(&self, id: &Cx, limit: usize) -> Result<Option<Vec<Event>>> {
        let found = {
            let engine = self.engine();
            engine.row(id).map(|row| (row, engine.index.journal(row)))
        };
        let Some((row, last)) = found else {
            return Ok(None);
        };
        let entries = self.reader.entries(row, last, limit).await?;
        let engine = self.engine();
        let event = |entry| event(&engine, row, entry);
        Ok(Some(entries.into_iter().map(event).collect()))
    }

    pub(super) async fn reviews(
        &self,
        state: ReviewState,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Review>> {
        let mut reviews = Vec::new();
        let mut after = after;
        while reviews.len() < limit {
            let wanted = limit - reviews.len();
            let stored = self.reader.reviews(state, after, wanted).await?;
            let Some(last) = stored.last() else {
                break;
            };
            after = last.number;
            for one in stored {
                reviews.extend(self.shown(one).await?);
            }
        }
        Ok(reviews)
    }

    /// A review with both identities. An open one that later records have answered, because both are one person by now, is
    /// nobody's work any more.
    async fn shown(&self, stored: StoredReview) -> Result<Option<Review>> {
        let Pair { a, b } = stored.pair;
        if stored.state == ReviewState::Open && self.engine().are_one(a, b) {
            return Ok(None);
        }
        let mut pair = self.identities(vec![a, b]).await?;
        let (Some(b), Some(a)) = (pair.pop(), pair.pop()) else {
            return Ok(None);
        };
        let terms = self.engine().policy().explain(&a, &b);
        Ok(Some(review(stored, a, b, terms)))
    }
}

fn review(
    stored: StoredReview,
    a: PatientRecord,
    b: PatientRecord,
    terms: Vec<crate::matching::Term>,
) -> Review {
    Review {
        number: stored.number,
        state: stored.state,
        opened_at: stored.at,
        a,
        b,
        score: stored.score,
        terms,
    }
}

/// An entry as it looks from this row.
fn event(engine: &Engine, row: u32, entry: Entry) -> Event {
    let seen_from_other = entry.row != row;
    let other = |with: u32| engine.id(if seen_from_other { entry.row } else { with });
    let what = match entry.happened {
        Happened::Registered => What::Registered,
        Happened::Updated => What::Updated,
        Happened::Matched { with, score } => What::Matched {
            with: other(with),
            score,
        },
        Happened::Parted => What::Parted,
        Happened::Linked { with } => What::Linked { with: other(with) },
        Happened::Unlinked { with } => What::Unlinked { with: other(with) },
        Happened::Became { survivor } if seen_from_other => What::Took {
            subsumed: other(survivor),
        },
        Happened::Became { survivor } => What::Became {
            survivor: other(survivor),
        },
        Happened::Deactivated => What::Deactivated,
    };
    Event {
        number: u64::from(entry.number),
        at: entry.at,
        who: entry.by.who,
        why: entry.by.why,
        what,
    }
}

/// Notes are not refused.
fn no_refusal(error: ApplyError) -> StoreError {
    match error {
        ApplyError::Store(error) => error,
        ApplyError::Refused(refusal) => StoreError::Failed(refusal.to_string()),
    }
}

fn loaded<B: Backend>(backend: &mut B, policy: Arc<dyn MatchPolicy>) -> Result<Engine> {
    let mut engine = Engine::new(policy);
    backend.load(&mut |stored| engine.load(stored))?;
    Ok(engine)
}

/// Demographics of rows that the group in hand wrote.
type Fresh = HashMap<u32, Arc<PatientRecord>>;

/// The one who writes.
struct Writer<B> {
    engine: Arc<RwLock<Engine>>,
    backend: B,
    /// The engine knows what was not committed, and could not be loaded again yet.
    stale: bool,
    /// Callers answered last: those with more to do are about to come back.
    answered: usize,
    /// How long the last commit took.
    took: Duration,
}

impl<B: Backend> Writer<B> {
    fn work(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let group = self.group(first, &mut jobs);
            let (start, size) = (Instant::now(), group.len());
            self.commit(group);
            (self.took, self.answered) = (start.elapsed(), size);
        }
    }

    /// Those who wait, and those answered last, if they come back soon: otherwise two halves of the callers would take
    /// turns, with twice as many commits.
    fn group(&self, first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
        let mut group = vec![first];
        let expected = GROUP.min(jobs.len() + self.answered);
        let end = Instant::now() + WAIT.min(self.took / WAIT_SHARE);
        while group.len() < GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) if group.len() < expected && Instant::now() < end => {
                    std::thread::yield_now();
                }
                Err(_) => break,
            }
        }
        group
    }

    /// Actions that wait together are committed together.
    fn commit(&mut self, group: Vec<Job>) {
        if self.stale {
            self.reload();
        }
        let mut writes = Vec::new();
        let mut answers = Vec::with_capacity(group.len());
        let mut fresh = Fresh::new();
        for job in group {
            let answer = match self.stale {
                true => Err(StoreError::Closed.into()),
                false => self.one(job.task, &mut writes, &mut fresh),
            };
            answers.push((job.reply, answer));
        }
        let failed = self.remember(writes, &answers);
        for (reply, answer) in answers {
            let answer = match &failed {
                Some(error) => Err(error.clone().into()),
                None => answer,
            };
            // A caller that has gone away does not undo the action.
            let _ = reply.send(answer);
        }
    }

    fn one(&mut self, task: Task, writes: &mut Vec<Write>, fresh: &mut Fresh) -> Answer {
        let now = Utc::now();
        match task {
            Task::Act(action, by) => self.act(&action, &by, writes, fresh)?,
            Task::Put(note) => writes.push(Write::Note { note, now }),
            Task::Remove { kind, key } => writes.push(Write::NoNote { kind, key }),
        }
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Applied {
            last_change: engine.last_change(),
        })
    }

    fn act(
        &mut self,
        action: &Action,
        by: &By,
        writes: &mut Vec<Write>,
        fresh: &mut Fresh,
    ) -> Result<(), ApplyError> {
        let mut records = Overlay {
            fresh,
            backend: &mut self.backend,
        };
        let mut engine = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        let new = engine.apply(action, by, Utc::now(), &mut records)?;
        for write in &new {
            if let Write::Identity { row, record, .. } | Write::Record { row, record, .. } = write {
                fresh.insert(*row, record.clone());
            }
        }
        writes.extend(new);
        Ok(())
    }

    /// Why nothing of the group was kept. The engine is then as the backend remembers.
    fn remember(
        &mut self,
        writes: Vec<Write>,
        answers: &[(oneshot::Sender<Answer>, Answer)],
    ) -> Option<StoreError> {
        let unread = answers.iter().find_map(|(_, answer)| match answer {
            Err(ApplyError::Store(error)) => Some(error.clone()),
            _ => None,
        });
        let failed = match unread {
            Some(error) => error,
            None if writes.is_empty() => return None,
            None => self.backend.commit(writes).err()?,
        };
        tracing::error!(error = %failed, "identities not stored");
        self.reload();
        Some(failed)
    }

    /// Forgets what was not committed.
    fn reload(&mut self) {
        let policy = {
            let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
            engine.policy().clone()
        };
        match loaded(&mut self.backend, policy) {
            Ok(engine) => {
                *self.engine.write().unwrap_or_else(PoisonError::into_inner) = engine;
                self.stale = false;
            }
            Err(error) => {
                tracing::error!(%error, "identities not loaded again");
                self.stale = true;
            }
        }
    }
}

/// Records of the group in hand first, then those committed.
struct Overlay<'a, B> {
    fresh: &'a Fresh,
    backend: &'a mut B,
}

impl<B: Backend> Records for Overlay<'_, B> {
    fn record(&mut self, row: u32) -> Result<PatientRecord> {
        match self.fresh.get(&row) {
            Some(record) => Ok((**record).clone()),
            None => self.backend.record(row),
        }
    }
}
