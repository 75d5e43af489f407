//! ITI-20 the way into the trail: batches of all connections are stored together (whoever comes
//! first stores for all who wait), and only what is durable counts as seen.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::repository::repeats::{Connection, Key, Repeats};
use crate::store::ReceivedRecord;
use crate::trail::{Trail, TrailError};

/// The error is told to all who waited for the same write.
type Answer = Result<(), Arc<TrailError>>;

/// Messages read back at the start to know repeats, at most.
const PRIME: u64 = 16_384;

/// Bytes after which no further batch joins a write.
const GROUP: usize = 32 << 20;

struct Waiting {
    records: Vec<ReceivedRecord>,
    connection: Option<Connection>,
    done: oneshot::Sender<Answer>,
}

struct Known {
    repeats: Repeats,
    primed: bool,
}

pub(crate) struct Ingest {
    trail: Trail,
    window: usize,
    waiting: Mutex<VecDeque<Waiting>>,
    known: AsyncMutex<Known>,
}

impl Ingest {
    pub(crate) fn new(trail: Trail, window: usize) -> Ingest {
        let known = Known {
            repeats: Repeats::new(window),
            primed: false,
        };
        Ingest {
            trail,
            window,
            waiting: Mutex::new(VecDeque::new()),
            known: AsyncMutex::new(known),
        }
    }

    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Stores a batch; `Ok` when durable. Without a connection (UDP) nothing is a repeat.
    pub(crate) async fn take(
        &self,
        records: Vec<ReceivedRecord>,
        connection: Option<Connection>,
    ) -> Answer {
        let (done, mut answer) = oneshot::channel();
        self.waiting().push_back(Waiting {
            records,
            connection,
            done,
        });
        let mut known = self.known.lock().await;
        self.prime(&mut known).await?;
        loop {
            match answer.try_recv() {
                Ok(answer) => return answer,
                Err(TryRecvError::Closed) => return Err(Arc::new(TrailError::Closed)),
                Err(TryRecvError::Empty) => {}
            }
            let some = some(&mut self.waiting());
            self.store_all(some, &mut known.repeats).await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before the first batch: what the trail holds from before a restart. Damage there is no reason
    /// to take nothing.
    async fn prime(&self, known: &mut Known) -> Answer {
        if known.primed {
            return Ok(());
        }
        let end = *self.trail.end().borrow();
        let window = u64::try_from(self.window).unwrap_or(PRIME).min(PRIME);
        let mut next = end.saturating_sub(window) + 1;
        while next <= end {
            match self.trail.read(next, 1024).await {
                Ok(records) => {
                    for kept in &records {
                        let key = known.repeats.key(&kept.record.raw);
                        known.repeats.stored(key, 0);
                    }
                    next = records.last().map_or(end, |kept| kept.sequence) + 1;
                }
                Err(TrailError::Damaged {
                    next: Some(after), ..
                }) => next = after.max(next + 1),
                Err(TrailError::Damaged { .. }) => break,
                Err(error) => return Err(Arc::new(error)),
            }
        }
        known.primed = true;
        Ok(())
    }

    async fn store_all(&self, waiting: Vec<Waiting>, repeats: &mut Repeats) {
        let (mut fresh, mut origins, mut callers) = (Vec::new(), Vec::new(), Vec::new());
        for one in waiting {
            sift(
                one.records,
                one.connection,
                repeats,
                &mut fresh,
                &mut origins,
            );
            callers.push(one.done);
        }
        let result = self.trail.append(fresh).await.map(drop).map_err(Arc::new);
        if result.is_ok() {
            for (key, connection) in origins {
                repeats.stored(key, connection);
            }
        }
        for done in callers {
            let _ = done.send(result.clone());
        }
    }
}

/// Who has waited longest, as many as go into one write.
fn some(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let (mut taken, mut bytes) = (Vec::new(), 0);
    while bytes < GROUP
        && let Some(one) = waiting.pop_front()
    {
        bytes += one
            .records
            .iter()
            .map(|record| record.raw.len())
            .sum::<usize>();
        taken.push(one);
    }
    taken
}

/// Adds what is not a repeat.
fn sift(
    records: Vec<ReceivedRecord>,
    connection: Option<Connection>,
    repeats: &Repeats,
    fresh: &mut Vec<ReceivedRecord>,
    origins: &mut Vec<(Key, Connection)>,
) {
    let Some(connection) = connection else {
        fresh.extend(records);
        return;
    };
    for record in records {
        let key = repeats.key(&record.raw);
        if !repeats.is_repeat(key, connection) {
            origins.push((key, connection));
            fresh.push(record);
        }
    }
}
