//! ITI-19 TLS configurations (ITI TF-2 3.19.6.2): TLS 1.3, or 1.2 and 1.3 with the 1.2 floor.
//! The aws-lc-rs provider is named here and nowhere else.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion, version};

use crate::error::Error;
use crate::node::identity::{Identity, TrustAnchors};
use crate::node::verify::{ClientVerifier, ServerVerifier};

static TLS13: [&SupportedProtocolVersion; 1] = [&version::TLS13];
static TLS12_FLOOR: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// What the configurations are made of; kept so that options can remake them.
#[derive(Clone)]
pub(crate) struct Material {
    pub(crate) identity: Identity,
    pub(crate) anchors: TrustAnchors,
    pub(crate) tls12_floor: bool,
    pub(crate) fqdn: bool,
}

/// Both sides' configurations.
pub(crate) struct Tls {
    pub(crate) material: Material,
    pub(crate) server: Arc<ServerConfig>,
    pub(crate) client: Arc<ClientConfig>,
}

impl Tls {
    pub(crate) fn new(material: Material) -> Result<Tls, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let server = Arc::new(server_config(&material, &provider)?);
        let client = Arc::new(client_config(&material, &provider)?);
        Ok(Tls {
            material,
            server,
            client,
        })
    }
}

fn versions(material: &Material) -> &'static [&'static SupportedProtocolVersion] {
    if material.tls12_floor {
        &TLS12_FLOOR
    } else {
        &TLS13
    }
}

fn server_config(
    material: &Material,
    provider: &Arc<CryptoProvider>,
) -> Result<ServerConfig, Error> {
    let verifier = ClientVerifier::new(&material.anchors, provider)?;
    let Identity { chain, key } = material.identity.clone();
    ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions(material))
        .and_then(|builder| {
            builder
                .with_client_cert_verifier(Arc::new(verifier))
                .with_single_cert(chain, key)
        })
        .map_err(|error| Error::Tls(error.to_string()))
}

fn client_config(
    material: &Material,
    provider: &Arc<CryptoProvider>,
) -> Result<ClientConfig, Error> {
    let verifier = ServerVerifier::new(&material.anchors, material.fqdn, provider)?;
    let Identity { chain, key } = material.identity.clone();
    ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions(material))
        .and_then(|builder| {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_client_auth_cert(chain, key)
        })
        .map_err(|error| Error::Tls(error.to_string()))
}
