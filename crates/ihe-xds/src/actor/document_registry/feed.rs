//! ITI-8 Patient Identity Feed, as the registry takes it (ITI TF-2 3.8.4.1.3.2, 3.8.4.2.4).

use super::DocumentRegistry;
use crate::actor::serving;
use crate::store::{MergeError, RegistryStore, StoreError};
use hl7v2::ack::{AckCode, ErrorCode, Location, Problem, Refusal};
use hl7v2::{Message, build, mllp};
use ihe_atna::Peer;
use ihe_pix::iti8::{self, Event, Feed, Merge};
use ihe_pix::{AuditFacts, Side};
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Audit records of one feed that room is made for: it is about one or two patients.
const RECORDS: usize = 2;

impl<R: RegistryStore> DocumentRegistry<R> {
    /// Serves the patient identity feed ITI-8 over MLLP until `stop`; then finishes the messages in hand.
    ///
    /// # Errors
    /// None: a listener that cannot accept is tried again.
    pub async fn feed_on(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let (node, limits) = (self.node.clone(), self.limits.feed.clone());
        let open = move |stream, _address| {
            let node = node.clone();
            async move { node.accept(stream).await }
        };
        let handle = move |peer: Arc<Peer>, bytes| {
            let actor = Arc::clone(&self);
            mllp::begun(async move { actor.handle_feed(&peer, bytes).await })
        };
        let server = mllp::Server::new(limits);
        server.serve_with(listener, &stop, open, handle).await;
        Ok(())
    }

    /// Answers one HL7 v2 message. Never fails: a failure is a NAK.
    pub async fn handle_feed(&self, peer: &Peer, bytes: Vec<u8>) -> Vec<u8> {
        let message = match Message::parse(&bytes) {
            Ok(message) => message,
            Err(error) => {
                let facts = AuditFacts::failed(peer, Side::Destination, "message not readable");
                let event = iti8::audit_unreadable(&facts);
                let _ = serving::record(&self.node, vec![event]).await;
                return build::rejection_of_unparsable(&error);
            }
        };
        // Room for the audit records first: nothing is taken that could not be audited.
        let room = match self.node.reserve(RECORDS) {
            Ok(room) => room,
            Err(error) => {
                tracing::error!(%error, "no room for an audit record: feed not taken");
                let problem = Problem::error(ErrorCode::INTERNAL, None, "audit not recorded");
                return build::acknowledgement(&message, AckCode::Ar, &[problem]);
            }
        };
        let mut result = self.take(&message).await;
        let facts = match &result {
            Ok(()) => AuditFacts::success(peer, Side::Destination),
            Err(refusal) => AuditFacts::refused(peer, Side::Destination, refusal),
        };
        let events = iti8::audit(&facts, &message);
        if serving::record_in(&room, events).await.is_err() {
            result = Err(internal("audit not recorded"));
        }
        match result {
            Ok(()) => build::acknowledgement(&message, AckCode::Aa, &[]),
            Err(refusal) => build::acknowledgement(&message, refusal.code, &refusal.problems),
        }
    }

    async fn take(&self, message: &Message) -> Result<(), Refusal> {
        self.gate.check(message)?;
        let feed = iti8::decode(message, &self.policy)?;
        self.apply(&feed).await
    }

    /// V2-R-015: A08 changes nothing here.
    async fn apply(&self, feed: &Feed) -> Result<(), Refusal> {
        match feed.event {
            Event::Update => Ok(()),
            Event::Merge => self.merge(&feed.merges).await,
            Event::Admit | Event::Register | Event::PreAdmit => {
                for id in &feed.patient.ids {
                    let added = self.store.add_patient(id.to_xds()).await;
                    added.map_err(|error| store_failed(&error))?;
                }
                Ok(())
            }
        }
    }

    /// V2-R-016: a merge that makes no sense is refused and changes nothing.
    async fn merge(&self, merges: &[Merge]) -> Result<(), Refusal> {
        let pair = |merge: &Merge| (merge.survivor.to_xds(), merge.subsumed.to_xds());
        match self
            .store
            .merge_patients(merges.iter().map(pair).collect())
            .await
        {
            Ok(()) => Ok(()),
            Err(MergeError::Refused { index, problem }) => {
                let of_survivor = || Location::field("PID", 1, 3).repetition(1).component(1);
                let place = match merges.get(index) {
                    Some(merge) if problem.is_of_subsumed() => merge.subsumed_place(),
                    _ => of_survivor(),
                };
                let text = problem.to_string();
                Err(Refusal::error(Problem::error(
                    ErrorCode::UNKNOWN_KEY,
                    place,
                    text,
                )))
            }
            Err(MergeError::Store(error)) => Err(store_failed(&error)),
        }
    }
}

fn store_failed(error: &StoreError) -> Refusal {
    tracing::error!(%error, "registry store failed");
    internal("store failed")
}

fn internal(text: &str) -> Refusal {
    Refusal::error(Problem::error(ErrorCode::INTERNAL, None, text))
}
