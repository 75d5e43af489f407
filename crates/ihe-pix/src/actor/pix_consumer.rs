//! Patient Identifier Cross-reference Consumer (ITI TF-1 5.1.2): asks ITI-9, is told ITI-10.

use std::future::Future;
use std::sync::Arc;

use hl7v2::ack::{AckCode, Refusal};
use hl7v2::charset::Charset;
use hl7v2::datatype::{Cx, Hd};
use hl7v2::mllp::Limits;
use hl7v2::{Message, build};
use ihe_atna::{As, Peer, SecureNode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, answer_to};
use super::pix_source::facts;
use super::receiving::{self, Ended, internal, recorded, unreadable};
use crate::error::Error;
use crate::gate::Gate;
use crate::iti8::{self, Ends};
use crate::iti9::{self, Query};
use crate::iti10::{self, Notification};
use crate::transaction::{AuditFacts, Side, canonical};

/// Asks one PIX Manager, and hears from it.
pub struct PixConsumer {
    node: SecureNode,
    connection: Connection,
    ends: Ends,
    charset: Charset,
    domains: Vec<Hd>,
    ignores_doubles: bool,
    server: Limits,
}

/// Why a notification was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It cannot be used, and the same again could not either: AE. The manager gives it up after a few tries.
    Unusable,
    /// Not now: AR. The manager sends it again.
    Unavailable,
}

/// Takes notifications: keep them durably before you say `Ok`, because that is the answer. Closures are takers, too.
pub trait Notified: Send + Sync + 'static {
    /// These ids are one person now, whatever was known of each of them. The same may come twice.
    fn notified(
        &self,
        notification: Notification,
    ) -> impl Future<Output = Result<(), NotTaken>> + Send;
}

impl<F, Fut> Notified for F
where
    F: Fn(Notification) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), NotTaken>> + Send,
{
    fn notified(
        &self,
        notification: Notification,
    ) -> impl Future<Output = Result<(), NotTaken>> + Send {
        self(notification)
    }
}

impl PixConsumer {
    /// A consumer that asks the manager at `host:port`.
    pub fn new(node: SecureNode, address: impl Into<String>) -> PixConsumer {
        let connection = Connection::new(node.clone(), address);
        let ends = Ends {
            sending_application: "CONSUMER".into(),
            ..Ends::default()
        };
        PixConsumer {
            node,
            connection,
            ends,
            charset: Charset::Utf8,
            domains: Vec::new(),
            ignores_doubles: false,
            server: Limits::default(),
        }
    }

    /// Cares for notifications of this domain; without any: of all.
    pub fn with_domain_of_interest(mut self, domain: Hd) -> PixConsumer {
        self.domains.push(domain);
        self
    }

    /// Ignores all ids of a domain that has several for one person, because it cannot handle them (V2-R-051).
    pub fn ignoring_doubles(mut self) -> PixConsumer {
        self.ignores_doubles = true;
        self
    }

    /// Under these names: MSH-3 and MSH-4.
    pub fn with_sender(mut self, application: &str, facility: &str) -> PixConsumer {
        self.ends.sending_application = application.into();
        self.ends.sending_facility = facility.into();
        self
    }

    /// To these names: MSH-5 and MSH-6.
    pub fn with_receiver(mut self, application: &str, facility: &str) -> PixConsumer {
        self.ends.receiving_application = application.into();
        self.ends.receiving_facility = facility.into();
        self
    }

    /// With these limits of connections, to the manager and from it.
    pub fn with_limits(mut self, limits: Limits) -> PixConsumer {
        self.server = limits.clone();
        self.connection.set_limits(limits);
        self
    }

