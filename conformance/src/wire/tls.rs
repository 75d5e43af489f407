//! TLS of the suite's own: whom it presents itself as, and whom it trusts.

use super::Stream;
use crate::endpoint::{KeyPair, Tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use rustls::{SupportedProtocolVersion, version};
use std::io::{Error, Result};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

/// Which of the endpoint file's certificates is presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The good one.
    #[default]
    Client,
    /// Out of date.
    Expired,
    /// Revoked.
    Revoked,
    /// Of an authority that is not trusted.
    Stranger,
    /// None at all.
    Nobody,
}

impl Who {
    /// The one of that name; no name is the good one.
    pub fn named(name: &str) -> Option<Who> {
        let all = [
            Who::Client,
            Who::Expired,
            Who::Revoked,
            Who::Stranger,
            Who::Nobody,
        ];
        all.into_iter()
            .find(|who| who.name() == name || (name.is_empty() && *who == Who::Client))
    }

    /// Its name in cases, and its key in `[tls]`.
    pub fn name(self) -> &'static str {
        match self {
            Who::Client => "client",
            Who::Expired => "expired",
            Who::Revoked => "revoked",
            Who::Stranger => "stranger",
            Who::Nobody => "nobody",
        }
    }

    /// Its files; `Some(None)` for nobody, `None` if the endpoint file does not name them.
    pub fn pair(self, tls: &Tls) -> Option<Option<&KeyPair>> {
        match self {
            Who::Client => Some(Some(&tls.client)),
            Who::Expired => tls.expired.as_ref().map(Some),
            Who::Revoked => tls.revoked.as_ref().map(Some),
            Who::Stranger => tls.stranger.as_ref().map(Some),
            Who::Nobody => Some(None),
        }
    }
}

/// The versions `1.3` and `1.2`, as asked.
pub fn versions(names: &[String]) -> Vec<&'static SupportedProtocolVersion> {
    let known = [("1.3", &version::TLS13), ("1.2", &version::TLS12)];
    let asked = |name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
    known
        .into_iter()
        .filter(|(name, _)| asked(name))
        .map(|(_, version)| version)
        .collect()
}

/// What a client of ours needs.
///
/// # Errors
/// A file cannot be read or does not hold what it should.
pub fn client(
    tls: &Tls,
    identity: Option<&KeyPair>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ClientConfig>> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(Error::other)?
        .with_root_certificates(authority(&tls.ca)?);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let (chain, key) = read(pair)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(Error::other)?
        }
    };
    Ok(Arc::new(config))
}

/// What a server of ours needs: it asks for a certificate of the same authority.
///
/// # Errors
/// A file cannot be read or does not hold what it should.
pub fn server(
    tls: &Tls,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ServerConfig>> {
    let pair = tls.server.as_ref().unwrap_or(&tls.client);
    let (chain, key) = read(pair)?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(authority(&tls.ca)?), provider());
    let config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(Error::other)?
        .with_client_cert_verifier(verifier.build().map_err(Error::other)?)
        .with_single_cert(chain, key)
        .map_err(Error::other)?;
    Ok(Arc::new(config))
}

/// Begins TLS on a connection that we opened; the handshake is complete when this returns.
///
/// # Errors
/// The handshake fails; with TLS 1.3 a refusal of our certificate shows at the first read only.
pub fn open(config: Arc<ClientConfig>, server_name: &str, socket: TcpStream) -> Result<Stream> {
    let name = ServerName::try_from(server_name.to_owned()).map_err(Error::other)?;
    let connection = ClientConnection::new(config, name).map_err(Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Stream::Client(Box::new(stream)))
}

/// Begins TLS on a connection that we accepted.
///
/// # Errors
/// The handshake fails.
pub fn accept(config: Arc<ServerConfig>, socket: TcpStream) -> Result<Stream> {
    let connection = ServerConnection::new(config).map_err(Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Stream::Server(Box::new(stream)))
}

/// A version as cases name it.
pub fn version_name(version: rustls::ProtocolVersion) -> &'static str {
    match version {
        rustls::ProtocolVersion::TLSv1_3 => "1.3",
        rustls::ProtocolVersion::TLSv1_2 => "1.2",
        _ => "older than 1.2",
    }
}

/// The name of the alert that the peer sent, if it sent one.
pub fn alert(error: &Error) -> Option<String> {
    let rustls::Error::AlertReceived(alert) = of_rustls(error)? else {
        return None;
    };
    let mut name = String::new();
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    // RFC 8446 writes it with an abbreviation.
    Some(name.replace("unknown_c_a", "unknown_ca"))
}

/// Why we do not trust the peer's certificate, if that is what went wrong.
pub fn distrust(error: &Error) -> Option<String> {
    let found = of_rustls(error)?;
    let ours = matches!(found, rustls::Error::InvalidCertificate(_));
    ours.then(|| found.to_string())
}

fn of_rustls(error: &Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn authority(path: &Path) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| named(path, &error))? {
        let certificate = certificate.map_err(|error| named(path, &error))?;
        store
            .add(certificate)
            .map_err(|error| named(path, &error))?;
    }
    Ok(store)
}

fn read(pair: &KeyPair) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = CertificateDer::pem_file_iter(&pair.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| named(&pair.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&pair.key).map_err(|error| named(&pair.key, &error))?;
    Ok((chain, key))
}

fn named(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::other(format!("{}: {error}", path.display()))
}
