//! ITI-10 to one consumer: each set of its domains of interest, when it is another than it was told last.

use hl7v2::charset::Charset;
use hl7v2::datatype::{Cx, Hd};
use ihe_atna::SecureNode;
use tokio_util::sync::CancellationToken;

use super::delivery::Delivery;
use super::{Listener, Outcome, Stopped, Told, note};
use crate::iti8::Ends;
use crate::iti10::{self, Notification};
use crate::store::{Change, Note, Shelf, StoreError, grouped};
use crate::{FeedPolicy, PatientRecord};

/// What the consumer was told of an id: of the first id of a set the whole set, of the others which id is the first.
const TOLD: &str = "iti10-told";

/// One consumer.
pub(crate) struct Consumer {
    address: String,
    domains: Vec<Hd>,
    delivery: Delivery,
    ends: Ends,
}

/// The name of the consumer at this address.
pub(super) fn name(address: &str) -> String {
    format!("iti10 {address}")
}

impl Consumer {
    pub(crate) fn new(
        node: SecureNode,
        address: &str,
        domains: impl IntoIterator<Item = Hd>,
    ) -> Consumer {
        let ends = Ends {
            sending_application: "PIX".into(),
            receiving_application: "CONSUMER".into(),
            ..Ends::default()
        };
        Consumer {
            address: address.to_owned(),
            domains: domains.into_iter().collect(),
            delivery: Delivery::new(node, address),
            ends,
        }
    }

    /// The ids of the domains of interest, with the authorities as configured now; those of one domain next to each other.
    fn of_interest(&self, members: &[PatientRecord], policy: &FeedPolicy) -> Vec<Cx> {
        let complete = |id: &Cx| {
            let domain = policy.resolve(&id.assigning_authority)?;
            let wanted = |asked: &Hd| domain.authority.is_named_by(asked);
            let is_wanted = self.domains.is_empty() || self.domains.iter().any(wanted);
            is_wanted.then(|| Cx {
                assigning_authority: domain.authority.clone(),
                ..id.clone()
            })
        };
        let ids = members.iter().flat_map(|member| &member.ids);
        grouped(ids.filter_map(complete).collect(), &[])
    }

    /// What is kept when these ids have been told.
    fn told(&self, ids: &[Cx]) -> Vec<Note> {
        let texts: Vec<String> = ids.iter().map(Cx::to_string).collect();
        let Some(first) = texts.first() else {
            return Vec::new();
        };
        let value = |text: &String| match text == first {
            true => format!("+{}", texts.join("~")),
            false => format!("={first}"),
        };
        let key = |text: &String| format!("{} {text}", self.address);
        let note = |text: &String| note(TOLD, &key(text), value(text));
        texts.iter().map(note).collect()
    }
}

/// Whether all of these notes are kept already.
async fn known(store: &impl Shelf, notes: &[Note]) -> Result<bool, StoreError> {
    for note in notes {
        let kept = store.note(note.kind, &note.key).await?;
        if kept.as_deref() != Some(&note.value) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Listener for Consumer {
    fn name(&self) -> String {
        name(&self.address)
    }

    async fn tell<M: Told>(
        &self,
        manager: &M,
        change: &Change,
        stop: &CancellationToken,
    ) -> Result<Outcome, Stopped> {
        let ids = self.of_interest(&change.members, manager.policy());
        let notes = self.told(&ids);
        if ids.is_empty() || known(manager.store(), &notes).await? {
            return Ok(Outcome::Nothing);
        }
        let told = Notification { ids };
        let Ok(bytes) = iti10::encode(&told, &self.ends, Charset::Utf8) else {
            tracing::error!(
                change = change.number,
                "a set that cannot be written is not told"
            );
            return Ok(Outcome::GivenUp(Vec::new()));
        };
        let retry = &manager.tellers().retry;
        let taken = self
            .delivery
            .send(&bytes, iti10::audit, retry, stop)
            .await?;
        Ok(match taken {
            true => Outcome::Taken(notes),
            false => Outcome::GivenUp(notes.into_iter().map(|n| (n.kind, n.key)).collect()),
        })
    }
}
