//! Patient Demographics Supplier (ITI TF-1 8.1.2): answers ITI-21 and ITI-22.

mod continuations;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hl7v2::ack::{AckCode, Refusal};
use hl7v2::datatype::Hd;
use hl7v2::{Message, build, mllp};
use ihe_atna::{Peer, SecureNode};
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio_util::sync::CancellationToken;

use super::receiving::{self, Ended, recorded, unavailable};
use crate::gate::Gate;
use crate::identity::{Page, Person};
use crate::iti21::{self, Kind, Response};
use crate::store::{IdentityStore, Shelf};
use crate::transaction::{AuditFacts, Side};
use crate::{Domain, FeedPolicy, PatientRecord, iti22};
use continuations::{Asked, Continuations};

/// How much one answer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PdqLimits {
    /// Patients in one answer, whatever RCP-2 says; the rest follows by a continuation pointer.
    pub patients: usize,
    /// Identities read for one answer. When they are not enough the answer has fewer patients and a continuation pointer;
    /// when nobody was found among them the query is refused, because it says too little.
    pub identities: usize,
}

impl Default for PdqLimits {
    fn default() -> Self {
        PdqLimits {
            patients: 500,
            identities: 200_000,
        }
    }
}

/// A patient information source: what MSH-5 of a query names.
struct Source {
    application: String,
    domains: Vec<Hd>,
}

/// The supplier over a store.
///
/// ```no_run
/// # async fn example(node: ihe_atna::SecureNode) -> Result<(), Box<dyn std::error::Error>> {
/// use hl7v2::datatype::Hd;
/// use ihe_pix::{PdqSupplier, SqliteStore};
///
/// PdqSupplier::new(node, SqliteStore::open("identities.db").await?)
///     .with_domain(Hd::oid("1.2.3.4.1000"))
///     .serve("0.0.0.0:3601")
///     .await?;
/// # Ok(())
/// # }
/// ```
pub struct PdqSupplier<S: IdentityStore + Shelf> {
    node: SecureNode,
    store: S,
    policy: FeedPolicy,
    gate: Gate,
    sources: Vec<Source>,
    limits: PdqLimits,
    frames: mllp::Limits,
    continuations: Continuations,
}

impl<S: IdentityStore + Shelf> PdqSupplier<S> {
    /// A supplier of no domain yet.
    pub fn new(node: SecureNode, store: S) -> PdqSupplier<S> {
        let policy = FeedPolicy::new([]);
        PdqSupplier {
            node,
            store,
            gate: Gate::demographics(&policy),
            policy,
            sources: Vec::new(),
            limits: PdqLimits::default(),
            frames: mllp::Limits::default(),
            continuations: Continuations::default(),
        }
    }

    /// Tells ids of this domain.
    pub fn with_domain(mut self, authority: Hd) -> Self {
        self.policy.domains.push(Domain {
            authority,
            bound_to: None,
        });
        self
    }

    /// With the domains, versions and limits of this policy, in place of everything said before.
    pub fn with_policy(mut self, policy: FeedPolicy) -> Self {
        self.gate = Gate::demographics(&policy);
        self.policy = policy;
        self
    }

    /// Answers queries to this application (MSH-5, the whole field or its first component) from what was fed with ids of
    /// these domains; none: from everything. Without any source every name is answered from everything; with one, other
    /// names are refused (V2-R-066).
    pub fn with_source(mut self, application: &str, domains: impl IntoIterator<Item = Hd>) -> Self {
        self.sources.push(Source {
            application: application.to_owned(),
            domains: domains.into_iter().collect(),
        });
        self
    }

