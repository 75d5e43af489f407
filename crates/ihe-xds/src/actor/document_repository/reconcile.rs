//! What became of submissions whose registration had no known end (ITI TF-2 3.41.4.1.3): the repository asks the registry
//! by ITI-18 and then keeps or removes the documents.
//!
//! It asks after a crash, after an answer that was lost or could not be read, and after the registry's own errors. A
//! submission that the registry has is kept at once. One that it has not is removed only after a quiet time that begins
//! with the registry's first such answer, because the registration may still be on its way.

use super::DocumentRepository;
use crate::actor::client::{self, Error};
use crate::audit::Verdict;
use crate::iti18::{self, GetDocuments, Ids};
use crate::metadata::DocumentEntry;
use crate::registry_response::ResponseStatus;
use crate::store::{DocumentStore, Fate, Pending, StoreError, Ticket};
use ihe_soap::Outgoing;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Submissions read from the store at a time.
const PAGE: usize = 100;
/// Entries asked for in one query.
const ENTRIES: usize = 100;

/// When the registry is asked what became of a submission. Pauses vary by a quarter.
#[derive(Clone, Debug)]
pub struct Reconciliation {
    /// Longest time a registration may take; then its end is unknown. Default 2 minutes.
    pub patience: Duration,
    /// Pause before the first question. Default 5 seconds.
    pub first: Duration,
    /// Longest pause between two questions, which grows from `first` by doubling. Default 5 minutes.
    pub longest: Duration,
    /// How long the registry must have been answering that it has not the submission before the documents are
    /// removed: longer than it may still take to do what it was sent. Default 15 minutes.
    pub quiet: Duration,
}

impl Default for Reconciliation {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(2 * 60),
            first: Duration::from_secs(5),
            longest: Duration::from_secs(5 * 60),
            quiet: Duration::from_secs(15 * 60),
        }
    }
}

/// What the registry says of a submission.
enum Known {
    Registered,
    Absent,
    /// It answered, and the answer does not tell.
    Unclear,
    /// It cannot be asked now.
    Unreachable,
}

/// When the registry first said of a submission that it has it not.
type Absences = HashMap<Ticket, Instant>;

impl<D: DocumentStore> DocumentRepository<D> {
    /// Asks the registry about all pending submissions, again and again, until `stop`. [`DocumentRepository::serve_on`]
    /// does this by itself; who serves [`DocumentRepository::handle`] otherwise spawns it.
    pub async fn reconcile(self: Arc<Self>, stop: CancellationToken) {
        let ask = async {
            let _one = self.reconciling.lock().await;
            self.ask_until_dropped().await
        };
        tokio::select! {
            () = ask => {}
            () = stop.cancelled() => {}
        }
    }

    async fn ask_until_dropped(&self) {
        let Reconciliation { first, longest, .. } = self.reconciliation;
        let (mut absences, mut pause) = (Absences::new(), first);
        loop {
            let left = match self.ask_about_all(&mut absences).await {
                Ok(left) => left,
                Err(error) => {
                    tracing::error!(%error, "pending submissions cannot be read or settled");
                    true
                }
            };
            let next = if left { pause } else { longest };
            pause = (pause * 2).min(longest);
            tokio::select! {
                () = tokio::time::sleep(varied(next)) => {}
                () = self.unclear.notified() => {
                    pause = first;
                    tokio::time::sleep(varied(first)).await;
                }
            }
        }
    }

    /// One round; true if something is still pending.
    async fn ask_about_all(&self, absences: &mut Absences) -> Result<bool, StoreError> {
        let (mut after, mut left) = (None, false);
        loop {
            let page = self.store.pending(after, PAGE).await?;
            let Some(last) = page.last() else {
                if !left {
                    absences.clear();
                }
                return Ok(left);
            };
            after = Some(last.ticket);
            for pending in page {
                if self.is_under_way(pending.ticket) {
                    left = true;
                    continue;
                }
                match self.look_up(&pending).await {
                    Known::Unreachable => return Ok(true),
                    known => left |= !self.conclude(&pending, known, absences).await?,
                }
            }
        }
    }

