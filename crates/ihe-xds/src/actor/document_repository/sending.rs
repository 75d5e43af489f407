//! Documents on their way to a consumer (ITI TF-2 3.43.4.2.3): read and hashed again while they are sent. One that turns
//! out damaged ends the connection before its last octets, is audited and set aside.

use crate::audit::{Ends, Verdict};
use crate::iti43::{self, DocumentRequest, Request};
use crate::store::{Damage, DocumentStore, Held, Reading};
use bytes::Bytes;
use futures_util::stream::{Stream, unfold};
use ihe_atna::{Outcome, SecureNode};
use ihe_soap::{Source, Streamed};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for other answers to close their documents.
const WAIT: Duration = Duration::from_secs(5);

/// Documents open at a time.
pub(super) struct OpenDocuments(Arc<Semaphore>);

impl Default for OpenDocuments {
    fn default() -> Self {
        Self::new(512)
    }
}

impl OpenDocuments {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))))
    }

    /// A place for one more, unless it takes too long.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.0).acquire_owned();
        tokio::time::timeout(WAIT, place).await.ok()?.ok()
    }
}

/// One document being sent.
pub(super) struct Sending<D> {
    pub(super) reading: Reading,
    pub(super) alarm: Alarm<D>,
    /// Given back when the document is closed.
    pub(super) _place: OwnedSemaphorePermit,
}

/// What is done about a document that turns out damaged.
pub(super) struct Alarm<D> {
    pub(super) store: Arc<D>,
    pub(super) node: SecureNode,
    pub(super) ends: Ends,
    pub(super) wanted: DocumentRequest,
    pub(super) held: Held,
}

impl<D: DocumentStore> Sending<D> {
    /// The octets for the wire.
    pub(super) fn source(self) -> Source {
        Source::Stream(Streamed::new(self.alarm.held.size, self.chunks()))
    }

    fn chunks(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        unfold(Some(self), |sending| async {
            let mut sending = sending?;
            match sending.reading.next().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(sending))),
                Ok(None) => None,
                Err(damage) => {
                    sending.alarm.raise(&damage).await;
                    Some((Err(io::Error::other(damage)), None))
                }
            }
        })
    }
}

impl<D: DocumentStore> Alarm<D> {
    /// Quarantine and audit, before the consumer sees the end of the connection.
    async fn raise(&self, damage: &Damage) {
        set_aside(&*self.store, &self.held, damage).await;
        let request = Request {
            documents: vec![self.wanted.clone()],
        };
        let verdict = Verdict::failure(Outcome::SeriousFailure, damage_text(damage));
        let events = iti43::audit_failed(&self.ends, Some(&request), &verdict);
        let _ = crate::actor::serving::record(&self.node, events).await;
    }
}

/// Quarantines a document whose content is not what was received; one that cannot be read may be readable tomorrow.
pub(super) async fn set_aside<D: DocumentStore>(store: &D, held: &Held, damage: &Damage) {
    let key = held.key;
    tracing::error!(%key, error = %damage, "a stored document is damaged");
    if matches!(damage, Damage::Unreadable(_)) {
        return;
    }
    if let Err(error) = store.quarantine(held).await {
        tracing::error!(%error, "a damaged document cannot be set aside");
    }
}

/// For the audit record.
fn damage_text(damage: &Damage) -> &'static str {
    match damage {
        Damage::Size => "stored document damaged: size",
        Damage::Hash => "stored document damaged: hash",
        Damage::Unreadable(_) => "stored document not readable",
    }
}