    /// With these limits of one answer.
    pub fn with_pdq_limits(mut self, limits: PdqLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Continuation pointers are good for so long, five minutes otherwise, and for so many queries at the same time,
    /// 10,000 otherwise.
    pub fn with_continuations(mut self, lifetime: Duration, queries: usize) -> Self {
        self.continuations.lifetime = lifetime;
        self.continuations.most = queries.max(1);
        self
    }

    /// With these limits of connections and frames.
    pub fn with_limits(mut self, limits: mllp::Limits) -> Self {
        self.frames = limits;
        self
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// One message in, one message out; never fails: a failure is a negative answer. The answer leaves only when its
    /// audit record is kept.
    pub async fn handle(&self, peer: &Peer, bytes: Vec<u8>) -> Vec<u8> {
        let message = match Message::parse(&bytes) {
            Ok(message) => message,
            Err(reason) => {
                let facts = AuditFacts::failed(peer, Side::Destination, reason.to_string());
                let event = iti21::audit_unreadable(&facts);
                return receiving::unreadable(&self.node, peer, &reason, event).await;
            }
        };
        let ended = match self.gate.check(&message) {
            Err(refusal) => acknowledged(peer, &message, Err(&refusal)),
            Ok(header) if header.message_code == "QCN" => self.cancel(peer, &message).await,
            Ok(_) => self.query(peer, &message).await,
        };
        recorded(&self.node, &message, ended).await
    }

    async fn query(&self, peer: &Peer, message: &Message) -> Ended {
        let kind = kind_of(message);
        let outcome = self.answer(kind, message).await;
        if let Err(refusal) = &outcome {
            tracing::info!(peer = %peer.address, %refusal, "query refused");
        }
        let events = kind.audit(&facts(peer, outcome.as_ref().err()), message);
        Ended {
            reply: kind.encode_response(message, outcome.as_ref()),
            events,
            room: None,
        }
    }

    async fn answer(&self, kind: &Kind, message: &Message) -> Result<Response, Refusal> {
        let source = self.source(message)?;
        let mut query = kind.decode(message, &self.policy)?;
        query.patient.source = source;
        // A fault for testing the conformance suite.
        let all_told = cfg!(renkei_fault = "pdq-supplier-all-domains-told");
        if query.patient.domains.is_empty() || all_told {
            let known = self.policy.domains.iter();
            query.patient.domains = known.map(|domain| domain.authority.clone()).collect();
        }
        let asked = Asked::of(message, &query.tag);
        let after = match &query.continuation {
            None => 0,
            Some(pointer) => self.position(pointer, &asked).await?,
        };
        let most = self.limits.patients.max(1);
        // A fault for testing the conformance suite.
        if cfg!(renkei_fault = "pdq-supplier-quantity-ignored") {
            query.records = None;
        }
        let page = Page {
            after,
            limit: query.records.map_or(most, |records| records.min(most)),
            effort: self.limits.identities,
        };
        let found = self.store.find(&query.patient, page).await;
        let found = found.map_err(|error| unavailable(&error))?;
        match found.next {
            Some(_) if found.people.is_empty() => Err(iti21::too_much()),
            next => self.portion(found.people, next, &asked).await,
        }
    }

    async fn portion(
        &self,
        people: Vec<Person>,
        next: Option<u64>,
        asked: &Asked,
    ) -> Result<Response, Refusal> {
        let patients = people.into_iter().map(|person| self.told(person.record));
        let patients = patients.collect();
        let continuation = match next {
            None => None,
            Some(position) => {
                let pointer = self
                    .continuations
                    .pointer(&self.store, position, asked)
                    .await;
                Some(pointer.map_err(|error| unavailable(&error))?)
            }
        };
        Ok(Response {
            patients,
            continuation,
        })
    }

    /// Authorities as configured now.
    fn told(&self, mut record: PatientRecord) -> PatientRecord {
        for id in &mut record.ids {
            if let Some(domain) = self.policy.resolve(&id.assigning_authority) {
                id.assigning_authority = domain.authority.clone();
            }
        }
        record
    }

    async fn position(&self, pointer: &str, asked: &Asked) -> Result<u64, Refusal> {
        let position = self.continuations.position(&self.store, pointer, asked);
        let position = position.await.map_err(|error| unavailable(&error))?;
        position.ok_or_else(iti21::no_more)
    }

    /// The domains of the source that MSH-5 names.
    fn source(&self, message: &Message) -> Result<Vec<Hd>, Refusal> {
        let said = message.header().receiving_application;
        let first = said
            .split(char::from(message.separators().component))
            .next();
        let named = |source: &&Source| {
            source.application == said || Some(source.application.as_str()) == first
        };
        match self.sources.iter().find(named) {
            Some(source) => Ok(source.domains.clone()),
            None if self.sources.is_empty() => Ok(Vec::new()),
            None => Err(iti21::unknown_source()),
        }
    }

    async fn cancel(&self, peer: &Peer, message: &Message) -> Ended {
        let outcome = match iti21::decode_cancel(message) {
            Ok(cancel) => {
                let query = continuations::query_key(message, &cancel.tag);
                let forgotten = self.continuations.forget(&self.store, &query).await;
                forgotten.map_err(|error| unavailable(&error))
            }
            Err(refusal) => Err(refusal),
        };
        acknowledged(peer, message, outcome.as_ref().copied())
    }

    /// Serves on this address until the process ends.
    pub async fn serve(self, address: impl ToSocketAddrs) -> io::Result<()> {
        let listener = TcpListener::bind(address).await?;
        let serving = Arc::new(self).serve_on(listener, CancellationToken::new());
        serving.await
    }

    /// Serves on this listener until `stop`; then finishes the messages in hand.
    pub async fn serve_on(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let (node, limits) = (self.node.clone(), self.frames.clone());
        let handle = move |peer: Arc<Peer>, bytes| {
            let supplier = Arc::clone(&self);
            async move { supplier.handle(&peer, bytes).await }
        };
        receiving::serve(node, limits, listener, stop, handle).await;
        Ok(())
    }
}

fn kind_of(message: &Message) -> &'static Kind {
    match message.raw("MSH-9.2") {
        Some("ZV1") => &iti22::KIND,
        _ => &iti21::KIND,
    }
}

/// A message answered by ACK: the end of a query, or one not let in.
fn acknowledged(peer: &Peer, message: &Message, outcome: Result<(), &Refusal>) -> Ended {
    let events = kind_of(message).audit(&facts(peer, outcome.err()), message);
    let reply = match outcome {
        Ok(()) => build::acknowledgement(message, AckCode::Aa, &[]),
        Err(refusal) => {
            tracing::info!(peer = %peer.address, %refusal, "message refused");
            build::acknowledgement(message, refusal.code, &refusal.problems)
        }
    };
    Ended {
        reply,
        events,
        room: None,
    }
}

fn facts<'a>(peer: &'a Peer, refusal: Option<&Refusal>) -> AuditFacts<'a> {
    match refusal {
        None => AuditFacts::success(peer, Side::Destination),
        Some(refusal) => AuditFacts::refused(peer, Side::Destination, refusal),
    }
}
