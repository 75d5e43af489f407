//! Patient Identifier Cross-reference Manager (ITI TF-1 5.1.3): takes ITI-8, answers ITI-9.

use std::io;
use std::sync::Arc;

use hl7v2::ack::{AckCode, ErrorCode, Problem, Refusal};
use hl7v2::datatype::Hd;
use hl7v2::{Message, ParseError, build, mllp};
use ihe_atna::{Peer, SecureNode, TransactionEvent};
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::gate::Gate;
use crate::identity::By;
use crate::iti9::Response;
use crate::store::{ApplyError, IdentityStore, StoreError};
use crate::transaction::{AuditFacts, Side};
use crate::{Domain, FeedPolicy, SourceRule, iti8, iti9};

/// The cross-reference manager over a store.
///
/// ```no_run
/// # async fn example(node: ihe_atna::SecureNode) -> Result<(), Box<dyn std::error::Error>> {
/// use hl7v2::datatype::Hd;
/// use ihe_pix::{MemoryStore, PixManager};
///
/// PixManager::new(node, MemoryStore::new())
///     .with_domain(Hd::oid("1.2.3.4.1000"))
///     .with_domain(Hd::oid("1.2.3.4.2000"))
///     .serve("0.0.0.0:3600")
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct PixManager<S: IdentityStore> {
    node: SecureNode,
    store: S,
    policy: FeedPolicy,
    gate: Gate,
    limits: mllp::Limits,
    changes: watch::Sender<u64>,
}

/// How one message ended: the answer and what to record about it.
struct Ended {
    reply: Vec<u8>,
    events: Vec<TransactionEvent>,
}

