//! ITI-19 Authenticate Node (ITI TF-2 3.19): the secure node every actor stands on.

mod accept;
mod builder;
mod clock;
mod connect;
pub(crate) mod failure;
mod identity;
mod sink;
mod stream;
mod tls;
mod verify;

pub use builder::DangerousBuilder;
pub use clock::{ClockState, ClockStatus};
pub use identity::{Identity, TrustAnchors};
pub use sink::{AuditSink, BoxedRecord};
pub use stream::{Peer, Stream};

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ClientConfig;

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, EventIdentification, TransactionEvent,
};
use crate::codes;
use crate::error::{AuditError, Error};
use crate::spool::{Spool, SpoolStatus};
use clock::Clock;
use failure::Throttle;
use sink::Sink;
use tls::{Material, Tls};

/// Limits of a node, with safe defaults.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest TLS handshake, either side; 10 s.
    pub handshake: Duration,
    /// Longest TCP connect, name look-up included; 10 s.
    pub connect: Duration,
    /// Audit records about refused connections, per address and minute; further ones are counted
    /// in the next record. 60.
    pub failure_records_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            failure_records_per_minute: 60,
        }
    }
}

/// Configuration the spool's sender shares with the node, so that an option set later counts.
pub(crate) type SharedClient = Arc<RwLock<Arc<ClientConfig>>>;

/// What all clones and names of one node share.
struct Inner {
    sink: Sink,
    audit_client: SharedClient,
    throttle: Throttle,
}

/// A secure node (ITI TF-1 9.1.1.2): identity, trust and audit trail. A clone is the same node.
#[derive(Clone)]
pub struct SecureNode {
    inner: Arc<Inner>,
    tls: Arc<Tls>,
    plain: bool,
    source_id: Arc<str>,
    clock: Option<Clock>,
    limits: Limits,
}

impl SecureNode {
    /// A node with TLS 1.3, client certificates required, and the audit trail through `spool`.
    /// Starts the spool's sender tasks, so it needs a tokio runtime.
    pub fn new(
        identity: Identity,
        anchors: TrustAnchors,
        spool: Spool,
    ) -> Result<SecureNode, Error> {
        SecureNode::spooling(identity, anchors, false, spool)
    }

    /// The ways out of TLS and audit, each to be found by searching for this word.
    pub fn dangerous() -> DangerousBuilder {
        DangerousBuilder::new()
    }

    fn spooling(
        identity: Identity,
        anchors: TrustAnchors,
        plain: bool,
        spool: Spool,
    ) -> Result<SecureNode, Error> {
        let (tls, audit_client) = protected(identity, anchors)?;
        let handle = spool.start(audit_client.clone())?;
        Ok(SecureNode::assemble(
            tls,
            audit_client,
            plain,
            Sink::Spool(handle),
        ))
    }

    fn with_own_sink(
        identity: Identity,
        anchors: TrustAnchors,
        plain: bool,
        sink: Sink,
    ) -> Result<SecureNode, Error> {
        let (tls, audit_client) = protected(identity, anchors)?;
        Ok(SecureNode::assemble(tls, audit_client, plain, sink))
    }

    fn assemble(tls: Tls, audit_client: SharedClient, plain: bool, sink: Sink) -> SecureNode {
        let limits = Limits::default();
        let throttle = Throttle::new(limits.failure_records_per_minute);
        SecureNode {
            inner: Arc::new(Inner {
                sink,
                audit_client,
                throttle,
            }),
            tls: Arc::new(tls),
            plain,
            source_id: Arc::from("ihe-atna"),
            clock: None,
            limits,
        }
    }

    /// The same node under another AuditSourceID, such as `pix-manager`.
    #[must_use]
    pub fn named(&self, source_id: &str) -> SecureNode {
        SecureNode {
            source_id: Arc::from(source_id),
            ..self.clone()
        }
    }

