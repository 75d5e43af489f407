//! The one thread that writes the index: what has gathered meanwhile is committed together, each job in a savepoint.

use crate::store::StoreError;
use rusqlite::{Connection, Savepoint, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

/// Jobs waiting before callers have to wait.
const QUEUE: usize = 1024;
/// Jobs committed together at most.
const BATCH: usize = 256;

/// A change of the index; what it returns tells the caller how the commit went.
type Job = Box<dyn FnOnce(&mut Transaction<'_>) -> Told + Send>;
type Told = Box<dyn FnOnce(Result<(), StoreError>)>;

/// Handle of the writing thread, which ends when this is dropped.
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (sender, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("document-index".into())
            .spawn(move || work(connection, jobs))?;
        Ok(Self(sender))
    }

    /// Changes the index, all of `act` or nothing of it; durable when it returns.
    pub(super) async fn run<T, E>(
        &self,
        act: impl FnOnce(&Savepoint<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let gone = || StoreError::Failed("the index cannot be written".into());
        let (answer, receiver) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let done = in_savepoint(transaction, act);
            Box::new(move |committed| {
                let result = match committed {
                    Ok(()) => done,
                    Err(error) => done.and(Err(error.into())),
                };
                let _ = answer.send(result);
            })
        });
        self.0.send(job).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

fn in_savepoint<T, E: From<StoreError>>(
    transaction: &mut Transaction<'_>,
    act: impl FnOnce(&Savepoint<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let savepoint = transaction.savepoint().map_err(StoreError::from)?;
    let done = act(&savepoint)?; // dropped on error: rolled back
    savepoint.commit().map_err(StoreError::from)?;
    Ok(done)
}

fn work(mut connection: Connection, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::new();
    while jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
        match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => commit(transaction, batch.drain(..)),
            Err(error) => {
                let error = StoreError::from(error);
                tracing::error!(%error, "the index of documents cannot be written");
                batch.clear(); // each caller is told by the end of its channel
            }
        }
    }
}

fn commit(mut transaction: Transaction<'_>, jobs: impl Iterator<Item = Job>) {
    let told: Vec<Told> = jobs.map(|job| job(&mut transaction)).collect();
    let outcome = transaction
        .commit()
        .map_err(|error| StoreError::from(error).to_string());
    for tell in told {
        tell(outcome.clone().map_err(StoreError::Failed));
    }
}
