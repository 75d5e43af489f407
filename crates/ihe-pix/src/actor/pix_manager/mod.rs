//! Patient Identifier Cross-reference Manager (ITI TF-1 5.1.3): takes ITI-8 and ITI-30, answers ITI-9, sends ITI-10 and
//! ITI-64. One port serves all.

pub(super) mod order;

use std::future::Future;
use std::io;
use std::sync::Arc;

use hl7v2::ack::{AckCode, Refusal};
use hl7v2::datatype::Hd;
use hl7v2::{Message, ParseError, build, mllp};
use ihe_atna::{Peer, SecureNode, TransactionEvent};
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::actor::receiving::{self, Ended, recorded, unavailable, unreadable};
use crate::actor::telling::{self, Consumer, Registry, Retry, Tellers};
use crate::gate::{Gate, Transaction};
use crate::identity::{Action, By};
use crate::iti9::Response;
use crate::operator::{self, Answer, Denied, Request};
use crate::store::{Applied, ApplyError, IdentityStore, Shelf, StoreError};
use crate::transaction::{AuditFacts, Side};
use crate::{Domain, FeedPolicy, SourceRule, iti8, iti9, iti30};

/// Audit records of one feed that room is made for: it is about one or two patients.
const RECORDS: usize = 2;

/// Messages of one connection in hand at a time.
const IN_FLIGHT: usize = 32;

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
pub struct PixManager<S: IdentityStore + Shelf> {
    node: SecureNode,
    store: S,
    policy: FeedPolicy,
    gate: Gate,
    limits: mllp::Limits,
    changes: watch::Sender<u64>,
    tellers: Tellers,
}

