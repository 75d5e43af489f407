//! The one thread that writes to a database: group commit.
//!
//! Whatever has gathered is one transaction, so that many submissions share one fsync, each with a mark of its own:
//! one that is refused or fails does not touch its neighbours. Nobody is answered before the commit.

use super::patients::{PatientState, merge_problem};
use super::rows::{Batch, Look, Tables, unique_id_key, uuid_key};
use super::rules::{Changes, plan};
use super::view::View;
use super::{MergeError, RegisterError, StoreError};
use crate::metadata::Submission;
use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

/// Jobs waiting before callers have to wait.
const QUEUE: usize = 1024;
/// Jobs committed together at most.
const GROUP: usize = 256;

/// One write and where its answer goes.
pub(crate) enum Job {
    Register {
        submission: Box<Submission>,
        now: DateTime<Utc>,
        answer: oneshot::Sender<Result<(), RegisterError>>,
    },
    AddPatient {
        patient_id: String,
        answer: oneshot::Sender<Result<PatientState, StoreError>>,
    },
    Merge {
        merges: Vec<(String, String)>,
        answer: oneshot::Sender<Result<(), MergeError>>,
    },
}

/// Handle of the writing thread, which ends when this is dropped.
pub(crate) struct Writer(mpsc::Sender<Job>);

/// Tells the caller, after the commit or its failure.
type Told = Box<dyn FnOnce(Result<(), StoreError>)>;

impl Writer {
    pub(crate) fn start(tables: impl Tables + Send + 'static) -> Result<Self, StoreError> {
        let (sender, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("registry-writer".into())
            .spawn(move || work(tables, jobs))?;
        Ok(Self(sender))
    }

    /// In the order of the calls: whoever is polled first is first.
    pub(crate) async fn run<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<T>) -> Job,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Failed("the writing thread has ended".into());
        let (sender, receiver) = oneshot::channel();
        let queued = tokio::task::unconstrained(self.0.send(job(sender))).await;
        queued.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())
    }
}

fn work(mut tables: impl Tables, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::new();
    while jobs.blocking_recv_many(&mut group, GROUP) > 0 {
        let mut step = match tables.begin() {
            Ok(()) => Step {
                tables: &mut tables,
                broken: None,
            },
            Err(error) => {
                let error = error.to_string();
                group.drain(..).for_each(|job| fail(job, &error));
                continue;
            }
        };
        let told: Vec<Told> = group.drain(..).map(|job| step.perform(job)).collect();
        let outcome = step.finish().map_err(|error| error.to_string());
        for tell in told {
            tell(outcome.clone().map_err(StoreError::Failed));
        }
    }
}

fn fail(job: Job, error: &str) {
    let error = || StoreError::Failed(error.to_owned());
    match job {
        Job::Register { answer, .. } => drop(answer.send(Err(error().into()))),
        Job::AddPatient { answer, .. } => drop(answer.send(Err(error()))),
        Job::Merge { answer, .. } => drop(answer.send(Err(error().into()))),
    }
}

fn tell<T: 'static, E: From<StoreError> + 'static>(
    answer: oneshot::Sender<Result<T, E>>,
    done: Result<T, E>,
) -> Told {
    Box::new(move |committed| {
        let result = match committed {
            Ok(()) => done,
            Err(error) => done.and(Err(error.into())),
        };
        let _ = answer.send(result);
    })
}

/// One transaction of a group.
struct Step<'a, T> {
    tables: &'a mut T,
    /// Why nothing of the group can be committed any more.
    broken: Option<String>,
}

impl<T: Tables> Step<'_, T> {
    fn perform(&mut self, job: Job) -> Told {
        match job {
            Job::Register {
                submission,
                now,
                answer,
            } => tell(
                answer,
                self.whole(|tables| register(tables, *submission, now)),
            ),
            Job::AddPatient { patient_id, answer } => tell(
                answer,
                self.whole(|tables| add_patient(tables, &patient_id)),
            ),
            Job::Merge { merges, answer } => {
                tell(answer, self.whole(|tables| merge(tables, &merges)))
            }
        }
    }

    /// All of `act` or nothing of it; the other jobs of the group are not touched.
    fn whole<V, E: From<StoreError>>(
        &mut self,
        act: impl FnOnce(&T) -> Result<V, E>,
    ) -> Result<V, E> {
        if let Some(error) = &self.broken {
            return Err(StoreError::Failed(error.clone()).into());
        }
        self.tables.mark()?;
        let done = act(self.tables);
        let ended = match done {
            Ok(_) => self.tables.keep(),
            Err(_) => self.tables.undo(),
        };
        if let Err(error) = &ended {
            self.broken = Some(error.to_string());
        }
        done.and_then(|value| Ok(ended.map(|()| value)?))
    }

    fn finish(self) -> Result<(), StoreError> {
        let done = match self.broken {
            None => self.tables.commit(),
            Some(error) => Err(StoreError::Failed(error)),
        };
        if done.is_err() {
            self.tables.abandon();
        }
        done
    }
}

fn register(
    tables: &impl Tables,
    submission: Submission,
    now: DateTime<Utc>,
) -> Result<(), RegisterError> {
    announce(tables, &submission)?;
    let changes = plan(&Look::new(tables), submission, now)?;
    Ok(apply(tables, &changes)?)
}

/// Every identifier that the rules and the rows will ask for.
fn announce(tables: &impl Tables, submission: &Submission) -> Result<(), StoreError> {
    let Submission {
        submission_set: set,
        documents,
        folders,
        associations,
    } = submission;
    let own = documents.iter().map(|entry| &entry.entry_uuid);
    let own = own.chain(folders.iter().map(|folder| &folder.entry_uuid));
    let linked = associations
        .iter()
        .flat_map(|one| [&one.entry_uuid, &one.source, &one.target]);
    let uuids = own.chain(linked).chain([&set.entry_uuid]);
    let unique_ids = documents.iter().map(|entry| &entry.unique_id);
    let unique_ids = unique_ids.chain(folders.iter().map(|folder| &folder.unique_id));
    tables.announce(
        &mut uuids.map(|uuid| uuid_key(uuid)),
        &mut unique_ids
            .chain([&set.unique_id])
            .map(|id| unique_id_key(id)),
    )
}

fn apply(tables: &impl Tables, changes: &Changes) -> Result<(), StoreError> {
    let keys = |uuids: &[String]| -> Vec<_> { uuids.iter().map(|uuid| uuid_key(uuid)).collect() };
    if !changes.deprecated.is_empty() {
        tables.deprecate(&keys(&changes.deprecated))?;
    }
    if !changes.touched_folders.is_empty() {
        tables.touch(&keys(&changes.touched_folders), &changes.now)?;
    }
    tables.insert(&Batch::of(tables, &changes.submission)?)
}

fn add_patient(tables: &impl Tables, id: &str) -> Result<PatientState, StoreError> {
    let before = Look::new(tables).patient_state(id)?;
    if before == PatientState::Unknown {
        tables.feed(id)?;
    }
    Ok(before)
}

fn merge(tables: &impl Tables, merges: &[(String, String)]) -> Result<(), MergeError> {
    for (index, (survivor, subsumed)) in merges.iter().enumerate() {
        if let Some(problem) = merge_problem(&Look::new(tables), survivor, subsumed)? {
            return Err(MergeError::Refused { index, problem });
        }
        tables.merge(survivor, subsumed)?;
    }
    Ok(())
}
