//! ITI-64 to a Document Registry: a local id belongs to another id of the affinity domain than it was told last.
//!
//! A set without an id of the affinity domain is not told yet, and one with two is not told any more: the source of the
//! affinity domain brings both in order, and that is a change again. Two ids of the affinity domain that were merged are
//! told to the registry by that source (ITI-8, A40) and not again here.

use hl7v2::charset::Charset;
use hl7v2::datatype::{Cx, Hd};
use ihe_atna::SecureNode;
use tokio_util::sync::CancellationToken;

use super::delivery::Delivery;
use super::{Listener, Outcome, Stopped, Told, note};
use crate::identity::What;
use crate::iti8::Ends;
use crate::iti64::{self, LinkChange};
use crate::store::{Change, IdentityStore, Note, Shelf, StoreError};

/// What the registry was told of a local id: the number of the last event of its history that counted, and the id of the
/// affinity domain.
const TOLD: &str = "iti64-told";
/// Events of one id looked at.
const EVENTS: usize = 200;

/// One registry.
pub(crate) struct Registry {
    address: String,
    affinity: Hd,
    delivery: Delivery,
    ends: Ends,
}

/// The name of the registry at this address.
pub(super) fn name(address: &str) -> String {
    format!("iti64 {address}")
}

/// What was told of a local id.
struct Known {
    event: u64,
    xad_pid: Cx,
}

impl Registry {
    pub(crate) fn new(node: SecureNode, address: &str, affinity: Hd, system: &str) -> Registry {
        let ends = Ends {
            sending_application: system.to_owned(),
            receiving_application: "REGISTRY".into(),
            ..Ends::default()
        };
        Registry {
            address: address.to_owned(),
            affinity,
            delivery: Delivery::new(node, address),
            ends,
        }
    }

    fn key(&self, local: &Cx) -> String {
        format!("{} {local}", self.address)
    }

    async fn known(&self, store: &impl Shelf, local: &Cx) -> Result<Option<Known>, StoreError> {
        let text = store.note(TOLD, &self.key(local)).await?;
        Ok(text.and_then(|text| {
            let (event, id) = std::str::from_utf8(&text).ok()?.split_once(' ')?;
            let (event, xad_pid) = (event.parse().ok()?, id.parse().ok()?);
            Some(Known { event, xad_pid })
        }))
    }

    /// The one id of the affinity domain, and the local ids.
    fn split<'c>(&self, change: &'c Change) -> Option<(&'c Cx, Vec<&'c Cx>)> {
        let ids = change.members.iter().flat_map(|member| &member.ids);
        let ours = |id: &&Cx| id.assigning_authority.same_authority(&self.affinity);
        let (ours, locals): (Vec<&Cx>, Vec<&Cx>) = ids.partition(ours);
        match ours[..] {
            [only] => Some((only, locals)),
            _ => None,
        }
    }

    /// What is to be told of one local id, and what is then to be kept.
    async fn changes<S: IdentityStore + Shelf>(
        &self,
        store: &S,
        xad_pid: &Cx,
        local: &Cx,
    ) -> Result<(Vec<LinkChange>, Note), StoreError> {
        let known = self.known(store, local).await?;
        let history = store.history(local, EVENTS).await?.unwrap_or_default();
        let seen = known.as_ref().map_or(0, |known| known.event);
        let new = history.iter().take_while(|event| event.number > seen);
        let mut changes = Vec::new();
        if let Some(Known { xad_pid: old, .. }) = &known
            && old != xad_pid
            && !merged_away(store, old).await?
        {
            changes.push(change(xad_pid, local, old, None));
        }
        for event in new {
            let What::Took { subsumed } = &event.what else {
                continue;
            };
            if let Some(old) = self.known(store, subsumed).await? {
                let moved = old.xad_pid != *xad_pid && !merged_away(store, &old.xad_pid).await?;
                let old = if moved { &old.xad_pid } else { xad_pid };
                changes.push(change(xad_pid, local, old, Some(subsumed)));
            }
        }
        let last = history.first().map_or(seen, |event| event.number);
        let kept = note(TOLD, &self.key(local), format!("{last} {xad_pid}"));
        Ok((changes, kept))
    }
}

fn change(new: &Cx, local: &Cx, previous: &Cx, subsumed: Option<&Cx>) -> LinkChange {
    LinkChange {
        new_xad_pid: new.clone(),
        local: local.clone(),
        previous_xad_pid: previous.clone(),
        subsumed_local: subsumed.cloned(),
    }
}

/// Whether an id became another: the newest of these events decides.
async fn merged_away(store: &impl IdentityStore, id: &Cx) -> Result<bool, StoreError> {
    let history = store.history(id, EVENTS).await?.unwrap_or_default();
    let decides = |what: &What| matches!(what, What::Became { .. } | What::Registered);
    let newest = history
        .iter()
        .map(|event| &event.what)
        .find(|what| decides(what));
    Ok(matches!(newest, Some(What::Became { .. })))
}

impl Listener for Registry {
    fn name(&self) -> String {
        name(&self.address)
    }

    async fn tell<M: Told>(
        &self,
        manager: &M,
        change: &Change,
        stop: &CancellationToken,
    ) -> Result<Outcome, Stopped> {
        let Some((xad_pid, locals)) = self.split(change) else {
            return Ok(Outcome::Nothing);
        };
        let (mut notes, mut taken) = (Vec::new(), true);
        for local in locals {
            let (changes, kept) = self.changes(manager.store(), xad_pid, local).await?;
            let mut all = true;
            for change in &changes {
                all &= self.send(manager, change, stop).await?;
            }
            taken &= all;
            if all {
                notes.push(kept);
            }
        }
        if taken {
            return Ok(Outcome::Taken(notes));
        }
        for note in notes {
            manager.store().put(note).await?;
        }
        Ok(Outcome::GivenUp(Vec::new()))
    }
}

impl Registry {
    async fn send<M: Told>(
        &self,
        manager: &M,
        change: &LinkChange,
        stop: &CancellationToken,
    ) -> Result<bool, Stopped> {
        let Ok(bytes) = iti64::encode(change, &self.ends, Charset::Utf8) else {
            tracing::error!("a link change without universal ids is not told");
            return Ok(false);
        };
        let retry = &manager.tellers().retry;
        self.delivery.send(&bytes, iti64::audit, retry, stop).await
    }
}
