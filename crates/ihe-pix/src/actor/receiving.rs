//! What every receiver of HL7 v2 messages does: record, then answer; serve until told to stop.

use std::future::Future;
use std::sync::Arc;

#[cfg(feature = "server")]
use hl7v2::ack::Refusal;
use hl7v2::ack::{AckCode, ErrorCode, Problem};
use hl7v2::{Message, ParseError, build, mllp};
use ihe_atna::{AuditError, Peer, Reservation, SecureNode, ServeLimits, Stream, TransactionEvent};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "server")]
use crate::store::StoreError;

/// How one message ended: the answer and what to record about it.
pub(super) struct Ended {
    pub(super) reply: Vec<u8>,
    pub(super) events: Vec<TransactionEvent>,
    /// Room for the events, where something was stored.
    pub(super) room: Option<Reservation>,
}

/// The answer, once its audit record is kept.
pub(super) async fn recorded(node: &SecureNode, message: &Message, ended: Ended) -> Vec<u8> {
    let kept = match &ended.room {
        Some(room) => room.record_events(ended.events).await,
        None => node.record_events(ended.events).await,
    };
    match kept {
        Ok(()) => ended.reply,
        Err(error) => rejected(message, &error),
    }
}

/// There is no room for an audit record: nothing is done, and it is said so.
#[cfg(feature = "server")]
pub(super) fn not_audited(message: &Message, error: &AuditError) -> Ended {
    Ended {
        reply: rejected(message, error),
        events: Vec::new(),
        room: None,
    }
}

fn rejected(message: &Message, error: &AuditError) -> Vec<u8> {
    tracing::error!(%error, "audit record not kept, message rejected");
    let text = "the audit record could not be kept";
    build::acknowledgement(message, AckCode::Ar, &[internal(text)])
}

/// The answer to bytes that are no message (V2-R-003).
pub(super) async fn unreadable(
    node: &SecureNode,
    peer: &Peer,
    reason: &ParseError,
    event: TransactionEvent,
) -> Vec<u8> {
    tracing::warn!(peer = %peer.address, %reason, "unreadable message");
    if let Err(error) = node.record_events([event]).await {
        tracing::error!(%error, "audit record not kept");
    }
    build::rejection_of_unparsable(reason)
}

/// Something on our side.
pub(super) fn internal(text: &str) -> Problem {
    Problem::error(ErrorCode::INTERNAL, None, text)
}

/// The store is down: AR, the sender may send the message again (V2-R-002).
#[cfg(feature = "server")]
pub(super) fn unavailable(error: &StoreError) -> Refusal {
    tracing::error!(%error, "identity store failed");
    Refusal::reject(internal("the identity store is not available"))
}

/// Serves on this listener until `stop`; then finishes the messages in hand. Connections above `limits.connections` are
/// closed after their handshake, whose time is the node's.
pub(super) async fn serve<H, F>(
    node: SecureNode,
    limits: mllp::Limits,
    listener: TcpListener,
    stop: CancellationToken,
    handle: H,
) where
    H: Fn(Arc<Peer>, Vec<u8>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Vec<u8>> + Send + 'static,
{
    let bounds = ServeLimits {
        connections: limits.connections,
        grace: limits.grace,
        ..ServeLimits::default()
    };
    let stopping = stop.clone();
    let session = move |stream: Stream, peer: Peer| {
        let (limits, stop, handle) = (limits.clone(), stopping.clone(), handle.clone());
        async move {
            let peer = Arc::new(peer);
            let address = peer.address;
            let answer = move |message| handle(Arc::clone(&peer), message);
            if let Err(reason) = mllp::serve_stream(stream, &limits, &stop, answer).await {
                tracing::info!(peer = %address, %reason, "connection ended");
            }
        }
    };
    node.serve(listener, &bounds, &stop, session).await;
}
