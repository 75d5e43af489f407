//! ITI-19 Authenticate Node (ITI TF-2 3.19): the secure node every actor stands on.

mod accept;
mod builder;
mod certificate;
mod clock;
mod connect;
mod expiry;
pub(crate) mod failure;
mod files;
mod handshake;
mod hello;
mod identity;
mod keyring;
mod limits;
mod peer;
mod preset;
mod probe;
mod recording;
mod reload;
mod serve;
mod sink;
mod stream;
mod tls;
mod trust;
mod verify;

pub use builder::DangerousBuilder;
pub use certificate::{Certificate, HealthcareRole, SubjectName};
pub use clock::{ClockState, ClockStatus};
pub use expiry::{CertificateStatus, Expiring, Remaining};
pub use hello::Hello;
pub use identity::Identity;
pub use limits::Limits;
pub use peer::Peer;
pub use preset::Preset;
pub use probe::Finding;
pub use recording::{Reservation, application_start, application_stop};
pub use serve::ServeLimits;
pub use sink::{AuditSink, BoxedRecord};
pub use stream::{ClientStream, Stream};
pub use trust::{TrustAnchors, Untrusted};

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::{ClientConfig, ServerConfig};

use crate::error::Error;
use crate::spool::Spool;
use clock::Clock;
use failure::Throttle;
use keyring::Keyring;
use sink::Sink;
use tls::Profile;

/// Configuration the spool's sender shares with the node, so that an option set later and a
/// reload count.
pub(crate) type SharedClient = Arc<RwLock<Arc<ClientConfig>>>;

/// What all clones and names of one node share.
struct Inner {
    sink: Sink,
    keyring: Keyring,
    throttle: Throttle,
    audit_client: SharedClient,
    /// The options of the handle that was given some last: the audit sender's too.
    audit_profile: Mutex<Profile>,
}

impl Inner {
    fn refresh_audit_client(&self) {
        let profile = self.audit_profile.lock();
        let profile = *profile.unwrap_or_else(PoisonError::into_inner);
        let client = self.keyring.current().configurations.client(profile);
        let mut shared = self
            .audit_client
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *shared = client;
    }
}

/// What each handle has for itself.
#[derive(Clone)]
struct Settings {
    profile: Profile,
    plain: bool,
    source_id: Arc<str>,
    clock: Option<Clock>,
    limits: Limits,
}

/// A secure node (ITI TF-1 9.1.1.2): identity, trust and audit trail. A clone is the same node.
///
/// By default it speaks TLS 1.3 and nothing older, [`Preset::HighSecurity`].
#[derive(Clone)]
pub struct SecureNode {
    inner: Arc<Inner>,
    settings: Settings,
}

impl SecureNode {
    /// A node with TLS 1.3, client certificates required, and the audit trail through `spool`.
    /// Starts the spool's sender tasks, so it needs a tokio runtime.
    pub fn new(
        identity: Identity,
        anchors: TrustAnchors,
        spool: Spool,
    ) -> Result<SecureNode, Error> {
        SecureNode::dangerous().spooling(identity, anchors, false, spool)
    }

    /// The ways out of TLS and audit, each to be found by searching for this word.
    pub fn dangerous() -> DangerousBuilder {
        DangerousBuilder::new()
    }

    /// With certificates and a sink that is made once the audit sender's configuration is known.
    fn assemble(
        keyring: Keyring,
        plain: bool,
        sink: impl FnOnce(SharedClient) -> Result<Sink, Error>,
    ) -> Result<SecureNode, Error> {
        let profile = Profile::default();
        let client = keyring.current().configurations.client(profile);
        let audit_client = Arc::new(RwLock::new(client));
        Ok(SecureNode {
            inner: Arc::new(Inner {
                sink: sink(audit_client.clone())?,
                keyring,
                throttle: Throttle::default(),
                audit_client,
                audit_profile: Mutex::new(profile),
            }),
            settings: Settings {
                profile,
                plain,
                source_id: Arc::from("ihe-atna"),
                clock: None,
                limits: Limits::default(),
            },
        })
    }

    /// The same node under another AuditSourceID, such as `pix-manager`.
    #[must_use]
    pub fn named(&self, source_id: &str) -> SecureNode {
        let mut node = self.clone();
        node.settings.source_id = Arc::from(source_id);
        node
    }

    /// With limits of one's own for this handle and its clones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> SecureNode {
        self.settings.limits = limits;
        self
    }

    /// With somebody who knows the state of the clock.
    #[must_use]
    pub fn with_clock(
        mut self,
        clock: impl Fn() -> ClockStatus + Send + Sync + 'static,
    ) -> SecureNode {
        self.settings.clock = Some(Arc::new(clock));
        self
    }

    /// Accepts and offers TLS 1.2 as well, [`Preset::Tls12Floor`]: the option "STX: TLS 1.2 floor
    /// using BCP195" (ITI TF-2 3.19.6.2.3). rustls has no DHE_RSA suites, so of the four suites
    /// named there the two ECDHE ones are offered; see [`Preset::missing_suites`].
    #[must_use]
    pub fn tls12_floor(self) -> SecureNode {
        self.with_profile(|profile| profile.preset = Preset::Tls12Floor)
    }

    /// As a client, checks the server's name against the subjectAltName of its certificate: the
    /// option "FQDN Validation of Server Certificate" (ITI TF-2 3.19.6.1.4, ATNA-R-008).
    #[must_use]
    pub fn fqdn_validation(self) -> SecureNode {
        self.with_profile(|profile| profile.fqdn = true)
    }

    fn with_profile(mut self, change: impl FnOnce(&mut Profile)) -> SecureNode {
        change(&mut self.settings.profile);
        {
            let profile = self.inner.audit_profile.lock();
            *profile.unwrap_or_else(PoisonError::into_inner) = self.settings.profile;
        }
        self.inner.refresh_audit_client();
        self
    }

    /// What TLS this handle speaks.
    pub fn preset(&self) -> Preset {
        self.settings.profile.preset
    }

    /// Whether listeners and clients of this node are plain.
    pub fn is_plain(&self) -> bool {
        self.settings.plain
    }

    /// This node for a listener that was asked for without TLS.
    #[cfg(feature = "server")]
    pub(crate) fn without_tls(&self) -> SecureNode {
        let mut node = self.clone();
        node.settings.plain = true;
        node
    }

    /// This handle's AuditSourceID.
    pub fn source_id(&self) -> &str {
        &self.settings.source_id
    }

    /// The state of the clock, [`ClockState::Unknown`] when nobody was wired in.
    pub fn clock_status(&self) -> ClockStatus {
        let clock = self.settings.clock.as_ref();
        clock.map(|clock| clock()).unwrap_or_default()
    }

    fn limits(&self) -> &Limits {
        &self.settings.limits
    }

    fn server_configuration(&self) -> Arc<ServerConfig> {
        let current = self.inner.keyring.current();
        current.configurations.server(self.settings.profile)
    }

    fn client_configuration(&self) -> Arc<ClientConfig> {
        let current = self.inner.keyring.current();
        current.configurations.client(self.settings.profile)
    }
}

impl fmt::Debug for SecureNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureNode")
            .field("source_id", &self.settings.source_id)
            .field("preset", &self.settings.profile.preset)
            .field("plain", &self.settings.plain)
            .finish_non_exhaustive()
    }
}