    /// With limits of one's own for this handle and its clones;
    /// `failure_records_per_minute` is fixed when the node is made.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> SecureNode {
        SecureNode { limits, ..self }
    }

    /// With somebody who knows the state of the clock.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> ClockStatus + Send + Sync + 'static) -> SecureNode {
        SecureNode {
            clock: Some(Arc::new(clock)),
            ..self
        }
    }

    /// Accepts TLS 1.2 as well: the option "STX: TLS 1.2 floor" (ITI TF-2 3.19.6.2.3). rustls has
    /// no DHE_RSA suites, so of the four suites named there the two ECDHE ones are offered.
    pub fn tls12_floor(self) -> Result<SecureNode, Error> {
        self.retuned(|material| material.tls12_floor = true)
    }

    /// As a client, checks the server's name against its certificate: the option "FQDN Validation
    /// of Server Certificate" (ATNA-R-008).
    pub fn fqdn_validation(self) -> Result<SecureNode, Error> {
        self.retuned(|material| material.fqdn = true)
    }

    fn retuned(self, change: impl FnOnce(&mut Material)) -> Result<SecureNode, Error> {
        let mut material = self.tls.material.clone();
        change(&mut material);
        let tls = Tls::new(material)?;
        let shared = &self.inner.audit_client;
        *shared.write().unwrap_or_else(PoisonError::into_inner) = tls.client.clone();
        Ok(SecureNode {
            tls: Arc::new(tls),
            ..self
        })
    }

    /// Whether listeners and clients of this node are plain.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// This handle's AuditSourceID.
    pub fn source_id(&self) -> &str {
        &self.source_id
    }

    /// The state of the clock, [`ClockState::Unknown`] when nobody was wired in.
    pub fn clock_status(&self) -> ClockStatus {
        self.clock.as_ref().map(|clock| clock()).unwrap_or_default()
    }

    /// Keeps an audit message. `Ok` means: written to the spool's file, fsync within 100 ms. An
    /// empty AuditSourceID is filled with this handle's name.
    pub async fn record(&self, mut message: AuditMessage) -> Result<(), AuditError> {
        if message.source.id.is_empty() {
            message.source = AuditSource {
                id: self.source_id.to_string(),
                types: vec![codes::SOURCE_APPLICATION_SERVER.to_coded()],
                ..message.source
            };
        }
        self.inner.sink.record(message).await
    }

    /// Keeps the events of a transaction, in order; stops at the first that is not kept.
    pub async fn record_events(
        &self,
        events: impl IntoIterator<Item = TransactionEvent>,
    ) -> Result<(), AuditError> {
        for event in events {
            self.record(event.into_message()).await?;
        }
        Ok(())
    }

    /// Actor-start audit event (ITI TF-2 3.20.4.1.1.1, 110100 with 110120).
    pub async fn record_start(&self, name: &str) -> Result<(), AuditError> {
        self.record(application_activity(
            name,
            codes::TYPE_APPLICATION_START.into(),
        ))
        .await
    }

    /// Actor-stop audit event (ITI TF-2 3.20.4.1.1.1, 110100 with 110121).
    pub async fn record_stop(&self, name: &str) -> Result<(), AuditError> {
        self.record(application_activity(
            name,
            codes::TYPE_APPLICATION_STOP.into(),
        ))
        .await
    }

    /// Depth and age of the spool; all zero on a node without one.
    pub fn spool_status(&self) -> SpoolStatus {
        match &self.inner.sink {
            Sink::Spool(spool) => spool.status(),
            _ => SpoolStatus::default(),
        }
    }

    /// Waits until everything recorded so far was sent to every repository and each connection
    /// was closed in order. At once on a node without a spool.
    pub async fn drain(&self, timeout: Duration) -> Result<(), AuditError> {
        match &self.inner.sink {
            Sink::Spool(spool) => spool.drain(timeout).await,
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for SecureNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureNode")
            .field("source_id", &self.source_id)
            .field("plain", &self.plain)
            .finish_non_exhaustive()
    }
}

fn application_activity(name: &str, kind: crate::audit::Coded) -> AuditMessage {
    AuditMessage {
        event: EventIdentification {
            types: vec![kind],
            ..EventIdentification::new(codes::EVENT_APPLICATION_ACTIVITY, Action::Execute)
        },
        participants: vec![ActiveParticipant {
            user_id: name.to_owned(),
            alternative_user_id: Some(std::process::id().to_string()),
            roles: vec![codes::ROLE_APPLICATION.to_coded()],
            ..ActiveParticipant::default()
        }],
        source: AuditSource::default(),
        objects: Vec::new(),
    }
}

/// TLS 1.3 with this identity, and the client side of it that the audit sender shares.
fn protected(identity: Identity, anchors: TrustAnchors) -> Result<(Tls, SharedClient), Error> {
    let tls = Tls::new(Material {
        identity,
        anchors,
        tls12_floor: false,
        fqdn: false,
    })?;
    let audit_client = Arc::new(RwLock::new(tls.client.clone()));
    Ok((tls, audit_client))
}

/// Records that an application started; [`SecureNode::record_start`] under the node's own name.
pub async fn application_start(node: &SecureNode) -> Result<(), AuditError> {
    node.record_start(node.source_id()).await
}

/// Records that an application stops; [`SecureNode::record_stop`] under the node's own name.
pub async fn application_stop(node: &SecureNode) -> Result<(), AuditError> {
    node.record_stop(node.source_id()).await
}