    fn is_under_way(&self, ticket: Ticket) -> bool {
        let tickets = self.under_way.lock();
        tickets
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&ticket)
    }

    /// Keeps or removes, if it is time; true if that is done.
    async fn conclude(
        &self,
        pending: &Pending,
        known: Known,
        absences: &mut Absences,
    ) -> Result<bool, StoreError> {
        let fate = match known {
            Known::Registered => Fate::Keep,
            Known::Absent => {
                let first = absences.entry(pending.ticket).or_insert_with(Instant::now);
                if first.elapsed() < self.reconciliation.quiet {
                    return Ok(false);
                }
                Fate::Drop
            }
            Known::Unclear | Known::Unreachable => return Ok(false),
        };
        self.store.settle(pending.ticket, fate).await?;
        absences.remove(&pending.ticket);
        let set = &pending.set.entry_uuid;
        tracing::info!(%set, ?fate, "a pending submission is reconciled");
        Ok(true)
    }

    /// GetDocuments by entryUUID for all documents of a submission: it is registered whole or not at all.
    async fn look_up(&self, pending: &Pending) -> Known {
        let mut found: Vec<DocumentEntry> = Vec::new();
        for documents in pending.documents.chunks(ENTRIES) {
            let ids = documents.iter().map(|one| one.entry_uuid.clone()).collect();
            let query = GetDocuments {
                ids: Ids::EntryUuids(ids),
            };
            match self
                .ask(&iti18::Request::from(iti18::StoredQuery::from(query)))
                .await
            {
                Ok(response) if response.status == ResponseStatus::Success => {
                    found.extend(response.objects.documents);
                }
                Err(Error::Transport(_)) => return Known::Unreachable,
                _ => return Known::Unclear,
            }
        }
        let described = |entry: &DocumentEntry| {
            let mut ours = pending.documents.iter();
            ours.any(|one| one.entry_uuid == entry.entry_uuid && is_described(one, entry))
        };
        if found.is_empty() {
            return Known::Absent;
        }
        if !found.iter().all(described) {
            let set = &pending.set.entry_uuid;
            tracing::error!(%set, "the registry describes other documents than were submitted");
        }
        Known::Registered
    }

    /// ITI-18 as a consumer, audited as one (ITI TF-2 3.18.5.1).
    async fn ask(&self, request: &iti18::Request) -> Result<iti18::Response, Error> {
        let body = iti18::encode(request);
        let message = Outgoing::request(iti18::REQUEST_ACTION, &self.registry_url, body.clone());
        let call = self.registry.call(&self.registry_url, message);
        let answer = match tokio::time::timeout(self.reconciliation.patience, call).await {
            Err(_) => Err(Error::Transport("no answer in time".into())),
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(reply)) => iti18::Response::decode(&reply.envelope.body).map_err(Error::from),
        };
        let verdict = match &answer {
            Ok(response) => Verdict::of(response.status, &response.errors),
            Err(error) => error.verdict(),
        };
        let ends = client::ends(&self.registry_url, None);
        let events = iti18::audit(&ends, Some(request), &body, &verdict);
        client::record(&self.node, events).await?;
        answer
    }
}

fn is_described(document: &crate::store::PendingDocument, entry: &DocumentEntry) -> bool {
    let hash = entry.hash.as_deref();
    entry.unique_id == document.unique_id
        && hash.is_none_or(|hash| hash.eq_ignore_ascii_case(&document.hash))
}

/// The pause, a quarter shorter or longer by chance, so that many repositories do not ask at once.
fn varied(pause: Duration) -> Duration {
    let chance = u32::from(uuid::Uuid::new_v4().as_bytes()[0]);
    pause * (192 + chance / 2) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_varies_by_a_quarter_and_no_more() {
        let pause = Duration::from_secs(60);
        let pauses: Vec<Duration> = (0..200).map(|_| varied(pause)).collect();
        assert!(pauses.iter().all(|one| *one >= pause * 3 / 4));
        assert!(pauses.iter().all(|one| *one < pause * 5 / 4));
        assert!(pauses.iter().any(|one| *one != pauses[0]), "by chance");
    }
}