    /// The ids of this patient elsewhere; none: known, but not there (case 2). Whoever uses them
    /// takes all ids of one domain, or none of them (V2-R-039). Audited however it ends.
    pub async fn query(&self, human: &As, query: &Query) -> Result<Vec<Cx>, Error> {
        let bytes = iti9::encode(query, &self.ends, self.charset)?;
        let message =
            Message::parse(&bytes).map_err(|_| Error::Misuse("the query is no message".into()))?;
        let (result, peer) = match self.connection.exchange(&bytes).await {
            Ok((reply, peer)) => (judge(&message, query, &reply), peer),
            Err(failure) => (Err(Error::Transport(failure.text)), failure.peer),
        };
        let facts = facts(&peer, &result).on_behalf_of(human);
        let recorded = self.node.record_events(iti9::audit(&facts, &message)).await;
        recorded.map_err(|error| Error::Audit(error.to_string()))?;
        result
    }
}

impl PixConsumer {
    /// Takes notifications on this listener until `stop`; one of a connection at a time, in order.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
        taker: impl Notified,
    ) {
        let (node, limits, taker) = (self.node.clone(), self.server.clone(), Arc::new(taker));
        let handle = move |peer: Arc<Peer>, bytes| {
            let (consumer, taker) = (Arc::clone(&self), Arc::clone(&taker));
            async move { consumer.handle(&peer, bytes, &*taker).await }
        };
        receiving::serve(node, limits, listener, stop, handle).await;
    }

    /// One notification in, one acknowledgement out; never fails: a failure is a negative acknowledgement. Audited however
    /// it ends.
    pub async fn handle(&self, peer: &Peer, bytes: Vec<u8>, taker: &impl Notified) -> Vec<u8> {
        let message = match Message::parse(&bytes) {
            Ok(message) => message,
            Err(reason) => {
                let facts = AuditFacts::failed(peer, Side::Destination, reason.to_string());
                let event = iti8::audit_unreadable(&facts);
                return unreadable(&self.node, peer, &reason, event).await;
            }
        };
        let outcome = self.take(&message, taker).await;
        let facts = match &outcome {
            Ok(()) => AuditFacts::success(peer, Side::Destination),
            Err(refusal) => AuditFacts::refused(peer, Side::Destination, refusal),
        };
        let reply = match &outcome {
            Ok(()) => build::acknowledgement(&message, AckCode::Aa, &[]),
            Err(refusal) => build::acknowledgement(&message, refusal.code, &refusal.problems),
        };
        let events = iti10::audit(&facts, &message);
        let ended = Ended {
            reply,
            events,
            room: None,
        };
        recorded(&self.node, &message, ended).await
    }

    async fn take(&self, message: &Message, taker: &impl Notified) -> Result<(), Refusal> {
        Gate::notifications().check(message)?;
        let told = iti10::decode(message, &crate::Limits::default())?;
        let told = self.of_interest(told);
        if told.ids.is_empty() {
            return Ok(());
        }
        taker.notified(told).await.map_err(|reason| match reason {
            NotTaken::Unusable => Refusal::error(internal("the notification cannot be used")),
            NotTaken::Unavailable => Refusal::reject(internal("not now: send it again")),
        })
    }

    fn of_interest(&self, mut told: Notification) -> Notification {
        let wanted = |id: &Cx| {
            let is = |domain: &Hd| domain.same_authority(&id.assigning_authority);
            self.domains.is_empty() || self.domains.iter().any(is)
        };
        told.ids.retain(wanted);
        match self.ignores_doubles {
            true => told.without_doubles(),
            false => told,
        }
    }
}

fn judge(message: &Message, query: &Query, reply: &[u8]) -> Result<Vec<Cx>, Error> {
    let reply = answer_to(message, reply)?;
    let response = match iti9::decode_response(&reply) {
        // A fault for testing the conformance suite.
        Err(Error::Refused(_)) if cfg!(renkei_fault = "pix-consumer-nak-as-not-found") => {
            iti9::Response::default()
        }
        read => read?,
    };
    let tag = canonical(reply.raw("QAK-1").unwrap_or_default(), reply.separators());
    if tag != query.tag {
        return Err(Error::Malformed("QAK-1 is not the tag of the query".into()));
    }
    Ok(response.ids)
}
