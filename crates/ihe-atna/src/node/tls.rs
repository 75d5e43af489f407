//! ITI-19 TLS configurations (ITI TF-2 3.19.6.2) made of who we are and whom we trust. The
//! aws-lc-rs provider is named here and nowhere else.
//!
//! No sessions are kept and no tickets given: a resumed session would not show its certificate
//! again, and whoever was revoked or ran out meanwhile would still come in.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::UnixTime;
use rustls::server::NoServerSessionStorage;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ServerConfig};

use crate::error::Error;
use crate::node::identity::Identity;
use crate::node::preset::Preset;
use crate::node::trust::{Trust, TrustAnchors};
use crate::node::verify::Verifier;

/// Tells the time that certificates are judged by.
pub(crate) type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The options of a handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) preset: Preset,
    pub(crate) fqdn: bool,
}

/// Every configuration a handle may ask for.
pub(crate) struct Configurations {
    high: Pair,
    floor: Pair,
    pub(crate) trust: Arc<Trust>,
}

struct Pair {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    client_checking_names: Arc<ClientConfig>,
}

impl Configurations {
    pub(crate) fn new(
        identity: &Identity,
        anchors: &TrustAnchors,
        now: &Now,
    ) -> Result<Configurations, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let trust = Arc::new(Trust::new(anchors, &provider)?);
        let maker = Maker {
            ours: identity.presented(&provider)?,
            time: Arc::new(Clockwork(now.clone())),
            provider,
            trust: trust.clone(),
        };
        Ok(Configurations {
            high: maker.pair(Preset::HighSecurity)?,
            floor: maker.pair(Preset::Tls12Floor)?,
            trust,
        })
    }

    pub(crate) fn server(&self, profile: Profile) -> Arc<ServerConfig> {
        self.pair(profile).server.clone()
    }

    pub(crate) fn client(&self, profile: Profile) -> Arc<ClientConfig> {
        let pair = self.pair(profile);
        match profile.fqdn {
            true => pair.client_checking_names.clone(),
            false => pair.client.clone(),
        }
    }

    fn pair(&self, profile: Profile) -> &Pair {
        match profile.preset {
            Preset::HighSecurity => &self.high,
            Preset::Tls12Floor => &self.floor,
        }
    }
}

struct Maker {
    ours: Arc<SingleCertAndKey>,
    time: Arc<Clockwork>,
    provider: Arc<CryptoProvider>,
    trust: Arc<Trust>,
}

impl Maker {
    fn pair(&self, preset: Preset) -> Result<Pair, Error> {
        Ok(Pair {
            server: Arc::new(self.server(preset)?),
            client: Arc::new(self.client(preset, false)?),
            client_checking_names: Arc::new(self.client(preset, true)?),
        })
    }

    fn server(&self, preset: Preset) -> Result<ServerConfig, Error> {
        let verifier = Verifier::new(self.trust.clone(), false);
        let (provider, time) = (self.provider.clone(), self.time.clone());
        let mut config = ServerConfig::builder_with_details(provider, time)
            .with_protocol_versions(preset.versions())
            .map_err(|error| Error::Tls(error.to_string()))?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(self.ours.clone());
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    fn client(&self, preset: Preset, check_name: bool) -> Result<ClientConfig, Error> {
        let verifier = Verifier::new(self.trust.clone(), check_name);
        let (provider, time) = (self.provider.clone(), self.time.clone());
        let mut config = ClientConfig::builder_with_details(provider, time)
            .with_protocol_versions(preset.versions())
            .map_err(|error| Error::Tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(self.ours.clone());
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// The node's time as rustls asks for it.
struct Clockwork(Now);

impl TimeProvider for Clockwork {
    fn current_time(&self) -> Option<UnixTime> {
        let since = (self.0)().duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(UnixTime::since_unix_epoch(since))
    }
}

impl std::fmt::Debug for Clockwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clockwork")
    }
}
