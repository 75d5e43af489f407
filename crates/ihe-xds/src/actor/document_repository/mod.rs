//! Document Repository (ITI TF-1 10.1.1.4): ITI-41 and ITI-43 at one SOAP endpoint, ITI-42 towards the registry.

mod provide;
mod receive;
mod reconcile;
mod register;
mod retrieve;
mod sending;

use super::client;
use super::connector::NodeConnector;
use super::serving::{self, Entrance, Resident};
use crate::affinity::Rules;
use crate::audit::Subject;
use crate::store::{DocumentStore, Ticket};
use crate::{iti41, iti43};
use ihe_atna::{Peer, SecureNode};
use ihe_soap::{Client, Door, Envelope, Fault, Incoming, Packaging, Reply, Service};
pub use reconcile::Reconciliation;
use sending::OpenDocuments;
use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What a repository accepts of one peer.
pub type RepositoryLimits = ihe_soap::Limits;

/// The actor.
pub struct DocumentRepository<D> {
    node: SecureNode,
    /// Shared with the answers that are still being sent.
    store: Arc<D>,
    unique_id: String,
    registry_url: String,
    registry: Client<NodeConnector>,
    rules: Rules,
    reconciliation: Reconciliation,
    /// Submissions whose registration is under way in this process.
    under_way: Mutex<HashSet<Ticket>>,
    /// A registration has ended without a known end.
    unclear: Notify,
    /// Held by the task that asks the registry.
    reconciling: tokio::sync::Mutex<()>,
    open: OpenDocuments,
    limits: RepositoryLimits,
    lenient_packaging: bool,
    entrance: Entrance,
}

impl<D: DocumentStore> DocumentRepository<D> {
    /// A repository that registers what it is given at `registry_url` (ITI-42) under its own repositoryUniqueId, an OID.
    pub fn new(node: SecureNode, store: D, unique_id: &str, registry_url: &str) -> Self {
        let limits = RepositoryLimits::default();
        Self {
            registry: Client::new(NodeConnector::new(node.clone()), limits.clone()),
            node,
            store: Arc::new(store),
            unique_id: unique_id.to_owned(),
            registry_url: registry_url.to_owned(),
            rules: Rules::default(),
            reconciliation: Reconciliation::default(),
            under_way: Mutex::default(),
            unclear: Notify::new(),
            reconciling: tokio::sync::Mutex::default(),
            open: OpenDocuments::default(),
            limits,
            lenient_packaging: false,
            entrance: Entrance::default(),
        }
    }

    /// What the affinity domain demands of metadata.
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Other limits, of the server's and of the client's side.
    pub fn with_limits(mut self, limits: RepositoryLimits) -> Self {
        self.registry = Client::new(NodeConnector::new(self.node.clone()), limits.clone());
        self.limits = limits;
        self
    }

    /// Other limits of the client's side alone, after [`DocumentRepository::with_limits`]: how long the registry may take
    /// is not how long a sender may.
    pub fn with_registry_limits(mut self, limits: RepositoryLimits) -> Self {
        self.registry = Client::new(NodeConnector::new(self.node.clone()), limits);
        self
    }

    /// When the registry is asked what became of a submission whose registration had no known end.
    pub fn with_reconciliation(mut self, reconciliation: Reconciliation) -> Self {
        self.reconciliation = reconciliation;
        self
    }

    /// Documents that may be open at a time, over all answers of ITI-43; a request for more has to wait and is then
    /// refused with XDSRepositoryBusy. Default 512.
    pub fn with_open_documents(mut self, most: usize) -> Self {
        self.open = OpenDocuments::new(most);
        self
    }

    /// Accepts simple SOAP where MTOM is prescribed (XDS-T-009); answers in kind.
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
    pub fn service(self: &Arc<Self>, peer: &Peer) -> Door<impl Service + use<D>> {
        let endpoint = self.entrance.endpoint(&self.node, &self.limits);
        serving::door(endpoint, Arc::clone(self), peer.clone())
    }

    /// The store, for [`crate::store::verify`] and tests.
    pub fn store(&self) -> &D {
        &self.store
    }

    /// Serves ITI-41 and ITI-43 at `path` until `stop`, and meanwhile reconciles with the registry what earlier
    /// registrations have left open.
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
        let endpoint = self.entrance.endpoint(&node, &self.limits);
        let endpoint = endpoint.clone().at(path);
        let end = stop.child_token();
        let reconciling = tokio::spawn(Arc::clone(&self).reconcile(end.clone()));
        let served = serving::soap(self, &node, listener, endpoint, &stop).await;
        end.cancel();
        let _ = reconciling.await;
        served
    }

    /// Answers one SOAP message. Never fails: a failure is a fault or a RegistryError.
    pub async fn handle(&self, peer: &Peer, request: Incoming) -> Reply {
        let Incoming {
            envelope,
            packaging,
            parts,
        } = request;
        let known = [iti41::REQUEST_ACTION, iti43::REQUEST_ACTION];
        if !known.contains(&envelope.action.as_str()) {
            let fault = Fault::action_not_supported(&envelope.action);
            return self.fault(peer, &envelope, fault).await;
        }
        if packaging != Packaging::Mtom && !self.lenient_packaging {
            let fault = Fault::sender("this endpoint takes MTOM, not simple SOAP");
            return self.fault(peer, &envelope, fault).await;
        }
        match envelope.action.as_str() {
            iti41::REQUEST_ACTION => self.provide(peer, envelope, packaging, parts).await,
            _ => self.retrieve(peer, &envelope, packaging).await,
        }
    }

    /// Refuses a message that reached no transaction; audited as the one its body asks for.
    async fn fault(&self, peer: &Peer, envelope: &Envelope, fault: Fault) -> Reply {
        let ends = serving::ends(peer, Some(envelope));
        let verdict = serving::fault_verdict(&fault);
        let is_retrieve = envelope.action == iti43::REQUEST_ACTION
            || (envelope.action != iti41::REQUEST_ACTION
                && envelope.body.contains("RetrieveDocumentSetRequest"));
        let events = if is_retrieve {
            iti43::audit_failed(&client::turned(ends), None, &verdict)
        } else {
            iti41::audit(&ends, &Subject::default(), &verdict)
        };
        serving::faulted(&self.node, events, fault).await
    }
}

impl<D: DocumentStore> Resident for DocumentRepository<D> {
    async fn answer(&self, peer: &Peer, request: Incoming) -> Reply {
        self.handle(peer, request).await
    }

    async fn transport_refused(&self, peer: &Peer, fault: &Fault) {
        let ends = serving::ends(peer, None);
        let events = iti41::audit(&ends, &Subject::default(), &serving::fault_verdict(fault));
        let _ = serving::record(&self.node, events).await;
    }
}
