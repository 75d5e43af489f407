//! ITI-20 the way into the store: batches of all connections are stored together (whoever comes
//! first stores for all who wait), and only what is stored counts as seen.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::repository::repeats::{Connection, Repeats};
use crate::store::{ReceivedRecord, RecordStore, StoreError};

type Answer = Result<(), StoreError>;

struct Waiting {
    records: Vec<ReceivedRecord>,
    connection: Option<Connection>,
    done: oneshot::Sender<Answer>,
}

struct Known {
    repeats: Repeats,
    primed: bool,
}

pub(crate) struct Ingest<S> {
    store: S,
    window: usize,
    waiting: Mutex<Vec<Waiting>>,
    known: AsyncMutex<Known>,
}

impl<S: RecordStore> Ingest<S> {
    pub(crate) fn new(store: S, window: usize) -> Ingest<S> {
        let known = Known {
            repeats: Repeats::new(window),
            primed: false,
        };
        Ingest {
            store,
            window,
            waiting: Mutex::new(Vec::new()),
            known: AsyncMutex::new(known),
        }
    }

    pub(crate) fn store(&self) -> &S {
        &self.store
    }

    /// Stores a batch; `Ok` when durable. Without a connection (UDP) nothing is a repeat.
    pub(crate) async fn take(
        &self,
        records: Vec<ReceivedRecord>,
        connection: Option<Connection>,
    ) -> Answer {
        let (done, mut answer) = oneshot::channel();
        self.waiting().push(Waiting {
            records,
            connection,
            done,
        });
        let mut known = self.known.lock().await;
        if let Ok(answer) = answer.try_recv() {
            return answer;
        }
        self.prime(&mut known).await?;
        let waiting = std::mem::take(&mut *self.waiting());
        self.store_all(waiting, &mut known.repeats).await;
        drop(known);
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError("interrupted".to_owned())))
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before the first batch: what the store holds from before a restart.
    async fn prime(&self, known: &mut Known) -> Answer {
        if known.primed {
            return Ok(());
        }
        for message in self.store.tail(self.window.min(16_384)).await? {
            known.repeats.stored(&message, 0);
        }
        known.primed = true;
        Ok(())
    }

    async fn store_all(&self, waiting: Vec<Waiting>, repeats: &mut Repeats) {
        let mut fresh = Vec::new();
        let mut origins = Vec::new();
        let mut callers = Vec::new();
        for Waiting {
            records,
            connection,
            done,
        } in waiting
        {
            for record in records {
                let repeat = connection.is_some_and(|one| repeats.is_repeat(&record.raw, one));
                if !repeat {
                    origins.push((record.raw.clone(), connection));
                    fresh.push(record);
                }
            }
            callers.push(done);
        }
        let result = if fresh.is_empty() {
            Ok(())
        } else {
            self.store.append(fresh).await
        };
        if result.is_ok() {
            for (raw, connection) in &origins {
                if let Some(connection) = connection {
                    repeats.stored(raw, *connection);
                }
            }
        }
        for done in callers {
            let answer = match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError(error.0.clone())),
            };
            let _ = done.send(answer);
        }
    }
}