impl<S: IdentityStore + Shelf> PixManager<S> {
    /// A manager of no domain yet.
    pub fn new(node: SecureNode, store: S) -> PixManager<S> {
        let policy = FeedPolicy::new([]);
        PixManager {
            node,
            store,
            gate: Gate::manager(&policy),
            policy,
            limits: mllp::Limits {
                in_flight: IN_FLIGHT,
                ..mllp::Limits::default()
            },
            changes: watch::Sender::new(0),
            tellers: Tellers::default(),
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

    /// Takes several character sets in one message of ITI-30, switched by escape sequences: MSH-18 `~ISO IR87`, as Japanese
    /// systems send it. A national option, because the plain profile has one set per message (V2-R-071).
    pub fn with_switched_character_sets(mut self) -> Self {
        self.policy.management.switched_character_sets = true;
        self
    }

    /// Tells this consumer (`host:port`, ITI-10) how the sets of its domains of interest change; no domain: all. It is told
    /// from the first change on that the store has kept, in order, each set as it is then, and again until it answers
    /// (V2-R-050, V2-R-052). What it was told is kept under its address.
    pub fn with_consumer(mut self, address: &str, domains: impl IntoIterator<Item = Hd>) -> Self {
        let consumer = Consumer::new(self.node.clone(), address, domains);
        self.tellers.consumers.push(consumer);
        self
    }

    /// Tells this Document Registry (`host:port`, ITI-64) when a local id is linked to another id of the affinity domain
    /// than before. `system` is the OID of this manager (MSH-3), which is not that of the domain.
    pub fn with_xad_pid_registry(mut self, address: &str, affinity: Hd, system: &str) -> Self {
        let registry = Registry::new(self.node.clone(), address, affinity, system);
        self.tellers.registries.push(registry);
        self
    }

    /// Sends notifications again by these rules.
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.tellers.retry = retry;
        self
    }

    /// With these limits of connections and frames. In place of the default, which has 32 messages of one connection in
    /// hand at a time; feeds are applied in the order of arrival all the same.
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
            Ok(header) => match Transaction::of(&header) {
                Transaction::Feed => self.feed(peer, &message).await,
                Transaction::Management => self.manage(peer, &message).await,
                Transaction::Query => self.query(peer, &message).await,
            },
        };
        recorded(&self.node, &message, ended).await
    }

    async fn unreadable(&self, peer: &Peer, reason: &ParseError) -> Vec<u8> {
        let facts = AuditFacts::failed(peer, Side::Destination, reason.to_string());
        unreadable(&self.node, peer, reason, iti8::audit_unreadable(&facts)).await
    }

    async fn feed(&self, peer: &Peer, message: &Message) -> Ended {
        let decoded = iti8::decode(message, &self.policy);
        let actions = decoded.map(|feed| vec![Action::from(feed)]);
        self.apply_all(peer, message, actions, iti8::audit).await
    }

    async fn manage(&self, peer: &Peer, message: &Message) -> Ended {
        let decoded = iti30::decode(message, &self.policy);
        let actions = decoded.map(iti30::Feed::into_actions);
        self.apply_all(peer, message, actions, iti30::audit).await
    }

    /// Applies in order, and answers when all of it is stored. Nothing is applied unless its audit records have room.
    async fn apply_all(
        &self,
        peer: &Peer,
        message: &Message,
        actions: Result<Vec<Action>, Refusal>,
        audit: fn(&AuditFacts<'_>, &Message) -> Vec<TransactionEvent>,
    ) -> Ended {
        let room = match self.node.reserve(RECORDS) {
            Ok(room) => room,
            Err(error) => return receiving::not_audited(message, &error),
        };
        let outcome = match actions {
            Ok(actions) => self.applied(actions, &source_of(message)).await,
            Err(refusal) => Err(refusal),
        };
        let ended = match outcome {
            Ok(()) => Ended {
                reply: build::acknowledgement(message, AckCode::Aa, &[]),
                events: audit(&AuditFacts::success(peer, Side::Destination), message),
                room: None,
            },
            Err(refusal) => refused(peer, message, &refusal),
        };
        Ended {
            room: Some(room),
            ..ended
        }
    }

    /// All actions are handed over before the first is waited for, so that no other message comes between them.
    async fn applied(&self, actions: Vec<Action>, by: &By) -> Result<(), Refusal> {
        let handed_over = actions
            .into_iter()
            .map(|action| self.apply(action, by.clone()));
        for outcome in order::all(handed_over).await {
            match outcome {
                Ok(_) => {}
                Err(ApplyError::Refused(refusal)) => return Err(refusal),
                Err(ApplyError::Store(error)) => return Err(unavailable(&error)),
            }
        }
        Ok(())
    }

    /// Does what an operator decides, in order with the messages, and tells everybody who waits for changes.
    pub async fn apply(&self, action: Action, by: By) -> Result<Applied, ApplyError> {
        let applied = self.store.apply(action, by).await?;
        self.announce(applied.last_change);
        Ok(applied)
    }

    /// Does what an operator asks, in order with the messages: audited, denied or not, and told to everybody who waits for
    /// changes. `by.who` is the operator, `by.why` the reason.
    ///
    /// # Errors
    /// Why it was not done; [`Denied::Store`] also when the audit record could not be kept, for then nothing may be told.
    pub async fn operate(&self, by: &By, request: Request) -> Result<Answer, Denied> {
        let name = request.name();
        let handled = operator::handle(&self.store, &self.policy, by, request).await;
        if let Ok(Answer::Done(applied)) = &handled.outcome {
            self.announce(applied.last_change);
        }
        for record in operator::audit(by, name, &handled) {
            let kept = self.node.record(record).await;
            kept.map_err(|error| StoreError::Failed(format!("audit record not kept: {error}")))?;
        }
        handled.outcome
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
            room: None,
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
        let (node, limits) = (self.node.clone(), self.limits.clone());
        let manager = Arc::clone(&self);
        let handle = move |peer: Arc<Peer>, bytes| manager.clone().begin(peer, bytes);
        let told = telling::start(&self, &stop);
        receiving::serve(node, limits, listener, stop, handle).await;
        told.finish().await;
        Ok(())
    }

    /// As [`Self::handle`], but a feed is handed to the store before this returns: with several messages of a connection in
    /// hand, feeds are applied in the order of the calls.
    fn begin(
        self: Arc<Self>,
        peer: Arc<Peer>,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Vec<u8>> + Send {
        hl7v2::mllp::begun(async move { self.handle(&peer, bytes).await })
    }

    /// The notifications (change numbers, at most the last hundred) that this consumer or registry refused until they were
    /// given up. Each of their sets is told again when it changes again.
    pub async fn given_up(&self, address: &str) -> Result<Vec<u64>, StoreError> {
        telling::given_up(&self.store, address).await
    }
}

impl<S: IdentityStore + Shelf> telling::Told for PixManager<S> {
    type Store = S;

    fn store(&self) -> &S {
        &self.store
    }

    fn policy(&self) -> &FeedPolicy {
        &self.policy
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn tellers(&self) -> &Tellers {
        &self.tellers
    }
}

/// A feed, or a message that is neither feed nor query, refused.
fn refused(peer: &Peer, message: &Message, refusal: &Refusal) -> Ended {
    tracing::info!(peer = %peer.address, %refusal, "message refused");
    let facts = AuditFacts::refused(peer, Side::Destination, refusal);
    let events = match Transaction::of(&message.header()) {
        // A fault for testing the conformance suite.
        _ if cfg!(renkei_fault = "pix-manager-refusal-not-audited") => Vec::new(),
        Transaction::Feed => iti8::audit(&facts, message),
        Transaction::Management => iti30::audit(&facts, message),
        Transaction::Query => iti9::audit(&facts, message),
    };
    let code = match refusal.code {
        // A fault for testing the conformance suite.
        AckCode::Ar if cfg!(renkei_fault = "pix-manager-reject-as-error") => AckCode::Ae,
        code => code,
    };
    let reply = build::acknowledgement(message, code, &refusal.problems);
    Ended {
        reply,
        events,
        room: None,
    }
}

/// Who feeds, and by which message: for the history.
fn source_of(message: &Message) -> By {
    let header = message.header();
    let who = format!("{}|{}", header.sending_application, header.sending_facility);
    By::new(who, header.control_id)
}
