//! Document Registry (ITI TF-1 10.1.1.3): ITI-42, ITI-61 and ITI-18 at one SOAP endpoint, ITI-8 over MLLP.

mod feed;
mod query;
mod register;

use super::serving::{self, Entrance, Resident};
use crate::affinity::Rules;
use crate::audit::Subject;
use crate::store::RegistryStore;
use crate::{iti18, iti42};
use hl7v2::datatype::Hd;
use hl7v2::mllp;
use ihe_atna::{Peer, SecureNode};
use ihe_pix::FeedPolicy;
use ihe_pix::gate::Gate;
use ihe_soap::{Door, Envelope, Fault, Incoming, Packaging, Reply, Service};
use register::Registration;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a registry accepts of one peer.
#[derive(Clone)]
pub struct RegistryLimits {
    /// Of the SOAP endpoint.
    pub soap: ihe_soap::Limits,
    /// Of the patient feed.
    pub feed: mllp::Limits,
    /// Objects returned by one query with their metadata; beyond it XDSTooManyResults.
    pub results: usize,
    /// Objects named by one query by their ids alone; beyond it XDSTooManyResults.
    pub references: usize,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self {
            soap: ihe_soap::Limits::default(),
            feed: mllp::Limits::default(),
            results: 10_000,
            references: 100_000,
        }
    }
}

/// What a message asks for.
enum Operation {
    Register(&'static Registration),
    Query,
}

impl Operation {
    fn of(action: &str) -> Option<Self> {
        let mut registrations = [&register::STABLE, &register::ON_DEMAND].into_iter();
        match registrations.find(|one| one.request_action == action) {
            Some(one) => Some(Self::Register(one)),
            None => (action == iti18::REQUEST_ACTION).then_some(Self::Query),
        }
    }
}

/// The actor. Share it in an `Arc` to serve both of its doors.
pub struct DocumentRegistry<R> {
    node: SecureNode,
    store: R,
    rules: Rules,
    policy: FeedPolicy,
    gate: Gate,
    limits: RegistryLimits,
    lenient_packaging: bool,
    entrance: Entrance,
}

impl<R: RegistryStore> DocumentRegistry<R> {
    /// A registry that knows no affinity domain yet: its feed takes no patient.
    pub fn new(node: SecureNode, store: R) -> Self {
        let policy = FeedPolicy::new([]);
        Self {
            node,
            store,
            rules: Rules::default(),
            gate: Gate::feeds(&policy),
            policy,
            limits: RegistryLimits::default(),
            lenient_packaging: false,
            entrance: Entrance::default(),
        }
    }

    /// The authority whose patient ids are used here; ids of others are ignored (V2-R-015).
    pub fn with_affinity_domain(mut self, authority: Hd) -> Self {
        self.policy = FeedPolicy::affinity_domain(authority);
        self.gate = Gate::feeds(&self.policy);
        self
    }

    /// What the affinity domain demands of metadata.
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Other limits.
    pub fn with_limits(mut self, limits: RegistryLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Accepts MTOM where simple SOAP is prescribed (XDS-T-009); answers in kind.
    pub fn lenient_packaging(mut self) -> Self {
        self.lenient_packaging = true;
        self
    }

    /// Sends replies to these hosts when a request asks for it (XDS-T-011): a name or address, with a port unless it
    /// is 443 (80 on a plain node). Without a list replies go back on the connection only.
    pub fn with_reply_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.entrance = Entrance::replying_to(hosts);
        self
    }

    /// The actor as this peer meets it, to be mounted in an HTTP server of one's own (hyper, tower, axum).
    /// That server authenticates the peer (ITI-19) and says here who it is.
    pub fn service(self: &Arc<Self>, peer: &Peer) -> Door<impl Service + use<R>> {
        let endpoint = self.entrance.endpoint(&self.node, &self.limits.soap);
        serving::door(endpoint, Arc::clone(self), peer.clone())
    }

    /// The store, for [`crate::store::verify`] and tests.
    pub fn store(&self) -> &R {
        &self.store
    }

    /// Serves ITI-42, ITI-61 and ITI-18 at `path` until `stop`.
    ///
    /// # Errors
    /// Only if the listener cannot be used at all.
    pub async fn serve_on(
        self: Arc<Self>,
        listener: TcpListener,
        path: &str,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let node = self.node.clone();
        let endpoint = self.entrance.endpoint(&node, &self.limits.soap);
        let endpoint = endpoint.clone().at(path);
        serving::soap(self, &node, listener, endpoint, &stop).await
    }

    /// Answers one SOAP message. Never fails: a failure is a fault or a RegistryError.
    pub async fn handle(&self, peer: &Peer, request: Incoming) -> Reply {
        let Incoming {
            envelope,
            packaging,
            ..
        } = request;
        let operation = Operation::of(&envelope.action);
        let Some(operation) = operation else {
            let fault = Fault::action_not_supported(&envelope.action);
            return self.fault(peer, &envelope, fault).await;
        };
        if packaging != Packaging::Simple && !self.lenient_packaging {
            let fault = Fault::sender("this endpoint takes simple SOAP, not MTOM");
            return self.fault(peer, &envelope, fault).await;
        }
        let reply = match operation {
            Operation::Register(which) => self.register(peer, &envelope, which).await,
            Operation::Query => self.query(peer, &envelope).await,
        };
        match reply {
            Reply::Message(message) => Reply::Message(message.packed(packaging)),
            fault => fault,
        }
    }

    /// Refuses a message that reached no transaction; audited as the one its body asks for.
    async fn fault(&self, peer: &Peer, envelope: &Envelope, fault: Fault) -> Reply {
        let ends = serving::ends(peer, Some(envelope));
        let verdict = serving::fault_verdict(&fault);
        let looks_like = match envelope.body.contains("AdhocQueryRequest") {
            true => Operation::Query,
            false => Operation::Register(&register::STABLE),
        };
        let events = match Operation::of(&envelope.action).unwrap_or(looks_like) {
            Operation::Query => iti18::audit(&ends, None, &envelope.body, &verdict),
            Operation::Register(which) => (which.audit)(&ends, &Subject::default(), &verdict),
        };
        serving::faulted(&self.node, events, fault).await
    }
}

impl<R: RegistryStore> Resident for DocumentRegistry<R> {
    async fn answer(&self, peer: &Peer, request: Incoming) -> Reply {
        self.handle(peer, request).await
    }

    async fn transport_refused(&self, peer: &Peer, fault: &Fault) {
        let ends = serving::ends(peer, None);
        let events = iti42::audit(&ends, &Subject::default(), &serving::fault_verdict(fault));
        let _ = serving::record(&self.node, events).await;
    }
}
