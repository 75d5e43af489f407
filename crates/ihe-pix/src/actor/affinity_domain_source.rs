//! Patient Identity Source of the XDS affinity domain (ITI TF-1 5 and 10): gives every person
//! one id of the affinity domain, and feeds it to the PIX Manager and to the Document Registry.
//!
//! It follows the manager's changes. A set without an id of the affinity domain gets one: A04 to
//! the manager, with the new id and the oldest local id in one PID-3 (one person) and no
//! demographics, which therefore stay as they are. A set with one id: A04 to the registry. A set
//! with two: A40 to both, the older survives. Every step may be repeated, so a crash between any
//! two of them does no harm; the journal says where to go on.

mod journal;

use std::path::PathBuf;
use std::time::Duration;

use hl7v2::ack::Refusal;
use hl7v2::datatype::{Cx, Hd};
use ihe_atna::{As, SecureNode};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::iti8::Feed;
use crate::store::{Change, IdentityStore, StoreError};
use crate::{PatientRecord, PixSource};
use journal::Journal;

/// Changes read at once. One: what we feed changes the sets that the next change shows.
const BATCH: usize = 1;
/// First and longest wait before trying again.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Allots ids of the affinity domain.
pub struct AffinityDomainSource<S: IdentityStore> {
    manager: PixSource,
    registry: PixSource,
    affinity: Hd,
    store: S,
    changes: watch::Receiver<u64>,
    journal: PathBuf,
    human: As,
}

/// Why a step was not done.
enum Stopped {
    /// The `stop` token.
    Asked,
    /// The journal or the store failed.
    Failed(String),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Stopped {
        Stopped::Failed(error.to_string())
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Stopped {
        Stopped::Failed(format!("journal: {error}"))
    }
}

impl<S: IdentityStore> AffinityDomainSource<S> {
    /// Feeds the manager and the registry (both `host:port`, ITI-8) from the changes of `store`,
    /// announced by `changes` (`PixManager::changes`). `journal` is a small file of its own.
    pub fn new(
        node: SecureNode,
        manager_address: &str,
        registry_feed_address: &str,
        affinity: Hd,
        store: S,
        changes: watch::Receiver<u64>,
        journal: impl Into<PathBuf>,
    ) -> AffinityDomainSource<S> {
        let source =
            |address: &str| PixSource::new(node.clone(), address).with_sender("AFFINITY", "RENKEI");
        AffinityDomainSource {
            manager: source(manager_address),
            registry: source(registry_feed_address).with_receiver("REGISTRY", "RENKEI"),
            affinity,
            store,
            changes,
            journal: journal.into(),
            human: As::system("affinity-domain-source"),
        }
    }

    /// Works until `stop`, or until the store or the journal fails.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Error> {
        match self.follow(&stop).await {
            Ok(()) | Err(Stopped::Asked) => Ok(()),
            Err(Stopped::Failed(text)) => Err(Error::Misuse(text)),
        }
    }