impl<S: IdentityStore> PixManager<S> {
    /// A manager of no domain yet.
    pub fn new(node: SecureNode, store: S) -> PixManager<S> {
        let policy = FeedPolicy::new([]);
        PixManager {
            node,
            store,
            gate: Gate::manager(&policy),
            policy,
            limits: mllp::Limits::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Cross-references this domain; any Source may feed it.
    pub fn with_domain(mut self, authority: Hd) -> Self {
        self.policy.domains.push(Domain {
            authority,
            bound_to: None,
        });
        self
    }

    /// Cross-references this domain; only this Source (MSH-3, MSH-4) may feed it (V2-R-012).
    pub fn with_domain_bound_to(mut self, authority: Hd, app: &str, facility: &str) -> Self {
        let bound_to = Some((app.to_owned(), facility.to_owned()));
        self.policy.domains.push(Domain {
            authority,
            bound_to,
        });
        self
    }

    /// Ids of this Source (MSH-3, MSH-4) without an authority are of this domain (V2-R-011).
    pub fn with_source(mut self, application: &str, facility: &str, authority: Hd) -> Self {
        let (application, facility) = (application.to_owned(), facility.to_owned());
        self.policy.sources.push(SourceRule {
            application,
            facility,
            authority,
        });
        self
    }

    /// With a feed policy of one's own, in place of everything said before.
    pub fn with_policy(mut self, policy: FeedPolicy) -> Self {
        self.gate = Gate::manager(&policy);
        self.policy = policy;
        self
    }

    /// With these limits of connections and frames.
    pub fn with_limits(mut self, limits: mllp::Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The number of the last change to a cross-reference set that this manager made.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The store, for whoever follows the changes.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// One message in, one message out; never fails: a failure is a negative acknowledgement.
    /// The answer leaves only when what it says is stored and its audit record kept.
    pub async fn handle(&self, peer: &Peer, bytes: Vec<u8>) -> Vec<u8> {
        let message = match Message::parse(&bytes) {
            Ok(message) => message,
            Err(reason) => return self.unreadable(peer, &reason).await,
        };
        let ended = match self.gate.check(&message) {
            Err(refusal) => refused(peer, &message, &refusal),
            Ok(header) if header.message_code == "QBP" => self.query(peer, &message).await,
            Ok(_) => self.feed(peer, &message).await,
        };
        match self.node.record_events(ended.events).await {
            Ok(()) => ended.reply,
            Err(error) => {
                tracing::error!(%error, "audit record not kept, message rejected");
                let text = "the audit record could not be kept";
                build::acknowledgement(&message, AckCode::Ar, &[internal(text)])
            }
        }
    }

    async fn unreadable(&self, peer: &Peer, reason: &ParseError) -> Vec<u8> {
        tracing::warn!(peer = %peer.address, %reason, "unreadable message");
        let facts = AuditFacts::failed(peer, Side::Destination, reason.to_string());
        if let Err(error) = self
            .node
            .record_events([iti8::audit_unreadable(&facts)])
            .await
        {
            tracing::error!(%error, "audit record not kept");
        }
        build::rejection_of_unparsable(reason)
    }

    async fn feed(&self, peer: &Peer, message: &Message) -> Ended {
        let feed = match iti8::decode(message, &self.policy) {
            Ok(feed) => feed,
            Err(refusal) => return refused(peer, message, &refusal),
        };
        match self.store.apply(feed.into(), source_of(message)).await {
            Ok(applied) => {
                self.announce(applied.last_change);
                let facts = AuditFacts::success(peer, Side::Destination);
                let reply = build::acknowledgement(message, AckCode::Aa, &[]);
                Ended {
                    reply,
                    events: iti8::audit(&facts, message),
                }
            }
            Err(ApplyError::Refused(refusal)) => refused(peer, message, &refusal),
            Err(ApplyError::Store(error)) => refused(peer, message, &unavailable(&error)),
        }
    }

    async fn query(&self, peer: &Peer, message: &Message) -> Ended {
        let outcome = self.answer(message).await;
        let facts = match &outcome {
            Ok(_) => AuditFacts::success(peer, Side::Destination),
            Err(refusal) => AuditFacts::refused(peer, Side::Destination, refusal),
        };
        let events = iti9::audit(&facts, message);
        Ended {
            reply: iti9::encode_response(message, outcome.as_ref()),
            events,
        }
    }

    async fn answer(&self, message: &Message) -> Result<Response, Refusal> {
        let query = iti9::decode(message, &self.policy)?;
        let found = self.store.cross_references(&query.id, &query.domains).await;
        let mut ids = match found {
            Ok(Some(ids)) => ids,
            Ok(None) => return Err(iti9::unknown_id()),
            Err(error) => return Err(unavailable(&error)),
        };
        // Authorities as configured now; ids of a domain no longer configured stay here.
        ids.retain_mut(|id| match self.policy.resolve(&id.assigning_authority) {
            Some(domain) => {
                id.assigning_authority = domain.authority.clone();
                true
            }
            None => false,
        });
        Ok(Response { ids })
    }

    fn announce(&self, number: u64) {
        self.changes.send_if_modified(|last| {
            let newer = number > *last;
            *last = number.max(*last);
            newer
        });
    }

    /// Serves on this address until the process ends.
    pub async fn serve(self, address: impl ToSocketAddrs) -> io::Result<()> {
        let listener = TcpListener::bind(address).await?;
        Arc::new(self)
            .serve_on(listener, CancellationToken::new())
            .await
    }

    /// Serves on this listener until `stop`; then finishes the messages in hand.
    pub async fn serve_on(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let (server, node) = (mllp::Server::new(self.limits.clone()), self.node.clone());
        let open = move |stream, _address| {
            let node = node.clone();
            async move { node.accept(stream).await }
        };
        let handle = move |peer: Arc<Peer>, bytes| {
            let manager = Arc::clone(&self);
            async move { manager.handle(&peer, bytes).await }
        };
        server.serve_with(listener, &stop, open, handle).await;
        Ok(())
    }
}

/// A feed, or a message that is neither feed nor query, refused.
fn refused(peer: &Peer, message: &Message, refusal: &Refusal) -> Ended {
    tracing::info!(peer = %peer.address, %refusal, "message refused");
    let facts = AuditFacts::refused(peer, Side::Destination, refusal);
    let is_query = message.raw("MSH-9.1") == Some("QBP");
    let audit = if is_query { iti9::audit } else { iti8::audit };
    let events = audit(&facts, message);
    let reply = build::acknowledgement(message, refusal.code, &refusal.problems);
    Ended { reply, events }
}

/// Who feeds, and by which message: for the history.
fn source_of(message: &Message) -> By {
    let header = message.header();
    let who = format!("{}|{}", header.sending_application, header.sending_facility);
    By::new(who, header.control_id)
}

fn internal(text: &str) -> Problem {
    Problem::error(ErrorCode::INTERNAL, None, text)
}

/// The store is down: AR, the Source may send the message again (V2-R-002).
fn unavailable(error: &StoreError) -> Refusal {
    tracing::error!(%error, "identity store failed");
    Refusal::reject(internal("the identity store is not available"))
}
