//! The one writer: feeds that wait together are committed together.

use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::failed;
use super::rows::SqliteRows;
use crate::iti8::Feed;
use crate::matching::MatchPolicy;
use crate::store::{Applied, ApplyError, StoreError, engine};

/// Feeds in one commit.
const GROUP: usize = 128;

type Answer = Result<Applied, ApplyError>;

/// One feed and who waits for it.
pub(super) struct Job {
    pub(super) feed: Feed,
    pub(super) policy: Arc<dyn MatchPolicy>,
    pub(super) reply: oneshot::Sender<Answer>,
}

/// Starts the thread; it ends when the last store is dropped.
pub(super) fn spawn(
    mut connection: Connection,
    mut jobs: mpsc::Receiver<Job>,
) -> Result<(), StoreError> {
    let work = move || {
        while let Some(first) = jobs.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(job) = jobs.try_recv()
            {
                group.push(job);
            }
            commit(&mut connection, group);
        }
    };
    let thread = std::thread::Builder::new().name("identities".into());
    thread
        .spawn(work)
        .map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok(())
}

/// Answers only after the commit: an answer says that it is on disk.
fn commit(connection: &mut Connection, group: Vec<Job>) {
    let (work, replies): (Vec<_>, Vec<_>) = group
        .into_iter()
        .map(|job| ((job.feed, job.policy), job.reply))
        .unzip();
    let answers = match in_one_transaction(connection, &work) {
        Ok(answers) => answers,
        Err(error) => {
            tracing::error!(%error, "identity feeds not stored");
            let text = error.to_string();
            work.iter()
                .map(|_| Err(StoreError::Failed(text.clone()).into()))
                .collect()
        }
    };
    for (reply, answer) in replies.into_iter().zip(answers) {
        // A caller that has gone away does not undo the feed.
        let _ = reply.send(answer);
    }
}

fn in_one_transaction(
    connection: &mut Connection,
    work: &[(Feed, Arc<dyn MatchPolicy>)],
) -> Result<Vec<Answer>, StoreError> {
    let behavior = TransactionBehavior::Immediate;
    let mut transaction = connection
        .transaction_with_behavior(behavior)
        .map_err(failed)?;
    let mut answers = Vec::with_capacity(work.len());
    for (feed, policy) in work {
        answers.push(one(&mut transaction, feed, &**policy));
    }
    transaction.commit().map_err(failed)?;
    Ok(answers)
}

/// One feed in its own savepoint: a refusal leaves nothing, and harms no other feed.
fn one(transaction: &mut Transaction<'_>, feed: &Feed, policy: &dyn MatchPolicy) -> Answer {
    let savepoint = transaction.savepoint().map_err(failed)?;
    let mut rows = SqliteRows::new(&savepoint);
    engine::apply(&mut rows, feed, policy)?;
    let last_change = rows.last_change()?;
    savepoint.commit().map_err(failed)?;
    Ok(Applied { last_change })
}
