//! The one thread that writes: group commit.

use super::super::patients::{PatientState, merge_problem};
use super::super::rules::{Changes, plan};
use super::super::view::View;
use super::super::{MergeError, RegisterError, StoreError};
use super::codec;
use super::view::Reader;
use crate::metadata::{Status, Submission};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Savepoint, Transaction, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

/// Jobs waiting before callers have to wait.
const QUEUE: usize = 1024;
/// Jobs committed together at most.
const BATCH: usize = 256;

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

/// Tells the caller, after the commit (or its failure).
type Told = Box<dyn FnOnce(Result<(), StoreError>)>;

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (sender, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("registry-writer".into())
            .spawn(move || work(connection, jobs))?;
        Ok(Self(sender))
    }

    pub(crate) async fn run<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<T>) -> Job,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Failed("the writing thread has ended".into());
        let (sender, receiver) = oneshot::channel();
        self.0.send(job(sender)).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())
    }
}

fn work(mut connection: Connection, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::new();
    while jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
        match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => commit(transaction, batch.drain(..)),
            Err(error) => {
                let error = StoreError::from(error).to_string();
                batch.drain(..).for_each(|job| fail(job, &error));
            }
        }
    }
}

fn commit(mut transaction: Transaction<'_>, jobs: impl Iterator<Item = Job>) {
    let told: Vec<Told> = jobs.map(|job| perform(&mut transaction, job)).collect();
    let outcome = transaction
        .commit()
        .map_err(|error| StoreError::from(error).to_string());
    for tell in told {
        tell(outcome.clone().map_err(StoreError::Failed));
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

fn perform(transaction: &mut Transaction<'_>, job: Job) -> Told {
    match job {
        Job::Register {
            submission,
            now,
            answer,
        } => {
            let done = in_savepoint(transaction, |savepoint| {
                register(savepoint, *submission, now)
            });
            tell(answer, done)
        }
        Job::AddPatient { patient_id, answer } => {
            let done = in_savepoint(transaction, |savepoint| add_patient(savepoint, &patient_id));
            tell(answer, done)
        }
        Job::Merge { merges, answer } => {
            let done = in_savepoint(transaction, |savepoint| merge(savepoint, &merges));
            tell(answer, done)
        }
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

/// All of `act` or nothing of it; the other jobs of the batch are not touched.
fn in_savepoint<T, E: From<StoreError>>(
    transaction: &mut Transaction<'_>,
    act: impl FnOnce(&Savepoint<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let savepoint = transaction.savepoint().map_err(StoreError::from)?;
    let done = act(&savepoint)?; // dropped on error: rolled back
    savepoint.commit().map_err(StoreError::from)?;
    Ok(done)
}

fn register(
    savepoint: &Savepoint<'_>,
    submission: Submission,
    now: DateTime<Utc>,
) -> Result<(), RegisterError> {
    let changes = plan(&Reader(savepoint), submission, now)?;
    Ok(apply(savepoint, &changes)?)
}

fn add_patient(savepoint: &Savepoint<'_>, id: &str) -> Result<PatientState, StoreError> {
    let before = Reader(savepoint).patient_state(id)?;
    savepoint.execute("INSERT OR IGNORE INTO patients (id) VALUES (?1)", [id])?;
    Ok(before)
}

fn merge(savepoint: &Savepoint<'_>, merges: &[(String, String)]) -> Result<(), MergeError> {
    for (index, (survivor, subsumed)) in merges.iter().enumerate() {
        if let Some(problem) = merge_problem(&Reader(savepoint), survivor, subsumed)? {
            return Err(MergeError::Refused { index, problem });
        }
        savepoint
            .execute(
                "UPDATE patients SET merged_into = ?1 WHERE id = ?2",
                [survivor, subsumed],
            )
            .map_err(StoreError::from)?;
    }
    Ok(())
}

fn apply(connection: &Connection, changes: &Changes) -> Result<(), StoreError> {
    for uuid in &changes.deprecated {
        connection
            .prepare_cached("UPDATE documents SET approved = 0 WHERE uuid = ?1")?
            .execute([uuid])?;
    }
    for uuid in &changes.touched_folders {
        connection
            .prepare_cached("UPDATE folders SET last_update_time = ?1 WHERE uuid = ?2")?
            .execute([&changes.now, uuid])?;
    }
    insert_set(connection, &changes.submission)?;
    insert_documents(connection, &changes.submission)?;
    insert_folders(connection, &changes.submission)?;
    insert_associations(connection, &changes.submission)
}

fn insert_set(connection: &Connection, submission: &Submission) -> Result<(), StoreError> {
    let set = &submission.submission_set;
    let xml = codec::encode_set(set);
    connection
        .prepare_cached("INSERT INTO submission_sets VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![set.entry_uuid, set.unique_id, set.patient_id, xml])?;
    Ok(())
}

fn insert_documents(connection: &Connection, submission: &Submission) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT INTO documents VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for entry in &submission.documents {
        let approved = entry.status == Status::Approved;
        let xml = codec::encode_document(entry);
        insert.execute(params![
            entry.entry_uuid,
            entry.unique_id,
            entry.patient_id,
            approved,
            xml
        ])?;
    }
    Ok(())
}

fn insert_folders(connection: &Connection, submission: &Submission) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT INTO folders VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for folder in &submission.folders {
        let xml = codec::encode_folder(folder);
        let updated = &folder.last_update_time;
        insert.execute(params![
            folder.entry_uuid,
            folder.unique_id,
            folder.patient_id,
            updated,
            xml
        ])?;
    }
    Ok(())
}

fn insert_associations(connection: &Connection, submission: &Submission) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT INTO associations VALUES (?1, ?2, ?3, ?4)")?;
    for association in &submission.associations {
        let xml = codec::encode_association(association);
        insert.execute(params![
            association.entry_uuid,
            association.source,
            association.target,
            xml
        ])?;
    }
    Ok(())
}