    async fn follow(&mut self, stop: &CancellationToken) -> Result<(), Stopped> {
        let mut journal = Journal::open(&self.journal).await?;
        loop {
            // Seen before reading, so that a change made meanwhile wakes us again.
            self.changes.borrow_and_update();
            let changes = self.store.changes_since(journal.done(), BATCH).await?;
            if changes.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    more = self.changes.changed() => if more.is_err() { return Ok(()) },
                }
            }
            for change in changes {
                self.settle(&change, &mut journal, stop).await?;
                journal.finish(change.number).await?;
            }
        }
    }

    /// Brings one set in order.
    async fn settle(
        &self,
        change: &Change,
        journal: &mut Journal,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let (ours, locals) = self.split(&change.members);
        let Some(oldest) = locals.first() else {
            return Ok(());
        };
        let Some((survivor, younger)) = ours.split_first() else {
            return self.allot(oldest, stop).await;
        };
        if !younger.iter().any(|id| journal.is_merging(id)) {
            for id in &ours {
                self.send(&self.registry, &registration(id, oldest), stop)
                    .await?;
            }
        }
        for id in younger {
            self.merge(survivor, id, journal, stop).await?;
        }
        Ok(())
    }

    /// Ids of the affinity domain, and the identities of everybody else; the oldest first.
    fn split<'a>(&self, members: &'a [PatientRecord]) -> (Vec<&'a Cx>, Vec<&'a PatientRecord>) {
        let id = |member: &'a PatientRecord| member.ids.first();
        let is_ours = |id: &Cx| id.assigning_authority.same_authority(&self.affinity);
        let ours = members
            .iter()
            .filter_map(id)
            .filter(|id| is_ours(id))
            .collect();
        let locals = members
            .iter()
            .filter(|m| id(m).is_some_and(|id| !is_ours(id)))
            .collect();
        (ours, locals)
    }

    /// A new id joins the set of this local id. The manager's change then brings us back here.
    async fn allot(&self, local: &PatientRecord, stop: &CancellationToken) -> Result<(), Stopped> {
        let new = Cx::new(
            uuid::Uuid::new_v4().simple().to_string(),
            self.affinity.clone(),
        );
        let ids = std::iter::once(new)
            .chain(local.ids.iter().cloned())
            .collect();
        let feed = Feed::register(PatientRecord {
            ids,
            ..PatientRecord::default()
        });
        self.send(&self.manager, &feed, stop).await?;
        Ok(())
    }

    /// The registry first: while the manager still has both ids, the step can be found again.
    async fn merge(
        &self,
        survivor: &Cx,
        subsumed: &Cx,
        journal: &mut Journal,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let feed = Feed::merge(
            PatientRecord::identified(survivor.clone()),
            subsumed.clone(),
        );
        let repeated = journal.is_merging(subsumed);
        journal.merging(subsumed).await?;
        let outcome = self.send(&self.registry, &feed, stop).await?;
        if let Some(refusal) = outcome
            && !(repeated && names_mrg(&refusal))
        {
            tracing::error!(%refusal, "the registry refused a merge; an administrator must look");
        }
        self.send(&self.manager, &feed, stop).await?;
        Ok(())
    }

    /// Sends until it is answered. A refusal is logged and given back: sending the same again
    /// would not help.
    async fn send(
        &self,
        to: &PixSource,
        feed: &Feed,
        stop: &CancellationToken,
    ) -> Result<Option<Refusal>, Stopped> {
        let mut wait = RETRY.0;
        loop {
            let answered = tokio::select! {
                () = stop.cancelled() => return Err(Stopped::Asked),
                answered = to.feed(&self.human, feed) => answered,
            };
            match answered {
                Ok(()) => return Ok(None),
                Err(Error::Refused(refusal)) if refusal.code != hl7v2::ack::AckCode::Ar => {
                    tracing::warn!(%refusal, event = feed.event.trigger(), "feed refused");
                    return Ok(Some(refusal));
                }
                Err(error) => tracing::warn!(%error, "feed not answered, trying again"),
            }
            tokio::select! {
                () = stop.cancelled() => return Err(Stopped::Asked),
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(RETRY.1),
            }
        }
    }
}

/// What the registry is told of an id: the demographics of the oldest local identity.
fn registration(id: &Cx, local: &PatientRecord) -> Feed {
    Feed::register(PatientRecord {
        ids: vec![id.clone()],
        names: local.names.clone(),
        birth_date: local.birth_date.clone(),
        sex: local.sex.clone(),
        ..PatientRecord::default()
    })
}

/// Already merged: the registry does not know the subsumed id any more.
fn names_mrg(refusal: &Refusal) -> bool {
    refusal
        .problems
        .iter()
        .filter_map(|p| p.location.as_ref())
        .any(|l| l.segment == "MRG")
}
